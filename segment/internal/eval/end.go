package eval

import (
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// An endCond is true of persons of whose first or last fact a condition is.
type endCond struct {
	*ends
	conds []cond // one a part
}

// An ends finds the first or the last fact of persons.
type ends struct {
	last  bool
	parts []*part
	cost  int
}

// find returns the parts and the rows of the facts, Lacking where there is
// none.
func (e *ends) find(x *frame, sel []uint32, parts, rows []int64) {
	lack(rows[:len(sel)])
	for n, p := range e.parts {
		note := func(i, first, last uint32) {
			row := first
			if e.last {
				row = last
			}
			if n > 0 && rows[i] != column.Lacking {
				t, best := p.table.time(x.chunk, row), e.parts[parts[i]].table.time(x.chunk, uint32(rows[i]))
				if !e.last && t >= best || e.last && t < best {
					return
				}
			}
			parts[i], rows[i] = int64(n), int64(row)
		}
		p.scan(x, sel, func(i, low, high uint32) { note(i, low, high-1) },
			func(i uint32, rows []uint32) { note(i, rows[0], rows[len(rows)-1]) })
	}
}

func (c *endCond) weight() int { return c.cost + 4 }

func (c *endCond) filter(x *frame, sel []uint32) []uint32 {
	parts, found := x.takeWide(len(sel)), x.takeWide(len(sel))
	c.find(x, sel, parts, found)
	rows, groups, outer := x.take(len(sel))[:0], x.takeGroups(), x.groups
	for n, cond := range c.conds {
		rows, groups = rows[:0], groups[:0]
		for i, id := range sel {
			if row := found[i]; row != column.Lacking && parts[i] == int64(n) {
				rows = append(rows, uint32(row))
				groups = append(groups, group{uint32(i), id, uint32(row), uint32(row) + 1})
			}
		}
		x.groups = groups
		hits := cond.filter(x, rows)
		x.groups = outer
		for _, g := range groups {
			if len(hits) > 0 && hits[0] == g.low {
				hits = hits[1:]
				parts[g.i] = -1 // it is true
			}
		}
	}
	n := 0
	for i, id := range sel {
		sel[n] = id
		n += one(found[i] != column.Lacking && parts[i] == -1)
	}
	x.giveGroups(groups)
	x.give(rows)
	x.giveWide(parts)
	x.giveWide(found)
	return sel[:n]
}

func (c *endCond) next(x *frame, id uint32) (bool, int64) {
	until := int64(never)
	for _, p := range c.parts {
		until = min(until, p.change(x, id))
	}
	var parts, rows [1]int64
	c.find(x, []uint32{id}, parts[:], rows[:])
	if rows[0] == column.Lacking {
		return false, until
	}
	outer := x.groups
	x.owner[0] = group{0, id, uint32(rows[0]), uint32(rows[0]) + 1}
	x.groups = x.owner[:]
	holds, u := c.conds[parts[0]].next(x, uint32(rows[0]))
	x.groups = outer
	return holds, min(until, u)
}

// atEnd compiles the comparison of the first or the last value of facts as one
// of the fact itself, which may have several.
func (c *compiler) atEnd(n *rule.Compare, a *rule.Aggregate) (cond, error) {
	parts, err := c.source(a.Source)
	if err != nil {
		return nil, err
	}
	e := &endCond{ends: &ends{last: a.Func == rule.Last, parts: parts}}
	for _, p := range parts {
		all, err := c.factField(p.table, a.Source.Name, a.Field)
		if err != nil {
			return nil, err
		}
		field := &rule.Compare{X: &rule.Field{Name: a.Field}, Op: n.Op, Y: n.Y}
		cond, err := c.compare(all, field)
		if err != nil {
			return nil, err
		}
		if n.Op == rule.IsNull {
			cond = &notOf{cond}
		}
		e.conds = append(e.conds, cond)
		e.cost += p.weight()
	}
	if n.Op == rule.IsNull { // who has no fact lacks its value
		return &notOf{e}, nil
	}
	return e, nil
}

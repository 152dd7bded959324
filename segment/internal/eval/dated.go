package eval

import (
	"fmt"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A dateCond compares a date with literals.
type dateCond struct {
	expr expr
	op   rule.Op
	lits []int // numbers of the plan's literals
}

func (c *compiler) dated(e expr, op rule.Op, lits []rule.Literal) (cond, error) {
	d := &dateCond{expr: e, op: op}
	for _, l := range lits {
		if l.Kind < rule.Day || l.Kind > rule.Offset {
			return nil, fmt.Errorf("a date is compared with dates")
		}
		d.lits = append(d.lits, c.plan.literal(l))
	}
	if op < rule.Equal || op > rule.In {
		return nil, fmt.Errorf("a date is not compared by %v", op)
	}
	return d, nil
}

// span returns the instants that the comparison is true of, unless outside is
// true: then of those that it is not true of. It is not ok for In.
func (c *dateCond) span(x *frame) (from, to int64, outside, ok bool) {
	from, to = always, never
	a := x.lits[c.lits[0]]
	switch c.op {
	case rule.Equal, rule.NotEqual:
		from, to = a.from, a.to-1
	case rule.Less:
		to = a.from - 1
	case rule.AtMost:
		to = a.to - 1
	case rule.Greater:
		from = a.to
	case rule.AtLeast:
		from = a.from
	case rule.Between:
		from, to = a.from, x.lits[c.lits[1]].to-1
	default:
		return 0, 0, false, false
	}
	return from, to, c.op == rule.NotEqual, true
}

// edges returns which edges of a literal matter: false is where it begins, true
// where it ends.
func (c *dateCond) edges(number int) []bool {
	switch {
	case c.op == rule.Less, c.op == rule.AtLeast, c.op == rule.Between && number == 0:
		return []bool{false}
	case c.op == rule.AtMost, c.op == rule.Greater, c.op == rule.Between:
		return []bool{true}
	}
	return []bool{false, true}
}

func (c *dateCond) weight() int { return c.expr.weight() + 1 }

func (c *dateCond) filter(x *frame, sel []uint32) []uint32 {
	from, to, outside, ok := c.span(x)
	if ok {
		r := rangeCond{c.expr, numberRange{max(from, always), to, outside}}
		return r.filter(x, sel)
	}
	v := x.takeWide(len(sel))
	c.expr.values(x, sel, v)
	n := 0
	for i, id := range sel {
		sel[n] = id
		n += one(c.in(x, v[i]))
	}
	x.giveWide(v)
	return sel[:n]
}

func (c *dateCond) in(x *frame, v int64) bool {
	for _, l := range c.lits {
		if v != column.Lacking && v >= x.lits[l].from && v < x.lits[l].to {
			return true
		}
	}
	return false
}

func (c *dateCond) next(x *frame, id uint32) (bool, int64) {
	v := x.value(c.expr, id)
	until := c.expr.change(x, id)
	if v == column.Lacking {
		return false, until
	}
	for i, l := range c.lits {
		for _, end := range c.edges(i) {
			until = min(until, x.cal.passed(&x.plan.lits[l], v, x.at, x.today, end))
		}
	}
	from, to, outside, ok := c.span(x)
	if !ok {
		return c.in(x, v), until
	}
	return numberRange{max(from, always), to, outside}.holds(v), until
}

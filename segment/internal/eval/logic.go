package eval

import (
	"cmp"
	"slices"
)

// allOf is true when all of its conditions are, anyOf when one is.
type (
	allOf struct{ conds []cond }
	anyOf struct{ conds []cond }
	notOf struct{ cond cond }
)

// byWeight sorts conditions: the cheap ones narrow what the dear ones look at.
func byWeight(conds []cond) []cond {
	slices.SortStableFunc(conds, func(a, b cond) int { return cmp.Compare(a.weight(), b.weight()) })
	return conds
}

func sum(conds []cond) int {
	n := 1
	for _, c := range conds {
		n += c.weight()
	}
	return n
}

func (c *allOf) weight() int { return sum(c.conds) }
func (c *anyOf) weight() int { return sum(c.conds) }
func (c *notOf) weight() int { return c.cond.weight() + 1 }

func (c *allOf) filter(x *frame, sel []uint32) []uint32 {
	for _, c := range c.conds {
		if len(sel) == 0 {
			break
		}
		sel = c.filter(x, sel)
	}
	return sel
}

func (c *anyOf) filter(x *frame, sel []uint32) []uint32 {
	rest := x.take(len(sel))
	copy(rest, sel)
	for _, c := range c.conds {
		if len(rest) == 0 {
			break
		}
		hit := x.take(len(rest))
		copy(hit, rest)
		rest = less(rest, c.filter(x, hit))
		x.give(hit)
	}
	sel = less(sel, rest)
	x.give(rest)
	return sel
}

func (c *notOf) filter(x *frame, sel []uint32) []uint32 {
	hit := x.take(len(sel))
	copy(hit, sel)
	sel = less(sel, c.cond.filter(x, hit))
	x.give(hit)
	return sel
}

// A true all can change when the first of its conditions does; a false one
// stays false as long as one of its false ones does. Of any it is the reverse.
func (c *allOf) next(x *frame, id uint32) (bool, int64) { return joint(x, id, c.conds, true) }
func (c *anyOf) next(x *frame, id uint32) (bool, int64) { return joint(x, id, c.conds, false) }

func joint(x *frame, id uint32, conds []cond, rest bool) (bool, int64) {
	first, last, all := int64(never), int64(always), true
	for _, c := range conds {
		holds, until := c.next(x, id)
		if holds == rest {
			first = min(first, until)
			continue
		}
		if until == never {
			return holds, never
		}
		last, all = max(last, until), false
	}
	if all {
		return rest, first
	}
	return !rest, last
}

func (c *notOf) next(x *frame, id uint32) (bool, int64) {
	holds, until := c.cond.next(x, id)
	return !holds, until
}

// A sharedCond is worked out once for each person, whoever asks.
type sharedCond struct {
	cond
	number int
	cost   int
}

// sharing returns a condition that is worked out once. What it costs is kept:
// segments that ask for each other would have it worked out without end.
func sharing(c cond) *sharedCond { return &sharedCond{c, alone, min(c.weight(), 1<<20)} }

func (c *sharedCond) weight() int { return c.cost }

func (c *sharedCond) filter(x *frame, sel []uint32) []uint32 {
	if c.number == alone {
		return c.cond.filter(x, sel)
	}
	if len(sel) == 0 {
		return sel
	}
	open := x.take(len(sel))[:0]
	m, _ := x.memo(c.number, sel[0])
	for _, id := range sel {
		if _, i := x.memo(c.number, id); m.stamps[i] != x.epoch {
			open = append(open, id)
			m.stamps[i], m.values[i], m.until[i] = x.epoch, 0, always
		}
	}
	for _, id := range c.cond.filter(x, open) {
		_, i := x.memo(c.number, id)
		m.values[i] = 1
	}
	x.give(open)
	n := 0
	for _, id := range sel {
		_, i := x.memo(c.number, id)
		sel[n] = id
		n += int(m.values[i])
	}
	return sel[:n]
}

func (c *sharedCond) next(x *frame, id uint32) (bool, int64) {
	if c.number == alone {
		return c.cond.next(x, id)
	}
	m, i := x.memo(c.number, id)
	if m.stamps[i] != x.epoch || m.until[i] == always {
		holds, until := c.cond.next(x, id)
		m.stamps[i], m.values[i], m.until[i] = x.epoch, int64(one(holds)), until
	}
	return m.values[i] == 1, m.until[i]
}

// A sharedExpr is worked out once for each person, whoever asks.
type sharedExpr struct {
	expr
	number int
}

func (e *sharedExpr) values(x *frame, sel []uint32, out []int64) {
	if e.number == alone {
		e.expr.values(x, sel, out)
		return
	}
	if len(sel) == 0 {
		return
	}
	open := x.take(len(sel))[:0]
	m, _ := x.memo(e.number, sel[0])
	for _, id := range sel {
		if _, i := x.memo(e.number, id); m.stamps[i] != x.epoch {
			open = append(open, id)
		}
	}
	if len(open) > 0 {
		found := x.takeWide(len(open))
		e.expr.values(x, open, found)
		for j, id := range open {
			_, i := x.memo(e.number, id)
			m.stamps[i], m.values[i], m.until[i] = x.epoch, found[j], always
		}
		x.giveWide(found)
	}
	x.give(open)
	for j, id := range sel {
		_, i := x.memo(e.number, id)
		out[j] = m.values[i]
	}
}

func (e *sharedExpr) change(x *frame, id uint32) int64 {
	if e.number == alone {
		return e.expr.change(x, id)
	}
	x.value(e, id)
	m, i := x.memo(e.number, id)
	if m.until[i] == always {
		m.until[i] = e.expr.change(x, id)
	}
	return m.until[i]
}

package eval

import (
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// A daysBetween is how many days there are from one date to another, or to today.
type daysBetween struct{ from, to expr } // to may be nil

func (e *daysBetween) shape() shape { return shape{kind: whole} }

func (e *daysBetween) weight() int {
	if e.to == nil {
		return e.from.weight() + 4
	}
	return e.from.weight() + e.to.weight() + 8
}

func (e *daysBetween) values(x *frame, sel []uint32, out []int64) {
	e.from.values(x, sel, out)
	if e.to == nil {
		for i, t := range out[:len(sel)] {
			if t != column.Lacking {
				out[i] = x.today - x.cal.day(t)
			}
		}
		return
	}
	to := x.takeWide(len(sel))
	e.to.values(x, sel, to)
	for i, t := range out[:len(sel)] {
		switch {
		case t == column.Lacking:
		case to[i] == column.Lacking:
			out[i] = column.Lacking
		default:
			out[i] = x.cal.day(to[i]) - x.cal.day(t)
		}
	}
	x.giveWide(to)
}

func (e *daysBetween) change(x *frame, id uint32) int64 {
	until := e.from.change(x, id)
	if e.to != nil {
		return min(until, e.to.change(x, id))
	}
	if x.value(e.from, id) == column.Lacking {
		return until
	}
	return min(until, x.cal.start(x.today+1))
}

// flips knows that each midnight adds a day.
func (e *daysBetween) flips(x *frame, id uint32, now int64, r numberRange) int64 {
	if e.to != nil {
		return e.change(x, id)
	}
	until := e.from.change(x, id)
	switch {
	case now == column.Lacking || now > r.high:
	case now < r.low:
		until = min(until, x.cal.start(x.today+min(r.low, 4*farthest)-now))
	default:
		until = min(until, x.cal.start(x.today+min(r.high, 4*farthest)-now+1))
	}
	return until
}

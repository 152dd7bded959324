package eval

import (
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// worth is how many sales are added up while the rows of one person are found,
// roughly.
const worth = 24

// sold works out how many sales those of a selection had in the window, or what
// they cost, from the sales of the chunk by day, into out, which is all zero. It
// calls span with where the rows of those stand of whom these do not tell. It is
// false, and does nothing, when scan is better.
func (p *part) sold(x *frame, sel []uint32, amounts bool, out []int64, span func(i, low, high uint32)) bool {
	c := x.chunk
	if p.table != sales || p.where != nil || x.single || len(sel) < few || c.Sales.Slots() == nil {
		return false
	}
	from, to := p.window(x)
	if from > to {
		return true
	}
	all := (*[column.ChunkSize]int64)(x.takeWide(column.ChunkSize))
	var other column.Bits
	ok := c.Sold(from, to, worth*len(sel), amounts, all, &other)
	for i, id := range sel {
		if !ok {
			break
		}
		if !other.Has(id) {
			out[i] = all[id]
		} else if low, high := p.rows(c, id, from, to); low < high {
			span(uint32(i), low, high)
		}
	}
	x.giveWide(all[:])
	return ok
}

// priced reports whether a field of facts is what sales cost.
func priced(e expr) bool {
	r, ok := e.(*rowExpr)
	return ok && r.price
}

// latest takes the time of the last of the sales in a window: that of the last
// of all, unless it is after the window. It is false, and does nothing, for what
// is something else.
func (e *aggregate) latest(x *frame, sel []uint32, out []int64) bool {
	p := e.parts[0]
	if f, ok := e.fields[0].(*rowExpr); !ok || f.is.kind != instant || e.f != rule.Last || len(e.parts) > 1 || p.table != sales || p.where != nil {
		return false
	}
	c := x.chunk
	from, to := p.window(x)
	for i, id := range sel {
		t := c.Last[id]
		if t > to {
			if low, high := p.rows(c, id, from, to); low < high {
				t = c.Sales.Time[high-1]
			} else {
				continue
			}
		}
		if t >= from {
			out[i] = t
		}
	}
	return true
}

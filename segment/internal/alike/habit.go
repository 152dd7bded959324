package alike

import (
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// tenths is in how many parts a habit is parted.
const tenths = 10

// A habit is when, how often or for how much people bought.
type habit struct {
	of    []int64 // by ordinal, column.Lacking of who did not
	edges []int64 // from which on the second and later parts go
	more  [tenths + 1]float64
	there int // how many bought
}

// habitsOf returns when somebody bought last, how often and for how much.
func habitsOf(c *column.Chunk, p uint32, at int64) (last, orders, spent int64) {
	s := c.Sales.Of(p)
	if c.Latest[p] <= at {
		return c.Last[p], int64(s.Len), c.Spent[p]
	}
	last = column.Lacking
	for row := s.Start; row < s.Start+s.Len && c.Sales.Time[row] <= at; row++ {
		last, orders = c.Sales.Time[row], orders+1
		if a := c.Sales.Amount[row]; a != column.Lacking {
			spent = column.Add(spent, a)
		}
	}
	for _, t := range []struct {
		*column.Payments
		sign int64
	}{{&c.Adjustments, 1}, {&c.Refunds, -1}} {
		s := t.Of(p)
		for row := s.Start; row < s.Start+s.Len && t.Time[row] <= at; row++ {
			if a := t.Amount[row]; a != column.Lacking {
				spent = column.Add(spent, t.sign*a)
			}
		}
	}
	return last, orders, spent
}

// part parts all who bought in tenths, as far as equal values can be parted.
func (h *habit) part() {
	var all []int64
	for _, v := range h.of {
		if v != column.Lacking {
			all = append(all, v)
		}
	}
	slices.Sort(all)
	h.there = len(all)
	for i := 1; i < tenths && len(all) > 0; i++ {
		h.edges = append(h.edges, all[len(all)*i/tenths])
	}
	h.edges = slices.Compact(h.edges)
}

// in returns the part that a value is in, the last one when it is lacking.
func (h *habit) in(v int64) int {
	if v == column.Lacking {
		return tenths
	}
	n, found := slices.BinarySearch(h.edges, v)
	if found {
		n++
	}
	return n
}

// compare works out how much more of the seed is in each part than of all who
// are in the base, as a logarithm. What the seed is to tell is held back by what
// one of it in each part would.
func (h *habit) compare(live func(func(uint32)), seed *roaring.Bitmap) {
	var all, own [tenths + 1]float64
	n, m := 0.0, 0.0
	live(func(ordinal uint32) {
		part := h.in(h.of[ordinal])
		all[part]++
		n++
		if seed.Contains(ordinal) {
			own[part]++
			m++
		}
	})
	for i := range h.more {
		if all[i] > 0 {
			share := all[i] / n
			h.more[i] = math.Log((own[i] + (tenths+1)*share) / (m + tenths + 1) / share)
		}
	}
}

// bounds returns the ends of the part that a value is in.
func (h *habit) bounds(v int64) (low, high int64) {
	low, high = math.MinInt64, math.MaxInt64
	n := h.in(v)
	if n > 0 {
		low = h.edges[n-1]
	}
	if n < len(h.edges) {
		high = h.edges[n]
	}
	return low, high
}

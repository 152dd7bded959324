package model

import (
	"cmp"
	"math"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Follow tells what is taken soon after: how often a product came in one of
// the customer's next baskets after another, over what both their numbers make
// likely. What was taken last says most.
type Follow struct {
	starts []int32
	cells  []cell
	steps  int
}

// NewFollow learns from the baskets of a log before a day. steps is how many
// baskets ahead it looks, each step counting half of the one before; a
// customer's basket larger than most counts for nothing.
func NewFollow(l *ledger.Log, day int32, steps, most int) *Follow {
	f := &Follow{steps: steps}
	counts := make([]float64, len(l.Products))
	of := make([][]int32, len(l.Products)) // the baskets that others can follow
	ends := make([]int32, len(l.Customers))
	for c := range l.Customers {
		to := l.Of[c+1]
		for to > l.Of[c] && l.Day[to-1] >= day {
			to--
		}
		ends[c] = to
		for b := l.Of[c]; b < to; b++ {
			for _, p := range l.Lines(b) {
				counts[p]++
				if len(l.Lines(b)) <= most && b+1 < to {
					of[p] = append(of[p], b)
				}
			}
		}
	}
	rows := make([][]cell, len(of))
	each(len(of), func() func(int) {
		sums := make([]float32, len(of))
		var touched []int32
		return func(p int) {
			for _, b := range of[p] {
				w := float32(1)
				for next := b + 1; next < min(ends[l.Customer[b]], b+1+int32(steps)); next++ {
					if after := l.Lines(next); len(after) <= most {
						share := w / float32(math.Sqrt(float64(len(after)*len(l.Lines(b)))))
						for _, a := range after {
							if sums[a] == 0 {
								touched = append(touched, a)
							}
							sums[a] += share
						}
					}
					w /= 2
				}
			}
			slices.Sort(touched)
			for _, to := range touched {
				if int(to) != p {
					rows[p] = append(rows[p], cell{to, sums[to] / float32(math.Sqrt((counts[p]+5)*(counts[to]+5)))})
				}
				sums[to] = 0
			}
			touched = touched[:0]
		}
	})
	f.starts = append(f.starts, 0)
	for _, row := range rows {
		f.cells = append(f.cells, row...)
		f.starts = append(f.starts, int32(len(f.cells)))
	}
	return f
}

// Score writes what follows the last of what the query has.
func (f *Follow) Score(q *Query, out []float32) {
	clear(out)
	f.each(q, func(from int32, w float32, _ bool) {
		for _, c := range f.cells[f.starts[from]:f.starts[from+1]] {
			out[c.at] += w * c.trust
		}
	})
}

// Reason returns after which products of the query a product comes.
func (f *Follow) Reason(q *Query, product int32) []Part {
	var parts []Part
	f.each(q, func(from int32, w float32, cart bool) {
		row := f.cells[f.starts[from]:f.starts[from+1]]
		if i, ok := slices.BinarySearchFunc(row, product, func(c cell, p int32) int { return cmp.Compare(c.at, p) }); ok {
			parts = append(parts, Part{from, w * row[i].trust, cart})
		}
	})
	return sorted(parts)
}

// each calls fn for what was taken last: the session's products, the last
// counting most, then those of the last baskets.
func (f *Follow) each(q *Query, fn func(from int32, weight float32, cart bool)) {
	w := float32(1)
	for i := len(q.Cart) - 1; i >= 0 && w > .01; i-- {
		fn(q.Cart[i], w, true)
		w *= .7
	}
	if len(q.Cart) > 0 {
		w = .5
	} else {
		w = 1
	}
	for i, basket := len(q.Past)-1, int32(0); i >= 0; i-- {
		back := q.Past[len(q.Past)-1].Basket - q.Past[i].Basket
		if back >= int32(f.steps) {
			break
		}
		if back != basket {
			basket = back
			w /= 2
		}
		fn(q.Past[i].Product, w, false)
	}
}

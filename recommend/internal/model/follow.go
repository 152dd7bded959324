package model

import (
	"context"
	"math"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Follow tells what is taken soon after: how often a product came in one of
// the customer's next baskets after another, over what both their numbers make
// likely. What was taken last says most.
type Follow struct {
	pairs
	steps int
	kind  hearing
	decay decay
}

// mostFollow is how many products are kept that follow one.
const mostFollow = 200

// NewFollow learns from the baskets of a log before a day. steps is how many
// baskets ahead it looks, each step counting half of the one before; a
// customer's basket larger than most counts for nothing.
func NewFollow(l *ledger.Log, day int32, steps, most int) *Follow {
	f, _ := newFollow(context.Background(), l, day, steps, most, cartOrPast, 0)
	return f
}

func newFollow(ctx context.Context, l *ledger.Log, day int32, steps, most int, kind hearing, halfLife float64) (*Follow, error) {
	n := len(l.Products)
	counts, sizes := make([]float64, n), make([]int32, n)
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
					sizes[p]++
				}
			}
		}
	}
	of := lists(sizes) // the baskets that others can follow
	for c := range l.Customers {
		for b := l.Of[c]; b+1 < ends[c]; b++ {
			if len(l.Lines(b)) <= most {
				for _, p := range l.Lines(b) {
					of.add(p, b)
				}
			}
		}
	}
	next, err := makeRows(ctx, n, mostFollow, func() func(int, func(int32, float32)) {
		sums := make([]float32, n)
		var touched []int32
		return func(p int, add func(int32, float32)) {
			for _, b := range of.of(int32(p)) {
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
			for _, to := range touched {
				if int(to) != p {
					add(to, sums[to]/float32(math.Sqrt((counts[p]+5)*(counts[to]+5))))
				}
				sums[to] = 0
			}
			touched = touched[:0]
		}
	})
	return &Follow{pairs{next}, steps, kind, newDecay(halfLife)}, err
}

// Score writes what follows the last of what the query has.
func (f *Follow) Score(q *Query, out []float32) { linearly(f, q, out) }

// Reason returns after which products of the query a product comes.
func (f *Follow) Reason(q *Query, product int32) []Part { return explained(f, q, product) }

// hears appends what was taken last: the session's products, the last counting
// most, then those of the last baskets.
func (f *Follow) hears(a *asked, dst []source) []source {
	w := float32(1)
	for i := len(a.cart) - 1; i >= 0 && w > .01; i-- {
		dst = append(dst, source{a.cart[i], w, true})
		w *= .7
	}
	if f.kind == session {
		for _, s := range a.seen {
			if w := f.decay.at(a.day - s.Day); w > 0 && a.marks[s.Product]&inCart == 0 {
				dst = append(dst, source{s.Product, w, false})
			}
		}
		return dst
	}
	if len(a.cart) > 0 {
		w = .5
	} else {
		w = 1
	}
	end := len(a.past) - 1
	for i, basket := end, int32(0); i >= 0 && end-i < mostHeard; i-- {
		back := a.past[end].Basket - a.past[i].Basket
		if back < 0 || back >= int32(f.steps) {
			break
		}
		if back != basket {
			basket = back
			w /= 2
		}
		dst = append(dst, source{a.past[i].Product, w, false})
	}
	return dst
}

package model

import (
	"context"
	"math"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Together tells what is in the same baskets, by how many baskets two products
// share and how many each has.
type Together struct {
	pairs
	kind  hearing
	decay decay
}

// hearing says which products of a query a model of pairs hears.
type hearing uint8

const (
	cartOrPast hearing = iota // what is in the cart, or the past when there is no cart
	session                   // what is in the cart, and what was seen lately
)

// A Measure says how the numbers of baskets become a score.
type Measure uint8

// The measures. That most used elsewhere, how much more often than by chance
// (lift), is none of them: it prefers what two customers bought once.
const (
	// Cosine is the baskets shared over the root of both numbers of baskets.
	Cosine Measure = iota
	// Surprise is the logarithm of the likelihood ratio: how little it can be
	// by chance (Dunning 1993). Pairs rarer than by chance score 0.
	Surprise
	// Chance is the share of the baskets of the first that have the second,
	// drawn to nothing as long as the baskets are few.
	Chance
)

// fewBaskets is how many baskets without the second product Chance adds.
const fewBaskets = 10

// mostTogether is for how many others a product counts as one of a pair: those
// that it has most to do with.
const mostTogether = 200

// NewTogether counts the baskets of a log before a day. Baskets of more than
// most products say little of which two belong together, and are left out, as
// are pairs of fewer than least baskets. Each product keeps the 200 others that
// it has most to do with.
func NewTogether(l *ledger.Log, day int32, measure Measure, most, least int) *Together {
	t, _ := newTogether(context.Background(), l, day, measure, most, least, cartOrPast, 0)
	return t
}

func newTogether(ctx context.Context, l *ledger.Log, day int32, measure Measure, most, least int, kind hearing, halfLife float64) (*Together, error) {
	n := len(l.Products)
	counts := make([]int32, n)
	baskets := 0
	counted := func(b int32) bool { return l.Day[b] < day && int(l.Start[b+1]-l.Start[b]) <= most }
	for b := range int32(l.Baskets()) {
		if counted(b) {
			baskets++
			for _, p := range l.Lines(b) {
				counts[p]++
			}
		}
	}
	of := lists(counts)
	for b := range int32(l.Baskets()) {
		if counted(b) {
			for _, p := range l.Lines(b) {
				of.add(p, b)
			}
		}
	}
	score := func(both, a, b int32) float32 {
		switch measure {
		case Surprise:
			return float32(Ratio(int64(both), int64(a), int64(b), int64(baskets)))
		case Chance:
			return float32(float64(both) / (float64(a) + fewBaskets))
		}
		return float32(float64(both) / math.Sqrt(float64(a)*float64(b)))
	}
	table, err := makeRows(ctx, n, mostTogether, func() func(int, func(int32, float32)) {
		sums := make([]int32, n)
		var touched []int32
		return func(p int, add func(int32, float32)) {
			for _, b := range of.of(int32(p)) {
				for _, o := range l.Lines(b) {
					if sums[o] == 0 {
						touched = append(touched, o)
					}
					sums[o]++
				}
			}
			for _, o := range touched {
				if int(o) != p && int(sums[o]) >= least {
					add(o, score(sums[o], counts[p], counts[o]))
				}
				sums[o] = 0
			}
			touched = touched[:0]
		}
	})
	return &Together{pairs{table}, kind, newDecay(halfLife)}, err
}

// Score writes what is in the baskets of what the cart has, or the customer's
// past when there is no cart.
func (t *Together) Score(q *Query, out []float32) { linearly(t, q, out) }

// Reason returns which products of the query are in the same baskets.
func (t *Together) Reason(q *Query, product int32) []Part { return explained(t, q, product) }

// Of returns the products that one product has most to do with, and how much,
// the most first.
func (t *Together) Of(product int32) []Part {
	if uint32(product) >= uint32(t.products()) {
		return nil
	}
	at, values := t.of(product)
	list := make([]Part, len(at))
	for i, p := range at {
		list[i] = Part{Product: p, Score: values[i]}
	}
	return sorted(list)
}

func (t *Together) hears(a *asked, dst []source) []source {
	return t.kind.hears(a, dst, &t.decay)
}

// hears appends the sources that are heard.
func (h hearing) hears(a *asked, dst []source, d *decay) []source {
	for _, p := range a.cart {
		dst = append(dst, source{p, 1, true})
	}
	if h == session {
		for _, s := range a.seen {
			if w := d.at(a.day - s.Day); w > 0 && a.marks[s.Product]&inCart == 0 {
				dst = append(dst, source{s.Product, w, false})
			}
		}
		return dst
	}
	if len(a.cart) == 0 {
		for _, i := range a.heard {
			dst = append(dst, source{a.had[i].product, 1, false})
		}
	}
	return dst
}

// Ratio returns twice the logarithm of the likelihood ratio that two things,
// of which one is in a baskets, the other in b and both are in both of n, have
// to do with each other, or 0 when they are together less often than by
// chance.
func Ratio(both, a, b, n int64) float64 {
	if float64(both)*float64(n) <= float64(a)*float64(b) {
		return 0
	}
	cells := [4]float64{float64(both), float64(a - both), float64(b - both), float64(n - a - b + both)}
	total := entropy(cells[:]...)
	rows := entropy(cells[0]+cells[1], cells[2]+cells[3])
	columns := entropy(cells[0]+cells[2], cells[1]+cells[3])
	return max(0, 2*(rows+columns-total))
}

// entropy returns the sum of n log n over its parts: N log N - Σ n log n.
func entropy(counts ...float64) float64 {
	var sum, parts float64
	for _, c := range counts {
		sum += c
		if c > 0 {
			parts += c * math.Log(c)
		}
	}
	if sum <= 0 {
		return 0
	}
	return sum*math.Log(sum) - parts
}

package model

import (
	"math"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Together tells what is in the same baskets, by how many baskets two products
// share and how many each has.
type Together struct {
	measure Measure
	baskets int32
	counts  []int32 // by product: the baskets
	starts  []int
	cells   []share
}

type share struct{ at, baskets int32 }

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

// NewTogether counts the baskets of a log before a day. Baskets of more than
// most products say little of which two belong together, and are left out, as
// are pairs of fewer than least baskets.
func NewTogether(l *ledger.Log, day int32, measure Measure, most, least int) *Together {
	t := &Together{measure: measure, counts: make([]int32, len(l.Products))}
	of := make([][]int32, len(l.Products))
	for b := range int32(l.Baskets()) {
		if lines := l.Lines(b); l.Day[b] < day && len(lines) <= most {
			t.baskets++
			for _, p := range lines {
				of[p] = append(of[p], b)
				t.counts[p]++
			}
		}
	}
	rows := make([][]share, len(of))
	each(len(of), func() func(int) {
		sums := make([]int32, len(of))
		var touched []int32
		return func(p int) {
			for _, b := range of[p] {
				for _, o := range l.Lines(b) {
					if sums[o] == 0 {
						touched = append(touched, o)
					}
					sums[o]++
				}
			}
			slices.Sort(touched)
			for _, o := range touched {
				if int(o) != p && int(sums[o]) >= least {
					rows[p] = append(rows[p], share{o, sums[o]})
				}
				sums[o] = 0
			}
			touched = touched[:0]
		}
	})
	t.starts = append(t.starts, 0)
	for _, r := range rows {
		t.cells = append(t.cells, r...)
		t.starts = append(t.starts, len(t.cells))
	}
	return t
}

// Score writes what is in the baskets of what the cart has, or the customer's
// past when there is no cart.
func (t *Together) Score(q *Query, out []float32) {
	clear(out)
	t.each(q, func(from int32, _ bool) {
		for _, s := range t.cells[t.starts[from]:t.starts[from+1]] {
			out[s.at] += t.score(from, s)
		}
	})
}

// Reason returns which products of the query are in the same baskets.
func (t *Together) Reason(q *Query, product int32) []Part {
	var parts []Part
	t.each(q, func(from int32, cart bool) {
		row := t.cells[t.starts[from]:t.starts[from+1]]
		if i, ok := slices.BinarySearchFunc(row, product, func(s share, p int32) int { return int(s.at) - int(p) }); ok {
			parts = append(parts, Part{from, t.score(from, row[i]), cart})
		}
	})
	return sorted(parts)
}

func (t *Together) each(q *Query, f func(from int32, cart bool)) {
	if len(q.Cart) > 0 {
		for _, p := range q.Cart {
			f(p, true)
		}
		return
	}
	for _, i := range last(q) {
		f(i.Product, false)
	}
}

func (t *Together) score(from int32, s share) float32 {
	both, a, b := float64(s.baskets), float64(t.counts[from]), float64(t.counts[s.at])
	switch t.measure {
	case Surprise:
		return float32(Ratio(int64(s.baskets), int64(t.counts[from]), int64(t.counts[s.at]), int64(t.baskets)))
	case Chance:
		return float32(both / (a + fewBaskets))
	}
	return float32(both / math.Sqrt(a*b))
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

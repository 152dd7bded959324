package model

import (
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Habit tells how likely a product that the customer took before is in their
// next basket: the share of the baskets since the first one with it that had
// it again, drawn to how all customers come back to the product as long as
// the customer's own baskets are few.
type Habit struct {
	again []float64 // by product: the share of later baskets that have it again
}

// How many baskets the others' habit stands for, and how many all products'
// stand for within it.
const (
	othersBaskets = 3
	habitBaskets  = 20
)

// NewHabit learns from the baskets of a log before a day.
func NewHabit(l *ledger.Log, day int32) *Habit {
	again, chances := make([]float64, len(l.Products)), make([]float64, len(l.Products))
	first := make([]int32, len(l.Products)) // basket plus one of the customer at hand
	var total, all float64
	for c := range l.Customers {
		to := l.Of[c+1]
		for to > l.Of[c] && l.Day[to-1] >= day {
			to--
		}
		for b := l.Of[c]; b < to; b++ {
			for _, p := range l.Lines(b) {
				if first[p] > l.Of[c] {
					again[p]++
					total++
					continue
				}
				first[p] = b + 1
				chances[p] += float64(to - b - 1)
				all += float64(to - b - 1)
			}
		}
	}
	mean := 0.0
	if all > 0 {
		mean = total / all
	}
	for p := range again {
		again[p] = (again[p] + habitBaskets*mean) / (chances[p] + habitBaskets)
	}
	return &Habit{again}
}

// Score writes the chance of each product of the past, in hundredths.
func (h *Habit) Score(q *Query, out []float32) { directly(h, q, out) }

// Reason says that the product itself was taken before.
func (h *Habit) Reason(q *Query, product int32) []Part {
	return directReason(h, q, product, len(h.again))
}

func (h *Habit) scores(a *asked, dst []source) []source {
	last := int32(0)
	for i := range a.had {
		last = max(last, a.had[i].last)
	}
	for i := range a.had {
		x := &a.had[i]
		if chance := h.chance(x.product, float64(x.times-1), float64(last)-float64(x.first)); chance > 0 {
			dst = append(dst, source{product: x.product, weight: float32(100 * chance)})
		}
	}
	return dst
}

// chance is that of a product taken again in n of the baskets since.
func (h *Habit) chance(product int32, n, since float64) float64 {
	return (n + .5 + othersBaskets*h.again[product]) / (max(since, n) + othersBaskets)
}

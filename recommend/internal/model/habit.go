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
func (h *Habit) Score(q *Query, out []float32) {
	clear(out)
	if len(q.Past) == 0 {
		return
	}
	last := q.Past[len(q.Past)-1].Basket
	type taken struct {
		again float64
		first int32
	}
	seen := make(map[int32]taken, len(q.Past))
	for _, i := range q.Past {
		t, ok := seen[i.Product]
		if ok {
			t.again++
		} else {
			t.first = i.Basket
		}
		seen[i.Product] = t
	}
	for p, t := range seen {
		out[p] = float32(100 * h.chance(p, t.again, float64(last-t.first)))
	}
}

// Reason says that the product itself was taken before.
func (h *Habit) Reason(q *Query, product int32) []Part {
	n, since := -1.0, int32(0)
	for _, i := range q.Past {
		if i.Product == product {
			if n < 0 {
				since = i.Basket
			}
			n++
		}
	}
	if n < 0 {
		return nil
	}
	return []Part{{Product: product, Score: float32(100 * h.chance(product, n, float64(q.Past[len(q.Past)-1].Basket-since)))}}
}

// chance is that of a product taken again in n of the baskets since.
func (h *Habit) chance(product int32, n, since float64) float64 {
	return (n + .5 + othersBaskets*h.again[product]) / (since + othersBaskets)
}

package model

import (
	"math"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Popularity tells what many customers take: the logarithm of one more than
// the number of baskets, each counted less the older it is. With a short
// half-life it is what is trending. It says the same to everybody.
type Popularity struct {
	scores []float32
}

// NewPopularity counts the baskets of a log before a day. halfLife is the
// days after which a basket counts half; 0 counts all the same. The baskets
// of one customer are counted as few as their square root says, so that one
// wholesaler is not the taste of a shop.
func NewPopularity(l *ledger.Log, day int32, halfLife float64) *Popularity {
	sums := make([]float64, len(l.Products))
	for c := range l.Customers {
		from, to := l.Of[c], l.Of[c+1]
		if from == to {
			continue
		}
		share := 1 / math.Sqrt(float64(to-from))
		for b := from; b < to && l.Day[b] < day; b++ {
			add(sums, l, b, share*fade(day-l.Day[b], halfLife))
		}
	}
	for b := l.Of[len(l.Customers)]; int(b) < l.Baskets(); b++ {
		if l.Day[b] < day {
			add(sums, l, b, fade(day-l.Day[b], halfLife))
		}
	}
	p := &Popularity{make([]float32, len(sums))}
	for i, s := range sums {
		p.scores[i] = float32(math.Log1p(s))
	}
	return p
}

func add(sums []float64, l *ledger.Log, b int32, weight float64) {
	for _, p := range l.Lines(b) {
		sums[p] += weight
	}
}

// Score writes how popular each product is.
func (p *Popularity) Score(_ *Query, out []float32) {
	clear(out)
	copy(out, p.scores)
}

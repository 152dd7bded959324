package model

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// A Signal is what the blend makes of a model's score: the score itself, its
// logarithm, or its product with how popular a product is of late. The last
// says more than the sum of both: what a customer is used to buy and nobody
// buys these days is gone from the shelf or out of season.
type Signal struct {
	Name  string
	Model int  // its place among the blend's models
	Trend int  // the place of a Popularity that the score is multiplied with, or -1
	Log   bool // the logarithm of one more than the score; of models with scores from 0
}

// A Blend adds up the signals of several models, each with a weight that was
// fitted to what customers of this shop took.
type Blend struct {
	Models  []Scorer
	Signals []Signal
	Weights []float32 // one a signal, of its raw value

	pool sync.Pool // of []float32
}

// Score writes the weighted sum.
func (b *Blend) Score(q *Query, out []float32) {
	clear(out)
	one := b.scratch(len(out))
	defer b.pool.Put(&one)
	for m, of := range b.Models {
		if !b.used(m) {
			continue
		}
		of.Score(q, one)
		for s, g := range b.Signals {
			w := b.Weights[s]
			switch {
			case g.Model != m || w == 0:
			case g.Trend >= 0:
				for p, t := range b.trend(g.Trend) {
					out[p] += w * one[p] * t
				}
			case g.Log:
				for p, v := range one {
					if v > 0 {
						out[p] += w * float32(math.Log1p(float64(v)))
					}
				}
			default:
				for p, v := range one {
					out[p] += w * v
				}
			}
		}
	}
}

func (b *Blend) scratch(n int) []float32 {
	if s, ok := b.pool.Get().(*[]float32); ok && len(*s) == n {
		return *s
	}
	return make([]float32, n)
}

func (b *Blend) used(model int) bool {
	for s, g := range b.Signals {
		if g.Model == model && b.Weights[s] != 0 {
			return true
		}
	}
	return false
}

func (b *Blend) trend(model int) []float32 { return b.Models[model].(*Popularity).scores }

// signals writes the raw values of all signals, one slice each.
func (b *Blend) signals(q *Query, out [][]float32) {
	for m, of := range b.Models {
		var score []float32
		for s, g := range b.Signals {
			if g.Model != m {
				continue
			}
			if score == nil {
				score = make([]float32, len(out[s]))
				of.Score(q, score)
			}
			for p, v := range score {
				switch {
				case g.Trend >= 0:
					v *= b.trend(g.Trend)[p]
				case g.Log:
					v = float32(math.Log1p(max(0, float64(v))))
				}
				out[s][p] = v
			}
		}
	}
}

// A Why is what one model adds to a score.
type Why struct {
	Model int     // its place among the blend's models
	Score float32 // what it adds; the Whys of a product come to its score, but for rounding
	Parts []Part  // from which products of the query; nil when it looks at none
}

// Why returns, for each of some products, what adds to its score, the most
// first. It costs about as much as Score.
func (b *Blend) Why(q *Query, products []int32) [][]Why {
	lists := make([][]Why, len(products))
	one := b.scratch(b.size())
	defer b.pool.Put(&one)
	for m, of := range b.Models {
		if !b.used(m) {
			continue
		}
		of.Score(q, one)
		for i, product := range products {
			score := one[product]
			sum := b.sum(m, product, score)
			if sum == 0 {
				continue
			}
			why := Why{Model: m, Score: sum}
			if r, ok := of.(Reasoner); ok && score != 0 {
				why.Parts = r.Reason(q, product)
				for i := range why.Parts {
					why.Parts[i].Score *= sum / score
				}
			}
			lists[i] = append(lists[i], why)
		}
	}
	for _, list := range lists {
		slices.SortStableFunc(list, func(a, b Why) int { return cmp.Compare(b.Score, a.Score) })
	}
	return lists
}

// sum returns what a model's score of a product comes to in all its signals.
func (b *Blend) sum(model int, product int32, score float32) float32 {
	var sum float32
	for s, g := range b.Signals {
		if g.Model != model {
			continue
		}
		v := score
		switch {
		case g.Trend >= 0:
			v *= b.trend(g.Trend)[product]
		case g.Log:
			v = float32(math.Log1p(max(0, float64(v))))
		}
		sum += b.Weights[s] * v
	}
	return sum
}

// size returns the number of products.
func (b *Blend) size() int {
	for _, m := range b.Models {
		if p, ok := m.(*Popularity); ok {
			return len(p.scores)
		}
	}
	return 0
}

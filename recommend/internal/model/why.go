package model

import (
	"cmp"
	"slices"
)

// A Why is what one model adds to a score.
type Why struct {
	Model int     // its place among the blend's models
	Score float32 // what it adds; the Whys of a product come to its score, but for rounding
	Parts []Part  // from which products of the query; nil when it looks at none
}

// Why returns, for each of some products, what adds to its score, the most
// first. It looks at those products only. Of products that it does not know it
// says nothing.
func (b *Blend) Why(q *Query, products []int32) [][]Why {
	b.once.Do(b.ready)
	n := len(b.base)
	a := prepare(q, n)
	defer a.done()
	lists := make([][]Why, len(products))
	whys := make([]Why, 0, len(products)*(len(b.parts)+4))
	weights, stranger := b.Weights, a.stranger()
	if stranger {
		weights = b.Strangers
	}
	heard := make([][]source, len(b.parts)) // by part
	if !stranger {
		a.sources = a.sources[:0]
		for i := range b.parts {
			from := len(a.sources)
			switch of := b.parts[i].of.(type) {
			case direct:
				a.sources = of.scores(a, a.sources)
			case linear:
				a.sources = of.hears(a, a.sources)
			}
			heard[i] = a.sources[from:len(a.sources):len(a.sources)]
		}
	}
	var one []float32
	parts := make([]Part, 0, 256)
	for at, product := range products {
		if uint32(product) >= uint32(n) {
			continue
		}
		from := len(whys)
		for s, g := range b.Signals {
			if p, ok := b.Models[g.Model].(*Popularity); ok && s < len(weights) && weights[s] != 0 && p.scores[product] != 0 {
				if k := len(whys) - 1; k >= from && whys[k].Model == g.Model {
					whys[k].Score += weights[s] * p.scores[product]
				} else {
					whys = append(whys, Why{Model: g.Model, Score: weights[s] * p.scores[product]})
				}
			}
		}
		if stranger {
			lists[at] = ordered(whys[from:len(whys):len(whys)])
			continue
		}
		for i := range b.parts {
			p := &b.parts[i]
			why := Why{Model: p.model}
			begin := len(parts)
			switch of := p.of.(type) {
			case direct:
				for _, s := range heard[i] {
					if s.product == product {
						why.Score = b.worth(p, product, s.weight)
						parts = append(parts, Part{product, why.Score, s.cart})
						break
					}
				}
			case explainer:
				parts = of.explain(a, heard[i], parts, product, p.weight(product))
				for _, x := range parts[begin:] {
					why.Score += x.Score
				}
			case linear:
				t := of.table()
				for _, s := range heard[i] {
					why.Score += s.weight * t.value(s.product, product)
				}
				why.Score *= p.weight(product)
			case *Factors:
				parts = of.explain(a, parts, product, p.weight(product))
				for _, x := range parts[begin:] {
					why.Score += x.Score
				}
			default:
				if one == nil {
					one = make([]float32, n)
				}
				of.Score(q, one)
				why.Score = one[product] * p.weight(product)
			}
			if why.Score == 0 {
				continue
			}
			if end := len(parts); end > begin {
				why.Parts = sorted(parts[begin:end:end])
			}
			whys = append(whys, why)
		}
		lists[at] = ordered(whys[from:len(whys):len(whys)])
	}
	return lists
}

// ordered brings whys into their order, the most first.
func ordered(list []Why) []Why {
	slices.SortStableFunc(list, func(a, b Why) int { return cmp.Compare(b.Score, a.Score) })
	return list
}

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
// says nothing. Who wants scores and reasons both is better off with Ask.
func (b *Blend) Why(q *Query, products []int32) [][]Why {
	a := b.ask(q)
	defer a.done()
	return b.why(a, q, products)
}

// An Answer knows why its scores are what they are. It is for one goroutine.
type Answer struct {
	b *Blend
	a *asked
	q *Query
}

// Ask writes what Score does, and returns what tells why for less than Why
// does. The query must stay as it is until the answer is done with.
func (b *Blend) Ask(q *Query, out []float32) *Answer {
	x := &Answer{b, b.ask(q), q}
	b.score(x.a, q, out)
	return x
}

// Why returns what [Blend.Why] does.
func (x *Answer) Why(products []int32) [][]Why { return x.b.why(x.a, x.q, products) }

// Done gives the room back that the answer holds, after which it must not be
// used. An answer that is not done with costs the next one some time.
func (x *Answer) Done() {
	if x.a != nil {
		x.a.done()
		x.a = nil
	}
}

// why goes over what each model heard once for all products.
func (b *Blend) why(a *asked, q *Query, products []int32) [][]Why {
	n := len(b.base)
	lists := make([][]Why, len(products))
	room := len(b.parts) + popularities
	whys := make([]Why, len(products)*room)
	for i := range lists {
		lists[i] = whys[i*room : i*room : (i+1)*room]
	}
	a.mark(products, n)
	defer a.unmark(products)
	b.whyPopular(a, products, lists)
	if a.stranger() {
		return finished(a, products, lists, n)
	}
	var one []float32
	for i := range b.parts {
		p := &b.parts[i]
		a.hits = a.hits[:0]
		switch of := p.of.(type) {
		case direct:
			for _, s := range a.heardBy(i) {
				if k := a.slot[s.product]; k > 0 {
					a.hits = append(a.hits, hit{k - 1, Part{s.product, b.worth(p, s.product, s.weight), s.cart}})
				}
			}
		case interface{ ofProducts() }:
			t := p.of.(linear).table()
			for _, s := range a.heardBy(i) {
				t.find(s.product, a.slot, func(slot int32, v float32) {
					a.hits = append(a.hits, hit{slot - 1, Part{s.product, p.weight(products[slot-1]) * s.weight * v, s.cart}})
				})
			}
		case explainer:
			for k, product := range products {
				if a.first(products, k, n) {
					a.explained = of.explain(a, a.heardBy(i), a.explained[:0], product, p.weight(product))
					for _, x := range a.explained {
						a.hits = append(a.hits, hit{int32(k), x})
					}
				}
			}
		case *Factors:
			ear := of.hears(a)
			for k, product := range products {
				if a.first(products, k, n) {
					a.explained = ear.explain(a.explained[:0], product, p.weight(product))
					for _, x := range a.explained {
						a.hits = append(a.hits, hit{int32(k), x})
					}
				}
			}
		case linear:
			one = append(one[:0], make([]float32, len(products))...)
			t := of.table()
			for _, s := range a.heardBy(i) {
				t.find(s.product, a.slot, func(slot int32, v float32) { one[slot-1] += s.weight * v })
			}
			for k, v := range one {
				if v != 0 {
					lists[k] = append(lists[k], Why{Model: p.model, Score: p.weight(products[k]) * v})
				}
			}
		default:
			scores := make([]float32, n)
			of.Score(q, scores)
			for k, product := range products {
				if a.first(products, k, n) && scores[product] != 0 {
					lists[k] = append(lists[k], Why{Model: p.model, Score: p.weight(product) * scores[product]})
				}
			}
		}
		a.gather(p.model, lists)
	}
	return finished(a, products, lists, n)
}

// popularities is for how many models of popularity there is room at once.
const popularities = 4

// whyPopular appends what does not depend on the query.
func (b *Blend) whyPopular(a *asked, products []int32, lists [][]Why) {
	weights := b.Weights
	if a.stranger() {
		weights = b.Strangers
	}
	for s, g := range b.Signals {
		p, ok := b.Models[g.Model].(*Popularity)
		if !ok || s >= len(weights) || weights[s] == 0 {
			continue
		}
		for k, product := range products {
			if a.first(products, k, len(p.scores)) && p.scores[product] != 0 {
				lists[k] = append(lists[k], Why{Model: g.Model, Score: weights[s] * p.scores[product]})
			}
		}
	}
}

// A hit is a part of the score of one of the products that are explained.
type hit struct {
	of   int32
	part Part
}

// mark notes which products are to be explained.
func (a *asked) mark(products []int32, n int) {
	if len(a.slot) < n {
		a.slot = make([]int32, n)
	}
	for k, p := range products {
		if uint32(p) < uint32(n) && a.slot[p] == 0 {
			a.slot[p] = int32(k) + 1
		}
	}
}

func (a *asked) unmark(products []int32) {
	for _, p := range products {
		if uint32(p) < uint32(len(a.slot)) {
			a.slot[p] = 0
		}
	}
}

// first reports whether a product is known and not there before.
func (a *asked) first(products []int32, k, n int) bool {
	p := products[k]
	return uint32(p) < uint32(n) && a.slot[p] == int32(k)+1
}

// gather makes a Why of the hits of each product.
func (a *asked) gather(model int, lists [][]Why) {
	if len(a.hits) == 0 {
		return
	}
	a.counts = append(a.counts[:0], make([]int32, len(lists)+1)...)
	for _, h := range a.hits {
		a.counts[h.of+1]++
	}
	for k := range lists {
		a.counts[k+1] += a.counts[k]
	}
	parts := make([]Part, len(a.hits))
	for _, h := range a.hits {
		parts[a.counts[h.of]] = h.part
		a.counts[h.of]++
	}
	from := int32(0)
	for k := range lists {
		to := a.counts[k]
		if to > from {
			why := Why{Model: model, Parts: sorted(parts[from:to:to])}
			for _, x := range why.Parts {
				why.Score += x.Score
			}
			lists[k] = append(lists[k], why)
		}
		from = to
	}
}

// finished brings the whys of each product into their order. What is asked
// for twice has them twice.
func finished(a *asked, products []int32, lists [][]Why, n int) [][]Why {
	for k, p := range products {
		switch {
		case uint32(p) >= uint32(n):
			lists[k] = nil
		case a.slot[p] != int32(k)+1:
			lists[k] = lists[a.slot[p]-1]
		case len(lists[k]) == 0:
			lists[k] = nil
		default:
			ordered(lists[k])
		}
	}
	return lists
}

// ordered brings whys into their order, the most first.
func ordered(list []Why) []Why {
	slices.SortStableFunc(list, func(a, b Why) int { return cmp.Compare(b.Score, a.Score) })
	return list
}

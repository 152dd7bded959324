package model

import (
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
	Log   bool // the logarithm of one more than the score; of models that score the query's own products from 0
}

// A Blend adds up the signals of several models, each with a weight that was
// fitted to what customers of this shop took. It is not changed after its
// first use, and safe for concurrent use.
type Blend struct {
	Models  []Scorer
	Signals []Signal
	Weights []float32 // one a signal, of its raw value
	// Strangers are the weights for who is not known by anything, of which
	// only those of popularity count.
	Strangers []float32

	once      sync.Once
	base      []float32 // by product: what does not depend on the query
	strangers []float32
	parts     []part // what does
}

// A part is a model of a blend with what its signals come to.
type part struct {
	model   int
	of      Scorer
	signals []int
	flat    float32   // the weight of the score itself
	gain    []float32 // by product: the weight with trends; nil when it is flat
}

// ready adds up what is the same for all queries.
func (b *Blend) ready() {
	n := b.size()
	b.base, b.strangers = make([]float32, n), make([]float32, n)
	for m, of := range b.Models {
		p := part{model: m, of: of}
		for s, g := range b.Signals {
			if g.Model != m {
				continue
			}
			if popular, ok := of.(*Popularity); ok {
				for i, v := range popular.scores {
					b.base[i] += b.Weights[s] * v
					if s < len(b.Strangers) {
						b.strangers[i] += b.Strangers[s] * v
					}
				}
				continue
			}
			if w := b.Weights[s]; w != 0 {
				p.signals = append(p.signals, s)
				if !g.Log && g.Trend < 0 {
					p.flat += w
				}
			}
		}
		if len(p.signals) == 0 {
			continue
		}
		if _, ok := of.(direct); !ok {
			p.trends(b, n)
		}
		b.parts = append(b.parts, p)
	}
}

// trends works out the weight of each product where signals have trends.
func (p *part) trends(b *Blend, n int) {
	for _, s := range p.signals {
		if g := b.Signals[s]; g.Trend >= 0 {
			if p.gain == nil {
				p.gain = make([]float32, n)
				for i := range p.gain {
					p.gain[i] = p.flat
				}
			}
			for i, t := range b.trend(g.Trend) {
				p.gain[i] += b.Weights[s] * t
			}
		}
	}
}

func (p *part) weight(product int32) float32 {
	if p.gain == nil {
		return p.flat
	}
	return p.gain[product]
}

// Score writes the weighted sum. Who is not known by anything gets what is
// popular.
func (b *Blend) Score(q *Query, out []float32) {
	a := b.ask(q)
	defer a.done()
	b.score(a, q, out)
}

// ask prepares a query and lets all models hear it.
func (b *Blend) ask(q *Query) *asked {
	b.once.Do(b.ready)
	a := prepare(q, len(b.base))
	a.sources, a.bounds = a.sources[:0], append(a.bounds[:0], 0)
	if a.stranger() {
		return a
	}
	for i := range b.parts {
		switch of := b.parts[i].of.(type) {
		case direct:
			a.sources = of.scores(a, a.sources)
		case linear:
			a.sources = of.hears(a, a.sources)
		}
		a.bounds = append(a.bounds, len(a.sources))
	}
	return a
}

// heardBy returns what a part of a blend heard.
func (a *asked) heardBy(part int) []source { return a.sources[a.bounds[part]:a.bounds[part+1]] }

func (b *Blend) score(a *asked, q *Query, out []float32) {
	n := len(b.base)
	clear(out[n:])
	out = out[:n]
	if a.stranger() {
		copy(out, b.strangers)
		return
	}
	copy(out, b.base)
	for i := range b.parts {
		p := &b.parts[i]
		switch of := p.of.(type) {
		case direct:
			for _, s := range a.heardBy(i) {
				out[s.product] += b.worth(p, s.product, s.weight)
			}
		case linear:
			t := of.table()
			for _, s := range a.heardBy(i) {
				if p.gain == nil {
					t.add(out, s.product, p.flat*s.weight)
				} else {
					t.addTimes(out, s.product, s.weight, p.gain)
				}
			}
		case *Factors:
			of.add(a, out, p.flat, p.gain)
		default:
			one := a.room(n)
			of.Score(q, one)
			if p.gain != nil {
				weigh(out, one, p.gain)
				continue
			}
			for i, v := range one {
				out[i] += p.flat * v
			}
		}
	}
}

// weigh adds scores times gains to out.
func weigh(out, scores, gains []float32) {
	scores, gains = scores[:len(out)], gains[:len(out)]
	for i := range out {
		if v := scores[i]; v != 0 {
			out[i] += v * gains[i]
		}
	}
}

// worth returns what a score of a direct model comes to in all its signals.
func (b *Blend) worth(p *part, product int32, score float32) float32 {
	var sum float32
	for _, s := range p.signals {
		sum += b.Weights[s] * b.raw(s, product, score)
	}
	return sum
}

// raw returns what a signal makes of its model's score.
func (b *Blend) raw(signal int, product int32, score float32) float32 {
	g := &b.Signals[signal]
	switch {
	case g.Trend >= 0:
		return score * b.trend(g.Trend)[product]
	case g.Log:
		return log1p(max(0, score))
	}
	return score
}

func (b *Blend) trend(model int) []float32 { return b.Models[model].(*Popularity).scores }

// size returns the number of products.
func (b *Blend) size() int {
	for _, m := range b.Models {
		if p, ok := m.(*Popularity); ok {
			return len(p.scores)
		}
	}
	return 0
}

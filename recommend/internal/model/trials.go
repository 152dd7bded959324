package model

import (
	"context"
	"math"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// How many candidates there are of each model, and of none.
const (
	candidates = 40
	others     = 40
	mostOwned  = 200
)

// An asking is a query with the answers to the questions that it is for. One
// without questions is that of a stranger.
type asking struct {
	q     Query
	owned map[int32]bool
	of    []answer
}

type answer struct {
	question Question
	targets  []int32 // ascending
}

// keep reports whether a product may be an answer.
func (f *asking) keep(q Question, p int32) bool {
	switch q {
	case Fresh:
		return !f.owned[p]
	case Again:
		return f.owned[p]
	case Cart, Next:
		return !slices.Contains(f.q.Cart, p)
	}
	return true
}

// trials returns queries of each kind, as many as tuning looks at, taken evenly
// from all customers, baskets and sessions.
func trials(known Goods, after *ledger.Log, day int32) []asking {
	before := known.Log
	var of, new, carts []int32
	for c := range int32(len(after.Customers)) {
		switch {
		case after.Of[c] == after.Of[c+1]:
		case before.Of[c] == before.Of[c+1]:
			new = append(new, after.Of[c])
		default:
			of = append(of, c)
		}
	}
	for b := range int32(after.Baskets()) {
		if n := len(after.Lines(b)); 2 <= n && n <= largeBasket {
			carts = append(carts, b)
		}
		if after.Customer[b] < 0 {
			new = append(new, b)
		}
	}
	var list []asking
	for _, c := range evenly(of, mostTrials) {
		list = append(list, customerAsks(known, after, c, day))
	}
	for _, b := range evenly(carts, mostTrials) {
		q := Query{Day: day}
		if c := after.Customer[b]; c >= 0 {
			q.Past = Past(before, c, math.MaxInt32)
		}
		list = append(list, hidden(q, after.Lines(b), b, Cart))
	}
	for _, b := range evenly(new, mostTrials/2) {
		list = append(list, asking{q: Query{Day: day}, of: []answer{{questions, slices.Clone(after.Lines(b))}}})
	}
	if views := known.Seen[ledger.Viewed]; views != nil {
		var of []int32
		for b := range int32(views.Baskets()) {
			if n := len(views.Lines(b)); 2 <= n && n <= largeBasket && views.Day[b] >= saturated(int64(day)-30) {
				of = append(of, b)
			}
		}
		for _, b := range evenly(of, mostTrials/2) {
			list = append(list, hidden(Query{Day: day}, views.Lines(b), b, Next))
		}
	}
	return list
}

// customerAsks returns what is asked of a customer of both logs.
func customerAsks(known Goods, after *ledger.Log, c, day int32) asking {
	before := known.Log
	from, to := after.Of[c], after.Of[c+1]
	f := asking{q: Query{Day: day, Past: Past(before, c, math.MaxInt32), Seen: Sights(known.Seen, before.Customers[c], math.MaxInt32)}, owned: map[int32]bool{}}
	for _, i := range f.q.Past {
		f.owned[i.Product] = true
	}
	taken := slices.Clone(after.Product[after.Start[from]:after.Start[to]])
	slices.Sort(taken)
	taken = slices.Compact(taken)
	fresh := slices.DeleteFunc(slices.Clone(taken), func(p int32) bool { return f.owned[p] })
	again := slices.DeleteFunc(slices.Clone(taken), func(p int32) bool { return !f.owned[p] })
	for q, targets := range [...][]int32{Any: taken, Fresh: fresh, Again: again} {
		if len(targets) > 0 {
			f.of = append(f.of, answer{Question(q), targets})
		}
	}
	return f
}

// partsAsks asks customers for what was drawn from the only basket that they
// have. It does not tell what they take again.
func partsAsks(known Goods, drawn *ledger.Log, day int32) []asking {
	var of []int32
	for c := range int32(len(drawn.Customers)) {
		if drawn.Of[c] < drawn.Of[c+1] && known.Log.Of[c] < known.Log.Of[c+1] {
			of = append(of, c)
		}
	}
	var list []asking
	for _, c := range evenly(of, mostTrials) {
		f := customerAsks(known, drawn, c, day)
		f.of = slices.DeleteFunc(f.of, func(a answer) bool { return a.question != Fresh })
		list = append(list, f)
	}
	return list
}

// hidden asks for one product of a basket, by the others.
func hidden(q Query, lines []int32, b int32, question Question) asking {
	at := int(uint32(b) * 2654435761 >> 8 % uint32(len(lines)))
	q.Cart = slices.Delete(slices.Clone(lines), at, at+1)
	return asking{q: q, of: []answer{{question, []int32{lines[at]}}}}
}

// evenly returns at most so many of a list.
func evenly(list []int32, most int) []int32 {
	if len(list) <= most {
		return list
	}
	out := make([]int32, most)
	for i := range out {
		out[i] = list[i*len(list)/most]
	}
	return out
}

// askedOf returns the queries that ask a question, at most half of what tuning
// looks at.
func askedOf(ask []asking, q Question) []*asking {
	var list []*asking
	for i := range ask {
		if slices.ContainsFunc(ask[i].of, func(a answer) bool { return a.question == q }) {
			list = append(list, &ask[i])
		}
	}
	step := max(1, (len(list)+mostTrials/2-1)/(mostTrials/2))
	for i := range (len(list) + step - 1) / step {
		list[i] = list[i*step]
	}
	return list[:(len(list)+step-1)/step]
}

// gain returns the mean NDCG of ten products.
func gain(ctx context.Context, m Scorer, ask []*asking, q Question, products int) float64 {
	gains := make([]float64, len(ask))
	each(len(ask), func() func(i int) {
		scores := make([]float32, products)
		var top []int32
		return func(i int) {
			if ctx.Err() != nil {
				return
			}
			f := ask[i]
			m.Score(&f.q, scores)
			at := slices.IndexFunc(f.of, func(a answer) bool { return a.question == q })
			var right [len(discounts)]bool
			top = Top(top[:0], scores, len(right), func(p int32) bool { return f.keep(q, p) })
			for k, p := range top {
				_, right[k] = slices.BinarySearch(f.of[at].targets, p)
			}
			gains[i] = ndcg(&right, len(f.of[at].targets))
		}
	})
	return mean(gains)
}

// discounts are what is right in a list counts, by place.
var discounts = func() (d [10]float64) {
	for k := range d {
		d[k] = 1 / math.Log2(float64(k+2))
	}
	return d
}()

// ndcg returns the gain of a list, by what is right in it, of which so many could be.
func ndcg(right *[len(discounts)]bool, targets int) float64 {
	var ideal, got float64
	for k, d := range discounts {
		if k < targets {
			ideal += d
		}
		if right[k] {
			got += d
		}
	}
	if ideal == 0 {
		return 0
	}
	return got / ideal
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / max(1, float64(len(values)))
}

// looks are the trials of each question, and those of strangers.
type looks [questions + 1][]Trial

func (l *looks) add(more *looks) {
	for q := range l {
		l[q] = append(l[q], more[q]...)
	}
}

// lack returns which questions are asked, and not often enough.
func (l *looks) lack() (lacks [questions + 1]bool) {
	for q, t := range l {
		lacks[q] = 0 < len(t) && len(t) < enoughTrials
	}
	return lacks
}

// lacking returns of some queries those that ask questions that are lacking.
func lacking(ask []asking, lacks [questions + 1]bool) (list []asking) {
	for _, f := range ask {
		f.of = slices.DeleteFunc(f.of, func(a answer) bool { return !lacks[a.question] })
		if len(f.of) > 0 {
			list = append(list, f)
		}
	}
	return list
}

// look returns the queries as the signals see them: candidates are the best of each
// model.
func look(ctx context.Context, models []Scorer, ask []asking, products int) (seen looks) {
	all := make([][]Trial, len(ask))
	each(len(ask), func() func(i int) {
		scores := make([][]float32, len(models))
		for m := range scores {
			scores[m] = make([]float32, products)
		}
		var list []int32
		return func(i int) {
			if ctx.Err() != nil {
				return
			}
			f := &ask[i]
			for m, of := range models {
				of.Score(&f.q, scores[m])
			}
			for _, a := range f.of {
				list = f.candidates(a, scores, list[:0])
				all[i] = append(all[i], f.trial(a, scores, list, i))
			}
		}
	})
	for i := range ask {
		for k, t := range all[i] {
			q := ask[i].of[k].question
			seen[q] = append(seen[q], t)
		}
	}
	return seen
}

// candidates appends the products that could be an answer, ascending.
func (f *asking) candidates(a answer, scores [][]float32, list []int32) []int32 {
	if a.question == Again {
		for p := range f.owned {
			list = append(list, p)
		}
		slices.Sort(list)
		if len(list) <= mostOwned {
			return list
		}
		list = list[:0]
	}
	for _, s := range scores {
		list = Top(list, s, candidates, func(p int32) bool { return s[p] > 0 && f.keep(a.question, p) })
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// trial returns the candidates, and some of the rest which stand for all of
// it, as the signals see them.
func (f *asking) trial(a answer, scores [][]float32, list []int32, seed int) Trial {
	var t Trial
	best, products := len(list), len(scores[0])
	if a.question != Again {
		for k := range others {
			if p := int32((seed*others + k) * 7919 % products); f.keep(a.question, p) && !slices.Contains(list, p) {
				list = append(list, p)
			}
		}
	}
	if n := len(list) - best; n > 0 {
		t.Many = append(slices.Repeat([]float32{1}, best), slices.Repeat([]float32{float32(products-best) / float32(n)}, n)...)
	}
	values := make([]float32, len(list)*len(signals))
	t.Missed = len(a.targets)
	for _, p := range list {
		row := values[:len(signals):len(signals)]
		values = values[len(signals):]
		for i, g := range signals {
			row[i] = g.of(scores, p)
		}
		_, came := slices.BinarySearch(a.targets, p)
		t.Scores = append(t.Scores, row)
		t.Came = append(t.Came, came)
		if came {
			t.Missed--
		}
	}
	return t
}

// of returns what a signal makes of the models' scores of a product.
func (g *Signal) of(scores [][]float32, p int32) float32 {
	v := scores[g.Model][p]
	switch {
	case g.Trend >= 0:
		return v * scores[g.Trend][p]
	case g.Log:
		return log1p(max(0, v))
	}
	return v
}

// heads returns the trials with the candidates that may come into the lists:
// the best under some weights.
func heads(trials []Trial, weights []float32) []Trial {
	out := make([]Trial, len(trials))
	each(len(trials), func() func(int) {
		var sums []float32
		var top []int32
		return func(i int) {
			t := &trials[i]
			sums = sums[:0]
			for _, s := range t.Scores {
				var sum float32
				for m, w := range weights {
					sum += w * s[m]
				}
				sums = append(sums, sum)
			}
			top = Top(top[:0], sums, headSize, nil)
			slices.Sort(top)
			out[i].Missed = t.Missed
			for _, came := range t.Came {
				if came {
					out[i].Missed++
				}
			}
			for _, at := range top {
				out[i].Scores = append(out[i].Scores, t.Scores[at])
				out[i].Came = append(out[i].Came, t.Came[at])
				if t.Came[at] {
					out[i].Missed--
				}
			}
		}
	})
	return out
}

// headSize is how many candidates may come into a list of ten.
const headSize = 80

// asks reports whether a trial tells anything.
func (t *Trial) asks() bool { return slices.Contains(t.Came, true) && slices.Contains(t.Came, false) }

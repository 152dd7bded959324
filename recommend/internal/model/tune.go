package model

import (
	"context"
	"math"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// How much tuning looks at: the customers of a log, questions of a kind, the
// head and rank of the models whose ridges are tried, the head of those whose
// weights are found, and how many trials the prior counts for.
const (
	mostTuned   = 150_000
	mostTrials  = 1000
	tuningHead  = 1000
	triedHead   = 2000
	tuningRank  = 16
	tuningTrust = 15
)

// Tune finds the settings under which what customers took in the last window
// before a day is foreseen best by models of the time before it. Only ridges
// that are 0 in s are looked for; the weights are always found anew. Where the
// log is too short for that, as when all its baskets have the same day, every
// tenth basket is foreseen from the others. Where hardly anything can be asked
// the weights are those that are thought good anywhere.
//
// It returns the error of ctx when it ends first.
func Tune(ctx context.Context, g Goods, day int32, s Settings) (Settings, error) {
	full := s.filled()
	g.Log = thinned(g.Log, mostTuned)
	before, after := halves(g.Log, day, full.Window)
	cut := saturated(int64(day) - int64(full.Window))
	known := g.before(before, cut)
	ask := trials(known, after, cut)
	if err := full.ridges(ctx, s, before, cut, ask); err != nil {
		return s, err
	}
	full.Weights, full.Strangers = nil, nil
	trying := full
	trying.Head = min(full.Head, triedHead)
	of, err := trying.models(ctx, known, cut)
	if err != nil {
		return s, err
	}
	seen, strange := look(ctx, of, ask, len(g.Log.Products))
	full.Weights = make([][]float32, questions)
	each(int(questions)+1, func() func(int) {
		return func(q int) {
			prior := make([]float64, len(signals))
			for i, g := range signals {
				if q < int(questions) {
					prior[i] = g.prior[q]
				} else {
					prior[i] = strangers[g.Model]
				}
			}
			switch {
			case ctx.Err() != nil:
			case q < int(questions):
				full.Weights[q] = learned(seen[q], prior, Question(q) == Fresh)
			default:
				full.Strangers = learned(strange, prior, false)
			}
		}
	})
	if err := ctx.Err(); err != nil {
		return s, err
	}
	return full, nil
}

// ridges finds the ridges that are not given: from the middle on as long as it
// becomes better.
func (s *Settings) ridges(ctx context.Context, given Settings, before *ledger.Log, cut int32, ask []asking) error {
	products := len(before.Products)
	trying := *s
	trying.Head, trying.Rank = min(s.Head, tuningHead), min(s.Rank, tuningRank)
	find := func(v *float64, given float64, q Question, models func(ridges ...float64) ([]Scorer, error)) error {
		of := askedOf(ask, q)
		if given > 0 || len(of) == 0 {
			return nil
		}
		try := func(ridges ...float64) (float64, float64, error) {
			made, err := models(ridges...)
			best, at := -1.0, 0.0
			for i, m := range made {
				if g := gain(ctx, m, of, q, products); g > best*1.002 {
					best, at = g, ridges[i]
				}
			}
			return best, at, err
		}
		middle := *v
		best, at, err := try(middle, middle*.3, middle*3)
		if err == nil && at > middle {
			if g, more, e := try(middle * 10); e != nil || g > best*1.002 {
				at, err = more, e
			}
		}
		*v = at
		return err
	}
	ease := func(of Sets) func(ridges ...float64) ([]Scorer, error) {
		return func(ridges ...float64) ([]Scorer, error) {
			made, err := newEases(ctx, before, cut, trying.ease(of), ridges...)
			list := make([]Scorer, len(made))
			for i, m := range made {
				list[i] = m
			}
			return list, err
		}
	}
	if err := find(&s.Customers, given.Customers, Fresh, ease(OfCustomers)); err != nil {
		return err
	}
	if err := find(&s.Baskets, given.Baskets, Cart, ease(OfBaskets)); err != nil {
		return err
	}
	return find(&s.Factors, given.Factors, Fresh, func(ridges ...float64) ([]Scorer, error) {
		var list []Scorer
		for _, r := range ridges {
			trying.Factors = r
			o := trying.factors()
			o.Rounds = 3
			m, err := NewFactors(ctx, before, cut, o)
			if err != nil {
				return nil, err
			}
			list = append(list, m)
		}
		return list, nil
	})
}

// thinned returns a log with at most so many customers, taken evenly, and as
// many baskets of nobody known.
func thinned(l *ledger.Log, most int) *ledger.Log {
	nobody := l.Baskets() - int(l.Of[len(l.Customers)])
	step := int32(max(1, (len(l.Customers)+most-1)/most, (nobody+most-1)/most))
	if step == 1 {
		return l
	}
	return l.Keep(func(b int32) bool {
		if c := l.Customer[b]; c >= 0 {
			return c%step == 0
		}
		return b%step == 0
	})
}

// halves divides a log into what is known and what is to be foreseen.
func halves(l *ledger.Log, day, window int32) (before, after *ledger.Log) {
	cut := saturated(int64(day) - int64(window))
	old, young := 0, 0
	for _, d := range l.Day {
		if d < cut {
			old++
		} else if d < day {
			young++
		}
	}
	if old > young && young > 0 {
		return l.Keep(func(b int32) bool { return l.Day[b] < cut }), l.Keep(func(b int32) bool { return l.Day[b] >= cut && l.Day[b] < day })
	}
	drawn := func(b int32) bool { return uint32(b)*2654435761>>16%10 == 0 }
	return l.Keep(func(b int32) bool { return !drawn(b) }), l.Keep(drawn)
}

func saturated(v int64) int32 { return int32(max(math.MinInt32, min(v, math.MaxInt32))) }

// before returns the goods as they were known before a day.
func (g *Goods) before(l *ledger.Log, day int32) Goods {
	known := Goods{Log: l, Texts: g.Texts, Seen: map[ledger.Kind]*ledger.Log{}}
	for kind, seen := range g.Seen {
		if seen != nil && kind != ledger.Bought {
			seen = translated(seen, l.Products)
			known.Seen[kind] = seen.Keep(func(b int32) bool { return seen.Day[b] < day })
		}
	}
	return known
}

// learned returns the weights that what came true asks for. With few trials
// they are judged by trials that they were not made from, and must be better
// than those that were thought good before. Unless any price is paid, models
// that take long to ask must bring it: what is new to a customer is told by all
// models together.
func learned(trials []Trial, prior []float64, anyPrice bool) []float32 {
	asked := 0
	for _, t := range trials {
		if t.asks() {
			asked++
		}
	}
	scale := spread(trials, len(prior))
	before := make([]float32, len(prior))
	for i, w := range prior {
		if scale[i] > 0 {
			before[i] = float32(w / scale[i])
		} else if asked < leastTrials { // else it says nothing in this shop
			before[i] = float32(w / signals[i].spread)
		}
	}
	if asked < leastTrials {
		return before
	}
	if !anyPrice {
		trials, prior = spared(trials, prior)
	}
	made := []func(trials []Trial) []float32{
		func(trials []Trial) []float32 { return before },
		func(trials []Trial) []float32 { return Fit(trials, prior, tuningTrust) },
		func(trials []Trial) []float32 {
			w := Fit(trials, prior, tuningTrust)
			return Polish(heads(trials, w), w)
		},
	}
	best := len(made) - 1
	if asked < manyTrials {
		best = surest(trials, made)
	}
	w := made[best](trials)
	if best > 0 {
		of := make([]int, len(signals))
		for i, g := range signals {
			of[i] = g.Model
		}
		w = Prune(heads(trials, w), w, of)
	}
	for i := range w {
		w[i] = finite(w[i])
	}
	return w
}

// surest returns which of some ways to make weights is best on trials that
// they were not made from. The first is taken unless another is better by more
// than chance.
func surest(trials []Trial, made []func(trials []Trial) []float32) int {
	gains := make([][]float64, len(made))
	for part := range 2 {
		var from, to []Trial
		for i, t := range trials {
			if i%2 == part {
				from = append(from, t)
			} else {
				to = append(to, t)
			}
		}
		for i, f := range made {
			gains[i] = append(gains[i], eachGain(to, f(from))...)
		}
	}
	best, most := 0, 0.0
	for i := 1; i < len(made); i++ {
		var sum, square float64
		for k, g := range gains[i] {
			d := g - gains[0][k]
			sum += d
			square += d * d
		}
		if sum > math.Sqrt(square) && sum > most { // one standard error
			best, most = i, sum
		}
	}
	return best
}

// dear are the models that take time to ask, and how much of the gain of a
// list they must bring.
var dear = []struct {
	model int
	price float64
}{{factors, .003}, {content, .0005}}

// spared returns the trials without what dear models say that do not bring
// their price.
func spared(trials []Trial, prior []float64) ([]Trial, []float64) {
	if len(trials) < fewTrials {
		return trials, prior
	}
	best := meanGain(trials, Fit(trials, prior, tuningTrust))
	for _, d := range dear {
		less, without := make([]Trial, len(trials)), slices.Clone(prior)
		for i, g := range signals {
			if g.Model == d.model {
				without[i] = 0
			}
		}
		for i, t := range trials {
			less[i] = t
			less[i].Scores = make([][]float32, len(t.Scores))
			for k, row := range t.Scores {
				row = slices.Clone(row)
				for s, g := range signals {
					if g.Model == d.model {
						row[s] = 0
					}
				}
				less[i].Scores[k] = row
			}
		}
		if gain := meanGain(less, Fit(less, without, tuningTrust)); gain > best-d.price {
			trials, prior, best = less, without, max(best, gain)
		}
	}
	return trials, prior
}

// With fewer than leastTrials nothing is learned; with manyTrials the weights
// made from them need no second judge.
const (
	leastTrials = 20
	manyTrials  = 400
)

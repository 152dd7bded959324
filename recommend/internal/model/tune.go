package model

import (
	"context"
	"math"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// How much tuning looks at: questions of a kind, candidates of a signal and of none, the
// head of the models that are tried, and how many trials the prior counts for.
const (
	mostTrials  = 1200
	candidates  = 40
	others      = 60
	tuningHead  = 1500
	tuningRank  = 32
	tuningTrust = 15
)

// Tune finds the settings under which what customers took in the last window
// before a day is foreseen best by models of the time before it. Only ridges
// that are 0 in s are looked for; the weights are always found anew. Where the
// log is too short for that, as when all its baskets have the same day, every
// tenth basket is foreseen from the others.
//
// It returns the error of ctx when it ends first.
func Tune(ctx context.Context, g Goods, day int32, s Settings) (Settings, error) {
	l := g.Log
	full := s.filled()
	before, after := halves(l, day, full.Window)
	trying := full
	trying.Head, trying.Rank = min(full.Head, tuningHead), min(full.Rank, tuningRank)
	ask := trials(before, after, day-full.Window)
	try := func(v *float64, given float64, factors []float64, q Question, model func() (Scorer, error)) error {
		if given > 0 || len(ask[q]) == 0 {
			return nil
		}
		best, at := -1.0, *v
		middle := *v
		for _, f := range factors {
			*v = middle * f
			m, err := model()
			if err != nil {
				return err
			}
			if g := gain(m, ask[q], len(l.Products)); g > best*1.002 {
				best, at = g, *v
			}
		}
		*v = at
		return nil
	}
	cut := day - full.Window
	around := []float64{1, .3, 3, 10}
	if err := try(&trying.Customers, s.Customers, around, Fresh, func() (Scorer, error) {
		return NewEase(ctx, before, cut, trying.ease(OfCustomers))
	}); err != nil {
		return s, err
	}
	if err := try(&trying.Baskets, s.Baskets, around, Cart, func() (Scorer, error) {
		return NewEase(ctx, before, cut, trying.ease(OfBaskets))
	}); err != nil {
		return s, err
	}
	if err := try(&trying.Factors, s.Factors, around, Fresh, func() (Scorer, error) {
		return NewFactors(ctx, before, cut, trying.factors())
	}); err != nil {
		return s, err
	}
	trying.Rank = full.Rank
	shop, err := Train(ctx, Goods{before, g.Texts}, cut, trying)
	if err != nil {
		return s, err
	}
	full.Customers, full.Baskets, full.Factors = trying.Customers, trying.Baskets, trying.Factors
	full.Weights = make([][]float32, questions)
	var of []int
	for _, g := range signals {
		of = append(of, g.Model)
	}
	for q := range questions {
		prior := make([]float64, len(signals))
		for i, g := range signals {
			prior[i] = g.prior[q]
		}
		seen := shop.Blends[q].seen(ask[q], len(l.Products))
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		full.Weights[q] = Prune(seen, Polish(seen, Fit(seen, prior, tuningTrust)), of)
	}
	return full, nil
}

// halves divides a log into what is known and what is to be foreseen.
func halves(l *ledger.Log, day, window int32) (before, after *ledger.Log) {
	cut := day - window
	old := 0
	for _, d := range l.Day {
		if d < cut {
			old++
		}
	}
	if young := l.Baskets() - old; old > young && young > 0 {
		return l.Keep(func(b int32) bool { return l.Day[b] < cut }), l.Keep(func(b int32) bool { return l.Day[b] >= cut && l.Day[b] < day })
	}
	drawn := func(b int32) bool { return uint32(b)*2654435761>>16%10 == 0 }
	return l.Keep(func(b int32) bool { return !drawn(b) }), l.Keep(drawn)
}

// A foreseen is a question with its answer.
type foreseen struct {
	q       Query
	keep    func(int32) bool
	targets []int32 // ascending
}

// trials returns questions of each kind, as many as tuning looks at, taken
// evenly from all customers and baskets.
func trials(before, after *ledger.Log, day int32) [questions][]foreseen {
	var ask [questions][]foreseen
	add := func(q Question, f foreseen) {
		f.targets = slices.DeleteFunc(f.targets, func(p int32) bool { return !f.keep(p) })
		if len(f.targets) > 0 {
			ask[q] = append(ask[q], f)
		}
	}
	all := func(int32) bool { return true }
	for c := range after.Customers {
		from, to := after.Of[c], after.Of[c+1]
		past := Past(before, int32(c), math.MaxInt32)
		if from == to || len(past) == 0 {
			continue
		}
		owned := map[int32]bool{}
		for _, i := range past {
			owned[i.Product] = true
		}
		taken := slices.Clone(after.Product[after.Start[from]:after.Start[to]])
		slices.Sort(taken)
		taken = slices.Compact(taken)
		q := Query{Day: day, Past: past}
		add(Any, foreseen{q, all, slices.Clone(taken)})
		add(Fresh, foreseen{q, func(p int32) bool { return !owned[p] }, slices.Clone(taken)})
		add(Again, foreseen{q, func(p int32) bool { return owned[p] }, taken})
		add(Next, foreseen{q, all, slices.Clone(after.Lines(from))})
	}
	for b := range int32(after.Baskets()) {
		items := slices.Clone(after.Lines(b))
		if len(items) < 2 || len(items) > largeBasket {
			continue
		}
		at := int(uint32(b) * 2654435761 >> 8 % uint32(len(items)))
		hidden := items[at]
		items = slices.Delete(items, at, at+1)
		q := Query{Day: day, Past: Past(before, after.Customer[b], math.MaxInt32), Cart: items}
		add(Cart, foreseen{q, func(p int32) bool { return !slices.Contains(items, p) }, []int32{hidden}})
	}
	for q, list := range ask {
		if n := len(list); n > mostTrials {
			for i := range mostTrials {
				list[i] = list[i*n/mostTrials]
			}
			ask[q] = list[:mostTrials]
		}
	}
	return ask
}

// gain returns the mean NDCG of ten products.
func gain(m Scorer, ask []foreseen, products int) float64 {
	gains := make([]float64, len(ask))
	each(len(ask), func() func(i int) {
		scores := make([]float32, products)
		return func(i int) {
			f := &ask[i]
			m.Score(&f.q, scores)
			var ideal float64
			for k := range min(10, len(f.targets)) {
				ideal += 1 / math.Log2(float64(k+2))
			}
			for k, p := range Top(nil, scores, 10, f.keep) {
				if _, ok := slices.BinarySearch(f.targets, p); ok {
					gains[i] += 1 / math.Log2(float64(k+2)) / ideal
				}
			}
		}
	})
	var sum float64
	for _, g := range gains {
		sum += g
	}
	return sum / float64(len(ask))
}

// seen returns the trials as the signals see them: candidates are the best of
// each signal.
func (b *Blend) seen(ask []foreseen, products int) []Trial {
	out := make([]Trial, len(ask))
	each(len(ask), func() func(i int) {
		scores := make([][]float32, len(b.Signals))
		for s := range scores {
			scores[s] = make([]float32, products)
		}
		return func(i int) {
			f := &ask[i]
			b.signals(&f.q, scores)
			var list []int32
			for _, s := range scores {
				for _, p := range Top(nil, s, candidates, f.keep) {
					if s[p] > 0 {
						list = append(list, p)
					}
				}
			}
			slices.Sort(list)
			list = slices.Compact(list)
			best := len(list)
			for k := range others { // and some of the rest, which stand for all of it
				if p := int32((i*others + k) * 7919 % products); f.keep(p) && !slices.Contains(list[:best], p) {
					list = append(list, p)
				}
			}
			if rest := float32(products - best); len(list) > best {
				out[i].Many = append(slices.Repeat([]float32{1}, best), slices.Repeat([]float32{rest / float32(len(list)-best)}, len(list)-best)...)
			}
			for _, p := range list {
				row := make([]float32, len(scores))
				for s := range scores {
					row[s] = scores[s][p]
				}
				_, came := slices.BinarySearch(f.targets, p)
				out[i].Scores = append(out[i].Scores, row)
				out[i].Came = append(out[i].Came, came)
			}
		}
	})
	return out
}

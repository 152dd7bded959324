package model

import (
	"context"
	"math"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// How much tuning looks at: the customers of a log, questions of a kind, the
// head and rank of the models whose ridges are tried, and the head of those
// whose weights are found.
const (
	mostTuned  = 150_000
	mostTrials = 1000
	tuningHead = 1000
	triedHead  = 2000
	tuningRank = 16
)

// Tune finds the settings under which what customers took in the last window
// before a day is foreseen best by models of the time before it. Only ridges
// that are 0 in s are looked for; the weights are always found anew. What the last
// window asks too seldom is asked of those before it, too. Where the log is too short
// for that, as when all its baskets have the same day, or nobody comes again, every
// tenth basket is foreseen from the others, and of customers with one basket every
// tenth line. Where hardly anything can be asked the weights are those that are
// thought good anywhere.
//
// It returns the error of ctx when it ends first.
func Tune(ctx context.Context, g Goods, day int32, s Settings) (Settings, error) {
	full := s.filled()
	g.Log = thinned(g.Log, mostTuned)
	known, ask, cut := g.asks(day, full.Window)
	if err := full.ridges(ctx, s, known.Log, cut, ask); err != nil {
		return s, err
	}
	seen, err := full.look(ctx, known, ask, cut, triedHead)
	if err == nil {
		err = full.lookFurther(ctx, &seen, g, known, day, cut)
	}
	if err != nil {
		return s, err
	}
	full.Weights = make([][]float32, questions)
	each(len(seen), func() func(int) {
		return func(q int) {
			switch {
			case ctx.Err() != nil:
			case q < int(questions):
				full.Weights[q] = learned(seen[q], Question(q), len(g.Log.Products))
			default:
				full.Strangers = learned(seen[q], questions, len(g.Log.Products))
			}
		}
	})
	if err := ctx.Err(); err != nil {
		return s, err
	}
	if len(seen[Next]) < leastTrials { // a visit is like a cart
		full.Weights[Next] = slices.Clone(full.Weights[Cart])
	}
	if once(g.Log) {
		full.Weights[Any] = slices.Clone(full.Weights[Fresh])
		for _, q := range []Question{Any, Cart, Next} {
			full.Weights[q][raw(own)] = Never
		}
	}
	return full, nil
}

// Never is the weight of what customers have where all is taken once: what they have
// scores less than half of it, and nothing else does.
const Never = -1000

// once reports whether all is taken once, as books are, or nobody came back yet for
// what they had: hardly anything in the later baskets of customers was in earlier ones.
func once(l *ledger.Log) bool {
	later, again := 0, 0
	had := map[int32]bool{}
	for c := range l.Customers {
		clear(had)
		for b := l.Of[c]; b < l.Of[c+1]; b++ {
			for _, p := range l.Lines(b) {
				if b > l.Of[c] {
					later++
				}
				if had[p] {
					again++
				}
			}
			for _, p := range l.Lines(b) {
				had[p] = true
			}
		}
	}
	return again <= later/seldom
}

// seldom is among how many products that customers come back for at most one is such
// as they had, where all is taken once.
const seldom = 150

// look asks queries of models made of what is known on a day, of so many products.
func (s *Settings) look(ctx context.Context, known Goods, ask []asking, day int32, head int) (seen looks, err error) {
	if len(ask) == 0 {
		return seen, ctx.Err()
	}
	trying := *s
	trying.Weights, trying.Strangers, trying.Head = nil, nil, min(s.Head, head)
	of, err := trying.models(ctx, known, day)
	if err != nil {
		return seen, err
	}
	return look(ctx, of, ask, len(known.Log.Products)), ctx.Err()
}

// How many trials of a question are enough, and how many windows are looked at until
// there are so many.
const (
	enoughTrials = 100
	mostWindows  = 12
)

// lookFurther asks what the last window asks too seldom in those before it, and where
// hardly anybody comes again, as where all is taken once, for baskets drawn by lot.
func (s *Settings) lookFurther(ctx context.Context, seen *looks, g, known Goods, day, cut int32) error {
	for range mostWindows - 1 {
		lacks := seen.lack()
		before, after, at := halves(known.Log, cut, s.Window)
		if cut == day || at == cut || !slices.Contains(lacks[:], true) {
			break
		}
		known, cut = known.before(before, at), at
		more, err := s.look(ctx, known, lacking(trials(known, after, cut), lacks), cut, tuningHead)
		if err != nil {
			return err
		}
		seen.add(&more)
	}
	if cut == day || len(seen[Any]) >= leastTrials {
		return nil
	}
	var few [questions + 1]bool
	for q, t := range seen {
		few[q] = len(t) < leastTrials
	}
	known, ask := g.drawn(day)
	more, err := s.look(ctx, known, lacking(ask, few), day, tuningHead)
	seen.add(&more)
	return err
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

// asks returns what is known on a day, and what is asked then.
func (g *Goods) asks(day, window int32) (known Goods, ask []asking, cut int32) {
	before, after, cut := halves(g.Log, day, window)
	if cut == day {
		known, ask = g.drawn(day)
		return known, ask, day
	}
	known = g.before(before, cut)
	return known, trials(known, after, cut), cut
}

// drawn draws what is asked by lot: every tenth basket, and of who has no other every
// tenth line.
func (g *Goods) drawn(day int32) (known Goods, ask []asking) {
	before, after := byLot(g.Log)
	rest, lines := parted(before, after)
	known = g.before(rest, day)
	return known, append(trials(known, after, day), partsAsks(known, lines, day)...)
}

// halves divides what a log knows before a day into what was known a window before
// that, and what is to be foreseen then. Where the log is too short it returns the day
// itself.
func halves(l *ledger.Log, day, window int32) (before, after *ledger.Log, cut int32) {
	cut = saturated(int64(day) - int64(window))
	old, young := 0, 0
	for _, d := range l.Day {
		if d < cut {
			old++
		} else if d < day {
			young++
		}
	}
	if old <= young || young == 0 {
		return nil, nil, day
	}
	return l.Keep(func(b int32) bool { return l.Day[b] < cut }), l.Keep(func(b int32) bool { return l.Day[b] >= cut && l.Day[b] < day }), cut
}

// byLot draws every tenth basket.
func byLot(l *ledger.Log) (rest, drawn *ledger.Log) {
	return l.Keep(func(b int32) bool { return !tenth(b) }), l.Keep(tenth)
}

// tenth draws one in ten.
func tenth(i int32) bool { return uint32(i)*2654435761>>16%10 == 0 }

// parted draws every tenth line of the baskets of customers who have no other.
func parted(before, after *ledger.Log) (rest, drawn *ledger.Log) {
	lines := func(of func(b, line int32) bool) *ledger.Log {
		l := before.Keep(func(b int32) bool {
			for i := before.Start[b]; i < before.Start[b+1]; i++ {
				if of(b, i) {
					return true
				}
			}
			return false
		})
		l.Product, l.Quantity, l.Start = l.Product[:0], l.Quantity[:0], l.Start[:1]
		for b := range int32(before.Baskets()) {
			size := len(l.Product)
			for i := before.Start[b]; i < before.Start[b+1]; i++ {
				if of(b, i) {
					l.Product, l.Quantity = append(l.Product, before.Product[i]), append(l.Quantity, before.Quantity[i])
				}
			}
			if len(l.Product) > size {
				l.Start = append(l.Start, int32(len(l.Product)))
			}
		}
		return l
	}
	part := func(b, line int32) bool {
		c := before.Customer[b]
		return tenth(line) && c >= 0 && before.Of[c+1]-before.Of[c] == 1 && after.Of[c] == after.Of[c+1] && len(before.Lines(b)) > 1
	}
	return lines(func(b, i int32) bool { return !part(b, i) }), lines(part)
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

// learned returns the weights that what came true asks for, of a question or of
// strangers ([questions]). They are judged on trials that they were not made
// from. Weights made of few trials must show that they are better by more than
// chance than what was thought good before, and than plain answers, as own
// history. Those made of many are trusted, unless one of these is better by more
// than chance. But for what is new, which is told by all models together, models
// that take long to ask of so many products must bring their price.
func learned(trials []Trial, q Question, products int) []float32 {
	asked := 0
	for _, t := range trials {
		if t.asks() {
			asked++
		}
	}
	prior := priorOf(q)
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
	// Of not many trials only the first two plain answers are begun with, also while
	// it is judged by a part of them.
	begin := plainly[q]
	if asked < manyTrials {
		begin = begin[:min(2, len(begin))]
	}
	if q != Fresh && products >= manyProducts {
		trials = spared(trials, q, begin)
	}
	type way struct {
		make func(trials []Trial) []float32
		fits bool
	}
	as := func(w []float32) way { return way{func([]Trial) []float32 { return w }, false} }
	ways := []way{as(before)}
	for _, answer := range plainly[q] {
		ways = append(ways, as(plain(answer, scale)))
	}
	near, far := fitter(q, begin, closely), fitter(q, begin, loosely)
	ways = append(ways, way{near, true}, way{func(trials []Trial) []float32 {
		w := far(trials)
		return Polish(heads(trials, w), w)
	}, true})
	if asked >= manyTrials {
		slices.Reverse(ways)
	}
	var made []func(trials []Trial) []float32
	for _, w := range ways {
		made = append(made, w.make)
	}
	best := ways[surest(trials, made)]
	w := best.make(trials)
	if best.fits {
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

// priorOf returns the weights that are thought good before, in units of spread.
func priorOf(q Question) []float64 {
	prior := make([]float64, len(signals))
	for i, g := range signals {
		if q < questions {
			prior[i] = g.prior[q]
		} else {
			prior[i] = strangers[g.Model]
		}
	}
	return prior
}

// plainly are the plain answers to a question: what the customer took before, in
// all that time or of late, and, where that says the same, what is popular. In a
// cart it is what was bought with it before that, as carts are also of strangers.
var plainly = [questions + 1][][]int{Any: history, Again: history, Cart: {{habit, baskets, popular}, {lately, baskets, popular}, {baskets, popular}, {popular}}}

var history = [][]int{{own, month}, {own, popular}, {lately, popular}, {season, popular}, {habit, popular}}

// plain returns the weights of models of which each only decides where those
// before it say the same. One that says nothing in the trials gets none.
func plain(answer []int, scale []float64) []float32 {
	w, v := make([]float32, len(signals)), float32(100)
	for _, m := range answer {
		if s := raw(m); scale[s] > 0 {
			w[s] = v
			v /= 100
		}
	}
	return w
}

// raw returns the signal that is a model's score itself.
func raw(model int) int {
	for i, g := range signals {
		if g.Model == model && g.Trend < 0 && !g.Log {
			return i
		}
	}
	return -1
}

// How many trials it takes to move the weights as far again from those from
// which learning begins: of weights that are good as they are, and of such as
// are polished.
const (
	closely = 200
	loosely = 60
)

// fitter returns a function that fits weights to trials, each time from those that
// it found before: trials of the same question have nearly the same.
func fitter(q Question, begin [][]int, strength float64) func(trials []Trial) []float32 {
	var last []float32
	return func(trials []Trial) []float32 {
		last = fitTo(trials, q, begin, strength, last)
		return last
	}
}

// fitTo returns the weights under which what came true is likeliest, drawn to
// those from which learning begins: what was thought good before, and the models
// of some plain answers, each as much as it is worth here. These are few, so that
// few trials tell them.
func fitTo(trials []Trial, q Question, begin [][]int, strength float64, from []float32) []float32 {
	prior := priorOf(q)
	scale := spread(trials, len(prior))
	var of []int
	for _, m := range slices.Concat(begin...) {
		if s := raw(m); !slices.Contains(of, s) {
			of = append(of, s)
		}
	}
	few := make([]Trial, len(trials))
	for i, t := range trials {
		few[i] = t
		few[i].Scores = make([][]float32, len(t.Scores))
		room := make([]float32, len(t.Scores)*(1+len(of)))
		for k, row := range t.Scores {
			sums := room[: 1+len(of) : 1+len(of)]
			room = room[1+len(of):]
			for s, v := range row {
				if scale[s] > 0 {
					sums[0] += float32(prior[s]/scale[s]) * v
				}
			}
			for j, s := range of {
				sums[1+j] = row[s]
			}
			few[i].Scores[k] = sums
		}
	}
	first := make([]float64, 1+len(of))
	first[0] = spread(few, 1)[0]
	worth := Fit(few, first, fewTrust, nil)
	for s := range prior {
		if scale[s] > 0 {
			prior[s] *= float64(worth[0])
		}
	}
	for j, s := range of {
		prior[s] += float64(worth[1+j]) * scale[s]
	}
	return Fit(trials, prior, strength, from)
}

// fewTrust is for how many trials stands that what was thought good before is
// worth what it says.
const fewTrust = 5

// surest returns which of some ways to make weights is best on trials that
// they were not made from: the first, unless one after it is better than the best
// before it by more than chance, which is one standard error.
func surest(trials []Trial, made []func(trials []Trial) []float32) int {
	var gains [][]float64
	for _, f := range made {
		gains = append(gains, judged(trials, f))
	}
	best := 0
	for i := 1; i < len(made); i++ {
		var sum, square float64
		for k, g := range gains[i] {
			d := g - gains[best][k]
			sum += d
			square += d * d
		}
		if sum > math.Sqrt(square) {
			best = i
		}
	}
	return best
}

// judged returns the gains of weights on trials that they were not made from.
func judged(trials []Trial, f func(trials []Trial) []float32) (gains []float64) {
	parts := manyParts
	if len(trials) >= manyTrials {
		parts = 2
	}
	for part := range parts {
		var from, to []Trial
		for i, t := range trials {
			if i%parts == part {
				to = append(to, t)
			} else {
				from = append(from, t)
			}
		}
		gains = append(gains, eachGain(to, f(from))...)
	}
	return gains
}

// dear are the models that take time to ask of manyProducts, and how much of the gain
// of a list they must bring.
const manyProducts = 1000

var dear = []struct {
	model int
	price float64
}{{factors, .003}, {content, .0005}}

// spared returns the trials without what dear models say that do not bring
// their price, on trials from which the weights were not made.
func spared(trials []Trial, q Question, begin [][]int) []Trial {
	if len(trials) < fewTrials {
		return trials
	}
	fitted := fitter(q, begin, loosely)
	best := mean(judged(trials, fitted))
	for _, d := range dear {
		less := make([]Trial, len(trials))
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
		if gain := mean(judged(less, fitted)); gain > best-d.price {
			trials, best = less, max(best, gain)
		}
	}
	return trials
}

// With fewer than leastTrials nothing is learned. Weights are judged by each of
// manyParts parts of the trials, made from the others; of manyTrials by two.
const (
	leastTrials = 20
	manyTrials  = 400
	manyParts   = 5
)

package model

import (
	"context"
	"math"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// A Question is what a shop asks. Each has a blend of its own.
type Question uint8

// The questions.
const (
	Any   Question = iota // what the customer takes in the next window
	Fresh                 // what they take that they never took
	Again                 // what they take again
	Cart                  // what else belongs into the cart
	Next                  // what comes next in a visit, after what was looked at
	questions
)

// Settings say how the models of a shop are made. The zero value is good;
// [Tune] finds better ones.
type Settings struct {
	// Window is how many days ahead the questions look; 0 is 30. The
	// half-lives of the models are multiples of it.
	Window int32 `json:"window"`
	// Head is how many products the dense models have, the most bought; 0 is
	// 3,000. The others are left to the sparse ones.
	Head int `json:"head"`
	// Customers and Baskets are the ridges of the two Ease, and Factors that
	// of the factors; 0 is 200, 50 and 10.
	Customers float64 `json:"customers"`
	Baskets   float64 `json:"baskets"`
	Factors   float64 `json:"factors"`
	// Rank is the length of the vectors of the factors; 0 is 32.
	Rank int `json:"rank"`
	// Weights are those of the blend of each question, in the order of the
	// signals; nil are those that are thought good anywhere.
	Weights [][]float32 `json:"weights"`
	// Strangers are the weights for who is not known by anything, in the same
	// order; of them only those of popularity count. nil are those that are
	// thought good anywhere.
	Strangers []float32 `json:"strangers"`
}

func (s Settings) filled() Settings {
	fill(&s.Window, 30)
	fill(&s.Head, 3000)
	fill(&s.Customers, 200)
	fill(&s.Baskets, 50)
	fill(&s.Factors, 10)
	fill(&s.Rank, 32)
	return s
}

// fill sets what is not above zero, or beyond all sense.
func fill[T int | int32 | float64](v *T, to T) {
	if !(*v > 0 && *v <= 1<<30) {
		*v = to
	}
}

// The places of the models of a shop.
const (
	popular = iota
	month
	week
	days
	habit
	own
	lately
	season
	customers
	baskets
	factors
	neighbors
	follow
	together
	content
	looked
	wanted
	tried
	sessions
	paths
	leads
	models
)

// signals are what blends weigh, with the weights that are thought good
// before anything is known of a shop, in units of each signal's spread, and
// the spread that is usual.
var signals = []struct {
	Signal
	spread float64
	prior  [questions]float64 // any, fresh, again, cart, next
}{
	{Signal{"popular", popular, -1, false}, 1.5, [questions]float64{.1, .1, .1, .1, .1}},
	{Signal{"month", month, -1, false}, 1.3, [questions]float64{.1, .1, .1, .1, .1}},
	{Signal{"week", week, -1, false}, 1, [questions]float64{.1, .1, .1, .1, .1}},
	{Signal{"days", days, -1, false}, .75, [questions]float64{.1, .1, .1, .1, .1}},
	{Signal{"habit", habit, -1, false}, 11, [questions]float64{.1, 0, .1, 0, .1}},
	{Signal{"habit, log", habit, -1, true}, 1.2, [questions]float64{.2, 0, .2, 0, .2}},
	{Signal{"habit × week", habit, week, false}, 27, [questions]float64{.1, 0, .1, 0, .1}},
	{Signal{"own", own, -1, false}, .4, [questions]float64{2, 0, 2, 0, .1}},
	{Signal{"own × week", own, week, false}, .9, [questions]float64{.5, 0, .5, 0, .3}},
	{Signal{"own × month", own, month, false}, 1.4, [questions]float64{.1, 0, .1, 0, .1}},
	{Signal{"lately", lately, -1, false}, .15, [questions]float64{0, 0, 0, 0, .2}},
	{Signal{"season", season, -1, false}, .25, [questions]float64{.1, 0, .1, 0, .1}},
	{Signal{"customers", customers, -1, false}, .08, [questions]float64{.2, .4, .1, .1, .2}},
	{Signal{"customers × days", customers, days, false}, .15, [questions]float64{0, 0, 0, 0, 0}},
	{Signal{"baskets", baskets, -1, false}, .1, [questions]float64{.2, .2, .1, .8, .1}},
	{Signal{"baskets × days", baskets, days, false}, .2, [questions]float64{0, 0, 0, 0, 0}},
	{Signal{"factors", factors, -1, false}, .15, [questions]float64{.2, .4, .1, .1, .2}},
	{Signal{"factors × days", factors, days, false}, .3, [questions]float64{0, 0, 0, 0, 0}},
	{Signal{"neighbors", neighbors, -1, false}, .08, [questions]float64{.1, .1, .1, 0, .1}},
	{Signal{"follow", follow, -1, false}, .03, [questions]float64{.1, .1, .1, 0, .5}},
	{Signal{"together", together, -1, false}, 1.4, [questions]float64{0, .1, 0, .2, .1}},
	{Signal{"together × days", together, days, false}, 3, [questions]float64{0, 0, 0, 0, 0}},
	{Signal{"content", content, -1, false}, .05, [questions]float64{0, .1, 0, .1, .1}},
	{Signal{"looked", looked, -1, false}, .3, [questions]float64{.2, .2, .1, 0, .3}},
	{Signal{"wanted", wanted, -1, false}, .3, [questions]float64{.3, .3, .2, 0, .3}},
	{Signal{"tried", tried, -1, false}, .3, [questions]float64{.2, .2, .1, 0, .2}},
	{Signal{"sessions", sessions, -1, false}, .1, [questions]float64{.1, .2, 0, .2, .4}},
	{Signal{"paths", paths, -1, false}, .03, [questions]float64{0, .1, 0, 0, .1}},
	{Signal{"leads", leads, -1, false}, .03, [questions]float64{.1, .2, 0, .1, .2}},
}

// Names of the models of a shop, by place.
var Names = [models]string{
	"popular", "month", "week", "days", "habit", "own", "lately", "season", "customers", "baskets", "factors",
	"neighbors", "follow", "together", "content", "looked", "wanted", "tried", "sessions", "paths", "leads",
}

// strangers are the weights of popularity that are thought good for strangers,
// in units of spread.
var strangers = map[int]float64{popular: .2, month: .5, week: .4, days: .2}

// A Shop holds all models of a shop. It is never changed and safe for
// concurrent use.
type Shop struct {
	// Products are the keys of the products that it knows, ascending; their
	// places are the numbers of queries and scores. Those of the log from
	// which it was made.
	Products []string
	// Day is the day on which it was made.
	Day int32
	// Settings are those with which it was made, none of them 0.
	Settings Settings
	// Blends are by Question.
	Blends [questions]*Blend
}

// Number returns the number of a product, or -1 when the shop lacks it.
func (s *Shop) Number(product string) int32 {
	l := ledger.Log{Products: s.Products}
	return l.Number(product)
}

// Model returns the model of a name in Names, or nil.
func (s *Shop) Model(name string) Scorer {
	if m := slices.Index(Names[:], name); m >= 0 {
		return s.Blends[Any].Models[m]
	}
	return nil
}

// Limits that keep one wholesaler from being the taste of a shop, and the work
// for a popular product and the room for all within bounds.
const (
	largeBasket   = 100
	mediumBasket  = 30
	mostPosts     = 400
	mostNeighbors = 80
	mostAsked     = 200_000 // customers of whom neighbors and factors are made
	mostEase      = 200
	mostSets      = 1_500_000
)

// Train makes the models of the baskets of a log before a day. It returns the
// error of ctx when it ends first.
func Train(ctx context.Context, g Goods, day int32, s Settings) (*Shop, error) {
	s = s.filled()
	of, err := s.models(ctx, g, day)
	if err != nil {
		return nil, err
	}
	return s.shop(g.Log.Products, day, of), nil
}

// models makes the models.
func (s *Settings) models(ctx context.Context, g Goods, day int32) ([]Scorer, error) {
	l := g.Log
	w := float64(s.Window)
	of := make([]Scorer, models)
	var err error
	add := func(m int, f func() (Scorer, error)) {
		if err == nil {
			if err = ctx.Err(); err == nil {
				of[m], err = f()
			}
		}
	}
	for m, halfLife := range [...]float64{popular: 0, month: w, week: w / 4, days: w / 10} {
		add(m, func() (Scorer, error) { return NewPopularity(l, day, halfLife), nil })
	}
	add(habit, func() (Scorer, error) { return NewHabit(l, day), nil })
	of[own], of[lately], of[season] = NewOwn(0), NewOwn(w), NewOwn(3*w)
	add(customers, func() (Scorer, error) { return NewEase(ctx, l, day, s.ease(OfCustomers)) })
	add(baskets, func() (Scorer, error) { return NewEase(ctx, l, day, s.ease(OfBaskets)) })
	add(factors, func() (Scorer, error) {
		if !s.uses(factors) {
			return &Factors{}, nil
		}
		return NewFactors(ctx, l, day, s.factors())
	})
	add(neighbors, func() (Scorer, error) {
		if !s.uses(neighbors) {
			return NewNeighbors(&ledger.Log{Products: l.Products}, day, NeighborsOptions{}), nil
		}
		return newNeighbors(ctx, l, day, NeighborsOptions{Most: mostNeighbors, HalfLife: 3 * w, Posts: mostPosts, Customers: mostAsked})
	})
	add(follow, func() (Scorer, error) { return newFollow(ctx, l, day, 3, largeBasket, cartOrPast, 0) })
	add(together, func() (Scorer, error) {
		return newTogether(ctx, l, day, Cosine, largeBasket, 2, cartOrPast, 0)
	})
	add(content, func() (Scorer, error) { return NewContent(g.texts(), 3*w), nil })
	of[looked] = NewSeen(w/4, ledger.Viewed, ledger.Searched)
	of[wanted] = NewSeen(w/2, ledger.Carted, ledger.Wished)
	of[tried] = NewSeen(w, ledger.Tried, ledger.Rated)
	views := g.views()
	add(sessions, func() (Scorer, error) {
		return newTogether(ctx, views, day, Cosine, largeBasket, 2, session, w/4)
	})
	add(paths, func() (Scorer, error) { return newFollow(ctx, views, day, 3, largeBasket, session, w/4) })
	add(leads, func() (Scorer, error) { return newLead(ctx, l, views, day, max(1, s.Window/4), w/4) })
	return of, err
}

// uses reports whether a question gives weight to a model.
func (s *Settings) uses(model int) bool {
	for q := range questions {
		if int(q) >= len(s.Weights) || len(s.Weights[q]) != len(signals) {
			return true
		}
		for i, g := range signals {
			if g.Model == model && s.Weights[q][i] != 0 {
				return true
			}
		}
	}
	return false
}

// shop puts blends on top of models.
func (s *Settings) shop(products []string, day int32, of []Scorer) *Shop {
	weights := make([][]float32, questions)
	var strange []float32
	for q := range questions {
		for i, g := range signals {
			w := float32(g.prior[q] / g.spread)
			if int(q) < len(s.Weights) && len(s.Weights[q]) == len(signals) {
				w = finite(s.Weights[q][i])
			}
			weights[q] = append(weights[q], w)
		}
	}
	for i, g := range signals {
		w := float32(strangers[g.Model] / g.spread)
		if len(s.Strangers) == len(signals) {
			w = finite(s.Strangers[i])
		}
		strange = append(strange, w)
	}
	shop := &Shop{Products: products, Day: day, Settings: *s}
	shop.Settings.Weights, shop.Settings.Strangers = weights, strange
	for q := range questions {
		b := &Blend{Models: of, Weights: weights[q], Strangers: strange}
		for _, g := range signals {
			b.Signals = append(b.Signals, g.Signal)
		}
		shop.Blends[q] = b
	}
	return shop
}

// finite returns v, or 0 when it is no number.
func finite(v float32) float32 {
	if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
		return 0
	}
	return v
}

// texts returns a text for each product.
func (g *Goods) texts() []string {
	if len(g.Texts) == len(g.Log.Products) {
		return g.Texts
	}
	return make([]string, len(g.Log.Products))
}

// views returns the sessions in which products were looked at, with the
// products' numbers.
func (g *Goods) views() *ledger.Log {
	if l := g.Seen[ledger.Viewed]; l != nil {
		return translated(l, g.Log.Products)
	}
	return &ledger.Log{Products: g.Log.Products, Start: []int32{0}, Of: []int32{0}}
}

func (s *Settings) ease(of Sets) EaseOptions {
	w := float64(s.Window)
	if of == OfCustomers {
		return EaseOptions{Sets: of, Ridge: s.Customers, Head: s.Head, HalfLife: 4 * w, Fade: 3 * w, Keep: mostEase, Sample: mostSets}
	}
	return EaseOptions{Sets: of, Ridge: s.Baskets, Head: s.Head, Most: mediumBasket, Fade: 3 * w, Keep: mostEase, Sample: mostSets}
}

func (s *Settings) factors() FactorsOptions {
	return FactorsOptions{Rank: s.Rank, Rounds: 8, Ridge: s.Factors, Trust: 1, HalfLife: 3 * float64(s.Window), Customers: mostAsked}
}

package model

import "context"

// A Question is what a shop asks. Each has a blend of its own.
type Question uint8

// The questions.
const (
	Any   Question = iota // what the customer takes in the next window
	Fresh                 // what they take that they never took
	Again                 // what they take again
	Cart                  // what else belongs into the cart
	Next                  // what is in their next basket, or comes next in the session
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
	// Rank is the length of the vectors of the factors; 0 is 64.
	Rank int `json:"rank"`
	// Weights are those of the blend of each question, in the order of the
	// signals; nil are those that are thought good anywhere.
	Weights [][]float32 `json:"weights"`
}

func (s Settings) filled() Settings {
	fill(&s.Window, 30)
	fill(&s.Head, 3000)
	fill(&s.Customers, 200)
	fill(&s.Baskets, 50)
	fill(&s.Factors, 10)
	fill(&s.Rank, 64)
	return s
}

func fill[T int | int32 | float64](v *T, to T) {
	if *v <= 0 {
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
	models
)

// signals are what blends weigh, with the weights that are thought good
// before anything is known of a shop, in units of each signal's spread.
var signals = []struct {
	Signal
	prior [questions]float64 // any, fresh, again, cart, next
}{
	{Signal{"popular", popular, -1, false}, [questions]float64{.1, .1, .1, .1, .1}},
	{Signal{"month", month, -1, false}, [questions]float64{.1, .1, .1, .1, .1}},
	{Signal{"week", week, -1, false}, [questions]float64{.1, .1, .1, .1, .1}},
	{Signal{"days", days, -1, false}, [questions]float64{.1, .1, .1, .1, .1}},
	{Signal{"habit", habit, -1, false}, [questions]float64{.1, 0, .1, 0, .1}},
	{Signal{"habit, log", habit, -1, true}, [questions]float64{.2, 0, .2, 0, .2}},
	{Signal{"habit × week", habit, week, false}, [questions]float64{.1, 0, .1, 0, .1}},
	{Signal{"own", own, -1, false}, [questions]float64{.1, 0, .1, 0, .1}},
	{Signal{"own × week", own, week, false}, [questions]float64{.5, 0, .5, 0, .3}},
	{Signal{"own × month", own, month, false}, [questions]float64{.1, 0, .1, 0, .1}},
	{Signal{"lately", lately, -1, false}, [questions]float64{0, 0, 0, 0, .2}},
	{Signal{"season", season, -1, false}, [questions]float64{.1, 0, .1, 0, .1}},
	{Signal{"customers", customers, -1, false}, [questions]float64{.2, .4, .1, .1, .2}},
	{Signal{"customers × days", customers, days, false}, [questions]float64{0, 0, 0, 0, 0}},
	{Signal{"baskets", baskets, -1, false}, [questions]float64{.2, .2, .1, .8, .1}},
	{Signal{"baskets × days", baskets, days, false}, [questions]float64{0, 0, 0, 0, 0}},
	{Signal{"factors", factors, -1, false}, [questions]float64{.2, .4, .1, .1, .2}},
	{Signal{"factors × days", factors, days, false}, [questions]float64{0, 0, 0, 0, 0}},
	{Signal{"neighbors", neighbors, -1, false}, [questions]float64{.1, .1, .1, 0, .1}},
	{Signal{"follow", follow, -1, false}, [questions]float64{.1, .1, .1, 0, .5}},
	{Signal{"together", together, -1, false}, [questions]float64{0, .1, 0, .2, .1}},
	{Signal{"together × days", together, days, false}, [questions]float64{0, 0, 0, 0, 0}},
	{Signal{"content", content, -1, false}, [questions]float64{0, .1, 0, .1, .1}},
}

// Names of the models of a shop, by place.
var Names = [models]string{"popular", "month", "week", "days", "habit", "own", "lately", "season", "customers", "baskets", "factors", "neighbors", "follow", "together", "content"}

// A Shop holds all models of a shop. It is never changed and safe for
// concurrent use.
type Shop struct {
	// Blends are by Question.
	Blends [questions]*Blend
}

// Limits that keep one wholesaler from being the taste of a shop, and the work
// for a popular product within bounds.
const (
	largeBasket  = 100
	mediumBasket = 30
	mostPosts    = 2000
)

// Train makes the models of the baskets of a log before a day. It returns the
// error of ctx when it ends first.
func Train(ctx context.Context, g Goods, day int32, s Settings) (*Shop, error) {
	l := g.Log
	s = s.filled()
	w := float64(s.Window)
	of := make([]Scorer, models)
	of[popular] = NewPopularity(l, day, 0)
	of[month] = NewPopularity(l, day, w)
	of[week] = NewPopularity(l, day, w/4)
	of[days] = NewPopularity(l, day, w/10)
	of[habit] = NewHabit(l, day)
	of[own] = NewOwn(0)
	of[lately] = NewOwn(w)
	of[season] = NewOwn(3 * w)
	var err error
	if of[customers], err = NewEase(ctx, l, day, s.ease(OfCustomers)); err != nil {
		return nil, err
	}
	if of[baskets], err = NewEase(ctx, l, day, s.ease(OfBaskets)); err != nil {
		return nil, err
	}
	if of[factors], err = NewFactors(ctx, l, day, s.factors()); err != nil {
		return nil, err
	}
	of[neighbors] = NewNeighbors(l, day, NeighborsOptions{Most: 200, HalfLife: 3 * w, Posts: mostPosts})
	of[follow] = NewFollow(l, day, 3, largeBasket)
	of[together] = NewTogether(l, day, Cosine, largeBasket, 2)
	texts := g.Texts
	if len(texts) != len(l.Products) {
		texts = make([]string, len(l.Products))
	}
	of[content] = NewContent(texts, 3*w)
	shop := &Shop{}
	for q := range questions {
		b := &Blend{Models: of}
		for i, g := range signals {
			b.Signals = append(b.Signals, g.Signal)
			weight := float32(g.prior[q])
			if int(q) < len(s.Weights) && len(s.Weights[q]) == len(signals) {
				weight = s.Weights[q][i]
			}
			b.Weights = append(b.Weights, weight)
		}
		shop.Blends[q] = b
	}
	return shop, ctx.Err()
}

func (s Settings) ease(of Sets) EaseOptions {
	w := float64(s.Window)
	if of == OfCustomers {
		return EaseOptions{Sets: of, Ridge: s.Customers, Head: s.Head, HalfLife: 4 * w, Fade: 3 * w}
	}
	return EaseOptions{Sets: of, Ridge: s.Baskets, Head: s.Head, Most: mediumBasket, Fade: 3 * w}
}

func (s Settings) factors() FactorsOptions {
	return FactorsOptions{Rank: s.Rank, Rounds: 8, Ridge: s.Factors, Trust: 1, HalfLife: 3 * float64(s.Window)}
}

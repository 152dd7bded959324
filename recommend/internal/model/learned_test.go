package model_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// drawn returns trials of sixty candidates of which that came true whose
// signals come to the most under some weights, and some noise.
func drawn(draw *rand.Rand, n int, weights []float64, noise float64) []model.Trial {
	list := make([]model.Trial, n)
	for i := range list {
		best, at := -1e9, 0
		for k := range 60 {
			row, sum := make([]float32, len(weights)), noise*draw.NormFloat64()
			for s := range row {
				row[s] = float32(draw.NormFloat64())
				sum += weights[s] * float64(row[s])
			}
			list[i].Scores = append(list[i].Scores, row)
			if sum > best {
				best, at = sum, k
			}
		}
		list[i].Came = make([]bool, 60)
		list[i].Came[at] = true
	}
	return list
}

// Few trials do not make worse what was thought good before, and many make it
// better where it was wrong.
func TestLearned(t *testing.T) {
	if testing.Short() {
		t.Skip("asks thousands of trials how well weights are learned")
	}
	for _, q := range []model.Question{model.Any} {
		prior := model.Prior(q)
		before := make([]float32, len(prior))
		other := make([]float64, len(prior))
		for i, w := range prior {
			before[i], other[len(other)-1-i] = float32(w), w
		}
		for _, n := range []int{0, 3, 25, 100} {
			var got, was float64
			for seed := range uint64(4) {
				draw := rand.New(rand.NewPCG(seed, uint64(n)))
				w := model.Learned(drawn(draw, n, prior, 1), q, 60)
				test := drawn(draw, 150, prior, 1)
				if n == 0 {
					for i := range w { // of no trials the spread is not known
						w[i] = before[i]
					}
				}
				got += model.MeanGain(test, w) / 4
				was += model.MeanGain(test, before) / 4
			}
			if got < was-.015 {
				t.Errorf("question %d: %d trials make %.3f of %.3f", q, n, got, was)
			}
		}
		draw := rand.New(rand.NewPCG(1, 1))
		w := model.Learned(drawn(draw, 450, other, .5), q, 60)
		test := drawn(draw, 150, other, .5)
		if got, was := model.MeanGain(test, w), model.MeanGain(test, before); got < was+.05 {
			t.Errorf("question %d: many trials make %.3f of %.3f", q, got, was)
		}
	}
	for _, w := range model.Learned(nil, model.Any, 60) {
		if w < 0 || w-w != 0 {
			t.Errorf("of no trials a weight is %v", w)
		}
	}
}

// A plain answer that by itself tells all is found, even where it was thought to
// tell nothing, in a cart as elsewhere.
func TestLearnedPlain(t *testing.T) {
	if testing.Short() {
		t.Skip("asks thousands of trials how well weights are learned")
	}
	for _, c := range []struct {
		name   string
		q      model.Question
		signal int
	}{
		{"habit in a cart", model.Cart, model.OfHabit},
		{"what was taken of late in a cart", model.Cart, model.OfLately},
		{"what was taken of late", model.Any, model.OfLately},
		{"again what was taken of late", model.Again, model.OfLately},
	} {
		truth := make([]float64, len(model.Prior(c.q)))
		truth[c.signal] = 1
		plain := make([]float32, len(truth))
		plain[c.signal] = 1
		var got, best float64
		for seed := range uint64(4) {
			draw := rand.New(rand.NewPCG(seed, 7))
			w := model.Learned(drawn(draw, 40, truth, .7), c.q, 60)
			test := drawn(draw, 150, truth, .7)
			got += model.MeanGain(test, w) / 4
			best += model.MeanGain(test, plain) / 4
		}
		t.Logf("%s: %.3f of %.3f", c.name, got, best)
		if got < best-.01 {
			t.Errorf("%s: 40 trials make %.3f of %.3f", c.name, got, best)
		}
	}
}

// Customers with a single basket of no date are asked for some of its products,
// as for new ones; they do not tell what is taken again.
func TestAskedOfOneBasket(t *testing.T) {
	book := ledger.New()
	for c := range 100 {
		b := ledger.Basket{ID: fmt.Sprintf("%03d", c), Customer: fmt.Sprintf("%03d", c)}
		for i := range 12 {
			b.Lines = append(b.Lines, ledger.Line{Product: product((c*5 + i) % 60), Quantity: 1})
		}
		book.Put(b)
	}
	g := model.Goods{Log: book.Log(ledger.Bought, nil)}
	past, came := model.Asked(g, 1, model.Fresh)
	if len(came) < 40 {
		t.Errorf("%d customers are asked for new products", len(came))
	}
	for i, targets := range came {
		if len(past[i])+len(targets) != 12 {
			t.Errorf("%d products are known of a customer and %d asked for, of 12", len(past[i]), len(targets))
		}
		if slices.ContainsFunc(targets, func(p int32) bool { return slices.Contains(past[i], p) }) {
			t.Errorf("some of %v are known: %v", targets, past[i])
		}
	}
	for _, q := range []model.Question{model.Any, model.Again, model.Next} {
		if _, came := model.Asked(g, 1, q); len(came) > 0 {
			t.Errorf("question %d is asked %d times", q, len(came))
		}
	}
}

// Of a long history the last products are heard, all of a day as long as they are
// not too many, and then no more of low numbers than of others.
func TestHeard(t *testing.T) {
	q := &model.Query{Day: 9}
	for p := range int32(1000) {
		day := int32(3)
		if p%100 == 99 {
			day = 8
		}
		q.Past = append(q.Past, model.Item{Product: p, Quantity: 1, Day: day, Basket: day})
	}
	heard := model.Heard(q, 1000)
	low, late := 0, 0
	for _, p := range heard {
		if p < 500 {
			low++
		}
		if p%100 == 99 {
			late++
		}
	}
	if late != 10 {
		t.Errorf("%d of 10 of the last day are heard", late)
	}
	if n := len(heard); low < n*4/10 || low > n*6/10 {
		t.Errorf("%d of %d have low numbers", low, n)
	}
	q.Past = q.Past[:500]
	if n := len(model.Heard(q, 1000)); n != 500 {
		t.Errorf("%d of 500 products are heard", n)
	}
}

// Where few come in a month or nobody comes again, that customers take little twice is
// learned from the months before, or from baskets drawn by lot: before that it is
// thought that they do.
func TestTuneFewVisits(t *testing.T) {
	const customers, products, day = 90, 120, 720
	for _, c := range []struct {
		name  string
		comes func(customer, visit int) int // on which day, or after the last
	}{
		{"in twelve months", func(c, v int) int { return c*8%240 + 240*v }},
		{"by lot", func(c, v int) int { return c*8 + v + v/3*day }}, // on three days, and never again
	} {
		t.Run(c.name, func(t *testing.T) {
			book := ledger.New()
			for who := range customers {
				for visit := 0; c.comes(who, visit) < day; visit++ {
					at := c.comes(who, visit)
					b := ledger.Basket{ID: fmt.Sprintf("%03d-%d", who, visit), Customer: fmt.Sprintf("%03d", who), Day: int32(at), Time: int64(at) * 86400}
					for i := range 2 {
						b.Lines = append(b.Lines, ledger.Line{Product: product((who*7 + visit*2 + i) % products), Quantity: 1})
					}
					if who%15 == 0 { // who comes back for what they had
						b.Lines = append(b.Lines, ledger.Line{Product: product(who * 7 % products), Quantity: 1})
					}
					book.Put(b)
				}
			}
			g := model.Goods{Log: book.Log(ledger.Bought, nil)}
			if _, came := model.Asked(g, day, model.Any); len(came) >= 20 {
				t.Fatalf("%d are asked in the last month, which tells enough", len(came))
			}
			shop := train(t, g, day)
			listed, had := 0, 0
			scores := make([]float32, products)
			for who := range int32(customers) {
				past := model.Past(g.Log, who, day)
				shop.Blends[model.Any].Score(&model.Query{Day: day, Past: past}, scores[:len(g.Log.Products)])
				for _, p := range model.Top(nil, scores[:len(g.Log.Products)], 5, nil) {
					listed++
					if slices.ContainsFunc(past, func(i model.Item) bool { return i.Product == p }) {
						had++
					}
				}
			}
			if had > listed/2 { // all, where this is not learned
				t.Errorf("%d of %d products in lists are those that customers have", had, listed)
			}
		})
	}
}

// Where nobody ever came back for what they had, nobody is offered it but who is asked
// for nothing else.
func TestOnce(t *testing.T) {
	for _, again := range []bool{false, true} {
		book := ledger.New()
		for who := range 80 {
			for visit := range 8 {
				at := int32(who%9 + 40*visit)
				b := ledger.Basket{ID: fmt.Sprintf("%03d-%d", who, visit), Customer: fmt.Sprintf("%03d", who), Day: at, Time: int64(at) * 86400}
				kind := who % tastes
				p := ((who/tastes*3+visit*2)%25)*tastes + kind
				if again && visit == 7 {
					p = ((who/tastes*3)%25)*tastes + kind
				}
				b.Lines = append(b.Lines, ledger.Line{Product: product(p), Quantity: 1})
				book.Put(b)
			}
		}
		g := model.Goods{Log: book.Log(ledger.Bought, nil)}
		shop := train(t, g, 300)
		scores := make([]float32, len(g.Log.Products))
		had := 0
		for who := range int32(len(g.Log.Customers)) {
			past := model.Past(g.Log, who, 300)
			for _, q := range []*model.Query{{Day: 300, Past: past}, {Day: 3000, Past: past}} { // years later, too
				shop.Blends[model.Any].Score(q, scores)
				for _, p := range model.Top(nil, scores, 10, nil) {
					if slices.ContainsFunc(past, func(i model.Item) bool { return i.Product == p }) {
						had++
					}
				}
			}
		}
		if again != (had > 0) {
			t.Errorf("customers came back: %t, and %d products in lists are such as they had", again, had)
		}
	}
}

// A plain answer holds nothing of models that said nothing in the trials: carts of
// strangers do not tell that habits are to be trusted.
func TestLearnedSilent(t *testing.T) {
	prior := model.Prior(model.Cart)
	truth := make([]float64, len(prior))
	truth[model.OfCarts] = 1
	trials := drawn(rand.New(rand.NewPCG(5, 7)), 40, truth, .7)
	for _, t := range trials {
		for _, row := range t.Scores {
			row[model.OfHabit], row[model.OfLately] = 0, 0
		}
	}
	w := model.Learned(trials, model.Cart, 60)
	if w[model.OfHabit] != 0 || w[model.OfLately] != 0 || !(w[model.OfCarts] > 0) {
		t.Errorf("habit, what was taken of late and baskets weigh %v, %v and %v", w[model.OfHabit], w[model.OfLately], w[model.OfCarts])
	}
}

// Whoever comes back after years is known by what they liked, as well as a year after
// they left.
func TestLongAway(t *testing.T) {
	s := oldShop.ready(t)
	for _, name := range []string{"customers", "baskets", "factors", "content"} {
		for c := range int32(len(s.goods.Log.Customers)) {
			var scores [2][]float32
			for i, away := range []int32{400, 2000} {
				scores[i] = make([]float32, len(s.goods.Log.Products))
				s.shop.Model(name).Score(&model.Query{Day: s.day + away, Past: model.Past(s.goods.Log, c, s.day)}, scores[i])
			}
			if !slices.Equal(scores[0], scores[1]) || slices.Max(scores[0]) < .001 {
				t.Fatalf("%s tells of customer %d %v and, years later, %v", name, c, scores[0], scores[1])
			}
		}
	}
}

// Where no visits are known what comes next in one is what else is in carts.
func TestNextWithoutVisits(t *testing.T) {
	weights := oldShop.ready(t).shop.Settings.Weights
	if !slices.Equal(weights[model.Next], weights[model.Cart]) {
		t.Errorf("the weights are %v, those of carts %v", weights[model.Next], weights[model.Cart])
	}
	weights = seenShop.ready(t).shop.Settings.Weights
	if slices.Equal(weights[model.Next], weights[model.Cart]) {
		t.Error("the weights are those of carts, though visits are known")
	}
}

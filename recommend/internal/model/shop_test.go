package model_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

var allQuestions = []model.Question{model.Any, model.Fresh, model.Again, model.Cart, model.Next}

func train(t *testing.T, g model.Goods, day int32) *model.Shop {
	t.Helper()
	s, err := model.Tune(t.Context(), g, day, model.Settings{Rank: 8})
	if err != nil {
		t.Fatal(err)
	}
	shop, err := model.Train(t.Context(), g, day, s)
	if err != nil {
		t.Fatal(err)
	}
	return shop
}

// Shops of all sorts: none of them may have no answer, nor one that is no
// number.
func TestShops(t *testing.T) {
	empty := model.Goods{Log: ledger.New().Log(ledger.Bought, nil)}
	unsold := model.Goods{Log: ledger.New().Log(ledger.Bought, []string{"tea", "cup"}), Texts: []string{"a cup", "a tea cup"}}
	old := oldShop.ready(t)
	for _, c := range []struct {
		name  string
		goods model.Goods
		day   int32
		shop  *model.Shop // that is there already
	}{
		{"empty", empty, 0, nil},
		{"nothing sold yet", unsold, 20000, nil},
		{"one order", model.Goods{Log: baskets([]string{"tea", "cup"})}, 1, nil},
		{"a week old", maker{customers: 30, products: 12, days: 7, size: 3}.goods(1), 7, nil},
		{"a year old", old.goods, old.day, old.shop},
		{"baskets without dates or customers", maker{customers: 120, products: 40, days: 60, size: 5, dateless: true}.goods(3), 1, nil},
		{"sequences of single products", maker{customers: 80, products: 40, days: 200, size: 1}.goods(4), 200, nil},
		{"asked about the past", maker{customers: 60, products: 20, days: 100, size: 3}.goods(5), -10, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			shop := c.shop
			if shop == nil {
				shop = train(t, c.goods, c.day)
			}
			n := len(c.goods.Log.Products)
			queries := []*model.Query{{Day: c.day}}
			if n > 1 {
				queries = append(queries, &model.Query{Day: c.day, Cart: []int32{0, int32(n - 1)}})
			}
			if len(c.goods.Log.Customers) > 0 {
				queries = append(queries, &model.Query{Day: c.day, Past: model.Past(c.goods.Log, 0, math.MaxInt32)})
			}
			for _, question := range allQuestions {
				for _, q := range queries {
					out := make([]float32, n)
					shop.Blends[question].Score(q, out)
					for p, s := range out {
						if math.IsNaN(float64(s)) || math.IsInf(float64(s), 0) {
							t.Fatalf("question %d scores %s with %v", question, c.goods.Log.Products[p], s)
						}
					}
				}
			}
			r := repeats(t, c.goods.Log, c.day)
			if _, chances := r.Chances(nil, 0); chances != nil {
				t.Fatal("chances without a past")
			}
		})
	}
}

// Customers keep to their kind of products: a blend that learned anything
// shows it, to strangers by the cart and to customers by their past.
func TestTaste(t *testing.T) {
	for _, c := range []struct {
		name string
		m    maker
	}{
		{"orders", maker{customers: 300, products: 240, days: 240, size: 4}},
		{"without dates", maker{customers: 240, products: 40, days: 120, size: 5, dateless: true}},
		{"in its first month", maker{customers: 240, products: 40, days: 25, size: 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.m.products > 100 {
				t.Skip("a large shop")
			}
			g := c.m.goods(9)
			g.Texts = nil // which tell the kind
			day := slices.Max(g.Log.Day) + 1
			shop := train(t, g, day)
			kind := func(p int32) byte { name := g.Log.Products[p]; return name[len(name)-1] }
			right, asked := 0, 0
			out := make([]float32, len(g.Log.Products))
			for p := range int32(len(g.Log.Products)) {
				shop.Blends[model.Cart].Score(&model.Query{Day: day, Cart: []int32{p}}, out)
				for _, r := range model.Top(nil, out, 3, func(r int32) bool { return r != p }) {
					asked++
					if kind(r) == kind(p) {
						right++
					}
				}
			}
			if asked == 0 || right*10 < asked*8 {
				t.Errorf("%d of %d products for carts are of the kind in the cart", right, asked)
			}
			right, asked = 0, 0
			for who := range int32(len(g.Log.Customers)) {
				past := model.Past(g.Log, who, math.MaxInt32)
				had := map[int32]bool{}
				kinds := map[byte]int{}
				for _, i := range past {
					had[i.Product] = true
					kinds[kind(i.Product)]++
				}
				shop.Blends[model.Fresh].Score(&model.Query{Day: day, Past: past}, out)
				for _, r := range model.Top(nil, out, 3, func(r int32) bool { return !had[r] }) {
					asked++
					if 2*kinds[kind(r)] > len(past) {
						right++
					}
				}
			}
			if right*10 < asked*7 || asked == 0 && !c.m.dateless {
				t.Errorf("%d of %d new products are of the customers' kind", right, asked)
			}
		})
	}
}

// Scores come from the query's own products and from nothing else, and the
// parts add up.
func TestReasonsAddUp(t *testing.T) {
	old := oldShop.ready(t)
	g, shop, day := old.goods, old.shop, old.day
	near := func(a, b float32) bool { return math.Abs(float64(a-b)) <= 1e-3*(1+math.Abs(float64(a))) }
	for _, question := range allQuestions {
		b := shop.Blends[question]
		for who := range int32(6) {
			q := &model.Query{Day: day, Past: model.Past(g.Log, who, day)}
			if question == model.Cart || question == model.Next {
				q.Cart = []int32{who, who + 9}
			}
			known := map[int32]bool{}
			for _, i := range q.Past {
				known[i.Product] = true
			}
			out := make([]float32, len(g.Log.Products))
			b.Score(q, out)
			top := model.Top(nil, out, 5, nil)
			for i, whys := range b.Why(q, top) {
				p := top[i]
				var sum float32
				for _, why := range whys {
					sum += why.Score
					var parts float32
					for _, part := range why.Parts {
						parts += part.Score
						if !known[part.Product] && !slices.Contains(q.Cart, part.Product) {
							t.Fatalf("%s is said to come of product %d, which the customer never had", model.Names[why.Model], part.Product)
						}
					}
					if _, ok := b.Models[why.Model].(model.Reasoner); ok && !near(parts, why.Score) {
						t.Errorf("the parts of %s come to %v of %v", model.Names[why.Model], parts, why.Score)
					}
				}
				if !near(sum, out[p]) {
					t.Errorf("question %d, product %d: reasons come to %v of %v", question, p, sum, out[p])
				}
			}
		}
	}
}

// The same log gives the same scores to the last bit, and settings survive
// being saved.
func TestDeterminism(t *testing.T) {
	old := oldShop.ready(t)
	g := oldShop.goods(2)
	var want [][]float32
	for round := range 2 {
		s := old.shop.Settings
		if round > 0 {
			var err error
			if s, err = model.Tune(t.Context(), g, old.day, model.Settings{Rank: 8}); err != nil {
				t.Fatal(err)
			}
		}
		saved, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var loaded model.Settings
		if err := json.Unmarshal(saved, &loaded); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, loaded); diff != "" {
			t.Errorf("settings (-saved +loaded)\n%s", diff)
		}
		shop, err := model.Train(t.Context(), g, old.day, loaded)
		if err != nil {
			t.Fatal(err)
		}
		var got [][]float32
		for _, question := range allQuestions {
			out := make([]float32, len(g.Log.Products))
			shop.Blends[question].Score(&model.Query{Day: old.day, Past: model.Past(g.Log, 3, old.day), Cart: []int32{5}}, out)
			got = append(got, out)
		}
		if round == 0 {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the second time (-want +got)\n%s", diff)
		}
	}
}

// Who signed up a minute ago and is in no model is served by what they took.
func TestCustomerOfThisMinute(t *testing.T) {
	made := oldShop.ready(t)
	g, shop, day := made.goods, made.shop, made.day
	known := model.Past(g.Log, 0, day)
	out, same := make([]float32, len(g.Log.Products)), make([]float32, len(g.Log.Products))
	for _, b := range shop.Blends {
		b.Score(&model.Query{Day: day, Past: known}, out)
		b.Score(&model.Query{Day: day, Past: slices.Clone(known)}, same)
		if diff := cmp.Diff(out, same); diff != "" {
			t.Errorf("(-first +second)\n%s", diff)
		}
	}
	shop.Blends[model.Fresh].Score(&model.Query{Day: day, Past: []model.Item{{Product: 4, Quantity: 1, Day: day}}}, out)
	name := g.Log.Products[4]
	for _, p := range model.Top(nil, out, 3, func(p int32) bool { return p != 4 }) {
		if got := g.Log.Products[p]; got[len(got)-1] != name[len(name)-1] {
			t.Errorf("who took %s is recommended %s", name, got)
		}
	}
}

func TestFitFindsWhatMatters(t *testing.T) {
	var trials []model.Trial
	for i := range 200 {
		var tr model.Trial
		for k := range 10 {
			good := (i+k)%10 == 0
			noise := float32((i*31+k*17)%13) / 13
			signal := noise / 4
			if good {
				signal += .5
			}
			tr.Scores = append(tr.Scores, []float32{signal, noise, 5})
			tr.Came = append(tr.Came, good)
		}
		trials = append(trials, tr)
	}
	w := model.Polish(trials, model.Fit(trials, []float64{0, 0, 0}, 1, nil))
	if w[0] <= 0 || math.Abs(float64(w[1])) > float64(w[0]) || w[2] != 0 {
		t.Errorf("weights are %v", w)
	}
	if w := model.Fit(nil, []float64{1, 2, 3}, 1, nil); !slices.Equal(w, []float32{0, 0, 0}) && !slices.Equal(w, []float32{1, 2, 3}) {
		t.Errorf("without trials weights are %v", w)
	}
}

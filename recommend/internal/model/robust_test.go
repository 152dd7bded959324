package model_test

import (
	"math"
	"slices"
	"testing"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// hostile returns queries of all sorts, also such as nobody should ask.
func hostile(g model.Goods, day int32) []*model.Query {
	n := int32(len(g.Log.Products))
	list := []*model.Query{
		{},
		{Day: day},
		{Day: math.MinInt32, Cart: []int32{0}},
		{Day: math.MaxInt32, Past: []model.Item{{Product: 0, Quantity: 1, Day: math.MinInt32}}},
		{Day: day, Cart: []int32{-1, n, math.MaxInt32, math.MinInt32}},
		{Day: day, Cart: []int32{0, 0, n - 1, n, 0}},
		{Day: day, Past: []model.Item{{Product: -1}, {Product: n, Quantity: 1}, {Product: 0, Quantity: -4, Day: day + 9, Basket: -7}, {Product: 0, Basket: 3}, {Product: n - 1, Basket: 1, Day: day}}},
		{Day: day, Past: []model.Item{{Product: n + 7, Quantity: 1, Day: day}}},
		{Day: day, Seen: []model.Sight{{Product: 0, Day: day, Kind: ledger.Viewed}, {Product: n - 1, Day: day - 1, Kind: ledger.Carted}, {Product: n, Day: day, Kind: ledger.Viewed}, {Product: 0, Day: day, Kind: 200}}},
	}
	for c := range int32(min(3, len(g.Log.Customers))) {
		past := model.Past(g.Log, c, math.MaxInt32)
		list = append(list, &model.Query{Day: day, Past: past}, &model.Query{Day: day, Past: past, Cart: []int32{0, n - 1}})
	}
	var whole []model.Item // who took everything a hundred times
	for b := range int32(100) {
		for p := range n {
			whole = append(whole, model.Item{Product: p, Quantity: 1, Day: day - 100 + b, Basket: b})
		}
	}
	return append(list, &model.Query{Day: day, Past: whole})
}

// Whatever is asked of whatever shop is answered, with numbers.
func TestHostileQueries(t *testing.T) {
	seen := seenShop.ready(t)
	same := maker{customers: 40, products: 4, days: 100, size: 1}
	for _, c := range []struct {
		name  string
		goods model.Goods
		day   int32
		shop  *model.Shop // that is there already
	}{
		{"empty", model.Goods{Log: ledger.New().Log(ledger.Bought, nil)}, 0, nil},
		{"nothing sold yet", model.Goods{Log: ledger.New().Log(ledger.Bought, []string{"tea", "cup"}), Texts: []string{"a cup", "a tea cup"}}, 20000, nil},
		{"one product", one(1, 1, 1), 5, nil},
		{"one product, many customers", one(60, 1, 3), 9, nil},
		{"one customer", one(1, 9, 40), 90, nil},
		{"one day", maker{customers: 40, products: 20, days: 1, size: 4}.goods(3), 1, nil},
		{"one day, rated", rated(60, 30), 1, nil},
		{"baskets without customers", maker{customers: 60, products: 20, days: 50, size: 4, dateless: true}.goods(3), 1, nil},
		{"sequences", same.goods(4), 100, nil},
		{"months with views", seen.goods, seen.day, seen.shop},
		{"asked about the past", maker{customers: 40, products: 20, days: 100, size: 3}.goods(5), -10, nil},
		{"asked at the end of time", maker{customers: 40, products: 20, days: 100, size: 3}.goods(5), math.MaxInt32, nil},
		{"asked at the beginning of time", maker{customers: 40, products: 20, days: 100, size: 3}.goods(5), math.MinInt32, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			shop := c.shop
			if shop == nil {
				shop = train(t, c.goods, c.day)
			}
			untuned, err := model.Train(t.Context(), c.goods, c.day, model.Settings{Rank: 4})
			if err != nil {
				t.Fatal(err)
			}
			n := len(c.goods.Log.Products)
			out := make([]float32, n)
			repeat := repeats(t, c.goods.Log, c.day)
			due, err := model.NewDue(t.Context(), c.goods.Log, c.day, model.DueOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for i, q := range hostile(c.goods, c.day) {
				for _, s := range []*model.Shop{shop, untuned} {
					for k, b := range s.Blends {
						b.Score(q, out)
						for p, v := range out {
							if v-v != 0 {
								t.Fatalf("query %d, question %d scores %s with %v", i, k, c.goods.Log.Products[p], v)
							}
						}
						b.Why(q, append(model.Top(nil, out, 3, nil), -1, int32(n)))
					}
				}
				for m, of := range shop.Blends[0].Models {
					of.Score(q, out)
					for p, v := range out {
						if v-v != 0 {
							t.Fatalf("query %d: %s scores %s with %v", i, model.Names[m], c.goods.Log.Products[p], v)
						}
					}
					if r, ok := of.(model.Reasoner); ok {
						for _, p := range []int32{0, int32(n) - 1, int32(n), -1, math.MaxInt32, math.MinInt32} {
							r.Reason(q, p)
						}
					}
				}
				_, chances := repeat.Chances(q.Past, q.Day)
				for _, v := range chances {
					if !(0 <= v && v <= 1) {
						t.Fatalf("query %d: the chance is %v", i, v)
					}
				}
				for _, d := range due.Dates(q.Past, 1) {
					if math.IsNaN(d.Confidence) {
						t.Fatalf("query %d: the date is %+v", i, d)
					}
				}
			}
		})
	}
}

// one makes a shop of few customers and products, who buy every third day.
func one(customers, products, baskets int) model.Goods {
	book := ledger.New()
	for c := range customers {
		for b := range baskets {
			book.Put(ledger.Basket{
				ID: string(rune('A'+c)) + string(rune('A'+b)), Customer: string(rune('A' + c)), Day: int32(3 * b), Time: int64(b),
				Lines: []ledger.Line{{Product: string(rune('a' + (b+c)%products)), Quantity: 1}},
			})
		}
	}
	return model.Goods{Log: book.Log(ledger.Bought, nil)}
}

// rated makes a shop of customers with one basket each, all on one day.
func rated(customers, products int) model.Goods {
	book := ledger.New()
	for c := range customers {
		b := ledger.Basket{ID: string(rune('A' + c)), Customer: string(rune('A' + c))}
		for k := range 6 {
			b.Lines = append(b.Lines, ledger.Line{Product: string(rune('a' + (c*5+k*k)%products)), Quantity: 1})
		}
		book.Put(b)
	}
	return model.Goods{Log: book.Log(ledger.Bought, nil)}
}

// Who is known by nothing gets what sells, the first what sells most of late,
// and never what nobody bought.
func TestStranger(t *testing.T) {
	for _, tuned := range []bool{false, true} {
		book := ledger.New()
		id := 0
		put := func(who string, day int, products ...string) {
			id++
			b := ledger.Basket{ID: string(rune(id + 100)), Customer: who, Day: int32(day), Time: int64(day)}
			for _, p := range products {
				b.Lines = append(b.Lines, ledger.Line{Product: p, Quantity: 1})
			}
			book.Put(b)
		}
		for c := range 200 {
			who := string(rune('A' + c))
			put(who, c, "classic")
			put(who, c+3, "classic", "second")
			if c%4 == 0 {
				put(who, c+9, "third")
			}
			put("", c, "classic", "second")
		}
		l := book.Log(ledger.Bought, []string{"classic", "new", "newer", "second", "third"})
		shop, err := model.Train(t.Context(), model.Goods{Log: l}, 210, model.Settings{Rank: 4})
		if tuned {
			shop = train(t, model.Goods{Log: l}, 210)
		}
		if err != nil {
			t.Fatal(err)
		}
		for k, b := range shop.Blends {
			out := make([]float32, len(l.Products))
			b.Score(&model.Query{Day: 210, Past: []model.Item{{Product: 77}}}, out)
			var got []string
			for _, p := range model.Top(nil, out, 3, nil) {
				got = append(got, l.Products[p])
			}
			if !slices.Equal(got, []string{"classic", "second", "third"}) {
				t.Errorf("tuned %t, question %d: a stranger gets %v with %v", tuned, k, got, out)
			}
			for p, v := range out {
				if (v > 0) != (l.Products[p][0] != 'n') {
					t.Errorf("tuned %t, question %d: %s scores %v", tuned, k, l.Products[p], v)
				}
			}
			for _, whys := range b.Why(&model.Query{Day: 210}, []int32{0}) {
				if len(whys) == 0 {
					t.Error("nothing says why")
				}
			}
		}
	}
}

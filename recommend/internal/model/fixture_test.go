package model_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// A maker makes up a shop: customers like one of four kinds of products, and
// within it some products more than others.
type maker struct {
	customers, products, days int
	size                      int  // of a basket
	dateless                  bool // all on one day, nobody known
	views                     bool // who buys looked at the same and one more on the day before
}

const tastes = 4

// The shops that most tests look at. Their models are made once, by the test
// that is first to ask: nobody changes them.
var (
	oldShop  = maker{customers: 80, products: 40, days: 365, size: 4}
	seenShop = maker{customers: 100, products: 40, days: 240, size: 3, views: true}
)

// A made is a shop with its models.
type made struct {
	goods model.Goods
	shop  *model.Shop
	day   int32
}

var shops struct {
	sync.Mutex
	made map[maker]made
}

// ready returns a shop with models tuned and trained on its last day.
func (m maker) ready(t *testing.T) made {
	t.Helper()
	shops.Lock()
	defer shops.Unlock()
	r, ok := shops.made[m]
	if !ok {
		r = made{goods: m.goods(2), day: int32(m.days)}
		r.shop = train(t, r.goods, r.day)
		if shops.made == nil {
			shops.made = map[maker]made{}
		}
		shops.made[m] = r
	}
	return r
}

func (m maker) goods(seed uint64) model.Goods {
	draw := rand.New(rand.NewPCG(seed, 7))
	book := ledger.New()
	id := 0
	for c := range m.customers {
		taste := c % tastes
		staple := draw.IntN(m.products/tastes)*tastes + taste
		for day := draw.IntN(20); day < m.days; day += 5 + draw.IntN(20) {
			id++
			b := ledger.Basket{ID: fmt.Sprintf("%06d", id), Customer: fmt.Sprintf("c%04d", c), Time: int64(day)*86400 + int64(id), Day: int32(day)}
			if m.dateless {
				b.Customer, b.Day, b.Time = "", 0, 0
			}
			b.Lines = append(b.Lines, ledger.Line{Product: product(staple), Quantity: 1})
			for range m.size - 1 {
				p := draw.IntN(m.products/tastes)*tastes + taste
				if draw.IntN(5) == 0 {
					p = draw.IntN(m.products)
				}
				b.Lines = append(b.Lines, ledger.Line{Product: product(p), Quantity: 1 + int32(draw.IntN(3))})
			}
			if m.size == 1 { // a sequence: each product leads to the next of its kind
				b.Lines[0].Product = product(((id*7+day)/5%(m.products/tastes))*tastes + taste)
			}
			book.Put(b)
			if m.views {
				v := ledger.Basket{ID: "v" + b.ID, Customer: b.Customer, Kind: ledger.Viewed, Time: b.Time - 3600, Day: b.Day - 1}
				for _, n := range b.Lines {
					v.Lines = append(v.Lines, ledger.Line{Product: n.Product, Quantity: 1})
				}
				v.Lines = append(v.Lines, ledger.Line{Product: product(draw.IntN(m.products/tastes)*tastes + taste), Quantity: 1})
				book.Put(v)
			}
		}
	}
	g := model.Goods{Log: book.Log(ledger.Bought, nil)}
	if m.views {
		g.Seen = map[ledger.Kind]*ledger.Log{ledger.Viewed: book.Log(ledger.Viewed, nil)}
	}
	for _, p := range g.Log.Products {
		g.Texts = append(g.Texts, "Thing "+p+" kind:"+string('a'+p[len(p)-1]-'0'))
	}
	return g
}

// product names a product so that its last digit is its kind.
func product(p int) string { return fmt.Sprintf("%03d-%d", p, p%tastes) }

// repeats returns what tells of the next thirty days what is taken again.
func repeats(tb testing.TB, l *ledger.Log, day int32) *model.Repeat {
	tb.Helper()
	r, err := model.NewRepeat(tb.Context(), l, day, 30)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

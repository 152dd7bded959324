package model_test

import (
	"fmt"
	"math/rand/v2"

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

package recommend_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// A stand is a shop in a file with models, and who bought and what is sold in it.
type stand struct {
	book      *crm.Book
	rec       *recommend.Recommender
	customers []crm.CustomerID
	products  []crm.ProductID
}

// open opens a demo shop of 5,000 customers, 10,000 products and 40,000 orders; of
// 200 and 500 with CLIENTELE_SCALE=smoke.
func open(b *testing.B) *stand {
	b.Helper()
	demo := crmtest.Shop(5000, 1)
	demo.Products, demo.Orders = 10_000, 40_000
	if os.Getenv("CLIENTELE_SCALE") == "smoke" {
		demo = crmtest.Shop(200, 1)
		demo.Products = 500
	}
	st, err := boltstore.Open(filepath.Join(b.TempDir(), "shop.db"), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	s := &stand{}
	now := func() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }
	if s.book, err = crm.New(st, &crm.Options{Currency: "EUR", Now: now}); err != nil {
		b.Fatal(err)
	}
	if _, err := s.book.Import(b.Context(), demo.Records(), nil); err != nil {
		b.Fatal(err)
	}
	for c, err := range s.book.Customers.List(b.Context(), crm.CustomerQuery{}) {
		if err != nil {
			b.Fatal(err)
		}
		s.customers = append(s.customers, c.ID)
	}
	for p, err := range s.book.Products.List(b.Context(), crm.ProductQuery{}) {
		if err != nil {
			b.Fatal(err)
		}
		s.products = append(s.products, p.ID)
	}
	if s.rec, err = recommend.New(s.book, nil); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if _, err := s.rec.ForCustomer(b.Context(), s.customers[0], nil); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d customers, %d products, ready in %v", len(s.customers), len(s.products), time.Since(start).Round(time.Millisecond))
	return s
}

// quantiles runs f and reports how long half of its calls take at most, and 99 of
// 100. What is done before each of them, if anything, is not in their time.
func quantiles(b *testing.B, before, f func(ctx context.Context, i int) error) {
	b.Helper()
	var took []time.Duration
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if before != nil {
			b.StopTimer()
			if err := before(b.Context(), i); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		start := time.Now()
		if err := f(b.Context(), i); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "p99-µs")
}

// BenchmarkQuestions measures one answer, from the record of the customer to the
// records of what is in the list.
func BenchmarkQuestions(b *testing.B) {
	s := open(b)
	customer := func(i int) crm.CustomerID { return s.customers[i*7919%len(s.customers)] }
	product := func(i int) crm.ProductID { return s.products[i*7919%len(s.products)] }
	for _, q := range []struct {
		name string
		ask  func(ctx context.Context, i int) error
	}{
		{"ForCustomer", func(ctx context.Context, i int) error {
			_, err := s.rec.ForCustomer(ctx, customer(i), nil)
			return err
		}},
		{"ForCustomer/new", func(ctx context.Context, i int) error {
			_, err := s.rec.ForCustomer(ctx, customer(i), &recommend.Query{Repeat: recommend.RepeatExclude})
			return err
		}},
		{"ForCustomer/filter", func(ctx context.Context, i int) error {
			_, err := s.rec.ForCustomer(ctx, customer(i), &recommend.Query{
				Only: recommend.Filter{To: crm.Money{Amount: 5000, Currency: "EUR"}}, PerBrand: 2, Variety: .3,
			})
			return err
		}},
		{"ForCart", func(ctx context.Context, i int) error {
			_, err := s.rec.ForCart(ctx, customer(i), []crm.ProductID{product(i), product(i + 1)}, nil)
			return err
		}},
		{"BoughtTogether", func(ctx context.Context, i int) error {
			_, err := s.rec.BoughtTogether(ctx, []crm.ProductID{product(i)}, nil)
			return err
		}},
		{"Similar", func(ctx context.Context, i int) error { _, err := s.rec.Similar(ctx, product(i), nil); return err }},
		{"BuyAgain", func(ctx context.Context, i int) error {
			_, err := s.rec.BuyAgain(ctx, customer(i), nil)
			return err
		}},
		{"Next", func(ctx context.Context, i int) error {
			_, err := s.rec.Next(ctx, "", []crm.ProductID{product(i), product(i + 1)}, nil)
			return err
		}},
		{"Trending", func(ctx context.Context, i int) error { _, err := s.rec.Trending(ctx, nil); return err }},
		{"Trending/country", func(ctx context.Context, i int) error {
			_, err := s.rec.Trending(ctx, &recommend.Query{Country: []string{"DE", "FR", "GB", "NL"}[i%4]})
			return err
		}},
	} {
		b.Run(q.name, func(b *testing.B) { quantiles(b, nil, q.ask) })
	}
}

// BenchmarkOrder measures an answer right after an order was written, which it
// takes in.
func BenchmarkOrder(b *testing.B) {
	s := open(b)
	customer := func(i int) crm.CustomerID { return s.customers[i*7919%len(s.customers)] }
	quantiles(b, func(ctx context.Context, i int) error {
		_, err := s.book.Orders.Record(ctx, crm.Order{
			CustomerID: customer(i), OccurredAt: s.book.Now(), Currency: "EUR",
			Items: []crm.Item{{ProductID: s.products[i*31%len(s.products)], Quantity: 1, Price: crm.Money{Amount: 900, Currency: "EUR"}}},
		})
		return err
	}, func(ctx context.Context, i int) error {
		_, err := s.rec.ForCustomer(ctx, customer(i), nil)
		return err
	})
}

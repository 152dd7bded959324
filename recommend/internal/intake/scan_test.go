package intake_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/intake"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// demo returns a book with a demo shop in it.
func demo(t testing.TB, customers int) *crm.Book {
	t.Helper()
	book := crmtest.New(t)
	report, err := book.Import(t.Context(), crmtest.Shop(customers, 3).All(), nil)
	if err != nil || report.Rejected > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	return book
}

// Units and orders of everybody are those that the book counts.
func TestScanAgreesWithAggregates(t *testing.T) {
	book := demo(t, 200)
	k := scan(t, book)
	for v, err := range book.Customers.List(t.Context(), crm.CustomerQuery{}) {
		fine(t, err)
		sum := must(book.Customers.Aggregates(t.Context(), v.ID))(t)
		var units, orders int64
		k.Read(func(l *ledger.Ledger, _ *goods.Goods) {
			for o, err := range book.Orders.List(t.Context(), crm.OrderQuery{CustomerID: v.ID}) {
				fine(t, err)
				b, ok := l.Get(string(o.ID))
				if ok {
					orders++
				}
				for _, n := range b.Lines {
					units += int64(n.Quantity)
				}
			}
		})
		if int(orders) != sum.Orders || units != sum.Units {
			t.Errorf("%s: %d orders and %d units, want %d and %d", v.ID, orders, units, sum.Orders, sum.Units)
		}
	}
}

// A scan that is stopped anywhere says so.
func TestScanInterrupted(t *testing.T) {
	book := demo(t, 20)
	calls := 0
	_, err := intake.Scan(t.Context(), book, options, func(intake.Progress) { calls++ })
	fine(t, err)
	if calls < 3 {
		t.Fatalf("%d calls", calls)
	}
	for stop := range calls {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		k, err := intake.Scan(ctx, book, options, func(intake.Progress) {
			if n++; n == stop+1 {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) || k != nil {
			t.Errorf("stopped after %d of %d: %v", stop+1, calls, err)
		}
	}
}

func TestLoad(t *testing.T) {
	book := demo(t, 30)
	ctx := t.Context()
	if _, err := intake.Load(ctx, book, "recommend", options); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("before it is saved: %v", err)
	}
	k := scan(t, book)
	asked := store.Cursor{}
	fine(t, k.Save(ctx, "recommend", func(_ context.Context, at store.Cursor) error {
		asked = at
		return nil
	}))
	again := must(intake.Load(ctx, book, "recommend", options))(t)
	if again.Cursor() != k.Cursor() || asked != k.Cursor() || bytesOf(again) != bytesOf(k) {
		t.Error("what was loaded is something else")
	}
	var products [2]int
	for i, k := range []*intake.Keeper{k, again} {
		k.Read(func(_ *ledger.Ledger, g *goods.Goods) { products[i] = g.Products() })
	}
	if products[0] == 0 || products[0] != products[1] {
		t.Errorf("products: %v", products)
	}
	no := errors.New("no")
	if err := k.Save(ctx, "recommend", func(context.Context, store.Cursor) error { return no }); !errors.Is(err, no) {
		t.Errorf("saved against the will: %v", err)
	}
	if _, err := intake.Load(ctx, book, "recommend", intake.Options{}); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("of another calendar: %v", err)
	}
	other := store.Snapshot{Name: "recommend", Format: 2}
	fine(t, other.Save(ctx, book.Store(), k.Cursor(), func(w io.Writer) error {
		_, err := io.WriteString(w, "\x04east of a later release")
		return err
	}))
	if _, err := intake.Load(ctx, book, "recommend", options); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("of another release: %v", err)
	}
}

// large returns a book in a file with a demo shop in it: 1,000 customers, or
// 100,000 with CLIENTELE_SCALE=full.
func large(b *testing.B) *crm.Book {
	b.Helper()
	customers := 1000
	if os.Getenv("CLIENTELE_SCALE") == "full" {
		customers = 100_000
	}
	st, err := boltstore.Open(filepath.Join(b.TempDir(), "shop.db"), nil)
	fine(b, err)
	b.Cleanup(func() { st.Close() })
	book, err := crm.New(st, &crm.Options{Currency: "EUR"})
	fine(b, err)
	_, err = book.Import(b.Context(), crmtest.Shop(customers, 3).All(), nil)
	fine(b, err)
	return book
}

func BenchmarkScan(b *testing.B) {
	book := large(b)
	var done intake.Progress
	b.ReportAllocs()
	for b.Loop() {
		_, err := intake.Scan(b.Context(), book, intake.Options{}, func(p intake.Progress) { done = p })
		fine(b, err)
	}
	b.ReportMetric(float64(done.Orders+done.Refunds+done.Interactions)*float64(b.N)/b.Elapsed().Seconds(), "facts/s")
}

// BenchmarkUpdate brings in new facts one by one, as a process that keeps up with
// its shop does: from the event to the ledger and its pairs.
func BenchmarkUpdate(b *testing.B) {
	book := demo(b, 1000)
	k, err := intake.Scan(b.Context(), book, intake.Options{Pairs: 100}, nil)
	fine(b, err)
	var who []crm.CustomerID
	for v, err := range book.Customers.List(b.Context(), crm.CustomerQuery{}) {
		fine(b, err)
		who = append(who, v.ID)
	}
	var products []crm.ProductID
	for v, err := range book.Products.List(b.Context(), crm.ProductQuery{}) {
		fine(b, err)
		products = append(products, v.ID)
	}
	draw := rand.New(rand.NewPCG(1, 1))
	n := 0
	order := func(lines int) func() error {
		return func() error {
			n++
			o := crm.Order{CustomerID: who[n%len(who)], OccurredAt: time.Now().Add(-time.Hour)}
			for range lines {
				o.Items = append(o.Items, crm.Item{ProductID: products[draw.IntN(len(products))], Quantity: 1, Total: eur(500)})
			}
			_, err := book.Orders.Record(b.Context(), o)
			return err
		}
	}
	for _, c := range []struct {
		name   string
		record func() error
	}{
		{"order of 3", order(3)},
		{"order of 25", order(25)},
		{"order of 100", order(100)},
		{"view", func() error {
			n++
			_, err := book.Interactions.Record(b.Context(), crm.Interaction{CustomerID: who[n%len(who)], Kind: crm.KindViewItem, ProductID: products[draw.IntN(len(products))], OccurredAt: time.Now().Add(-time.Hour)})
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				b.StopTimer()
				fine(b, c.record())
				events := since(b, book, k.Cursor())
				b.StartTimer()
				start := time.Now()
				fine(b, k.Apply(b.Context(), nil, events))
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// Whoever reads while events are brought in sees whole baskets.
func TestReadMeanwhile(t *testing.T) {
	l := newLife(t, 9)
	k := scan(t, l.book)
	stop, read := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				read <- n
				return
			default:
			}
			k.Read(func(l *ledger.Ledger, g *goods.Goods) {
				n += len(l.Baskets("c1")) + g.Len()
				for range k.Pairs().With("p1") {
					n++
				}
			})
			_, _ = k.Cursor(), k.Changed()
		}
	}()
	for range 100 {
		l.step()
		apply(l, k, since(t, l.book, k.Cursor()), 3)
	}
	close(stop)
	if n := <-read; n == 0 {
		t.Error("nothing was read")
	}
	if diff := cmp.Diff(tell(scan(t, l.book), "c1"), tell(k, "c1")); diff != "" {
		t.Errorf("(-book +keeper)\n%s", diff)
	}
}

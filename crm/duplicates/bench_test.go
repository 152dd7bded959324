package duplicates_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/duplicates"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// sizes are of the books of benchmarks: a twentieth of it all for the gate, and
// the largest only when asked for.
func sizes() map[string]int {
	switch os.Getenv("CLIENTELE_SCALE") {
	case "smoke":
		return map[string]int{"100k": 5_000}
	case "full":
		return map[string]int{"100k": 100_000, "1M": 1_000_000}
	}
	return map[string]int{"100k": 100_000}
}

func stored(b *testing.B, n int) (*crm.Book, crm.CustomerID) {
	b.Helper()
	st, err := boltstore.Open(filepath.Join(b.TempDir(), "shop.db"), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	book, err := crm.New(st, nil)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := book.Import(b.Context(), townOf(b, n, 3).records(nil), nil); err != nil {
		b.Fatal(err)
	}
	ada, err := book.Customers.ByRef(b.Context(), crm.Ref{Source: "demo", ID: "ada"})
	if err != nil {
		b.Fatal(err)
	}
	return book, ada.ID
}

// BenchmarkFind searches a whole book in one file: reading, comparing, and writing
// the queue.
func BenchmarkFind(b *testing.B) {
	for _, name := range []string{"100k", "1M"} {
		n, ok := sizes()[name]
		if !ok {
			continue
		}
		b.Run(name, func(b *testing.B) {
			book, _ := stored(b, n)
			var spent time.Duration
			runs, pairs, customers := 0, 0, 0
			b.ReportAllocs()
			for b.Loop() {
				f, err := duplicates.New(book, nil)
				if err != nil {
					b.Fatal(err)
				}
				began := time.Now()
				r, err := f.Find(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				spent += time.Since(began)
				runs, pairs, customers = runs+1, r.Pairs, r.Customers
			}
			each := spent.Seconds() / float64(runs)
			b.ReportMetric(each, "s/run")
			b.ReportMetric(float64(pairs), "pairs")
			b.ReportMetric(float64(customers)/each, "customers/s")
		})
	}
}

// BenchmarkSimilar asks for one customer, as their page does.
func BenchmarkSimilar(b *testing.B) {
	for _, name := range []string{"100k", "1M"} {
		n, ok := sizes()[name]
		if !ok {
			continue
		}
		b.Run(name, func(b *testing.B) {
			book, ada := stored(b, n)
			f, err := duplicates.New(book, nil)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := f.Similar(b.Context(), ada, 10); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Similar(b.Context(), ada, 10); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

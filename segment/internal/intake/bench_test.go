package intake_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/intake"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// shop returns a book in a file with a demo shop in it: 1,000 customers, or
// 100,000 with CLIENTELE_SCALE=full.
func shop(b *testing.B) *crm.Book {
	b.Helper()
	customers := 1000
	if os.Getenv("CLIENTELE_SCALE") == "full" {
		customers = 100_000
	}
	st, err := boltstore.Open(filepath.Join(b.TempDir(), "shop.db"), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	book, err := crm.New(st, &crm.Options{Currency: "EUR"})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := book.Import(b.Context(), crmtest.Shop(customers, 3).All(), nil); err != nil {
		b.Fatal(err)
	}
	return book
}

func BenchmarkScan(b *testing.B) {
	book := shop(b)
	var done intake.Progress
	b.ReportAllocs()
	for b.Loop() {
		if _, err := intake.Scan(b.Context(), book, column.New(), nil, func(p intake.Progress) { done = p }); err != nil {
			b.Fatal(err)
		}
	}
	seconds := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(float64(done.Customers)/seconds, "persons/s")
	b.ReportMetric(float64(done.Orders+done.Refunds+done.Interactions)/seconds, "facts/s")
}

// BenchmarkApply brings a base up to date with batches as Tail hands them out:
// of new facts of everybody, and of what reads a person anew.
func BenchmarkApply(b *testing.B) {
	book := shop(b)
	base := column.New()
	at, err := intake.Scan(b.Context(), book, base, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	var facts, whole []*crm.Event
	for e, err := range book.Events.List(b.Context(), store.Cursor{}) {
		if err != nil {
			b.Fatal(err)
		}
		switch {
		case len(facts) < 20_000 && (e.Kind == crm.InteractionRecorded || e.Kind == crm.OrderRecorded):
			facts = append(facts, e)
		case len(whole) < 2_000 && (e.Kind == crm.OrderUpdated || e.Kind == crm.IdentityLinked || e.Kind == crm.CustomerMerged):
			e.Cursor = store.Cursor{} // never applied yet
			whole = append(whole, e)
		}
	}
	b.Run("facts", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			k := intake.Keep(book, bare(base), store.Cursor{}, nil)
			b.StartTimer()
			apply(b, k, facts)
		}
		b.ReportMetric(float64(b.N*len(facts))/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("anew", func(b *testing.B) {
		k := intake.Keep(book, base, at, nil)
		for b.Loop() {
			apply(b, k, whole)
		}
		b.ReportMetric(float64(b.N*len(whole))/b.Elapsed().Seconds(), "events/s")
	})
}

func apply(b *testing.B, k *intake.Keeper, events []*crm.Event) {
	for batch := range slices.Chunk(events, 256) {
		if _, err := k.Apply(b.Context(), nil, batch); err != nil {
			b.Fatal(err)
		}
	}
}

// bare returns a base of the same persons without anything.
func bare(base *column.Base) *column.Base {
	persons := column.New()
	base.RLock()
	defer base.RUnlock()
	for ordinal := range uint32(base.Chunks() * column.ChunkSize) {
		if id := base.ID(ordinal); id != "" {
			persons.Put(&column.Person{ID: id})
		}
	}
	return persons
}

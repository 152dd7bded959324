package recommend_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// closing is when the demo shop has told all.
var closing = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// A hand is a clock that is put on by hand.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) put(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = at
}

// process is a process with a book over a store, and a recommender.
func process(t *testing.T, st store.Store, now func() time.Time, opts *recommend.Options) (*crm.Book, *recommend.Recommender) {
	t.Helper()
	book, err := crm.New(st, &crm.Options{Currency: "EUR", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := recommend.New(book, opts)
	if err != nil {
		t.Fatal(err)
	}
	return book, rec
}

// demo returns a store with a demo shop of so many customers and products.
func demo(t *testing.T, customers, products int) *memstore.Store {
	t.Helper()
	st := memstore.New(nil)
	book, err := crm.New(st, &crm.Options{Currency: "EUR", Now: func() time.Time { return closing }})
	if err != nil {
		t.Fatal(err)
	}
	shop := crmtest.Shop(customers, 1)
	shop.Products = products
	if _, err := book.Import(t.Context(), shop.Records(), nil); err != nil {
		t.Fatal(err)
	}
	return st
}

// asked returns the lists of many questions, as they are but for when they were
// made.
func asked(t *testing.T, book *crm.Book, rec *recommend.Recommender) map[string]*recommend.List {
	t.Helper()
	all := map[string]*recommend.List{}
	add := func(name string) func(*recommend.List, error) {
		return func(l *recommend.List, err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all[name] = l
		}
	}
	ctx := t.Context()
	n := 0
	for c, err := range book.Customers.List(ctx, crm.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n > 40 {
			break
		}
		if !c.ErasedAt.IsZero() {
			continue
		}
		add("ForCustomer " + string(c.ID))(rec.ForCustomer(ctx, c.ID, nil))
		add("BuyAgain " + string(c.ID))(rec.BuyAgain(ctx, c.ID, nil))
	}
	n = 0
	for p, err := range book.Products.List(ctx, crm.ProductQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n > 20 {
			break
		}
		add("ForCart " + string(p.ID))(rec.ForCart(ctx, "", []crm.ProductID{p.ID}, nil))
		add("Similar " + string(p.ID))(rec.Similar(ctx, p.ID, nil))
		add("BoughtTogether " + string(p.ID))(rec.BoughtTogether(ctx, []crm.ProductID{p.ID}, nil))
	}
	add("Trending")(rec.Trending(ctx, nil))
	return all
}

// buyers returns who bought most, the first n of them.
func buyers(t *testing.T, book *crm.Book, n int) []crm.CustomerID {
	t.Helper()
	count := map[crm.CustomerID]int{}
	for o, err := range book.Orders.List(t.Context(), crm.OrderQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if o.CustomerID != "" {
			count[o.CustomerID]++
		}
	}
	var ids []crm.CustomerID
	for id := range count {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b crm.CustomerID) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return min(1, max(-1, map[bool]int{true: -1, false: 1}[a < b]))
	})
	return ids[:min(n, len(ids))]
}

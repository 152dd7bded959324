package crm_test

import (
	"context"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// day is noon of the n-th day of the year in which the tests play.
func day(n int) time.Time { return time.Date(2025, 1, n, 12, 0, 0, 0, time.UTC) }

// today is what the clock of a fixture's book says.
var today = day(300)

// A failer is what *testing.T, *testing.B and *rapid.T have in common.
type failer interface {
	Context() context.Context
	Helper()
	Fatal(args ...any)
}

// open opens a book in pounds, whose clock stands still, unless opts say else.
func open(t failer, st store.Store, opts *crm.Options) *crm.Book {
	t.Helper()
	o := crm.Options{Currency: "GBP", Now: func() time.Time { return today }}
	if opts != nil {
		o.Rate, o.Logger, o.Namespace = opts.Rate, opts.Logger, opts.Namespace
		if opts.Now != nil {
			o.Now = opts.Now
		}
		if opts.Currency != "" {
			o.Currency = opts.Currency
		}
	}
	book, err := crm.New(st, &o)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// memory opens a new book in memory.
func memory(t failer) *crm.Book {
	t.Helper()
	return open(t, memstore.New(nil), nil)
}

// engines are the stores on which the tests of whole stories run.
var engines = []struct {
	name string
	open func(t *testing.T) store.Store
}{
	{"memory", func(*testing.T) store.Store { return memstore.New(nil) }},
	{"chaos", func(*testing.T) store.Store { return memstore.New(&memstore.Options{Chaos: 7}) }},
	{"bolt", func(t *testing.T) store.Store {
		st, err := boltstore.Open(filepath.Join(t.TempDir(), "shop.db"), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { st.Close() })
		return st
	}},
}

func gbp(pence int64) crm.Money { return crm.Money{Amount: pence, Currency: "GBP"} }
func eur(cents int64) crm.Money { return crm.Money{Amount: cents, Currency: "EUR"} }

func ref(id string) crm.Ref { return crm.Ref{Source: "shop", ID: id} }

// goods is an order of the day for some units of one product.
func goods(customer crm.CustomerID, id string, at time.Time, sku string, units int64, price crm.Money) crm.Order {
	return crm.Order{
		ID: crm.OrderID(id), CustomerID: customer, OccurredAt: at, Currency: price.Currency,
		Items: []crm.Item{{SKU: sku, Quantity: units, Price: price}},
	}
}

// The following record something that must succeed.

func putCustomer(t failer, book *crm.Book, c crm.Customer) *crm.Customer {
	t.Helper()
	stored, err := book.Customers.Record(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func putProduct(t failer, book *crm.Book, p crm.Product) *crm.Product {
	t.Helper()
	stored, err := book.Products.Record(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func putOrder(t failer, book *crm.Book, o crm.Order) *crm.Order {
	t.Helper()
	stored, err := book.Orders.Record(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func putRefund(t failer, book *crm.Book, r crm.Refund) *crm.Refund {
	t.Helper()
	stored, err := book.Refunds.Record(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// all gathers what a list yields.
func all[T any](t failer, list iter.Seq2[*T, error]) []*T {
	t.Helper()
	var items []*T
	for v, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, v)
	}
	return items
}

func head(t failer, book *crm.Book) store.Cursor {
	t.Helper()
	c, err := book.Events.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// since returns the events after a cursor.
func since(t failer, book *crm.Book, after store.Cursor) []*crm.Event {
	t.Helper()
	return all(t, book.Events.List(t.Context(), after))
}

func kinds(events []*crm.Event) []crm.EventKind {
	var list []crm.EventKind
	for _, e := range events {
		list = append(list, e.Kind)
	}
	return list
}

// contents is everything that a book holds.
type contents struct {
	Customers  []*crm.Customer
	Products   []*crm.Product
	Orders     []*crm.Order
	Refunds    []*crm.Refund
	Aggregates map[crm.CustomerID]*crm.Aggregates
}

func read(t failer, book *crm.Book) contents {
	t.Helper()
	ctx := t.Context()
	c := contents{
		Customers:  all(t, book.Customers.List(ctx, crm.CustomerQuery{})),
		Products:   all(t, book.Products.List(ctx, crm.ProductQuery{})),
		Orders:     all(t, book.Orders.List(ctx, crm.OrderQuery{})),
		Refunds:    all(t, book.Refunds.List(ctx, crm.RefundQuery{})),
		Aggregates: map[crm.CustomerID]*crm.Aggregates{},
	}
	for _, v := range c.Customers {
		a, err := book.Customers.Aggregates(ctx, v.ID)
		if err != nil {
			t.Fatal(err)
		}
		c.Aggregates[v.ID] = a
	}
	return c
}

// facts leaves out where in the feed an event stands.
var facts = cmpopts.IgnoreFields(crm.Event{}, "Cursor")

// written leaves out when a record was written.
var written = cmp.Options{
	cmpopts.IgnoreFields(crm.Customer{}, "CreatedAt", "UpdatedAt"),
	cmpopts.IgnoreFields(crm.Product{}, "CreatedAt", "UpdatedAt"),
	cmpopts.IgnoreFields(crm.Order{}, "CreatedAt", "UpdatedAt"),
	cmpopts.IgnoreFields(crm.Refund{}, "CreatedAt", "UpdatedAt"),
}

package quality_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// today is what the clock of a fixture's book says.
var today = time.Date(2025, 6, 15, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, st store.Store) *crm.Book {
	t.Helper()
	book, err := crm.New(st, &crm.Options{Now: func() time.Time { return today }})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func memory(t testing.TB) *crm.Book {
	t.Helper()
	return open(t, memstore.New(nil))
}

// sound is a customer of whom everything is known, and right.
func sound(n int) crm.Customer {
	return crm.Customer{
		ID:        crm.CustomerID(fmt.Sprintf("c%02d", n)),
		Refs:      []crm.Ref{{Source: "shop", ID: fmt.Sprint(n)}},
		GivenName: "Ada", FamilyName: "Lovelace",
		Email: fmt.Sprintf("ada%d@shop.test", n), Phone: fmt.Sprintf("020 7946 %04d", n),
		Locale: "en-GB", TimeZone: "Europe/London", Birthday: "1990-05-17",
		Addresses: []crm.Address{{Line1: "1 High Street", City: "London", Postcode: "SW1A 1AA", Country: "GB"}},
	}
}

// put records customer n, sound but for what f changes.
func put(t testing.TB, book *crm.Book, n int, f func(*crm.Customer)) crm.CustomerID {
	t.Helper()
	c := sound(n)
	if f != nil {
		f(&c)
	}
	stored, err := book.Customers.Record(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return stored.ID
}

// do is for what must succeed.
func do[T any](t testing.TB, f func(context.Context) (T, error)) T {
	t.Helper()
	v, err := f(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

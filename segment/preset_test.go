package segment_test

import (
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// Every preset has members in the demo shop, and is not all of it.
func TestPresets(t *testing.T) {
	demo := crmtest.Shop(1000, 1)
	_, end := demo.Period()
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR", Now: func() time.Time { return end }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if _, err := book.Import(ctx, demo.All(), nil); err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	everybody, err := book.Customers.Count(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range segment.Presets() {
		t.Run(string(s.ID), func(t *testing.T) {
			if _, err := c.Create(ctx, s); err != nil {
				t.Fatal(err)
			}
			n, err := c.Count(ctx, s.ID)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 || n == everybody {
				t.Errorf("%d of %d customers: %s", n, everybody, s.Rule)
			}
			t.Logf("%d of %d customers: %s", n, everybody, s.Rule)
		})
	}
}

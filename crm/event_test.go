package crm_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

func TestEvents(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			book := open(t, e.open(t), nil)
			ctx := t.Context()
			if list := since(t, book, store.Cursor{}); list != nil {
				t.Errorf("a new book has events %v", kinds(list))
			}
			start := head(t, book)
			waited := make(chan error, 1)
			go func() { waited <- book.Events.Wait(ctx, start) }()
			putCustomer(t, book, crm.Customer{ID: "ada"})
			if err := <-waited; err != nil {
				t.Errorf("Wait: %v", err)
			}
			putOrder(t, book, crm.Order{ID: "1", CustomerID: "ada", OccurredAt: day(1)})
			putOrder(t, book, crm.Order{ID: "1", CustomerID: "ada", OccurredAt: day(1), Total: gbp(5)})
			want := []*crm.Event{
				{Kind: crm.CustomerCreated, CustomerID: "ada", OccurredAt: today, CreatedAt: today},
				{Kind: crm.OrderRecorded, CustomerID: "ada", OrderID: "1", OccurredAt: day(1), CreatedAt: today},
				{Kind: crm.OrderUpdated, CustomerID: "ada", OrderID: "1", OccurredAt: today, CreatedAt: today, Changes: []crm.Change{
					{Field: "adjustment"}, {Field: "total"}, {Field: "base_total"},
				}},
			}
			got := since(t, book, start)
			if diff := cmp.Diff(want, got, facts); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			// It goes on from any event, and from its cursor as text.
			for i, ev := range got {
				text, err := ev.Cursor.MarshalText()
				if err != nil {
					t.Fatal(err)
				}
				cursor, err := store.ParseCursor(string(text))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want[i+1:], append([]*crm.Event{}, since(t, book, cursor)...), facts); diff != "" {
					t.Errorf("after event %d (-want +got):\n%s", i, diff)
				}
			}
			if got[len(got)-1].Cursor != head(t, book) {
				t.Error("the head is not the last event")
			}
		})
	}
}

// TestEventsPassOver writes what else may stand in a feed.
func TestEventsPassOver(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	if err := book.Store().Update(ctx, func(_ context.Context, tx store.Tx) error {
		tx.Emit("someone else's", []byte("anything"))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	putCustomer(t, book, crm.Customer{ID: "ada"})
	if diff := cmp.Diff([]crm.EventKind{crm.CustomerCreated}, kinds(since(t, book, store.Cursor{}))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range book.Events.List(ctx, store.Cursor{}) {
		break // a loop may end early
	}
}

func TestEventsExpired(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	first := head(t, book)
	putCustomer(t, book, crm.Customer{ID: "ben"})
	if _, err := store.Trim(t.Context(), book.Store(), head(t, book)); err != nil {
		t.Fatal(err)
	}
	for name, after := range map[string]store.Cursor{"trimmed": first, "the beginning": {}, "another feed": head(t, memory(t))} {
		var last error
		for _, err := range book.Events.List(t.Context(), after) {
			last = err
		}
		if !errors.Is(last, store.ErrCursorExpired) {
			t.Errorf("%s: got %v, want %v", name, last, store.ErrCursorExpired)
		}
	}
}

func TestEventJSON(t *testing.T) {
	e := crm.Event{Kind: crm.ProductPriceChanged, ProductID: "p", SKU: "cup", Changes: []crm.Change{{Field: "price", From: "1.00 GBP", To: "2.00 GBP"}}, OccurredAt: day(1), CreatedAt: day(2)}
	got, err := json.Marshal(e)
	want := `{"cursor":"","kind":"product.price_changed","product_id":"p","sku":"cup","changes":[{"field":"price","from":"1.00 GBP","to":"2.00 GBP"}],"occurred_at":"2025-01-01T12:00:00Z","created_at":"2025-01-02T12:00:00Z"}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}

package crm_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

func TestEmit(t *testing.T) {
	book := open(t, memstore.New(nil), nil)
	ctx := t.Context()
	start := head(t, book)
	given := crm.Event{
		Kind: "segment.entered", CustomerID: "ada", OrderID: "1", Name: "seg_vip", OccurredAt: day(1),
		Changes: []crm.Change{{Field: "cause", To: "order.recorded"}},
		By:      "whoever", CreatedAt: day(2), // these are the book's to say
	}
	err := book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		if err := tx.Emit(given); err != nil {
			return err
		}
		return tx.Emit(crm.Event{Kind: "replenishment.due", Backfill: true})
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []*crm.Event{
		{Kind: "segment.entered", CustomerID: "ada", OrderID: "1", Name: "seg_vip", OccurredAt: day(1), CreatedAt: today,
			Changes: given.Changes},
		{Kind: "replenishment.due", Backfill: true, OccurredAt: today, CreatedAt: today},
	}
	if diff := cmp.Diff(want, since(t, book, start), facts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := book.View(ctx, func(_ context.Context, tx *crm.Tx) error { return tx.Emit(given) }); !errors.Is(err, crm.ErrReadOnly) {
		t.Errorf("in a View = %v, want %v", err, crm.ErrReadOnly)
	}
}

func TestEmitRefuses(t *testing.T) {
	book := open(t, memstore.New(nil), nil)
	start := head(t, book)
	for _, c := range []struct {
		name  string
		event crm.Event
		field string
	}{
		{"without kind", crm.Event{}, "kind"},
		{"one word", crm.Event{Kind: "entered"}, "kind"},
		{"capitals", crm.Event{Kind: "Segment.entered"}, "kind"},
		{"a fact of the book", crm.Event{Kind: "order.recorded"}, "kind"},
		{"what may become one", crm.Event{Kind: "customer.promoted"}, "kind"},
		{"an address for an id", crm.Event{Kind: "a.b", CustomerID: "ada@example.org"}, "customer_id"},
		{"words for a name", crm.Event{Kind: "a.b", Name: "Ada Lovelace"}, "name"},
		{"a long change", crm.Event{Kind: "a.b", Changes: []crm.Change{{Field: "x"}, {Field: "y", To: strings.Repeat("y", 256)}}}, "changes[1].to"},
		{"many changes", crm.Event{Kind: "a.b", Changes: make([]crm.Change, 51)}, "changes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := book.Update(t.Context(), func(_ context.Context, tx *crm.Tx) error { return tx.Emit(c.event) })
			invalid, ok := errors.AsType[*crm.InvalidError](err)
			if !ok {
				t.Fatalf("Emit = %v, want an InvalidError", err)
			}
			if invalid.Fields[0].Field != c.field {
				t.Errorf("Emit names %v, want %s", invalid.Fields, c.field)
			}
			if strings.Contains(err.Error(), "ada@") || strings.Contains(err.Error(), "Lovelace") {
				t.Errorf("Emit tells personal data: %v", err)
			}
		})
	}
	if list := since(t, book, start); list != nil {
		t.Errorf("refused events are in the feed: %v", kinds(list))
	}
}

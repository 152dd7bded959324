package segment_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// holding returns how many records of a store hold a text, in their keys too.
func holding(t *testing.T, st store.Store, text string) int {
	t.Helper()
	n := 0
	err := st.View(t.Context(), func(_ context.Context, r store.Reader) error {
		n = 0
		for kv, err := range r.Scan(store.Range{}) {
			if err != nil {
				return err
			}
			if bytes.Contains(kv.Key, []byte(text)) || bytes.Contains(kv.Value, []byte(text)) {
				n++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Nothing that the catalog keeps has anything of who was erased, columns
// included: also when no catalog runs, and when one runs that has not heard of it.
func TestErase(t *testing.T) {
	const secret = "Lighthouse-keeper"
	st := memstore.New(nil)
	now := noon
	process := func() (*crm.Book, *segment.Catalog) {
		book, err := crm.New(st, &crm.Options{Currency: "GBP", Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		c, err := segment.New(book, nil)
		if err != nil {
			t.Fatal(err)
		}
		return book, c
	}
	book, c := process()
	ctx := t.Context()
	if err := book.Customers.Declare(ctx, crm.Attribute{Name: "work", Type: crm.TypeText}); err != nil {
		t.Fatal(err)
	}
	_, err := book.Customers.Create(ctx, crm.Customer{ID: "ada", Attributes: map[string]crm.Value{"work": crm.Text(secret)}})
	if err != nil {
		t.Fatal(err)
	}
	customers(t, book, "bob")
	id := create(t, c, "Keepers", "attributes.work = '"+secret[:5]+"' OR number_of_orders = 0").ID
	if err := c.Include(ctx, id, "ada"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Tick(ctx, now); err != nil {
		t.Fatal(err)
	}
	if err := segment.Save(ctx, c); err != nil {
		t.Fatal(err)
	}
	if n := holding(t, st, secret); n != 2 {
		t.Fatalf("%d records hold what ada works as, want the customer and the columns", n)
	}

	if !segment.Knows(c, "attributes.work", secret) {
		t.Error("the columns do not know what ada works as")
	}
	other, _ := process()
	if _, err := other.Privacy.Erase(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	if n := holding(t, st, secret); n != 0 {
		t.Errorf("%d records hold what ada worked as after the erasure", n)
	}
	if err := segment.Save(ctx, c); err == nil { // which has her in its columns
		t.Error("columns are saved in which somebody is who was erased")
	}
	if n := holding(t, st, secret); n != 0 {
		t.Errorf("%d records hold what ada worked as after columns were saved", n)
	}
	now = now.Add(time.Hour)
	if _, err := c.Tick(ctx, now); err != nil {
		t.Fatal(err)
	}
	if segment.Knows(c, "attributes.work", secret) {
		t.Error("the columns know what ada worked as")
	}
	if err := segment.Save(ctx, c); err != nil {
		t.Fatal(err)
	}
	if n := holding(t, st, secret); n != 0 {
		t.Errorf("%d records hold what ada worked as in the end", n)
	}
}

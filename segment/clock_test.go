package segment_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A process whose clock is behind goes on where another one ended: nobody is told
// twice, and who comes and goes stays in that order.
func TestTickByOtherClocks(t *testing.T) {
	st := memstore.New(nil)
	clk, late := &clock{at: noon.Add(time.Hour)}, &clock{at: noon}
	ctx := t.Context()
	opened := func(clk *clock) (*crm.Book, *segment.Catalog) {
		book, err := crm.New(st, &crm.Options{Currency: "GBP", Now: clk.now})
		if err != nil {
			t.Fatal(err)
		}
		c, err := segment.New(book, nil)
		if err != nil {
			t.Fatal(err)
		}
		return book, c
	}
	book, first := opened(clk)
	_, other := opened(late)
	customers(t, book, "ada", "bob")
	vip := create(t, first, "VIP", "amount_spent > 500").ID
	tick(t, clk, first, 0)
	tick(t, late, other, 0) // what was written is of an hour later
	tick(t, clk, first, 0)
	buy(t, book, "ada", 0, 600)
	tick(t, clk, first, 1)
	tick(t, late, other, 0)
	o, err := book.Orders.Record(ctx, crm.Order{Ref: crm.Ref{Source: "shop", ID: "1"}, CustomerID: "bob", OccurredAt: noon, Total: crm.Money{Amount: 60000, Currency: "GBP"}})
	if err != nil {
		t.Fatal(err)
	}
	tick(t, clk, first, 1)
	o.State = crm.StateCanceled
	if _, err := book.Orders.Record(ctx, *o); err != nil {
		t.Fatal(err)
	}
	tick(t, late, other, 1)
	var kinds []crm.EventKind
	list, _ := passages(t, book, store.Cursor{})
	for _, p := range list {
		kinds = append(kinds, p.Kind)
	}
	if diff := cmp.Diff([]crm.EventKind{segment.Entered, segment.Entered, segment.Left}, kinds); diff != "" {
		t.Errorf("passages (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]crm.CustomerID{"ada"}, was(t, first, vip, noon.Add(2*time.Hour))); diff != "" {
		t.Errorf("MembersAt (-want +got):\n%s", diff)
	}

	// A new rule is written after what was told of the old one.
	if _, err := other.Update(ctx, vip, func(s *segment.Segment) error { s.Rule = segment.MustParse("amount_spent > 5000"); return nil }); err != nil {
		t.Fatal(err)
	}
	tick(t, late, other, 0)
	tick(t, clk, first, 0)
	if list := was(t, first, vip, noon.Add(2*time.Hour)); list != nil {
		t.Errorf("MembersAt = %v, want nobody by the new rule", list)
	}
}

// They come back by time alone when the clock is set back.
func TestRunSeesClocksSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clk := &jumping{}
		book, c := catalogOf(t, memstore.New(nil), clk, nil)
		ctx := t.Context()
		customers(t, book, "ada")
		days := create(t, c, "days", "orders MATCHES (date >= -30d)").ID
		if _, err := book.Orders.Record(ctx, crm.Order{CustomerID: "ada", OccurredAt: clk.now(), Total: crm.Money{Amount: 1, Currency: "GBP"}}); err != nil {
			t.Fatal(err)
		}
		running(t, c)
		time.Sleep(time.Hour)
		for range 2 {
			clk.jump(31 * 24 * time.Hour)
			time.Sleep(time.Second)
			clk.jump(-31 * 24 * time.Hour)
			time.Sleep(2 * time.Second)
		}
		var kinds []crm.EventKind
		list, _ := passages(t, book, store.Cursor{})
		for _, p := range list {
			kinds = append(kinds, p.Kind)
		}
		if diff := cmp.Diff([]crm.EventKind{segment.Left, segment.Entered, segment.Left, segment.Entered}, kinds); diff != "" {
			t.Errorf("passages (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]crm.CustomerID{"ada"}, was(t, c, days, clk.now().AddDate(1, 0, 0))); diff != "" {
			t.Errorf("MembersAt (-want +got):\n%s", diff)
		}
	})
}

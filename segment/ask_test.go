package segment_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

// buy records a sale of some pounds, days before noon.
func buy(t *testing.T, book *crm.Book, customer crm.CustomerID, days int, pounds int64) {
	t.Helper()
	_, err := book.Orders.Record(t.Context(), crm.Order{
		CustomerID: customer, OccurredAt: noon.AddDate(0, 0, -days), Total: crm.Money{Amount: 100 * pounds, Currency: "GBP"},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func all(t *testing.T, seq iter.Seq2[crm.CustomerID, error]) []crm.CustomerID {
	t.Helper()
	var list []crm.CustomerID
	for id, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, id)
	}
	return list
}

func TestMembers(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada", "bob", "cyd", "dee")
	vip := create(t, c, "VIP", "amount_spent > 500").ID
	recent := create(t, c, "Recent", "orders MATCHES (date >= -30d)").ID
	both := create(t, c, "Recent VIP", "segments CONTAINS 'VIP' AND segments CONTAINS 'Recent'").ID
	expect := func(id segment.ID, want ...crm.CustomerID) {
		t.Helper()
		if diff := cmp.Diff(want, all(t, c.Members(ctx, id))); diff != "" {
			t.Errorf("Members (-want +got):\n%s", diff)
		}
		if n, err := c.Count(ctx, id); err != nil || n != len(want) {
			t.Errorf("Count = %d, %v, want %d", n, err, len(want))
		}
		in := map[crm.CustomerID]bool{}
		for _, id := range want {
			in[id] = true
		}
		for _, customer := range []crm.CustomerID{"ada", "bob", "cyd", "dee", "nobody"} {
			if got, err := c.Has(ctx, id, customer); err != nil || got != in[customer] {
				t.Errorf("Has(%s) = %v, %v, want %v", customer, got, err, in[customer])
			}
		}
	}
	expect(vip)
	buy(t, book, "bob", 100, 600)
	buy(t, book, "ada", 10, 501)
	buy(t, book, "cyd", 10, 500)
	expect(vip, "ada", "bob")
	expect(recent, "ada", "cyd")
	expect(both, "ada")

	matrix, err := c.Overlap(ctx, vip, recent, both)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]int{{2, 1, 1}, {1, 2, 1}, {1, 1, 1}}, matrix); diff != "" {
		t.Errorf("Overlap (-want +got):\n%s", diff)
	}
	var in []string
	list, err := c.Of(ctx, "ada")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		in = append(in, s.Name)
	}
	if diff := cmp.Diff([]string{"Recent", "Recent VIP", "VIP"}, in); diff != "" {
		t.Errorf("Of (-want +got):\n%s", diff)
	}

	// Who was merged is in what the whole is in, by either id.
	if _, err := book.Customers.Merge(ctx, "cyd", "bob"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]crm.CustomerID{"ada", "bob"}, all(t, c.Members(ctx, both))); diff != "" {
		t.Errorf("Members of a whole (-want +got):\n%s", diff)
	}
	if in, err := c.Has(ctx, both, "cyd"); err != nil || !in {
		t.Errorf("Has by the id that was merged = %v, %v, want true", in, err)
	}
	if _, err := book.Customers.Unmerge(ctx, "cyd"); err != nil {
		t.Fatal(err)
	}
	expect(both, "ada")
	if _, err := book.Privacy.Erase(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	expect(vip, "bob")

	if _, err := c.Count(ctx, "none"); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("Count = %v, want %v", err, crm.ErrNotFound)
	}
	err = book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		_, err := c.In(tx).Count(ctx, vip)
		return err
	})
	if !errors.Is(err, crm.ErrNested) {
		t.Errorf("Count in a transaction = %v, want %v", err, crm.ErrNested)
	}
}

func TestPreview(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	var ids []crm.CustomerID
	for i := range 1000 {
		ids = append(ids, crm.CustomerID(fmt.Sprintf("c%03d", i)))
	}
	customers(t, book, ids...)
	p, err := c.Preview(ctx, segment.MustParse("number_of_orders = 0"), 4)
	if err != nil {
		t.Fatal(err)
	}
	want := &segment.Preview{Count: 1000, Sample: []crm.CustomerID{"c000", "c250", "c500", "c750"}, At: noon}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("Preview (-want +got):\n%s", diff)
	}
	if p, err := c.Preview(ctx, segment.MustParse("number_of_orders > 0"), 4); err != nil || p.Count != 0 || p.Sample != nil {
		t.Errorf("Preview = %v, %v, want nobody", p, err)
	}
	if p, err := c.Preview(ctx, segment.MustParse("customer_id IN ('c007', 'c008')"), 4); err != nil || p.Count != 2 || len(p.Sample) != 2 {
		t.Errorf("Preview = %v, %v, want two", p, err)
	}
	for _, text := range []string{"attributes.size > 4", "segments CONTAINS 'none'", "amount_spent > 5 EUR"} {
		if _, err := c.Preview(ctx, segment.MustParse(text), 4); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("Preview of %s = %v, want %v", text, err, crm.ErrInvalid)
		}
		for _, err := range c.Select(ctx, segment.MustParse(text)) {
			if !errors.Is(err, crm.ErrInvalid) {
				t.Errorf("Select of %s = %v, want %v", text, err, crm.ErrInvalid)
			}
		}
	}
	if n := len(all(t, c.Select(ctx, segment.MustParse("bucket('x') < 30")))); n < 250 || n > 350 {
		t.Errorf("30 %% of 1,000 are %d", n)
	}
	if got := all(t, c.Select(ctx, segment.MustParse("customer_added_date >= today"))); len(got) != 1000 {
		t.Errorf("added today are %d, want all", len(got))
	}
}

// Of a property that is a number here and an amount there, numbers add up.
func TestPropertyOfSeveralTypes(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada", "bob")
	tip := func(id crm.CustomerID, days int, v crm.Value) {
		t.Helper()
		_, err := book.Interactions.Record(ctx, crm.Interaction{CustomerID: id, Kind: "tip_given", OccurredAt: noon.AddDate(0, 0, -days), Properties: map[string]crm.Value{"tip": v}})
		if err != nil {
			t.Fatal(err)
		}
	}
	gbp := func(pounds int64) crm.Value { return crm.Amount(crm.Money{Amount: 100 * pounds, Currency: "GBP"}) }
	expect := func(text string, want ...crm.CustomerID) {
		t.Helper()
		if diff := cmp.Diff(want, all(t, c.Select(ctx, segment.MustParse(text)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	tip("bob", 4, gbp(7))
	expect("sum(interactions.properties.tip) = 7", "bob")
	tip("ada", 3, gbp(3))
	tip("ada", 2, crm.Number(2))
	tip("ada", 1, crm.Text("much"))
	for _, f := range []string{"sum", "average", "min", "max"} {
		expect(f+"(interactions.properties.tip) = 2", "ada")
	}
	expect("sum(interactions.properties.tip) = 0", "bob")
	expect("max(interactions.properties.tip) IS NULL", "bob")
	expect("first(interactions.properties.tip) = 3", "ada")
	expect("last(interactions.properties.tip) = 'much' OR last(interactions.properties.tip) = 7", "ada", "bob")
	expect("distinct(interactions.properties.tip) = 3", "ada")
}

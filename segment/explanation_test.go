package segment_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

func TestExplain(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada", "bob")
	buy(t, book, "ada", 10, 400)
	buy(t, book, "ada", 40, 200)
	vip := create(t, c, "VIP", "amount_spent > 500").ID
	got, err := c.Explain(ctx, segment.MustParse("count(orders MATCHES (date >= -30d)) >= 2 OR segments CONTAINS 'VIP'"), "ada")
	if err != nil {
		t.Fatal(err)
	}
	want := &segment.Explanation{
		Rule: "count(orders MATCHES (date >= -30d)) >= 2 OR segments CONTAINS 'VIP'", Holds: true,
		Parts: []*segment.Explanation{
			{Rule: "count(orders MATCHES (date >= -30d)) >= 2", Value: crm.Number(1), Facts: 1},
			{Rule: "segments CONTAINS 'VIP'", Holds: true, Parts: []*segment.Explanation{
				{Rule: "amount_spent > 500", Holds: true, Value: crm.Amount(crm.Money{Amount: 60000, Currency: "GBP"}), Segment: "VIP"},
			}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Explain (-want +got):\n%s", diff)
	}
	got, err = c.Explain(ctx, segment.MustParse("orders MATCHES (date >= -30d)"), "ada")
	if err != nil {
		t.Fatal(err)
	}
	want = &segment.Explanation{
		Rule: "orders MATCHES (date >= -30d)", Holds: true, Facts: 1, Until: time.Date(2025, 7, 6, 0, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Explain (-want +got):\n%s", diff)
	}

	if err := c.Exclude(ctx, vip, "ada"); err != nil {
		t.Fatal(err)
	}
	why, err := c.Why(ctx, vip, "ada")
	if err != nil {
		t.Fatal(err)
	}
	want = &segment.Explanation{
		Rule: "(amount_spent > 500 OR included by hand) AND NOT excluded by hand",
		Parts: []*segment.Explanation{
			{Rule: "amount_spent > 500 OR included by hand", Holds: true, Parts: []*segment.Explanation{
				{Rule: "amount_spent > 500", Holds: true, Value: crm.Amount(crm.Money{Amount: 60000, Currency: "GBP"})},
				{Rule: "included by hand"},
			}},
			{Rule: "NOT excluded by hand", Parts: []*segment.Explanation{{Rule: "excluded by hand", Holds: true}}},
		},
	}
	if diff := cmp.Diff(want, why); diff != "" {
		t.Errorf("Why (-want +got):\n%s", diff)
	}
	if _, err := c.Why(ctx, vip, "nobody"); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("Why of nobody = %v, want %v", err, crm.ErrNotFound)
	}
	if _, err := c.Explain(ctx, segment.MustParse("segments CONTAINS 'none'"), "ada"); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("Explain = %v, want %v", err, crm.ErrInvalid)
	}
}

// What is beyond all numbers and times can be written down.
func TestExplainBeyond(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada")
	buy(t, book, "ada", 10, 400)
	for range 2 {
		_, err := book.Interactions.Record(ctx, crm.Interaction{CustomerID: "ada", Kind: "tip_given", OccurredAt: noon, Properties: map[string]crm.Value{"tip": crm.Number(math.MaxFloat64)}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"sum(interactions.properties.tip) > 1", "days_since(last_order_date) < 999999999"} {
		x, err := c.Explain(ctx, segment.MustParse(text), "ada")
		if err != nil {
			t.Fatal(err)
		}
		if data, err := json.Marshal(x); err != nil || !x.Holds {
			t.Errorf("%s: %s, %v", text, data, err)
		}
	}
	for row, err := range c.Table(ctx, segment.All(), segment.Interactions().Sum("properties.tip")) {
		if err != nil {
			t.Fatal(err)
		}
		if data, err := json.Marshal(row); err != nil {
			t.Errorf("%s, %v", data, err)
		}
	}
}

// An audience is what other rooms declare in words of the book.
type audience interface {
	Has(ctx context.Context, customer crm.CustomerID) (bool, error)
}

func TestAudience(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada", "bob")
	buy(t, book, "ada", 1, 600)
	vip := create(t, c, "VIP", "amount_spent > 500").ID
	create(t, c, "Everybody", "EVERYONE")
	a := c.Audience(vip)
	if diff := cmp.Diff([]crm.CustomerID{"ada"}, all(t, a.Members(ctx))); diff != "" {
		t.Errorf("Members (-want +got):\n%s", diff)
	}
	if in, err := audience(a).Has(ctx, "bob"); err != nil || in {
		t.Errorf("Has = %v, %v, want false", in, err)
	}
	traits, err := book.Traits.Get(ctx, "ada")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, v := range traits {
		got[v.Path()] = v.Value.Words()
	}
	if diff := cmp.Diff([]string{"Everybody", "VIP"}, got["segment.names"]); diff != "" {
		t.Errorf("traits (-want +got):\n%s", diff)
	}
}

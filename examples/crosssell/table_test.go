package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// TestTaken makes sure that what came back whole is no line of the table, as far as that
// was known when the models that are tested were made.
func TestTaken(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	cut := now.AddDate(0, 0, -30)
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []struct {
		id   crm.OrderID
		days int // ago
		back map[string]int64
		on   int // how many days ago that was
	}{
		{"kept", 50, nil, 0},
		{"known", 50, map[string]int64{"tea": 2, "mug": 1}, 40},
		{"unknown", 50, map[string]int64{"tea": 2}, 10},
		{"foreseen", 20, map[string]int64{"mug": 2}, 10},
	} {
		order := crm.Order{ID: o.id, OccurredAt: now.AddDate(0, 0, -o.days), Currency: "EUR"}
		refund := crm.Refund{OrderID: o.id, OccurredAt: now.AddDate(0, 0, -o.on), Currency: "EUR"}
		for _, sku := range []string{"mug", "tea"} {
			price := crm.Money{Amount: 500, Currency: "EUR"}
			order.Items = append(order.Items, crm.Item{SKU: sku, Quantity: 2, Price: price})
			if n := o.back[sku]; n > 0 {
				refund.Lines = append(refund.Lines, crm.RefundLine{SKU: sku, Quantity: n, Amount: crm.Money{Amount: 500 * n, Currency: "EUR"}})
			}
		}
		if _, err := book.Orders.Record(t.Context(), order); err != nil {
			t.Fatal(err)
		}
		if len(refund.Lines) > 0 {
			if _, err := book.Refunds.Record(t.Context(), refund); err != nil {
				t.Fatal(err)
			}
		}
	}
	rows, err := taken(t.Context(), book, now, cut)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, r := range rows {
		got[r.Time.Format("01-02 ")+r.Product]++
	}
	// Fifty days ago: both kept, one mug of two, both as nothing was known; then the tea.
	want := map[string]int{"01-11 mug": 3, "01-11 tea": 2, "02-10 tea": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

package intake_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/intake"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// What was sold, looked at and sent back before the catalog had it is the
// product's once it has, and only as long as it has.
func TestCatalogComesLater(t *testing.T) {
	book := shop(t)
	ctx := t.Context()
	k := scan(t, book)
	told := func(what string, want ...string) {
		t.Helper()
		fine(t, k.Apply(ctx, nil, since(t, book, k.Cursor())))
		if diff := cmp.Diff(want, tell(k, "ada")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", what, diff)
		}
		if bytesOf(k) != bytesOf(scan(t, book)) {
			t.Errorf("%s: a scan has something else", what)
		}
		var kept, read []ledger.Basket
		k.Read(func(l *ledger.Ledger, _ *goods.Goods) { kept = l.Baskets("ada", ledger.Bought) })
		fine(t, book.View(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
			read, err = intake.Bought(ctx, tx, "ada", options.Location)
			return err
		}))
		if diff := cmp.Diff(kept, read); diff != "" {
			t.Errorf("%s: in a transaction (-kept +read)\n%s", what, diff)
		}
	}
	record := func(o crm.Order) {
		t.Helper()
		_, err := book.Orders.Record(ctx, o)
		fine(t, err)
	}
	record(crm.Order{ID: "o1", CustomerID: "ada", OccurredAt: day(2), Items: []crm.Item{item("new", 3), item("s0", 1)}})
	_, err := book.Interactions.Record(ctx, crm.Interaction{CustomerID: "ada", Kind: crm.KindViewItem, SKU: "new", OccurredAt: day(1)})
	fine(t, err)
	told("before", "2: 1 sku new", "0: 1 p0 3 sku new")

	variant := []crm.Variant{{SKU: "new"}}
	_, err = book.Products.Create(ctx, crm.Product{ID: "p9", Title: "Pot", Variants: variant})
	fine(t, err)
	told("the catalog has it", "2: 1 p9", "0: 1 p0 3 p9")
	k.Read(func(l *ledger.Ledger, _ *goods.Goods) {
		if log := l.Log(ledger.Bought, []string{"p0", "p9"}); !cmp.Equal(log.Quantity, []int32{1, 3}) || k.Pairs().Of("p9") != 1 {
			t.Errorf("the log has %v, the pairs %d", log.Quantity, k.Pairs().Of("p9"))
		}
	})
	record(crm.Order{ID: "o2", CustomerID: "ada", OccurredAt: day(3), Items: []crm.Item{item("new", 2), item("s1", 1)}})
	_, err = book.Refunds.Record(ctx, crm.Refund{CustomerID: "ada", OccurredAt: day(4), Lines: []crm.RefundLine{{SKU: "new", Quantity: 4, Amount: eur(1)}}})
	fine(t, err)
	told("sent back, of both orders", "2: 1 p9", "0: 1 p0 1 p9", "0: 1 p1")

	give := func(id crm.ProductID, v []crm.Variant) {
		t.Helper()
		_, err := book.Products.Update(ctx, id, func(p *crm.Product) error {
			p.Variants = v
			return nil
		})
		fine(t, err)
	}
	give("p9", nil)
	told("it has it no more", "2: 1 sku new", "0: 1 p0 1 sku new", "0: 1 p1")
	give("p2", variant)
	told("another product has it", "2: 1 p2", "0: 1 p0 1 p2", "0: 1 p1")
}

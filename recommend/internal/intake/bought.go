package intake

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Bought returns what a customer bought as tx sees it, in the order of time: what a
// Keeper holds of them once it has read what tx wrote. loc is the shop's, nil UTC.
func Bought(ctx context.Context, tx *crm.Tx, id crm.CustomerID, loc *time.Location) ([]ledger.Basket, error) {
	if loc == nil {
		loc = time.UTC
	}
	days, l := calendar{loc}, ledger.New()
	put := func(b ledger.Basket) {
		b.Customer = string(id)
		l.Put(b)
	}
	for o, err := range tx.Orders.List(ctx, crm.OrderQuery{CustomerID: id}) {
		if err != nil {
			return nil, err
		}
		if b, ok := days.basketOf(o); ok && !gift(o) {
			put(b)
		}
	}
	for r, err := range tx.Refunds.List(ctx, crm.RefundQuery{CustomerID: id}) {
		if err != nil {
			return nil, err
		}
		b, ok, err := days.returnOf(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		if ok {
			put(b)
		}
	}
	var err error
	l.Call(func(key string) string {
		if sku, ok := strings.CutPrefix(key, skuPrefix); ok && err == nil {
			var p *crm.Product
			if p, err = tx.Products.BySKU(ctx, sku); err == nil {
				return string(p.ID)
			}
			if errors.Is(err, crm.ErrNotFound) {
				err = nil
			}
		}
		return ""
	})
	return l.Baskets(string(id), ledger.Bought), err
}

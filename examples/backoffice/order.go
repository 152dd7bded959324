package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A receipt is what the page of an order shows.
type receipt struct {
	*crm.Order
	Customer *crm.Customer // nil when nobody knows
	Lines    []*line
	Refunds  []*crm.Refund
}

// A line is an item with what it is called.
type line struct {
	crm.Item
	Name string
	Path string // of the page of the product, "" for none
}

// order shows an order, what became of it, and what was given back.
func (o *office) order(r *http.Request) (*page, error) {
	v := &receipt{}
	err := o.book.View(r.Context(), func(ctx context.Context, tx *crm.Tx) (err error) {
		*v = receipt{}
		if v.Order, err = tx.Orders.Get(ctx, crm.OrderID(r.PathValue("id"))); err != nil {
			return err
		}
		if v.CustomerID != "" {
			c, err := tx.Customers.Get(ctx, v.CustomerID)
			if err != nil && !errors.Is(err, crm.ErrNotFound) {
				return err
			}
			if err == nil && c.ErasedAt.IsZero() {
				v.Customer = c
			}
		}
		t, n := newTeller(tx), o.narrator(tx, "")
		for _, i := range v.Items {
			title, err := t.title(ctx, i.SKU)
			if err != nil {
				return err
			}
			l := &line{Item: i, Name: firstOf(i.Title, title, capital(words(i.Kind)), "Something")}
			if p, err := n.product(ctx, i.ProductID); err != nil {
				return err
			} else if p != nil {
				l.Path = productPath(p.ID)
			}
			v.Lines = append(v.Lines, l)
		}
		for f, err := range tx.Refunds.List(ctx, crm.RefundQuery{OrderID: v.ID, Limit: 100}) {
			if err != nil {
				return err
			}
			v.Refunds = append(v.Refunds, f)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &page{name: "order", Title: "Order " + orderName(v.Order), Here: "customers", Data: v}, nil
}

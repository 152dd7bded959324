package intake

import (
	"context"
	"fmt"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// Person returns all that rules may ask of the person whom an id is of, as tx
// sees it: of a customer, or of whom a visitor was identified as. It returns
// [crm.ErrNotFound] for an id of nobody, and [crm.ErrErased].
func Person(ctx context.Context, tx *crm.Tx, id crm.CustomerID) (*column.Person, error) {
	v, err := customer(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	return read(ctx, tx, v)
}

// customer returns the record of the whole whom an id is of.
func customer(ctx context.Context, tx *crm.Tx, id crm.CustomerID) (*crm.Customer, error) {
	v, err := tx.Customers.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !v.ErasedAt.IsZero() {
		return nil, fmt.Errorf("customer %s: %w", v.ID, crm.ErrErased)
	}
	return v, nil
}

// read returns the person with the record of the whole.
func read(ctx context.Context, tx *crm.Tx, v *crm.Customer) (*column.Person, error) {
	known, err := valuesOf(ctx, tx, v)
	if err != nil {
		return nil, err
	}
	p := &column.Person{ID: string(v.ID), Values: known}
	base := tx.Book().Currency()
	for o, err := range tx.Orders.List(ctx, crm.OrderQuery{CustomerID: v.ID}) {
		if err != nil {
			return nil, err
		}
		if order, ok := orderOf(o, base); ok {
			p.Orders = append(p.Orders, order)
		}
	}
	for r, err := range tx.Refunds.List(ctx, crm.RefundQuery{CustomerID: v.ID}) {
		if err != nil {
			return nil, err
		}
		refund, ok, err := counted(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		if ok {
			p.Refunds = append(p.Refunds, refund)
		}
	}
	for i, err := range tx.Interactions.List(ctx, crm.InteractionQuery{CustomerID: v.ID}) {
		if err != nil {
			return nil, err
		}
		p.Interactions = append(p.Interactions, interactionOf(tx.Book(), i))
	}
	return p, nil
}

// counted returns what counts of a refund; false when nothing does.
func counted(ctx context.Context, tx *crm.Tx, r *crm.Refund) (column.Refund, bool, error) {
	amount, base, err := tx.Refunds.Counted(ctx, r)
	if err != nil {
		return column.Refund{}, false, err
	}
	refund, ok := refundOf(r, amount, base)
	return refund, ok, nil
}

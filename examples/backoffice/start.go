package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A start is what the first page shows.
type start struct {
	Sum    *sum // nil while it is being added up
	Active []*activity
}

// An activity is the last thing that somebody did.
type activity struct {
	Customer *crm.Customer
	*moment
}

// start shows how the shop stands.
func (o *office) start(r *http.Request) (*page, error) {
	var list []*activity
	err := o.book.View(r.Context(), func(ctx context.Context, tx *crm.Tx) (err error) {
		list, err = o.active(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &page{name: "start", Title: "The shop today", Here: "start", Data: start{o.figures.sum.Load(), list}}, nil
}

// active returns who did something of late, whoever did last first. It looks
// at a few hundred things, so that visitors without a name do not fill it.
func (o *office) active(ctx context.Context, tx *crm.Tx) ([]*activity, error) {
	things, err := tx.Interactions.Page(ctx, crm.InteractionQuery{Newest: true, Limit: 300})
	if err != nil {
		return nil, err
	}
	orders, err := tx.Orders.Page(ctx, crm.OrderQuery{Newest: true, Limit: 50})
	if err != nil {
		return nil, err
	}
	var list []*activity
	seen := map[crm.CustomerID]bool{}
	teller := newTeller(tx)
	for len(list) < best && len(things.Items)+len(orders.Items) > 0 {
		var e crm.Entry
		var id crm.CustomerID
		if len(things.Items) == 0 || len(orders.Items) > 0 && !orders.Items[0].OccurredAt.Before(things.Items[0].OccurredAt) {
			v := orders.Items[0]
			orders.Items = orders.Items[1:]
			id, e = v.CustomerID, crm.Entry{Kind: crm.EntryOrder, At: v.OccurredAt, Channel: v.Channel, Order: v}
		} else {
			v := things.Items[0]
			things.Items = things.Items[1:]
			id, e = v.CustomerID, crm.Entry{Kind: crm.EntryInteraction, At: v.OccurredAt, Channel: v.Channel, Interaction: v}
		}
		if id == "" || seen[id] {
			continue
		}
		seen[id] = true
		c, err := whose(ctx, tx, id, e.Interaction)
		if err != nil {
			return nil, err
		}
		if c == nil || c.ID != id && seen[c.ID] {
			continue
		}
		seen[c.ID] = true
		m, err := teller.tell(ctx, &e)
		if err != nil {
			return nil, err
		}
		list = append(list, &activity{c, m})
	}
	return list, nil
}

// whose returns the customer under whose id something was recorded, or whose
// device it was by then; nil for a visitor whom nobody knows, and for who was
// erased.
func whose(ctx context.Context, tx *crm.Tx, id crm.CustomerID, i *crm.Interaction) (*crm.Customer, error) {
	c, err := tx.Customers.Get(ctx, id)
	if errors.Is(err, crm.ErrNotFound) && i != nil && i.Device != "" {
		found, look := tx.Identities.Find(ctx, crm.Identity{Kind: crm.IdentityDevice, Value: i.Device})
		if look != nil || len(found) == 0 {
			return nil, look
		}
		c, err = tx.Customers.Get(ctx, found[0])
	}
	if errors.Is(err, crm.ErrNotFound) || c != nil && !c.ErasedAt.IsZero() {
		return nil, nil
	}
	return c, err
}

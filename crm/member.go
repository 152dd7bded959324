package crm

import (
	"context"
	"slices"
)

// Records returns the records of everyone who was merged into one person with
// this one, the survivor's first: what each of them is recorded with, but for
// what was taken from the whole while they are merged. [Customers.Get] returns
// what these make together. One who was never merged has one record. Records
// returns [ErrNotFound] for an id of nobody.
func (c *Customers) Records(ctx context.Context, id CustomerID) ([]*Customer, error) {
	return see(ctx, c.conn, "Customers.Records", "customer", string(id), func(tx *Tx) ([]*Customer, error) {
		links, err := tx.family(id)
		if err != nil {
			return nil, err
		}
		links = slices.DeleteFunc(links, func(l *link) bool { return isVisitor(l.ID) })
		ids := make([]CustomerID, len(links))
		for i, l := range links {
			ids[i] = l.ID
		}
		list, err := many(tx, tx.book.customers, ids)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 || list[0] == nil {
			return nil, ErrNotFound
		}
		hidden := map[CustomerID][]string{}
		for i, l := range links[1:] {
			// What is hidden of a member is hidden of those within it.
			hidden[l.ID] = slices.Concat(l.Hidden, hidden[l.Into])
			if v := list[i+1]; v != nil {
				v.hide(hidden[l.ID])
			}
		}
		return slices.DeleteFunc(list, func(v *Customer) bool { return v == nil }), nil
	})
}

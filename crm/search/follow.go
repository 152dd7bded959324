package search

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// handle takes events into the index: it reads again whom they are about, as the
// feed tells nothing of what people are called.
func (x *Index) handle(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
	u := &updater{tables: x.tables, tx: tx, change: change{tables: x.tables}, done: map[crm.CustomerID]bool{}}
	orders := map[crm.OrderID]bool{}
	for _, e := range batch {
		switch {
		case e.Kind == crm.OrderRecorded || e.Kind == crm.OrderUpdated:
			if orders[e.OrderID] {
				continue
			}
			orders[e.OrderID] = true
			o, err := tx.Orders.Get(ctx, e.OrderID)
			if err != nil && !errors.Is(err, crm.ErrNotFound) {
				return err
			}
			if err == nil {
				u.change.order(o)
			}
		case strings.HasPrefix(string(e.Kind), "customer.") || strings.HasPrefix(string(e.Kind), "identity."):
			for _, id := range []crm.CustomerID{e.CustomerID, e.OtherID} {
				if err := u.refresh(ctx, id); err != nil {
					return err
				}
			}
		}
	}
	return u.change.write(tx.Store())
}

// describe returns what is to be known here of the person whom an id is of, nil
// when that is nobody. It has no number yet.
func describe(ctx context.Context, tx *crm.Tx, id crm.CustomerID) (*person, error) {
	records, err := tx.Customers.Records(ctx, id)
	if errors.Is(err, crm.ErrNotFound) {
		return nil, nil
	}
	if err != nil || !records[0].ErasedAt.IsZero() {
		return nil, err
	}
	ids, err := tx.Identities.List(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &person{Terms: termsOf(records, ids)}
	for _, r := range records {
		p.IDs = append(p.IDs, r.ID)
	}
	return p, nil
}

// An updater brings persons up to date in one transaction.
type updater struct {
	tables *tables
	tx     *crm.Tx
	change change
	done   map[crm.CustomerID]bool
}

// refresh brings the person up to date whom an id is of, and everyone of whom it
// was when that was last written.
func (u *updater) refresh(ctx context.Context, id crm.CustomerID) error {
	if id == "" || u.done[id] {
		return nil
	}
	u.done[id] = true
	now, err := describe(ctx, u.tx, id)
	if err != nil {
		return err
	}
	var rows []*store.Row[person]
	seen := []crm.CustomerID{id}
	if now != nil {
		seen = append(seen, now.IDs...)
	}
	slices.Sort(seen)
	for _, id := range slices.Compact(seen) {
		more, err := u.tables.personsOf(u.tx.Store(), id)
		if err != nil {
			return err
		}
		for _, row := range more {
			if !slices.ContainsFunc(rows, func(r *store.Row[person]) bool { return r.Value.Doc == row.Value.Doc }) {
				rows = append(rows, row)
			}
		}
	}
	var again []crm.CustomerID // who was one with the person, and is not
	for _, row := range rows {
		switch first := row.Value.IDs[0]; {
		case now != nil && first == now.IDs[0]:
		case first == id || now != nil && slices.Contains(now.IDs, first): // gone, or merged into another
			u.change.replace(row.Value, nil)
			if err := u.tables.people.Delete(u.tx.Store(), u.tables.people.Key().Uint(row.Value.Doc)); err != nil {
				return err
			}
			again = append(again, row.Value.IDs...)
		default: // was part of somebody else
			again = append(again, first)
		}
	}
	if err := u.others(ctx, again, now); err != nil {
		return err
	}
	if now == nil {
		return nil
	}
	u.done[now.IDs[0]] = true
	own, err := u.tables.personOf(u.tx.Store(), now.IDs[0])
	if err != nil {
		return err
	}
	var old *person
	if own == nil {
		s, err := u.tables.at(u.tx.Store())
		if err != nil {
			return err
		}
		now.Doc = s.Docs
		s.Docs++
		if err := u.tables.state.Put(u.tx.Store(), s); err != nil {
			return err
		}
	} else {
		before := *own.Value
		old, now.Doc = &before, before.Doc
	}
	u.change.replace(old, now)
	if _, err := u.tables.people.Save(u.tx.Store(), own, now); err != nil {
		return err
	}
	if old == nil {
		return nil
	}
	return u.others(ctx, old.IDs, now)
}

// others refreshes those of some ids who are not one with a person.
func (u *updater) others(ctx context.Context, ids []crm.CustomerID, now *person) error {
	for _, id := range ids {
		if now == nil || !slices.Contains(now.IDs, id) {
			if err := u.refresh(ctx, id); err != nil {
				return err
			}
		}
	}
	return nil
}

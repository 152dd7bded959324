package crm

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// A Profile is a customer at a glance.
type Profile struct {
	Customer   *Customer   `json:"customer"`
	Aggregates *Aggregates `json:"aggregates"`
	Orders     []*Order    `json:"orders,omitzero"` // the latest, newest first, at most 20
}

const profileOrders = 20

// Profile returns a customer with their aggregates and latest orders, of one
// snapshot, or [ErrNotFound].
func (c *Customers) Profile(ctx context.Context, id CustomerID) (*Profile, error) {
	return see(ctx, c.conn, "Customers.Profile", "customer", string(id), func(tx *Tx) (*Profile, error) {
		links, err := tx.family(id)
		if err != nil {
			return nil, err
		}
		_, v, err := tx.whole(links)
		if err != nil {
			return nil, err
		}
		var ids []CustomerID
		for _, l := range links {
			if !isVisitor(l.ID) {
				ids = append(ids, l.ID)
			}
		}
		a, err := tx.sum(v.ID, ids)
		if err != nil {
			return nil, err
		}
		orders, err := tx.latest(ids, profileOrders)
		return &Profile{v, a, orders}, err
	})
}

// Aggregates returns what a customer's orders and refunds add up to; zero when
// there are none, also for an id of nobody.
func (c *Customers) Aggregates(ctx context.Context, id CustomerID) (*Aggregates, error) {
	return see(ctx, c.conn, "Customers.Aggregates", "customer", string(id), func(tx *Tx) (*Aggregates, error) {
		return tx.aggregates(id)
	})
}

// BestQuery selects customers by what they brought. The zero value selects the
// ten best.
type BestQuery struct {
	Limit           int       // how many; 0 means 10
	LastOrderBefore time.Time // only those who have not ordered since; zero: all
}

// Best returns the customers who spent most in the book's currency, net of
// refunds, without their orders; the best first, by id among equals. It reads
// the aggregates of all customers.
func (c *Customers) Best(ctx context.Context, q BestQuery) ([]*Profile, error) {
	if q.Limit <= 0 {
		q.Limit = 10
	}
	return see(ctx, c.conn, "Customers.Best", "customer", "", func(tx *Tx) ([]*Profile, error) {
		return tx.best(q)
	})
}

// best is Customers.Best.
func (tx *Tx) best(q BestQuery) ([]*Profile, error) {
	roots, err := tx.roots()
	if err != nil {
		return nil, err
	}
	whole := map[CustomerID]*standing{} // of those who were merged
	for _, root := range roots {
		whole[root] = &standing{CustomerID: root}
	}
	best := make([]*Profile, 0, q.Limit+1)
	enter := func(s *standing) error {
		if s.Orders == 0 || !q.LastOrderBefore.IsZero() && !s.LastOrderAt.Before(q.LastOrderBefore) {
			return nil
		}
		at, _ := slices.BinarySearchFunc(best, s, func(p *Profile, s *standing) int {
			return cmp.Or(cmp.Compare(s.Base.Net().Amount, p.Aggregates.Base.Net().Amount), cmp.Compare(p.Customer.ID, s.CustomerID))
		})
		if at == q.Limit {
			return nil
		}
		v, err := tx.view(s.CustomerID)
		if err != nil || !v.ErasedAt.IsZero() {
			return err
		}
		best = slices.Insert(best, at, &Profile{Customer: v, Aggregates: s.view(tx.book.currency)})
		best = best[:min(q.Limit, len(best))]
		return nil
	}
	for s, err := range tx.book.aggregates.Scan(tx.st, store.Range{}) {
		if err != nil {
			return nil, err
		}
		if sum := whole[cmp.Or(roots[s.CustomerID], s.CustomerID)]; sum != nil {
			err = sum.join(s)
		} else {
			err = enter(s)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, s := range whole {
		if err := enter(s); err != nil {
			return nil, err
		}
	}
	return best, nil
}

// aggregates returns the aggregates of the person whom an id is of.
func (tx *Tx) aggregates(id CustomerID) (*Aggregates, error) {
	ids, err := tx.cluster(id)
	if err != nil {
		return nil, err
	}
	return tx.sum(ids[0], customersOf(ids))
}

// sum adds the aggregates of ids up.
func (tx *Tx) sum(id CustomerID, ids []CustomerID) (*Aggregates, error) {
	sum := standing{CustomerID: id}
	standings, err := many(tx, tx.book.aggregates, ids)
	if err != nil {
		return nil, err
	}
	for _, s := range standings {
		if s == nil {
			continue
		}
		if err := sum.join(s); err != nil {
			return nil, err
		}
	}
	return sum.view(tx.book.currency), nil
}

// join adds another id's aggregates.
func (s *standing) join(t *standing) error {
	s.Orders += t.Orders
	s.Units += t.Units
	s.Canceled += t.Canceled
	s.Refunds += t.Refunds
	s.Unconverted += t.Unconverted
	if !t.FirstOrderAt.IsZero() && (s.FirstOrderAt.IsZero() || t.FirstOrderAt.Before(s.FirstOrderAt)) {
		s.FirstOrderAt = t.FirstOrderAt
	}
	if t.LastOrderAt.After(s.LastOrderAt) {
		s.LastOrderAt = t.LastOrderAt
	}
	for _, own := range t.ByCurrency {
		if err := s.add(own, Totals{}, +1); err != nil {
			return err
		}
	}
	return s.Base.add(t.Base, +1)
}

// latest returns the latest n orders of ids.
func (tx *Tx) latest(ids []CustomerID, n int) ([]*Order, error) {
	t := tx.book.orders
	page, err := pageOf(tx, t, lanesOf(nil, t.Index("customer").Key(), 0, ids), span{newest: true, limit: n})
	return page.Items, err
}

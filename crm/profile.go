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
		v, err := tx.book.customers.Get(tx.st, keyOf(tx.book.customers, id))
		if err != nil {
			return nil, err
		}
		a, err := tx.aggregates(id)
		if err != nil {
			return nil, err
		}
		orders, err := tx.latest(id, profileOrders)
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
	var best []*Profile
	err := c.view(ctx, "Customers.Best", "customer", "", func(tx *Tx) error {
		top := make([]*standing, 0, q.Limit+1)
		for s, err := range tx.book.aggregates.Scan(tx.st, store.Range{}) {
			if err != nil {
				return err
			}
			if s.Orders == 0 || !q.LastOrderBefore.IsZero() && !s.LastOrderAt.Before(q.LastOrderBefore) {
				continue
			}
			at, _ := slices.BinarySearchFunc(top, s, func(a, b *standing) int {
				return cmp.Or(cmp.Compare(b.Base.Net().Amount, a.Base.Net().Amount), cmp.Compare(a.CustomerID, b.CustomerID))
			})
			if at == q.Limit {
				continue
			}
			if top = slices.Insert(top, at, s); len(top) > q.Limit {
				top = top[:q.Limit]
			}
		}
		best = make([]*Profile, 0, len(top))
		for _, s := range top {
			v, err := tx.book.customers.Get(tx.st, keyOf(tx.book.customers, s.CustomerID))
			if err != nil {
				return err
			}
			best = append(best, &Profile{Customer: v, Aggregates: s.view(tx.book.currency)})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return best, nil
}

// aggregates sums over the cluster.
func (tx *Tx) aggregates(id CustomerID) (*Aggregates, error) {
	ids, err := tx.cluster(id)
	if err != nil {
		return nil, err
	}
	sum := standing{CustomerID: id}
	for _, id := range ids {
		s, _, err := tx.standing(id)
		if err != nil {
			return nil, err
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

// latest returns a customer's latest n orders over the cluster.
func (tx *Tx) latest(id CustomerID, n int) ([]*Order, error) {
	ids, err := tx.cluster(id)
	if err != nil {
		return nil, err
	}
	page, err := pageOf(tx, tx.book.orders, lanesOf(nil, tx.book.orders.Index("customer").Key(), 0, customersOf(ids)), span{newest: true, limit: n})
	return page.Items, err
}

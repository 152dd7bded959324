package main

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// figures add up the whole book, in the background, for whoever opens the
// first page.
type figures struct {
	book *crm.Book
	now  func() time.Time
	sum  atomic.Pointer[sum]
}

// A sum is what a book adds up to.
type sum struct {
	Customers int // that are not merged into others or erased
	Buyers    int // of them, with an order that counts
	Again     int // of them, with several
	Orders    int // that count
	Net       crm.Money
	Average   crm.Money // net of an order
	Best      []*crm.Profile
	Recorded  int // orders, whatever their state and whosoever
	At        time.Time
}

// best is how many customers the first page shows.
const best = 10

// add adds up, in many short transactions, so that a large book is not held up:
// what changes meanwhile counts the next time.
func (f *figures) add(ctx context.Context) error {
	s := &sum{Net: crm.Money{Currency: f.book.Currency()}, At: f.now()}
	after := ""
	for {
		err := f.book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
			list, err := tx.Customers.Page(ctx, crm.CustomerQuery{Limit: 500, After: after})
			if err != nil {
				return err
			}
			after = list.Next
			for _, c := range list.Items {
				a, err := tx.Customers.Aggregates(ctx, c.ID)
				if err != nil {
					return err
				}
				if err := s.count(c, a); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if after == "" {
			break
		}
	}
	if s.Orders > 0 {
		var err error
		if s.Average, err = s.Net.Mul(1, int64(s.Orders)); err != nil {
			return err
		}
	}
	var err error
	if s.Recorded, err = f.book.Orders.Count(ctx); err != nil {
		return err
	}
	f.sum.Store(s)
	return nil
}

// count adds a customer to the sum, and to the best if they are among them.
func (s *sum) count(c *crm.Customer, a *crm.Aggregates) (err error) {
	s.Customers++
	s.Orders += a.Orders
	if a.Orders > 0 {
		s.Buyers++
	}
	if a.Orders > 1 {
		s.Again++
	}
	net := a.Base.Net()
	if s.Net, err = s.Net.Add(net); err != nil || a.Orders == 0 {
		return err
	}
	at, _ := slices.BinarySearchFunc(s.Best, net.Amount, func(p *crm.Profile, amount int64) int {
		return cmp.Compare(amount, p.Aggregates.Base.Net().Amount)
	})
	if at < best {
		s.Best = slices.Insert(s.Best, at, &crm.Profile{Customer: c, Aggregates: a})
		s.Best = s.Best[:min(best, len(s.Best))]
	}
	return nil
}

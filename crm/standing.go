package crm

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// standing returns the aggregates of one customer id, and the row they stand in.
func (tx *Tx) standing(id CustomerID) (*standing, *store.Row[standing], error) {
	t := tx.book.aggregates
	row, err := t.Load(tx.st, t.Key().String(string(id)))
	if errors.Is(err, ErrNotFound) {
		return &standing{CustomerID: id}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return row.Value, row, nil
}

// restand moves the aggregates from an order's old value, nil for none, to its
// new one. The new value is written already.
func (tx *Tx) restand(old, o *Order) error {
	if old != nil && old.CustomerID != o.CustomerID {
		if old.CustomerID != "" {
			if err := tx.stand(old.CustomerID, old, nil); err != nil {
				return err
			}
		}
		old = nil
	}
	if o.CustomerID == "" {
		return nil
	}
	return tx.stand(o.CustomerID, old, o)
}

// stand takes one order off a customer's aggregates and adds another.
func (tx *Tx) stand(id CustomerID, less, more *Order) error {
	s, row, err := tx.standing(id)
	if err != nil {
		return err
	}
	if less != nil {
		if err := s.addOrder(less, tx.book.currency, -1); err != nil {
			return err
		}
	}
	if more != nil {
		if err := s.addOrder(more, tx.book.currency, +1); err != nil {
			return err
		}
	}
	if less != nil && less.counts() && (less.OccurredAt.Equal(s.FirstOrderAt) || less.OccurredAt.Equal(s.LastOrderAt)) {
		if s.FirstOrderAt, err = tx.edge(id, false); err == nil {
			s.LastOrderAt, err = tx.edge(id, true)
		}
		if err != nil {
			return err
		}
	} else if more != nil && more.counts() {
		if s.FirstOrderAt.IsZero() || more.OccurredAt.Before(s.FirstOrderAt) {
			s.FirstOrderAt = more.OccurredAt
		}
		if more.OccurredAt.After(s.LastOrderAt) {
			s.LastOrderAt = more.OccurredAt
		}
	}
	_, err = tx.book.aggregates.Save(tx.st, row, s)
	return err
}

// edge returns when the first or the last order of a customer that counts was
// placed.
func (tx *Tx) edge(id CustomerID, last bool) (time.Time, error) {
	ix := tx.book.orders.Index("customer")
	rg := store.Prefix(ix.Key().String(string(id)))
	rg.Reverse = last
	for o, err := range ix.Scan(tx.st, rg) {
		if err != nil {
			return time.Time{}, err
		}
		if o.counts() {
			return o.OccurredAt, nil
		}
	}
	return time.Time{}, nil
}

// addOrder adds sign times an order.
func (s *standing) addOrder(o *Order, base Currency, sign int64) error {
	switch {
	case o.counts():
		s.Orders += int(sign)
		for _, it := range o.Items {
			if it.Kind == ItemProduct {
				s.Units += sign * it.Quantity
			}
		}
	case o.Kind == KindSale && o.State != StateDraft:
		s.Canceled += int(sign)
	}
	if !o.spends() {
		return nil
	}
	margin, err := o.margin(base)
	if err != nil {
		return err
	}
	baseMargin := Money{}
	if o.BaseTotal.IsZero() {
		s.Unconverted += int(sign)
	} else if baseMargin = margin; o.Currency != base && !margin.IsZero() {
		if baseMargin, err = o.Rate.Convert(margin, base); err != nil {
			return err
		}
	}
	return s.add(Totals{Spent: o.Total, Margin: margin}, Totals{Spent: o.BaseTotal, Margin: baseMargin}, sign)
}

// add adds sign times the totals in their own and in the book's currency.
func (s *standing) add(own, base Totals, sign int64) error {
	c := own.Spent.Currency
	if c == "" {
		c = own.Refunded.Currency
	}
	i, ok := slices.BinarySearchFunc(s.ByCurrency, c, func(t Totals, c Currency) int {
		return strings.Compare(string(t.Spent.Currency), string(c))
	})
	if !ok {
		s.ByCurrency = slices.Insert(s.ByCurrency, i, Totals{Spent: Money{0, c}})
	}
	if err := s.ByCurrency[i].add(own, sign); err != nil {
		return err
	}
	if t := s.ByCurrency[i]; t.Spent.Amount == 0 && t.Refunded.Amount == 0 && t.Margin.Amount == 0 {
		s.ByCurrency = slices.Delete(s.ByCurrency, i, i+1)
	}
	return s.Base.add(base, sign)
}

func (t *Totals) add(u Totals, sign int64) error {
	for _, p := range []struct {
		to *Money
		by Money
	}{{&t.Spent, u.Spent}, {&t.Refunded, u.Refunded}, {&t.Margin, u.Margin}} {
		if sign < 0 {
			p.by = p.by.Neg()
		}
		sum, err := p.to.Add(p.by)
		if err != nil {
			return fmt.Errorf("aggregates: %w", err)
		}
		*p.to = sum
	}
	return nil
}

// margin returns what the goods of an order bring above their cost, without
// tax and less the order's discount, as far as their cost is known; the zero
// Money when none is.
func (o *Order) margin(base Currency) (Money, error) {
	var margin, known, all Money
	var err error
	var itemTax int64
	for i := range o.Items {
		it := &o.Items[i]
		itemTax += it.Tax.Amount
		if it.Kind != ItemProduct {
			continue
		}
		if all, err = all.Add(it.Total); err != nil {
			return Money{}, err
		}
		cost := it.UnitCost
		if cost.Currency != o.Currency {
			if cost.Currency != base || o.Rate.IsZero() {
				continue // in a currency that we have no rate for, or none
			}
			if cost, err = (Rate{o.Rate.Den, o.Rate.Num}).Convert(cost, o.Currency); err != nil {
				return Money{}, err
			}
		}
		if cost, err = cost.Mul(it.Quantity, 1); err != nil {
			return Money{}, err
		}
		net := it.Total
		if o.TaxIncluded {
			net.Amount -= it.Tax.Amount
		}
		if margin, err = Sum(margin, net, cost.Neg()); err != nil {
			return Money{}, err
		}
		known, _ = known.Add(it.Total)
	}
	if margin.IsZero() {
		return margin, nil
	}
	if o.TaxIncluded && itemTax == 0 && o.Tax.Amount != 0 {
		// The tax is known for the order only: goods bear it by their amount.
		bearing := all.Amount + o.Shipping.Amount
		if bearing != 0 {
			tax, err := o.Tax.Mul(known.Amount, bearing)
			if err != nil {
				return Money{}, err
			}
			margin.Amount -= tax.Amount
		}
	}
	return margin.Sub(o.Discount)
}

// view returns the aggregates as they are shown: with currencies throughout.
func (s *standing) view(base Currency) *Aggregates {
	a := s.Aggregates
	fill(&a.Base, base)
	a.ByCurrency = slices.Clone(a.ByCurrency)
	for i := range a.ByCurrency {
		fill(&a.ByCurrency[i], a.ByCurrency[i].Spent.Currency)
	}
	return &a
}

func fill(t *Totals, c Currency) {
	t.Spent.Currency, t.Refunded.Currency, t.Margin.Currency = c, c, c
}

// convert returns what m is in the book's currency, the zero Money when no
// rate is known, and the rate.
func (tx *Tx) convert(m Money, rate Rate, at time.Time) (Rate, Money, error) {
	base := tx.book.currency
	if m.Currency == base {
		return rate, m, nil
	}
	if rate.IsZero() && tx.book.opts.Rate != nil {
		rate = tx.book.opts.Rate(m.Currency, at)
	}
	if rate.IsZero() {
		tx.warn(fmt.Sprintf("no rate from %s to %s: left out of sums in %s", m.Currency, base, base))
		return rate, Money{}, nil
	}
	converted, err := rate.Convert(m, base)
	return rate, converted, err
}

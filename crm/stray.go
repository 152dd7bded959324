package crm

import (
	"fmt"
	"iter"
	"slices"

	"github.com/seed-9cb3708a/clientele/store"
)

// A stray is an order that names no customer, but an e-mail address or else a
// phone number.

// strayKeys calls add with what a stray is found by.
func strayKeys(k store.Key, o *Order, add func(store.Key)) {
	if o.CustomerID != "" {
		return
	}
	if e := matchEmail(o.Email); e != "" {
		add(blindKey(k, e))
	} else if p := normalPhone(o.Phone); p != "" {
		add(blindKey(k, p))
	}
}

// strays yields the orders that name nobody and have an address or a number by
// which somebody is known, each once.
func (tx *Tx) strays(names []known) iter.Seq2[*Order, error] {
	return func(yield func(*Order, error) bool) {
		ix := tx.book.orders.Index("stray")
		for i, k := range names {
			if k.kind == "ref" || slices.Contains(names[:i], k) {
				continue
			}
			for o, err := range ix.Scan(tx.st, store.Prefix(blindKey(ix.Key(), k.value))) {
				if !yield(o, err) || err != nil {
					return
				}
			}
		}
	}
}

// straysOf yields the strays of a person.
func (tx *Tx) straysOf(ids []CustomerID) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		var names []known
		for _, id := range customersOf(ids) {
			v, err := tx.book.customers.Get(tx.st, keyOf(tx.book.customers, id))
			if err == nil {
				names = append(names, v.knownBy()...)
				var more []known
				more, err = tx.knownBeside(id)
				names = append(names, more...)
			}
			if err != nil {
				yield(nil, fmt.Errorf("customer %s: %w", id, err))
				return
			}
		}
		for o, err := range tx.strays(names) {
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}

// eraseStrays takes what is personal out of up to limit strays of an erased
// person, and of what was refunded for them, and returns how many are left of
// the limit.
func (tx *Tx) eraseStrays(e *erasure, limit int) (left int, err error) {
	orders, refunds := tx.book.orders, tx.book.refunds
	for left = limit; len(e.Strays) > 0; e.Strays = e.Strays[1:] {
		ix := orders.Index("stray")
		rg := store.Prefix(ix.Key().String(string(e.Strays[0])))
		rg.Limit = left
		var list []*Order
		for o, err := range ix.Scan(tx.st, rg) {
			if err != nil {
				return 0, err
			}
			list = append(list, o)
		}
		for _, o := range list {
			if err := anew(tx, orders, keyOf(orders, o.ID), orders.Redact(o)); err != nil {
				return 0, err
			}
			ix := refunds.Index("order")
			for r, err := range ix.Scan(tx.st, store.Prefix(ix.Key().String(string(o.ID)))) {
				if err == nil && r.CustomerID == "" {
					err = anew(tx, refunds, keyOf(refunds, r.ID), refunds.Redact(r))
				}
				if err != nil {
					return 0, err
				}
			}
		}
		e.count(orders.Name(), len(list))
		if left -= len(list); left == 0 {
			break
		}
	}
	return left, nil
}

// anew writes a record in the place of another, of which nothing is carried over.
func anew[T any](tx *Tx, t *store.Table[T], key store.Key, v *T) error {
	if err := t.Delete(tx.st, key); err != nil {
		return err
	}
	_, err := t.Save(tx.st, nil, v)
	return err
}

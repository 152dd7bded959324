package crm

import (
	"errors"
	"iter"
	"slices"

	"github.com/seed-9cb3708a/clientele/store"
)

// A holder is a customer id that an identity was recorded of, and the person.
type holder struct {
	id       CustomerID
	person   *person
	verified bool
}

// holders yields the customers that an identity was recorded of: in their
// records, then beside them.
func (tx *Tx) holders(i *Identity, form string) iter.Seq2[holder, error] {
	return func(yield func(holder, error) bool) {
		for id, err := range tx.recorded(i, form) {
			if !yield(holder{id: id, verified: true}, err) || err != nil {
				return
			}
		}
		t := tx.book.identities
		for v, err := range t.Scan(tx.st, store.Prefix(identityKey(t.Key(), i, form))) {
			if err != nil {
				yield(holder{}, err)
				return
			}
			if !yield(holder{id: v.CustomerID, verified: v.Verified}, nil) {
				return
			}
		}
	}
}

// recorded yields the customers whose records have an identity.
func (tx *Tx) recorded(i *Identity, form string) iter.Seq2[CustomerID, error] {
	return func(yield func(CustomerID, error) bool) {
		switch t := tx.book.customers; i.Kind {
		case IdentityExternal:
			primary, err := tx.st.Get(refKey(t.Index("ref").Key(), Ref{i.Source, form}).End())
			if err == nil {
				k := store.ReadKey(append([]byte{0, 0}, primary...))
				id := CustomerID(k.String())
				yield(id, k.Err())
			} else if !errors.Is(err, ErrNotFound) {
				yield("", err)
			}
		case IdentityEmail:
			// A record stands in the one or the other.
			if under(tx, t.Index("email"), form, yield) && severalForms(form) {
				under(tx, t.Index("mailbox"), form, yield)
			}
		case IdentityPhone:
			if !under(tx, t.Index("phone"), form, yield) {
				return
			}
			ix := t.Index("line")
			for v, err := range ix.Scan(tx.st, store.Prefix(blindKey(ix.Key(), lineOf(form)))) {
				if err != nil {
					yield("", err)
					return
				}
				if normalPhone(v.Phone) != form && tx.book.rules.phoneOf(v) == form && !yield(v.ID, nil) {
					return
				}
			}
		}
	}
}

// under yields the ids of the customers that stand in an index under a form,
// and reports whether more are wanted.
func under(tx *Tx, ix *store.TableIndex[Customer], form string, yield func(CustomerID, error) bool) bool {
	for primary, err := range ix.Primary(tx.st, store.Prefix(blindKey(ix.Key(), form))) {
		if err != nil {
			yield("", err)
			return false
		}
		k := store.ReadKey(primary)
		k.Uint()
		if id := CustomerID(k.String()); !yield(id, k.Err()) {
			return false
		}
	}
	return true
}

// identitiesOf returns all that is known of customers: what their records say,
// and what stands beside them.
func (tx *Tx) identitiesOf(ids []CustomerID) (list []identityRow, err error) {
	customers, err := many(tx, tx.book.customers, customersOf(ids))
	if err != nil {
		return nil, err
	}
	for _, v := range customers {
		if v != nil {
			list = append(list, v.identities(tx.book.rules)...)
		}
	}
	ix := tx.book.identities.Index("customer")
	for _, id := range ids {
		if isVisitor(id) {
			continue
		}
		for v, err := range ix.Scan(tx.st, store.Prefix(ix.Key().String(string(id)))) {
			if err != nil {
				return nil, err
			}
			if i := slices.IndexFunc(list, v.same); i >= 0 {
				list[i].join(v)
			} else {
				list = append(list, *v)
			}
		}
	}
	return list, nil
}

// join makes one of the same identity told twice.
func (i *identityRow) join(o *identityRow) {
	if !i.Verified && o.Verified {
		i.CustomerID, i.Source, i.Verified = o.CustomerID, o.Source, true
	}
	if !o.VerifiedAt.IsZero() && (i.VerifiedAt.IsZero() || o.VerifiedAt.Before(i.VerifiedAt)) {
		i.VerifiedAt = o.VerifiedAt
	}
	if o.FirstSeenAt.Before(i.FirstSeenAt) {
		i.FirstSeenAt = o.FirstSeenAt
	}
	if o.LastSeenAt.After(i.LastSeenAt) {
		i.LastSeenAt = o.LastSeenAt
	}
}

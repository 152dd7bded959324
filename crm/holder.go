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
			v, err := byRef(tx, t, Ref{i.Source, form})
			switch {
			case err == nil:
				yield(v.ID, nil)
			case !errors.Is(err, ErrNotFound):
				yield("", err)
			}
		case IdentityEmail:
			// A record stands in the one or the other.
			for _, name := range []string{"email", "mailbox"} {
				ix := t.Index(name)
				for primary, err := range ix.Primary(tx.st, store.Prefix(blindKey(ix.Key(), form))) {
					if err != nil {
						yield("", err)
						return
					}
					k := store.ReadKey(primary)
					k.Uint()
					if id := CustomerID(k.String()); !yield(id, k.Err()) {
						return
					}
				}
			}
		case IdentityPhone:
			ix := t.Index("phone")
			for _, s := range spellings(form) {
				for v, err := range ix.Scan(tx.st, store.Prefix(blindKey(ix.Key(), s))) {
					if err == nil && s != form && tx.book.rules.phoneOf(v) != form {
						continue
					}
					var id CustomerID
					if err == nil {
						id = v.ID
					}
					if !yield(id, err) || err != nil {
						return
					}
				}
			}
		}
	}
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

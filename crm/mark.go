package crm

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// A mark is what is left of something that an erased person was known by: a
// keyed hash, and the id to which it belonged.
type mark struct {
	CustomerID CustomerID `json:"customer_id"`
	Hash       []byte     `json:"hash"`
}

func markFields(c *store.Coder, m *mark) {
	store.String(c, 1, &m.CustomerID)
	store.Bytes(c, 2, &m.Hash)
}

// markOf makes the hash of a mark.
func markOf(key []byte, kind, value string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(kind + "\x00" + value))
	return h.Sum(nil)
}

// A known is something that a person is recognized by: "ref", "email" or
// "phone", and the form in which it is compared.
type known struct{ kind, value string }

// knownBy returns what a customer's record is recognized by. What several people
// may share comes last.
func (v *Customer) knownBy() (list []known) {
	for _, r := range v.Refs {
		list = append(list, known{"ref", r.String()})
	}
	if e := matchEmail(v.Email); e != "" {
		list = append(list, known{"email", e})
	}
	if p := normalPhone(v.Phone); p != "" {
		list = append(list, known{"phone", p})
	}
	return list
}

// knownBeside returns what an id is recognized by beside its record. What is not
// verified tells nothing: somebody typed it, and it may be another's.
func (tx *Tx) knownBeside(id CustomerID) (list []known, err error) {
	ix := tx.book.identities.Index("customer")
	for i, err := range ix.Scan(tx.st, store.Prefix(ix.Key().String(string(id)))) {
		if err != nil {
			return nil, err
		}
		switch {
		case !i.Verified:
		case i.Kind == IdentityExternal:
			list = append(list, known{"ref", Ref{i.Source, i.Value}.String()})
		case i.Kind == IdentityEmail:
			list = append(list, known{"email", matchEmail(i.Value)})
		case i.Kind == IdentityPhone:
			list = append(list, known{"phone", normalPhone(i.Value)})
		}
	}
	return list, nil
}

// erasureKeys returns what the marks in this book were made with: nothing while
// nobody was ever erased. It reads once a transaction.
func (tx *Tx) erasureKeys() ([][]byte, error) {
	if !tx.marking {
		keys, err := tx.readErasureKeys()
		if err != nil {
			return nil, err
		}
		tx.marks, tx.marking = keys, true
	}
	return tx.marks, nil
}

func (tx *Tx) readErasureKeys() (keys [][]byte, err error) {
	for k, err := range tx.book.erasureKeys.Scan(tx.st, store.Range{}) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, k.Key)
	}
	return keys, nil
}

// markingKey returns the key that marks are made with, and makes one for the
// first erasure.
func (tx *Tx) markingKey() ([]byte, error) {
	keys, err := tx.erasureKeys()
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		key := make([]byte, 32)
		rand.Read(key)
		if err := tx.book.erasureKeys.Put(tx.st, &erasureKey{key}); err != nil {
			return nil, err
		}
		tx.marks = [][]byte{key}
		return key, nil
	}
	return keys[0], nil
}

// marked returns the record of the erased person whom v is of, nil for none, and
// for one who was seen after they were erased: by refs, else by the e-mail
// address, and by the phone number, which a household may share, only when there
// is nothing else.
func (tx *Tx) marked(v *Customer) (*store.Row[Customer], error) {
	keys, err := tx.erasureKeys()
	if len(keys) == 0 || err != nil {
		return nil, err
	}
	for i, k := range v.knownBy() {
		if k.kind == "phone" && i > 0 {
			break
		}
		for _, key := range keys {
			hash := markOf(key, k.kind, k.value)
			ix := tx.book.erasures.Index("mark")
			rg := store.Prefix(ix.Key().String(string(hash)))
			rg.Reverse, rg.Limit = true, 1
			for e, err := range ix.Scan(tx.st, rg) {
				if err != nil {
					return nil, err
				}
				if tx.told.After(e.StartedAt) || v.FirstSeenAt.After(e.StartedAt) {
					continue // came back
				}
				for _, m := range e.Marks {
					if string(m.Hash) == string(hash) {
						return found(tx.book.customers.Load(tx.st, keyOf(tx.book.customers, m.CustomerID)))
					}
				}
			}
		}
	}
	return nil, nil
}

// erased reports whether a customer's id is of one who was erased. It reads
// nothing more while nobody ever was.
func (tx *Tx) erased(id CustomerID) (bool, error) {
	if id == "" {
		return false, nil
	}
	keys, err := tx.erasureKeys()
	if len(keys) == 0 || err != nil {
		return false, err
	}
	row, err := found(tx.book.customers.Load(tx.st, keyOf(tx.book.customers, id)))
	return row != nil && !row.Value.ErasedAt.IsZero(), err
}

// lives reports whether an id is of a customer who was not erased.
func (tx *Tx) lives(id CustomerID) bool {
	gone, err := tx.erased(id)
	return !gone && err == nil && tx.known(id) == nil
}

// told returns when what stands beside a customer happened, the zero time for a
// customer alone.
func (rec *Record) told() time.Time {
	switch {
	case rec.Order != nil:
		return rec.Order.OccurredAt
	case rec.Refund != nil:
		return rec.Refund.OccurredAt
	case rec.Interaction != nil:
		return rec.Interaction.OccurredAt
	}
	return time.Time{}
}

// forgotten returns ErrErased for what an import tells of a visitor who was
// erased with a person, up to then.
func (tx *Tx) forgotten(visitor CustomerID, at time.Time) error {
	if !tx.backfill {
		return nil
	}
	keys, err := tx.erasureKeys()
	if len(keys) == 0 || err != nil {
		return err
	}
	row, err := tx.lastErasure(visitor)
	if row != nil && err == nil && !at.After(row.Value.StartedAt) {
		err = ErrErased
	}
	return err
}

// leaveOut is what recording a customer does to one who was erased: nothing, in
// an import, and else it is refused.
func (tx *Tx) leaveOut(row *store.Row[Customer]) (*Customer, outcome, error) {
	if !tx.backfill {
		return nil, unchanged, ErrErased
	}
	tx.warn("what it says of a customer who was erased is left out")
	return row.Value, unchanged, nil
}

// keepErased makes an order that is of an erased person stay theirs, without
// what is personal. A stray from before the erasure is theirs, too.
func (tx *Tx) keepErased(o, old *Order) error {
	if old != nil && old.CustomerID != o.CustomerID {
		gone, err := tx.erased(old.CustomerID)
		if err != nil {
			return err
		}
		if gone {
			o.CustomerID = old.CustomerID
		}
	}
	if o.CustomerID == "" {
		row, err := tx.marked(&Customer{Email: o.Email, Phone: o.Phone, FirstSeenAt: o.OccurredAt})
		if err != nil {
			return err
		}
		if row != nil {
			o.CustomerID = row.Value.ID
		}
	}
	gone, err := tx.erased(o.CustomerID)
	if gone && err == nil {
		*o = *tx.book.orders.Redact(o)
	}
	return err
}

// keepErasedRefund is keepErased for a refund.
func (tx *Tx) keepErasedRefund(r, old *Refund) error {
	if old != nil && old.CustomerID != r.CustomerID {
		gone, err := tx.erased(old.CustomerID)
		if err != nil {
			return err
		}
		if gone {
			r.CustomerID = old.CustomerID
		}
	}
	gone, err := tx.erased(r.CustomerID)
	if gone {
		*r = *tx.book.refunds.Redact(r)
	}
	return err
}

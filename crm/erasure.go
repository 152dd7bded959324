package crm

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// The numbers of the tables that erasures keep.
const (
	tableErasures    = 20
	tableErasureKeys = 26
)

// An ErasureID names an erasure: "era_" and 26 characters.
type ErasureID string

// An Erasure is the proof that a person was erased: what was done, and nothing
// of the person but ids.
type Erasure struct {
	ID         ErasureID     `json:"id"`
	IDs        []CustomerID  `json:"ids"`                  // all under which there was something of the person, the survivor's first; of visitors too
	Actor      string        `json:"actor,omitzero"`       // who asked for it: see [WithActor]
	StartedAt  time.Time     `json:"started_at"`           // from then on the person is nobody's customer
	FinishedAt time.Time     `json:"finished_at,omitzero"` // zero: it was interrupted, and is to be asked for again
	Tables     []ErasedTable `json:"tables,omitzero"`      // in which something was found, by their numbers
}

// An ErasedTable tells how many records of a table were deleted or lost what was
// personal in them.
type ErasedTable struct {
	Table   string `json:"table"`
	Records int    `json:"records"`
}

// An erasure is an Erasure with what the book keeps beside it, to know what is
// of the person when it is imported again.
type erasure struct {
	Erasure
	Marks  []mark   `json:"marks,omitzero"`
	Strays [][]byte `json:"strays,omitzero"` // by what strays are found that are still to be erased
}

// An erasureKey is what marks are made with: a mark is to be recognized by this
// book, and by a copy of it, and by nobody else.
type erasureKey struct {
	Key []byte `json:"key"`
}

var erasureTable = store.MustTable(store.Schema[erasure]{
	Number: tableErasures, Name: "crm.erasures",
	Fields: erasureFields,
	Key:    func(k store.Key, e *erasure) store.Key { return k.String(string(e.ID)) },
	Indexes: []store.Index[erasure]{
		{Number: 1, Name: "customer", Keys: func(k store.Key, e *erasure, add func(store.Key)) {
			for _, id := range e.IDs {
				add(k.String(string(id)))
			}
		}},
		{Number: 2, Name: "mark", Keys: func(k store.Key, e *erasure, add func(store.Key)) {
			for _, m := range e.Marks {
				add(k.String(string(m.Hash)))
			}
		}},
	},
	Personal: []store.Number{8},
})

var erasureKeyTable = store.MustTable(store.Schema[erasureKey]{
	Number: tableErasureKeys, Name: "crm.erasure_keys",
	Fields:   func(c *store.Coder, k *erasureKey) { store.Bytes(c, 1, &k.Key) },
	Key:      func(k store.Key, v *erasureKey) store.Key { return blindKey(k, string(v.Key)) },
	Personal: []store.Number{1}, // whoever has it can try out whom a mark is of
})

func erasureFields(c *store.Coder, e *erasure) {
	store.String(c, 1, &e.ID)
	store.Strings(c, 2, &e.IDs)
	store.String(c, 3, &e.Actor)
	store.Time(c, 4, &e.StartedAt)
	store.Time(c, 5, &e.FinishedAt)
	store.List(c, 6, &e.Tables, func(c *store.Coder, t *ErasedTable) {
		store.String(c, 1, &t.Table)
		store.Int(c, 2, &t.Records)
	})
	store.List(c, 7, &e.Marks, markFields)
	store.List(c, 8, &e.Strays, func(c *store.Coder, hash *[]byte) { store.Bytes(c, 1, hash) })
}

// Erase removes a person from the book: everything under every id that was
// merged into one with this one, and what their devices did as anonymous
// visitors. What law makes a shop keep stays without anything personal: orders
// and refunds with numbers, dates, items and amounts, the aggregates, the states
// of consents, and of the customer a stub with the id, the times and ErasedAt. It
// works through the tables of the book and those that rooms and shops have
// registered (see [Book.Register]), as their schemas say. What was merged stays
// so, ids alone.
//
// The first transaction turns the records of the customer into stubs: from then
// on nobody finds the person, and nothing more is recorded of them. The others
// follow in transactions of some hundred records. When Erase is interrupted, by
// ctx, an error or a crash, it goes on when it is called again, or in the next
// [Privacy.Sweep]. In a Tx, it is all one transaction. Erasing a person again
// erases what has come since and returns the first proof; what their devices did
// since stays, as these may be somebody else's by now.
//
// Of refs and verified e-mail addresses and phone numbers a hash is kept that
// only this book and copies of it can make. An import of old files does not bring
// the person back: what it says of them is left out, and their orders and refunds
// are recorded under the erased id, without what is personal; so is an order that
// names nobody, was placed before the erasure and has their address. Whoever comes
// back by themselves, in whatever else is recorded live, is a new customer.
//
// A store keeps what it deleted in free space of its file until that is used
// again: a boltstore until it is compacted, which [store.Compacter] does. Old
// backups hold what they held: after restoring one, erase again whom
// [Privacy.Erasures] told of since. The feed, logs and keys never had anything
// personal.
//
// Erase returns [ErrNotFound] for an id of nobody, and an error that wraps
// [ErrUnregistered] and names the tables, and erases nothing, while the store
// holds tables of this namespace that this process has not registered.
func (c *Privacy) Erase(ctx context.Context, id CustomerID) (*Erasure, error) {
	e, err := change(ctx, c.conn, "Privacy.Erase", "customer", string(id), func(tx *Tx) (*Erasure, error) { return tx.beginErasure(id) })
	if err != nil {
		return nil, err
	}
	return c.finish(ctx, e)
}

// Erasure returns the proof that a person was erased, by any id of theirs: the
// last one, if there are several. It returns [ErrNotFound] when there is none.
func (c *Privacy) Erasure(ctx context.Context, id CustomerID) (*Erasure, error) {
	return see(ctx, c.conn, "Privacy.Erasure", "customer", string(id), func(tx *Tx) (*Erasure, error) {
		row, err := tx.lastErasure(id)
		if row == nil && err == nil {
			err = ErrNotFound
		}
		if err != nil {
			return nil, err
		}
		return &row.Value.Erasure, nil
	})
}

// Erasures yields the proofs of all erasures, by when they were begun. On a Book
// it reads in short transactions and yields outside of them; it is no snapshot.
func (c *Privacy) Erasures(ctx context.Context) iter.Seq2[*Erasure, error] {
	return list(ctx, 0, "", func(limit int, after string) (Page[Erasure], error) {
		return see(ctx, c.conn, "Privacy.Erasures", "", "", func(tx *Tx) (page Page[Erasure], err error) {
			part, err := tx.book.erasures.Page(tx.st, store.Range{Limit: limit}, after)
			for _, e := range part.Items {
				page.Items = append(page.Items, &e.Erasure)
			}
			page.Next = part.Next
			return page, err
		})
	})
}

// lastErasure returns the last erasure of an id, nil when there is none.
func (tx *Tx) lastErasure(id CustomerID) (*store.Row[erasure], error) {
	ix := tx.book.erasures.Index("customer")
	rg := store.Prefix(ix.Key().String(string(id)))
	rg.Reverse, rg.Limit = true, 1
	for e, err := range ix.Scan(tx.st, rg) {
		if err != nil {
			return nil, err
		}
		return tx.book.erasures.Load(tx.st, keyOf(tx.book.erasures, e.ID))
	}
	return nil, nil
}

// gone returns the ids of everybody who was erased. It reads all erasures, which
// are few.
func (tx *Tx) gone() (map[CustomerID]bool, error) {
	ids := map[CustomerID]bool{}
	for e, err := range tx.book.erasures.Scan(tx.st, store.Range{}) {
		if err != nil {
			return ids, err
		}
		for _, id := range e.IDs {
			ids[id] = true
		}
	}
	return ids, nil
}

// unregistered returns an error that names the tables of the book's namespace
// that are in the store, and that this process knows nothing of.
func (tx *Tx) unregistered() error {
	tables, err := store.Tables(tx.st)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, s := range tx.book.shelves() {
		known[s.Name()] = true
	}
	var names []string
	for _, t := range tables {
		if t.Space == tx.book.space && !known[t.Name] {
			names = append(names, t.Name)
		}
	}
	if len(names) > 0 {
		return fmt.Errorf("%w: %q", ErrUnregistered, names)
	}
	return nil
}

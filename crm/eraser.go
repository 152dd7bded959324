package crm

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/seed-9cb3708a/clientele/store"
)

// eraseRecords is how many records a transaction of an erasure changes.
const eraseRecords = 500

// An eraser is how far an erasure has come in this process. Another process, or
// the same one later, begins at the first table again, where nothing is left to
// do.
type eraser struct {
	erasure ErasureID
	shelves []store.Shelf
	at      int    // which table of which id, counted through
	after   []byte // where in it
	limit   int    // of the records of a transaction
}

func (b *Book) eraser(e *Erasure, limit int) eraser {
	return eraser{erasure: e.ID, shelves: b.shelves(), limit: limit}
}

// beginErasure makes the customers of a person stubs and writes down that the
// rest is to follow, or returns the erasure that there is.
func (tx *Tx) beginErasure(id CustomerID) (*Erasure, error) {
	if err := tx.unregistered(); err != nil {
		return nil, err
	}
	ids, err := tx.cluster(id)
	if err != nil {
		return nil, err
	}
	if row, err := tx.lastErasure(ids[0]); err != nil {
		return nil, err
	} else if row != nil && (!isVisitor(ids[0]) || row.Value.FinishedAt.IsZero()) { // visitors come back under the same id
		return &row.Value.Erasure, nil
	}
	if isVisitor(ids[0]) {
		if err := tx.knownVisitor(ids[0]); err != nil {
			return nil, err
		}
	}
	e := &erasure{Erasure: Erasure{ID: ErasureID(randomID("era_", tx.now)), IDs: ids, Actor: tx.actor, StartedAt: tx.now}}
	key, err := tx.markingKey()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if err := tx.stub(e, id, key); err != nil {
			return nil, err
		}
	}
	if err := tx.book.erasures.Put(tx.st, e); err != nil {
		return nil, err
	}
	return &e.Erasure, nil
}

// stub takes what tables do not tell by their subjects: it makes the record of an
// id a stub, keeps marks of what it was known by, and takes the id out of groups,
// and a visitor out of the person's cluster. What the id allows goes with it.
func (tx *Tx) stub(e *erasure, id CustomerID, key []byte) error {
	if isVisitor(id) {
		if id == e.IDs[0] {
			return nil
		}
		_, err := tx.leave(id)
		return err
	}
	beside, err := tx.knownBeside(id)
	if err != nil {
		return err
	}
	row, err := tx.book.customers.Load(tx.st, keyOf(tx.book.customers, id))
	if err != nil {
		return err
	}
	v := row.Value
	names := append(v.knownBy(), beside...)
	for _, k := range names {
		m := mark{id, markOf(key, k.kind, k.value)}
		if !slices.ContainsFunc(e.Marks, func(o mark) bool { return string(o.Hash) == string(m.Hash) }) {
			e.Marks = append(e.Marks, m)
			if k.kind != "ref" {
				e.Strays = append(e.Strays, []byte(blind(k.value)))
			}
		}
	}
	n, err := tx.eraseGroups(id)
	if err != nil {
		return err
	}
	e.count(tx.book.groups.Name(), n)
	// What is allowed goes now, so that no gate says yes from here on.
	switch err := tx.book.permissions.Delete(tx.st, keyOf(tx.book.permissions, id)); {
	case err == nil:
		e.count(tx.book.permissions.Name(), 1)
	case !errors.Is(err, ErrNotFound):
		return err
	}
	stub := &Customer{ID: v.ID, FirstSeenAt: v.FirstSeenAt, CreatedAt: v.CreatedAt, UpdatedAt: tx.now, ErasedAt: tx.now}
	if _, err := tx.book.customers.Save(tx.st, row, stub); err != nil {
		return err
	}
	e.count(tx.book.customers.Name(), 1)
	return nil
}

// eraseGroups takes an id out of its groups, which stay for the others, and
// deletes households of which nobody is left. It returns how many groups there
// were.
func (tx *Tx) eraseGroups(id CustomerID) (n int, err error) {
	var empty []GroupID
	for g, err := range tx.groupsWith([]CustomerID{id}) {
		if err != nil {
			return 0, err
		}
		n++
		if g := g.(*Group); g.Kind == GroupHousehold && len(g.Members) == 1 {
			empty = append(empty, g.ID)
		}
	}
	if err := tx.leaveGroups(id); err != nil {
		return 0, err
	}
	for _, id := range empty {
		if err := tx.book.groups.Delete(tx.st, keyOf(tx.book.groups, id)); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// goOn erases up to w.limit records, and tells of the erasure when it has come
// to the end.
func (tx *Tx) goOn(w *eraser) (*Erasure, error) {
	row, err := tx.book.erasures.Load(tx.st, keyOf(tx.book.erasures, w.erasure))
	if err != nil {
		return nil, err
	}
	e := row.Value
	left, err := tx.eraseStrays(e, w.limit)
	if err != nil {
		return nil, err
	}
	for pairs := len(w.shelves) * len(e.IDs); w.at < pairs && left > 0; {
		s, id := w.shelves[w.at/len(e.IDs)], e.IDs[w.at%len(e.IDs)]
		if isVisitor(id) && !e.FinishedAt.IsZero() { // who may be somebody else by now
			w.at, w.after = w.at+1, nil
			continue
		}
		n, next, err := s.Erase(tx.st, string(id), w.after, left)
		if err != nil {
			return nil, err
		}
		e.count(s.Name(), n)
		left -= n
		if w.after = next; next == nil {
			w.at++
		}
	}
	if left > 0 && e.FinishedAt.IsZero() {
		e.FinishedAt = tx.now
		number := map[string]int{}
		for i, s := range w.shelves {
			number[s.Name()] = i
		}
		slices.SortStableFunc(e.Tables, func(a, b ErasedTable) int { return cmp.Compare(number[a.Table], number[b.Table]) })
		for _, id := range e.IDs {
			tx.emit(Event{Kind: CustomerErased, CustomerID: id})
		}
	}
	_, err = tx.book.erasures.Save(tx.st, row, e)
	return &e.Erasure, err
}

// finish goes on with an erasure until it is done.
func (c *Privacy) finish(ctx context.Context, e *Erasure) (*Erasure, error) {
	w := c.book.eraser(e, eraseRecords)
	for {
		next := w
		now, err := change(ctx, c.conn, "Privacy.Erase", "customer", string(e.IDs[0]), func(tx *Tx) (*Erasure, error) {
			next = w // it may be run again
			return tx.goOn(&next)
		})
		switch {
		case errors.Is(err, store.ErrTooLarge) && w.limit > 1:
			w.limit = max(w.limit/4, 1)
		case err != nil:
			return nil, err
		case next.at == len(w.shelves)*len(now.IDs):
			return now, nil
		default:
			w = next
		}
	}
}

// count adds records of a table to the proof.
func (e *Erasure) count(table string, n int) {
	if n == 0 {
		return
	}
	i := slices.IndexFunc(e.Tables, func(t ErasedTable) bool { return t.Table == table })
	if i < 0 {
		e.Tables = append(e.Tables, ErasedTable{Table: table})
		i = len(e.Tables) - 1
	}
	e.Tables[i].Records += n
}

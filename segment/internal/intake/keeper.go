package intake

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/store"
)

// A Keeper keeps a base true to its book by the events of the feed. It is the
// one writer of the base, and stays on one goroutine at a time.
//
// It reads the book as it is, which may be ahead of the events that it is given:
// what they tell later is found to be there. So events may come again, and
// whoever has read more than an event tells of does no harm. Once the feed has
// come to where the base was read, the base is what the book is.
type Keeper struct {
	book *crm.Book
	base *column.Base
	more More
	at   store.Cursor            // up to which events were applied
	read map[uint32]store.Cursor // of persons that were read later than that: up to which they are whole
}

// personsAtOnce is how many persons are brought up to date in one View.
const personsAtOnce = 64

// More tells what is to be kept of a person beside what the book knows, under
// names that begin with "picks.". V is the whole of whom was merged. An event
// "segment.picked" with one of these ends for its Name says that it is another.
type More func(ctx context.Context, tx *crm.Tx, v *crm.Customer) ([]column.Value, error)

// add adds more to what is known of a person. A nil More has nothing to tell.
func (f More) add(ctx context.Context, tx *crm.Tx, v *crm.Customer, known []column.Value) ([]column.Value, error) {
	if f == nil {
		return known, nil
	}
	more, err := f(ctx, tx, v)
	return append(known, more...), err
}

// Keep returns a Keeper of a base that holds everything up to a cursor, as
// [Scan] and [Load] fill it with the same more.
func Keep(book *crm.Book, base *column.Base, at store.Cursor, more More) *Keeper {
	return &Keeper{book: book, base: base, at: at, more: more, read: map[uint32]store.Cursor{}}
}

// Cursor returns up to which event the base holds everything.
func (k *Keeper) Cursor() store.Cursor { return k.at }

// Base returns the base.
func (k *Keeper) Base() *column.Base { return k.base }

// Apply brings the base up to date with events that follow each other in the
// feed, in their order, and tells what they changed. It reads in the transaction
// tx, or, when that is nil, in short Views of its own.
//
// A new fact of somebody is added; everything else reads the person anew, or what
// they have beside facts. Events that were applied already change nothing, and
// are told of again. Kinds that it does not know it passes over. When Apply
// returns an error, of ctx or the store, the same events are to be given again;
// with the error it tells what it changed, of which it need not tell then.
func (k *Keeper) Apply(ctx context.Context, tx *crm.Tx, events []*crm.Event) (*Changes, error) {
	b := &batch{keeper: k, own: tx == nil, needs: map[crm.CustomerID]*need{}}
	view := k.book.View
	if tx != nil {
		view = func(ctx context.Context, f func(context.Context, *crm.Tx) error) error { return f(ctx, tx) }
	}
	b.plan(events)
	if len(b.products) > 0 || len(b.orders) > 0 || len(b.groups) > 0 {
		if err := view(ctx, b.widen); err != nil {
			return b.changes(), err
		}
	}
	for ids := range slices.Chunk(b.ids, personsAtOnce) {
		if err := view(ctx, func(ctx context.Context, tx *crm.Tx) error { return b.persons(ctx, tx, ids) }); err != nil {
			return b.changes(), err
		}
	}
	if n := len(events); n > 0 && k.after(events[n-1].Cursor) {
		k.at = events[n-1].Cursor
		for ordinal, at := range k.read {
			if !later(at, k.at) {
				delete(k.read, ordinal)
			}
		}
	}
	return b.changes(), nil
}

// Lapse takes in which consents have ended by the clock of the book, or have not
// any more when it was set back, of which no event tells, in the transaction tx
// or, when that is nil, in Views of its own. With an error it tells what it
// changed until then.
func (k *Keeper) Lapse(ctx context.Context, tx *crm.Tx) (*Changes, error) {
	b := &batch{keeper: k, own: tx == nil, needs: map[crm.CustomerID]*need{}}
	view := k.book.View
	if tx != nil {
		view = func(ctx context.Context, f func(context.Context, *crm.Tx) error) error { return f(ctx, tx) }
	}
	var due []crm.CustomerID
	if err := view(ctx, func(_ context.Context, tx *crm.Tx) error {
		due = k.due(tx.Now().UnixMilli())
		return nil
	}); err != nil {
		return b.changes(), err
	}
	for ids := range slices.Chunk(due, personsAtOnce) {
		if err := view(ctx, func(ctx context.Context, tx *crm.Tx) error {
			for _, id := range ids {
				n := need{Change: Change{What: Values, Names: []string{"email_subscription_status", "sms_subscription_status", consentEnds, consentEnded}}, values: true}
				held, err := tx.Consents.List(ctx, id)
				if err != nil && !errors.Is(err, crm.ErrNotFound) && !errors.Is(err, crm.ErrErased) {
					return err
				}
				for _, p := range held {
					n.join(need{Change: Change{What: Values, Names: consentNames(p.Channel, p.Purpose)}})
				}
				b.ask(id, n)
			}
			return b.persons(ctx, tx, ids)
		}); err != nil {
			return b.changes(), err
		}
	}
	return b.changes(), nil
}

// due returns who has a consent that ends by a time, or that ended after it, as
// the clock was set back since.
func (k *Keeper) due(now int64) (ids []crm.CustomerID) {
	k.base.RLock()
	defer k.base.RUnlock()
	for _, name := range []string{consentEnds, consentEnded} {
		for _, col := range k.base.Named(name) {
			for n := range k.base.Chunks() {
				for i, at := range col.Ints(n) {
					if ordinal := uint32(n)*column.ChunkSize + uint32(i); lapses(name, at, now) && k.base.Has(ordinal) {
						ids = append(ids, crm.CustomerID(k.base.ID(ordinal)))
					}
				}
			}
		}
	}
	return ids
}

// overdue reports whether somebody is due.
func (k *Keeper) overdue(ordinal uint32, now int64) bool {
	k.base.RLock()
	defer k.base.RUnlock()
	for _, name := range []string{consentEnds, consentEnded} {
		for _, col := range k.base.Named(name) {
			if ints := col.Ints(int(ordinal / column.ChunkSize)); ints != nil && lapses(name, ints[ordinal%column.ChunkSize], now) {
				return true
			}
		}
	}
	return false
}

// lapses reports whether the date of a name makes somebody due.
func lapses(name string, at, now int64) bool {
	return at != column.Lacking && (at <= now) == (name == consentEnds)
}

// after reports whether a cursor stands after what was applied; one of an event
// that is not of the feed does.
func (k *Keeper) after(c store.Cursor) bool { return c.IsZero() || later(c, k.at) }

// holds reports whether the base holds of a person what happened up to a cursor.
func (k *Keeper) holds(ordinal uint32, c store.Cursor) bool {
	read, ok := k.read[ordinal]
	return !k.after(c) || ok && !c.IsZero() && !later(c, read)
}

// later reports whether one cursor stands after another.
func later(c, d store.Cursor) bool { return d.IsZero() || c.Compare(d) > 0 }

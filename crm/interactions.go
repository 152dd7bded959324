package crm

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// InteractionDeleted is the event of [Interactions.Delete]. Name is the kind of
// the interaction.
const InteractionDeleted EventKind = "interaction.deleted"

// Interactions is the collection of interactions of a Book or a Tx. It is
// safe for concurrent use when it is a Book's.
type Interactions struct {
	conn
}

// Record takes what a source says of an interaction, and returns it as
// recorded. With a Ref it is the same interaction whenever Ref and OccurredAt
// are the same, and a device reading is so by its device, slot, number and
// time: then it is brought up to date. Without, it is a new one each time, but
// for an ID that was given back.
//
// It stands under CustomerID, else under the anonymous visitor whom the shop
// knows by Device, and stays there for ever: a later Record of it that names
// somebody else changes nothing of that. When the device is identified as a
// customer's, what was recorded of the visitor is the customer's too.
// Interactions may come in any order: what counts is OccurredAt.
//
// What a later Record leaves out stays, properties each by its name. A Version
// older than what is recorded changes nothing; equal content writes nothing.
//
// Record returns an [*InvalidError] that lists everything that is wrong, among
// it a time more than a day ahead; [ErrNotFound] when ID or CustomerID is of
// nothing; or [ErrErased] when the customer was erased.
func (c *Interactions) Record(ctx context.Context, i Interaction) (*Interaction, error) {
	return change(ctx, c.conn, "Interactions.Record", "interaction", cmp.Or(string(i.ID), i.Ref.String()), func(tx *Tx) (*Interaction, error) {
		v, _, err := tx.recordInteraction(i)
		return v, err
	})
}

// Get returns an interaction, or [ErrNotFound].
func (c *Interactions) Get(ctx context.Context, id InteractionID) (*Interaction, error) {
	return see(ctx, c.conn, "Interactions.Get", "interaction", string(id), func(tx *Tx) (*Interaction, error) {
		return tx.book.interactions.Get(tx.st, keyOf(tx.book.interactions, id))
	})
}

// Update changes an interaction by f, such as when feedback arrives later, and
// returns it as recorded. It returns [ErrNotFound], f's error wrapped, or an
// [*InvalidError]. f must not change ID, Ref, CustomerID, Device or OccurredAt.
func (c *Interactions) Update(ctx context.Context, id InteractionID, f func(*Interaction) error) (*Interaction, error) {
	return change(ctx, c.conn, "Interactions.Update", "interaction", string(id), func(tx *Tx) (*Interaction, error) {
		row, err := tx.book.interactions.Load(tx.st, keyOf(tx.book.interactions, id))
		if err != nil {
			return nil, err
		}
		i := row.Value.copy()
		if err := f(i); err != nil {
			return nil, err
		}
		i = i.copy()
		if err := i.check(tx.now, row.Value); err != nil {
			return nil, err
		}
		if err := tx.completeInteraction(i); err != nil {
			return nil, err
		}
		stored, _, err := tx.saveInteraction(row, i)
		return stored, err
	})
}

// Delete removes an interaction for good, or returns [ErrNotFound]. A source
// that tells of it again makes it again.
func (c *Interactions) Delete(ctx context.Context, id InteractionID) error {
	return c.update(ctx, "Interactions.Delete", "interaction", string(id), func(tx *Tx) error {
		t := tx.book.interactions
		i, err := t.Get(tx.st, keyOf(t, id))
		if err != nil {
			return err
		}
		if err := t.Delete(tx.st, keyOf(t, id)); err != nil {
			return err
		}
		tx.emit(i.event(InteractionDeleted, tx.now))
		return nil
	})
}

// InteractionQuery selects interactions by when they occurred. The zero value
// selects all.
type InteractionQuery struct {
	CustomerID CustomerID        // of this customer and whoever was merged with them, also as visitors
	Device     string            // recorded of this anonymous visitor; CustomerID goes before
	Kinds      []InteractionKind // of one of these; empty is all
	Channels   []Channel         // by one of these; empty is all
	Direction  Direction         // "" is all
	From, To   time.Time         // at From or later and before To; zero is open
	Newest     bool              // the newest first; else the oldest
	Limit      int               // of a page, 0 means 100; of a list, 0 means all
	After      string            // the Next of the page before
}

// List yields the interactions that q selects. On a Book it reads in short
// transactions and yields outside of them, so the loop body may take its time
// and write; it is no snapshot.
func (c *Interactions) List(ctx context.Context, q InteractionQuery) iter.Seq2[*Interaction, error] {
	return list(ctx, q.Limit, q.After, func(limit int, after string) (Page[Interaction], error) {
		q.Limit, q.After = limit, after
		return c.Page(ctx, q)
	})
}

// Page returns one page of the interactions that q selects. When they are
// selected by kind, channel or direction, a page reads up to 2,000 and may then
// hold fewer than Limit, or none, and still have a Next. Page returns
// [ErrInvalid] for an After that is not of a page of the same query.
func (c *Interactions) Page(ctx context.Context, q InteractionQuery) (Page[Interaction], error) {
	return see(ctx, c.conn, "Interactions.Page", "interaction", "", func(tx *Tx) (Page[Interaction], error) {
		t, s := tx.book.interactions, sieve[Interaction]{}
		if len(q.Kinds) > 0 || len(q.Channels) > 0 || q.Direction != "" {
			s.keep = q.selects
		}
		of, ids := q.CustomerID, []CustomerID(nil)
		switch {
		case q.CustomerID != "":
			var err error
			if ids, err = tx.cluster(of); err != nil {
				return Page[Interaction]{}, err
			}
		case q.Device != "":
			of = tx.book.visitorID(strings.TrimSpace(q.Device))
			ids = []CustomerID{of}
		}
		if of == "" {
			s.gather, s.read = tx.march()
		} else {
			s.gather = tx.along(lanesOf(nil, t.Index("customer").Key(), 0, ids))
			s.read = func(stops []stop) ([]*Interaction, error) { return there(tx, t, stops) }
		}
		return s.page(span{q.From, q.To, q.Newest, q.Limit, q.After, string(of)})
	})
}

// Count returns how many interactions there are. It reads all their keys.
func (c *Interactions) Count(ctx context.Context) (int, error) {
	return c.count(ctx, "Interactions.Count", c.book.interactions.Key())
}

// selects reports whether q selects an interaction, its window aside.
func (q *InteractionQuery) selects(i *Interaction) bool {
	return among(q.Kinds, i.Kind) && among(q.Channels, i.Channel) && (q.Direction == "" || q.Direction == i.Direction)
}

// among reports whether v is one of list; everything is of an empty list.
func among[T comparable](list []T, v T) bool { return len(list) == 0 || slices.Contains(list, v) }

// march is gather and read over the interactions of everybody, whose ids are in
// the order of time. Gather has read them already.
func (tx *Tx) march() (gather func(span) ([]stop, string, error), read func([]stop) ([]*Interaction, error)) {
	var passed []*Interaction
	gather = func(w span) (stops []stop, next string, err error) {
		t := tx.book.interactions
		rg := store.Prefix(t.Key())
		if !w.from.IsZero() {
			rg.From = keyOf(t, firstInteraction(w.from))
		}
		if !w.to.IsZero() {
			rg.To = keyOf(t, firstInteraction(w.to))
		}
		if w.after != "" {
			last, err := w.resume()
			if err != nil {
				return nil, "", err
			}
			key := keyOf(t, last.id).End()
			if w.newest && bytes.Compare(key, rg.To) < 0 {
				rg.To = key
			} else if key = append(key, 0); !w.newest && bytes.Compare(key, rg.From) > 0 {
				rg.From = key
			}
		}
		rg.Reverse, rg.Limit = w.newest, w.limit+1
		passed = nil
		for i, err := range t.Scan(tx.st, rg) {
			if err != nil {
				return nil, "", err
			}
			if len(stops) == w.limit {
				return stops, w.token(stops[w.limit-1]), nil
			}
			stops, passed = append(stops, stop{id: string(i.ID)}), append(passed, i)
		}
		return stops, "", nil
	}
	return gather, func([]stop) ([]*Interaction, error) { return passed, nil }
}

// firstInteraction is where the ids of interactions from a time on begin.
func firstInteraction(t time.Time) InteractionID {
	return InteractionID(encodeID("int_", t, [16]byte{})[:len("int_")+10])
}

// recordInteraction is Interactions.Record.
func (tx *Tx) recordInteraction(v Interaction) (*Interaction, outcome, error) {
	i := v.copy()
	if i.OccurredAt.IsZero() && !tx.backfill && !i.repeats() {
		i.OccurredAt = tx.now
	}
	if err := i.check(tx.now, nil); err != nil {
		return nil, unchanged, err
	}
	row, err := tx.findInteraction(i)
	if err != nil {
		return nil, unchanged, err
	}
	if row != nil {
		old := row.Value
		if tx.stale(i.Version, old.Version, old.UpdatedAt) {
			return old, unchanged, nil
		}
		i.ID, i.CustomerID = old.ID, old.CustomerID
		if isVisitor(i.CustomerID) {
			i.Device = old.Device
		}
		i.complete(old)
		if err := i.check(tx.now, old); err != nil { // of the two together
			return nil, unchanged, err
		}
	} else if err := tx.interacts(i); err != nil {
		if tx.backfill && errors.Is(err, ErrErased) {
			tx.warn("an interaction of a customer who was erased is left out")
			return nil, unchanged, nil
		}
		return nil, unchanged, err
	}
	if err := tx.completeInteraction(i); err != nil {
		return nil, unchanged, err
	}
	return tx.saveInteraction(row, i)
}

// findInteraction gives i the id that its source makes, and returns the row
// that is there already, nil for none.
func (tx *Tx) findInteraction(i *Interaction) (*store.Row[Interaction], error) {
	t := tx.book.interactions
	id := i.ID
	if derived := i.derived(tx.book); derived != "" {
		if i.ID = derived; id != "" && id != derived {
			return nil, &InvalidError{Fields: []FieldError{{Field: "id", Value: string(id), Want: "the id that the book gave it", Personal: true}}}
		}
	}
	if i.ID == "" {
		return nil, nil
	}
	row, err := found(t.Load(tx.st, keyOf(t, i.ID)))
	switch {
	case err != nil:
		return nil, err
	case row == nil && id != "":
		return nil, ErrNotFound
	case row != nil && !row.Value.OccurredAt.Equal(i.OccurredAt):
		return nil, &InvalidError{Fields: []FieldError{{Field: "occurred_at", Value: i.OccurredAt.Format(time.RFC3339Nano), Want: "the time it was recorded with"}}}
	}
	return row, nil
}

// interacts settles whom a new interaction is of.
func (tx *Tx) interacts(i *Interaction) error {
	if i.CustomerID == "" || isVisitor(i.CustomerID) {
		visitor := tx.book.visitorID(i.Device)
		if i.CustomerID != "" && (i.Device == "" || i.CustomerID != visitor) {
			return &InvalidError{Fields: []FieldError{{Field: "customer_id", Value: string(i.CustomerID), Want: "a customer's id, or the Device of a visitor", Personal: true}}}
		}
		i.CustomerID = visitor
		return tx.forgotten(visitor, i.OccurredAt)
	}
	if i.CustomerID == tx.buyer {
		return nil
	}
	v, err := tx.book.customers.Get(tx.st, keyOf(tx.book.customers, i.CustomerID))
	if err == nil && !v.ErasedAt.IsZero() {
		err = ErrErased
	}
	if err != nil {
		return of("customer", i.CustomerID, err)
	}
	return nil
}

// completeInteraction works out what i leaves out.
func (tx *Tx) completeInteraction(i *Interaction) error {
	i.Direction = cmp.Or(i.Direction, i.Kind.direction())
	var skus []string
	if i.ProductID == "" && i.SKU != "" {
		skus = append(skus, i.SKU)
	}
	for _, it := range i.Items {
		if it.ProductID == "" && it.SKU != "" {
			skus = append(skus, it.SKU)
		}
	}
	catalog, err := tx.lookup(skus)
	if err != nil {
		return err
	}
	i.ProductID = cmp.Or(i.ProductID, catalog.listings[i.SKU].ProductID)
	items := slices.Clone(i.Items)
	for n := range items {
		items[n].ProductID = cmp.Or(items[n].ProductID, catalog.listings[items[n].SKU].ProductID)
	}
	i.Items = items
	return nil
}

// saveInteraction writes i, in the place of row or as a new interaction.
func (tx *Tx) saveInteraction(row *store.Row[Interaction], i *Interaction) (*Interaction, outcome, error) {
	t := tx.book.interactions
	what, kind, at := created, InteractionRecorded, i.OccurredAt
	var diff []Change
	if row != nil {
		old := row.Value
		what, kind, at = updated, InteractionUpdated, cmp.Or(i.Version, tx.now)
		i.CreatedAt = old.CreatedAt
		probe := *i
		probe.Version, probe.UpdatedAt = cmp.Or(i.Version, old.Version), old.UpdatedAt
		if t.Same(row, &probe) {
			return old, unchanged, nil
		}
		diff = changes(old, i)
	} else {
		i.ID = cmp.Or(i.ID, InteractionID(randomID("int_", i.OccurredAt)))
		i.CreatedAt = tx.now
	}
	i.UpdatedAt = tx.now
	if _, err := t.Save(tx.st, row, i); err != nil {
		return nil, unchanged, err
	}
	e := i.event(kind, at)
	e.Changes = diff
	tx.emit(e)
	return i, what, nil
}

func (i *Interaction) event(kind EventKind, at time.Time) Event {
	return Event{
		Kind: kind, CustomerID: i.CustomerID, InteractionID: i.ID, ProductID: i.ProductID, SKU: i.SKU, OrderID: i.OrderID,
		Name: string(i.Kind), Channel: i.Channel, OccurredAt: at,
	}
}

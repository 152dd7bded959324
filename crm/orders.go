package crm

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// Orders is the collection of orders of a Book or a Tx. It is safe for
// concurrent use when it is a Book's.
type Orders struct {
	conn
}

// Record takes what a source says of an order, and returns the order as
// recorded: the one with its ID or Ref brought up to date, or a new one. The
// aggregates of its customer and the events are part of the same transaction.
//
// What o leaves out is worked out: Currency is the book's, a Total of an item
// or of the order the sum of its parts, products are found by SKU and lend
// their unit cost, Rate comes from [Options.Rate]. A Total that is not the sum
// of its parts is kept, and the difference becomes the Adjustment. A Version
// older than what is recorded changes nothing; equal content writes nothing;
// States, Shipments, CustomerID, Email, Phone and Rate that o leaves out stay,
// and items keep the product and the cost that they were recorded with.
//
// Record returns an [*InvalidError] that lists everything that is wrong,
// [ErrNotFound] when CustomerID is of nobody, or [ErrExists] when the Ref is
// another order's.
func (c *Orders) Record(ctx context.Context, o Order) (*Order, error) {
	return change(ctx, c.conn, "Orders.Record", "order", cmp.Or(string(o.ID), o.Ref.String()), func(tx *Tx) (*Order, error) {
		v, _, err := tx.recordOrder(o)
		return v, err
	})
}

// Get returns an order, or [ErrNotFound].
func (c *Orders) Get(ctx context.Context, id OrderID) (*Order, error) {
	return see(ctx, c.conn, "Orders.Get", "order", string(id), func(tx *Tx) (*Order, error) {
		return tx.book.orders.Get(tx.st, keyOf(tx.book.orders, id))
	})
}

// ByRef returns the order that a source knows by ref, or [ErrNotFound].
func (c *Orders) ByRef(ctx context.Context, ref Ref) (*Order, error) {
	return see(ctx, c.conn, "Orders.ByRef", "order", ref.String(), func(tx *Tx) (*Order, error) {
		return byRef(tx, tx.book.orders, ref)
	})
}

// Update changes an order by f and returns it as recorded; aggregates and
// events follow. Total stays authoritative: set it to Money{} to have it worked
// out anew. It returns [ErrNotFound], f's error wrapped, or an
// [*InvalidError]. f must not change the ID or a
// Ref.
func (c *Orders) Update(ctx context.Context, id OrderID, f func(*Order) error) (*Order, error) {
	return change(ctx, c.conn, "Orders.Update", "order", string(id), func(tx *Tx) (*Order, error) {
		row, err := tx.book.orders.Load(tx.st, keyOf(tx.book.orders, id))
		if err != nil {
			return nil, err
		}
		o := row.Value.copy()
		if err := f(o); err != nil {
			return nil, err
		}
		o.ID = id
		if err := tx.completeOrder(o, row.Value); err != nil {
			return nil, err
		}
		stored, _, err := tx.saveOrder(row, o)
		return stored, err
	})
}

// OrderQuery selects orders by the time they were placed. The zero value
// selects all.
type OrderQuery struct {
	CustomerID CustomerID // of this customer and those who were merged with it
	From, To   time.Time  // placed at From or later and before To; zero is open
	Newest     bool       // the newest first; else the oldest
	Limit      int        // of a page, 0 means 100; of a list, 0 means all
	After      string     // the Next of the page before
}

// List yields the orders that q selects. On a Book it reads in short
// transactions and yields outside of them, so the loop body may take its time
// and write; it is no snapshot.
func (c *Orders) List(ctx context.Context, q OrderQuery) iter.Seq2[*Order, error] {
	return list(ctx, q.Limit, q.After, func(limit int, after string) (Page[Order], error) {
		q.Limit, q.After = limit, after
		return c.Page(ctx, q)
	})
}

// Page returns one page of the orders that q selects. It returns [ErrInvalid]
// for an After that is not of a page of the same query.
func (c *Orders) Page(ctx context.Context, q OrderQuery) (Page[Order], error) {
	return see(ctx, c.conn, "Orders.Page", "order", "", func(tx *Tx) (Page[Order], error) {
		t := tx.book.orders
		if q.CustomerID == "" {
			ix := t.Index("time")
			return ix.Page(tx.st, window(ix.Key(), q.From, q.To, q.Newest, q.Limit), q.After)
		}
		ids, err := tx.cluster(q.CustomerID)
		if err != nil {
			return Page[Order]{}, err
		}
		lanes := lanesOf(nil, t.Index("customer").Key(), 0, customersOf(ids))
		return pageOf(tx, t, lanes, span{q.From, q.To, q.Newest, q.Limit, q.After, string(q.CustomerID)})
	})
}

// Strays yields the orders that name no customer, but an e-mail address or a
// phone number, in an order that tells nothing. On a Book it reads as
// [Orders.List] does.
func (c *Orders) Strays(ctx context.Context) iter.Seq2[*Order, error] {
	return list(ctx, 0, "", func(limit int, after string) (Page[Order], error) {
		return see(ctx, c.conn, "Orders.Strays", "order", "", func(tx *Tx) (Page[Order], error) {
			ix := tx.book.orders.Index("stray")
			rg := store.Prefix(ix.Key())
			rg.Limit = limit
			return ix.Page(tx.st, rg, after)
		})
	})
}

// Count returns how many orders there are. It reads all their keys.
func (c *Orders) Count(ctx context.Context) (int, error) {
	return c.count(ctx, "Orders.Count", c.book.orders.Key())
}

// window is the range of keys that begin with key and go on with a time.
func window(key store.Key, from, to time.Time, newest bool, limit int) store.Range {
	rg := store.Prefix(key)
	if !from.IsZero() {
		rg.From = slices.Clip(key).Time(from)
	}
	if !to.IsZero() {
		rg.To = slices.Clip(key).Time(to)
	}
	rg.Reverse, rg.Limit = newest, limit
	return rg
}

// recordOrder is Orders.Record.
func (tx *Tx) recordOrder(o Order) (*Order, outcome, error) {
	row, err := find(tx, tx.book.orders, o.ID, o.Ref)
	if err != nil {
		return nil, unchanged, err
	}
	o = *o.copy()
	if row == nil {
		if err := tx.completeOrder(&o, nil); err != nil {
			return nil, unchanged, err
		}
		return tx.saveOrder(nil, &o)
	}
	old := row.Value
	if tx.stale(o.Version, old.Version, old.UpdatedAt) {
		return old, unchanged, nil
	}
	o.ID = old.ID
	o.CustomerID = cmp.Or(o.CustomerID, old.CustomerID)
	if o.Rate.IsZero() && cmp.Or(o.Currency, o.Total.Currency, tx.book.currency) == old.Currency {
		o.Rate = old.Rate
	}
	o.Email, o.Phone = cmp.Or(o.Email, old.Email), cmp.Or(o.Phone, old.Phone)
	if o.Shipments == nil {
		o.Shipments = old.Shipments
	}
	if err := tx.completeOrder(&o, old); err != nil {
		return nil, unchanged, err
	}
	return tx.saveOrder(row, &o)
}

// saveOrder writes o, in the place of row or as a new order, with everything
// that hangs on it.
func (tx *Tx) saveOrder(row *store.Row[Order], o *Order) (*Order, outcome, error) {
	what, kind := created, OrderRecorded
	var old *Order
	if row != nil {
		what, kind, old = updated, OrderUpdated, row.Value
		o.CreatedAt = old.CreatedAt
		if err := sameRef(&o.Ref, old.Ref); err != nil {
			return nil, unchanged, err
		}
		probe := *o
		probe.Version, probe.UpdatedAt = cmp.Or(o.Version, old.Version), old.UpdatedAt
		if tx.book.orders.Same(row, &probe) {
			return old, unchanged, nil
		}
	} else {
		o.CreatedAt = tx.now
		switch {
		case o.ID != "":
		case !o.Ref.IsZero():
			o.ID = OrderID(derivedID("ord_", tx.book.opts.Namespace, o.OccurredAt, "order", o.Ref))
		default:
			o.ID = OrderID(randomID("ord_", o.OccurredAt))
		}
	}
	o.UpdatedAt = tx.now
	if _, err := tx.book.orders.Save(tx.st, row, o); err != nil {
		return nil, unchanged, err
	}
	if err := tx.restand(old, o); err != nil {
		return nil, unchanged, err
	}
	e := Event{Kind: kind, CustomerID: o.CustomerID, OrderID: o.ID, OccurredAt: o.OccurredAt}
	if old != nil {
		e.OccurredAt, e.Changes = cmp.Or(o.Version, tx.now), changes(old, o)
		if old.CustomerID != o.CustomerID {
			e.OtherID = old.CustomerID
		}
		for i, c := range e.Changes {
			if c.Field == "state" {
				e.Changes[i].From, e.Changes[i].To = string(old.State), string(o.State)
			}
		}
	}
	tx.emit(e)
	if old != nil && old.spends() && !o.spends() {
		e.Kind = OrderCanceled
		tx.emit(e)
	}
	if old != nil {
		if err := tx.refundsFollow(old, o); err != nil {
			return nil, unchanged, err
		}
	}
	return o, what, nil
}

// copy returns an order that shares nothing with o that is written to.
func (o *Order) copy() *Order {
	p := *o
	p.States, p.Items, p.Shipments = slices.Clone(o.States), slices.Clone(o.Items), slices.Clone(o.Shipments)
	p.Coupons, p.Tags = slices.Clone(o.Coupons), slices.Clone(o.Tags)
	return &p
}

// counts reports whether o is a sale that counts as an order.
func (o *Order) counts() bool { return o.Kind == KindSale && o.live() }

// spends reports whether the Total of o counts as spent.
func (o *Order) spends() bool { return o.Kind != KindWriteOff && o.live() }

func (o *Order) live() bool {
	return o.State != StateDraft && o.State != StateCanceled && o.State != StateExpired
}

package intake

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// How many records are read in one View, and then brought in at once.
const (
	recordsAtOnce = 200
	personsAtOnce = 32
)

type viewer func(context.Context, func(context.Context, *crm.Tx) error) error

// A batch is some events on their way in: what they say is to be read again,
// each once.
type batch struct {
	keeper *Keeper
	view   viewer

	products     set[crm.ProductID]
	orders       set[crm.OrderID]
	changed      set[crm.OrderID] // whose refunds are read again, too
	refunds      set[crm.RefundID]
	interactions set[crm.InteractionID]
	deleted      set[visit]
	persons      set[crm.CustomerID]
}

// A visit is a day of somebody.
type visit struct {
	who crm.CustomerID
	day int32
}

// A set is a list of things, each once, in the order in which they came.
type set[T comparable] struct {
	list []T
	has  map[T]bool
}

func (s *set[T]) add(v T) {
	var zero T
	if v == zero || s.has[v] {
		return
	}
	if s.has == nil {
		s.has = map[T]bool{}
	}
	s.has[v] = true
	s.list = append(s.list, v)
}

// plan notes what is to be read again.
func (b *batch) plan(events []*crm.Event) {
	for _, e := range events {
		switch e.Kind {
		case crm.ProductCreated, crm.ProductUpdated, crm.ProductPriceChanged, crm.ProductStockChanged:
			b.products.add(e.ProductID)
		case crm.OrderRecorded:
			b.orders.add(e.OrderID)
		case crm.OrderUpdated, crm.OrderCanceled:
			b.orders.add(e.OrderID)
			b.changed.add(e.OrderID)
		case crm.RefundRecorded, crm.RefundUpdated:
			b.refunds.add(e.RefundID)
		case crm.InteractionRecorded:
			if slices.Contains(deeds, crm.InteractionKind(e.Name)) {
				b.interactions.add(e.InteractionID)
			}
		case crm.InteractionUpdated: // it may have been of another kind
			b.interactions.add(e.InteractionID)
		case crm.InteractionDeleted:
			if at, ok := happened(e.InteractionID); ok {
				b.deleted.add(visit{e.CustomerID, b.keeper.days.day(at)})
			} else {
				b.persons.add(e.CustomerID)
			}
		case crm.IdentityLinked, crm.IdentityUnlinked:
			if e.Name == string(crm.IdentityDevice) {
				b.persons.add(e.CustomerID)
				b.persons.add(e.OtherID)
			}
		case crm.ConsentChanged:
			if e.Name == string(crm.PurposeProfiling) {
				b.persons.add(e.CustomerID)
			}
		case crm.CustomerMerged, crm.CustomerUnmerged, crm.CustomerErased:
			b.persons.add(e.CustomerID)
			b.persons.add(e.OtherID)
		}
	}
}

// read reads what was planned, and brings it in.
func (b *batch) read(ctx context.Context) error {
	if err := portions(ctx, b, b.products.list, recordsAtOnce, (*reading).products); err != nil {
		return err
	}
	if err := portions(ctx, b, b.orders.list, recordsAtOnce, (*reading).orders); err != nil {
		return err
	}
	if err := portions(ctx, b, b.changed.list, recordsAtOnce, (*reading).refundsOf); err != nil {
		return err
	}
	if err := portions(ctx, b, b.refunds.list, recordsAtOnce, (*reading).refunds); err != nil {
		return err
	}
	visits := b.deleted
	err := portions(ctx, b, b.interactions.list, recordsAtOnce, func(r *reading, ctx context.Context, tx *crm.Tx, ids []crm.InteractionID) error {
		for _, id := range ids {
			i, err := tx.Interactions.Get(ctx, id)
			if errors.Is(err, crm.ErrNotFound) {
				continue // a later event tells so
			}
			if err != nil {
				return err
			}
			visits.add(visit{i.CustomerID, b.keeper.days.day(i.OccurredAt)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := portions(ctx, b, visits.list, personsAtOnce, (*reading).visits); err != nil {
		return err
	}
	return portions(ctx, b, b.persons.list, personsAtOnce, (*reading).persons)
}

// portions reads some things at a time, and brings in what was read.
func portions[T any](ctx context.Context, b *batch, list []T, most int, read func(*reading, context.Context, *crm.Tx, []T) error) error {
	for part := range slices.Chunk(list, most) {
		r := &reading{keeper: b.keeper}
		err := b.view(ctx, func(ctx context.Context, tx *crm.Tx) error {
			*r = reading{keeper: b.keeper, known: map[crm.CustomerID]standing{}}
			return read(r, ctx, tx, part)
		})
		if err != nil {
			return err
		}
		for _, change := range r.changes {
			b.keeper.changed.Add(uint64(change()))
		}
	}
	return nil
}

// A reading is what was read in one View: changes, each of which returns how many
// baskets it touched.
type reading struct {
	keeper  *Keeper
	known   map[crm.CustomerID]standing
	changes []func() int
}

// change notes a change, during which who asks waits.
func (r *reading) change(f func(*ledger.Ledger) int) {
	r.changes = append(r.changes, func() (n int) {
		r.keeper.write(func() { n = f(r.keeper.ledger) })
		return n
	})
}

// whose returns the standing of an id.
func (r *reading) whose(ctx context.Context, tx *crm.Tx, id crm.CustomerID) (standing, error) {
	if s, ok := r.known[id]; ok || id == "" {
		return s, nil
	}
	s, err := whose(ctx, tx, id)
	if err == nil {
		r.known[id] = s
	}
	return s, err
}

func (r *reading) put(b ledger.Basket) {
	r.change(func(l *ledger.Ledger) int {
		l.Put(b)
		return 1
	})
}

func (r *reading) remove(id string) {
	r.change(func(l *ledger.Ledger) int {
		if l.Remove(id) {
			return 1
		}
		return 0
	})
}

func (r *reading) products(ctx context.Context, tx *crm.Tx, ids []crm.ProductID) error {
	list := make([]*crm.Product, len(ids)) // nil: there is none
	for i, id := range ids {
		p, err := tx.Products.Get(ctx, id)
		if err != nil && !errors.Is(err, crm.ErrNotFound) {
			return err
		}
		list[i] = p
	}
	k := r.keeper
	r.changes = append(r.changes, func() (n int) {
		var renaming *ledger.Renaming
		k.write(func() {
			var keys []string
			for i, id := range ids {
				keys = append(keys, keysOf(k.goods, id)...)
				if p := list[i]; p != nil {
					k.goods.Put(p)
				} else {
					k.goods.Remove(id)
				}
				keys = append(keys, keysOf(k.goods, id)...)
			}
			renaming = k.ledger.Recall(keys...)
		})
		if renaming == nil {
			return 0
		}
		n = renaming.Find() // others read meanwhile
		for more := true; more; {
			k.write(func() { more = renaming.Step() })
		}
		return n
	})
	return nil
}

// keysOf returns the keys of what was sold of a product before the catalog had it.
func keysOf(g *goods.Goods, id crm.ProductID) (keys []string) {
	if n, ok := g.Number(id); ok {
		for _, v := range g.Variants(n) {
			keys = append(keys, Key("", v.SKU))
		}
	}
	return keys
}

func (r *reading) orders(ctx context.Context, tx *crm.Tx, ids []crm.OrderID) error {
	for _, id := range ids {
		o, err := tx.Orders.Get(ctx, id)
		if errors.Is(err, crm.ErrNotFound) {
			r.remove(orderKey(id))
			continue
		}
		if err != nil {
			return err
		}
		s, err := r.whose(ctx, tx, o.CustomerID)
		if err != nil {
			return err
		}
		if b, ok := r.keeper.order(o, s); ok {
			r.put(b)
		} else {
			r.remove(orderKey(id))
		}
	}
	return nil
}

func (r *reading) refundsOf(ctx context.Context, tx *crm.Tx, ids []crm.OrderID) error {
	for _, id := range ids {
		for refund, err := range tx.Refunds.List(ctx, crm.RefundQuery{OrderID: id}) {
			if err == nil {
				err = r.refund(ctx, tx, refund)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reading) refunds(ctx context.Context, tx *crm.Tx, ids []crm.RefundID) error {
	for _, id := range ids {
		refund, err := tx.Refunds.Get(ctx, id)
		if errors.Is(err, crm.ErrNotFound) {
			r.remove(refundKey(id))
			continue
		}
		if err == nil {
			err = r.refund(ctx, tx, refund)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) refund(ctx context.Context, tx *crm.Tx, refund *crm.Refund) error {
	s, err := r.whose(ctx, tx, refund.CustomerID)
	if err != nil {
		return err
	}
	b, ok, err := r.keeper.refund(ctx, tx, refund, s)
	if err != nil {
		return err
	}
	if ok {
		r.put(b)
	} else {
		r.remove(refundKey(refund.ID))
	}
	return nil
}

// order returns the basket of an order of somebody; false when it is none.
func (k *Keeper) order(o *crm.Order, s standing) (ledger.Basket, bool) {
	b, ok := k.days.basketOf(o)
	if s.trust == open && !gift(o) {
		b.Customer = string(s.who)
	}
	return b, ok && s.trust != gone
}

// refund returns the basket of a refund of somebody; false when it is none. What
// nobody gave back is of no use.
func (k *Keeper) refund(ctx context.Context, tx *crm.Tx, r *crm.Refund, s standing) (ledger.Basket, bool, error) {
	if s.who == "" || s.trust != open {
		return ledger.Basket{}, false, nil
	}
	b, ok, err := k.days.returnOf(ctx, tx, r)
	b.Customer = string(s.who)
	return b, ok, err
}

// visits reads days of people anew.
func (r *reading) visits(ctx context.Context, tx *crm.Tx, list []visit) error {
	for _, v := range list {
		s, err := r.whose(ctx, tx, v.who)
		if err != nil {
			return err
		}
		var fresh []ledger.Basket
		if s.trust == open {
			from, to := r.keeper.days.span(v.day)
			var done []deed
			for i, err := range tx.Interactions.List(ctx, crm.InteractionQuery{CustomerID: s.who, Kinds: deeds, From: from, To: to}) {
				if err != nil {
					return err
				}
				if d, ok := deedOf(i); ok && r.keeper.days.day(i.OccurredAt) == v.day {
					if len(done) > mostDeeds && d.at > done[mostDeeds].at {
						break
					}
					done = append(done, d)
				}
			}
			fresh = sessions(s.who, v.day, done)
		}
		names := []string{string(s.who), string(v.who)}
		r.change(func(l *ledger.Ledger) int {
			return l.Replace(names, func(kind ledger.Kind, day int32) bool { return kind != ledger.Bought && day == v.day }, fresh)
		})
	}
	return nil
}

// persons reads people anew.
func (r *reading) persons(ctx context.Context, tx *crm.Tx, ids []crm.CustomerID) error {
	for _, id := range ids {
		s, err := r.whose(ctx, tx, id)
		if err != nil {
			return err
		}
		var fresh []ledger.Basket
		var lost []crm.OrderID // which are no baskets
		for o, err := range tx.Orders.List(ctx, crm.OrderQuery{CustomerID: s.who}) {
			if err != nil {
				return err
			}
			if b, ok := r.keeper.order(o, s); ok {
				fresh = append(fresh, b)
			} else {
				lost = append(lost, o.ID)
			}
		}
		if s.trust == open {
			for refund, err := range tx.Refunds.List(ctx, crm.RefundQuery{CustomerID: s.who}) {
				if err != nil {
					return err
				}
				b, ok, err := r.keeper.refund(ctx, tx, refund, s)
				if err != nil {
					return err
				}
				if ok {
					fresh = append(fresh, b)
				}
			}
			done := map[int32][]deed{}
			for i, err := range tx.Interactions.List(ctx, crm.InteractionQuery{CustomerID: s.who, Kinds: deeds}) {
				if err != nil {
					return err
				}
				if d, ok := deedOf(i); ok {
					day := r.keeper.days.day(i.OccurredAt)
					done[day] = append(done[day], d)
				}
			}
			for day, list := range done {
				fresh = append(fresh, sessions(s.who, day, list)...)
			}
		}
		if s.trust == gone { // that they were gifts is gone, too: what others gave back of them counts
			if err := r.refundsOf(ctx, tx, lost); err != nil {
				return err
			}
		}
		names := []string{string(s.who), string(id)}
		r.change(func(l *ledger.Ledger) int {
			n := l.Replace(names, func(ledger.Kind, int32) bool { return true }, fresh)
			for _, id := range lost {
				if l.Remove(orderKey(id)) {
					n++
				}
			}
			if s.trust == gone {
				l.Forget(names...) // nor may the keys remain
			}
			return n
		})
	}
	return nil
}

package intake

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/store"
)

// A batch is some events on their way into a base.
type batch struct {
	keeper *Keeper
	own    bool // it reads in Views of its own
	ids    []crm.CustomerID
	needs  map[crm.CustomerID]*need

	products []crm.ProductID
	orders   []*crm.Event // that may change which refunds count
	groups   []*crm.Event

	told     []*Change
	places   map[uint32]int // in told
	removed  []Removal
	declared []string
}

// plan notes what events ask for.
func (b *batch) plan(events []*crm.Event) {
	for _, e := range events {
		switch e.Kind {
		case crm.ProductCreated, crm.ProductUpdated:
			if !slices.Contains(b.products, e.ProductID) {
				b.products = append(b.products, e.ProductID)
			}
			continue
		case crm.AttributesDeclared:
			for _, c := range e.Changes {
				b.declared = once(b.declared, c.Field)
			}
			continue
		}
		n, ok := needOf(e)
		if !ok {
			continue
		}
		b.ask(e.CustomerID, n)
		b.ask(e.OtherID, n)
		switch {
		case e.Kind == crm.GroupChanged:
			b.groups = append(b.groups, e)
		case e.Kind == crm.OrderUpdated && recounts(e):
			b.orders = append(b.orders, e)
		}
	}
}

// ask notes what is needed of the person whom an id is of.
func (b *batch) ask(id crm.CustomerID, n need) {
	switch have := b.needs[id]; {
	case id == "":
	case have == nil:
		b.ids = append(b.ids, id)
		b.needs[id] = &n
	default:
		have.join(n)
	}
}

// widen finds whom events are about beside those that they name, and reads the
// products.
func (b *batch) widen(ctx context.Context, tx *crm.Tx) error {
	for _, id := range b.products {
		p, err := tx.Products.Get(ctx, id)
		if errors.Is(err, crm.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		b.keeper.base.SetProduct(productOf(p))
	}
	for _, e := range b.orders {
		for r, err := range tx.Refunds.List(ctx, crm.RefundQuery{OrderID: e.OrderID}) {
			if err != nil {
				return err
			}
			b.ask(r.CustomerID, need{Change: Change{What: Refunds, Events: []*crm.Event{e}}, whole: true})
		}
	}
	for _, e := range b.groups {
		g, err := tx.Groups.Get(ctx, crm.GroupID(e.Name))
		if errors.Is(err, crm.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		n, _ := needOf(e)
		for _, m := range g.Members {
			wrong := e.CustomerID == ""
			if !wrong {
				if wrong, err = b.keeper.misnamed(ctx, tx, g, m.CustomerID); err != nil {
					return err
				}
			}
			if wrong {
				b.ask(m.CustomerID, n)
			}
		}
	}
	return nil
}

// misnamed reports whether the base has a group of somebody otherwise than it is:
// the book tells of who joins and leaves, and not that for all others it is of
// another kind or has another key now.
func (k *Keeper) misnamed(ctx context.Context, tx *crm.Tx, g *crm.Group, id crm.CustomerID) (bool, error) {
	ordinal, ok := lookup(k.base, id)
	if !ok {
		members, err := tx.Customers.Members(ctx, id)
		if err != nil || len(members) == 0 {
			return false, err
		}
		if ordinal, ok = lookup(k.base, members[0]); !ok {
			return false, nil
		}
	}
	k.base.RLock()
	defer k.base.RUnlock()
	name, other := "companies", "households"
	if g.Kind == crm.GroupHousehold {
		name, other = other, name
	}
	return k.lists(ordinal, other, string(g.ID)) || !k.lists(ordinal, name, string(g.ID)) ||
		g.Ref.ID != "" && !k.lists(ordinal, name, g.Ref.ID), nil
}

// lists reports whether a list of somebody has a text. The lock must be held.
func (k *Keeper) lists(ordinal uint32, name, text string) bool {
	for _, col := range k.base.Named(name) {
		codes := col.Codes(int(ordinal / column.ChunkSize))
		if codes == nil {
			continue
		}
		for _, code := range col.Lists.Of(codes[ordinal%column.ChunkSize]) {
			if string(col.Texts.Bytes(code)) == text {
				return true
			}
		}
	}
	return false
}

// persons brings the persons up to date whom ids are of.
func (b *batch) persons(ctx context.Context, tx *crm.Tx, ids []crm.CustomerID) error {
	var head store.Cursor
	if b.own { // in an Update it would be a reason to run that again
		var err error
		if head, err = tx.Store().Head(); err != nil {
			return err
		}
	}
	var order []crm.CustomerID
	whole := map[crm.CustomerID]*need{}
	for _, id := range ids {
		members, err := tx.Customers.Members(ctx, id)
		if err != nil {
			return err
		}
		if len(members) == 0 {
			continue // a visitor whom nobody identified
		}
		n := whole[members[0]]
		if n == nil {
			n = new(*b.needs[id])
			order, whole[members[0]] = append(order, members[0]), n
		} else {
			n.join(*b.needs[id])
		}
		for _, m := range members[1:] {
			if b.remove(m) { // a later event tells of the merge
				n.What, n.joined = n.What|Everything, true
			}
		}
	}
	for _, id := range order {
		n := whole[id]
		if at, ok := lookup(b.keeper.base, id); ok && len(n.Events) > 0 && b.keeper.overdue(at, tx.Now().UnixMilli()) {
			// Whatever else they are read for, that shows then, and is not due again.
			n.join(need{Change: Change{What: Values}})
		}
		ordinal, ok, err := b.person(ctx, tx, id, n, head)
		if err != nil {
			return err
		}
		if ok {
			b.tell(ordinal, n)
		}
	}
	return nil
}

// person brings a person up to date, by the survivor's id; false when there is
// none.
func (b *batch) person(ctx context.Context, tx *crm.Tx, id crm.CustomerID, n *need, head store.Cursor) (uint32, bool, error) {
	k := b.keeper
	ordinal, there := lookup(k.base, id)
	rest := need{whole: n.joined}
	if len(n.Events) == 0 {
		rest = *n
	}
	var facts []*crm.Event
	for _, e := range n.Events {
		if there && k.holds(ordinal, e.Cursor) {
			continue
		}
		m, _ := needOf(e)
		if m.fact {
			facts = append(facts, e)
		}
		rest.join(m)
	}
	if !there {
		n.What |= Everything
	}
	if !there || rest.whole {
		return b.anew(ctx, tx, id, head)
	}
	for _, e := range facts { // in their order
		if ok, err := k.add(ctx, tx, ordinal, e); err != nil {
			return 0, false, err
		} else if !ok {
			return b.anew(ctx, tx, id, head)
		}
	}
	if rest.values {
		v, err := customer(ctx, tx, id)
		if gone(err) {
			b.remove(id)
			return 0, false, nil
		}
		if err != nil {
			return 0, false, err
		}
		if err := k.refresh(ctx, tx, ordinal, v, rest.Names); err != nil {
			return 0, false, err
		}
	}
	return ordinal, true, nil
}

// anew reads a person anew.
func (b *batch) anew(ctx context.Context, tx *crm.Tx, id crm.CustomerID, head store.Cursor) (uint32, bool, error) {
	k := b.keeper
	var p *column.Person
	v, err := customer(ctx, tx, id)
	if err == nil {
		p, err = read(ctx, tx, v)
	}
	if err == nil {
		p.Values, err = k.more.add(ctx, tx, v, p.Values)
	}
	if gone(err) {
		b.remove(id)
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	ordinal := k.base.Put(p)
	if !head.IsZero() && later(head, k.at) {
		k.read[ordinal] = head
	}
	return ordinal, true, nil
}

func gone(err error) bool { return errors.Is(err, crm.ErrNotFound) || errors.Is(err, crm.ErrErased) }

// remove takes an id out of the base, and reports whether it was there.
func (b *batch) remove(id crm.CustomerID) bool {
	k := b.keeper
	ordinal, ok := lookup(k.base, id)
	if ok {
		k.base.Remove(ordinal)
		delete(k.read, ordinal)
		b.removed = append(b.removed, Removal{ordinal, string(id)})
	}
	return ok
}

// refresh reads what a person has beside facts, of which names may be of
// something that they have no more.
func (k *Keeper) refresh(ctx context.Context, tx *crm.Tx, ordinal uint32, v *crm.Customer, names []string) error {
	all, err := valuesOf(ctx, tx, v)
	if err == nil {
		all, err = k.more.add(ctx, tx, v, all)
	}
	if err != nil {
		return err
	}
	declared, err := tx.Customers.Attributes(ctx)
	if err != nil {
		return err
	}
	has := map[string]bool{}
	for _, value := range all {
		has[value.Name] = true
	}
	clear := func(name string) {
		if !has[name] {
			has[name] = true
			all = append(all, column.Value{Name: name})
		}
	}
	for _, w := range rule.Fields("") {
		if !w.Prefix() {
			clear(w.Name)
		}
	}
	for _, a := range declared {
		clear("attributes." + a.Name)
	}
	for _, name := range names {
		clear(name)
	}
	k.base.SetValues(ordinal, all)
	return nil
}

// tell notes what events told of a person.
func (b *batch) tell(ordinal uint32, n *need) {
	if n.What == 0 {
		return
	}
	if b.places == nil {
		b.places = map[uint32]int{}
	}
	if at, ok := b.places[ordinal]; ok {
		all := need{Change: *b.told[at]}
		all.join(*n)
		*b.told[at] = all.Change
		return
	}
	c := n.Change
	c.Ordinal = ordinal
	b.places[ordinal] = len(b.told)
	b.told = append(b.told, &c)
}

// changes returns what was told, without those who left.
func (b *batch) changes() *Changes {
	c := &Changes{Removed: b.removed, Attributes: b.declared}
	for _, p := range b.products {
		c.Products = append(c.Products, string(p))
	}
	gone := map[uint32]bool{}
	for _, r := range b.removed {
		gone[r.Ordinal] = true
	}
	for _, p := range b.told {
		if !gone[p.Ordinal] {
			c.Persons = append(c.Persons, p)
		}
	}
	return c
}

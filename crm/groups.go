package crm

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// Groups is the collection of households and companies of a Book or a Tx. It is
// safe for concurrent use when it is a Book's.
type Groups struct {
	conn
}

// Create adds a group and returns it as recorded. An empty ID is given one. It
// returns [ErrExists] when the id or the ref is taken, [ErrNotFound] when a
// member is no customer, [ErrErased] when one was erased, and an
// [*InvalidError] that lists everything that is wrong.
func (c *Groups) Create(ctx context.Context, g Group) (*Group, error) {
	return change(ctx, c.conn, "Groups.Create", "group", string(g.ID), func(tx *Tx) (*Group, error) {
		g := g.copy()
		if err := g.clean(); err != nil {
			return nil, err
		}
		row, err := find(tx, tx.book.groups, g.ID, g.Ref)
		if err != nil {
			return nil, err
		}
		if row != nil {
			return nil, &Error{Op: "Groups.Create", Kind: "group", ID: string(row.Value.ID), Err: ErrExists}
		}
		return tx.saveGroup(nil, g)
	})
}

// Record takes what a source says of a group, and returns the group as recorded:
// the one with its ref, or its id, brought up to date, or a new one. A Version
// older than what is recorded changes nothing, and equal content writes nothing.
// A member who stays, and is given no Since, keeps theirs. Record returns the
// errors of [Groups.Create]; [ErrExists] when its ID and its ref are of two.
func (c *Groups) Record(ctx context.Context, g Group) (*Group, error) {
	return change(ctx, c.conn, "Groups.Record", "group", cmp.Or(string(g.ID), g.Ref.String()), func(tx *Tx) (*Group, error) {
		g := g.copy()
		if err := g.clean(); err != nil {
			return nil, err
		}
		row, err := find(tx, tx.book.groups, g.ID, g.Ref)
		if err != nil {
			return nil, err
		}
		if row != nil {
			if tx.stale(g.Version, row.Value.Version, row.Value.UpdatedAt) {
				return row.Value, nil
			}
			g.ID = row.Value.ID
		}
		return tx.saveGroup(row, g)
	})
}

// Get returns a group, or [ErrNotFound].
func (c *Groups) Get(ctx context.Context, id GroupID) (*Group, error) {
	return see(ctx, c.conn, "Groups.Get", "group", string(id), func(tx *Tx) (*Group, error) {
		return tx.book.groups.Get(tx.st, keyOf(tx.book.groups, id))
	})
}

// ByRef returns the group that a source knows by ref, or [ErrNotFound].
func (c *Groups) ByRef(ctx context.Context, ref Ref) (*Group, error) {
	return see(ctx, c.conn, "Groups.ByRef", "group", ref.String(), func(tx *Tx) (*Group, error) {
		return byRef(tx, tx.book.groups, ref)
	})
}

// Update changes a group by f and returns it as recorded. It returns
// [ErrNotFound], also for a new member who is no customer, [ErrErased] for one
// who was erased, f's error wrapped, or an [*InvalidError]. f must not change
// the ID or a Ref.
func (c *Groups) Update(ctx context.Context, id GroupID, f func(*Group) error) (*Group, error) {
	return change(ctx, c.conn, "Groups.Update", "group", string(id), func(tx *Tx) (*Group, error) {
		row, err := tx.book.groups.Load(tx.st, keyOf(tx.book.groups, id))
		if err != nil {
			return nil, err
		}
		g := row.Value.copy()
		if err := f(g); err != nil {
			return nil, err
		}
		g = g.copy()
		if err := g.clean(); err != nil {
			return nil, err
		}
		g.ID = id
		return tx.saveGroup(row, g)
	})
}

// Delete removes a group, or returns [ErrNotFound]. Its members stay customers.
func (c *Groups) Delete(ctx context.Context, id GroupID) error {
	return c.update(ctx, "Groups.Delete", "group", string(id), func(tx *Tx) error {
		t := tx.book.groups
		g, err := t.Get(tx.st, keyOf(t, id))
		if err != nil {
			return err
		}
		if err := t.Delete(tx.st, keyOf(t, id)); err != nil {
			return err
		}
		tx.regrouped(g, &Group{ID: id})
		return nil
	})
}

// Of returns the groups that a person is in, under whichever of their ids, by
// the groups' ids; nil when there is none.
func (c *Groups) Of(ctx context.Context, customer CustomerID) ([]*Group, error) {
	return see(ctx, c.conn, "Groups.Of", "customer", string(customer), func(tx *Tx) ([]*Group, error) {
		ids, err := tx.cluster(customer)
		if err != nil {
			return nil, err
		}
		var list []*Group
		ix := tx.book.groups.Index("member")
		for _, id := range ids {
			for g, err := range ix.Scan(tx.st, store.Prefix(ix.Key().String(string(id)))) {
				if err != nil {
					return nil, err
				}
				list = append(list, g)
			}
		}
		slices.SortFunc(list, func(a, b *Group) int { return strings.Compare(string(a.ID), string(b.ID)) })
		return slices.CompactFunc(list, func(a, b *Group) bool { return a.ID == b.ID }), nil
	})
}

// Aggregates returns what the orders and refunds of all members of a group, and
// of whoever was merged with them, add up to. Each person counts once, also
// when two members were merged. It returns [ErrNotFound], or [ErrOverflow].
func (c *Groups) Aggregates(ctx context.Context, id GroupID) (*Aggregates, error) {
	return see(ctx, c.conn, "Groups.Aggregates", "group", string(id), func(tx *Tx) (*Aggregates, error) {
		g, err := tx.book.groups.Get(tx.st, keyOf(tx.book.groups, id))
		if err != nil {
			return nil, err
		}
		all := map[CustomerID]bool{}
		for _, m := range g.Members {
			if all[m.CustomerID] {
				continue // with the whole of another member
			}
			ids, err := tx.cluster(m.CustomerID)
			if err != nil {
				return nil, err
			}
			for _, id := range ids {
				all[id] = true
			}
		}
		return tx.sum("", customersOf(slices.Sorted(maps.Keys(all))))
	})
}

// GroupQuery selects groups, in the order of their ids. The zero value selects
// all.
type GroupQuery struct {
	Limit int    // of a page, 0 means 100; of a list, 0 means all
	After string // the Next of the page before
}

// List yields the groups that q selects. On a Book it reads in short
// transactions and yields outside of them, so the loop body may take its time
// and write; it is no snapshot.
func (c *Groups) List(ctx context.Context, q GroupQuery) iter.Seq2[*Group, error] {
	return list(ctx, q.Limit, q.After, func(limit int, after string) (Page[Group], error) {
		return c.Page(ctx, GroupQuery{Limit: limit, After: after})
	})
}

// Page returns one page of the groups that q selects. It returns [ErrInvalid]
// for an After that is not of such a page.
func (c *Groups) Page(ctx context.Context, q GroupQuery) (Page[Group], error) {
	return see(ctx, c.conn, "Groups.Page", "group", "", func(tx *Tx) (Page[Group], error) {
		return tx.book.groups.Page(tx.st, store.Range{Limit: q.Limit}, q.After)
	})
}

// Count returns how many groups there are. It reads all their keys.
func (c *Groups) Count(ctx context.Context) (int, error) {
	return c.count(ctx, "Groups.Count", c.book.groups.Key())
}

// groupID makes an id for a group that is new.
func (tx *Tx) groupID(g *Group) GroupID {
	if g.Ref.IsZero() {
		return GroupID(randomID("grp_", tx.now))
	}
	return GroupID(derivedID("grp_", tx.book.opts.Namespace, time.Time{}, "group", g.Ref))
}

// saveGroup writes g in the place of row, nil for none, unless nothing changed.
func (tx *Tx) saveGroup(row *store.Row[Group], g *Group) (*Group, error) {
	old := &Group{}
	if row != nil {
		old = row.Value
	}
	if g.ID == "" {
		g.ID = tx.groupID(g)
	}
	if err := sameRef(&g.Ref, old.Ref); err != nil {
		return nil, err
	}
	if err := tx.joining(old, g); err != nil {
		return nil, err
	}
	g.CreatedAt = cmp.Or(old.CreatedAt, tx.now)
	if row != nil {
		probe := *g
		probe.Version, probe.UpdatedAt = cmp.Or(g.Version, old.Version), old.UpdatedAt
		if tx.book.groups.Same(row, &probe) {
			return old, nil
		}
	}
	g.UpdatedAt = tx.now
	if _, err := tx.book.groups.Save(tx.st, row, g); err != nil {
		return nil, err
	}
	tx.regrouped(old, g)
	return g, nil
}

// joining makes sure that new members are customers, and says since when they
// are members.
func (tx *Tx) joining(old, g *Group) error {
	since := make(map[CustomerID]time.Time, len(old.Members))
	for _, m := range old.Members {
		since[m.CustomerID] = m.Since
	}
	var joined []CustomerID
	for i := range g.Members {
		m := &g.Members[i]
		was, ok := since[m.CustomerID]
		if !ok {
			joined, was = append(joined, m.CustomerID), tx.now
		}
		m.Since = cmp.Or(m.Since, was)
	}
	customers, err := many(tx, tx.book.customers, joined)
	if err != nil {
		return err
	}
	for i, v := range customers {
		switch {
		case v == nil:
			return of("customer", joined[i], ErrNotFound)
		case !v.ErasedAt.IsZero():
			return of("customer", joined[i], ErrErased)
		}
	}
	return nil
}

// regrouped tells of what changed: one event for each customer who joined or
// left, or one without a customer when nobody did.
func (tx *Tx) regrouped(old, g *Group) {
	moved := false
	for _, ch := range []struct {
		from, to *Group
		left     bool
	}{{g, old, true}, {old, g, false}} {
		in := make(map[CustomerID]bool, len(ch.from.Members))
		for _, m := range ch.from.Members {
			in[m.CustomerID] = true
		}
		for _, m := range ch.to.Members {
			if in[m.CustomerID] {
				continue
			}
			e := Event{Kind: GroupChanged, CustomerID: m.CustomerID, Name: string(g.ID)}
			if !ch.left {
				e.OccurredAt = m.Since
			}
			tx.emit(e)
			moved = true
		}
	}
	if !moved {
		tx.emit(Event{Kind: GroupChanged, Name: string(g.ID), OccurredAt: g.Version, Changes: changes(old, g)})
	}
}

// leaveGroups takes a customer id out of all groups, which stay for the others.
func (tx *Tx) leaveGroups(id CustomerID) error {
	t := tx.book.groups
	ix := t.Index("member")
	for {
		row, err := ix.Load(tx.st, ix.Key().String(string(id)))
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		g := row.Value.copy()
		g.Members = slices.DeleteFunc(g.Members, func(m Member) bool { return m.CustomerID == id })
		g.UpdatedAt = tx.now
		if _, err := t.Save(tx.st, row, g); err != nil {
			return err
		}
		tx.regrouped(row.Value, g)
	}
}

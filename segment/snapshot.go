package segment

import (
	"context"
	"errors"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/store"
)

// A draft is a snapshot that is being made: its members are written down, but it
// is no segment yet.
type draft struct {
	SegmentID ID        `json:"segment_id"`
	At        time.Time `json:"at"` // when something was written last; zero: nobody goes on
}

var draftTable = store.MustTable(store.Schema[draft]{
	Number: tableDrafts, Name: "segment.drafts",
	Fields: func(c *store.Coder, d *draft) {
		store.String(c, 1, &d.SegmentID)
		store.Time(c, 2, &d.At)
	},
	Key: func(k store.Key, d *draft) store.Key { return k.String(string(d.SegmentID)) },
})

// heldAtOnce is how many members of a snapshot are written in one transaction.
const heldAtOnce = 500

// stale is after how long without a sign of life a draft is given up.
const stale = time.Hour

// Snapshot writes down who is in a segment now, as a segment of its own with a
// new name and without a rule: a list that stays as it is, whatever becomes of
// the members and of the segment, until [Catalog.Include], [Catalog.Exclude] or
// [Catalog.Delete] changes it. The list follows its people when they are merged,
// and loses whoever is erased.
//
// The members are written in many short transactions, and nobody sees the list
// before it is whole. Its one event is [Created]: its members are in it from the
// beginning, and of none it is told that they entered. When Snapshot fails,
// nothing of the list is seen, and a later one takes away what was written.
//
// Snapshot returns [crm.ErrNotFound] for a segment that there is not,
// [crm.ErrExists] for a name that is taken, and an [*crm.InvalidError] for one
// that cannot be. It returns [crm.ErrNested] within a transaction.
func (c *Catalog) Snapshot(ctx context.Context, id ID, name string) (*Segment, error) {
	k, members, err := c.members(ctx, id)
	if err != nil {
		return nil, wrap("Snapshot", id, err)
	}
	s, err := c.freeze(ctx, k, members, find(k.definitions, string(id)).Name, name)
	return s, wrap("Snapshot", id, err)
}

// freeze makes a segment of a set.
func (c *Catalog) freeze(ctx context.Context, k *known, members *roaring.Bitmap, of, name string) (_ *Segment, err error) {
	if err := c.sweep(ctx); err != nil {
		return nil, err
	}
	d, err := c.draft(ctx, of, name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.abandon(ctx, d.ID))
		}
	}()
	ordinals := make([]uint32, heldAtOnce)
	for it := members.ManyIterator(); ; {
		n := it.NextMany(ordinals)
		if n == 0 {
			break
		}
		if err := c.hold(ctx, d.ID, k.held(ordinals[:n])); err != nil {
			return nil, err
		}
	}
	return c.publish(ctx, d)
}

// draft begins a snapshot.
func (c *Catalog) draft(ctx context.Context, of, name string) (*definition, error) {
	d := &definition{Segment: Segment{
		ID: ID(crm.NewID("seg_", c.book.Now())), Name: name,
		Description: "Members of " + of + " on " + c.now().In(c.opts.Location).Format("2006-01-02 15:04"),
	}}
	return d, c.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		trial := *d
		if err := c.complete(ctx, tx, &trial); err != nil {
			return err
		}
		return c.drafts.Put(tx.Store(), &draft{d.ID, tx.Now()})
	})
}

// publish makes a segment of a draft.
func (c *Catalog) publish(ctx context.Context, d *definition) (made *Segment, err error) {
	err = c.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		if err := c.going(tx, d.ID); err != nil {
			return err
		}
		whole := *d
		whole.Version, whole.RuledAt, whole.CreatedAt, whole.UpdatedAt = 1, tx.Now(), tx.Now(), tx.Now()
		if err := c.complete(ctx, tx, &whole); err != nil {
			return err
		}
		if _, err := c.segments.Save(tx.Store(), nil, &whole); err != nil {
			return err
		}
		if err := c.drafts.Delete(tx.Store(), c.drafts.Key().String(string(d.ID))); err != nil {
			return err
		}
		made = &whole.Segment
		return tx.Emit(crm.Event{Kind: Created, Name: string(d.ID)})
	})
	return made, err
}

// held returns the ids of people, also of those who were merged meanwhile.
func (k *known) held(ordinals []uint32) []crm.CustomerID {
	ids := make([]crm.CustomerID, 0, len(ordinals))
	k.base.RLock()
	defer k.base.RUnlock()
	for _, ordinal := range ordinals {
		if id := k.base.IDBytes(ordinal); len(id) > 0 {
			ids = append(ids, crm.CustomerID(id))
		}
	}
	return ids
}

// hold writes down members of a snapshot. Whoever was erased meanwhile is not.
func (c *Catalog) hold(ctx context.Context, id ID, customers []crm.CustomerID) error {
	return c.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		if err := c.going(tx, id); err != nil {
			return err
		}
		for _, customer := range customers {
			v, err := tx.Customers.Get(ctx, customer)
			if errors.Is(err, crm.ErrNotFound) || err == nil && !v.ErasedAt.IsZero() {
				continue
			}
			if err != nil {
				return err
			}
			if err := c.picks.Put(tx.Store(), &pick{SegmentID: id, CustomerID: customer, At: tx.Now()}); err != nil {
				return err
			}
		}
		return c.drafts.Put(tx.Store(), &draft{id, tx.Now()})
	})
}

// going returns [crm.ErrConflict] for a draft that was swept away.
func (c *Catalog) going(tx *crm.Tx, id ID) error {
	_, err := c.drafts.Get(tx.Store(), c.drafts.Key().String(string(id)))
	if errors.Is(err, crm.ErrNotFound) {
		return crm.ErrConflict
	}
	return err
}

// abandon says that nobody goes on with a draft, and sweeps it away while there
// is time.
func (c *Catalog) abandon(ctx context.Context, id ID) error {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := c.book.Update(last, func(_ context.Context, tx *crm.Tx) error {
		if err := c.going(tx, id); err != nil {
			return nil // swept already
		}
		return c.drafts.Put(tx.Store(), &draft{SegmentID: id})
	})
	if err != nil || ctx.Err() != nil {
		return err
	}
	return c.sweep(ctx)
}

// sweep takes away the drafts with which nobody goes on.
func (c *Catalog) sweep(ctx context.Context) error {
	var left []ID
	if err := c.book.View(ctx, func(_ context.Context, tx *crm.Tx) error {
		left = nil
		for d, err := range c.drafts.Scan(tx.Store(), store.Range{}) {
			if err != nil {
				return err
			}
			if tx.Now().Sub(d.At) >= stale {
				left = append(left, d.SegmentID)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, id := range left {
		if err := clear(ctx, c, c.picks, c.picksOf(id), nil); err != nil {
			return err
		}
		if err := c.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
			return c.drafts.Delete(tx.Store(), c.drafts.Key().String(string(id)))
		}); err != nil {
			return err
		}
	}
	return nil
}

// heldIn brings the members of a segment that was just made into the columns: of
// a snapshot there is no event for each.
func (c *Catalog) heldIn(ctx context.Context, id ID) error {
	base := c.columns.keeper.Base()
	name := picksPrefix + string(id)
	for after := ""; ; {
		var page store.Page[pick]
		var own [][]column.Value // of who is not in the base by that id
		var ids []crm.CustomerID
		err := c.book.View(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
			own, ids = nil, nil
			if page, err = c.picks.Page(tx.Store(), c.picksOf(id), after); err != nil {
				return err
			}
			for _, p := range page.Items {
				base.RLock()
				_, ok := base.Ordinal(string(p.CustomerID))
				base.RUnlock()
				if ok && !p.Out {
					continue
				}
				v, err := tx.Customers.Get(ctx, p.CustomerID)
				if errors.Is(err, crm.ErrNotFound) {
					continue
				}
				if err != nil {
					return err
				}
				values, err := c.more(ctx, tx, v)
				if err != nil {
					return err
				}
				own, ids = append(own, values), append(ids, v.ID)
			}
			return nil
		})
		if err != nil {
			return err
		}
		set := func(customer crm.CustomerID, values []column.Value) {
			base.RLock()
			ordinal, ok := base.Ordinal(string(customer))
			base.RUnlock()
			if ok {
				base.SetValues(ordinal, values)
			}
		}
		in := []column.Value{{Name: name, Type: rule.IsBool, Int: 1}}
		for _, p := range page.Items {
			if !p.Out {
				set(p.CustomerID, in)
			}
		}
		for i, values := range own {
			set(ids[i], values)
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}

package segment

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Create adds a segment and returns it as recorded. An empty ID is given one;
// Version and the times are the catalog's. It returns [crm.ErrExists] when the
// id or the name is taken, and an [*crm.InvalidError] that lists everything that
// is wrong, the rule's faults with their places.
func (c *Catalog) Create(ctx context.Context, s Segment) (*Segment, error) {
	var made *Segment
	if s.ID != "" { // what one that was deleted may have left
		if err := c.clear(ctx, "Create", s.ID); err != nil {
			return nil, err
		}
	}
	err := c.update(ctx, "Create", s.ID, func(ctx context.Context, tx *crm.Tx) error {
		d := &definition{Segment: s}
		d.ID = cmp.Or(d.ID, ID(crm.NewID("seg_", tx.Now())))
		d.Version, d.RuledAt, d.CreatedAt, d.UpdatedAt = 1, tx.Now(), tx.Now(), tx.Now()
		row, err := c.load(tx, d.ID)
		if err == nil && row != nil {
			err = crm.ErrExists
		}
		if err != nil {
			return err
		}
		if err := c.complete(ctx, tx, d); err != nil {
			return err
		}
		if _, err := c.segments.Save(tx.Store(), nil, d); err != nil {
			return err
		}
		made = &d.Segment
		return tx.Emit(crm.Event{Kind: Created, Name: string(d.ID)})
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// Get returns a segment, or [crm.ErrNotFound].
func (c *Catalog) Get(ctx context.Context, id ID) (*Segment, error) {
	var s *Segment
	err := c.view(ctx, "Get", id, func(_ context.Context, tx *crm.Tx) error {
		row, err := c.load(tx, id)
		if err == nil && row == nil {
			err = crm.ErrNotFound
		}
		if err == nil {
			s = &row.Value.Segment
		}
		return err
	})
	return s, err
}

// ByName returns the segment of a name, in letters of either case, or
// [crm.ErrNotFound].
func (c *Catalog) ByName(ctx context.Context, name string) (*Segment, error) {
	var s *Segment
	err := c.view(ctx, "ByName", "", func(_ context.Context, tx *crm.Tx) error {
		d, err := c.named(tx, name)
		if err == nil {
			s = &d.Segment
		}
		return err
	})
	return s, err
}

// Update changes a segment by f and returns it as recorded. A new name also
// becomes that of the rules which name it, and a changed rule begins a new
// Version. What f does to ID, Version and the times is passed over, and equal
// content writes nothing. A rule that f leaves alone is not checked again. f may
// be called more than once, like everything that runs in a transaction. Update
// returns [crm.ErrNotFound], f's error wrapped, and the errors of
// [Catalog.Create].
func (c *Catalog) Update(ctx context.Context, id ID, f func(*Segment) error) (*Segment, error) {
	var s *Segment
	err := c.update(ctx, "Update", id, func(ctx context.Context, tx *crm.Tx) error {
		row, err := c.load(tx, id)
		if err == nil && row == nil {
			err = crm.ErrNotFound
		}
		if err != nil {
			return err
		}
		old := *row.Value
		d := old
		if err := f(&d.Segment); err != nil {
			return err
		}
		d.ID, d.Version, d.RuledAt, d.CreatedAt, d.UpdatedAt = old.ID, old.Version, old.RuledAt, old.CreatedAt, old.UpdatedAt
		if err := c.complete(ctx, tx, &d); err != nil {
			return err
		}
		changed := d.changes(&old)
		s = &d.Segment
		if len(changed) == 0 {
			return nil
		}
		d.UpdatedAt = tx.Now()
		if d.Text != old.Text {
			d.Version, d.RuledAt = old.Version+1, tx.Now()
		}
		if _, err := c.segments.Save(tx.Store(), row, &d); err != nil {
			return err
		}
		if d.Name != old.Name {
			if err := c.rename(tx, &old, d.Name); err != nil {
				return err
			}
		}
		return tx.Emit(crm.Event{Kind: Updated, Name: string(id), Changes: changed})
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Delete removes a segment with its history, and with what [Catalog.Include] and
// [Catalog.Exclude] said of it. It returns [crm.ErrNotFound], or [ErrUsed] while
// rules of others name it; within [Catalog.In] all of it is one transaction, and
// [store.ErrTooLarge] when its history is too long for one.
func (c *Catalog) Delete(ctx context.Context, id ID) error {
	err := c.update(ctx, "Delete", id, func(ctx context.Context, tx *crm.Tx) error {
		row, err := c.load(tx, id)
		if err == nil && row == nil {
			err = crm.ErrNotFound
		}
		if err != nil {
			return err
		}
		users, err := c.users(tx, id)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			var names []string
			for _, d := range users {
				names = append(names, d.Name)
			}
			slices.Sort(names)
			return fmt.Errorf("%w of %q", ErrUsed, names)
		}
		if err := c.segments.Delete(tx.Store(), c.key(id)); err != nil {
			return err
		}
		return tx.Emit(crm.Event{Kind: Deleted, Name: string(id)})
	})
	if err != nil {
		return err
	}
	return c.clear(ctx, "Delete", id)
}

// List yields all segments, by name. It yields at most one error, last.
func (c *Catalog) List(ctx context.Context) iter.Seq2[*Segment, error] {
	return func(yield func(*Segment, error) bool) {
		var list []*definition
		err := c.view(ctx, "List", "", func(_ context.Context, tx *crm.Tx) (err error) {
			list, err = c.all(tx)
			return err
		})
		if err != nil {
			yield(nil, err)
			return
		}
		slices.SortFunc(list, func(a, b *definition) int {
			return cmp.Or(strings.Compare(fold(a.Name), fold(b.Name)), strings.Compare(string(a.ID), string(b.ID)))
		})
		for _, d := range list {
			if ctx.Err() != nil {
				yield(nil, wrap("List", "", ctx.Err()))
				return
			}
			if !yield(&d.Segment, nil) {
				return
			}
		}
	}
}

// Uses returns the segments whose rules name a segment, by name, and nil when
// there are none.
func (c *Catalog) Uses(ctx context.Context, id ID) ([]*Segment, error) {
	var list []*Segment
	err := c.view(ctx, "Uses", id, func(_ context.Context, tx *crm.Tx) error {
		users, err := c.users(tx, id)
		list = nil
		for _, d := range users {
			list = append(list, &d.Segment)
		}
		return err
	})
	slices.SortFunc(list, func(a, b *Segment) int { return strings.Compare(fold(a.Name), fold(b.Name)) })
	return list, err
}

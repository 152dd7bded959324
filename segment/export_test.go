package segment

import (
	"context"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/intake"
	"github.com/seed-9cb3708a/clientele/store"
)

// Record writes transitions as [Catalog.Run] does.
func Record(ctx context.Context, c *Catalog, sizes map[ID]int, list ...Transition) error {
	return c.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		var moves []move
		for _, t := range list {
			moves = append(moves, move{Transition: t})
		}
		return c.record(tx, moves, sizes)
	})
}

// Save saves the columns as [Catalog.Run] does, as they stand.
func Save(ctx context.Context, c *Catalog) error {
	_, err := c.saveSince(ctx, store.Cursor{})
	return err
}

// Adopt makes a base the columns, which hold all that is in the book.
func Adopt(ctx context.Context, c *Catalog, base *column.Base) error {
	at, err := c.book.Events.Head(ctx)
	if err == nil {
		c.adopt(intake.Keep(c.book, base, at, c.more))
	}
	return err
}

// Sets returns who is in the segments.
func Sets(ctx context.Context, c *Catalog) ([]*roaring.Bitmap, error) {
	k, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	p, err := k.whole()
	if err != nil {
		return nil, err
	}
	at := c.now().UnixMilli()
	edges, err := c.edges(ctx, k, p, at)
	if err != nil {
		return nil, err
	}
	return p.Run(ctx, at, edges)
}

// Overlaps returns how many sets have in common.
func Overlaps(sets []*roaring.Bitmap) [][]int { return overlaps(sets) }

// Call writes down who is in a segment, as [Catalog.Run] does.
func Call(ctx context.Context, c *Catalog, id ID, at time.Time, customers []crm.CustomerID) error {
	r := c.newCall(census{SegmentID: id, At: at, Version: 1}, customers)
	for {
		if done, err := r.write(ctx); done || err != nil {
			return err
		}
	}
}

// Drafts returns the snapshots that are being made, or were broken off.
func Drafts(ctx context.Context, c *Catalog) (ids []ID) {
	c.book.View(ctx, func(_ context.Context, tx *crm.Tx) error {
		for d := range c.drafts.Scan(tx.Store(), store.Range{}) {
			if d != nil {
				ids = append(ids, d.SegmentID)
			}
		}
		return nil
	})
	return ids
}

// Draft begins a snapshot as [Catalog.Snapshot] does.
func Draft(ctx context.Context, c *Catalog, of, name string) (ID, error) {
	d, err := c.draft(ctx, of, name)
	if err != nil {
		return "", err
	}
	return d.ID, nil
}

// Hold writes down members of it.
func Hold(ctx context.Context, c *Catalog, id ID, customers ...crm.CustomerID) error {
	return c.hold(ctx, id, customers)
}

// Publish makes a segment of it.
func Publish(ctx context.Context, c *Catalog, id ID, name string) error {
	_, err := c.publish(ctx, &definition{Segment: Segment{ID: id, Name: name}})
	return err
}

// Settle takes a step of what [Catalog.Run] does beside following.
func Settle(ctx context.Context, c *Catalog) error {
	_, err := c.columns.live.settle(ctx, c.book.Now())
	return err
}

// Follow follows the book as [Catalog.Run] does.
func Follow(ctx context.Context, c *Catalog) error {
	return c.book.Follow(ctx, follower, c.handle, c.following())
}

// Knows reports whether the columns have a text among the values of a name.
func Knows(c *Catalog, name, text string) bool {
	base := c.columns.keeper.Base()
	base.RLock()
	defer base.RUnlock()
	return slices.ContainsFunc(base.Named(name), func(col *column.Column) bool { return col.Texts.Find(text) != 0 })
}

package segment

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/intake"
	"github.com/seed-9cb3708a/clientele/store"
)

// columns are what a process keeps of the book in memory to answer rules. Who
// asks brings them up to date first, and so sees whatever was committed before.
type columns struct {
	turn   chan struct{} // one brings them up to date at a time
	keeper *intake.Keeper
	lapsed time.Time             // when consents were last looked through
	erased bool                  // somebody was, whose texts are not forgotten yet
	forgot time.Time             // when texts of others were
	known  atomic.Pointer[known] // nil: to be read anew
	frozen *frozen
	live   *live
	stands atomic.Pointer[store.Cursor] // where the keeper does
	texts  texts
}

// cursor returns up to which event the columns hold everything.
func (k *columns) cursor() store.Cursor {
	if at := k.stands.Load(); at != nil {
		return *at
	}
	return store.Cursor{}
}

// eventsAtOnce is how many events are brought in at once.
const eventsAtOnce = 1000

// fresh brings the columns up to date with the feed, builds them where there are
// none, and returns what is known then.
func (c *Catalog) fresh(ctx context.Context) (*known, error) {
	if c.tx != nil { // it reads in transactions of its own
		return nil, crm.ErrNested
	}
	k := c.columns
	if err := c.queue(ctx); err != nil {
		return nil, err
	}
	defer func() { <-k.turn }()
	if k.keeper == nil {
		if err := c.build(ctx); err != nil {
			return nil, err
		}
	}
	err := c.catchUp(ctx)
	for errors.Is(err, store.ErrCursorExpired) { // it stood still for longer than the feed is kept
		c.opts.Logger.Info("segment columns are built anew", "reason", "the feed was trimmed")
		if err = c.scan(ctx); err == nil {
			err = c.catchUp(ctx)
		}
	}
	return k.known.Load(), err
}

// queue waits for the turn to bring the columns up to date, but not within a
// transaction, which whoever has the turn may be waiting for.
func (c *Catalog) queue(ctx context.Context) error {
	select {
	case c.columns.turn <- struct{}{}:
		return nil
	default:
	}
	if err := c.book.View(ctx, func(context.Context, *crm.Tx) error { return nil }); err != nil {
		return err
	}
	select {
	case c.columns.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// snapshotOf is where the columns of a namespace are saved.
func snapshotOf(space uint64) store.Snapshot {
	return store.Snapshot{Name: fmt.Sprintf("segment/%d/columns", space)}
}

// snapshot is the name under which the columns are saved.
func (c *Catalog) snapshot() string { return snapshotOf(c.book.Space()).Name }

// build loads the columns that were saved, or makes them of the book.
func (c *Catalog) build(ctx context.Context) error {
	keeper, err := intake.Load(ctx, c.book, c.snapshot(), c.more)
	if errors.Is(err, crm.ErrNotFound) || errors.Is(err, store.ErrCorrupt) || errors.Is(err, crm.ErrConflict) {
		return c.scan(ctx)
	}
	if err != nil {
		return err
	}
	c.adopt(keeper)
	return nil
}

// scan makes the columns of the book.
func (c *Catalog) scan(ctx context.Context) error {
	start := time.Now()
	base := column.New()
	at, err := intake.Scan(ctx, c.book, base, c.more, nil)
	if err != nil {
		return err
	}
	keeper := intake.Keep(c.book, base, at, c.more)
	c.opts.Logger.Info("segment columns are built", "customers", base.Len(), "took", time.Since(start))
	c.adopt(keeper)
	return nil
}

func (c *Catalog) adopt(keeper *intake.Keeper) {
	c.columns.keeper, c.columns.lapsed = keeper, time.Time{}
	c.columns.known.Store(nil)
	c.columns.live.drop()
}

// catchUp brings the columns up to date.
func (c *Catalog) catchUp(ctx context.Context) error {
	k := c.columns
	var batch []*crm.Event
	for e, err := range c.book.Events.List(ctx, k.keeper.Cursor()) {
		if err != nil {
			return err
		}
		if batch = append(batch, e); len(batch) == eventsAtOnce {
			if err := c.apply(ctx, batch); err != nil {
				return err
			}
			batch = nil
		}
	}
	if len(batch) > 0 {
		if err := c.apply(ctx, batch); err != nil {
			return err
		}
	}
	if now := c.book.Now(); now.Sub(k.lapsed) >= time.Second || now.Before(k.lapsed) {
		changes, err := k.keeper.Lapse(ctx, nil)
		k.live.note(changes, nil)
		if err != nil {
			return err
		}
		k.lapsed = now
	}
	if now := c.book.Now(); k.erased && (now.Sub(k.forgot) >= time.Minute || now.Before(k.forgot)) {
		k.keeper.Base().Forget()
		k.erased, k.forgot = false, now
	}
	at := k.keeper.Cursor()
	k.stands.Store(&at)
	if k.known.Load() == nil {
		return c.learn(ctx)
	}
	return nil
}

// apply brings a batch of events in. What may fail comes before the columns go on:
// then all of it is done again.
func (c *Catalog) apply(ctx context.Context, batch []*crm.Event) error {
	k := c.columns
	for _, e := range batch {
		switch e.Kind {
		case Created: // perhaps by the id of another, which had picks
			k.known.Store(nil)
			changes, err := k.keeper.Again(ctx, nil, picksPrefix+e.Name)
			k.live.note(changes, nil)
			if err != nil {
				return err
			}
			if err := c.heldIn(ctx, ID(e.Name)); err != nil {
				return err
			}
		case Updated, Deleted, crm.AttributesDeclared:
			k.known.Store(nil)
		case Refreshed:
			err := c.book.View(ctx, func(_ context.Context, tx *crm.Tx) error { return c.readEdges(tx) })
			if err != nil {
				return err
			}
		case crm.CustomerErased: // whose texts stand in what was saved
			if err := c.forget(ctx); err != nil {
				return err
			}
			k.erased = true
		case Picked:
			if now := k.known.Load(); now != nil && !now.picked[ID(e.Name)] {
				k.known.Store(nil)
			}
		}
	}
	changes, err := k.keeper.Apply(ctx, nil, batch)
	k.live.note(changes, batch)
	return err
}

// forget drops the columns that were saved; the next to save them is Run.
func (c *Catalog) forget(ctx context.Context) error {
	return snapshotOf(c.book.Space()).Drop(ctx, c.book.Store())
}

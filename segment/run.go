package segment

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/intake"
	"github.com/seed-9cb3708a/clientele/store"
)

// follower is the name by which the catalog follows the book.
const follower = "segment"

// A turn says which process tells who comes into segments and leaves them.
type turn struct {
	Holder string `json:"holder"`
}

var turnTable = store.MustTable(store.Schema[turn]{
	Number: tableTurns, Name: "segment.turns",
	Fields: func(c *store.Coder, t *turn) { store.String(c, 1, &t.Holder) },
	Key:    func(k store.Key, _ *turn) store.Key { return k },
})

// A turnShelf is the shelf of what whoever has the turn writes beside records:
// the columns, which are everybody's. They are dropped when anybody is erased.
type turnShelf struct{ *store.Table[turn] }

// At is the table in a namespace.
func (s turnShelf) At(space uint64) store.Shelf { return turnShelf{s.In(space)} }

// Erase drops the columns. They are a cache, and count for nothing.
func (s turnShelf) Erase(tx store.Tx, subject string, _ []byte, _ int) (n int, next []byte, err error) {
	if subject != "" {
		snapshotOf(s.Space()).DropIn(tx)
	}
	return 0, nil, nil
}

// Run keeps the columns up to date, and writes down who comes into segments and
// leaves them, with an event for each ([Entered], [Left]): also when nothing
// happens but that time passes. It blocks until ctx ends and returns ctx's error,
// or one of the store. Several processes may run it at once: one writes, and each
// keeps columns of its own. It is one of the loops for [crm.Book.Run].
//
// Who is in a segment when it is made, or gets another rule, is written down
// without events: see [Catalog.MembersAt].
func (c *Catalog) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var work error
	var wait sync.WaitGroup
	wait.Go(func() {
		defer cancel()
		work = c.work(ctx)
	})
	wait.Go(func() { c.save(ctx) })
	err := c.trimmed(ctx, func() error { return c.book.Follow(ctx, follower, c.handle, c.following()) })
	cancel()
	wait.Wait()
	if work != nil && !errors.Is(work, context.Canceled) {
		err = work
	}
	return wrap("Run", "", err)
}

// Tick is one step of [Catalog.Run] as of a time, which returns how many people
// came into segments or left them. It returns an error that wraps
// [store.ErrLocked] while another process runs.
func (c *Catalog) Tick(ctx context.Context, now time.Time) (int, error) {
	l := c.columns.live
	l.mu.Lock()
	before := l.told
	l.mu.Unlock()
	for {
		more, err := l.settle(ctx, now)
		if err != nil {
			return 0, wrap("Tick", "", err)
		}
		if more {
			continue
		}
		err = c.trimmed(ctx, func() error {
			_, err := c.book.CatchUp(ctx, follower, c.handle, c.following())
			return err
		})
		if err != nil {
			return 0, wrap("Tick", "", err)
		}
		l.mu.Lock()
		done, n := l.leading && l.known != nil && len(l.dirty)+len(l.gone) == 0, l.told-before
		l.mu.Unlock()
		if done {
			return n, nil
		}
	}
}

// trimmed calls follow, and again when the follower stood still for longer than the
// feed is kept: who came and left is told by what the columns hold, of which events
// are but a sign.
func (c *Catalog) trimmed(ctx context.Context, follow func() error) error {
	err := follow()
	for errors.Is(err, store.ErrCursorExpired) {
		err = c.book.Followers.Drop(ctx, follower)
		if err == nil || errors.Is(err, crm.ErrNotFound) || errors.Is(err, store.ErrLocked) {
			err = follow()
		}
	}
	return err
}

func (c *Catalog) following() *crm.FollowOptions {
	return &crm.FollowOptions{SkipOwn: true, FromHead: true, Wake: c.columns.live.wake}
}

// handle tells in a transaction what has become of memberships by a batch of
// events, or by time.
func (c *Catalog) handle(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
	l := c.columns.live
	row, err := c.turns.Load(tx.Store(), c.turns.Key())
	if err != nil && !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	if err != nil {
		row = nil
	}
	l.mu.Lock()
	leading := l.leading
	l.mu.Unlock()
	if row == nil || row.Value.Holder != l.token || !leading {
		if _, err := c.turns.Save(tx.Store(), row, &turn{Holder: l.token}); err != nil {
			return err
		}
		tx.AfterCommit(l.lead)
		return nil
	}
	if n := len(batch); n > 0 && !l.reached(ctx, batch[n-1].Cursor) {
		return nil // it is told later
	}
	return l.tell(ctx, tx)
}

// patience is how long a transaction waits for the columns.
const patience = time.Second / 10

// reached waits a moment until the events up to a cursor have been looked at, and
// reports whether they have. It does not wait while that takes longer, or waits
// for the writer itself.
func (l *live) reached(ctx context.Context, to store.Cursor) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		l.mu.Lock()
		at, moved, settled, busy := l.at, l.moved, l.settled && l.known != nil, l.busy
		l.mu.Unlock()
		if !settled || !at.IsZero() && at.Compare(to) >= 0 {
			return settled
		}
		if busy {
			return false
		}
		select {
		case <-moved:
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// How often it is looked whether the columns should be saved, and how old the
// saved ones may be while the book changes.
const (
	lookEvery = time.Minute
	saveEvery = 15 * time.Minute
)

// save saves the columns now and then, so that a process that starts need not
// make them anew. The process whose turn it is does.
func (c *Catalog) save(ctx context.Context) {
	var saved store.Cursor
	var last time.Time // zero: not by this process
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		l := c.columns.live
		l.mu.Lock()
		leading := l.leading && l.settled
		l.mu.Unlock()
		if !leading || time.Since(last) < saveEvery {
			continue
		}
		at, err := c.saveSince(ctx, saved)
		switch {
		case err == nil:
			saved, last = at, time.Now()
		case ctx.Err() == nil:
			c.opts.Logger.Warn("segment columns are not saved", "error", err)
		}
	}
}

// saveSince saves the columns, unless they stand where they did, and returns where
// they stand.
func (c *Catalog) saveSince(ctx context.Context, saved store.Cursor) (store.Cursor, error) {
	keeper, err := c.still(ctx)
	if err != nil {
		return saved, err
	}
	if keeper.Cursor() == saved {
		return saved, nil
	}
	return keeper.Cursor(), keeper.Save(ctx, c.snapshot(), c.clean)
}

// errErasing says that columns may have somebody who is erased.
var errErasing = errors.New("somebody is being erased")

// clean returns an error when columns that stand at a cursor may have somebody in
// them who was erased since, or is being erased. It is called when they are about
// to be written: an erasure that begins later drops them, and ends the writing.
func (c *Catalog) clean(ctx context.Context, at store.Cursor) error {
	for e, err := range c.book.Privacy.Erasures(ctx) {
		if err == nil && e.FinishedAt.IsZero() {
			err = errErasing
		}
		if err != nil {
			return err
		}
	}
	for e, err := range c.book.Events.List(ctx, at) {
		if err == nil && e.Kind == crm.CustomerErased {
			err = errErasing
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// still returns the keeper of the columns as it stands; it is only to be saved.
func (c *Catalog) still(ctx context.Context) (*intake.Keeper, error) {
	k := c.columns
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if k.keeper == nil {
		return nil, crm.ErrNotFound
	}
	copied := *k.keeper
	return &copied, nil
}

// nap is how long work sleeps at most while time can change memberships: the
// clock may jump.
const nap = time.Second / 2

// work keeps the columns up to date, and who is in what.
func (c *Catalog) work(ctx context.Context) error {
	l := c.columns.live
	for {
		now := c.book.Now()
		more, err := l.settle(ctx, now)
		if err != nil {
			return err
		}
		if more {
			continue
		}
		l.mu.Lock()
		left := time.Minute
		if l.leading {
			left = nap
			if at := l.timers.soonest; at-now.UnixMilli() < nap.Milliseconds() {
				left = max(time.Duration(at-now.UnixMilli())*time.Millisecond, time.Millisecond)
			}
		} else {
			left = nap // it may become this process's turn
		}
		l.mu.Unlock()
		wait, cancel := context.WithTimeout(ctx, left)
		err = c.book.Events.Wait(wait, c.columns.cursor())
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}

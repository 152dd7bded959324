package search

import (
	"context"
	"errors"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// Run builds the index where that is to be done, and keeps it up to date with
// the book, until ctx ends: a loop for [crm.Book.Run]. Many processes may run it for one book: one works
// while the others stand by, as [crm.Book.Follow] has it; also whoever builds. An
// index whose book has trimmed its feed too early is built anew. What may pass,
// such as a store that cannot be reached, is tried again every second.
//
// Run returns an error that wraps ctx's, or one of the store that will not pass:
// [crm.ErrClosed], [crm.ErrNested], [crm.ErrNewer] or [store.ErrCorrupt].
func (x *Index) Run(ctx context.Context) error {
	if x.tx != nil {
		return failed("search.Run", crm.ErrNested)
	}
	return failed("search.Run", x.book.Every(time.Second, x.work)(ctx))
}

// work does what Run does until somebody else is at it, or the store has to be
// waited for.
func (x *Index) work(ctx context.Context, _ time.Time) error {
	s, err := x.state(ctx)
	for mine := true; err == nil && mine && !s.ready(); {
		if _, mine, err = x.build(ctx, time.Time{}); err == nil {
			s, err = x.state(ctx)
		}
	}
	if err == nil && s.ready() {
		err = x.book.Follow(ctx, follower, x.handle, x.following())
		if errors.Is(err, store.ErrCursorExpired) {
			err = x.lost(ctx)
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case final(err):
		return err
	case err != nil:
		x.opts.Logger.Warn("search waits for the store")
	}
	return nil
}

// Tick does one step of what [Index.Run] does: it builds a part of the index, or
// brings it up to date with what the book holds. It returns how many records it
// read or events it handled; 0 when there is nothing to do, or another process
// does it. It returns an error of the store, or [crm.ErrNested].
func (x *Index) Tick(ctx context.Context, now time.Time) (int, error) {
	if x.tx != nil {
		return 0, failed("search.Tick", crm.ErrNested)
	}
	s, err := x.state(ctx)
	if err != nil {
		return 0, failed("search.Tick", err)
	}
	if !s.ready() {
		n, _, err := x.build(ctx, now)
		return n, failed("search.Tick", err)
	}
	n, err := x.book.CatchUp(ctx, follower, x.handle, x.following())
	if errors.Is(err, store.ErrCursorExpired) {
		err = x.lost(ctx)
		n++
	}
	if errors.Is(err, store.ErrLocked) {
		err = nil
	}
	return n, failed("search.Tick", err)
}

// Sync returns nil when the index holds everything that was committed before it
// was called, for which somebody must run it: see [Index.Run]. It returns an
// error that wraps ctx's or is one of the store, or [crm.ErrNested].
func (x *Index) Sync(ctx context.Context) error {
	if x.tx != nil {
		return failed("search.Sync", crm.ErrNested)
	}
	built := errors.New("built")
	err := x.book.Every(50*time.Millisecond, func(ctx context.Context, _ time.Time) error {
		s, err := x.state(ctx)
		if err == nil && s.ready() {
			err = built
		}
		return err
	})(ctx)
	if errors.Is(err, built) {
		err = x.book.Sync(ctx, follower)
	}
	return failed("search.Sync", err)
}

func (x *Index) following() *crm.FollowOptions { return &crm.FollowOptions{Lease: x.opts.Lease} }

func (x *Index) state(ctx context.Context) (s *state, err error) {
	err = x.book.View(ctx, func(_ context.Context, tx *crm.Tx) error {
		s, err = x.tables.at(tx.Store())
		return err
	})
	return s, err
}

// lost makes the index be built anew: the feed does not have any more what it has
// not read.
func (x *Index) lost(ctx context.Context) error {
	if err := x.book.Followers.Drop(ctx, follower); err != nil && !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	return x.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		s, err := x.tables.at(tx.Store())
		if err != nil {
			return err
		}
		s.Built, s.Anchored = false, false
		return x.tables.state.Put(tx.Store(), s)
	})
}

// final reports whether trying again is of no use.
func final(err error) bool {
	for _, f := range []error{crm.ErrClosed, crm.ErrNested, crm.ErrReadOnly, crm.ErrNewer, crm.ErrIncomplete, store.ErrCorrupt} {
		if errors.Is(err, f) {
			return true
		}
	}
	return false
}

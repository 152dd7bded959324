package duplicates

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// undone makes decisions of the merges that were undone since it was last called,
// whoever had merged the two. The feed tells of them. What it does not have any
// more is lost, and is no reason to fail.
func (f *Finder) undone(ctx context.Context) error {
	var at store.Cursor
	err := f.book.View(ctx, func(_ context.Context, tx *crm.Tx) error {
		r, err := f.last(tx)
		if err != nil {
			return err
		}
		at, err = store.ParseCursor(r.Undone)
		return err
	})
	if err != nil {
		return err
	}
	var pairs [][2]crm.CustomerID
	read := func() error {
		for e, err := range f.book.Events.List(ctx, at) {
			if err != nil {
				return err
			}
			at = e.Cursor
			if e.Kind == crm.CustomerUnmerged && e.CustomerID < e.OtherID {
				pairs = append(pairs, [2]crm.CustomerID{e.CustomerID, e.OtherID})
			}
		}
		return nil
	}
	err = read()
	if gone, ok := errors.AsType[*store.ExpiredError](err); ok {
		at = gone.Oldest
		err = read()
	}
	if err != nil {
		return err
	}
	for part := range slices.Chunk(pairs, batch) {
		err := f.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
			for _, p := range part {
				if err := f.settle(ctx, tx, p[0], p[1]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return f.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		return f.saveRun(tx, func(r *run) { r.Undone = at.String() })
	})
}

// settle decides that two whose merge was undone are different, unless they are
// one again, or are known to be different.
func (f *Finder) settle(ctx context.Context, tx *crm.Tx, a, b crm.CustomerID) error {
	who := personsIn(tx)
	x, err := who.root(ctx, a)
	if err != nil {
		return err
	}
	y, err := who.root(ctx, b)
	if err != nil || x == "" || y == "" || x == y {
		return err
	}
	row, err := f.decisions.Load(tx.Store(), f.decided(a, b))
	switch {
	case err == nil && row.Value.Verdict == Different:
		return nil
	case err != nil && !errors.Is(err, crm.ErrNotFound):
		return err
	}
	_, err = f.decisions.Save(tx.Store(), row, &Decision{A: a, B: b, Verdict: Different, DecidedAt: tx.Now()})
	return err
}

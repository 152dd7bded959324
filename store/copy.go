package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Copy makes dst equal to src, whatever their engines are: all keys, all
// entries that src's feed still has, and the durable followers, whose cursors
// are translated to dst's feed. It leaves out every [Snapshot].
//
// Dst must be empty. Copy marks it before anything else, and takes the mark
// away with its last commit, after it has read both stores once more and found
// them equal. When Copy fails or is killed, dst stays marked: [Table.Prepare],
// [Backup] and Copy from it refuse it with [ErrIncomplete], and Copy to it,
// from the same src, goes on: it reads both stores in key order and writes only
// what differs. What it cannot take back is the feed: a dst whose feed is not
// the beginning of src's must be thrown away.
//
// Nobody else should write to src meanwhile: Copy gives what src holds when it
// ends, or an error that wraps [ErrConflict] when src changed under it; then
// Copy again. Nobody else may use dst.
//
// Copy returns an error that wraps [ErrExists] when dst is not empty and not
// marked, which leaves it untouched, or when its feed is of another store, and
// ErrIncomplete when src is half of a copy itself.
func Copy(ctx context.Context, dst, src Store) error {
	err := copyAll(ctx, dst, src)
	if err != nil {
		err = fmt.Errorf("copy: %w", err)
	}
	return err
}

func copyAll(ctx context.Context, dst, src Store) error {
	if dst == src {
		return fmt.Errorf("the destination is the source: %w", ErrInvalid)
	}
	// A store that may not be copied is found out before dst is touched.
	if err := src.View(ctx, func(_ context.Context, r Reader) error { return complete(r) }); err != nil {
		return err
	}
	if err := mark(ctx, dst); err != nil {
		return err
	}
	var head Cursor
	var places []place
	err := src.View(ctx, func(ctx context.Context, r Reader) (err error) {
		if head, places, err = followers(r); err != nil {
			return err
		}
		return chunks(pairs(r), func(rg Range, chunk []KV) error { return merge(ctx, dst, rg, chunk) })
	})
	if err != nil {
		return err
	}
	// The View is over: a feed may be long, and Feed reads in transactions.
	if err := extend(ctx, dst, kept(ctx, src, head, places)); err != nil {
		return err
	}
	if err := verify(ctx, dst, src, places); err != nil {
		return err
	}
	return finish(ctx, dst, places)
}

// verify returns an error unless dst holds what src holds.
func verify(ctx context.Context, dst, src Store, places []place) error {
	var head Cursor
	err := src.View(ctx, func(ctx context.Context, r Reader) error {
		var now []place
		var err error
		if head, now, err = followers(r); err != nil {
			return err
		}
		same := func(a, b place) bool { return a.Name == b.Name && a.at == b.at }
		if !slices.EqualFunc(places, now, same) {
			return errDiffers
		}
		return chunks(pairs(r), func(rg Range, chunk []KV) error {
			return dst.View(ctx, func(_ context.Context, r Reader) error {
				put := func(KV) error { return errDiffers }
				drop := func(_, _ []byte) error { return errDiffers }
				return compare(r, rg, chunk, put, drop)
			})
		})
	})
	if err != nil {
		return err
	}
	err = match(ctx, dst, kept(ctx, src, head, nil), func(Entry) error { return errDiffers })
	if errors.Is(err, ErrExists) {
		err = errDiffers
	}
	return err
}

var errDiffers = fmt.Errorf("the source was written to meanwhile and differs, copy again: %w", ErrConflict)

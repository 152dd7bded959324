package boltstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"

	bolt "go.etcd.io/bbolt"

	"github.com/seed-9cb3708a/clientele/store"
)

// A page of the feed is read in one transaction of its own.
const (
	maxPageEntries = 256
	maxPageSize    = 1 << 20
)

// Feed implements [store.Store].
func (s *Store) Feed(ctx context.Context, after store.Cursor) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		if _, err := store.Enter(ctx, s); err != nil {
			yield(store.Entry{}, err)
			return
		}
		after := after // the sequence may be used twice
		for {
			page, err := s.page(ctx, after)
			if err != nil {
				yield(store.Entry{}, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for _, e := range page {
				if err := s.state(ctx); err != nil {
					yield(store.Entry{}, err)
					return
				}
				after = e.Cursor
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// page returns the next entries after a cursor, none at the end.
func (s *Store) page(ctx context.Context, after store.Cursor) (page []store.Entry, err error) {
	if err := s.state(ctx); err != nil {
		return nil, err
	}
	n, minor := after.Position()
	known := after.IsZero() || after.Epoch() == s.epoch && minor == 0
	if known && n == s.head.Load() {
		return nil, nil
	}
	if err := s.join(); err != nil {
		return nil, err
	}
	defer s.running.Done()
	err = s.read(func(snap *snapshot) error {
		head, err := snap.head()
		if err != nil {
			return err
		}
		trimmed, err := snap.trimmed()
		if err != nil {
			return err
		}
		if !known || n < trimmed || n > head {
			return &store.ExpiredError{After: after, Oldest: s.cursor(trimmed)}
		}
		page, err = s.entries(snap, n, head)
		return err
	})
	return page, err
}

// entries reads a page of entries with numbers above n and up to head.
func (s *Store) entries(snap *snapshot, n, head uint64) (page []store.Entry, err error) {
	defer guard(&err)
	feed := snap.tx.Bucket(feedBucket)
	c := feed.Cursor()
	size := 0
	for k, v := c.Seek(entryKey(n + 1)); n < head && len(page) < maxPageEntries && size < maxPageSize; k, v = c.Next() {
		n++
		if len(k) != 8 || entryNumber(k) != n {
			return nil, fmt.Errorf("entry %d of the feed is gone: %w", n, store.ErrCorrupt)
		}
		e, err := unsealEntry(feed, k, v)
		if err != nil {
			return nil, err
		}
		e.Cursor = s.cursor(n)
		page = append(page, e)
		size += len(v)
	}
	return page, nil
}

// Wait implements [store.Store]. It returns nil, too, when Feed would return an
// [*store.ExpiredError] because the cursor is of another feed or beyond the end.
func (s *Store) Wait(ctx context.Context, after store.Cursor) error {
	if _, err := store.Enter(ctx, s); err != nil {
		return err
	}
	n, minor := after.Position()
	known := after.IsZero() || after.Epoch() == s.epoch && minor == 0
	for {
		if err := s.state(ctx); err != nil {
			return err
		}
		s.mu.Lock()
		if !known || n != s.head.Load() {
			s.mu.Unlock()
			return nil
		}
		if s.grown == nil {
			s.grown = make(chan struct{})
		}
		grown := s.grown
		s.mu.Unlock()
		select {
		case <-grown:
		case <-s.closing:
		case <-ctx.Done():
		}
	}
}

// grow tells those who wait that the feed has a new last entry. The caller
// holds the token.
func (s *Store) grow(head uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head.Store(head)
	if s.grown != nil {
		close(s.grown)
		s.grown = nil
	}
}

// Trim implements [store.Trimmer]. A cursor of another feed is an
// [*store.ExpiredError]. The entries go in several commits; when Trim fails,
// the older ones may be gone already.
func (s *Store) Trim(ctx context.Context, before store.Cursor) error {
	ctx, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer s.running.Done()
	n, minor := before.Position()
	if before.IsZero() {
		return nil
	}
	for done := false; !done; {
		err := s.exclusive(ctx, func(snap *snapshot) error {
			head, err := snap.head()
			if err != nil {
				return err
			}
			trimmed, err := snap.trimmed()
			if err != nil {
				return err
			}
			if before.Epoch() != s.epoch || minor != 0 || n > head {
				return &store.ExpiredError{After: before, Oldest: s.cursor(trimmed)}
			}
			to := min(n, trimmed+trimStep)
			done = to == n || n <= trimmed
			if n <= trimmed {
				return errNothing
			}
			return trim(snap.tx, trimmed, to)
		})
		if err != nil && err != errNothing {
			return err
		}
	}
	return nil
}

// trimStep is how many entries are dropped in one commit.
const trimStep = 10_000

// trim drops the entries above from and up to to.
func trim(tx *bolt.Tx, from, to uint64) (err error) {
	defer guard(&err)
	feed := tx.Bucket(feedBucket)
	for n := from + 1; n <= to; n++ {
		if err := feed.Delete(entryKey(n)); err != nil {
			return err
		}
	}
	return setNumber(tx.Bucket(metaBucket), trimmedKey, to)
}

func entryKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func entryNumber(key []byte) uint64 { return binary.BigEndian.Uint64(key) }

// cursor returns the cursor after the nth entry.
func (s *Store) cursor(n uint64) store.Cursor { return store.NewCursor(s.epoch, n, 0) }

// state returns why a call that is no transaction cannot go on.
func (s *Store) state(ctx context.Context) error {
	select {
	case <-s.closing:
		return store.ErrClosed
	default:
		return ctx.Err()
	}
}

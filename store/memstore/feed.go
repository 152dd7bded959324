package memstore

import (
	"context"
	"iter"

	"github.com/seed-9cb3708a/clientele/store"
)

// Feed implements [store.Store].
func (s *Store) Feed(ctx context.Context, after store.Cursor) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		if _, err := store.Enter(ctx, s); err != nil {
			yield(store.Entry{}, err)
			return
		}
		for after := after; ; {
			entries, err := s.entries(ctx, after)
			if err != nil {
				yield(store.Entry{}, err)
				return
			}
			if len(entries) == 0 {
				return
			}
			n, _ := after.Position()
			for i, e := range entries {
				if err := s.err(ctx); err != nil {
					yield(store.Entry{}, err)
					return
				}
				after = s.cursor(n + uint64(i) + 1)
				if !yield(store.Entry{Cursor: after, Topic: e.topic, Payload: []byte(e.payload)}, nil) {
					return
				}
			}
		}
	}
}

// Wait implements [store.Store]. It returns nil, too, when Feed would return an
// [*store.ExpiredError].
func (s *Store) Wait(ctx context.Context, after store.Cursor) error {
	if _, err := store.Enter(ctx, s); err != nil {
		return err
	}
	for {
		if err := s.err(ctx); err != nil {
			return err
		}
		g := s.newest.Load()
		if n, ok := s.place(g, after); !ok || n < g.head() {
			return nil
		}
		select {
		case <-g.grown:
		case <-s.closing:
		case <-ctx.Done():
		}
	}
}

// Trim implements [store.Trimmer]. A cursor of another feed is an
// [*store.ExpiredError].
func (s *Store) Trim(ctx context.Context, before store.Cursor) error {
	ctx, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer s.running.Done()
	if before.IsZero() {
		return nil
	}
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.unlock()
	g := s.newest.Load()
	n, minor := before.Position()
	if before.Epoch() != s.epoch || minor != 0 || n > g.head() {
		return s.expired(g, before)
	}
	if n > g.trimmed {
		s.publish(g.trim(n))
	}
	return nil
}

// entries returns what the newest generation has after a cursor.
func (s *Store) entries(ctx context.Context, after store.Cursor) ([]entry, error) {
	if err := s.err(ctx); err != nil {
		return nil, err
	}
	g := s.newest.Load()
	n, ok := s.place(g, after)
	if !ok {
		return nil, s.expired(g, after)
	}
	return g.feed[n-g.trimmed:], nil
}

// place returns how many entries stand up to a cursor, and whether g has kept
// all that follow.
func (s *Store) place(g *generation, c store.Cursor) (uint64, bool) {
	n, minor := c.Position()
	known := c.IsZero() || c.Epoch() == s.epoch && minor == 0
	return n, known && g.trimmed <= n && n <= g.head()
}

func (s *Store) expired(g *generation, after store.Cursor) error {
	return &store.ExpiredError{After: after, Oldest: s.cursor(g.trimmed)}
}

// cursor returns the cursor after the nth entry.
func (s *Store) cursor(n uint64) store.Cursor { return store.NewCursor(s.epoch, n, 0) }

// err returns why a call that is no transaction cannot go on.
func (s *Store) err(ctx context.Context) error {
	select {
	case <-s.closing:
		return store.ErrClosed
	default:
		return ctx.Err()
	}
}

package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// engines opens an empty store of every engine. What package store builds on
// top must not care which one it is; chaos repeats callbacks.
var engines = []struct {
	name string
	open func(*testing.T) store.Store
}{
	{"memory", func(t *testing.T) store.Store { return open(t, memstore.New(nil)) }},
	{"chaos", func(t *testing.T) store.Store { return open(t, memstore.New(&memstore.Options{Chaos: 7})) }},
	{"bolt", func(t *testing.T) store.Store {
		st, err := boltstore.Open(filepath.Join(t.TempDir(), "store.db"), nil)
		if err != nil {
			t.Fatal(err)
		}
		return open(t, st)
	}},
}

func open(t *testing.T, st store.Store) store.Store {
	t.Cleanup(func() { st.Close() })
	return st
}

func onEngines(t *testing.T, f func(t *testing.T, st store.Store)) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) { f(t, e.open(t)) })
	}
}

var errKilled = errors.New("killed")

// A mortal store dies after some commits: the next Update is not done, or done
// and not answered, as the kill of a process would have it.
type mortal struct {
	store.Store
	left     int
	answered bool // whether the last Update was not done at all
}

func (m *mortal) Update(ctx context.Context, fn func(context.Context, store.Tx) error) error {
	if m.left--; m.left >= 0 {
		return m.Store.Update(ctx, fn)
	}
	if m.left == -1 && !m.answered {
		if err := m.Store.Update(ctx, fn); err != nil {
			return err
		}
	}
	return errKilled
}

func (m *mortal) Unwrap() store.Store { return m.Store }

// contents is all that a store holds, readable.
type contents struct {
	Pairs     []string
	Entries   []string
	Followers []string // name and what it will read next
}

func read(t *testing.T, st store.Store) contents {
	t.Helper()
	var c contents
	var places []store.Follower
	err := st.View(t.Context(), func(_ context.Context, r store.Reader) error {
		for kv, err := range r.Scan(store.Range{}) {
			if err != nil {
				return err
			}
			if !strings.HasPrefix(string(kv.Key), "\x00\x03") && !strings.HasPrefix(string(kv.Key), "\x00\x04") {
				c.Pairs = append(c.Pairs, string(kv.Key)+"="+string(kv.Value))
			}
		}
		for f, err := range store.Cursors(r) {
			if err != nil {
				return err
			}
			places = append(places, f)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var oldest store.Cursor
	entries, err := feed(st, oldest)
	var expired *store.ExpiredError
	if errors.As(err, &expired) {
		oldest = expired.Oldest
		entries, err = feed(st, oldest)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		c.Entries = append(c.Entries, e.Topic+"="+string(e.Payload))
	}
	for _, f := range places {
		next, err := feed(st, f.Cursor)
		switch {
		case errors.Is(err, store.ErrCursorExpired):
			c.Followers = append(c.Followers, f.Name+": expired")
		case err != nil:
			t.Fatal(err)
		case len(next) == 0:
			c.Followers = append(c.Followers, f.Name+": nothing")
		default:
			c.Followers = append(c.Followers, f.Name+": "+next[0].Topic+"="+string(next[0].Payload))
		}
	}
	return c
}

func feed(st store.Store, after store.Cursor) ([]store.Entry, error) {
	var entries []store.Entry
	for e, err := range st.Feed(context.Background(), after) {
		if err != nil {
			return entries, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func sameContents(t *testing.T, want contents, st store.Store) {
	t.Helper()
	if diff := cmp.Diff(want, read(t, st), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("contents differ (-want +got):\n%s", diff)
	}
}

func update(t *testing.T, st store.Store, fn func(tx store.Tx) error) {
	t.Helper()
	if err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error { return fn(tx) }); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, st store.Store, fn func(r store.Reader) error) {
	t.Helper()
	if err := st.View(t.Context(), func(_ context.Context, r store.Reader) error { return fn(r) }); err != nil {
		t.Fatal(err)
	}
}

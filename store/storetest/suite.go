package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// Run tests an engine. The function open returns a new, empty store at every
// call; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	groups := []struct {
		name string
		laws []law
	}{
		{"Read", readLaws},
		{"Scan", scanLaws},
		{"Key", keyLaws},
		{"Limit", limitLaws},
		{"OwnWrite", ownWriteLaws},
		{"Slice", sliceLaws},
		{"Abort", abortLaws},
		{"Finished", finishedLaws},
		{"Nested", nestedLaws},
		{"Context", contextLaws},
		{"AfterCommit", hookLaws},
		{"Isolation", isolationLaws},
		{"Concurrency", concurrencyLaws},
		{"Feed", feedLaws},
		{"Wait", waitLaws},
		{"Head", headLaws},
		{"Trim", trimLaws},
		{"Stats", statsLaws},
		{"Copy", copyLaws},
		{"Close", closeLaws},
		{"CommitFailure", failureLaws},
		{"Model", modelLaws},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, l := range g.laws {
				(&suite{T: t, make: open}).sub(l.name, l.test)
			}
		})
	}
}

// A law is one subtest.
type law struct {
	name string
	test func(*suite)
}

// A suite is what a law has at hand.
type suite struct {
	*testing.T
	st   store.Store
	make func(*testing.T) store.Store
}

// patience is how long the suite waits for what must happen, and a moment how
// long it watches for what must not happen.
const (
	patience = 20 * time.Second
	moment   = 20 * time.Millisecond
)

var errAbort = errors.New("abort")

// open returns one more empty store.
func (s *suite) open() store.Store {
	s.Helper()
	st := s.make(s.T)
	s.Cleanup(func() {
		if err := st.Close(); err != nil {
			s.Errorf("Close: %v", err)
		}
	})
	return st
}

// sub runs a part of a law on a store of its own.
func (s *suite) sub(name string, test func(*suite)) {
	s.Run(name, func(t *testing.T) {
		s := &suite{T: t, make: s.make}
		s.st = s.open()
		test(s)
	})
}

// update commits what fn writes.
func (s *suite) update(fn func(tx store.Tx)) {
	s.Helper()
	err := s.st.Update(s.Context(), func(_ context.Context, tx store.Tx) error {
		fn(tx)
		return nil
	})
	if err != nil {
		s.Fatalf("Update: %v", err)
	}
}

// view calls fn in a View.
func (s *suite) view(fn func(r store.Reader)) {
	s.Helper()
	err := s.st.View(s.Context(), func(_ context.Context, r store.Reader) error {
		fn(r)
		return nil
	})
	if err != nil {
		s.Fatalf("View: %v", err)
	}
}

// set commits pairs of key and value.
func (s *suite) set(pairs ...string) {
	s.Helper()
	s.update(func(tx store.Tx) { put(tx, pairs...) })
}

// dump returns all pairs of the store as "key=value".
func (s *suite) dump() (pairs []string) {
	s.Helper()
	s.view(func(r store.Reader) { pairs = scan(s, r, store.Range{}) })
	return pairs
}

// entries returns what the feed has after a cursor.
func (s *suite) entries(after store.Cursor) (all []store.Entry) {
	s.Helper()
	for e, err := range s.st.Feed(s.Context(), after) {
		if err != nil {
			s.Fatalf("Feed after %v: %v", after, err)
		}
		all = append(all, e)
	}
	return all
}

// feed returns the entries after a cursor as "topic=payload".
func (s *suite) feed(after store.Cursor) (all []string) {
	s.Helper()
	for _, e := range s.entries(after) {
		all = append(all, e.Topic+"="+string(e.Payload))
	}
	return all
}

// wait waits for an entry after a cursor.
func (s *suite) wait(after store.Cursor) {
	s.Helper()
	w := start(func() error { return s.st.Wait(s.Context(), after) })
	if err := s.result(w, "Wait"); err != nil {
		s.Fatalf("Wait(%v) = %v", after, err)
	}
}

// done waits for a channel to be closed.
func (s *suite) done(c <-chan struct{}, what string) {
	s.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		s.Fatalf("%s: still waiting after %v", what, patience)
	}
}

// put writes pairs of key and value.
func put(tx store.Tx, pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		tx.Put([]byte(pairs[i]), []byte(pairs[i+1]))
	}
}

// get returns a value, "-" for an absent one, or an error's text.
func get(r store.Reader, key string) string {
	v, err := r.Get([]byte(key))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "-"
	case err != nil:
		return err.Error()
	}
	return string(v)
}

// scan returns the pairs of a range as "key=value", with KeysOnly "key".
func scan(t testing.TB, r store.Reader, rg store.Range) (pairs []string) {
	t.Helper()
	for kv, err := range r.Scan(rg) {
		switch {
		case err != nil:
			t.Errorf("Scan(%q, %q): %v", rg.From, rg.To, err)
		case rg.KeysOnly:
			pairs = append(pairs, string(kv.Key))
			if kv.Value != nil {
				t.Errorf("Scan with KeysOnly yields the value %q of %q", kv.Value, kv.Key)
			}
		default:
			pairs = append(pairs, fmt.Sprintf("%s=%s", kv.Key, kv.Value))
		}
	}
	return pairs
}

// keys returns n keys that ascend: prefix0000, prefix0001, …
func keys(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s%04d", prefix, i)
	}
	return all
}

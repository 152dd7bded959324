package storetest

import (
	"context"
	"errors"
	"iter"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

var finishedLaws = []law{
	{"ReaderOfView", func(s *suite) {
		s.set("a", "1")
		var kept store.Reader
		s.view(func(r store.Reader) { kept = r })
		isFinished(s, kept)
	}},
	{"TxOfUpdate", func(s *suite) {
		s.set("a", "1")
		var kept store.Tx
		s.update(func(tx store.Tx) {
			put(tx, "b", "2")
			kept = tx
		})
		isFinished(s, kept)
		ignoresWrites(s, kept, "a=1", "b=2")
	}},
	{"TxOfFailedUpdate", func(s *suite) {
		s.set("a", "1")
		var kept store.Tx
		err := s.st.Update(s.Context(), func(_ context.Context, tx store.Tx) error {
			put(tx, "b", "2")
			kept = tx
			return errAbort
		})
		if err != errAbort {
			s.Errorf("Update = %v, want %v", err, errAbort)
		}
		isFinished(s, kept)
		ignoresWrites(s, kept, "a=1")
	}},
	{"TxOfPanic", func(s *suite) {
		s.set("a", "1")
		var kept store.Tx
		func() {
			defer func() { recover() }()
			s.update(func(tx store.Tx) {
				kept = tx
				panic(errAbort)
			})
		}()
		isFinished(s, kept)
		ignoresWrites(s, kept, "a=1")
	}},
	{"ScanUnderWay", func(s *suite) {
		s.update(func(tx store.Tx) { putAll(tx, keys("k", 1000)) })
		outlives := func(where string, next func() (store.KV, error, bool)) {
			for n := 0; ; n++ {
				_, err, ok := next()
				switch {
				case !ok:
					s.Errorf("%s: the scan ended without an error", where)
				case err != nil && !errors.Is(err, store.ErrClosed):
					s.Errorf("%s: Scan yields %v, want %v", where, err, store.ErrClosed)
				case err == nil && n < 1000:
					continue
				case err == nil:
					s.Errorf("%s: the scan went on", where)
				}
				if _, _, ok := next(); ok {
					s.Errorf("%s: the scan went on after its error", where)
				}
				return
			}
		}
		for _, own := range []bool{false, true} {
			var next func() (store.KV, error, bool)
			var stops []func()
			s.view(func(r store.Reader) {
				n, stop := iter.Pull2(r.Scan(store.Range{}))
				next, stops = n, append(stops, stop)
				next()
			})
			outlives("View", next)
			s.update(func(tx store.Tx) {
				if own {
					tx.Delete([]byte("k0500"))
				}
				n, stop := iter.Pull2(tx.Scan(store.Range{}))
				next, stops = n, append(stops, stop)
				next()
			})
			outlives("Update", next)
			for _, stop := range stops {
				stop()
			}
		}
		s.set("k", "the store is still usable")
	}},
}

// isFinished asks every read of a Reader whose callback has returned.
func isFinished(s *suite, r store.Reader) {
	s.Helper()
	for _, key := range []string{"a", "b", "absent"} { // b may be a write of its own
		if v, err := r.Get([]byte(key)); !errors.Is(err, store.ErrClosed) {
			s.Errorf("Get(%s) after the callback = %q, %v; want %v", key, v, err, store.ErrClosed)
		}
		if v, err := r.GetMany([][]byte{[]byte(key)}); !errors.Is(err, store.ErrClosed) {
			s.Errorf("GetMany(%s) after the callback = %q, %v; want %v", key, v, err, store.ErrClosed)
		}
	}
	if c, err := r.Head(); !errors.Is(err, store.ErrClosed) {
		s.Errorf("Head after the callback = %v, %v; want %v", c, err, store.ErrClosed)
	}
	n := 0
	for kv, err := range r.Scan(store.Range{}) {
		if n++; !errors.Is(err, store.ErrClosed) {
			s.Errorf("Scan after the callback yields %q, %v; want %v", kv.Key, err, store.ErrClosed)
		}
	}
	if n != 1 {
		s.Errorf("Scan after the callback yields %d times, want one error", n)
	}
}

// ignoresWrites writes to a Tx whose callback has returned.
func ignoresWrites(s *suite, tx store.Tx, want ...string) {
	s.Helper()
	put(tx, "late", "v", "", "v")
	tx.Delete([]byte("a"))
	tx.DeleteRange(nil, nil)
	tx.Emit("late", nil)
	tx.AfterCommit(func() { s.Error("AfterCommit ran, given after the callback") })
	if diff := cmp.Diff(want, s.dump()); diff != "" {
		s.Errorf("writes after the callback (-want +got):\n%s", diff)
	}
	if got := s.feed(store.Cursor{}); got != nil {
		s.Errorf("feed after the callback: %q", got)
	}
}

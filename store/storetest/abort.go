package storetest

import (
	"context"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

// abortLaws: however an Update's callback ends but by returning nil, nothing
// is written and the store stays usable.
var abortLaws = []law{
	{"Error", func(s *suite) {
		aborts(s, func(ctx context.Context, fn func(store.Tx) error) {
			err := s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
				if err := fn(tx); err != nil {
					return err
				}
				return errAbort
			})
			if err != errAbort {
				s.Errorf("Update = %v, want %v itself", err, errAbort)
			}
		})
	}},
	{"Panic", func(s *suite) {
		aborts(s, func(ctx context.Context, fn func(store.Tx) error) {
			defer func() {
				if got := recover(); got != errAbort {
					s.Errorf("recovered %v, want %v", got, errAbort)
				}
			}()
			err := s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
				if err := fn(tx); err != nil {
					return err
				}
				panic(errAbort)
			})
			s.Errorf("Update = %v, want a panic", err)
		})
	}},
	{"Goexit", func(s *suite) {
		aborts(s, func(ctx context.Context, fn func(store.Tx) error) {
			exits(s, func() error {
				return s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
					if err := fn(tx); err != nil {
						return err
					}
					runtime.Goexit()
					return nil
				})
			})
		})
	}},
	{"FailNow", func(s *suite) {
		aborts(s, func(ctx context.Context, fn func(store.Tx) error) {
			exits(s, func() error {
				return s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
					if err := fn(tx); err != nil {
						return err
					}
					new(testing.T).FailNow()
					return nil
				})
			})
		})
	}},
	{"Cancel", func(s *suite) {
		aborts(s, func(ctx context.Context, fn func(store.Tx) error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			err := s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
				if ctx.Err() != nil { // an engine may try again in vain
					return nil
				}
				defer cancel()
				return fn(tx)
			})
			if err != context.Canceled {
				s.Errorf("Update = %v, want %v", err, context.Canceled)
			}
		})
	}},
	{"PanicDuringScan", func(s *suite) {
		s.update(func(tx store.Tx) { putAll(tx, keys("k", 10)) })
		step := func(where string, r store.Reader) {
			for kv := range r.Scan(store.Range{}) {
				panic(where + string(kv.Key))
			}
		}
		func() {
			defer func() {
				if got, want := recover(), "View k0000"; got != want {
					s.Errorf("recovered %v, want %v", got, want)
				}
			}()
			s.view(func(r store.Reader) { step("View ", r) })
		}()
		func() {
			defer func() {
				if got, want := recover(), "Update k0000"; got != want {
					s.Errorf("recovered %v, want %v", got, want)
				}
			}()
			s.update(func(tx store.Tx) {
				tx.Delete([]byte("k0005"))
				step("Update ", tx)
			})
		}()
		if got := len(s.dump()); got != 10 {
			s.Errorf("%d keys are left, want 10", got)
		}
	}},
	{"RecoveredInsideDuringScan", func(s *suite) {
		s.set("a", "1", "b", "2")
		s.update(func(tx store.Tx) {
			put(tx, "c", "3")
			func() {
				defer func() { recover() }()
				for range tx.Scan(store.Range{}) {
					panic(errAbort)
				}
			}()
			put(tx, "c", "4", "d", "5")
			want := []string{"a=1", "b=2", "c=4", "d=5"}
			if diff := cmp.Diff(want, scan(s, tx, store.Range{})); diff != "" {
				s.Errorf("Scan (-want +got):\n%s", diff)
			}
		})
	}},
	{"ViewEndsInPanicAndGoexit", func(s *suite) {
		s.set("a", "1")
		func() {
			defer func() {
				if got := recover(); got != errAbort {
					s.Errorf("recovered %v, want %v", got, errAbort)
				}
			}()
			s.view(func(store.Reader) { panic(errAbort) })
		}()
		exits(s, func() error {
			return s.st.View(s.Context(), func(context.Context, store.Reader) error {
				runtime.Goexit()
				return nil
			})
		})
		s.set("a", "2")
	}},
}

// aborts runs Updates that must leave nothing behind, one after the other and
// beside Updates that commit.
func aborts(s *suite, update func(context.Context, func(store.Tx) error)) {
	s.set("a", "1", "b", "2", "c", "3")
	s.update(func(tx store.Tx) { tx.Emit("kept", nil) })
	want := s.dump()
	write := func(tx store.Tx) error {
		if get(tx, "x") != "-" || get(tx, "a") != "1" {
			s.Error("an Update sees writes of one that failed")
		}
		put(tx, "a", "changed", "x", "new")
		tx.Delete([]byte("b"))
		tx.DeleteRange([]byte("c"), nil)
		tx.Emit("dropped", nil)
		tx.AfterCommit(func() { s.Error("AfterCommit ran") })
		return nil
	}
	for range 3 {
		update(s.Context(), write)
		if diff := cmp.Diff(want, s.dump()); diff != "" {
			s.Errorf("a failed Update changed the store (-before +after):\n%s", diff)
		}
	}
	if diff := cmp.Diff([]string{"kept="}, s.feed(store.Cursor{})); diff != "" {
		s.Errorf("a failed Update changed the feed (-before +after):\n%s", diff)
	}

	const n = 20
	others := start(func() error {
		for range n {
			err := s.st.Update(context.Background(), func(_ context.Context, tx store.Tx) error {
				put(tx, "counter", get(tx, "counter")+"+")
				tx.Emit("kept", nil)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	for range n {
		update(s.Context(), write)
	}
	if err := s.result(others, "Updates beside failing ones"); err != nil {
		s.Errorf("Update beside failing ones: %v", err)
	}
	want = append(want, "counter=-"+"++++++++++++++++++++")
	if diff := cmp.Diff(want, s.dump()); diff != "" {
		s.Errorf("failed Updates beside others (-want +got):\n%s", diff)
	}
	if got := len(s.feed(store.Cursor{})); got != n+1 {
		s.Errorf("the feed holds %d entries, want %d", got, n+1)
	}
}

// exits runs fn on a goroutine of its own, which fn ends.
func exits(s *suite, fn func() error) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Errorf("returned %v, want the goroutine to end", fn())
	}()
	s.done(ended, "goroutine that ends itself")
}

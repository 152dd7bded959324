package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

var contextLaws = []law{
	{"EndedBefore", func(s *suite) {
		s.set("a", "1")
		late, cancel := context.WithDeadline(s.Context(), time.Unix(0, 0))
		defer cancel()
		canceled, cancel := context.WithCancel(s.Context())
		cancel()
		for _, ctx := range []context.Context{late, canceled} {
			err := s.st.View(ctx, func(context.Context, store.Reader) error {
				s.Error("View called its function")
				return nil
			})
			if !errors.Is(err, ctx.Err()) {
				s.Errorf("View = %v, want %v", err, ctx.Err())
			}
			err = s.st.Update(ctx, func(context.Context, store.Tx) error {
				s.Error("Update called its function")
				return nil
			})
			if !errors.Is(err, ctx.Err()) {
				s.Errorf("Update = %v, want %v", err, ctx.Err())
			}
			n := 0
			for _, err := range s.st.Feed(ctx, store.Cursor{}) {
				if n++; !errors.Is(err, ctx.Err()) {
					s.Errorf("Feed yields %v, want %v", err, ctx.Err())
				}
			}
			if n != 1 {
				s.Errorf("Feed yields %d times, want one error", n)
			}
		}
	}},
	{"EndsInView", func(s *suite) {
		s.set("a", "1")
		ctx, cancel := context.WithCancel(s.Context())
		defer cancel()
		err := s.st.View(ctx, func(_ context.Context, r store.Reader) error {
			cancel()
			hasEnded(s, r)
			return nil
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			s.Errorf("View = %v", err)
		}
	}},
	{"EndsInUpdate", func(s *suite) {
		s.set("a", "1")
		ctx, cancel := context.WithCancel(s.Context())
		defer cancel()
		err := s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
			put(tx, "a", "2", "b", "2")
			cancel()
			hasEnded(s, tx)
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			s.Errorf("Update = %v, want %v", err, context.Canceled)
		}
		if diff := cmp.Diff([]string{"a=1"}, s.dump()); diff != "" {
			s.Errorf("the Update was committed (-want +got):\n%s", diff)
		}
	}},
	{"EndsInScan", func(s *suite) {
		s.update(func(tx store.Tx) { putAll(tx, keys("k", 3000)) })
		for _, own := range []bool{false, true} {
			ctx, cancel := context.WithCancel(s.Context())
			defer cancel()
			var n int
			var last error
			err := s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
				if n, last = 0, nil; own {
					tx.Delete([]byte("k2000"))
				}
				for _, err := range tx.Scan(store.Range{}) {
					n, last = n+1, err
					cancel()
				}
				return nil
			})
			if !errors.Is(err, context.Canceled) || !errors.Is(last, context.Canceled) {
				s.Errorf("own writes %t: Update = %v after %d steps, the last yielding %v; want %v",
					own, err, n, last, context.Canceled)
			}
		}
	}},
	{"EndsInFeed", func(s *suite) {
		for range 3 {
			s.update(func(tx store.Tx) { tx.Emit("t", nil); tx.Emit("t", nil) })
		}
		ctx, cancel := context.WithCancel(s.Context())
		defer cancel()
		n, ended := 0, 0
		for _, err := range s.st.Feed(ctx, store.Cursor{}) {
			n++
			if err != nil {
				ended = n
				if !errors.Is(err, context.Canceled) {
					s.Errorf("Feed yields %v, want %v", err, context.Canceled)
				}
			}
			cancel()
		}
		if ended != n {
			s.Errorf("Feed yields %d times, its error as number %d", n, ended)
		}
	}},
	{"WaitingForAnotherUpdate", func(s *suite) {
		gate := newGate(s)
		first := start(func() error {
			return s.st.Update(s.Context(), func(_ context.Context, tx store.Tx) error {
				gate.pass()
				put(tx, "a", "1")
				return nil
			})
		})
		gate.reached()
		ctx, cancel := context.WithTimeout(s.Context(), moment)
		defer cancel()
		second := start(func() error {
			return s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
				put(tx, "b", "2")
				return nil
			})
		})
		err := s.result(second, "Update whose context ends while another runs")
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			s.Errorf("Update = %v, want nil or %v", err, context.DeadlineExceeded)
		}
		want := []string{"a=1"}
		if err == nil { // the engine runs both at once
			want = append(want, "b=2")
		}
		gate.open()
		if err := s.result(first, "Update"); err != nil {
			s.Errorf("the first Update = %v", err)
		}
		if diff := cmp.Diff(want, s.dump()); diff != "" {
			s.Errorf("committed (-want +got):\n%s", diff)
		}
	}},
	{"ViewDoesNotWait", func(s *suite) {
		s.set("a", "1")
		gate := newGate(s)
		first := start(func() error {
			return s.st.Update(s.Context(), func(_ context.Context, tx store.Tx) error {
				put(tx, "a", "2")
				gate.pass()
				return nil
			})
		})
		gate.reached()
		second := start(func() error {
			return s.st.View(context.Background(), func(_ context.Context, r store.Reader) error {
				if got := get(r, "a"); got != "1" {
					s.Errorf("View beside an Update reads %s, want 1", got)
				}
				return nil
			})
		})
		if err := s.result(second, "View beside an Update"); err != nil {
			s.Errorf("View = %v", err)
		}
		gate.open()
		if err := s.result(first, "Update"); err != nil {
			s.Errorf("Update = %v", err)
		}
	}},
	{"UpdateDoesNotWaitForViews", func(s *suite) {
		s.set("a", "1")
		gate := newGate(s)
		first := start(func() error {
			return s.st.View(s.Context(), func(_ context.Context, r store.Reader) error {
				before := get(r, "a")
				gate.pass()
				if after := get(r, "a"); before != "1" || after != "1" {
					s.Errorf("a View reads %s, then %s; want 1", before, after)
				}
				return nil
			})
		})
		gate.reached()
		second := start(func() error {
			for range 5 {
				err := s.st.Update(context.Background(), func(_ context.Context, tx store.Tx) error {
					put(tx, "a", "2")
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err := s.result(second, "Updates beside a View"); err != nil {
			s.Errorf("Update = %v", err)
		}
		gate.open()
		if err := s.result(first, "View"); err != nil {
			s.Errorf("View = %v", err)
		}
	}},
}

// hasEnded reads through a Reader whose context has ended.
func hasEnded(s *suite, r store.Reader) {
	s.Helper()
	if v, err := r.Get([]byte("absent")); !errors.Is(err, context.Canceled) {
		s.Errorf("Get = %q, %v; want %v", v, err, context.Canceled)
	}
	if v, err := r.GetMany([][]byte{[]byte("absent")}); !errors.Is(err, context.Canceled) {
		s.Errorf("GetMany = %q, %v; want %v", v, err, context.Canceled)
	}
	for kv, err := range r.Scan(store.Range{}) {
		if !errors.Is(err, context.Canceled) {
			s.Errorf("Scan yields %q, %v; want %v", kv.Key, err, context.Canceled)
		}
	}
}

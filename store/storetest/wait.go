package storetest

import (
	"context"
	"errors"

	"github.com/seed-9cb3708a/clientele/store"
)

var waitLaws = []law{
	{"ReturnsAtOnce", func(s *suite) {
		emitSome(s, 3, 2)
		all := s.entries(store.Cursor{})
		cursors := []store.Cursor{{}}
		for _, e := range all[:len(all)-1] {
			cursors = append(cursors, e.Cursor)
		}
		for _, c := range cursors {
			s.wait(c)
		}
	}},
	{"WakesUp", func(s *suite) {
		var at store.Cursor
		for range 5 {
			w := start(func() error { return s.st.Wait(s.Context(), at) })
			s.set("a", "no entry")
			if w.settle(); w.ended() {
				s.Fatalf("Wait(%v) = %v before there is an entry", at, w.err)
			}
			s.update(func(tx store.Tx) { tx.Emit("t", nil) })
			if err := s.result(w, "Wait for an entry"); err != nil {
				s.Errorf("Wait(%v) = %v", at, err)
			}
			at = s.entries(at)[0].Cursor
		}
	}},
	{"WakesAll", func(s *suite) {
		calls := make([]*call, 10)
		for i := range calls {
			calls[i] = start(func() error { return s.st.Wait(s.Context(), store.Cursor{}) })
		}
		calls[0].settle()
		s.update(func(tx store.Tx) { tx.Emit("t", nil) })
		for _, c := range calls {
			if err := s.result(c, "Wait of many"); err != nil {
				s.Errorf("Wait = %v", err)
			}
		}
	}},
	{"NotByFailedUpdate", func(s *suite) {
		ctx, cancel := context.WithCancel(s.Context())
		defer cancel()
		w := start(func() error { return s.st.Wait(ctx, store.Cursor{}) })
		err := s.st.Update(s.Context(), func(_ context.Context, tx store.Tx) error {
			tx.Emit("t", nil)
			return errAbort
		})
		if err != errAbort {
			s.Errorf("Update = %v, want %v", err, errAbort)
		}
		if w.settle(); w.ended() {
			s.Errorf("Wait = %v after an Update that failed", w.err)
		}
		cancel()
		if err := s.result(w, "Wait whose context ended"); !errors.Is(err, context.Canceled) {
			s.Errorf("Wait = %v, want %v", err, context.Canceled)
		}
	}},
	{"ContextEnds", func(s *suite) {
		emitSome(s, 1, 1)
		at := s.entries(store.Cursor{})[0].Cursor
		ctx, cancel := context.WithTimeout(s.Context(), moment)
		defer cancel()
		for range 2 { // the second time it has ended before
			w := start(func() error { return s.st.Wait(ctx, at) })
			if err := s.result(w, "Wait whose context ends"); !errors.Is(err, context.DeadlineExceeded) {
				s.Errorf("Wait = %v, want %v", err, context.DeadlineExceeded)
			}
		}
	}},
	{"NoLostWakeup", func(s *suite) {
		const n = 60
		follower := start(func() error { return followCount(s, n) })
		for range n {
			if err := countOn(s.Context(), s.st); err != nil {
				s.Fatalf("Update: %v", err)
			}
		}
		if err := s.result(follower, "follower"); err != nil {
			s.Errorf("follower: %v", err)
		}
	}},
	{"ForeignCursorDoesNotHang", func(s *suite) {
		emitSome(s, 2, 1)
		c := s.entries(store.Cursor{})[0].Cursor
		foreign := store.NewCursor(c.Epoch()+1, 1<<40, 0)
		w := start(func() error { return s.st.Wait(s.Context(), foreign) })
		if err := s.result(w, "Wait with a cursor of another feed"); err != nil && !errors.Is(err, store.ErrCursorExpired) {
			s.Errorf("Wait = %v, want nil or %v", err, store.ErrCursorExpired)
		}
	}},
}

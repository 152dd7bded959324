package storetest

import (
	"context"
	"errors"

	"github.com/seed-9cb3708a/clientele/store"
)

var closeLaws = []law{
	{"LaterCallsAreClosed", func(s *suite) {
		emitSome(s, 1, 1)
		if err := s.st.Close(); err != nil {
			s.Fatalf("Close: %v", err)
		}
		isClosed(s)
	}},
	{"TwiceIsHarmless", func(s *suite) {
		s.set("a", "1")
		s.together(4, func(context.Context, int) error { return s.st.Close() })
		if err := s.st.Close(); err != nil {
			s.Errorf("Close again: %v", err)
		}
		isClosed(s)
	}},
	{"NeverUsed", func(s *suite) {
		if err := s.st.Close(); err != nil {
			s.Errorf("Close: %v", err)
		}
	}},
	{"WaitsForUpdate", func(s *suite) {
		waitsFor(s, func(gate *gate) error {
			return s.st.Update(context.Background(), func(_ context.Context, tx store.Tx) error {
				put(tx, "a", "1")
				gate.pass()
				tx.Emit("t", nil)
				return usable(tx)
			})
		})
	}},
	{"WaitsForView", func(s *suite) {
		waitsFor(s, func(gate *gate) error {
			return s.st.View(context.Background(), func(_ context.Context, r store.Reader) error {
				gate.pass()
				return usable(r)
			})
		})
	}},
	{"EndsWait", func(s *suite) {
		w := start(func() error { return s.st.Wait(context.Background(), store.Cursor{}) })
		w.settle()
		c := start(s.st.Close)
		if err := s.result(c, "Close beside a Wait"); err != nil {
			s.Errorf("Close: %v", err)
		}
		if err := s.result(w, "Wait of a closed store"); !errors.Is(err, store.ErrClosed) {
			s.Errorf("Wait = %v, want %v", err, store.ErrClosed)
		}
	}},
	{"InLoopOverFeed", func(s *suite) {
		emitSome(s, 3, 2)
		n, closed := 0, false
		for _, err := range s.st.Feed(s.Context(), store.Cursor{}) {
			if n++; err != nil {
				if closed = errors.Is(err, store.ErrClosed); !closed {
					s.Errorf("Feed yields %v, want %v", err, store.ErrClosed)
				}
				continue
			}
			if closed {
				s.Errorf("Feed goes on after an error")
			}
			c := start(s.st.Close)
			if err := s.result(c, "Close in the loop over a feed"); err != nil {
				s.Errorf("Close: %v", err)
			}
		}
		if !closed {
			s.Errorf("Feed of a store that was closed ended after %d steps without %v", n, store.ErrClosed)
		}
	}},
	{"BesideManyUpdates", func(s *suite) {
		gate := newGate(s)
		calls := make([]*call, 8)
		for i := range calls {
			calls[i] = start(func() error {
				for n := 0; ; n++ {
					if n == 3 {
						gate.pass()
					}
					ran := false
					err := countOn(context.Background(), s.st)
					if err == nil {
						err = s.st.View(context.Background(), func(context.Context, store.Reader) error {
							ran = true
							return nil
						})
					}
					if err != nil {
						if ran {
							return errors.New("a View ran and returned ErrClosed")
						}
						return err
					}
				}
			})
		}
		gate.reached()
		gate.open()
		if err := s.result(start(s.st.Close), "Close beside Updates"); err != nil {
			s.Errorf("Close: %v", err)
		}
		for _, c := range calls {
			if err := s.result(c, "Updates of a closed store"); !errors.Is(err, store.ErrClosed) {
				s.Errorf("Update = %v, want %v", err, store.ErrClosed)
			}
		}
		isClosed(s)
	}},
}

// waitsFor closes the store while a callback stands at its gate.
func waitsFor(s *suite, run func(*gate) error) {
	s.Helper()
	s.set("old", "1")
	gate := newGate(s)
	t := start(func() error { return run(gate) })
	gate.reached()
	c := start(s.st.Close)
	if c.settle(); c.ended() {
		s.Errorf("Close = %v while a callback runs", c.err)
	}
	gate.open()
	if err := s.result(t, "transaction"); err != nil {
		s.Errorf("the transaction that Close waited for: %v", err)
	}
	if err := s.result(c, "Close after the transaction"); err != nil {
		s.Errorf("Close: %v", err)
	}
	isClosed(s)
}

// usable reads through a Reader while somebody waits to close the store.
func usable(r store.Reader) error {
	if _, err := r.Get([]byte("old")); err != nil {
		return err
	}
	for _, err := range r.Scan(store.Range{}) {
		if err != nil {
			return err
		}
	}
	_, err := r.Head()
	return err
}

// isClosed makes every call of a closed store.
func isClosed(s *suite) {
	s.Helper()
	err := s.st.View(context.Background(), func(context.Context, store.Reader) error {
		s.Error("View of a closed store called its function")
		return nil
	})
	if !errors.Is(err, store.ErrClosed) {
		s.Errorf("View = %v, want %v", err, store.ErrClosed)
	}
	err = s.st.Update(context.Background(), func(context.Context, store.Tx) error {
		s.Error("Update of a closed store called its function")
		return nil
	})
	if !errors.Is(err, store.ErrClosed) {
		s.Errorf("Update = %v, want %v", err, store.ErrClosed)
	}
	n := 0
	for _, err := range s.st.Feed(context.Background(), store.Cursor{}) {
		if n++; !errors.Is(err, store.ErrClosed) {
			s.Errorf("Feed yields %v, want %v", err, store.ErrClosed)
		}
	}
	if n != 1 {
		s.Errorf("Feed yields %d times, want one error", n)
	}
	w := start(func() error { return s.st.Wait(context.Background(), store.Cursor{}) })
	if err := s.result(w, "Wait of a closed store"); !errors.Is(err, store.ErrClosed) {
		s.Errorf("Wait = %v, want %v", err, store.ErrClosed)
	}
}

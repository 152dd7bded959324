package storetest

import (
	"context"
	"errors"

	"github.com/seed-9cb3708a/clientele/store"
)

// nestedLaws: a transaction inside another of the same store is refused at
// once, where it would otherwise wait for itself. Feed and Wait read in
// transactions of their own, so they are refused as well.
var nestedLaws = []law{
	{"ViewInView", func(s *suite) { nested(s, s.inView, s.inView) }},
	{"ViewInUpdate", func(s *suite) { nested(s, s.inUpdate, s.inView) }},
	{"UpdateInView", func(s *suite) { nested(s, s.inView, s.inUpdate) }},
	{"UpdateInUpdate", func(s *suite) { nested(s, s.inUpdate, s.inUpdate) }},
	{"FeedInView", func(s *suite) { nested(s, s.inView, s.byFeed) }},
	{"FeedInUpdate", func(s *suite) { nested(s, s.inUpdate, s.byFeed) }},
	{"WaitInView", func(s *suite) { nested(s, s.inView, s.byWait) }},
	{"WaitInUpdate", func(s *suite) { nested(s, s.inUpdate, s.byWait) }},
	{"TrimInUpdate", func(s *suite) {
		tr := trimmer(s)
		nested(s, s.inUpdate, func(ctx context.Context, _ ...func(context.Context) error) error {
			return tr.Trim(ctx, store.Cursor{})
		})
	}},
	{"AnotherStoreIsFine", func(s *suite) {
		other := s.open()
		s.set("a", "1")
		err := s.st.View(s.Context(), func(ctx context.Context, r store.Reader) error {
			return other.Update(ctx, func(ctx context.Context, tx store.Tx) error {
				put(tx, "a", get(r, "a"))
				if err := s.inView(ctx); !errors.Is(err, store.ErrNested) {
					s.Errorf("View through another store = %v, want %v", err, store.ErrNested)
				}
				return nil
			})
		})
		if err != nil {
			s.Errorf("Update of another store inside a View: %v", err)
		}
		s.st = other
		s.view(func(r store.Reader) {
			if got := get(r, "a"); got != "1" {
				s.Errorf("the other store holds %s, want 1", got)
			}
		})
	}},
	{"OneAfterTheOtherIsFine", func(s *suite) {
		for range 2 {
			for _, in := range []func(context.Context, ...func(context.Context) error) error{s.inView, s.inUpdate} {
				if err := in(s.Context()); err != nil {
					s.Errorf("not nested: %v", err)
				}
			}
		}
	}},
}

func (s *suite) inView(ctx context.Context, inside ...func(context.Context) error) error {
	return s.st.View(ctx, func(ctx context.Context, _ store.Reader) error {
		return runAll(ctx, inside)
	})
}

func (s *suite) inUpdate(ctx context.Context, inside ...func(context.Context) error) error {
	return s.st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		put(tx, "outer", "v")
		return runAll(ctx, inside)
	})
}

func (s *suite) byFeed(ctx context.Context, _ ...func(context.Context) error) error {
	for _, err := range s.st.Feed(ctx, store.Cursor{}) {
		return err
	}
	return nil
}

func (s *suite) byWait(ctx context.Context, _ ...func(context.Context) error) error {
	return s.st.Wait(ctx, store.Cursor{})
}

func runAll(ctx context.Context, inside []func(context.Context) error) error {
	for _, fn := range inside {
		if err := fn(ctx); err != nil {
			return err
		}
	}
	return nil
}

// nested runs one transaction inside another, which goes on regardless.
func nested(s *suite, outer, inner func(context.Context, ...func(context.Context) error) error) {
	type private struct{}
	emitSome(s, 1, 1) // for Feed and Wait to find
	for name, derive := range map[string]func(context.Context) context.Context{
		"callback's context": func(ctx context.Context) context.Context { return ctx },
		"derived context": func(ctx context.Context) context.Context {
			return context.WithoutCancel(context.WithValue(ctx, private{}, 1))
		},
	} {
		c := start(func() error {
			return outer(s.Context(), func(ctx context.Context) error {
				err := inner(derive(ctx), func(context.Context) error {
					s.Errorf("%s: the inner callback ran", name)
					return nil
				})
				if !errors.Is(err, store.ErrNested) {
					s.Errorf("%s: nested transaction = %v, want %v", name, err, store.ErrNested)
				}
				return nil
			})
		})
		if err := s.result(c, "nested transaction"); err != nil {
			s.Errorf("%s: outer transaction: %v", name, err)
		}
	}
}

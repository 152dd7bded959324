package storetest

import (
	"context"
	"sync/atomic"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

var hookLaws = []law{
	{"OnceAndInOrder", func(s *suite) {
		var got []string
		s.update(func(tx store.Tx) {
			put(tx, "a", "1")
			for _, name := range []string{"one", "two"} {
				tx.AfterCommit(func() { got = append(got, name) })
			}
			if got != nil {
				s.Errorf("AfterCommit ran before the commit: %q", got)
			}
		})
		if diff := cmp.Diff([]string{"one", "two"}, got); diff != "" {
			s.Errorf("AfterCommit (-want +got):\n%s", diff)
		}
	}},
	{"WithoutWrites", func(s *suite) {
		n := 0
		s.update(func(tx store.Tx) { tx.AfterCommit(func() { n++ }) })
		if n != 1 {
			s.Errorf("AfterCommit ran %d times, want 1", n)
		}
	}},
	{"SeesTheCommit", func(s *suite) {
		for range 3 {
			s.update(func(tx store.Tx) {
				v := get(tx, "a") + "+"
				put(tx, "a", v)
				tx.Emit("t", nil)
				tx.AfterCommit(func() {
					s.view(func(r store.Reader) {
						if got := get(r, "a"); got != v {
							s.Errorf("AfterCommit reads %q, want %q", got, v)
						}
					})
				})
			})
		}
	}},
	{"MayOpenTransactions", func(s *suite) {
		c := start(func() error {
			return s.st.Update(s.Context(), func(_ context.Context, tx store.Tx) error {
				put(tx, "a", "1")
				tx.AfterCommit(func() { s.set("b", "2") })
				return nil
			})
		})
		if err := s.result(c, "Update whose AfterCommit updates"); err != nil {
			s.Errorf("Update = %v", err)
		}
		if diff := cmp.Diff([]string{"a=1", "b=2"}, s.dump()); diff != "" {
			s.Errorf("committed (-want +got):\n%s", diff)
		}
	}},
	{"PerCommitUnderContention", func(s *suite) {
		const writers, each = 8, 10
		var ran atomic.Int64
		s.together(writers, func(ctx context.Context, _ int) error {
			for range each {
				err := s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
					put(tx, "a", get(tx, "a")+"+")
					tx.AfterCommit(func() { ran.Add(1) })
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if got := ran.Load(); got != writers*each {
			s.Errorf("AfterCommit ran %d times for %d commits", got, writers*each)
		}
	}},
}

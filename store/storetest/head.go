package storetest

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

// headLaws: what a Reader reads and what the feed yields after its Head leave
// nothing out, and Head covers nothing that the Reader does not see.
var headLaws = []law{
	{"EmptyStore", func(s *suite) {
		head := headOf(s)
		if got := s.feed(head); got != nil {
			s.Errorf("the feed after the head of an empty store: %q", got)
		}
		emitSome(s, 1, 2)
		if diff := cmp.Diff([]string{"t0=0.0", "t1=0.1"}, s.feed(head)); diff != "" {
			s.Errorf("after the head of the empty store (-want +got):\n%s", diff)
		}
	}},
	{"CatchesUpWhenQuiet", func(s *suite) {
		emitSome(s, 3, 2)
		for deadline := time.Now().Add(patience); ; time.Sleep(moment / 10) {
			got := s.feed(headOf(s))
			if got == nil {
				break
			}
			if time.Now().After(deadline) {
				s.Fatalf("nobody writes, and the feed after the head yields %q", got)
			}
		}
	}},
	{"InUpdateLeavesOutItsOwn", func(s *suite) {
		emitSome(s, 1, 1)
		var before, after store.Cursor
		s.update(func(tx store.Tx) {
			var err error
			if before, err = tx.Head(); err != nil {
				s.Errorf("Head: %v", err)
			}
			tx.Emit("own", nil)
			if after, err = tx.Head(); err != nil {
				s.Errorf("Head after Emit: %v", err)
			}
		})
		for _, c := range []store.Cursor{before, after} {
			all := s.feed(c)
			if len(all) == 0 || all[len(all)-1] != "own=" {
				s.Errorf("after the head in an Update the feed yields %q, want the Update's own entry", all)
			}
		}
	}},
	{"StableInView", func(s *suite) {
		emitSome(s, 1, 1)
		s.view(func(r store.Reader) {
			before, err := r.Head()
			if err != nil {
				s.Errorf("Head: %v", err)
			}
			other := start(func() error { return countOn(context.Background(), s.st) })
			if err := s.result(other, "Update beside a View"); err != nil {
				s.Errorf("Update: %v", err)
			}
			seen := get(r, "counter")
			after, err := r.Head()
			if err != nil {
				s.Errorf("Head: %v", err)
			}
			if seen != "-" || before != after {
				s.Errorf("a View reads %s beside an Update; its head was %v and is %v", seen, before, after)
			}
		})
	}},
	{"NothingLeftOutUnderLoad", func(s *suite) {
		const writers, each = 6, 12
		check := func(ctx context.Context) error {
			var n int
			var head store.Cursor
			err := s.st.View(ctx, func(_ context.Context, r store.Reader) (err error) {
				n, _ = strconv.Atoi(get(r, "counter"))
				head, err = r.Head()
				return err
			})
			if err != nil {
				return err
			}
			last := 0
			for e, err := range s.st.Feed(s.Context(), store.Cursor{}) {
				if err != nil {
					return err
				}
				count, _ := strconv.Atoi(string(e.Payload))
				if e.Cursor.Compare(head) <= 0 {
					last = count
				} else if count != last+1 {
					return fmt.Errorf("the feed goes on with %d after %d", count, last)
				} else {
					break
				}
			}
			if last > n {
				return fmt.Errorf("the head covers entry %d, the snapshot ends with %d", last, n)
			}
			for e, err := range s.st.Feed(s.Context(), head) {
				if err != nil {
					return err
				}
				if count, _ := strconv.Atoi(string(e.Payload)); count > n+1 {
					return fmt.Errorf("the snapshot ends with %d, the feed goes on with %d", n, count)
				}
				break
			}
			return nil
		}
		s.together(writers+2, func(ctx context.Context, i int) error {
			for range each {
				var err error
				if i < writers {
					err = countOn(ctx, s.st)
				} else {
					err = check(ctx)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}},
}

// headOf returns the head of the newest snapshot.
func headOf(s *suite) (head store.Cursor) {
	s.Helper()
	s.view(func(r store.Reader) {
		var err error
		if head, err = r.Head(); err != nil {
			s.Errorf("Head: %v", err)
		}
	})
	return head
}

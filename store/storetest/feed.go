package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

var feedLaws = []law{
	{"EmptyStore", func(s *suite) {
		if got := s.feed(store.Cursor{}); got != nil {
			s.Errorf("the feed of an empty store: %q", got)
		}
		s.set("a", "1")
		if got := s.feed(store.Cursor{}); got != nil {
			s.Errorf("the feed after an Update that emits nothing: %q", got)
		}
	}},
	{"CommitOrderWithoutGap", func(s *suite) {
		var want []string
		for n := range 12 {
			s.update(func(tx store.Tx) {
				for i := range n % 4 {
					tx.Emit("a", fmt.Appendf(nil, "%d.%d", n, i))
					tx.Emit("b", fmt.Appendf(nil, "%d.%d", n, i))
				}
				if n%2 == 0 {
					put(tx, "k", "v")
				}
			})
			for i := range n % 4 {
				want = append(want, fmt.Sprintf("a=%d.%d", n, i), fmt.Sprintf("b=%d.%d", n, i))
			}
		}
		if diff := cmp.Diff(want, s.feed(store.Cursor{})); diff != "" {
			s.Errorf("feed (-want +got):\n%s", diff)
		}
	}},
	{"CursorsAscend", func(s *suite) {
		emitSome(s, 5, 3)
		var last store.Cursor
		for i, e := range s.entries(store.Cursor{}) {
			if i > 0 && (e.Cursor.Compare(last) <= 0 || e.Cursor.Epoch() != last.Epoch()) {
				s.Errorf("entry %d: cursor %v does not follow %v", i, e.Cursor, last)
			}
			last = e.Cursor
		}
	}},
	{"ResumeFromEveryCursor", func(s *suite) {
		emitSome(s, 6, 3)
		all, texts := s.entries(store.Cursor{}), s.feed(store.Cursor{})
		for i, e := range all {
			c, err := store.ParseCursor(e.Cursor.String())
			if err != nil || c != e.Cursor {
				s.Errorf("ParseCursor(%q) = %v, %v; want the same cursor", e.Cursor, c, err)
			}
			if diff := cmp.Diff(texts[i+1:], append([]string{}, s.feed(c)...)); diff != "" {
				s.Errorf("after entry %d (-want +got):\n%s", i, diff)
			}
		}
		last := all[len(all)-1].Cursor
		s.update(func(tx store.Tx) { tx.Emit("more", nil) })
		if diff := cmp.Diff([]string{"more="}, s.feed(last)); diff != "" {
			s.Errorf("after the former end (-want +got):\n%s", diff)
		}
	}},
	{"OddTopicsAndPayloads", func(s *suite) {
		var want []string
		s.update(func(tx store.Tx) {
			want = nil
			for _, text := range []string{"", "\x00", "\x00\xFF", "\xFF\xFF", "a\nb", "ä", "ticket.opened"} {
				tx.Emit(text, []byte(text))
				want = append(want, text+"="+text)
			}
		})
		if diff := cmp.Diff(want, s.feed(store.Cursor{})); diff != "" {
			s.Errorf("feed (-want +got):\n%s", diff)
		}
	}},
	{"ManyEntriesOfOneUpdate", func(s *suite) {
		const n = 3000
		s.update(func(tx store.Tx) {
			for i := range n {
				tx.Emit("t", []byte(strconv.Itoa(i)))
			}
		})
		i := 0
		for e, err := range s.st.Feed(s.Context(), store.Cursor{}) {
			if err != nil || string(e.Payload) != strconv.Itoa(i) {
				s.Fatalf("entry %d is %q, %v", i, e.Payload, err)
			}
			i++
		}
		if i != n {
			s.Errorf("the feed holds %d entries, want %d", i, n)
		}
	}},
	{"FailedUpdatesLeaveNone", func(s *suite) {
		for i := range 6 {
			err := s.st.Update(s.Context(), func(_ context.Context, tx store.Tx) error {
				tx.Emit("t", []byte(strconv.Itoa(i)))
				if i%2 == 1 {
					return errAbort
				}
				return nil
			})
			if i%2 == 0 && err != nil {
				s.Errorf("Update: %v", err)
			}
		}
		if diff := cmp.Diff([]string{"t=0", "t=2", "t=4"}, s.feed(store.Cursor{})); diff != "" {
			s.Errorf("feed (-want +got):\n%s", diff)
		}
	}},
	{"EarlyBreak", func(s *suite) {
		emitSome(s, 4, 2)
		all := s.feed(store.Cursor{})
		var got []string
		var at store.Cursor
		for range all {
			for e, err := range s.st.Feed(s.Context(), at) {
				if err != nil {
					s.Fatalf("Feed: %v", err)
				}
				got, at = append(got, e.Topic+"="+string(e.Payload)), e.Cursor
				break
			}
		}
		if diff := cmp.Diff(all, got); diff != "" {
			s.Errorf("read one by one (-want +got):\n%s", diff)
		}
	}},
	{"LoopBodyMayWrite", func(s *suite) {
		emitSome(s, 2, 2)
		n := 0
		for e, err := range s.st.Feed(s.Context(), store.Cursor{}) {
			if err != nil {
				s.Fatalf("Feed: %v", err)
			}
			n++
			c := start(func() error {
				return s.st.Update(context.Background(), func(_ context.Context, tx store.Tx) error {
					put(tx, "seen", e.Cursor.String())
					if e.Topic != "echo" {
						tx.Emit("echo", e.Payload)
					}
					return nil
				})
			})
			if err := s.result(c, "Update in the loop over a feed"); err != nil {
				s.Fatalf("Update: %v", err)
			}
			if n > 100 {
				s.Fatal("the feed does not end")
			}
		}
		if got := len(s.entries(store.Cursor{})); got != 8 {
			s.Errorf("the feed holds %d entries, want 8", got)
		}
	}},
	{"CommitOrderUnderContention", func(s *suite) {
		// Updates number themselves, so the feed must count.
		const writers, each = 8, 12
		follower := start(func() error { return followCount(s, writers*each) })
		s.together(writers, func(ctx context.Context, _ int) error {
			for range each {
				if err := countOn(ctx, s.st); err != nil {
					return err
				}
			}
			return nil
		})
		if err := s.result(follower, "follower"); err != nil {
			s.Errorf("follower: %v", err)
		}
		if got := len(s.entries(store.Cursor{})); got != writers*each {
			s.Errorf("the feed holds %d entries, want %d", got, writers*each)
		}
	}},
	{"NoneIsSkippedOfIndependentWriters", func(s *suite) {
		// Blind writers commit in any order; a follower must not run past one.
		const writers, each = 8, 12
		follower := start(func() error {
			next := make(map[string]int)
			var at store.Cursor
			for n := 0; n < writers*each; {
				for e, err := range s.st.Feed(s.Context(), at) {
					if err != nil {
						return err
					}
					if want := strconv.Itoa(next[e.Topic]); string(e.Payload) != want {
						return fmt.Errorf("after %d entries: %s=%s, want %s", n, e.Topic, e.Payload, want)
					}
					next[e.Topic]++
					n, at = n+1, e.Cursor
				}
				if n < writers*each {
					if err := s.st.Wait(s.Context(), at); err != nil {
						return err
					}
				}
			}
			return nil
		})
		s.together(writers, func(ctx context.Context, i int) error {
			for n := range each {
				err := s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
					put(tx, fmt.Sprintf("%02d-%02d", i, n), "v")
					tx.Emit(fmt.Sprintf("writer%02d", i), []byte(strconv.Itoa(n)))
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err := s.result(follower, "follower"); err != nil {
			s.Errorf("follower: %v", err)
		}
	}},
	{"ForeignCursorIsExpired", func(s *suite) {
		emitSome(s, 2, 2)
		mine := s.st
		s.st = s.open()
		emitSome(s, 4, 4)
		foreign := s.entries(store.Cursor{})
		s.st = mine
		for _, e := range foreign {
			isExpired(s, e.Cursor, s.feed(store.Cursor{}))
		}
		first := s.entries(store.Cursor{})[0].Cursor
		major, minor := first.Position()
		isExpired(s, store.NewCursor(first.Epoch()+1, major, minor), s.feed(store.Cursor{}))
	}},
}

// emitSome commits some Updates that emit some entries each.
func emitSome(s *suite, updates, each int) {
	s.Helper()
	for n := range updates {
		s.update(func(tx store.Tx) {
			for i := range each {
				tx.Emit("t"+strconv.Itoa(i%2), fmt.Appendf(nil, "%d.%d", n, i))
			}
		})
	}
}

// countOn adds one to a counter and emits what it then is.
func countOn(ctx context.Context, st store.Store) error {
	return st.Update(ctx, func(_ context.Context, tx store.Tx) error {
		n, _ := strconv.Atoi(get(tx, "counter"))
		count := strconv.Itoa(n + 1)
		put(tx, "counter", count)
		tx.Emit("count", []byte(count))
		return nil
	})
}

// followCount follows what countOn emits until it comes to a number.
func followCount(s *suite, last int) error {
	var at store.Cursor
	for n := 0; n < last; {
		if err := s.st.Wait(s.Context(), at); err != nil {
			return err
		}
		for e, err := range s.st.Feed(s.Context(), at) {
			if err != nil {
				return err
			}
			if n++; string(e.Payload) != strconv.Itoa(n) {
				return fmt.Errorf("entry %d says %s", n, e.Payload)
			}
			at = e.Cursor
		}
	}
	return nil
}

// isExpired demands that a cursor is refused, in a way that tells where reading
// can begin, and that it then yields want.
func isExpired(s *suite, after store.Cursor, want []string) {
	s.Helper()
	n := 0
	for e, err := range s.st.Feed(s.Context(), after) {
		n++
		var expired *store.ExpiredError
		if !errors.Is(err, store.ErrCursorExpired) || !errors.As(err, &expired) {
			s.Fatalf("Feed after %v yields %q, %v; want %v", after, e.Payload, err, store.ErrCursorExpired)
		}
		if expired.After != after {
			s.Errorf("Feed after %v: ExpiredError.After is %v", after, expired.After)
		}
		if diff := cmp.Diff(want, s.feed(expired.Oldest)); diff != "" {
			s.Errorf("after ExpiredError.Oldest (-want +got):\n%s", diff)
		}
	}
	if n != 1 {
		s.Errorf("Feed after %v yields %d times, want one error", after, n)
	}
}

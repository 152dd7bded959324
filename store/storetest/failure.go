package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

// An Injector is a store whose commits can be made to fail, as a full disk
// makes them. Engines offer it in their tests only.
type Injector interface {
	// FailCommit lets the next commits, so many of them, fail with err before
	// anything of them is durable. A group of Updates that is committed at
	// once is one commit.
	FailCommit(err error, times int)
}

var errDisk = errors.New("injected failure of the disk")

// failureLaws are about stores that are an Injector.
var failureLaws = []law{
	{"NothingIsWritten", func(s *suite) {
		in := injector(s)
		s.set("a", "1")
		s.update(func(tx store.Tx) { tx.Emit("kept", nil) })
		for range 3 {
			in.FailCommit(errDisk, 1)
			err := s.st.Update(s.Context(), func(_ context.Context, tx store.Tx) error {
				put(tx, "a", get(tx, "a")+"0", "b", "2")
				tx.Emit("dropped", nil)
				tx.AfterCommit(func() { s.Error("AfterCommit ran") })
				return nil
			})
			if !errors.Is(err, errDisk) {
				s.Errorf("Update = %v, want %v", err, errDisk)
			}
			if diff := cmp.Diff([]string{"a=1"}, s.dump()); diff != "" {
				s.Errorf("after a failed commit (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"kept="}, s.feed(store.Cursor{})); diff != "" {
				s.Errorf("feed after a failed commit (-want +got):\n%s", diff)
			}
		}
		s.update(func(tx store.Tx) { put(tx, "a", get(tx, "a")+"0") })
		if diff := cmp.Diff([]string{"a=10"}, s.dump()); diff != "" {
			s.Errorf("after the next commit (-want +got):\n%s", diff)
		}
	}},
	{"NobodyBuildsOnWhatFailed", func(s *suite) {
		in := injector(s)
		for round := range 25 {
			in.FailCommit(errDisk, 1+round%3)
			createOnce(s, fmt.Sprintf("key%02d", round))
		}
	}},
	{"CountsOnlyWhatCommitted", func(s *suite) {
		in := injector(s)
		const writers, each = 8, 15
		var mu sync.Mutex
		committed, hooks := 0, 0
		s.together(writers, func(ctx context.Context, i int) error {
			for n := range each {
				if i == 0 && n%3 == 0 {
					in.FailCommit(errDisk, 1)
				}
				err := s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
					v := strings.TrimPrefix(get(tx, "count"), "-") + "+"
					put(tx, "count", v)
					tx.Emit("count", []byte(v))
					tx.AfterCommit(func() {
						mu.Lock()
						defer mu.Unlock()
						hooks++
					})
					return nil
				})
				mu.Lock()
				if err == nil {
					committed++
				} else if !errors.Is(err, errDisk) {
					s.Errorf("Update = %v, want nil or %v", err, errDisk)
				}
				mu.Unlock()
			}
			return nil
		})
		in.FailCommit(nil, 0)
		want := []string{}
		for i := range committed {
			want = append(want, "count="+strings.Repeat("+", i+1))
		}
		if diff := cmp.Diff(want, append([]string{}, s.feed(store.Cursor{})...)); diff != "" {
			s.Errorf("feed (-want +got):\n%s", diff)
		}
		s.view(func(r store.Reader) {
			if got := len(strings.TrimPrefix(get(r, "count"), "-")); got != committed || hooks != committed {
				s.Errorf("%d Updates returned nil, %d counted, AfterCommit ran %d times", committed, got, hooks)
			}
		})
	}},
}

// createOnce lets many Updates at once create the same key unless it exists,
// while commits fail, and others look at it. Whatever anyone returns, be it nil,
// an error or a panic, must come from what was committed.
func createOnce(s *suite, key string) {
	s.Helper()
	const creators, lookers = 12, 12
	type exists struct{ by string }
	var mu sync.Mutex
	winner := ""
	saw := make(map[string]string) // what was seen → by whom
	s.together(creators+lookers, func(ctx context.Context, i int) error {
		me := fmt.Sprintf("%s-%02d", key, i)
		found := ""
		err := func() error {
			defer func() {
				switch p := recover().(type) {
				case nil:
				case exists:
					found = p.by
				default:
					panic(p)
				}
			}()
			return s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
				found = ""
				by := get(tx, key)
				switch {
				case by == "-" && i < creators:
					put(tx, key, me)
					tx.Emit("created", []byte(me))
				case by == "-":
				case i%3 == 0: // nil
					found = by
				case i%3 == 1:
					return fmt.Errorf("%w: %s", store.ErrExists, by)
				default:
					panic(exists{by})
				}
				return nil
			})
		}()
		mu.Lock()
		defer mu.Unlock()
		switch {
		case errors.Is(err, store.ErrExists):
			found = strings.TrimPrefix(err.Error(), store.ErrExists.Error()+": ")
		case errors.Is(err, errDisk):
			return nil
		case err != nil:
			return err
		}
		switch {
		case found != "":
			saw[found] = me
		case i < creators && winner != "":
			s.Errorf("both %s and %s created the key", winner, me)
		case i < creators:
			winner = me
		}
		return nil
	})
	for what, who := range saw {
		if what != winner {
			s.Errorf("%s saw %q, which was never committed; %q was", who, what, winner)
		}
	}
	s.view(func(r store.Reader) {
		if got := strings.TrimPrefix(get(r, key), "-"); got != winner {
			s.Errorf("the store holds %q, the Update that returned nil wrote %q", got, winner)
		}
	})
	n := 0
	for _, e := range s.entries(store.Cursor{}) {
		if by := string(e.Payload); strings.HasPrefix(by, key) {
			if n++; by != winner {
				s.Errorf("the feed tells of %q, which was never committed", by)
			}
		}
	}
	if winner != "" && n != 1 {
		s.Errorf("the feed tells of the key %d times, want once", n)
	}
}

// injector skips the law when commits cannot be made to fail.
func injector(s *suite) Injector {
	s.Helper()
	in, ok := store.As[Injector](s.st)
	if !ok {
		s.Skip("not a storetest.Injector")
	}
	return in
}

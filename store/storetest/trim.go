package storetest

import (
	"context"
	"errors"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

// trimLaws are about stores that are a store.Trimmer.
var trimLaws = []law{
	{"ForgetsUpToTheCursor", func(s *suite) {
		tr := trimmer(s)
		emitSome(s, 3, 3)
		all, texts := s.entries(store.Cursor{}), s.feed(store.Cursor{})
		for _, cut := range []int{0, 1, 4, len(all) - 1} {
			if err := tr.Trim(s.Context(), all[cut].Cursor); err != nil {
				s.Fatalf("Trim after entry %d: %v", cut, err)
			}
			left := append([]string(nil), texts[cut+1:]...)
			isExpired(s, store.Cursor{}, left)
			for i, e := range all {
				if i < cut {
					isExpired(s, e.Cursor, left)
				} else if diff := cmp.Diff(len(texts[i+1:]), len(s.feed(e.Cursor))); diff != "" {
					s.Errorf("after Trim of %d entries, entries after %d (-want +got):\n%s", cut+1, i, diff)
				}
			}
		}
	}},
	{"AgainIsHarmless", func(s *suite) {
		tr := trimmer(s)
		emitSome(s, 2, 2)
		all := s.entries(store.Cursor{})
		for _, i := range []int{2, 2, 0} {
			if err := tr.Trim(s.Context(), all[i].Cursor); err != nil {
				s.Errorf("Trim(%d): %v", i, err)
			}
		}
		if diff := cmp.Diff([]string{"t1=1.1"}, s.feed(all[2].Cursor)); diff != "" {
			s.Errorf("feed (-want +got):\n%s", diff)
		}
	}},
	{"ZeroCursorTrimsNothing", func(s *suite) {
		tr := trimmer(s)
		emitSome(s, 2, 2)
		if err := tr.Trim(s.Context(), store.Cursor{}); err != nil {
			s.Errorf("Trim: %v", err)
		}
		if got := len(s.feed(store.Cursor{})); got != 4 {
			s.Errorf("the feed holds %d entries, want 4", got)
		}
	}},
	{"ForeignCursorTrimsNothing", func(s *suite) {
		tr := trimmer(s)
		emitSome(s, 2, 2)
		c := s.entries(store.Cursor{})[3].Cursor
		major, minor := c.Position()
		if err := tr.Trim(s.Context(), store.NewCursor(c.Epoch()+1, major, minor)); !errors.Is(err, store.ErrCursorExpired) {
			s.Errorf("Trim = %v, want %v", err, store.ErrCursorExpired)
		}
		if got := len(s.feed(store.Cursor{})); got != 4 {
			s.Errorf("the feed holds %d entries, want 4", got)
		}
	}},
	{"FeedGrowsOn", func(s *suite) {
		tr := trimmer(s)
		emitSome(s, 2, 2)
		all := s.entries(store.Cursor{})
		last := all[len(all)-1].Cursor
		if err := tr.Trim(s.Context(), last); err != nil {
			s.Errorf("Trim: %v", err)
		}
		if head := headOf(s); head.Compare(last) > 0 {
			s.Errorf("after Trim the head is %v, behind the last entry %v", head, last)
		}
		if got := s.feed(headOf(s)); got != nil {
			s.Errorf("after Trim the feed after the head yields %q", got)
		}
		s.update(func(tx store.Tx) { tx.Emit("new", nil) })
		if diff := cmp.Diff([]string{"new="}, s.feed(last)); diff != "" {
			s.Errorf("feed (-want +got):\n%s", diff)
		}
		if e := s.entries(last)[0]; e.Cursor.Compare(last) <= 0 {
			s.Errorf("the entry after Trim has the cursor %v, not behind %v", e.Cursor, last)
		}
		isExpired(s, store.Cursor{}, []string{"new="})
	}},
	{"DataStays", func(s *suite) {
		tr := trimmer(s)
		s.set("a", "1", "\x00", "2", "\xFF", "3")
		emitSome(s, 2, 2)
		if err := tr.Trim(s.Context(), s.entries(store.Cursor{})[3].Cursor); err != nil {
			s.Errorf("Trim: %v", err)
		}
		if diff := cmp.Diff([]string{"\x00=2", "a=1", "\xFF=3"}, s.dump()); diff != "" {
			s.Errorf("data after Trim (-want +got):\n%s", diff)
		}
	}},
	{"DuringFeed", func(s *suite) {
		tr := trimmer(s)
		emitSome(s, 4, 2)
		texts := s.feed(store.Cursor{})
		var got []string
		for e, err := range s.st.Feed(s.Context(), store.Cursor{}) {
			if err != nil {
				s.Fatalf("Feed: %v", err)
			}
			if err := tr.Trim(s.Context(), e.Cursor); err != nil {
				s.Fatalf("Trim: %v", err)
			}
			got = append(got, e.Topic+"="+string(e.Payload))
		}
		if diff := cmp.Diff(texts, got); diff != "" {
			s.Errorf("a reader that trims behind itself (-want +got):\n%s", diff)
		}
	}},
	{"DuringUpdates", func(s *suite) {
		tr := trimmer(s)
		const n = 40
		writer := start(func() error {
			for range n {
				if err := countOn(s.Context(), s.st); err != nil {
					return err
				}
			}
			return nil
		})
		var at store.Cursor
		for seen := 0; seen < n; {
			s.wait(at)
			for _, e := range s.entries(at) {
				at = e.Cursor
				seen++
			}
			if err := tr.Trim(s.Context(), at); err != nil {
				s.Fatalf("Trim: %v", err)
			}
		}
		if err := s.result(writer, "writer"); err != nil {
			s.Errorf("writer: %v", err)
		}
	}},
	{"ContextAndClose", func(s *suite) {
		tr := trimmer(s)
		emitSome(s, 1, 2)
		c := s.entries(store.Cursor{})[0].Cursor
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		if err := tr.Trim(ctx, c); !errors.Is(err, context.Canceled) {
			s.Errorf("Trim = %v, want %v", err, context.Canceled)
		}
		if got := len(s.feed(store.Cursor{})); got != 2 {
			s.Errorf("the feed holds %d entries, want 2", got)
		}
		if err := s.st.Close(); err != nil {
			s.Errorf("Close: %v", err)
		}
		if err := tr.Trim(s.Context(), c); !errors.Is(err, store.ErrClosed) {
			s.Errorf("Trim after Close = %v, want %v", err, store.ErrClosed)
		}
	}},
}

// trimmer skips the law when the store cannot trim.
func trimmer(s *suite) store.Trimmer {
	s.Helper()
	tr, ok := store.As[store.Trimmer](s.st)
	if !ok {
		s.Skip("not a store.Trimmer")
	}
	return tr
}

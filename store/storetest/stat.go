package storetest

import (
	"errors"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

// statsLaws are about stores that are a store.Stater.
var statsLaws = []law{
	{"TellsTheFeedsEnds", func(s *suite) {
		st, ok := store.As[store.Stater](s.st)
		if !ok {
			s.Skip("not a store.Stater")
		}
		stats := func() store.Stats {
			stats, err := st.Stats(s.Context())
			if err != nil {
				s.Fatalf("Stats: %v", err)
			}
			if stats.Engine == "" || stats.Bytes < 0 || stats.Free < 0 || stats.Free > stats.Bytes {
				s.Errorf("Stats = %+v", stats)
			}
			return stats
		}
		stats()
		emitSome(s, 3, 2)
		all, texts := s.entries(store.Cursor{}), s.feed(store.Cursor{})
		if got, want := stats().Head, all[len(all)-1].Cursor; got != want {
			s.Errorf("Stats.Head = %v, want %v", got, want)
		}
		if diff := cmp.Diff(texts, s.feed(stats().Oldest)); diff != "" {
			s.Errorf("feed after Stats.Oldest (-want +got):\n%s", diff)
		}
		if tr, ok := store.As[store.Trimmer](s.st); ok {
			if err := tr.Trim(s.Context(), all[2].Cursor); err != nil {
				s.Fatalf("Trim: %v", err)
			}
			if diff := cmp.Diff(texts[3:], s.feed(stats().Oldest)); diff != "" {
				s.Errorf("feed after Stats.Oldest after Trim (-want +got):\n%s", diff)
			}
		}
		if err := s.st.Close(); err != nil {
			s.Errorf("Close: %v", err)
		}
		if _, err := st.Stats(s.Context()); !errors.Is(err, store.ErrClosed) {
			s.Errorf("Stats after Close = %v, want %v", err, store.ErrClosed)
		}
	}},
}

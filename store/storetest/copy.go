package storetest

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

// copyLaws: what package store builds on an engine to move its content holds
// for this engine too, from it and into it.
var copyLaws = []law{
	{"BackupAndRestore", func(s *suite) {
		s.movesBy(func(ctx context.Context, dst, src store.Store) error {
			var b bytes.Buffer
			if err := store.Backup(ctx, src, &b); err != nil {
				return err
			}
			return store.Restore(ctx, dst, &b)
		})
	}},
	{"Copy", func(s *suite) { s.movesBy(store.Copy) }},
	{"BackupUnderLoadIsOneMoment", func(s *suite) {
		// Every Update writes the same count to two keys that are far apart.
		all := keys("k", 200)
		s.update(func(tx store.Tx) { putAll(tx, all) })
		count := func(ctx context.Context) error {
			return s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
				n, _ := strconv.Atoi(get(tx, "z"))
				text := strconv.Itoa(n + 1)
				put(tx, "a", text, "z", text)
				tx.Emit("count", []byte(text))
				return nil
			})
		}
		if err := count(s.Context()); err != nil {
			s.Fatalf("Update: %v", err)
		}
		backups := make([]bytes.Buffer, 4)
		s.together(4, func(ctx context.Context, i int) error {
			if i == 0 {
				for n := range backups {
					if err := store.Backup(ctx, s.st, &backups[n]); err != nil {
						return err
					}
				}
				return nil
			}
			for range 15 {
				if err := count(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		for i := range backups {
			s.sub(fmt.Sprintf("Backup%d", i), func(s *suite) {
				if err := store.Restore(s.Context(), s.st, &backups[i]); err != nil {
					s.Fatalf("Restore: %v", err)
				}
				var n int
				s.view(func(r store.Reader) {
					if a, z := get(r, "a"), get(r, "z"); a != z {
						s.Errorf("the backup holds a=%s and z=%s, which was never", a, z)
					}
					n, _ = strconv.Atoi(get(r, "z"))
				})
				var want []string
				for i := range n {
					want = append(want, fmt.Sprintf("count=%d", i+1))
				}
				if diff := cmp.Diff(want, s.feed(store.Cursor{})); diff != "" {
					s.Errorf("feed of the backup (-want +got):\n%s", diff)
				}
			})
		}
	}},
}

// movesBy moves some content to another store and on to a third.
func (s *suite) movesBy(move func(ctx context.Context, dst, src store.Store) error) {
	s.Helper()
	s.update(func(tx store.Tx) {
		putAll(tx, keys("k", 1500))
		put(tx, "empty", "", "odd\x00\xFF", "\x00\xFF")
	})
	emitSome(s, 5, 3)
	want, feed := s.dump(), s.feed(store.Cursor{})
	for range 2 {
		src := s.st
		s.st = s.open()
		if err := move(s.Context(), s.st, src); err != nil {
			s.Fatalf("moving the content: %v", err)
		}
		if diff := cmp.Diff(want, s.dump()); diff != "" {
			s.Errorf("content (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(feed, s.feed(store.Cursor{})); diff != "" {
			s.Errorf("feed (-want +got):\n%s", diff)
		}
	}
}

package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

func TestTrimSparesFollowers(t *testing.T) {
	onEngines(t, func(t *testing.T, st store.Store) {
		for n := range 6 {
			update(t, st, func(tx store.Tx) error { tx.Emit("n", fmt.Append(nil, n)); return nil })
		}
		all, err := feed(st, store.Cursor{})
		if err != nil {
			t.Fatal(err)
		}
		begins := func() (first string) {
			entries, err := feed(st, store.Cursor{})
			var expired *store.ExpiredError
			if errors.As(err, &expired) {
				entries, err = feed(st, expired.Oldest)
			}
			if err != nil || len(entries) == 0 {
				return fmt.Sprint("nothing ", err)
			}
			return string(entries[0].Payload)
		}
		trim := func(before, want store.Cursor, first string) {
			t.Helper()
			got, err := store.Trim(t.Context(), st, before)
			if got != want || err != nil {
				t.Errorf("Trim = %v, %v, want %v", got, err, want)
			}
			if got := begins(); got != first {
				t.Errorf("the feed begins with %s, want %s", got, first)
			}
		}
		save := func(name string, c store.Cursor) {
			t.Helper()
			update(t, st, func(tx store.Tx) error { store.SaveCursor(tx, name, c); return nil })
		}
		save("new", store.Cursor{})
		trim(all[5].Cursor, store.Cursor{}, "0")
		save("new", all[3].Cursor)
		save("slow", all[1].Cursor)
		trim(all[0].Cursor, all[0].Cursor, "1")
		trim(all[5].Cursor, all[1].Cursor, "2")
		update(t, st, func(tx store.Tx) error { store.DropCursor(tx, "slow"); return nil })
		trim(all[5].Cursor, all[3].Cursor, "4")
		view(t, st, func(r store.Reader) error {
			if diff := cmp.Diff([]store.Follower{{Name: "new", Cursor: all[3].Cursor}}, collect(t, store.Cursors(r)), cmp.Comparer(func(a, b store.Cursor) bool { return a == b })); diff != "" {
				t.Errorf("Cursors (-want +got):\n%s", diff)
			}
			if c, err := store.LoadCursor(r, "new"); c != all[3].Cursor || err != nil {
				t.Errorf("LoadCursor = %v, %v", c, err)
			}
			if _, err := store.LoadCursor(r, "slow"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("LoadCursor of a dropped one: %v", err)
			}
			return nil
		})
	})
}

// plain hides every optional ability.
type plain struct{ store.Store }

// wrapped passes them on.
type wrapped struct{ store.Store }

func (w wrapped) Unwrap() store.Store { return w.Store }

func TestAs(t *testing.T) {
	st := memstore.New(nil)
	if _, err := store.Trim(t.Context(), plain{st}, store.NewCursor(1, 1, 1)); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v, want ErrUnsupported", err)
	}
	if got, ok := store.As[*memstore.Store](wrapped{wrapped{st}}); got != st || !ok {
		t.Errorf("got %v, %t", got, ok)
	}
	if _, ok := store.As[store.Trimmer](nil); ok {
		t.Error("nil has an ability")
	}
}

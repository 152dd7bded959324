package memstore_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// TestConflicts counts how often a callback runs when another Update commits
// while it runs for the first time.
func TestConflicts(t *testing.T) {
	get := func(key string) func(store.Tx) {
		return func(tx store.Tx) { tx.Get([]byte(key)) }
	}
	put := func(key string) func(store.Tx) {
		return func(tx store.Tx) { tx.Put([]byte(key), []byte("new")) }
	}
	scan := func(r store.Range, stop int) func(store.Tx) {
		return func(tx store.Tx) {
			n := 0
			for range tx.Scan(r) {
				if n++; n == stop {
					break
				}
			}
		}
	}
	// The store holds b, d, f, h and j.
	for _, c := range []struct {
		name  string
		read  func(store.Tx)
		write func(store.Tx)
		runs  int
	}{
		{"blind write of the same key", func(store.Tx) {}, put("mine"), 1},
		{"get of another key", get("b"), put("d"), 1},
		{"get", get("b"), put("b"), 2},
		{"get of absent key", get("c"), put("c"), 2},
		{"get of absent key, deleted again", get("c"), func(tx store.Tx) { tx.Delete([]byte("c")) }, 1},
		{"get of deleted key", get("b"), func(tx store.Tx) { tx.DeleteRange(nil, nil) }, 2},
		{"get of own write", func(tx store.Tx) { put("b")(tx); get("b")(tx) }, put("b"), 1},
		{"many", func(tx store.Tx) { tx.GetMany([][]byte{[]byte("a"), []byte("b")}) }, put("a"), 2},
		{"scan of everything", scan(store.Range{}, 0), put("z"), 2},
		{"scan before it", scan(store.Range{To: []byte("d")}, 0), put("d"), 1},
		{"scan up to it", scan(store.Range{To: []byte("d")}, 0), put("c"), 2},
		{"scan behind it", scan(store.Range{From: []byte("d")}, 0), put("c"), 1},
		{"empty scan", scan(store.Range{From: []byte("k"), To: []byte("m")}, 0), put("l"), 2},
		{"scan with limit, behind it", scan(store.Range{Limit: 2}, 0), put("e"), 1},
		{"scan with limit, within it", scan(store.Range{Limit: 2}, 0), put("c"), 2},
		{"scan with limit, its last key", scan(store.Range{Limit: 2}, 0), put("d"), 2},
		{"scan that stops, behind it", scan(store.Range{}, 2), put("e"), 1},
		{"scan that stops, within it", scan(store.Range{}, 2), put("a"), 2},
		{"scan in reverse, within it", scan(store.Range{Reverse: true}, 2), put("z"), 2},
		{"scan in reverse, its last key", scan(store.Range{Reverse: true}, 2), put("h"), 2},
		{"scan in reverse, before it", scan(store.Range{Reverse: true}, 2), put("g"), 1},
		{"scan in reverse with limit, before it", scan(store.Range{To: []byte("i"), Reverse: true, Limit: 1}, 0), put("g"), 1},
		{"scan in reverse with limit, behind it", scan(store.Range{To: []byte("i"), Reverse: true, Limit: 1}, 0), put("j"), 1},
		{"scan of keys, value changed", scan(store.Range{KeysOnly: true}, 0), put("d"), 1},
		{"scan of keys, key added", scan(store.Range{KeysOnly: true}, 0), put("e"), 2},
		{"scan of keys, key deleted", scan(store.Range{KeysOnly: true}, 0), func(tx store.Tx) { tx.Delete([]byte("j")) }, 2},
		{"scan that never began", func(tx store.Tx) { tx.Scan(store.Range{}) }, put("d"), 1},
		{"head", func(tx store.Tx) { tx.Head() }, func(tx store.Tx) { tx.Emit("t", nil) }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := memstore.New(nil)
			update(t, st, func(tx store.Tx) {
				for _, key := range []string{"b", "d", "f", "h", "j"} {
					tx.Put([]byte(key), []byte("old"))
				}
			})
			runs := 0
			update(t, st, func(tx store.Tx) {
				c.read(tx)
				tx.Put([]byte("mine"), []byte("new"))
				if runs++; runs == 1 {
					update(t, st, c.write)
				}
			})
			if runs != c.runs {
				t.Errorf("the callback ran %d times, want %d", runs, c.runs)
			}
		})
	}
}

// TestProgress lets every attempt meet a conflict: in the end the callback runs
// alone.
func TestProgress(t *testing.T) {
	st := memstore.New(nil)
	runs := 0
	update(t, st, func(tx store.Tx) {
		runs++
		tx.Get([]byte("a"))
		tx.Put([]byte("b"), nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := st.Update(ctx, func(_ context.Context, tx store.Tx) error {
			tx.Put([]byte("a"), fmt.Append(nil, runs))
			if runs > 4 {
				cancel() // it would wait for the one that runs alone
			}
			return nil
		})
		if err != nil && err != context.Canceled {
			t.Errorf("Update beside another: %v", err)
		}
	})
	if runs != 5 {
		t.Errorf("the callback ran %d times, want 5", runs)
	}
}

// TestChaos shows that the same seed makes the same trouble, and another one
// another.
func TestChaos(t *testing.T) {
	trouble := func(seed uint64) (runs []int) {
		st := memstore.New(&memstore.Options{Chaos: seed})
		for range 40 {
			n := 0
			update(t, st, func(tx store.Tx) {
				n++
				tx.Put([]byte("a"), nil)
			})
			runs = append(runs, n)
		}
		return runs
	}
	first := trouble(7)
	if diff := cmp.Diff(first, trouble(7)); diff != "" {
		t.Errorf("the same seed (-first +second):\n%s", diff)
	}
	if cmp.Equal(first, trouble(8)) {
		t.Error("another seed makes the same trouble")
	}
	total := 0
	for _, n := range first {
		total += n
	}
	if total < 50 || total > 5*len(first) {
		t.Errorf("%d Updates ran %d times", len(first), total)
	}
}

// TestChaosSpoilsWhatIsKept catches code that keeps slices of a scan.
func TestChaosSpoilsWhatIsKept(t *testing.T) {
	st := memstore.New(&memstore.Options{Chaos: 1})
	update(t, st, func(tx store.Tx) { tx.Put([]byte("key"), []byte("value")) })
	var kept store.KV
	update(t, st, func(tx store.Tx) {
		for kv := range tx.Scan(store.Range{}) {
			kept = kv
		}
	})
	if string(kept.Key) == "key" || string(kept.Value) == "value" {
		t.Errorf("a pair is still there after its step: %q", kept)
	}
}

func TestStats(t *testing.T) {
	st := memstore.New(nil)
	size := func() int64 {
		stats, err := st.Stats(t.Context())
		if err != nil || stats.Engine != "memory" {
			t.Errorf("Stats() = %+v, %v", stats, err)
		}
		return stats.Bytes
	}
	for _, step := range []struct {
		name  string
		write func(store.Tx)
		want  int64
	}{
		{"put", func(tx store.Tx) { tx.Put([]byte("aa"), []byte("1234")); tx.Put([]byte("b"), nil) }, 7},
		{"overwrite", func(tx store.Tx) { tx.Put([]byte("aa"), []byte("12")) }, 5},
		{"emit", func(tx store.Tx) { tx.Emit("topic", []byte("payload")) }, 17},
		{"delete", func(tx store.Tx) { tx.Delete([]byte("aa")); tx.Delete([]byte("none")) }, 13},
		{"delete range", func(tx store.Tx) { tx.DeleteRange(nil, nil) }, 12},
	} {
		update(t, st, step.write)
		if got := size(); got != step.want {
			t.Errorf("%s: %d bytes, want %d", step.name, got, step.want)
		}
	}
	stats, err := st.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Trim(t.Context(), stats.Head); err != nil {
		t.Fatal(err)
	}
	if got := size(); got != 0 {
		t.Errorf("trimmed: %d bytes, want 0", got)
	}
}

func update(t *testing.T, st store.Store, fn func(store.Tx)) {
	t.Helper()
	err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
		fn(tx)
		return nil
	})
	if err != nil {
		t.Errorf("Update: %v", err)
	}
}

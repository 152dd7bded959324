package boltstore_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// dump returns all that a store holds: pairs, entries and cursors.
func dump(t testing.TB, st store.Store) (all []string) {
	t.Helper()
	err := st.View(t.Context(), func(_ context.Context, r store.Reader) error {
		for kv, err := range r.Scan(store.Range{}) {
			if err != nil {
				return err
			}
			all = append(all, fmt.Sprintf("%x=%x", kv.Key, kv.Value))
		}
		head, err := r.Head()
		all = append(all, "head "+head.String())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	stats, err := st.(store.Stater).Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, "oldest "+stats.Oldest.String())
	for e, err := range st.Feed(t.Context(), stats.Oldest) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%v %s=%s", e.Cursor, e.Topic, e.Payload))
	}
	return all
}

func size(t testing.TB, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestCompact(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	st := open(t, path)
	pairs := sample(t, st, 2000)
	err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
		for i, kv := range pairs {
			if i%10 != 0 {
				tx.Delete(kv.Key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for e := range st.Feed(t.Context(), store.Cursor{}) {
		if string(e.Payload) == "7" {
			if err := st.Trim(t.Context(), e.Cursor); err != nil {
				t.Fatal(err)
			}
		}
	}
	want, before := dump(t, st), size(t, path)
	stats, err := st.Stats(t.Context())
	if err != nil || stats.Free < before/3 {
		t.Errorf("Stats = %+v, %v; want much free of %d bytes", stats, err, before)
	}
	for range 2 {
		if err := st.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, dump(t, st)); diff != "" {
			t.Errorf("after Compact (-want +got):\n%s", diff)
		}
	}
	if after := size(t, path); after > before/3 {
		t.Errorf("file had %d bytes, has %d", before, after)
	}
	if _, err := boltstore.Open(path, &boltstore.Options{Timeout: -1}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("Open after Compact = %v, want %v", err, store.ErrLocked)
	}
	st.Close()
	st = open(t, path)
	defer st.Close()
	if diff := cmp.Diff(want, dump(t, st)); diff != "" {
		t.Errorf("opened again (-want +got):\n%s", diff)
	}
	set(t, st, "a", "1")
}

// Views go on with the old file while Compact puts the new one in place.
func TestCompactWhileViewing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	st := open(t, path)
	pairs := sample(t, st, 500)
	var seen []string
	err := st.View(t.Context(), func(_ context.Context, r store.Reader) error {
		n := 0
		for kv, err := range r.Scan(store.Range{}) {
			if err != nil {
				return err
			}
			if n++; n%500 == 100 {
				// Not with the callback's context: it is another transaction.
				if err := st.Compact(t.Context()); err != nil {
					t.Fatal(err)
				}
				set(t, st, fmt.Sprintf("\x03zz%d", n), "later")
			}
			seen = append(seen, string(kv.Key))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != len(pairs) {
		t.Errorf("the View saw %d keys, want %d", len(seen), len(pairs))
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

// Writers go on while Compact copies; nothing of theirs is lost.
func TestCompactWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	st := open(t, path)
	sample(t, st, 2000)
	ctx, stop := context.WithCancel(t.Context())
	const writers = 4
	mirrors := make([]map[string]string, writers)
	var wg sync.WaitGroup
	for w := range writers {
		mirror := make(map[string]string)
		mirrors[w] = mirror
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(5, uint64(w)))
			for n := 0; ctx.Err() == nil; n++ {
				table := fmt.Sprintf("w%d%d", w, rng.IntN(3)) // three buckets, two of which share theirs
				if w%2 == 0 {
					table = fmt.Sprintf("%d%d", w, rng.IntN(3))
				}
				key := fmt.Sprintf("%s-%02d", table, rng.IntN(40))
				clear := rng.IntN(20) == 0
				value := fmt.Sprint(n)
				err := st.Update(context.Background(), func(_ context.Context, tx store.Tx) error {
					if clear {
						tx.DeleteRange(store.Prefix([]byte(table)).From, store.Prefix([]byte(table)).To)
					}
					tx.Put([]byte(key), []byte(value))
					tx.Emit("put", []byte(key))
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
				if clear {
					maps.DeleteFunc(mirror, func(k, _ string) bool { return strings.HasPrefix(k, table) })
				}
				mirror[key] = value
			}
		})
	}
	for range 15 {
		if err := st.Compact(t.Context()); err != nil {
			t.Error(err)
		}
	}
	stop()
	wg.Wait()
	check := func() {
		t.Helper()
		for _, mirror := range mirrors {
			for _, key := range slices.Sorted(maps.Keys(mirror)) {
				if got := get(t, st, key); got != mirror[key] {
					t.Errorf("%s = %s, want %s", key, got, mirror[key])
				}
			}
		}
	}
	check()
	want := dump(t, st)
	keys := 0
	for _, mirror := range mirrors {
		keys += len(mirror)
	}
	if got := slices.IndexFunc(want, func(s string) bool { return strings.HasPrefix(s, "head") }); got != keys+4*2000 {
		t.Errorf("%d keys, want %d", got, keys+4*2000)
	}
	st.Close()
	st = open(t, path)
	defer st.Close()
	if diff := cmp.Diff(want, dump(t, st)); diff != "" {
		t.Errorf("opened again (-want +got):\n%s", diff)
	}
}

func TestCompactFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	st := open(t, path)
	defer st.Close()
	sample(t, st, 500)
	want := dump(t, st)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := st.Compact(ctx); err != context.Canceled {
		t.Errorf("Compact = %v, want %v", err, context.Canceled)
	}
	if err := os.Mkdir(path+".compact", 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(path+".compact", "x"), nil) // so that it cannot be removed
	if err := st.Compact(t.Context()); err == nil {
		t.Error("Compact succeeds without a file to write to")
	}
	if diff := cmp.Diff(want, dump(t, st)); diff != "" {
		t.Errorf("after a Compact that failed (-want +got):\n%s", diff)
	}
	set(t, st, "a", "1")
	os.RemoveAll(path + ".compact")
	if err := st.Compact(t.Context()); err != nil {
		t.Error(err)
	}
}

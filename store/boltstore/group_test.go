package boltstore_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// queued calls Update so often at once that all wait for the first one.
func queued(t *testing.T, st store.Store, n int, fn func(i int, tx store.Tx) error) {
	t.Helper()
	var wg sync.WaitGroup
	entered := make(chan struct{})
	ahead := make(chan struct{})
	wg.Go(func() {
		var once sync.Once
		err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
			once.Do(func() {
				close(entered)
				<-ahead
			})
			tx.Put([]byte("first"), nil)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-entered
	for i := range n {
		wg.Go(func() {
			defer func() { recover() }()
			st.Update(t.Context(), func(_ context.Context, tx store.Tx) error { return fn(i, tx) })
		})
	}
	for range 1000 { // until they stand in line, most likely
		runtime.Gosched()
	}
	close(ahead)
	wg.Wait()
}

// Updates that wait for each other are committed at once, and those that fail
// take nobody with them.
func TestUpdatesShareCommits(t *testing.T) {
	st := open(t, filepath.Join(t.TempDir(), "shop.db"))
	defer st.Close()
	const n = 100
	before := st.Commits()
	queued(t, st, n, func(i int, tx store.Tx) error {
		tx.Put(fmt.Appendf(nil, "key%02d", i), nil)
		switch i % 10 {
		case 3:
			return errors.New("no")
		case 5:
			panic("no")
		case 7:
			runtime.Goexit()
		}
		return nil
	})
	if got := st.Commits() - before; got > n/5 {
		t.Errorf("%d Updates at once took %d commits", n, got)
	}
	keys := 0
	for i := range n {
		if get(t, st, fmt.Sprintf("key%02d", i)) == "" {
			keys++
			if d := i % 10; d == 3 || d == 5 || d == 7 {
				t.Errorf("Update %d failed and wrote", i)
			}
		}
	}
	if keys != n*7/10 {
		t.Errorf("%d Updates wrote, want %d", keys, n*7/10)
	}
}

// A scan must see through pages that an earlier member of the group emptied.
func TestScanAfterDeletesInGroup(t *testing.T) {
	st := open(t, filepath.Join(t.TempDir(), "shop.db"))
	defer st.Close()
	key := func(i int) []byte { return fmt.Appendf(nil, "k-%05d", i) }
	for _, all := range []bool{false, true} {
		err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
			for i := range 2000 {
				tx.Put(key(i), make([]byte, 100))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		from, to, left := 500, 1500, 1000
		if all {
			from, to, left = 0, 3000, 0
		}
		var mu sync.Mutex
		stacked := 0
		queued(t, st, 20, func(i int, tx store.Tx) error {
			for _, reverse := range []bool{false, true} {
				n := 0
				for _, err := range tx.Scan(store.Range{From: []byte("k"), To: []byte("l"), Reverse: reverse}) {
					if err != nil {
						t.Error(err)
					}
					n++
				}
				if n != 2000 && n != left {
					t.Errorf("scan, reverse %t, yields %d keys, want 2000 or %d", reverse, n, left)
				}
				if n == left {
					mu.Lock()
					stacked++
					mu.Unlock()
				}
			}
			for j := from; j < to; j++ {
				tx.Delete(key(j)) // DeleteRange might drop the bucket
			}
			return nil
		})
		if stacked == 0 {
			t.Log("no Update ran on uncommitted deletes")
		}
	}
}

func TestDiskFull(t *testing.T) {
	st := open(t, filepath.Join(t.TempDir(), "shop.db"))
	defer st.Close()
	set(t, st, "a", "1")
	st.SetMaxSize(4 << 20)
	fill := func(n int) error {
		return st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
			tx.Put(fmt.Appendf(nil, "fill%d", n), make([]byte, 300_000))
			return nil
		})
	}
	n := 0
	for fill(n) == nil {
		if n++; n > 100 {
			t.Fatal("the file grows beyond its limit")
		}
	}
	for range 5 {
		if err := fill(n); err == nil || errors.Is(err, store.ErrCommitUnknown) {
			t.Errorf("Update on a full disk = %v", err)
		}
		if got := get(t, st, fmt.Sprintf("fill%d", n)); got != store.ErrNotFound.Error() {
			t.Errorf("what did not fit is there: %d bytes", len(got))
		}
	}
	for i := range n {
		if got := get(t, st, fmt.Sprintf("fill%d", i)); len(got) != 300_000 {
			t.Errorf("fill%d has %d bytes", i, len(got))
		}
	}
	st.SetMaxSize(0)
	if err := fill(n); err != nil {
		t.Errorf("Update after the disk has space again: %v", err)
	}
}

// A small file system that fills up.
func TestDiskFullForReal(t *testing.T) {
	dir := t.TempDir()
	if err := mountSmall(dir); err != nil {
		t.Skip("cannot mount a file system:", err)
	}
	t.Cleanup(func() { unmount(dir) })
	path := filepath.Join(dir, "shop.db")
	st := open(t, path)
	n := 0
	var err error
	put := func() error {
		return st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
			tx.Put(fmt.Appendf(nil, "key%05d", n), make([]byte, 10_000))
			return nil
		})
	}
	for ; n < 10_000 && err == nil; n++ {
		err = put()
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Update on a full disk = %v, want %v", err, syscall.ENOSPC)
	}
	n-- // that one is not there
	if err := st.Compact(t.Context()); err == nil {
		t.Log("the compacted file fits, too")
	}
	err = st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
		tx.Put([]byte("key00000"), make([]byte, 10_000))
		return nil
	})
	if err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	st.Close()
	st = open(t, path)
	defer st.Close()
	for i := range n {
		if got := get(t, st, fmt.Sprintf("key%05d", i)); len(got) != 10_000 {
			t.Errorf("key%05d has %d bytes: %.100s", i, len(got), got)
		}
	}
}

// While a View goes on, the file grows by more than what bolt maps at once
// without a reserve; the writer must not wait for the View.
func TestLongViewDoesNotStallWriter(t *testing.T) {
	if !boltstore.Reserves {
		t.Skip("no address space to reserve")
	}
	path := filepath.Join(t.TempDir(), "shop.db")
	st := open(t, path)
	defer st.Close()
	set(t, st, "a", "1")
	err := st.View(t.Context(), func(_ context.Context, r store.Reader) error {
		for i := range 10 {
			err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
				for j := range 7 {
					tx.Put(fmt.Appendf(nil, "big%d-%d", i, j), make([]byte, store.MaxValue))
				}
				tx.Put([]byte("a"), []byte("2"))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		v, err := r.Get([]byte("a"))
		if string(v) != "1" {
			t.Errorf("the View reads %s, want 1", v)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := size(t, path); got < 64<<20 {
		t.Errorf("the file has %d bytes only", got)
	}
}

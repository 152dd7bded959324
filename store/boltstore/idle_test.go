package boltstore_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// TestViewsBetweenWrites: what a View leaves behind for the next one is never
// older than the last commit, keeps no pages from being used again, and does not
// stand in the way of a file that grows.
func TestViewsBetweenWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	write := func(t *testing.T, key string, n, size int) {
		t.Helper()
		value := binary.BigEndian.AppendUint64(bytes.Repeat([]byte{1}, size), uint64(n))
		err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
			tx.Put([]byte(key), value)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// view reads a key of which so much must be there.
	view := func(t *testing.T, key string, least int) {
		err := st.View(t.Context(), func(_ context.Context, r store.Reader) error {
			v, err := r.Get([]byte(key))
			if err == nil {
				if got := int(binary.BigEndian.Uint64(v[len(v)-8:])); got < least {
					t.Errorf("%s is %d after %d was written", key, got, least)
				}
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}

	t.Run("the same key", func(t *testing.T) {
		var last atomic.Int64
		write(t, "one", 0, 100_000)
		done := make(chan struct{})
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
						view(t, "one", int(last.Load()))
					}
				}
			})
		}
		for n := range 300 {
			write(t, "one", n, 100_000)
			last.Store(int64(n))
			view(t, "one", n)
		}
		close(done)
		wg.Wait()
		if got := size(); got > 4<<20 {
			t.Errorf("a file of %d bytes for one value of 100,000", got)
		}
	})
	t.Run("a growing file", func(t *testing.T) {
		for n := range 100 {
			key := string(binary.BigEndian.AppendUint16([]byte("many"), uint16(n)))
			write(t, key, n, 500_000)
			view(t, key, n)
		}
	})
	t.Run("after Compact", func(t *testing.T) {
		if err := st.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
		write(t, "one", 1000, 0)
		view(t, "one", 1000)
	})
}

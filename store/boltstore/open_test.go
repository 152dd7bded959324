package boltstore_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

func TestOpenTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	st := open(t, path)
	if _, err := boltstore.Open(path, &boltstore.Options{Timeout: -1}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("second Open = %v, want %v", err, store.ErrLocked)
	}
	st.Close()
	open(t, path).Close()
}

func TestOpenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	var wg sync.WaitGroup
	stores := make(chan *boltstore.Store, 8)
	for range cap(stores) {
		wg.Go(func() {
			st, err := boltstore.Open(path, nil)
			if err == nil {
				stores <- st
			} else if !errors.Is(err, store.ErrLocked) {
				t.Errorf("Open = %v, want %v", err, store.ErrLocked)
			}
		})
	}
	wg.Wait()
	if len(stores) > 1 {
		t.Errorf("%d of them have the same file open", len(stores))
	}
	for len(stores) > 0 {
		(<-stores).Close()
	}
	open(t, path).Close()
	if names := list(t, filepath.Dir(path)); len(names) != 1 {
		t.Errorf("left behind: %q", names)
	}
}

func TestFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	open(t, path).Close()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 && os.Getenv("OS") != "Windows_NT" {
		t.Errorf("mode of the file is %o, want 600", got)
	}
	if info.Size() > 64<<10 {
		t.Errorf("an empty store takes %d bytes", info.Size())
	}
}

// A power cut while the store is created leaves at most a file of another name.
func TestLeftoverOfCreation(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "shop.db")
	for _, name := range []string{".shop.db.123.tmp", "shop.db.compact"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("torn"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	st := open(t, path)
	set(t, st, "a", "1")
	if err := st.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	st.Close()
	st = open(t, path)
	defer st.Close()
	if got := get(t, st, "a"); got != "1" {
		t.Errorf("a = %q, want 1", got)
	}
}

func TestOpenThroughLink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "shop.db"), filepath.Join(dir, "link.db")
	open(t, path).Close()
	if err := os.Symlink("shop.db", link); err != nil {
		t.Skip(err)
	}
	st := open(t, link)
	set(t, st, "a", "1")
	if err := st.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	st.Close()
	st = open(t, path)
	defer st.Close()
	if got := get(t, st, "a"); got != "1" {
		t.Errorf("a = %q, want 1", got)
	}
}

func TestOpenForeign(t *testing.T) {
	text := []byte(strings.Repeat("not a store\n", 1000))
	tests := []struct {
		name  string
		write func(t *testing.T, path string)
		want  error
	}{
		{"text", func(t *testing.T, path string) { writeFile(t, path, text) }, store.ErrInvalid},
		{"short text", func(t *testing.T, path string) { writeFile(t, path, text[:10]) }, store.ErrInvalid},
		{"zeros", func(t *testing.T, path string) { writeFile(t, path, make([]byte, 100_000)) }, store.ErrInvalid},
		{"empty", func(t *testing.T, path string) { writeFile(t, path, nil) }, store.ErrCorrupt},
		{"directory", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, store.ErrInvalid},
		{"bolt file of somebody", func(t *testing.T, path string) {
			writeBolt(t, path, &bolt.Options{NoFreelistSync: true}, func(tx *bolt.Tx) error {
				_, err := tx.CreateBucket([]byte("meta"))
				return err
			})
		}, store.ErrInvalid},
		{"bolt file without buckets", func(t *testing.T, path string) {
			writeBolt(t, path, nil, func(tx *bolt.Tx) error { return nil })
		}, store.ErrInvalid},
		{"newer", func(t *testing.T, path string) {
			open(t, path).Close()
			writeBolt(t, path, nil, boltstore.SetFormat(99))
		}, store.ErrNewer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "shop.db")
			tt.write(t, path)
			before, _ := os.ReadFile(path)
			st, err := boltstore.Open(path, nil)
			if err == nil {
				st.Close()
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("Open = %v, want %v", err, tt.want)
			}
			if tt.want == store.ErrNewer && !strings.Contains(err.Error(), "99") {
				t.Errorf("%q does not name the version", err)
			}
			after, _ := os.ReadFile(path)
			if !bytes.Equal(before, after) {
				t.Error("Open changed the file")
			}
			if names := list(t, filepath.Dir(path)); len(names) != 1 {
				t.Errorf("left behind: %q", names)
			}
		})
	}
}

func TestOpenInMissingDirectory(t *testing.T) {
	_, err := boltstore.Open(filepath.Join(t.TempDir(), "no", "shop.db"), nil)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open = %v, want %v", err, os.ErrNotExist)
	}
}

func TestTruncated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	st := open(t, path)
	sample(t, st, 200)
	st.Close()
	intact, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	used := len(bytes.TrimRight(intact, "\x00"))
	for _, size := range []int{used - 1, used * 3 / 4, used / 2, 5 * 4096, 3 * 4096, 2 * 4096, 8191, 4097, 4096, 4095, 200, 81, 0} {
		writeFile(t, path, intact[:size])
		st, err := boltstore.Open(path, nil)
		if err == nil {
			st.Close()
		}
		if !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("file cut to %d of %d bytes: Open = %v, want %v", size, len(intact), err, store.ErrCorrupt)
		}
	}
}

// Somebody truncates the file of an open store, which makes reads a fault.
func TestTruncatedWhileOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	st := open(t, path)
	defer st.Close()
	pairs := sample(t, st, 200)
	for _, size := range []int64{64 << 10, 2 * 4096} {
		if err := os.Truncate(path, size); err != nil {
			t.Skip(err)
		}
		corrupt, _ := check(t, st, pairs, len(pairs)/100)
		if corrupt == 0 {
			t.Errorf("file cut to %d bytes: every read succeeds", size)
		}
		err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
			tx.Put(pairs[0].Key, []byte("new"))
			return nil
		})
		if !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("file cut to %d bytes: Update = %v, want %v", size, err, store.ErrCorrupt)
		}
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeBolt(t *testing.T, path string, opts *bolt.Options, fn func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(fn); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func set(t testing.TB, st store.Store, pairs ...string) {
	t.Helper()
	err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
		for i := 0; i < len(pairs); i += 2 {
			tx.Put([]byte(pairs[i]), []byte(pairs[i+1]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// get returns a value, or an error's text.
func get(t testing.TB, st store.Store, key string) (value string) {
	t.Helper()
	err := st.View(t.Context(), func(_ context.Context, r store.Reader) error {
		v, err := r.Get([]byte(key))
		value = string(v)
		return err
	})
	if err != nil {
		return err.Error()
	}
	return value
}

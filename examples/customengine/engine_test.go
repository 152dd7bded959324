package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/storetest"
)

func TestEngine(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return reopen(t, filepath.Join(t.TempDir(), "journal")) })
}

// What only this engine can do: come back, also after a commit that was cut off.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	st := reopen(t, path)
	write := func(fn func(store.Tx)) {
		t.Helper()
		if err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error { fn(tx); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	write(func(tx store.Tx) {
		tx.Put([]byte("a"), nil)
		tx.Put([]byte("b\xFF"), []byte("2\x00"))
		tx.Put([]byte("c"), []byte("3"))
		tx.Emit("topic \xFF", []byte("payload"))
	})
	for e := range st.Feed(t.Context(), store.Cursor{}) {
		write(func(tx store.Tx) { store.SaveCursor(tx, "follower", e.Cursor) })
	}
	write(func(tx store.Tx) {
		tx.Delete([]byte("c"))
		tx.DeleteRange([]byte("x"), nil)
		tx.Emit("", nil)
	})
	want := backup(t, st)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, torn := range []string{"", `{"Writes":[{"Key":`, "{\"Deleted\":null"} {
		if err := os.WriteFile(path, append(bytes.Clone(whole), torn...), 0o600); err != nil {
			t.Fatal(err)
		}
		st := reopen(t, path)
		if got := backup(t, st); !bytes.Equal(want, got) {
			t.Errorf("opened again after %q it holds something else:\nwant %q\n got %q", torn, want, got)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || len(got) <= len(whole)-1 {
			t.Errorf("the file has %d bytes, had %d: %v", len(got), len(whole), err)
		}
	}
	if err := os.WriteFile(path, []byte("a shop\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(path); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("open of something else = %v, want %v", err, store.ErrCorrupt)
	}
}

func reopen(t *testing.T, path string) store.Store {
	t.Helper()
	st, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func backup(t *testing.T, st store.Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := store.Backup(t.Context(), st, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

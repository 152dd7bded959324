package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

var columns = store.Snapshot{Name: "test/columns", Format: 2}

// column is something like n MiB of data that can be told from others.
func column(seed byte, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i>>10) + byte(i)*seed
	}
	return b
}

func save(t *testing.T, st store.Store, s store.Snapshot, at store.Cursor, data []byte) error {
	t.Helper()
	return s.Save(t.Context(), st, at, func(w io.Writer) error {
		_, err := io.Copy(w, iotest.HalfReader(bytes.NewReader(data)))
		return err
	})
}

func load(t *testing.T, st store.Store, s store.Snapshot) (at store.Cursor, data []byte, err error) {
	t.Helper()
	err = s.Load(t.Context(), st, func(c store.Cursor, r io.Reader) (err error) {
		at = c
		data, err = io.ReadAll(r)
		return err
	})
	return at, data, err
}

// chunks counts the keys of all snapshots.
func chunks(t *testing.T, st store.Store) (n int) {
	view(t, st, func(r store.Reader) error {
		for kv, err := range r.Scan(store.Prefix(store.NewKey(0, 4))) {
			if err != nil {
				return err
			}
			if len(kv.Value) > 256<<10 {
				t.Errorf("a value of %d bytes", len(kv.Value))
			}
			n++
		}
		return nil
	})
	return n
}

func TestSnapshot(t *testing.T) {
	onEngines(t, func(t *testing.T, st store.Store) {
		if _, _, err := load(t, st, columns); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("before the first: %v", err)
		}
		for i, size := range []int{0, 1, 256<<10 - 4, 256<<10 - 3, 5 << 20, 3 << 20, 10} {
			want, at := column(byte(i+1), size), store.NewCursor(1, uint64(i), 2)
			if err := save(t, st, columns, at, want); err != nil {
				t.Fatal(err)
			}
			c, got, err := load(t, st, columns)
			if err != nil || c != at || !bytes.Equal(got, want) {
				t.Errorf("%d bytes: %v, at %v, equal %t", size, err, c, bytes.Equal(got, want))
			}
		}
		if n := chunks(t, st); n != 1+13+1 {
			t.Errorf("%d keys, want one, the 13 chunks of the generation before, and the last one", n)
		}
		other := store.Snapshot{Name: columns.Name, Format: 3}
		if _, _, err := load(t, st, other); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of another format: %v", err)
		}
		another := store.Snapshot{Name: columns.Name + "/more"}
		if err := save(t, st, another, store.Cursor{}, []byte("more")); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := columns.Drop(t.Context(), st); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := load(t, st, columns); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after Drop: %v", err)
		}
		left := chunks(t, st)
		err := columns.Save(t.Context(), st, store.Cursor{}, func(w io.Writer) error {
			if err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error { columns.DropIn(tx); return nil }); err != nil {
				return err
			}
			_, err := w.Write(column(1, 3<<20))
			return err
		})
		if n := chunks(t, st); !errors.Is(err, store.ErrConflict) || n != left {
			t.Errorf("dropped while it was saved: %v, with %d keys, want %d", err, n, left)
		}
		if _, got, err := load(t, st, another); string(got) != "more" || err != nil {
			t.Errorf("another one after Drop: %q, %v", got, err)
		}
	})
}

func TestSnapshotKilled(t *testing.T) {
	for _, answered := range []bool{false, true} {
		onEngines(t, func(t *testing.T, st store.Store) {
			old, new := column(1, 3<<20), column(2, 5<<20)
			if err := save(t, st, columns, store.Cursor{}, old); err != nil {
				t.Fatal(err)
			}
			for commits := 0; ; commits++ {
				err := save(t, &mortal{st, commits, answered}, columns, store.NewCursor(1, 1, 1), new)
				_, got, e := load(t, st, columns)
				if e != nil {
					t.Fatal(e)
				}
				if err == nil {
					if !bytes.Equal(got, new) {
						t.Error("the new generation is not in force")
					}
					break
				}
				if !errors.Is(err, errKilled) || commits > 10 {
					t.Fatal(err)
				}
				if bytes.Equal(got, new) && !answered {
					break // done, though nobody said so
				}
				if !bytes.Equal(got, old) {
					t.Fatalf("after %d commits the old generation is gone", commits)
				}
			}
			if n := chunks(t, st); n != 1+13+21 {
				t.Errorf("%d keys, want one and the chunks of two generations", n)
			}
		})
	}
}

func TestSnapshotOfAFailingWriter(t *testing.T) {
	st := memstore.New(nil)
	if err := save(t, st, columns, store.Cursor{}, []byte("old")); err != nil {
		t.Fatal(err)
	}
	want := errors.New("no more")
	err := columns.Save(t.Context(), st, store.Cursor{}, func(w io.Writer) error {
		if _, err := w.Write(column(1, 4<<20)); err != nil {
			return err
		}
		return want
	})
	if err != want {
		t.Errorf("got %v, want %v", err, want)
	}
	if _, got, err := load(t, st, columns); string(got) != "old" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if err := columns.Load(t.Context(), st, func(store.Cursor, io.Reader) error { return want }); err != want {
		t.Errorf("Load: got %v, want %v", err, want)
	}
}

// A loader under way keeps its chunks while the next generation comes, and
// learns of it when they are gone.
func TestSnapshotReplacedWhileItIsRead(t *testing.T) {
	onEngines(t, func(t *testing.T, st store.Store) {
		for _, saves := range []int{1, 2} {
			want := column(3, 5<<20)
			if err := save(t, st, columns, store.Cursor{}, want); err != nil {
				t.Fatal(err)
			}
			var got []byte
			err := columns.Load(t.Context(), st, func(_ store.Cursor, r io.Reader) error {
				first := make([]byte, 100)
				if _, err := io.ReadFull(r, first); err != nil {
					return err
				}
				for i := range saves {
					if err := save(t, st, columns, store.Cursor{}, column(byte(i), 1<<20)); err != nil {
						return err
					}
				}
				rest, err := io.ReadAll(r)
				got = append(first, rest...)
				return err
			})
			if saves == 1 && (err != nil || !bytes.Equal(got, want)) {
				t.Errorf("after one: %v, equal %t", err, bytes.Equal(got, want))
			}
			if saves == 2 && !errors.Is(err, store.ErrConflict) {
				t.Errorf("after two: got %v, want ErrConflict", err)
			}
		}
	})
}

func TestSnapshotSavedByTwoAtOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, st store.Store) {
		err := columns.Save(t.Context(), st, store.Cursor{}, func(w io.Writer) error {
			if err := save(t, st, columns, store.Cursor{}, []byte("second")); err != nil {
				t.Error(err)
			}
			_, err := w.Write([]byte("first"))
			return err
		})
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("got %v, want ErrConflict", err)
		}
		if _, got, err := load(t, st, columns); string(got) != "second" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestSnapshotDamaged(t *testing.T) {
	var keys [][]byte
	fresh := func() store.Store {
		st := memstore.New(nil)
		if err := save(t, st, columns, store.Cursor{}, column(1, 600<<10)); err != nil {
			t.Fatal(err)
		}
		keys = nil
		view(t, st, func(r store.Reader) error {
			for kv, err := range r.Scan(store.Prefix(store.NewKey(0, 4))) {
				if err != nil {
					return err
				}
				keys = append(keys, bytes.Clone(kv.Key))
			}
			return nil
		})
		return st
	}
	for name, damage := range map[string]func(tx store.Tx){
		"a bit flipped": func(tx store.Tx) {
			v, _ := tx.Get(keys[2])
			v[500] ^= 4
			tx.Put(keys[2], v)
		},
		"a chunk cut off": func(tx store.Tx) { tx.Put(keys[3], []byte("x")) },
		"a chunk missing": func(tx store.Tx) { tx.Delete(keys[2]) },
		"chunks swapped": func(tx store.Tx) {
			a, _ := tx.Get(keys[1])
			b, _ := tx.Get(keys[2])
			tx.Put(keys[1], b)
			tx.Put(keys[2], a)
		},
		"another head": func(tx store.Tx) { tx.Put(keys[0], []byte{1, 0}) },
	} {
		t.Run(name, func(t *testing.T) {
			st := fresh()
			update(t, st, func(tx store.Tx) error { damage(tx); return nil })
			if _, _, err := load(t, st, columns); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("got %v, want ErrCorrupt", err)
			}
			// A reader that hides the error does not hide it from the caller.
			err := columns.Load(t.Context(), st, func(_ store.Cursor, r io.Reader) error {
				io.Copy(io.Discard, r)
				return nil
			})
			if !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("hidden: got %v, want ErrCorrupt", err)
			}
		})
	}
}

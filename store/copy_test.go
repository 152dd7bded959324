package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// fill writes what every part of a store is met with: keys below and above
// package store's own, an empty value, a large one, many small ones, two
// topics, followers at the beginning, in the middle and at the end, one of
// another feed, and a snapshot.
func fill(t *testing.T, st store.Store, trim bool) {
	t.Helper()
	if _, err := store.Namespace(t.Context(), st, "second brand"); err != nil {
		t.Fatal(err)
	}
	update(t, st, func(tx store.Tx) error {
		tx.Put([]byte{0}, []byte("the lowest"))
		tx.Put([]byte{0, 2, 200}, nil)
		if !trim { // once is enough
			tx.Put(bytes.Repeat([]byte{0xFF}, store.MaxKey), bytes.Repeat([]byte("v"), store.MaxValue))
		}
		return nil
	})
	var cursors []store.Cursor
	for n := range 5 {
		update(t, st, func(tx store.Tx) error {
			for i := range 50 {
				tx.Put(store.NewKey(9, byte(n)).Int(int64(i)).End(), fmt.Append(nil, "value ", i))
			}
			tx.Emit("first", fmt.Append(nil, "payload ", n))
			tx.Emit("second", nil)
			return nil
		})
		view(t, st, func(r store.Reader) error {
			head, err := r.Head()
			cursors = append(cursors, head)
			return err
		})
	}
	for range 5 { // more than one chunk
		update(t, st, func(tx store.Tx) error {
			tx.Emit("large", bytes.Repeat([]byte("p"), 90<<10))
			return nil
		})
	}
	for n := range 6 {
		update(t, st, func(tx store.Tx) error {
			tx.Put(fmt.Appendf(nil, "\x0A%d", n), bytes.Repeat([]byte{byte(n)}, 90<<10))
			return nil
		})
	}
	update(t, st, func(tx store.Tx) error {
		store.SaveCursor(tx, "at the beginning", store.Cursor{})
		store.SaveCursor(tx, "at one", cursors[1])
		store.SaveCursor(tx, "at two", cursors[2])
		store.SaveCursor(tx, "at two as well", cursors[2])
		store.SaveCursor(tx, "at the end", cursors[4])
		store.SaveCursor(tx, "elsewhere", store.NewCursor(cursors[0].Epoch()+1, 1, 0))
		return nil
	})
	if trim {
		trimmer, ok := store.As[store.Trimmer](st)
		if !ok {
			t.Skip("the engine cannot trim")
		}
		if err := trimmer.Trim(t.Context(), cursors[2]); err != nil {
			t.Fatal(err)
		}
	}
	cache := store.Snapshot{Name: "columns"}
	err := cache.Save(t.Context(), st, cursors[4], func(w io.Writer) error {
		_, err := w.Write(make([]byte, 1000))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFill(t *testing.T) {
	st := engines[0].open(t)
	fill(t, st, true)
	want := []string{"at one: expired", "at the beginning: expired", "at the end: large", "at two: first=payload 3", "at two as well: first=payload 3", "elsewhere: expired"}
	for i, got := range read(t, st).Followers {
		if !strings.HasPrefix(got, want[i]) {
			t.Errorf("follower %.60q, want %q", got, want[i])
		}
	}
}

// transfers are the ways from one store into another.
var transfers = []struct {
	name string
	do   func(ctx context.Context, dst, src store.Store) error
}{
	{"Copy", store.Copy},
	{"Restore", func(ctx context.Context, dst, src store.Store) error {
		var backup bytes.Buffer
		if err := store.Backup(ctx, src, &backup); err != nil {
			return err
		}
		return store.Restore(ctx, dst, &backup)
	}},
}

func onTransfers(t *testing.T, f func(t *testing.T, transfer func(ctx context.Context, dst, src store.Store) error)) {
	for _, way := range transfers {
		t.Run(way.name, func(t *testing.T) { f(t, way.do) })
	}
}

func TestTransferBetweenEngines(t *testing.T) {
	store.SmallChunks(t)
	onTransfers(t, func(t *testing.T, transfer func(ctx context.Context, dst, src store.Store) error) {
		for _, from := range engines {
			for _, to := range engines {
				for _, trim := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s to %s, trimmed %t", from.name, to.name, trim), func(t *testing.T) {
						src, dst := from.open(t), to.open(t)
						fill(t, src, trim)
						want := read(t, src)
						if err := transfer(t.Context(), dst, src); err != nil {
							t.Fatal(err)
						}
						sameContents(t, want, dst)
						sameContents(t, want, src)
						nothing := func(store.Cursor, io.Reader) error { return nil }
						if err := (store.Snapshot{Name: "columns"}).Load(t.Context(), dst, nothing); !errors.Is(err, store.ErrNotFound) {
							t.Errorf("the snapshot was carried over: %v", err)
						}
					})
				}
			}
		}
	})
}

func TestTransferOfAnEmptyStore(t *testing.T) {
	onTransfers(t, func(t *testing.T, transfer func(ctx context.Context, dst, src store.Store) error) {
		onEngines(t, func(t *testing.T, dst store.Store) {
			if err := transfer(t.Context(), dst, memstore.New(nil)); err != nil {
				t.Fatal(err)
			}
			sameContents(t, contents{}, dst)
		})
	})
}

// A transfer that dies after any number of commits leaves a store that no
// table can be used on, and that the next transfer completes.
func TestTransferKilled(t *testing.T) {
	store.SmallChunks(t)
	onTransfers(t, func(t *testing.T, transfer func(ctx context.Context, dst, src store.Store) error) {
		for _, answered := range []bool{false, true} {
			for i, e := range engines {
				src := engines[(i+2)%len(engines)].open(t)
				fill(t, src, true)
				want := read(t, src)
				t.Run(fmt.Sprintf("%s, answered %t", e.name, answered), func(t *testing.T) {
					for commits := range 100 {
						dst := e.open(t)
						err := transfer(t.Context(), &mortal{dst, commits, answered}, src)
						if err == nil {
							if commits < 5 {
								t.Fatalf("%d commits only", commits)
							}
							sameContents(t, want, dst)
							return
						}
						if !errors.Is(err, errKilled) {
							t.Fatal(err)
						}
						half := answered && commits > 0
						if err := shelves.Prepare(t.Context(), dst); half && !errors.Is(err, store.ErrIncomplete) {
							t.Fatalf("after %d commits Prepare returned %v", commits, err)
						} else if err == nil {
							continue // done, though nobody said so; or not begun
						}
						if err := store.Backup(t.Context(), dst, io.Discard); !errors.Is(err, store.ErrIncomplete) {
							t.Fatalf("after %d commits Backup returned %v", commits, err)
						}
						if err := store.Copy(t.Context(), memstore.New(nil), dst); !errors.Is(err, store.ErrIncomplete) {
							t.Fatalf("after %d commits Copy returned %v", commits, err)
						}
						if err := transfer(t.Context(), dst, src); err != nil {
							t.Fatalf("after %d commits the next attempt returned %v", commits, err)
						}
						sameContents(t, want, dst)
					}
					t.Error("it never came to its end")
				})
			}
		}
	})
}

// What a half-filled store has too much, or otherwise, is put right.
func TestTransferMends(t *testing.T) {
	store.SmallChunks(t)
	onTransfers(t, func(t *testing.T, transfer func(ctx context.Context, dst, src store.Store) error) {
		onEngines(t, func(t *testing.T, dst store.Store) {
			src := memstore.New(nil)
			fill(t, src, false)
			err := transfer(t.Context(), &mortal{dst, 3, true}, src)
			if !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			update(t, dst, func(tx store.Tx) error {
				tx.Put([]byte{0, 0}, nil)
				tx.Put([]byte{0, 2, 200}, []byte("another value"))
				tx.Delete([]byte{0})
				for i := range 2000 {
					tx.Put(store.NewKey(9, 3).Int(int64(i)).String("more").End(), nil)
				}
				tx.Put(bytes.Repeat([]byte{0xFF}, store.MaxKey-1), nil)
				return nil
			})
			if err := transfer(t.Context(), dst, src); err != nil {
				t.Fatal(err)
			}
			sameContents(t, read(t, src), dst)
		})
	})
}

// Runs of long keys to be deleted make a transaction larger than what is put.
func TestTransferDeletesManyLongKeys(t *testing.T) {
	src, dst := memstore.New(nil), memstore.New(nil)
	long := func(n int) []byte {
		return append(store.NewKey(9, 0).Int(int64(n)), bytes.Repeat([]byte("k"), 1000)...)
	}
	const n = 5_000
	for i := 0; i < n; i += 1000 {
		update(t, src, func(tx store.Tx) error {
			for j := range 1000 {
				tx.Put(append(long(i+j), 2), nil)
			}
			return nil
		})
	}
	if err := store.Copy(t.Context(), &mortal{dst, 1, true}, src); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	for i := 0; i < n; i += 1000 {
		update(t, dst, func(tx store.Tx) error {
			for j := range 1000 {
				tx.Put(append(long(i+j), 1), nil)
				tx.Put(append(long(i+j), 3), nil)
			}
			return nil
		})
	}
	if err := store.Copy(t.Context(), dst, src); err != nil {
		t.Fatal(err)
	}
	sameContents(t, read(t, src), dst)
}

func TestTransferRefuses(t *testing.T) {
	onTransfers(t, func(t *testing.T, transfer func(ctx context.Context, dst, src store.Store) error) {
		src := memstore.New(nil)
		fill(t, src, false)
		for _, test := range []struct {
			name  string
			write func(tx store.Tx)
		}{
			{"a key", func(tx store.Tx) { tx.Put([]byte("mine"), nil) }},
			{"an entry", func(tx store.Tx) { tx.Emit("mine", nil) }},
		} {
			t.Run(test.name, func(t *testing.T) {
				onEngines(t, func(t *testing.T, dst store.Store) {
					update(t, dst, func(tx store.Tx) error { test.write(tx); return nil })
					before := read(t, dst)
					if err := transfer(t.Context(), dst, src); !errors.Is(err, store.ErrExists) {
						t.Errorf("got %v, want ErrExists", err)
					}
					sameContents(t, before, dst)
				})
			})
		}
		t.Run("the feed of another store", func(t *testing.T) {
			onEngines(t, func(t *testing.T, dst store.Store) {
				if err := transfer(t.Context(), &mortal{dst, 2, true}, src); !errors.Is(err, errKilled) {
					t.Fatal(err)
				}
				update(t, dst, func(tx store.Tx) error { tx.Emit("mine", nil); return nil })
				if err := transfer(t.Context(), dst, src); !errors.Is(err, store.ErrExists) {
					t.Errorf("got %v, want ErrExists", err)
				}
			})
		})
		t.Run("a feed that goes on", func(t *testing.T) {
			onEngines(t, func(t *testing.T, dst store.Store) {
				src := memstore.New(nil)
				if err := transfer(t.Context(), &mortal{dst, 1, true}, src); !errors.Is(err, errKilled) {
					t.Fatal(err)
				}
				update(t, dst, func(tx store.Tx) error { tx.Emit("mine", nil); return nil })
				if err := transfer(t.Context(), dst, src); !errors.Is(err, store.ErrExists) {
					t.Errorf("got %v, want ErrExists", err)
				}
			})
		})
	})
	t.Run("itself", func(t *testing.T) {
		st := memstore.New(nil)
		if err := store.Copy(t.Context(), st, st); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("got %v, want ErrInvalid", err)
		}
	})
}

// A spoiler writes to another store whenever its own is updated.
type spoiler struct {
	store.Store
	spoil func(n int)
	n     int
}

func (s *spoiler) Update(ctx context.Context, fn func(context.Context, store.Tx) error) error {
	s.n++
	s.spoil(s.n)
	return s.Store.Update(ctx, fn)
}

func TestCopyOfABusyStore(t *testing.T) {
	store.SmallChunks(t)
	for _, test := range []struct {
		name  string
		write func(tx store.Tx)
	}{
		{"a new key", func(tx store.Tx) { tx.Put([]byte{9, 9}, nil) }},
		{"another value", func(tx store.Tx) { tx.Put([]byte{0}, nil) }},
		{"a key less", func(tx store.Tx) { tx.Delete([]byte{0}) }},
		{"an entry", func(tx store.Tx) { tx.Emit("late", nil) }},
		{"a follower", func(tx store.Tx) { store.DropCursor(tx, "at two") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEngines(t, func(t *testing.T, src store.Store) {
				fill(t, src, false)
				dst := &spoiler{Store: memstore.New(nil), spoil: func(n int) {
					if n == 4 {
						update(t, src, func(tx store.Tx) error { test.write(tx); return nil })
					}
				}}
				if err := store.Copy(t.Context(), dst, src); !errors.Is(err, store.ErrConflict) {
					t.Errorf("got %v, want ErrConflict", err)
				}
				if err := store.Copy(t.Context(), dst, src); err != nil {
					t.Errorf("the next attempt: %v", err)
				}
				sameContents(t, read(t, src), dst)
			})
		})
	}
}

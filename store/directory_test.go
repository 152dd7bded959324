package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// putShelves writes n records with a table and returns them as a model.
func putShelves(t *testing.T, st store.Store, table *store.Table[shelf], n int) map[string]shelf {
	t.Helper()
	model := map[string]shelf{}
	for i := 0; i < n; {
		update(t, st, func(tx store.Tx) error {
			for end := min(i+500, n); i < end; i++ {
				s := shelf{Room: "east", N: int64(i), Label: fmt.Sprint("label ", i), Tags: []string{fmt.Sprint("tag ", i%7), "all"}, Width: int64(i % 5)}
				if err := table.Put(tx, &s); err != nil {
					return err
				}
				model[fmt.Sprint(i)] = s
			}
			return nil
		})
	}
	return model
}

func states(t *testing.T, st store.Store) (list []store.TableState) {
	t.Helper()
	view(t, st, func(r store.Reader) (err error) {
		list, err = store.Tables(r)
		return err
	})
	return list
}

func TestPrepare(t *testing.T) {
	onEngines(t, func(t *testing.T, st store.Store) {
		prepare(t, st, shelfTable(byTag))
		prepare(t, st, shelves.In(3))
		prepare(t, st, shelves)
		want := []store.TableState{
			{Number: 7, Name: "test.shelves", Indexes: []byte{1, 2, 3}},
			{Number: 7, Space: 3, Name: "test.shelves", Indexes: []byte{1, 2, 3}},
		}
		if diff := cmp.Diff(want, states(t, st)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		// What is ready is only read.
		if err := shelves.Prepare(t.Context(), &mortal{Store: st}); err != nil {
			t.Error(err)
		}
	})
}

func TestPrepareRefuses(t *testing.T) {
	st := memstore.New(nil)
	prepare(t, st, shelves)
	schema := store.Schema[shelf]{Number: 7, Name: "test.shelves", Format: 2, Fields: shelfFields, Key: shelfKey}
	t.Run("another table's number", func(t *testing.T) {
		other := schema
		other.Name = "shop.shelves"
		if err := store.MustTable(other).Prepare(t.Context(), st); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("got %v, want ErrInvalid", err)
		}
	})
	t.Run("a newer format", func(t *testing.T) {
		prepare(t, st, store.MustTable(schema))
		if got := states(t, st); len(got) != 1 || got[0].Format != 2 {
			t.Errorf("got %+v", got)
		}
		if err := shelves.Prepare(t.Context(), st); !errors.Is(err, store.ErrNewer) {
			t.Errorf("got %v, want ErrNewer", err)
		}
	})
}

func TestPrepareBuildsAnIndexOfALaterRelease(t *testing.T) {
	store.SmallChunks(t)
	onEngines(t, func(t *testing.T, st store.Store) {
		old := shelfTable(byTag)
		prepare(t, st, old)
		model := putShelves(t, st, old, 170)
		prepare(t, st, shelves)
		checkTable(t, st, shelves, model)
	})
}

func TestPrepareGoesOnAfterAnInterruption(t *testing.T) {
	store.SmallChunks(t)
	for _, answered := range []bool{false, true} {
		onEngines(t, func(t *testing.T, st store.Store) {
			old := shelfTable()
			prepare(t, st, old)
			model := putShelves(t, st, old, 170)
			runs := 0
			for ; ; runs++ {
				err := shelves.Prepare(t.Context(), &mortal{st, 1, answered})
				if err == nil {
					break
				}
				if !errors.Is(err, errKilled) || runs > 30 {
					t.Fatalf("run %d: %v", runs, err)
				}
				// The new release already works with the table meanwhile.
				n := int64(runs * 30 % 170)
				s := model[fmt.Sprint(n)]
				s.Label, s.Tags, s.Width = fmt.Sprint("new ", n), []string{"new"}, -1
				model[fmt.Sprint(n)] = s
				update(t, st, func(tx store.Tx) error { return shelves.Put(tx, &s) })
			}
			if runs < 5 {
				t.Errorf("%d runs only: the rest was not kept in between", runs)
			}
			checkTable(t, st, shelves, model)
		})
	}
}

func TestPrepareBesideWriters(t *testing.T) {
	store.SmallChunks(t)
	onEngines(t, func(t *testing.T, st store.Store) {
		old := shelfTable(byLabel)
		prepare(t, st, old)
		model := putShelves(t, st, old, 180)
		ctx, stop := context.WithCancel(t.Context())
		var mu sync.Mutex
		var writers sync.WaitGroup
		for w := range 3 {
			writers.Go(func() {
				for n := w; ctx.Err() == nil; n = (n + 33) % 180 { // to each writer its own
					mu.Lock()
					s := model[fmt.Sprint(n)]
					mu.Unlock()
					if s.Room == "" {
						continue
					}
					s.Width++
					s.Tags = []string{fmt.Sprint("tag ", s.Width)}
					gone := n%50 == 49
					err := st.Update(ctx, func(_ context.Context, tx store.Tx) error {
						if gone {
							return shelves.Delete(tx, shelfKey(shelves.Key(), &s))
						}
						return shelves.Put(tx, &s)
					})
					if errors.Is(err, context.Canceled) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					if model[fmt.Sprint(n)] = s; gone {
						delete(model, fmt.Sprint(n))
					}
					mu.Unlock()
				}
			})
		}
		prepare(t, st, shelves)
		stop()
		writers.Wait()
		checkTable(t, st, shelves, model)
	})
}

// A release that does not know an index does not keep it: the next one that
// does must build it again.
func TestPrepareByAnOlderRelease(t *testing.T) {
	store.SmallChunks(t)
	change := func(t *testing.T, st store.Store, table *store.Table[shelf], model map[string]shelf) {
		s := model["5"]
		s.Tags, s.Width = []string{"changed"}, 99
		model["5"] = s
		update(t, st, func(tx store.Tx) error { return table.Put(tx, &s) })
	}
	onEngines(t, func(t *testing.T, st store.Store) {
		older := shelfTable(byLabel)
		prepare(t, st, shelves)
		model := putShelves(t, st, shelves, 170)
		prepare(t, st, older)
		if diff := cmp.Diff([]byte{1}, states(t, st)[0].Indexes); diff != "" {
			t.Errorf("indexes after the older release (-want +got):\n%s", diff)
		}
		change(t, st, older, model)
		prepare(t, st, shelves)
		checkTable(t, st, shelves, model)

		t.Run("while it is being built", func(t *testing.T) {
			prepare(t, st, older)
			if err := shelves.Prepare(t.Context(), &mortal{st, 1, true}); !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			prepare(t, st, older)
			model["5"] = shelf{Room: "east", N: 5}
			change(t, st, older, model)
			prepare(t, st, shelves)
			checkTable(t, st, shelves, model)
		})
	})
}

func TestPrepareFindsDoubles(t *testing.T) {
	onEngines(t, func(t *testing.T, st store.Store) {
		old := shelfTable()
		prepare(t, st, old)
		update(t, st, func(tx store.Tx) error {
			return errors.Join(
				old.Put(tx, &shelf{Room: "east", N: 1, Label: "x"}),
				old.Put(tx, &shelf{Room: "east", N: 2, Label: "x"}))
		})
		if err := shelves.Prepare(t.Context(), st); !errors.Is(err, store.ErrExists) {
			t.Errorf("got %v, want ErrExists", err)
		}
		update(t, st, func(tx store.Tx) error { return old.Put(tx, &shelf{Room: "east", N: 2, Label: "y"}) })
		prepare(t, st, shelves)
	})
}

// An index of many keys a record fills a transaction before its time.
func TestPrepareOfALargeIndex(t *testing.T) {
	st := memstore.New(nil)
	large := shelfTable(store.Index[shelf]{Number: 4, Name: "large", Keys: func(k store.Key, s *shelf, add func(store.Key)) {
		for i := range 300 {
			add(k.String(fmt.Sprintf("%0100d", i)))
		}
	}})
	putShelves(t, st, shelfTable(), 400)
	prepare(t, st, large)
	view(t, st, func(r store.Reader) error {
		if n := len(collect(t, large.Index("large").Primary(r, store.Range{}))); n != 400*300 {
			t.Errorf("%d entries, want %d", n, 400*300)
		}
		return nil
	})
}

func TestNamespacesAtOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, st store.Store) {
		numbers := make([]uint64, 8)
		var all sync.WaitGroup
		for i := range numbers {
			all.Go(func() {
				var err error
				if numbers[i], err = store.Namespace(t.Context(), st, fmt.Sprint("brand ", i%4)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		view(t, st, func(r store.Reader) error {
			names, err := store.Namespaces(r)
			if len(names) != 5 {
				t.Errorf("got %q", names)
			}
			for i, n := range numbers {
				if want := fmt.Sprint("brand ", i%4); names[n] != want {
					t.Errorf("namespace %d is %q, want %q", n, names[n], want)
				}
			}
			return err
		})
		if n, err := store.Namespace(t.Context(), st, ""); n != 0 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
	})
}

package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A shelf is the record that the tests keep.
type shelf struct {
	Room  string
	N     int64
	Label string
	Tags  []string
	Width int64
}

func shelfFields(c *store.Coder, s *shelf) {
	store.String(c, 1, &s.Room)
	store.Int(c, 2, &s.N)
	store.String(c, 3, &s.Label)
	store.Strings(c, 4, &s.Tags)
	store.Int(c, 5, &s.Width)
}

func shelfKey(k store.Key, s *shelf) store.Key { return k.String(s.Room).Int(s.N) }

var (
	byLabel = store.Index[shelf]{Number: 1, Name: "label", Unique: true, Keys: func(k store.Key, s *shelf, add func(store.Key)) {
		if s.Label != "" {
			add(k.String(s.Label))
		}
	}}
	byTag = store.Index[shelf]{Number: 2, Name: "tag", Keys: func(k store.Key, s *shelf, add func(store.Key)) {
		for _, tag := range s.Tags {
			add(k.String(tag))
		}
	}}
	byWidth = store.Index[shelf]{Number: 3, Name: "width", Keys: func(k store.Key, s *shelf, add func(store.Key)) {
		room := k.String(s.Room)
		add(room.Int(s.Width))
		add(room.Int(-s.Width)) // of the same elements: must not share memory
	}}
)

func shelfTable(indexes ...store.Index[shelf]) *store.Table[shelf] {
	return store.MustTable(store.Schema[shelf]{Number: 7, Name: "test.shelves", Fields: shelfFields, Key: shelfKey, Indexes: indexes})
}

var shelves = shelfTable(byLabel, byTag, byWidth)

func prepare[T any](t *testing.T, st store.Store, table *store.Table[T]) {
	t.Helper()
	if err := table.Prepare(t.Context(), st); err != nil {
		t.Fatal(err)
	}
}

func collect[T any](t *testing.T, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// checkTable compares a table with a model: its records, and what every index
// must therefore hold.
func checkTable(t *testing.T, st store.Store, table *store.Table[shelf], want map[string]shelf, indexes ...string) {
	t.Helper()
	var records []*shelf
	for _, s := range want {
		records = append(records, &s)
	}
	compare := func(a, b *shelf) int {
		return bytes.Compare(shelfKey(table.Key(), a), shelfKey(table.Key(), b))
	}
	slices.SortFunc(records, compare)
	view(t, st, func(r store.Reader) error {
		if diff := cmp.Diff(records, collect(t, table.Scan(r, store.Range{})), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		for _, ix := range []store.Index[shelf]{byLabel, byTag, byWidth} {
			if len(indexes) > 0 && !slices.Contains(indexes, ix.Name) {
				continue
			}
			type line struct {
				key    []byte
				record *shelf
			}
			var lines []line
			for _, s := range records {
				keys := map[string]bool{}
				ix.Keys(table.Index(ix.Name).Key(), s, func(k store.Key) { keys[string(k)] = true })
				for k := range keys {
					lines = append(lines, line{[]byte(k), s})
				}
			}
			slices.SortFunc(lines, func(a, b line) int {
				if c := bytes.Compare(a.key, b.key); c != 0 {
					return c
				}
				return compare(a.record, b.record)
			})
			var entries []*shelf
			for _, l := range lines {
				entries = append(entries, l.record)
			}
			x := table.Index(ix.Name)
			if diff := cmp.Diff(entries, collect(t, x.Scan(r, store.Range{})), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("index %s (-want +got):\n%s", ix.Name, diff)
			}
			slices.Reverse(entries)
			if diff := cmp.Diff(entries, collect(t, x.Scan(r, store.Range{Reverse: true})), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("index %s, reverse (-want +got):\n%s", ix.Name, diff)
			}
		}
		return nil
	})
}

func TestTable(t *testing.T) {
	onEngines(t, func(t *testing.T, st store.Store) {
		prepare(t, st, shelves)
		key := func(room string, n int64) store.Key { return shelves.Key().String(room).Int(n) }
		ada := shelf{Room: "east", N: 1, Label: "ada", Tags: []string{"tall", "red"}, Width: 80}
		bob := shelf{Room: "east", N: 2, Label: "bob", Tags: []string{"red", "red"}, Width: -5}
		update(t, st, func(tx store.Tx) error {
			for _, s := range []shelf{ada, bob} {
				if changed, err := shelves.Save(tx, nil, &s); err != nil || !changed {
					t.Errorf("Save: %t, %v", changed, err)
				}
			}
			return nil
		})
		model := map[string]shelf{"ada": ada, "bob": bob}
		checkTable(t, st, shelves, model)

		view(t, st, func(r store.Reader) error {
			got, err := shelves.Get(r, key("east", 1))
			if diff := cmp.Diff(&ada, got); diff != "" || err != nil {
				t.Errorf("Get: %v (-want +got):\n%s", err, diff)
			}
			if _, err := shelves.Get(r, key("east", 3)); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Get of none: %v", err)
			}
			many, err := shelves.GetMany(r, []store.Key{key("east", 2), key("west", 1), key("east", 1)})
			if diff := cmp.Diff([]*shelf{&bob, nil, &ada}, many); diff != "" || err != nil {
				t.Errorf("GetMany: %v (-want +got):\n%s", err, diff)
			}
			label := shelves.Index("label")
			got, err = label.Get(r, label.Key().String("bob"))
			if diff := cmp.Diff(&bob, got); diff != "" || err != nil {
				t.Errorf("Get by label: %v (-want +got):\n%s", err, diff)
			}
			if _, err := label.Get(r, label.Key().String("bo")); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Get by half a label: %v", err)
			}
			tag := shelves.Index("tag")
			got, err = tag.Get(r, tag.Key().String("red"))
			if diff := cmp.Diff(&ada, got); diff != "" || err != nil {
				t.Errorf("Get by tag: %v (-want +got):\n%s", err, diff)
			}
			if _, err := tag.Get(r, tag.Key().String("blue")); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Get by a tag of none: %v", err)
			}
			primary := collect(t, tag.Primary(r, store.Prefix(tag.Key().String("red"))))
			if diff := cmp.Diff([]store.Key{key("east", 1).End(), key("east", 2).End()}, primary); diff != "" {
				t.Errorf("Primary (-want +got):\n%s", diff)
			}
			return nil
		})

		t.Run("update by function", func(t *testing.T) {
			update(t, st, func(tx store.Tx) error {
				got, err := shelves.Update(tx, key("east", 1), func(s *shelf) error {
					s.Label, s.Tags = "ava", []string{"green", "tall"}
					return nil
				})
				if err == nil && got.Label != "ava" {
					t.Errorf("Update returned %+v", got)
				}
				return err
			})
			ada.Label, ada.Tags = "ava", []string{"green", "tall"}
			model["ada"] = ada
			checkTable(t, st, shelves, model)
			update(t, st, func(tx store.Tx) error {
				want := errors.New("no")
				if _, err := shelves.Update(tx, key("east", 1), func(*shelf) error { return want }); err != want {
					t.Errorf("got %v, want f's error", err)
				}
				if _, err := shelves.Update(tx, key("east", 9), nil); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("got %v, want ErrNotFound", err)
				}
				return nil
			})
		})
		t.Run("what is unchanged is not written", func(t *testing.T) {
			writes := &writes{}
			update(t, st, func(tx store.Tx) error {
				row, err := shelves.Load(tx, key("east", 1))
				if err != nil {
					return err
				}
				writes.Tx, writes.n = tx, 0
				changed, err := shelves.Save(writes, row, row.Value)
				if changed {
					t.Error("changed")
				}
				return errors.Join(err, shelves.Put(writes, &ada))
			})
			if writes.n > 0 {
				t.Errorf("%d writes", writes.n)
			}
		})
		t.Run("a unique key is taken", func(t *testing.T) {
			update(t, st, func(tx store.Tx) error {
				thief := shelf{Room: "west", N: 1, Label: "bob"}
				if _, err := shelves.Save(tx, nil, &thief); !errors.Is(err, store.ErrExists) {
					t.Errorf("Save: got %v, want ErrExists", err)
				}
				_, err := shelves.Update(tx, key("east", 1), func(s *shelf) error { s.Label = "bob"; return nil })
				if !errors.Is(err, store.ErrExists) {
					t.Errorf("Update: got %v, want ErrExists", err)
				}
				return nil
			})
			checkTable(t, st, shelves, model)
		})
		t.Run("a unique key is handed over", func(t *testing.T) {
			update(t, st, func(tx store.Tx) error {
				if _, err := shelves.Update(tx, key("east", 2), func(s *shelf) error { s.Label = ""; return nil }); err != nil {
					return err
				}
				_, err := shelves.Update(tx, key("east", 1), func(s *shelf) error { s.Label = "bob"; return nil })
				return err
			})
			ada.Label, bob.Label = "bob", ""
			model["ada"], model["bob"] = ada, bob
			checkTable(t, st, shelves, model)
		})
		t.Run("the primary key changes", func(t *testing.T) {
			update(t, st, func(tx store.Tx) error {
				_, err := shelves.Update(tx, key("east", 1), func(s *shelf) error { s.Room = "west"; return nil })
				return err
			})
			ada.Room = "west"
			model["ada"] = ada
			checkTable(t, st, shelves, model)
		})
		t.Run("the primary key is another's", func(t *testing.T) {
			update(t, st, func(tx store.Tx) error {
				_, err := shelves.Update(tx, key("west", 1), func(s *shelf) error { s.Room, s.N = "east", 2; return nil })
				if !errors.Is(err, store.ErrExists) {
					t.Errorf("got %v, want ErrExists", err)
				}
				return nil
			})
			checkTable(t, st, shelves, model)
		})
		t.Run("another namespace", func(t *testing.T) {
			space, err := store.Namespace(t.Context(), st, "second")
			if err != nil {
				t.Fatal(err)
			}
			second := shelves.In(space)
			prepare(t, st, second)
			checkTable(t, st, second, nil)
			update(t, st, func(tx store.Tx) error { return second.Put(tx, &ada) })
			checkTable(t, st, second, map[string]shelf{"ada": ada})
			checkTable(t, st, shelves, model)
			view(t, st, func(r store.Reader) error {
				names, err := store.Namespaces(r)
				if diff := cmp.Diff([]string{"", "second"}, names); diff != "" {
					t.Errorf("Namespaces (-want +got):\n%s", diff)
				}
				return err
			})
			if again, err := store.Namespace(t.Context(), st, "second"); again != space || err != nil {
				t.Errorf("Namespace = %d, %v, want %d", again, err, space)
			}
		})
		t.Run("delete", func(t *testing.T) {
			update(t, st, func(tx store.Tx) error {
				if err := shelves.Delete(tx, key("east", 9)); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("of none: %v", err)
				}
				return shelves.Delete(tx, key("west", 1))
			})
			delete(model, "ada")
			checkTable(t, st, shelves, model)
		})
	})
}

// writes counts the writes that pass through it.
type writes struct {
	store.Tx
	n int
}

func (w *writes) Put(key, value []byte)       { w.n++ }
func (w *writes) Delete(key []byte)           { w.n++ }
func (w *writes) DeleteRange(from, to []byte) { w.n++ }

// Random operations, in transactions of several, against a map.
func TestTableModel(t *testing.T) {
	onEngines(t, func(t *testing.T, st store.Store) {
		prepare(t, st, shelves)
		dice := rand.New(rand.NewPCG(1, 2))
		model := map[string]shelf{}
		some := func() shelf {
			s := shelf{Room: string(rune('a' + dice.IntN(2))), N: dice.Int64N(6) - 3, Width: dice.Int64N(3)}
			for range dice.IntN(3) {
				s.Tags = append(s.Tags, string(rune('p'+dice.IntN(3))))
			}
			if dice.IntN(2) == 0 {
				s.Label = string(rune('k' + dice.IntN(6)))
			}
			return s
		}
		id := func(s shelf) string { return fmt.Sprint(s.Room, s.N) }
		for range 60 {
			steps := make([][3]shelf, 1+dice.IntN(4))
			for i := range steps {
				steps[i] = [3]shelf{some(), some(), {N: dice.Int64N(4)}}
			}
			abort := dice.IntN(5) == 0
			var next map[string]shelf
			err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
				next = maps.Clone(model)
				for _, step := range steps {
					s, to := step[0], step[1]
					old, had := next[id(s)]
					taken := func(label string, but ...string) bool {
						for k, other := range next {
							if label != "" && other.Label == label && !slices.Contains(but, k) {
								return true
							}
						}
						return false
					}
					var err, want error
					switch step[2].N {
					case 0: // write
						if err = shelves.Put(tx, &s); taken(s.Label, id(s)) {
							want = store.ErrExists
						} else {
							next[id(s)] = s
						}
					case 1: // delete
						if err = shelves.Delete(tx, shelfKey(shelves.Key(), &s)); !had {
							want = store.ErrNotFound
						}
						delete(next, id(s))
					default: // turn into another, which may have another key
						_, err = shelves.Update(tx, shelfKey(shelves.Key(), &s), func(s *shelf) error { *s = to; return nil })
						_, occupied := next[id(to)]
						switch {
						case !had:
							want = store.ErrNotFound
						case occupied && id(old) != id(to), taken(to.Label, id(s)):
							want = store.ErrExists
						default:
							delete(next, id(s))
							next[id(to)] = to
						}
					}
					if !errors.Is(err, want) {
						t.Errorf("step %v: got %v, want %v", step, err, want)
					}
				}
				if abort {
					return errKilled
				}
				return nil
			})
			if abort != errors.Is(err, errKilled) || err != nil && !abort {
				t.Fatal(err)
			}
			if !abort {
				model = next
			}
			checkTable(t, st, shelves, model)
			if t.Failed() {
				return
			}
		}
	})
}

// A newer release has written a field that this one does not know.
func TestTableKeepsUnknownFields(t *testing.T) {
	type newShelf struct {
		shelf
		Color string
		Parts []string
	}
	newer := store.MustTable(store.Schema[newShelf]{
		Number: 7, Name: "test.shelves",
		Fields: func(c *store.Coder, s *newShelf) {
			shelfFields(c, &s.shelf)
			store.String(c, 6, &s.Color)
			store.Strings(c, 99, &s.Parts)
		},
		Key: func(k store.Key, s *newShelf) store.Key { return shelfKey(k, &s.shelf) },
	})
	st := memstore.New(nil)
	want := newShelf{shelf{Room: "east", N: 1}, "red", []string{"top", "", "side"}}
	key := shelfKey(shelves.Key(), &want.shelf)
	update(t, st, func(tx store.Tx) error { return newer.Put(tx, &want) })
	update(t, st, func(tx store.Tx) error {
		row, err := shelves.Load(tx, bytes.Clone(key))
		if err != nil {
			return err
		}
		if changed, err := shelves.Save(tx, row, row.Value); changed || err != nil {
			t.Errorf("Save: %t, %v", changed, err)
		}
		_, err = shelves.Update(tx, bytes.Clone(key), func(s *shelf) error { s.Label, s.Width = "x", 7; return nil })
		return err
	})
	want.Label, want.Width = "x", 7
	view(t, st, func(r store.Reader) error {
		got, err := newer.Get(r, bytes.Clone(key))
		if diff := cmp.Diff(&want, got, cmp.AllowUnexported(newShelf{})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return err
	})
}

func TestTableDamaged(t *testing.T) {
	key := shelves.Key().String("east").Int(1).End()
	for _, test := range []struct {
		name  string
		value string
		want  error
	}{
		{"empty", "", store.ErrCorrupt},
		{"no format", "\x00", store.ErrCorrupt},
		{"a newer format", "\x02", store.ErrNewer},
		{"no field", "\x01\x00", store.ErrCorrupt},
		{"a field cut off", "\x01\x0A\x05east", store.ErrCorrupt},
	} {
		t.Run(test.name, func(t *testing.T) {
			st := memstore.New(nil)
			update(t, st, func(tx store.Tx) error { tx.Put(key, []byte(test.value)); return nil })
			view(t, st, func(r store.Reader) error {
				_, err := shelves.Get(r, key[:len(key)-1])
				_, many := shelves.GetMany(r, []store.Key{bytes.Clone(key[:len(key)-1])})
				_, page := shelves.Page(r, store.Range{}, "")
				var scan error
				for _, scan = range shelves.Scan(r, store.Range{}) {
				}
				for i, err := range []error{err, many, page, scan} {
					if !errors.Is(err, test.want) {
						t.Errorf("%d: got %v, want %v", i, err, test.want)
					}
				}
				return nil
			})
		})
	}
	t.Run("an index entry without record", func(t *testing.T) {
		st := memstore.New(nil)
		update(t, st, func(tx store.Tx) error {
			if err := shelves.Put(tx, &shelf{Room: "east", N: 1, Tags: []string{"red"}}); err != nil {
				return err
			}
			tx.Delete(key)
			return nil
		})
		view(t, st, func(r store.Reader) error {
			for _, err := range shelves.Index("tag").Scan(r, store.Range{}) {
				if !errors.Is(err, store.ErrCorrupt) {
					t.Errorf("got %v, want ErrCorrupt", err)
				}
			}
			return nil
		})
	})
	t.Run("an index entry of another form", func(t *testing.T) {
		st := memstore.New(nil)
		update(t, st, func(tx store.Tx) error {
			tx.Put(shelves.Index("tag").Key().String("red").End(), []byte{200})
			return nil
		})
		view(t, st, func(r store.Reader) error {
			for _, err := range shelves.Index("tag").Scan(r, store.Range{}) {
				if !errors.Is(err, store.ErrCorrupt) {
					t.Errorf("got %v, want ErrCorrupt", err)
				}
			}
			return nil
		})
	})
}

// The body of a scan may write, to what the scan has yet to yield as well.
func TestTableScanWhileWriting(t *testing.T) {
	onEngines(t, func(t *testing.T, st store.Store) {
		prepare(t, st, shelves)
		update(t, st, func(tx store.Tx) error {
			for n := range 30 {
				if err := shelves.Put(tx, &shelf{Room: "east", N: int64(n), Tags: []string{"red"}}); err != nil {
					return err
				}
			}
			return nil
		})
		update(t, st, func(tx store.Tx) error {
			seen := 0
			for s, err := range shelves.Index("tag").Scan(tx, store.Range{}) {
				if err != nil {
					return err
				}
				if seen++; s.N%2 == 0 {
					key := shelves.Key().String("east").Int(s.N + 15)
					if err := shelves.Delete(tx, key); err != nil && !errors.Is(err, store.ErrNotFound) {
						return err
					}
				}
			}
			if seen < 15 || seen > 30 {
				t.Errorf("%d records seen", seen)
			}
			return nil
		})
	})
}

func TestTableRange(t *testing.T) {
	st := memstore.New(nil)
	update(t, st, func(tx store.Tx) error {
		for _, other := range []byte{6, 8} { // neighbors
			tx.Put(store.NewKey(other, 0).Uint(0).String("x").End(), []byte("no record"))
		}
		for n := range 10 {
			if err := shelves.Put(tx, &shelf{Room: "east", N: int64(n), Width: int64(n % 3)}); err != nil {
				return err
			}
		}
		return nil
	})
	key := func(n int64) store.Key { return shelves.Key().String("east").Int(n) }
	for _, test := range []struct {
		name string
		rg   store.Range
		want []int64
	}{
		{"all", store.Range{}, []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"limit", store.Range{Limit: 2}, []int64{0, 1}},
		{"reverse", store.Range{Reverse: true, Limit: 2}, []int64{9, 8}},
		{"from", store.Range{From: key(8)}, []int64{8, 9}},
		{"to", store.Range{To: key(2)}, []int64{0, 1}},
		{"one", store.Prefix(key(5)), []int64{5}},
		{"none", store.Range{From: key(5), To: key(5)}, nil},
		{"wider than the table", store.Range{From: []byte{1}, To: []byte{200}}, []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"outside", store.Range{From: []byte{200}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []int64
			view(t, st, func(r store.Reader) error {
				for _, s := range collect(t, shelves.Scan(r, test.rg)) {
					got = append(got, s.N)
				}
				return nil
			})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewTable(t *testing.T) {
	_, err := store.NewTable(store.Schema[shelf]{Indexes: []store.Index[shelf]{{}, byTag, byTag}})
	if !errors.Is(err, store.ErrInvalid) {
		t.Fatalf("got %v, want ErrInvalid", err)
	}
	for _, want := range []string{"number 0", "want a name", "want Fields and Key", `index ""`, `index "tag": number 2`, `index 2: name "tag"`, "want Keys"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("MustTable did not panic")
			}
		}()
		store.MustTable(store.Schema[shelf]{})
	}()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("Index did not panic")
			}
		}()
		shelves.Index("none")
	}()
}

package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// pager is what tables and indexes have in common.
type pager interface {
	Page(r store.Reader, rg store.Range, after string) (store.Page[shelf], error)
}

func TestPage(t *testing.T) {
	const n = 23
	tag := shelves.Index("tag")
	for _, list := range []struct {
		name string
		pager
		rg store.Range
	}{
		{"table", shelves, store.Range{}},
		{"index", tag, store.Prefix(tag.Key().String("red"))},
	} {
		for _, reverse := range []bool{false, true} {
			for _, limit := range []int{1, 5, n, n + 1, 0} {
				t.Run(list.name, func(t *testing.T) {
					st := memstore.New(nil)
					put := func(i int) {
						update(t, st, func(tx store.Tx) error {
							return shelves.Put(tx, &shelf{Room: "east", N: int64(i), Tags: []string{"red", "round"}})
						})
					}
					for i := range n {
						put(2 * i)
					}
					rg := list.rg
					rg.Limit, rg.Reverse = limit, reverse
					var got, want []int64
					for i := range n {
						if reverse {
							i = n - 1 - i
						}
						want = append(want, int64(2*i))
					}
					for pages, after := 0, ""; ; pages++ {
						var page store.Page[shelf]
						view(t, st, func(r store.Reader) (err error) {
							page, err = list.Page(r, rg, after)
							return err
						})
						for _, s := range page.Items {
							got = append(got, s.N)
						}
						if after = page.Next; after == "" {
							break
						}
						// The last one goes and others come where we have been:
						// the next page begins in the same place.
						last := got[len(got)-1]
						update(t, st, func(tx store.Tx) error {
							return shelves.Delete(tx, shelves.Key().String("east").Int(last))
						})
						step := int64(-1)
						if reverse {
							step = 1
						}
						put(int(last + step))
						if len(page.Items) != limit {
							t.Fatalf("a page of %d", len(page.Items))
						}
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("limit %d, reverse %t (-want +got):\n%s", limit, reverse, diff)
					}
				})
			}
		}
	}
}

func TestPageToken(t *testing.T) {
	st := memstore.New(nil)
	update(t, st, func(tx store.Tx) error {
		for i := range 3 {
			if err := shelves.Put(tx, &shelf{Room: "east", N: int64(i), Tags: []string{"red"}}); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, st, func(r store.Reader) error {
		tag := shelves.Index("tag")
		page, err := tag.Page(r, store.Range{Limit: 1}, "")
		if err != nil {
			return err
		}
		for name, f := range map[string]func() (store.Page[shelf], error){
			"of another list":      func() (store.Page[shelf], error) { return shelves.Page(r, store.Range{}, page.Next) },
			"of another range":     func() (store.Page[shelf], error) { return tag.Page(r, store.Prefix(tag.Key().String("s")), page.Next) },
			"of another namespace": func() (store.Page[shelf], error) { return shelves.In(1).Index("tag").Page(r, store.Range{}, page.Next) },
			"of the other way round": func() (store.Page[shelf], error) {
				return tag.Page(r, store.Range{Limit: 1, Reverse: true}, page.Next)
			},
			"no token": func() (store.Page[shelf], error) { return shelves.Page(r, store.Range{}, "?") },
		} {
			if got, err := f(); !errors.Is(err, store.ErrInvalid) || got.Items != nil {
				t.Errorf("%s: got %v, %v, want ErrInvalid", name, got, err)
			}
		}
		return nil
	})
}

func FuzzPageToken(f *testing.F) {
	st := memstore.New(nil)
	err := st.Update(f.Context(), func(_ context.Context, tx store.Tx) error {
		for i := range 9 {
			if err := shelves.Put(tx, &shelf{Room: "east", N: int64(i)}); err != nil {
				return err
			}
		}
		page, err := shelves.Page(tx, store.Range{Limit: 2}, "")
		f.Add(page.Next, false)
		f.Add(page.Next, true)
		f.Add("", true)
		f.Add("BwA", false)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, after string, reverse bool) {
		view(t, st, func(r store.Reader) error {
			rg := store.Range{Limit: 2, Reverse: reverse}
			for pages := 0; ; pages++ {
				page, err := shelves.Page(r, rg, after)
				if err != nil {
					if !errors.Is(err, store.ErrInvalid) || pages > 0 {
						t.Error(err)
					}
					return nil
				}
				if after = page.Next; after == "" {
					return nil
				}
				if pages > 9 {
					t.Fatal("no end")
				}
			}
		})
	})
}

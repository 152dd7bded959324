package search_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/search"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// engines are the stores on which the tests of whole stories run.
var engines = []struct {
	name string
	open func(t *testing.T) store.Store
}{
	{"memory", func(*testing.T) store.Store { return memstore.New(nil) }},
	{"chaos", func(*testing.T) store.Store { return memstore.New(&memstore.Options{Chaos: 7}) }},
	{"bolt", func(t *testing.T) store.Store {
		st, err := boltstore.Open(filepath.Join(t.TempDir(), "shop.db"), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { st.Close() })
		return st
	}},
}

// TestFollow tells a story step by step, and asks after each.
func TestFollow(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			book, index := open(t, e.open(t), nil)
			put(t, book, crm.Customer{ID: "ada", GivenName: "Ada", FamilyName: "Byron", Email: "ada@example.com"})
			put(t, book, crm.Customer{ID: "guest", GivenName: "Augusta", FamilyName: "King", Phone: "+44 20 7946 0018"})
			put(t, book, crm.Customer{ID: "bob", GivenName: "Bob", FamilyName: "Byron"})
			settle(t, index)
			ask := func(what string, wants ...string) {
				t.Helper()
				settle(t, index)
				for i := 0; i < len(wants); i += 2 {
					got := slices.Sorted(slices.Values(found(t, index, wants[i])))
					if diff := cmp.Diff(wants[i+1], strings.Join(got, " ")); diff != "" {
						t.Errorf("%s: %q finds (-want +got):\n%s", what, wants[i], diff)
					}
				}
			}
			do := func(_ any, err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			ctx := t.Context()
			ask("built", "byron", "ada bob", "king", "guest", "0018", "guest", "countess", "")

			do(book.Customers.Update(ctx, "ada", func(c *crm.Customer) error { c.FamilyName = "Lovelace"; return nil }))
			ask("renamed", "byron", "bob", "lovelace", "ada", "lovelcae", "ada", "lov", "ada", "ada", "ada")

			do(book.Identities.Link(ctx, "ada", crm.Identity{Kind: crm.IdentityEmail, Value: "countess77@seedmail.net", Verified: true}))
			do(book.Identities.Link(ctx, "bob", crm.Identity{Kind: crm.IdentityLoyalty, Value: "4711-X", Verified: true}))
			ask("linked", "countess", "ada", "countess77", "ada", "countess77@seedmail.net", "ada", "4711x", "bob", "4711-X", "bob")

			do(book.Customers.Merge(ctx, "guest", "ada"))
			ask("merged", "king", "ada", "augusta lovelace", "ada", "0018", "ada", "guest", "ada")
			do(nil, mustOne(index, "king"))

			do(book.Orders.Record(ctx, crm.Order{ID: "ord_9", Number: "#9009", CustomerID: "guest", OccurredAt: day(9)}))
			ask("ordered under the old id", "9009", "ada", "#900", "ada", "ord_9", "ada")

			do(book.Customers.Unmerge(ctx, "guest"))
			ask("un-merged", "king", "guest", "lovelace", "ada", "augusta lovelace", "(ada) (guest)", "9009", "guest", "0018", "guest")

			do(nil, book.Identities.Unlink(ctx, "bob", crm.Identity{Kind: crm.IdentityLoyalty, Value: "4711-X"}))
			do(book.Customers.Merge(ctx, "guest", "bob"))
			do(book.Customers.Merge(ctx, "bob", "ada"))
			ask("unlinked, and all one", "4711x", "", "king", "ada", "byron", "ada", "lovelace", "ada")

			do(book.Customers.Unmerge(ctx, "bob"))
			do(book.Customers.Update(ctx, "bob", func(c *crm.Customer) error { c.GivenName = "Robert"; return nil }))
			ask("apart again", "king", "bob", "robert", "bob", "lovelace", "ada")

			do(book.Privacy.Erase(ctx, "bob"))
			for _, q := range []string{"king", "byron", "robert", "0018", "9009", "guest", "bob", "ord_9"} {
				if got := found(t, index, q); got != nil {
					t.Errorf("erased, before the index follows: %q finds %q", q, got)
				}
			}
			ask("erased", "king", "", "byron", "", "9009", "", "lovelace", "ada")
		})
	}
}

// mustOne returns an error unless one person is found.
func mustOne(index *search.Index, text string) error {
	res, err := index.Find(context.Background(), search.Query{Text: text})
	if err == nil && (len(res.Hits) != 1 || res.Total != 1 || res.More || res.Building) {
		err = errors.New("found " + text + " more than once")
	}
	return err
}

// TestOneTransaction finds and reads in one snapshot, also what is not committed.
func TestOneTransaction(t *testing.T) {
	book, index := open(t, memstore.New(nil), nil)
	put(t, book, crm.Customer{ID: "ada", GivenName: "Ada"})
	settle(t, index)
	err := book.Update(t.Context(), func(ctx context.Context, tx *crm.Tx) error {
		if _, err := tx.Privacy.Erase(ctx, "ada"); err != nil {
			return err
		}
		in := index.In(tx)
		if res, err := in.Find(ctx, search.Query{Text: "ada"}); err != nil || len(res.Hits) > 0 {
			t.Errorf("in the transaction that erases her: %+v, %v; want nobody", res, err)
		}
		if _, err := in.Tick(ctx, today); !errors.Is(err, crm.ErrNested) {
			t.Errorf("Tick: %v, want %v", err, crm.ErrNested)
		}
		if err := in.Sync(ctx); !errors.Is(err, crm.ErrNested) {
			t.Errorf("Sync: %v, want %v", err, crm.ErrNested)
		}
		if err := in.Run(ctx); !errors.Is(err, crm.ErrNested) {
			t.Errorf("Run: %v, want %v", err, crm.ErrNested)
		}
		if _, err := index.Find(ctx, search.Query{Text: "ada"}); !errors.Is(err, crm.ErrNested) {
			t.Errorf("Find beside the transaction: %v, want %v", err, crm.ErrNested)
		}
		return errors.New("never mind")
	})
	if err == nil || found(t, index, "ada") == nil {
		t.Errorf("%v, and Ada is gone", err)
	}
}

// TestRun lets two processes keep the index: one works, the other takes over.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(nil)
		var books []*crm.Book
		var indexes []*search.Index
		var stops []func()
		for range 2 {
			book, err := crm.New(st, nil)
			if err != nil {
				t.Fatal(err)
			}
			index, err := search.New(book, &search.Options{Memory: 2000})
			if err != nil {
				t.Fatal(err)
			}
			books, indexes = append(books, book), append(indexes, index)
		}
		for _, id := range []crm.CustomerID{"a", "b", "c", "d", "e"} {
			put(t, books[0], crm.Customer{ID: id, GivenName: "Ada"})
		}
		if res, err := indexes[0].Find(t.Context(), search.Query{Text: "ada"}); err != nil || !res.Building {
			t.Errorf("before it is built: %+v, %v; want Building", res, err)
		}
		for _, index := range indexes {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- index.Run(ctx) }()
			stops = append(stops, func() {
				cancel()
				if err := <-done; !errors.Is(err, context.Canceled) {
					t.Errorf("Run = %v, want %v", err, context.Canceled)
				}
			})
		}
		finds := func(want int) {
			t.Helper()
			for _, index := range indexes {
				if err := index.Sync(t.Context()); err != nil {
					t.Fatal(err)
				}
				res, err := index.Find(t.Context(), search.Query{Text: "ada"})
				if err != nil || res.Total != want || res.Building {
					t.Errorf("found %+v, %v; want %d", res, err, want)
				}
			}
		}
		finds(5)
		put(t, books[1], crm.Customer{ID: "f", GivenName: "Ada"})
		finds(6)
		stops[0]()
		put(t, books[0], crm.Customer{ID: "g", GivenName: "Ada"})
		finds(7)
		stops[1]()
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		if err := indexes[0].Run(t.Context()); !errors.Is(err, crm.ErrClosed) {
			t.Errorf("Run on a closed store = %v, want %v", err, crm.ErrClosed)
		}
	})
}

// A slow store takes its time to read.
type slow struct {
	store.Store
	view time.Duration
}

func (s *slow) Unwrap() store.Store { return s.Store }

func (s *slow) View(ctx context.Context, f func(context.Context, store.Reader) error) error {
	time.Sleep(s.view)
	return s.Store.View(ctx, f)
}

// TestRunSlowly lets two processes build an index whose persons take longer to
// read than the lease of whoever builds lasts, by a clock that is behind.
func TestRunSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &slow{Store: memstore.New(nil)}
		var indexes []*search.Index
		for range 2 {
			book, err := crm.New(st, &crm.Options{Now: func() time.Time { return time.Now().AddDate(-1, 0, 0) }})
			if err != nil {
				t.Fatal(err)
			}
			index, err := search.New(book, nil)
			if err != nil {
				t.Fatal(err)
			}
			indexes = append(indexes, index)
			people := func(yield func(crm.Record, error) bool) {
				for n := range 4000 {
					if !yield(crm.Record{Customer: &crm.Customer{ID: crm.CustomerID(fmt.Sprint("c", n)), GivenName: "Ada"}}, nil) {
						return
					}
				}
			}
			if _, err := book.Import(t.Context(), people, nil); err != nil {
				t.Fatal(err)
			}
		}
		st.view = 25 * time.Second
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		var running sync.WaitGroup
		for _, index := range indexes {
			running.Go(func() { index.Run(ctx) })
		}
		for _, index := range indexes {
			if err := index.Sync(ctx); err != nil {
				t.Errorf("Sync = %v, want nil within an hour", err)
			}
		}
		stop()
		running.Wait()
	})
}

// TestLargeRecords builds an index of people with so many addresses that a
// thousand of them do not go into one transaction.
func TestLargeRecords(t *testing.T) {
	book, index := open(t, memstore.New(nil), nil)
	people := func(yield func(crm.Record, error) bool) {
		for n := range 1000 {
			c := crm.Customer{ID: crm.CustomerID(fmt.Sprint("c", n)), GivenName: "Ada"}
			for i := range 35 {
				var line strings.Builder
				for j := range 30 {
					fmt.Fprintf(&line, "%d ", 1000+30*i+j)
				}
				c.Addresses = append(c.Addresses, crm.Address{Line1: line.String()})
			}
			if !yield(crm.Record{Customer: &c}, nil) {
				return
			}
		}
	}
	if _, err := book.Import(t.Context(), people, nil); err != nil {
		t.Fatal(err)
	}
	settle(t, index)
	res, err := index.Find(t.Context(), search.Query{Text: "ada 1001"})
	if err != nil || res.Building || res.Total != 1000 {
		t.Errorf("Find: %d, %v, want 1000", res.Total, err)
	}
}

// TestLostFeed trims the feed before the index has read it: it is built anew.
func TestLostFeed(t *testing.T) {
	st := memstore.New(nil)
	book, index := open(t, st, nil)
	put(t, book, crm.Customer{ID: "ada", GivenName: "Ada", FamilyName: "Byron"})
	put(t, book, crm.Customer{ID: "bob", GivenName: "Bob"})
	put(t, book, crm.Customer{ID: "eve", GivenName: "Eve"})
	settle(t, index)
	if _, err := book.Customers.Update(t.Context(), "ada", func(c *crm.Customer) error { c.FamilyName = "Lovelace"; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Customers.Merge(t.Context(), "bob", "eve"); err != nil {
		t.Fatal(err)
	}
	head, err := book.Events.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	trimmer, ok := store.As[store.Trimmer](store.Store(st))
	if !ok {
		t.Fatal("the store cannot forget")
	}
	if err := trimmer.Trim(t.Context(), head); err != nil { // without regard to followers
		t.Fatal(err)
	}
	settle(t, index)
	for text, want := range map[string]string{"byron": "", "lovelace": "ada", "ada": "ada", "bob": "eve", "eve": "eve"} {
		if diff := cmp.Diff(want, strings.Join(found(t, index, text), " ")); diff != "" {
			t.Errorf("%q finds (-want +got):\n%s", text, diff)
		}
	}
}

func TestNew(t *testing.T) {
	book, err := crm.New(memstore.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = search.New(book, &search.Options{Lease: -time.Second, Memory: -1})
	if want := `crm: search.New: invalid: lease "-1s": want 0 or more; memory "-1": want 0 or more`; !errors.Is(err, crm.ErrInvalid) || err.Error() != want {
		t.Errorf("New: %v, want %s", err, want)
	}
	for range 2 { // two of one book
		if _, err := search.New(book, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNamespaces keeps brands apart in one store.
func TestNamespaces(t *testing.T) {
	st := memstore.New(nil)
	for _, brand := range []string{"", "red", "blue"} {
		book, err := crm.New(st, &crm.Options{Namespace: brand})
		if err != nil {
			t.Fatal(err)
		}
		index, err := search.New(book, nil)
		if err != nil {
			t.Fatal(err)
		}
		put(t, book, crm.Customer{ID: crm.CustomerID("of_" + brand), GivenName: "Ada"})
		settle(t, index)
		if diff := cmp.Diff([]string{"of_" + brand}, found(t, index, "ada")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", brand, diff)
		}
		if _, err := book.Privacy.Erase(t.Context(), crm.CustomerID("of_"+brand)); err != nil {
			t.Fatal(err)
		}
		if got := found(t, index, "ada"); got != nil {
			t.Errorf("%q: found %q after the erasure", brand, got)
		}
		put(t, book, crm.Customer{ID: crm.CustomerID("of2_" + brand), GivenName: "Ada"})
		settle(t, index)
	}
}

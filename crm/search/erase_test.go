package search_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/search"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// planted is somebody whose every word is theirs alone.
func planted() crm.Customer {
	return crm.Customer{
		ID: "ada", Refs: []crm.Ref{{Source: "shop", ID: "seedref-5123"}}, GivenName: "Adaseed", FamilyName: "Löveseed", Company: "Seedyard Works",
		Email: "countess.seed99@seedmail.net", Phone: "+44 20 7946 0077",
		Addresses: []crm.Address{{Name: "Lady Seedly", Line1: "12 Seedling Square", City: "Seedborough", Postcode: "SE3D42"}},
	}
}

// seeds are the forms in which what is planted might stand in a file.
var seeds = []string{
	"adaseed", "loveseed", "loeveseed", "seedyard", "countess", "seed99", "seedmail", "2079460077", "7700649702", "seedly", "seedling", "seedborough",
	"se3d42", "seedref", "dees",
}

// left returns the seeds that are in a text, in whatever case.
func left(text []byte) (list []string) {
	text = bytes.ToLower(text)
	for _, s := range seeds {
		if bytes.Contains(text, []byte(s)) {
			list = append(list, s)
		}
	}
	return list
}

// TestEraseLeavesNothing erases somebody, and reads the bytes of the file. The
// others, who share blocks and buckets with them, are found as before.
func TestEraseLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	book, index := open(t, st, nil)
	people(t, book)
	settle(t, index)
	before, err := search.Contents(t.Context(), index)
	if err != nil {
		t.Fatal(err)
	}
	ada := planted()
	put(t, book, ada)
	put(t, book, crm.Customer{ID: "augusta", GivenName: "Seedaugusta", Email: "seedaugusta@seedmail.net"})
	settle(t, index)
	// What was of her is the other's when they are apart again, before the index
	// has heard of it.
	if _, err := book.Customers.Merge(t.Context(), "augusta", "ada"); err != nil {
		t.Fatal(err)
	}
	settle(t, index)
	if _, err := book.Customers.Unmerge(t.Context(), "augusta"); err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	if err := book.Privacy.Export(t.Context(), "ada", &told); err != nil || !strings.Contains(told.String(), "search.people") {
		t.Errorf("%v, and what is exported of her tells nothing of the index", err)
	}
	for _, id := range []crm.CustomerID{"augusta", "ada"} {
		proof, err := book.Privacy.Erase(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if tables := fmt.Sprint(proof.Tables); id == "augusta" && !strings.Contains(tables, "{search.people 1}") {
			t.Errorf("the proof tells of %s", tables)
		}
	}
	for _, q := range []string{"adaseed", "loveseed", "löveseed", "seeda", "79460077", "seedref-5123", "ada", "seedagusta"} {
		if got := found(t, index, q); got != nil {
			t.Errorf("%q still finds %q", q, got)
		}
	}
	after, err := search.Contents(t.Context(), index)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the index (-before they came +after they went):\n%s", diff)
	}
	settle(t, index)
	compacter, _ := store.As[store.Compacter](store.Store(st))
	if err := compacter.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if words := left(data); words != nil {
		t.Errorf("the file still holds %q", words)
	}
	if diff := cmp.Diff([]string{"smith"}, found(t, index, "john smith")); diff != "" {
		t.Errorf("the others (-want +got):\n%s", diff)
	}
}

// TestExportJSONL leaves the index out of an export of the book; a book that is
// made of one builds its own.
func TestExportJSONL(t *testing.T) {
	book, index := open(t, memstore.New(nil), nil)
	people(t, book)
	settle(t, index)
	var out bytes.Buffer
	if err := book.ExportJSONL(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "search.") {
		t.Error("the index is exported")
	}
	other, second := open(t, memstore.New(nil), nil)
	settle(t, second) // built, of nobody
	if _, err := other.ImportJSONL(t.Context(), &out, nil); err != nil {
		t.Fatal(err)
	}
	settle(t, second)
	if diff := cmp.Diff([]string{"smith"}, found(t, second, "john smith")); diff != "" {
		t.Errorf("the other book finds (-want +got):\n%s", diff)
	}
}

// errStop ends a building.
var errStop = errors.New("stop")

// A weary store refuses all transactions after so many, if it is not negative,
// and calls before ahead of each.
type weary struct {
	store.Store
	left   int
	before func()
}

func (w *weary) Unwrap() store.Store { return w.Store }

func (w *weary) Update(ctx context.Context, f func(context.Context, store.Tx) error) error {
	if w.left == 0 {
		return errStop
	}
	w.left--
	if before := w.before; before != nil {
		w.before = nil
		before()
	}
	return w.Store.Update(ctx, f)
}

// TestBuildGoesOn stops a building after every transaction in turn, and goes on
// with another process: the index is what it would have been.
func TestBuildGoesOn(t *testing.T) {
	st := &weary{Store: memstore.New(nil), left: -1}
	now := today
	process := func(memory int) (*crm.Book, *search.Index) {
		book, err := crm.New(st, &crm.Options{Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		index, err := search.New(book, &search.Options{Memory: memory})
		if err != nil {
			t.Fatal(err)
		}
		return book, index
	}
	book, index := process(4000)
	people(t, book)
	if _, err := book.Customers.Merge(t.Context(), "muller", "mueller"); err != nil {
		t.Fatal(err)
	}
	settle(t, index)
	want, err := search.Contents(t.Context(), index)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 60 {
		now = now.Add(time.Hour) // after all leases
		if err := search.Forget(t.Context(), index); err != nil {
			t.Fatal(err)
		}
		if err := book.Followers.Drop(t.Context(), "search"); err != nil {
			t.Fatal(err)
		}
		st.left = n
		var err error
		for done := 1; done > 0 && err == nil; {
			done, err = index.Tick(t.Context(), now)
		}
		st.left = -1
		stopped := errors.Is(err, errStop)
		if err != nil && !stopped {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
		_, next := process(3000)
		for done := 1; done > 0; {
			if done, err = next.Tick(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
		got, err := search.Contents(t.Context(), index)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("stopped after %d transactions (-want +got):\n%s", n, diff)
		}
		if !stopped && n < 10 {
			t.Fatalf("built in %d transactions", n)
		}
	}
}

// TestEraseWhileBuilding erases somebody before every transaction of a building
// in turn, who is then neither found nor in the index.
func TestEraseWhileBuilding(t *testing.T) {
	for n := range 16 {
		st := &weary{Store: memstore.New(nil), left: -1}
		book, index := open(t, st, &search.Options{Memory: 4000})
		put(t, book, planted())
		for _, id := range []crm.CustomerID{"b", "c", "d", "e", "f"} {
			put(t, book, crm.Customer{ID: id, GivenName: "Bob"})
		}
		left0 := 1_000_000
		st.left = left0
		var erase func()
		erase = func() {
			if left0-st.left != n+1 { // not yet
				st.before = erase
				return
			}
			if _, err := book.Privacy.Erase(t.Context(), "ada"); err != nil {
				t.Fatal(err)
			}
		}
		st.before = erase
		settle(t, index)
		if st.before != nil {
			if _, err := book.Privacy.Erase(t.Context(), "ada"); err != nil || n < 5 {
				t.Fatalf("built in %d transactions, %v", n, err)
			}
		}
		lines, err := search.Contents(t.Context(), index)
		if err != nil {
			t.Fatal(err)
		}
		if words := left([]byte(strings.Join(lines, "\n"))); words != nil {
			t.Errorf("erased before transaction %d: the index holds %q", n, words)
		}
		if got := found(t, index, "bob"); len(got) != 5 {
			t.Errorf("erased before transaction %d: found %q, want five", n, got)
		}
	}
}

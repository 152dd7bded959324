package duplicates_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/duplicates"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A trap is a store that calls a function before each read, once it is set.
type trap struct {
	store.Store
	before func()
}

func (s *trap) Unwrap() store.Store { return s.Store }

func (s *trap) View(ctx context.Context, fn func(context.Context, store.Reader) error) error {
	if f := s.before; f != nil {
		f()
	}
	return s.Store.View(ctx, fn)
}

// lair is a book with two who are sure to be one, in a store that can be trapped.
func lair(t *testing.T) (*trap, *crm.Book, [2]crm.CustomerID) {
	t.Helper()
	st := &trap{Store: memstore.New(nil)}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	book, err := crm.New(st, &crm.Options{Now: func() time.Time { now = now.Add(time.Second); return now }})
	if err != nil {
		t.Fatal(err)
	}
	var ids [2]crm.CustomerID
	for i, ref := range []string{"1", "2"} {
		c, err := book.Customers.Record(t.Context(), crm.Customer{
			Refs: []crm.Ref{{Source: "till", ID: ref}}, GivenName: "Ottoline", FamilyName: "Featherstone", Birthday: "1971-03-09",
			Email: "ottoline@example.com", Addresses: []crm.Address{{Line1: "4 Quarry Hill", Postcode: "YO1 7AB", City: "York"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = c.ID
	}
	return st, book, ids
}

func tick(t *testing.T, f *duplicates.Finder, at time.Time, want int) {
	t.Helper()
	if n, err := f.Tick(t.Context(), at); err != nil || n != want {
		t.Errorf("Tick: %d, %v, want %d", n, err, want)
	}
}

func merges(t *testing.T, f *duplicates.Finder, want int) {
	t.Helper()
	if n, err := f.MergeAutomatic(t.Context()); err != nil || n != want {
		t.Errorf("merged %d, %v, want %d", n, err, want)
	}
}

func TestLast(t *testing.T) {
	_, book, _ := lair(t)
	f, other := finder(t, book, nil), finder(t, book, nil)
	if r, err := f.Last(t.Context()); err != nil || !r.At.IsZero() {
		t.Errorf("before any search: %+v, %v", r, err)
	}
	want := find(t, f)
	if want.At.IsZero() || want.Pairs != 1 {
		t.Errorf("found %+v, want one pair, and when", want)
	}
	got, err := other.Last(t.Context())
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("last search (-want +got): %v\n%s", err, diff)
	}
}

// A search that is interrupted leaves the queue and what is told of it as they
// were, and is begun again with the next tick.
func TestInterrupted(t *testing.T) {
	st, book, _ := lair(t)
	f := finder(t, book, nil)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ctx, cancel := context.WithCancel(t.Context())
	st.before = cancel
	if n, err := f.Tick(ctx, now); !errors.Is(err, context.Canceled) {
		t.Fatalf("Tick: %d, %v, want it interrupted", n, err)
	}
	st.before = nil
	if r, err := f.Last(t.Context()); err != nil || !r.At.IsZero() {
		t.Errorf("last search after an interrupted one: %+v, %v", r, err)
	}
	tick(t, f, now.Add(time.Minute), 1)
}

// A search whose process died keeps others from searching for an hour, however
// often they should, and not for longer.
func TestDied(t *testing.T) {
	st, book, _ := lair(t)
	f := finder(t, book, &duplicates.Options{Every: time.Minute})
	now := time.Now()
	func() {
		defer func() { recover() }()
		st.before = func() { panic("killed") }
		_, _ = f.Tick(t.Context(), now)
	}()
	st.before = nil
	tick(t, f, now.Add(59*time.Minute), 0)
	tick(t, f, now.Add(time.Hour), 1)
}

// Tick goes by the times that it is given.
func TestTickTimes(t *testing.T) {
	_, book, _ := lair(t)
	f := finder(t, book, nil)
	at := time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
	tick(t, f, at, 1)
	tick(t, f, at.Add(23*time.Hour), 0)
	tick(t, f, at.Add(24*time.Hour), 1)
}

// Of two searches at once the later one fills the queue.
func TestOvertaken(t *testing.T) {
	for _, tt := range []struct {
		name string
		run  func(f *duplicates.Finder) error
		want error
	}{
		{"Find", func(f *duplicates.Finder) error { _, err := f.Find(t.Context()); return err }, crm.ErrConflict},
		{"Tick", func(f *duplicates.Finder) error { _, err := f.Tick(t.Context(), time.Now()); return err }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st, book, _ := lair(t)
			f, other := finder(t, book, nil), finder(t, book, nil)
			var want *duplicates.Report
			st.before = func() {
				st.before = nil
				want = find(t, other)
			}
			if err := tt.run(f); !errors.Is(err, tt.want) {
				t.Errorf("the one that was overtaken: %v, want %v", err, tt.want)
			}
			got, err := f.Last(t.Context())
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("last search (-want +got): %v\n%s", err, diff)
			}
			if n := len(queue(t, f)); n != 1 {
				t.Errorf("%d pairs in the queue, want 1", n)
			}
		})
	}
}

// Nobody is merged by what was found before they were changed, though a search
// has begun since.
func TestMergeAutomaticBetweenSearches(t *testing.T) {
	st, book, ids := lair(t)
	f := finder(t, book, nil)
	find(t, f)
	if _, err := book.Customers.Update(t.Context(), ids[1], func(c *crm.Customer) error { c.GivenName = "Winifred"; return nil }); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	st.before = cancel
	if _, err := f.Find(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("Find: %v, want it interrupted", err)
	}
	st.before = nil
	merges(t, f, 0)
}

package crm_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// following runs Follow until the test ends, in a bubble of synctest.
func following(t *testing.T, book *crm.Book, name string, f func(context.Context, *crm.Tx, []*crm.Event) error, opts *crm.FollowOptions) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- book.Follow(ctx, name, f, opts) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Follow = %v, want %v", err, context.Canceled)
		}
	})
	t.Cleanup(stop)
	synctest.Wait()
	return stop
}

// ticking opens a book with the clock of the bubble.
func ticking(t *testing.T, st store.Store) *crm.Book {
	t.Helper()
	return open(t, st, &crm.Options{Now: time.Now})
}

// record records customers with these ids.
func record(t *testing.T, book *crm.Book, ids ...string) {
	t.Helper()
	for _, id := range ids {
		putCustomer(t, book, crm.Customer{ID: crm.CustomerID(id)})
	}
}

// A journal remembers what a handler got.
type journal struct {
	mu   sync.Mutex
	runs []string
}

func (j *journal) add(batch []*crm.Event) {
	var ids []string
	for _, e := range batch {
		ids = append(ids, string(e.CustomerID))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.runs = append(j.runs, strings.Join(ids, " "))
}

func (j *journal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	runs := j.runs
	j.runs = nil
	return runs
}

// read is a handler that only looks.
func (j *journal) read(_ context.Context, _ *crm.Tx, batch []*crm.Event) error {
	j.add(batch)
	return nil
}

func TestFollowBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := ticking(t, memstore.New(nil))
		record(t, book, "a", "b", "c", "d", "e")
		var j journal
		following(t, book, "reader", j.read, &crm.FollowOptions{Batch: 2})
		if diff := cmp.Diff([]string{"a b", "c d", "e"}, j.take()); diff != "" {
			t.Errorf("what was there (-want +got):\n%s", diff)
		}
		record(t, book, "f")
		synctest.Wait()
		if diff := cmp.Diff([]string{"f"}, j.take()); diff != "" {
			t.Errorf("what came (-want +got):\n%s", diff)
		}
	})
}

func TestFollowBegins(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts func(second store.Cursor) *crm.FollowOptions
		want []string
	}{
		{"at the beginning", func(store.Cursor) *crm.FollowOptions { return nil }, []string{"a b c d"}},
		{"after a cursor", func(c store.Cursor) *crm.FollowOptions { return &crm.FollowOptions{From: c} }, []string{"c d"}},
		{"at the head", func(c store.Cursor) *crm.FollowOptions { return &crm.FollowOptions{From: c, FromHead: true} }, []string{"d"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := memory(t)
			record(t, book, "a", "b")
			opts := tt.opts(head(t, book))
			record(t, book, "c")
			var j journal
			if opts != nil && opts.FromHead { // the first call only finds where to begin
				if n, err := book.CatchUp(t.Context(), "reader", j.read, opts); n != 0 || err != nil {
					t.Errorf("CatchUp = %d, %v, want 0", n, err)
				}
			}
			record(t, book, "d")
			if _, err := book.CatchUp(t.Context(), "reader", j.read, opts); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, j.take()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			// A follower that is known goes on where it was.
			record(t, book, "e")
			if n, err := book.CatchUp(t.Context(), "reader", j.read, opts); n != 1 || err != nil {
				t.Errorf("CatchUp = %d, %v, want 1", n, err)
			}
			if diff := cmp.Diff([]string{"e"}, j.take()); diff != "" {
				t.Errorf("later (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFollowPassesOver(t *testing.T) {
	book := memory(t)
	name := "notes"
	// Whatever happens to a customer is noted on another.
	note := func(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
		for _, e := range batch {
			if _, err := tx.Customers.Record(ctx, crm.Customer{ID: "note-" + e.CustomerID}); err != nil {
				return err
			}
		}
		return nil
	}
	record(t, book, "a")
	history := func(yield func(crm.Record, error) bool) {
		yield(crm.Record{Customer: &crm.Customer{ID: "old"}}, nil)
	}
	if _, err := book.Import(t.Context(), history, nil); err != nil {
		t.Fatal(err)
	}
	opts := &crm.FollowOptions{SkipBackfill: true, SkipOwn: true}
	for _, want := range []int{1, 0} { // its own event is passed over
		if n, err := book.CatchUp(t.Context(), name, note, opts); n != want || err != nil {
			t.Errorf("CatchUp = %d, %v, want %d", n, err, want)
		}
	}
	type fact struct {
		ID       crm.CustomerID
		By       string
		Backfill bool
	}
	facts := func() (list []fact) {
		for _, e := range since(t, book, store.Cursor{}) {
			list = append(list, fact{e.CustomerID, e.By, e.Backfill})
		}
		return list
	}
	want := []fact{{"a", "", false}, {"old", "", true}, {"note-a", name, false}}
	if diff := cmp.Diff(want, facts()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	// Without the options it handles what it has written itself, call by call.
	for range 2 {
		if n, err := book.CatchUp(t.Context(), "echo", note, &crm.FollowOptions{From: head(t, book)}); n != 0 || err != nil {
			t.Errorf("CatchUp = %d, %v, want 0", n, err)
		}
	}
	record(t, book, "b")
	for range 3 {
		if n, err := book.CatchUp(t.Context(), "echo", note, nil); n != 1 || err != nil {
			t.Errorf("CatchUp = %d, %v, want 1", n, err)
		}
	}
	want = append(want, fact{"b", "", false}, fact{"note-b", "echo", false}, fact{"note-note-b", "echo", false}, fact{"note-note-note-b", "echo", false})
	if diff := cmp.Diff(want, facts()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestFollowOtherBooks follows one of two brands in a store.
func TestFollowOtherBooks(t *testing.T) {
	st := memstore.New(nil)
	north, south := open(t, st, &crm.Options{Namespace: "north"}), open(t, st, &crm.Options{Namespace: "south"})
	record(t, north, "n1")
	record(t, south, "s1", "s2")
	for _, tt := range []struct {
		book *crm.Book
		want []string
	}{{north, []string{"n1"}}, {south, []string{"s1 s2"}}} {
		var j journal
		if _, err := tt.book.CatchUp(t.Context(), "reader", j.read, nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, j.take()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		f, err := tt.book.Followers.Get(t.Context(), "reader")
		if err != nil || f.Cursor != head(t, tt.book) { // also past what is not its book's
			t.Errorf("Get = %+v, %v, want the head", f, err)
		}
	}
}

// TestFollowHandsOutCopies: a handler may do with events what it likes, also
// when it is run again.
func TestFollowHandsOutCopies(t *testing.T) {
	book := open(t, memstore.New(&memstore.Options{Chaos: 3}), nil)
	ctx := t.Context()
	for i := range 20 {
		putOrder(t, book, crm.Order{ID: "1", OccurredAt: day(1), Total: gbp(int64(i))})
	}
	want := since(t, book, store.Cursor{})
	var got []*crm.Event
	_, err := book.CatchUp(ctx, "vandal", func(_ context.Context, tx *crm.Tx, batch []*crm.Event) error {
		list := slices.Clone(batch)
		tx.AfterCommit(func() { got = append(got, list...) })
		for i, e := range batch {
			c := *e
			c.Changes = slices.Clone(e.Changes)
			list[i] = &c
			e.Kind = "spoilt"
			for i := range e.Changes {
				e.Changes[i].Field = "spoilt"
			}
		}
		return nil
	}, &crm.FollowOptions{Batch: 3})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFollowRefuses(t *testing.T) {
	book := memory(t)
	var j journal
	for _, tt := range []struct {
		name string
		who  string
		opts crm.FollowOptions
		want string
	}{
		{"no name", "", crm.FollowOptions{}, `name (0 characters): want 1 to 120`},
		{"an address", "ada@example.com", crm.FollowOptions{}, `name (15 characters): want 1 to 120`},
		{"negative", "x", crm.FollowOptions{Batch: -1, Attempts: -2, Backoff: -time.Second, Lease: -time.Minute},
			`batch "-1": want 0 or more; attempts "-2": want 0 or more; backoff "-1s": want 0 or more; lease "-1m0s": want 0 or more`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := book.Follow(t.Context(), tt.who, j.read, &tt.opts)
			if !errors.Is(err, crm.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Follow = %v, want %s", err, tt.want)
			}
			if _, err := book.CatchUp(t.Context(), tt.who, j.read, &tt.opts); !errors.Is(err, crm.ErrInvalid) || strings.Contains(err.Error(), "ada@") {
				t.Errorf("CatchUp = %v, want %v", err, crm.ErrInvalid)
			}
		})
	}
	ctx, stop := context.WithTimeout(crm.WithActor(t.Context(), "ada@example.com"), time.Minute)
	defer stop()
	if err := book.Follow(ctx, "x", j.read, nil); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("Follow for an actor who cannot be: %v, want %v", err, crm.ErrInvalid)
	}
}

// TestFollowEnds covers what no follower recovers from.
func TestFollowEnds(t *testing.T) {
	var j journal
	t.Run("canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := memory(t).Follow(ctx, "x", j.read, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("Follow = %v", err)
		}
	})
	t.Run("closed", func(t *testing.T) {
		book := memory(t)
		record(t, book, "a")
		err := book.Follow(t.Context(), "x", func(context.Context, *crm.Tx, []*crm.Event) error {
			go book.Store().Close() // waits for the handler
			return nil
		}, nil)
		if !errors.Is(err, crm.ErrClosed) {
			t.Errorf("Follow = %v, want %v", err, crm.ErrClosed)
		}
	})
	t.Run("nested", func(t *testing.T) {
		book := memory(t)
		record(t, book, "a")
		err := book.Follow(t.Context(), "x", func(ctx context.Context, _ *crm.Tx, batch []*crm.Event) error {
			_, err := book.Customers.Get(ctx, batch[0].CustomerID)
			return err
		}, nil)
		if !errors.Is(err, crm.ErrNested) {
			t.Errorf("the handler uses the book: Follow = %v, want %v", err, crm.ErrNested)
		}
		err = book.Update(t.Context(), func(ctx context.Context, _ *crm.Tx) error {
			return book.Follow(ctx, "x", j.read, nil)
		})
		if !errors.Is(err, crm.ErrNested) {
			t.Errorf("Follow in a transaction = %v, want %v", err, crm.ErrNested)
		}
	})
	t.Run("expired", func(t *testing.T) {
		book := memory(t)
		record(t, book, "a", "b", "c")
		trimmer, _ := store.As[store.Trimmer](book.Store())
		if err := trimmer.Trim(t.Context(), since(t, book, store.Cursor{})[1].Cursor); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			err := book.Follow(t.Context(), "x", j.read, nil)
			if !errors.Is(err, store.ErrCursorExpired) || !strings.Contains(err.Error(), "Followers.Drop") {
				t.Errorf("Follow = %v, want %v and how to go on", err, store.ErrCursorExpired)
			}
			if _, err := book.Followers.Get(t.Context(), "x"); !errors.Is(err, crm.ErrNotFound) {
				t.Errorf("it is in the way of trimming: %v", err)
			}
		}
		// As the error says.
		err := book.Follow(t.Context(), "x", j.read, nil)
		gone, ok := errors.AsType[*store.ExpiredError](err)
		if !ok {
			t.Fatalf("Follow = %v", err)
		}
		if n, err := book.CatchUp(t.Context(), "x", j.read, &crm.FollowOptions{From: gone.Oldest}); n != 1 || err != nil {
			t.Errorf("CatchUp = %d, %v, want 1", n, err)
		}
		// One that is known and falls behind is told the same, and can be dropped.
		record(t, book, "d", "e")
		if err := trimmer.Trim(t.Context(), head(t, book)); err != nil {
			t.Fatal(err)
		}
		if err := book.Follow(t.Context(), "x", j.read, nil); !errors.Is(err, store.ErrCursorExpired) {
			t.Errorf("Follow = %v, want %v", err, store.ErrCursorExpired)
		}
		if f, err := book.Followers.Get(t.Context(), "x"); err != nil || !f.Expired || f.Holder != "" {
			t.Errorf("Get = %+v, %v, want an expired one that nobody follows", f, err)
		}
		if err := book.Sync(t.Context(), "x"); !errors.Is(err, store.ErrCursorExpired) {
			t.Errorf("Sync = %v, want %v", err, store.ErrCursorExpired)
		}
		if err := book.Followers.Drop(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		if _, err := book.CatchUp(t.Context(), "x", j.read, &crm.FollowOptions{FromHead: true}); err != nil {
			t.Errorf("CatchUp from the head: %v", err)
		}
	})
}

// TestFollowPanics: a panic comes through, takes nothing with it, and gives the
// lease back.
func TestFollowPanics(t *testing.T) {
	book := memory(t)
	record(t, book, "a", "b")
	func() {
		defer func() {
			if p := recover(); p != "boom" {
				t.Errorf("recovered %v, want boom", p)
			}
		}()
		book.Follow(t.Context(), "x", func(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
			count(ctx, tx, batch)
			panic("boom")
		}, nil)
	}()
	if got := counted(t, book); got != nil {
		t.Errorf("a handler that panicked wrote %v", got)
	}
	if n, err := book.CatchUp(t.Context(), "x", count, nil); n != 2 || err != nil {
		t.Errorf("CatchUp = %d, %v, want 2", n, err)
	}
	if diff := cmp.Diff(onceEach(since(t, book, store.Cursor{})), counted(t, book)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFollowSavesSeldom: a handler that only reads costs a write a second at
// most, and yet Sync sees at once what it has read.
func TestFollowSavesSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(nil)
		book, elsewhere := ticking(t, st), ticking(t, st)
		var j journal
		stop := following(t, book, "reader", j.read, &crm.FollowOptions{Lease: time.Hour})
		saved := func() (c store.Cursor) {
			t.Helper()
			if err := st.View(t.Context(), func(_ context.Context, r store.Reader) (err error) {
				c, err = store.LoadCursor(r, "crm reader")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return c
		}
		last, saves := saved(), 0
		for i := range 100 { // in 10 seconds
			record(t, book, fmt.Sprint("c", i))
			before := time.Now()
			if err := book.Sync(t.Context(), "reader"); err != nil || time.Since(before) != 0 {
				t.Fatalf("Sync = %v after %v, want nil at once", err, time.Since(before))
			}
			if got := j.take(); len(got) != 1 {
				t.Fatalf("after Sync the handler got %q, want one batch", got)
			}
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
			if now := saved(); now != last {
				last, saves = now, saves+1
			}
		}
		if saves < 9 || saves > 11 {
			t.Errorf("the cursor was stored %d times in 10 seconds, want about 10", saves)
		}
		// Another process is told within about a second, though nothing comes.
		record(t, book, "last")
		before := time.Now()
		if err := elsewhere.Sync(t.Context()); err != nil || time.Since(before) > time.Second+100*time.Millisecond {
			t.Errorf("Sync in another process = %v after %v, want about a second", err, time.Since(before))
		}
		// One that writes stores its cursor with every batch, one that stops at once.
		record(t, book, "more")
		synctest.Wait()
		stop()
		if saved() != head(t, book) {
			t.Error("a follower that was stopped did not say how far it has come")
		}
		following(t, book, "writer", count, nil)
		record(t, book, "x")
		synctest.Wait()
		if f, err := elsewhere.Followers.Get(t.Context(), "writer"); err != nil || f.Cursor != head(t, book) {
			t.Errorf("Get = %+v, %v, want the head", f, err)
		}
	})
}

// TestFollowSavesForEffects: what is to happen after the commit counts as a
// write, so that a crash does not make it happen twice.
func TestFollowSavesForEffects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(nil)
		book, elsewhere := ticking(t, st), ticking(t, st)
		sent := 0
		following(t, book, "mailer", func(_ context.Context, tx *crm.Tx, batch []*crm.Event) error {
			tx.AfterCommit(func() { sent += len(batch) })
			return nil
		}, nil)
		for i := range 5 {
			record(t, book, fmt.Sprint(i))
			synctest.Wait()
			f, err := elsewhere.Followers.Get(t.Context(), "mailer")
			if err != nil || f.Cursor != head(t, book) || sent != i+1 {
				t.Errorf("%d sent, Get = %+v, %v, want %d and the head", sent, f, err, i+1)
			}
		}
	})
}

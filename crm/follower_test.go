package crm_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// TestFollowerLag shows how far a follower is behind, and since when.
func TestFollowerLag(t *testing.T) {
	at := day(1)
	book := open(t, memstore.New(nil), &crm.Options{Now: func() time.Time { return at }})
	ctx := t.Context()
	get := func() *crm.Follower {
		t.Helper()
		f, err := book.Followers.Get(ctx, "x")
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if _, err := book.Followers.Get(ctx, "x"); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("Get = %v, want %v", err, crm.ErrNotFound)
	}
	if _, err := book.CatchUp(ctx, "x", count, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&crm.Follower{Name: "x"}, get()); diff != "" {
		t.Errorf("at the beginning (-want +got):\n%s", diff)
	}
	for n := range 3 {
		at = day(2 + n)
		record(t, book, fmt.Sprint("c", n))
	}
	if diff := cmp.Diff(&crm.Follower{Name: "x", Unread: 3, UnreadSince: day(2)}, get()); diff != "" {
		t.Errorf("behind (-want +got):\n%s", diff)
	}
	// Reading is shown while it happens, though nothing is stored.
	var seen []int
	if _, err := book.CatchUp(ctx, "x", func(_ context.Context, tx *crm.Tx, _ []*crm.Event) error {
		seen = append(seen, get().Unread)
		return nil
	}, &crm.FollowOptions{Batch: 1}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{3, 2, 1}, seen); diff != "" {
		t.Errorf("unread while it works (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&crm.Follower{Name: "x", Cursor: head(t, book)}, get()); diff != "" {
		t.Errorf("caught up (-want +got):\n%s", diff)
	}
	// It counts up to a bound.
	history := func(yield func(crm.Record, error) bool) {
		for n := range 10_050 {
			if !yield(crm.Record{Customer: &crm.Customer{ID: crm.CustomerID(fmt.Sprint("h", n))}}, nil) {
				return
			}
		}
	}
	if _, err := book.Import(ctx, history, nil); err != nil {
		t.Fatal(err)
	}
	if f := get(); f.Unread != 10_000 || f.UnreadSince != day(4) {
		t.Errorf("Get = %+v, want 10,000 unread since %v", f, day(4))
	}
}

func TestFollowersList(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	record(t, book, "a")
	broken := func(context.Context, *crm.Tx, []*crm.Event) error { return errors.New("broken") }
	if _, err := book.CatchUp(ctx, "b/reader", count, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := book.CatchUp(ctx, "a", broken, &crm.FollowOptions{Attempts: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := book.CatchUp(ctx, "b", broken, &crm.FollowOptions{Attempts: 1}); err != nil {
		t.Fatal(err)
	}
	list := func() (got []string) {
		for _, f := range all(t, book.Followers.List(ctx)) {
			got = append(got, fmt.Sprint(f.Name, " ", f.DeadLetters))
		}
		return got
	}
	if diff := cmp.Diff([]string{"a 1", "b 1", "b/reader 0"}, list()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range book.Followers.List(ctx) {
		break
	}
	// Dropping one leaves the others as they are, and nothing of it.
	if err := book.Followers.Drop(ctx, "b"); err != nil {
		t.Fatal(err)
	}
	if err := book.Followers.Drop(ctx, "b"); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("Drop = %v, want %v", err, crm.ErrNotFound)
	}
	if diff := cmp.Diff([]string{"a 1", "b/reader 0"}, list()); diff != "" {
		t.Errorf("after Drop (-want +got):\n%s", diff)
	}
	if got := letters(t, book, "b"); got != nil {
		t.Errorf("dead letters of nobody: %v", got)
	}
	var names []string
	if err := book.Store().View(ctx, func(_ context.Context, r store.Reader) error {
		for f, err := range store.Cursors(r) {
			if err != nil {
				return err
			}
			names = append(names, f.Name)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"crm a", "crm b/reader"}, names); diff != "" {
		t.Errorf("cursors (-want +got):\n%s", diff)
	}
	// It begins anew.
	if n, err := book.CatchUp(ctx, "b", count, nil); n != 1 || err != nil {
		t.Errorf("CatchUp = %d, %v, want 1", n, err)
	}
}

// TestFollowerDropMany drops more dead letters than one transaction takes.
func TestFollowerDropMany(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	history := func(yield func(crm.Record, error) bool) {
		for n := range 2100 {
			if !yield(crm.Record{Customer: &crm.Customer{ID: crm.CustomerID(fmt.Sprint("h", n))}}, nil) {
				return
			}
		}
	}
	if _, err := book.Import(ctx, history, nil); err != nil {
		t.Fatal(err)
	}
	broken := func(context.Context, *crm.Tx, []*crm.Event) error { return errors.New("broken") }
	if _, err := book.CatchUp(ctx, "x", broken, &crm.FollowOptions{Attempts: 1}); err != nil {
		t.Fatal(err)
	}
	if n := len(letters(t, book, "x")); n != 2100 {
		t.Fatalf("%d dead letters, want 2100", n)
	}
	if err := book.Followers.Drop(ctx, "x"); err != nil {
		t.Fatal(err)
	}
	if n := len(letters(t, book, "")); n != 0 {
		t.Errorf("%d dead letters are left", n)
	}
}

// TestFollowerSurvivesMove copies a store: followers go on where they were. The
// cursors of the two stores have no order, so it does so several times.
func TestFollowerSurvivesMove(t *testing.T) {
	for range 10 {
		src, dst := memstore.New(nil), memstore.New(nil)
		book := open(t, src, nil)
		record(t, book, "a", "b")
		if _, err := book.CatchUp(t.Context(), "tally", count, nil); err != nil {
			t.Fatal(err)
		}
		record(t, book, "bad")
		var j journal
		sorry := errors.New("sorry")
		if _, err := book.CatchUp(t.Context(), "tally", picky(sorry, &j), nil); err != sorry {
			t.Fatalf("CatchUp = %v, want %v", err, sorry)
		}
		record(t, book, "c")
		if err := store.Copy(t.Context(), dst, src); err != nil {
			t.Fatal(err)
		}
		moved := open(t, dst, nil)
		if n, err := moved.CatchUp(t.Context(), "tally", count, nil); n != 2 || err != nil {
			t.Errorf("CatchUp = %d, %v, want 2", n, err)
		}
		if f, err := moved.Followers.Get(t.Context(), "tally"); err != nil || f.Failures != 0 || f.Unread != 0 {
			t.Errorf("Get = %+v, %v, want one that is well", f, err)
		}
		for _, v := range counted(t, moved) {
			if v.Count != 1 {
				t.Errorf("%+v, want once", v)
			}
		}
	}
}

func TestSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := ticking(t, memstore.New(nil))
		ctx := t.Context()
		if err := book.Sync(ctx); err != nil {
			t.Errorf("Sync of no followers = %v", err)
		}
		// Nobody's name is waited for, for as long as ctx lets it.
		short, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := book.Sync(short, "x"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Sync of nobody = %v, want %v", err, context.DeadlineExceeded)
		}
		err := book.Update(ctx, func(ctx context.Context, _ *crm.Tx) error { return book.Sync(ctx) })
		if !errors.Is(err, crm.ErrNested) {
			t.Errorf("Sync in a transaction = %v, want %v", err, crm.ErrNested)
		}
		// It waits for what was there when it was called, and for no more.
		var handled []string
		gate := make(chan struct{})
		slow := func(_ context.Context, _ *crm.Tx, batch []*crm.Event) error {
			<-gate
			for _, e := range batch {
				handled = append(handled, string(e.CustomerID))
			}
			return nil
		}
		following(t, book, "slow", slow, &crm.FollowOptions{Batch: 1})
		var j journal
		following(t, book, "quick", j.read, nil)
		record(t, book, "a", "b")
		done := make(chan error, 1)
		go func() { done <- book.Sync(ctx, "quick", "slow") }()
		everyone := make(chan error, 1)
		go func() { everyone <- book.Sync(ctx) }()
		synctest.Wait()
		record(t, book, "c")
		for range 2 {
			select {
			case err := <-done:
				t.Fatalf("Sync = %v before the events are handled", err)
			case err := <-everyone:
				t.Fatalf("Sync of all = %v before the events are handled", err)
			default:
			}
			gate <- struct{}{}
			synctest.Wait()
		}
		if err := <-done; err != nil {
			t.Errorf("Sync = %v", err)
		}
		if err := <-everyone; err != nil {
			t.Errorf("Sync of all = %v", err)
		}
		if diff := cmp.Diff([]string{"a", "b"}, handled); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		close(gate)
	})
}

package crm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// picky is count that refuses an event of customer "bad".
func picky(err error, j *journal) func(context.Context, *crm.Tx, []*crm.Event) error {
	return func(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
		j.add(batch)
		if err := count(ctx, tx, batch); err != nil {
			return err
		}
		for _, e := range batch {
			if e.CustomerID == "bad" {
				return err
			}
		}
		return nil
	}
}

// letters returns the dead letters of a follower.
func letters(t failer, book *crm.Book, name string) []*crm.DeadLetter {
	t.Helper()
	return all(t, book.Followers.DeadLetters(t.Context(), name))
}

// TestDeadLetter follows past an event that cannot be handled.
func TestDeadLetter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := ticking(t, memstore.New(nil))
		record(t, book, "a", "b", "c", "d", "bad", "e", "f", "g")
		events := since(t, book, store.Cursor{})
		start := time.Now().UTC()
		var j journal
		var at []time.Duration
		handler := picky(errors.New("no such size"), &j)
		following(t, book, "tally", func(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
			if len(batch) == 1 && batch[0].CustomerID == "bad" {
				at = append(at, time.Since(start))
			}
			return handler(ctx, tx, batch)
		}, nil)
		// The event is found by halves; what stands before it takes effect.
		if diff := cmp.Diff([]string{"a b c d bad e f g", "a b c d", "bad e f g", "bad e", "bad"}, j.take()); diff != "" {
			t.Errorf("at first (-want +got):\n%s", diff)
		}
		want := &crm.Follower{
			Name: "tally", Cursor: events[3].Cursor, Unread: 4, UnreadSince: start,
			Until: start.Add(10 * time.Second), Failures: 1, Error: "*errors.errorString", FailedAt: start,
		}
		if got, err := book.Followers.Get(t.Context(), "tally"); err != nil || !cmp.Equal(want, got, cmpopts.IgnoreFields(crm.Follower{}, "Holder")) {
			t.Errorf("Get = %v (-want +got):\n%s", err, cmp.Diff(want, got))
		}
		if err := book.Sync(t.Context(), "tally"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]time.Duration{0, 1 * time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second}, at); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		died := start.Add(15 * time.Second)
		letter := &crm.DeadLetter{Follower: "tally", Event: *events[4], Error: "no such size", Attempts: 5, FailedAt: died, CreatedAt: died}
		if diff := cmp.Diff([]*crm.DeadLetter{letter}, letters(t, book, "tally")); diff != "" {
			t.Errorf("dead letters (-want +got):\n%s", diff)
		}
		without := append(append([]*crm.Event{}, events[:4]...), events[5:]...)
		if diff := cmp.Diff(onceEach(without), counted(t, book)); diff != "" {
			t.Errorf("what took effect (-want +got):\n%s", diff)
		}
		got, err := book.Followers.Get(t.Context(), "tally")
		want = &crm.Follower{Name: "tally", Cursor: head(t, book), Error: "*errors.errorString", FailedAt: died, DeadLetters: 1}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(crm.Follower{}, "Holder", "Until")); err != nil || diff != "" {
			t.Errorf("Get = %v (-want +got):\n%s", err, diff)
		}
	})
}

// TestDeadLetterReplay: letters survive a restart, fail again, and go away with
// what a handler then makes of them.
func TestDeadLetterReplay(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			st := e.open(t)
			book := open(t, st, nil)
			ctx := t.Context()
			record(t, book, "a", "b", "c")
			events := since(t, book, store.Cursor{})
			broken := func(context.Context, *crm.Tx, []*crm.Event) error { return errors.New("out of order") }
			for {
				if _, err := book.CatchUp(ctx, "tally", broken, &crm.FollowOptions{Attempts: 1}); err == nil {
					break
				}
			}
			book = open(t, st, nil) // as after a restart
			replay := func(h func(context.Context, *crm.Tx, []*crm.Event) error, cursors ...store.Cursor) (int, error) {
				return book.Followers.Replay(ctx, "tally", h, cursors...)
			}
			if got := letters(t, book, "tally"); len(got) != 3 {
				t.Fatalf("%d dead letters, want 3", len(got))
			}
			// One at which it still fails stays, and does not keep the others.
			sorry := errors.New("still out of order")
			n, err := replay(func(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
				if err := count(ctx, tx, batch); batch[0].CustomerID == "a" {
					return err
				}
				return sorry
			})
			if n != 1 || err != sorry {
				t.Errorf("Replay = %d, %v, want 1, %v", n, err, sorry)
			}
			want := []*crm.DeadLetter{
				{Follower: "tally", Event: *events[1], Error: sorry.Error(), Attempts: 2, FailedAt: today, CreatedAt: today},
				{Follower: "tally", Event: *events[2], Error: sorry.Error(), Attempts: 2, FailedAt: today, CreatedAt: today},
			}
			if diff := cmp.Diff(want, letters(t, book, "")); diff != "" {
				t.Errorf("dead letters (-want +got):\n%s", diff)
			}
			// One by name.
			if n, err := replay(count, events[2].Cursor); n != 1 || err != nil {
				t.Errorf("Replay of the last = %d, %v, want 1", n, err)
			}
			for name, c := range map[string]store.Cursor{"done": events[2].Cursor, "the beginning": {}, "another's": head(t, memory(t))} {
				if n, err := replay(count, c); n != 0 || !errors.Is(err, crm.ErrNotFound) {
					t.Errorf("Replay of %s = %d, %v, want %v", name, n, err, crm.ErrNotFound)
				}
			}
			for _, want := range []int{1, 0} {
				if n, err := replay(count); n != want || err != nil {
					t.Errorf("Replay of the rest = %d, %v, want %d", n, err, want)
				}
			}
			if diff := cmp.Diff(onceEach([]*crm.Event{events[0], events[2], events[1]}), counted(t, book)); diff != "" {
				t.Errorf("what took effect (-want +got):\n%s", diff)
			}
			if n, err := book.Followers.Replay(ctx, "", count); n != 0 || err != nil {
				t.Errorf("Replay of nobody's = %d, %v, want 0", n, err)
			}
		})
	}
}

// TestDeadLetterReplayedTwice: two replays of a letter at the same time take
// effect once.
func TestDeadLetterReplayedTwice(t *testing.T) {
	book := open(t, memstore.New(&memstore.Options{Chaos: 5}), nil)
	var ids []string
	for i := range 50 {
		ids = append(ids, fmt.Sprint("c", i))
	}
	record(t, book, ids...)
	broken := func(context.Context, *crm.Tx, []*crm.Event) error { return errors.New("broken") }
	if n, err := book.CatchUp(t.Context(), "tally", broken, &crm.FollowOptions{Attempts: 1}); n != 50 || err != nil {
		t.Fatalf("CatchUp = %d, %v, want 50", n, err)
	}
	done := make(chan int)
	for range 2 {
		go func() {
			total := 0
			for _, l := range letters(t, book, "tally") {
				n, err := book.Followers.Replay(t.Context(), "tally", count, l.Event.Cursor)
				if err != nil && !errors.Is(err, crm.ErrNotFound) {
					t.Error(err)
				}
				total += n
			}
			done <- total
		}()
	}
	if n := <-done + <-done; n != 50 {
		t.Errorf("%d replayed, want 50", n)
	}
	got := counted(t, book)
	for _, v := range got {
		if v.Count != 1 {
			t.Errorf("%+v, want once", v)
		}
	}
	if len(got) != 50 {
		t.Errorf("%d took effect, want 50", len(got))
	}
}

// TestDeadLetterCounts: failures are counted over restarts, only for one event
// at a time, and only those that are the handler's.
func TestDeadLetterCounts(t *testing.T) {
	book := memory(t)
	record(t, book, "bad", "good")
	var j journal
	sorry := errors.New("sorry")
	opts := &crm.FollowOptions{Attempts: 4}
	fails := func(want error, failures int) {
		t.Helper()
		if _, err := book.CatchUp(t.Context(), "x", picky(want, &j), opts); !errors.Is(err, want) {
			t.Errorf("CatchUp = %v, want %v", err, want)
		}
		if f, err := book.Followers.Get(t.Context(), "x"); err != nil || f.Failures != failures || f.Holder != "" {
			t.Errorf("Get = %+v, %v, want %d failures and no holder", f, err, failures)
		}
	}
	fails(sorry, 1)
	fails(crm.ErrConflict, 1)
	fails(crm.ErrNested, 1)
	fails(crm.ErrClosed, 1)
	fails(sorry, 2)
	fails(context.DeadlineExceeded, 3) // of a call that the handler makes
	if n, err := book.CatchUp(t.Context(), "x", picky(nil, &j), opts); n != 2 || err != nil {
		t.Errorf("CatchUp = %d, %v, want 2", n, err)
	}
	if f, err := book.Followers.Get(t.Context(), "x"); err != nil || f.Failures != 0 || f.Error == "" {
		t.Errorf("Get = %+v, %v, want no failures and the last error", f, err)
	}
	// What the commit refuses of a handler's writes is the handler's failure.
	record(t, book, "huge")
	n, err := book.CatchUp(t.Context(), "x", func(_ context.Context, tx *crm.Tx, _ []*crm.Event) error {
		tx.Store().Put([]byte("\xDDkey"), make([]byte, store.MaxValue+1))
		return nil
	}, &crm.FollowOptions{Attempts: 1})
	if n != 1 || err != nil || len(letters(t, book, "x")) != 1 {
		t.Errorf("CatchUp = %d, %v, want one dead letter", n, err)
	}
}

// TestDeadLetterTooLarge: events that are too much for one transaction are
// handled in several.
func TestDeadLetterTooLarge(t *testing.T) {
	book := memory(t)
	var ids []string
	for i := range 40 {
		ids = append(ids, fmt.Sprint("c", i))
	}
	record(t, book, ids...)
	n, err := book.CatchUp(t.Context(), "x", func(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
		for _, e := range batch {
			tx.Store().Put([]byte("\xDD"+e.CustomerID), make([]byte, store.MaxValue))
		}
		return count(ctx, tx, batch)
	}, nil)
	if n != 40 || err != nil {
		t.Errorf("CatchUp = %d, %v, want 40", n, err)
	}
	if diff := cmp.Diff(onceEach(since(t, book, store.Cursor{})), counted(t, book)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f, err := book.Followers.Get(t.Context(), "x"); err != nil || f.Failures+f.DeadLetters != 0 || f.Error != "" {
		t.Errorf("Get = %+v, %v, want no failure", f, err)
	}
}

// TestDeadLetterPrivacy: an error of a handler may hold anything. The log and a
// Follower tell only what is certain to be harmless.
func TestDeadLetterPrivacy(t *testing.T) {
	const email = "grace@example.com"
	var out bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&out, nil))
	for _, tt := range []struct {
		name string
		err  func(ctx context.Context, tx *crm.Tx) error
		want string
	}{
		{"the shop's", func(context.Context, *crm.Tx) error { return errors.New("no mailbox " + email) }, "*errors.errorString"},
		{"the shop's around ours", func(context.Context, *crm.Tx) error { return fmt.Errorf("%s: %w", email, crm.ErrExists) }, "already exists"},
		{"ours", func(ctx context.Context, tx *crm.Tx) error {
			_, err := tx.Customers.Get(ctx, "nobody")
			return fmt.Errorf("%s: %w", email, err)
		}, "crm: Customers.Get nobody: not found"},
		{"ours around the shop's", func(ctx context.Context, tx *crm.Tx) error {
			_, err := tx.Customers.Update(ctx, "a", func(*crm.Customer) error { return errors.New(email) })
			return err
		}, "crm: Customers.Update a: *errors.errorString"},
		{"invalid", func(ctx context.Context, tx *crm.Tx) error {
			_, err := tx.Customers.Create(ctx, crm.Customer{ID: email})
			return err
		}, "crm: Customers.Create: invalid: id (17 characters): want 1 to 120 printable bytes without spaces and @"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := open(t, memstore.New(nil), &crm.Options{Logger: logger})
			record(t, book, "a")
			var text string
			_, err := book.CatchUp(t.Context(), "x", func(ctx context.Context, tx *crm.Tx, _ []*crm.Event) error {
				err := tt.err(ctx, tx)
				text = err.Error()
				return err
			}, &crm.FollowOptions{Attempts: 1})
			if err != nil {
				t.Fatal(err)
			}
			if f, err := book.Followers.Get(t.Context(), "x"); err != nil || f.Error != tt.want {
				t.Errorf("Get = %+v, %v, want %q", f, err, tt.want)
			}
			if l := letters(t, book, "x"); len(l) != 1 || l[0].Error != text {
				t.Errorf("dead letters %+v, want one with %q", l, text)
			}
			// It shows nothing to who is not to see it.
			if err := book.View(t.Context(), func(_ context.Context, tx *crm.Tx) error {
				for text, err := range crm.Inspect(tx.Store(), crm.InspectQuery{Table: "crm.dead_letters"}) {
					if err != nil || strings.Contains(string(text), email) || !strings.Contains(string(text), `"error":"…"`) {
						t.Errorf("Inspect shows %s, %v", text, err)
					}
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	if !strings.Contains(out.String(), "event became a dead letter") || strings.Contains(out.String(), email) {
		t.Errorf("the log:\n%s", &out)
	}
}

// TestDeadLetterLongError cuts a text where a character ends.
func TestDeadLetterLongError(t *testing.T) {
	book := memory(t)
	record(t, book, "a")
	_, err := book.CatchUp(t.Context(), "x", func(context.Context, *crm.Tx, []*crm.Event) error {
		return errors.New(strings.Repeat("€", 500))
	}, &crm.FollowOptions{Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	if l := letters(t, book, "x"); len(l) != 1 || l[0].Error != strings.Repeat("€", 333) {
		t.Errorf("dead letters %+v, want one whose error is cut at 999 bytes", l)
	}
}

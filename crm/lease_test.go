package crm_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A severable store can be cut off, as when its process or its network dies.
type severable struct {
	store.Store
	cut atomic.Bool
}

func (s *severable) View(ctx context.Context, fn func(context.Context, store.Reader) error) error {
	if s.cut.Load() {
		return store.ErrClosed
	}
	return s.Store.View(ctx, fn)
}

func (s *severable) Update(ctx context.Context, fn func(context.Context, store.Tx) error) error {
	if s.cut.Load() {
		return store.ErrClosed
	}
	return s.Store.Update(ctx, fn)
}

// TestFollowTakesOver measures how long the events wait for another process
// when the one that followed has died or stopped.
func TestFollowTakesOver(t *testing.T) {
	for _, tt := range []struct {
		name     string
		skew     time.Duration // how far the other's clock is ahead
		lease    time.Duration
		die      bool
		min, max time.Duration // poll included
	}{
		{"died", 0, 0, true, 6 * time.Second, 12500 * time.Millisecond},
		{"died, lease of a minute", 0, time.Minute, true, 40 * time.Second, 75 * time.Second},
		{"died, the other's clock is an hour behind", -time.Hour, 0, true, 6 * time.Second, 12500 * time.Millisecond},
		{"died, the other's clock is a little ahead", time.Second, 0, true, 5 * time.Second, 12500 * time.Millisecond},
		{"stopped", 0, 0, false, 0, 2500 * time.Millisecond},
		{"stopped, the other's clock is an hour behind", -time.Hour, 0, false, 0, 2500 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := memstore.New(nil)
				mortal := &severable{Store: st}
				first := ticking(t, mortal)
				second := open(t, st, &crm.Options{Now: func() time.Time { return time.Now().Add(tt.skew) }})
				opts := &crm.FollowOptions{Lease: tt.lease}
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- first.Follow(ctx, "tally", count, opts) }()
				synctest.Wait()
				following(t, second, "tally", count, opts)
				record(t, second, "a")
				time.Sleep(100 * time.Second) // the first gives signs of life
				f, err := second.Followers.Get(t.Context(), "tally")
				if err != nil || f.Holder == "" {
					t.Fatalf("Get = %+v, %v", f, err)
				}
				holder := f.Holder
				if tt.die {
					mortal.cut.Store(true)
				} else {
					stop()
				}
				record(t, second, "b")
				since := time.Now()
				if err := second.Sync(t.Context(), "tally"); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(since); took < tt.min || took > tt.max {
					t.Errorf("the event waited %v, want %v to %v", took, tt.min, tt.max)
				}
				want := context.Canceled
				if tt.die {
					want = store.ErrClosed
				}
				if err := <-ended; !errors.Is(err, want) {
					t.Errorf("Follow = %v, want %v", err, want)
				}
				stop()
				if f, err := second.Followers.Get(t.Context(), "tally"); err != nil || f.Holder == "" || f.Holder == holder {
					t.Errorf("Get = %+v, %v, want another holder than %s", f, err, holder)
				}
				if diff := cmp.Diff(onceEach(all(t, second.Events.List(t.Context(), store.Cursor{}))), counted(t, second)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestFollowFences: who has lost the lease while the handler ran takes no
// effect, and works again when the other is gone.
func TestFollowFences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(nil)
		slow := ticking(t, st)
		hasty := open(t, st, &crm.Options{Now: func() time.Time { return time.Now().Add(time.Hour) }})
		record(t, slow, "a")
		runs, robbed := 0, 0
		following(t, slow, "tally", func(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
			if runs++; runs == 1 { // the other takes over and has done it all before this one commits
				if n, err := hasty.CatchUp(context.Background(), "tally", count, nil); n != 1 || err != nil {
					t.Errorf("CatchUp = %d, %v, want 1", n, err)
				}
				robbed++
			}
			return count(ctx, tx, batch)
		}, nil)
		if runs != 1 || robbed != 1 {
			t.Errorf("the handler ran %d times, want 1", runs)
		}
		record(t, slow, "b")
		if err := slow.Sync(t.Context(), "tally"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(onceEach(since(t, slow, store.Cursor{})), counted(t, slow)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestFollowKeepsLease: neither idleness, nor a long pause after a failure, nor
// a flood of what is not for the follower lets another take over.
func TestFollowKeepsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(nil)
		book, other := ticking(t, st), ticking(t, st)
		fail := false
		following(t, book, "x", func(context.Context, *crm.Tx, []*crm.Event) error {
			if fail {
				fail = false
				return errors.New("once")
			}
			return nil
		}, &crm.FollowOptions{Backoff: time.Hour})
		var j journal
		following(t, other, "x", j.read, nil)
		time.Sleep(24 * time.Hour)
		fail = true
		record(t, book, "a")
		if err := book.Sync(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		if err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
			for range 25_000 {
				tx.Emit("another's", nil)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if _, err := other.CatchUp(t.Context(), "x", j.read, nil); !errors.Is(err, store.ErrLocked) {
			t.Errorf("CatchUp = %v, want %v", err, store.ErrLocked)
		}
		if err := other.Followers.Drop(t.Context(), "x"); !errors.Is(err, store.ErrLocked) {
			t.Errorf("Drop = %v, want %v", err, store.ErrLocked)
		}
		if got := j.take(); got != nil {
			t.Errorf("the other got %q", got)
		}
		if f, err := other.Followers.Get(t.Context(), "x"); err != nil || f.Cursor != head(t, book) {
			t.Errorf("Get = %+v, %v, want the head", f, err)
		}
	})
}

// TestFollowWithStandingClock: a book whose clock stands, as in tests, cannot
// tell the end of a lease by it, and yet takes over.
func TestFollowWithStandingClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(nil)
		mortal := &severable{Store: st}
		first, second := open(t, mortal, nil), open(t, st, nil)
		ended := make(chan error, 1)
		go func() { ended <- first.Follow(t.Context(), "tally", count, nil) }()
		synctest.Wait()
		following(t, second, "tally", count, nil)
		time.Sleep(time.Hour)
		mortal.cut.Store(true)
		record(t, second, "a")
		start := time.Now()
		if err := second.Sync(t.Context(), "tally"); err != nil || time.Since(start) > 15*time.Second {
			t.Errorf("Sync = %v after %v", err, time.Since(start))
		}
		if err := <-ended; !errors.Is(err, store.ErrClosed) {
			t.Errorf("Follow = %v, want %v", err, store.ErrClosed)
		}
	})
}

// A flaky store refuses transactions for reasons of its own.
type flaky struct {
	store.Store
	refuse func() error
}

func (s *flaky) Update(ctx context.Context, fn func(context.Context, store.Tx) error) error {
	if err := s.refuse(); err != nil {
		return err
	}
	return s.Store.Update(ctx, fn)
}

// unsure commits and says that it does not know.
type unsure struct {
	store.Store
	left int
}

func (s *unsure) Update(ctx context.Context, fn func(context.Context, store.Tx) error) error {
	err := s.Store.Update(ctx, fn)
	if err == nil && s.left > 0 {
		s.left--
		return store.ErrCommitUnknown
	}
	return err
}

// TestFollowOutlastsTheStore: trouble of the store is no failure of the
// handler, and passes.
func TestFollowOutlastsTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, trouble := range []error{errors.New("connection refused"), store.ErrConflict} {
			st := &flaky{Store: memstore.New(nil), refuse: func() error { return nil }}
			book := ticking(t, st)
			stop := following(t, book, "tally", count, &crm.FollowOptions{Attempts: 1})
			writer := ticking(t, st.Store)
			begin := time.Now()
			tries := 0
			st.refuse = func() error {
				if time.Since(begin) < time.Minute {
					tries++
					return trouble
				}
				return nil
			}
			record(t, writer, "a", "b")
			if err := book.Sync(t.Context(), "tally"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(onceEach(since(t, book, store.Cursor{})), counted(t, book)); diff != "" {
				t.Errorf("%v (-want +got):\n%s", trouble, diff)
			}
			if tries > 10 {
				t.Errorf("%v: %d calls in a minute, want fewer and fewer", trouble, tries)
			}
			stop()
		}
		st := &unsure{Store: memstore.New(nil)}
		book := ticking(t, st)
		stop := following(t, book, "tally", count, &crm.FollowOptions{Attempts: 1, Batch: 1})
		st.left = 5
		record(t, ticking(t, st.Store), "a", "b", "c", "d")
		if err := book.Sync(t.Context(), "tally"); err != nil {
			t.Fatal(err)
		}
		stop()
		if diff := cmp.Diff(onceEach(since(t, book, store.Cursor{})), counted(t, book)); diff != "" {
			t.Errorf("outcome unknown (-want +got):\n%s", diff)
		}
	})
}

package crm_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// An alarm is the Wake of a follower, and the clock of its book.
type alarm struct {
	mu    sync.Mutex
	at    time.Time
	shift time.Duration // of the clock
	rings []time.Duration
	start time.Time
}

func (a *alarm) wake() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.at
}

func (a *alarm) now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Now().Add(a.shift)
}

// set lets the alarm ring so long after its start.
func (a *alarm) set(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = a.start.Add(d)
}

func (a *alarm) jump(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shift += d
}

// ring notes when the handler was called without events, to a hundredth of a second.
func (a *alarm) ring() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rings = append(a.rings, time.Since(a.start).Truncate(10*time.Millisecond))
}

func (a *alarm) rung() []time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]time.Duration(nil), a.rings...)
}

func TestFollowWakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &alarm{start: time.Now()}
		st := memstore.New(nil)
		book := open(t, st, &crm.Options{Now: a.now})
		fails := 0
		handle := func(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
			if len(batch) > 0 {
				return nil
			}
			a.ring()
			if fails > 0 {
				fails--
				return errors.New("not yet")
			}
			return nil
		}
		opts := &crm.FollowOptions{Wake: a.wake, FromHead: true}
		following(t, book, "waking", handle, opts)
		following(t, book, "waking", handle, opts) // stands by
		expect := func(want ...time.Duration) {
			t.Helper()
			synctest.Wait()
			if diff := cmp.Diff(want, a.rung()); diff != "" {
				t.Errorf("called without events after (-want +got):\n%s", diff)
			}
		}

		time.Sleep(time.Minute)
		expect()
		a.set(61 * time.Second)
		time.Sleep(time.Hour)
		expect(61 * time.Second) // once, though Wake says so for an hour

		a.set(3*time.Hour + 100*time.Millisecond)
		record(t, book, "cus_a") // an event meanwhile takes nothing away
		time.Sleep(2*time.Hour - 30*time.Second)
		want := []time.Duration{61 * time.Second, 3*time.Hour + 100*time.Millisecond}
		expect(want...)

		a.set(10 * time.Hour)
		a.jump(7 * time.Hour) // to a quarter past ten, or so
		jumped := time.Since(a.start)
		time.Sleep(time.Second)
		rung := a.rung()
		if n := len(rung); n != 3 || rung[2]-jumped > 500*time.Millisecond {
			t.Errorf("called after %v, with the clock put on at %v, want half a second later at most", rung, jumped)
		}

		fails = 2 // after a second, and two more
		a.set(11 * time.Hour)
		time.Sleep(2 * time.Hour)
		if n := len(a.rung()); n != 6 {
			t.Errorf("called %d times, want 6: two failures are tried again", n)
		}
	})
}

func TestCatchUpWakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		due := []time.Time{start.Add(-time.Hour), start, start.Add(time.Hour)}
		calls := 0
		book := ticking(t, memstore.New(nil))
		handle := func(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
			if len(batch) == 0 {
				tx.AfterCommit(func() { calls++ })
			}
			return nil
		}
		opts := &crm.FollowOptions{Wake: func() time.Time { return due[calls] }}
		for _, want := range []int{2, 2} { // the third is for an hour later
			if _, err := book.CatchUp(t.Context(), "waking", handle, opts); err != nil {
				t.Fatal(err)
			}
			if calls != want {
				t.Errorf("called %d times without events, want %d", calls, want)
			}
		}
	})
}

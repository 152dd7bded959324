package main

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
)

// Loops that share a turn work one after the other, and again when the book has
// changed, after a pause.
func TestWhenever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := crmtest.New(t)
		ctx, stop := context.WithCancel(t.Context())
		shared := make(turn, 1)
		var working, runs atomic.Int64
		work := func(context.Context) error {
			if n := working.Add(1); n > 1 {
				t.Errorf("%d work at once", n)
			}
			time.Sleep(time.Minute)
			working.Add(-1)
			runs.Add(1)
			return nil
		}
		var loops sync.WaitGroup
		for range 3 {
			loops.Go(func() {
				if err := whenever(book, shared, time.Second, work)(ctx); ctx.Err() == nil {
					t.Error(err)
				}
			})
		}
		after := func(d time.Duration, want int64) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if n := runs.Load(); n != want {
				t.Errorf("%d runs, want %d", n, want)
			}
		}
		change := func() {
			t.Helper()
			if _, err := book.Customers.Create(ctx, crm.Customer{GivenName: "Ada"}); err != nil {
				t.Error(err)
			}
		}
		after(time.Minute, 1)
		after(time.Minute, 2)
		after(time.Hour, 3)
		after(time.Hour, 3) // nothing has changed
		change()
		after(time.Minute, 4)
		change() // within the pause, which is 20 times as long as the work
		after(2*time.Minute, 6)
		after(10*time.Minute, 6)
		after(20*time.Minute, 9)
		stop()
		loops.Wait()
	})
}

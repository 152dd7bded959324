package main

import (
	"context"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A turn is held by the one loop that works, of those that share it.
type turn chan struct{}

// whenever returns a loop that does f at once and whenever the book has changed
// since, with a pause of at least so long, and so long that it works a twentieth
// of the time at most. Loops that share a turn work one after the other, so that
// pages need not wait for all of them.
func whenever(book *crm.Book, t turn, pause time.Duration, f func(context.Context) error) func(context.Context) error {
	work := func(ctx context.Context) (time.Duration, error) {
		select {
		case t <- struct{}{}:
			defer func() { <-t }()
		case <-ctx.Done():
			return 0, ctx.Err()
		}
		began := time.Now()
		err := f(ctx)
		return time.Since(began), err
	}
	return func(ctx context.Context) error {
		for {
			head, err := book.Events.Head(ctx)
			if err != nil {
				return err
			}
			took, err := work(ctx)
			if err != nil {
				return err
			}
			select {
			case <-time.After(max(pause, 20*took)):
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := book.Events.Wait(ctx, head); err != nil {
				return err
			}
		}
	}
}

package main

import (
	"context"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// whenever returns a loop that does f at once and whenever the book has changed
// since, with a pause of at least so long, and so long that it works a twentieth
// of the time at most.
func whenever(book *crm.Book, pause time.Duration, f func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			began := time.Now()
			head, err := book.Events.Head(ctx)
			if err != nil {
				return err
			}
			if err := f(ctx); err != nil {
				return err
			}
			select {
			case <-time.After(max(pause, 20*time.Since(began))):
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := book.Events.Wait(ctx, head); err != nil {
				return err
			}
		}
	}
}

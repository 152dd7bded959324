package crm

import (
	"context"

	"github.com/seed-9cb3708a/clientele/store"
)

// maxTail is the most events that Tail hands out at once.
const maxTail = 256

// Tail calls f with the events after a cursor, in commit order and without a
// gap, up to 256 at once, and blocks until ctx ends. It is for models in memory:
// every process has its own, there is no lease, and nothing is written. A model
// that is kept, as [store.Snapshot] does, keeps the Cursor of the last event
// that went into it and goes on after that; one that is built by reading the
// book goes on after the Head of the transaction that it read in.
//
// The events are f's own. f is not called with ctx of a transaction, so it may
// use the book. Tail returns f's error as it is, and else one that wraps ctx's
// or [store.ErrCursorExpired]: the model is then to be built anew.
func (b *Book) Tail(ctx context.Context, after store.Cursor, f func(ctx context.Context, batch []*Event) error) error {
	for {
		var batch []*Event
		for entry, err := range b.st.Feed(ctx, after) {
			if err != nil {
				return wrap("Tail", "event", "", err)
			}
			after = entry.Cursor
			if entry.Topic != b.topic {
				continue
			}
			e, err := DecodeEvent(entry)
			if err != nil {
				return wrap("Tail", "event", "", err)
			}
			if batch = append(batch, e); len(batch) == maxTail {
				if err := f(ctx, batch); err != nil {
					return err
				}
				batch = nil
			}
		}
		if len(batch) > 0 {
			if err := f(ctx, batch); err != nil {
				return err
			}
		}
		if err := b.st.Wait(ctx, after); err != nil {
			return wrap("Tail", "event", "", err)
		}
	}
}

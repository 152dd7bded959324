package segment

import (
	"context"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Record writes transitions as [Catalog.Run] does.
func Record(ctx context.Context, c *Catalog, sizes map[ID]int, list ...Transition) error {
	return c.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		var moves []move
		for _, t := range list {
			moves = append(moves, move{Transition: t})
		}
		return c.record(tx, moves, sizes)
	})
}

// Call writes down who is in a segment, as [Catalog.Run] does.
func Call(ctx context.Context, c *Catalog, id ID, at time.Time, customers []crm.CustomerID) error {
	return c.call(ctx, census{SegmentID: id, At: at, Version: 1}, customers)
}

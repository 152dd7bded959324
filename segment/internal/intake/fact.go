package intake

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// add adds the fact that an event tells of to a person. It is false when the
// person is to be read anew instead: the fact is of somebody else now, or they
// have one of the same time. That may be this one, since the base may have been
// read when the feed had not yet come to it; and if not, the two have an order.
func (k *Keeper) add(ctx context.Context, tx *crm.Tx, ordinal uint32, e *crm.Event) (ok bool, err error) {
	switch e.Kind {
	case crm.OrderRecorded:
		o, err := tx.Orders.Get(ctx, e.OrderID)
		if err != nil {
			return absent(err)
		}
		order, counts := orderOf(o, k.book.Currency())
		if o.CustomerID != e.CustomerID || counts && k.has(ordinal, func(c *column.Chunk, n uint32) bool { return hasOrder(c, n, &order) }) {
			return false, nil
		}
		if counts {
			k.base.AppendOrder(ordinal, &order)
		}
	case crm.RefundRecorded:
		r, err := tx.Refunds.Get(ctx, e.RefundID)
		if err != nil {
			return absent(err)
		}
		refund, counts, err := counted(ctx, tx, r)
		if err != nil {
			return false, err
		}
		if r.CustomerID != e.CustomerID || counts && k.has(ordinal, func(c *column.Chunk, n uint32) bool { return at(c.Refunds.Of(n), c.Refunds.Time, refund.Time) >= 0 }) {
			return false, nil
		}
		if counts {
			k.base.AppendRefund(ordinal, &refund)
		}
	case crm.InteractionRecorded:
		i, err := tx.Interactions.Get(ctx, e.InteractionID)
		if err != nil {
			return absent(err)
		}
		in := interactionOf(k.book, i)
		if i.CustomerID != e.CustomerID || k.has(ordinal, func(c *column.Chunk, n uint32) bool {
			return at(c.Interactions.Of(n), c.Interactions.Time, in.Time) >= 0
		}) {
			return false, nil
		}
		k.base.AppendInteraction(ordinal, &in)
	}
	return true, nil
}

// absent takes it that a fact is not there any more: a later event tells so.
func absent(err error) (bool, error) {
	if errors.Is(err, crm.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// has asks the rows of a person.
func (k *Keeper) has(ordinal uint32, ask func(c *column.Chunk, n uint32) bool) bool {
	k.base.RLock()
	defer k.base.RUnlock()
	return ask(k.base.Chunk(int(ordinal/column.ChunkSize)), ordinal%column.ChunkSize)
}

// at returns the first row of a slot with a time, -1 when there is none.
func at(s column.Slot, times []int64, time int64) int {
	rows := times[s.Start : s.Start+s.Len]
	if len(rows) == 0 || rows[len(rows)-1] < time {
		return -1 // as most new facts are
	}
	n, ok := slices.BinarySearch(rows, time)
	if !ok {
		return -1
	}
	return int(s.Start) + n
}

func hasOrder(c *column.Chunk, n uint32, o *column.Order) bool {
	switch o.Role {
	case column.Canceled:
		return at(c.Canceled.Of(n), c.Canceled.Time, o.Time) >= 0
	case column.Adjustment:
		return at(c.Adjustments.Of(n), c.Adjustments.Time, o.Time) >= 0
	}
	return at(c.Sales.Of(n), c.Sales.Time, o.Time) >= 0
}

package column

import (
	"math"
	"sort"
)

// AppendOrder adds an order to a person: in place when it is their latest, else
// among those before. It does nothing when there is no such person, as the
// other Append methods.
func (b *Base) AppendOrder(ordinal uint32, o *Order) {
	b.lock()
	defer b.mu.Unlock()
	if !b.Has(ordinal) {
		return
	}
	c, n := b.at(ordinal)
	t, beyond := clampTime(o.Time), c.beyond(n)
	switch o.Role {
	case Canceled:
		row := c.Canceled.open(n, after(c.Canceled.Of(n), c.Canceled.Time, t), 1)
		c.Canceled.set(b, row, o)
	case Adjustment:
		row := c.Adjustments.open(n, after(c.Adjustments.Of(n), c.Adjustments.Time, t), 1)
		c.Adjustments.Time[row], c.Adjustments.Amount[row] = t, priced(o, o.Amount)
		if a := c.Adjustments.Amount[row]; a != Lacking {
			c.Spent[n] = Add(c.Spent[n], a)
		}
	case Sale:
		b.appendSale(c, n, t, o)
	default:
		return
	}
	c.happened(n, t, o.Role != Adjustment)
	c.resum(b, n, beyond)
	c.tidy(false)
}

func (b *Base) appendSale(c *Chunk, n uint32, t int64, o *Order) {
	s := c.Sales.Of(n)
	i := after(s, c.Sales.Time, t)
	row := c.Sales.open(n, i, 1)
	if i < s.Len {
		c.shift(n, row, 1)
	}
	c.Sales.set(b, row, o)
	if len(o.Items) > 0 {
		slot := c.Items.Of(n)
		rows := c.Items.Order[slot.Start : slot.Start+slot.Len]
		at := c.Items.open(n, uint32(sort.Search(len(rows), func(j int) bool { return rows[j] > row })), uint32(len(o.Items)))
		for j := range o.Items {
			c.Items.set(b, at+uint32(j), row, o, &o.Items[j])
		}
		c.buys(n, at, at+uint32(len(o.Items)))
	}
	if a := c.Sales.Amount[row]; a != Lacking {
		c.Priced[n]++
		c.Turnover[n], c.Spent[n] = Add(c.Turnover[n], a), Add(c.Spent[n], a)
	}
	c.Units[n] = Add(c.Units[n], c.Sales.Units[row])
	if c.First[n] == Lacking || t < c.First[n] {
		c.First[n] = t
	}
	c.Last[n] = max(c.Last[n], t)
	c.active(sales, n, t)
	c.resold(n)
}

// after returns before which of a person's rows a fact stands: before the first
// that is later.
func after(s Slot, times []int64, t int64) uint32 {
	rows := times[s.Start : s.Start+s.Len]
	if len(rows) == 0 || rows[len(rows)-1] <= t {
		return s.Len
	}
	return uint32(sort.Search(len(rows), func(i int) bool { return rows[i] > t }))
}

// beyond reports whether a sum of a person may be beyond int64.
func (c *Chunk) beyond(n uint32) bool {
	for _, sum := range [...]int64{c.Turnover[n], c.Units[n], c.Refunded[n], c.Spent[n]} {
		if sum == math.MaxInt64 || sum <= Lacking+1 {
			return true
		}
	}
	return false
}

// resum works sums out anew of which one is beyond int64, or was: it may have
// come back.
func (c *Chunk) resum(b *Base, n uint32, was bool) {
	if was || c.beyond(n) {
		c.summarize(b, n)
	}
}

// AppendRefund adds a refund to a person.
func (b *Base) AppendRefund(ordinal uint32, r *Refund) {
	b.lock()
	defer b.mu.Unlock()
	if !b.Has(ordinal) {
		return
	}
	c, n := b.at(ordinal)
	t, beyond := clampTime(r.Time), c.beyond(n)
	row := c.Refunds.open(n, after(c.Refunds.Of(n), c.Refunds.Time, t), 1)
	c.Refunds.Time[row], c.Refunds.Amount[row] = t, r.Amount
	c.happened(n, t, false)
	if r.Amount != Lacking {
		c.Refunded[n], c.Spent[n] = Add(c.Refunded[n], r.Amount), Add(c.Spent[n], -r.Amount)
	}
	c.resum(b, n, beyond)
	c.tidy(false)
}

// AppendInteraction adds an interaction to a person.
func (b *Base) AppendInteraction(ordinal uint32, i *Interaction) {
	b.lock()
	defer b.mu.Unlock()
	if !b.Has(ordinal) {
		return
	}
	c, n := b.at(ordinal)
	t := clampTime(i.Time)
	row := c.Interactions.open(n, after(c.Interactions.Of(n), c.Interactions.Time, t), 1)
	c.Interactions.set(b, row, i)
	c.interacted(b, n, row)
	c.active(interactions+int(b.words.Contacts.List[c.Interactions.Contact[row]].Kind), n, t)
	c.tidy(false)
}

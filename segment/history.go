package segment

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// A move is a transition with the event that made it so, nil when none did.
type move struct {
	Transition
	event *crm.Event
}

// record writes transitions in a transaction, with their events and what they
// make of the days, and sizes: how many members each segment concerned has after
// them.
func (c *Catalog) record(tx *crm.Tx, moves []move, sizes map[ID]int) error {
	days := map[[2]string]*Day{}
	last := map[ID]time.Time{} // before these
	for i := range moves {
		m := &moves[i]
		at, ok := last[m.SegmentID]
		if !ok {
			var err error
			if at, err = c.lastTransition(tx, m.SegmentID); err != nil {
				return err
			}
			last[m.SegmentID] = at
		}
		if m.At = m.At.Truncate(time.Millisecond); !at.Before(m.At) {
			if err := c.order(tx, &m.Transition); err != nil {
				return err
			}
		}
		if err := c.transitions.Put(tx.Store(), &m.Transition); err != nil {
			return err
		}
		e := crm.Event{
			Kind: Entered, CustomerID: m.CustomerID, Name: string(m.SegmentID), OccurredAt: m.At,
			Changes: []crm.Change{{Field: "cause", To: m.Cause}},
		}
		if m.Left {
			e.Kind = Left
		}
		if m.event != nil {
			e.OrderID, e.RefundID, e.InteractionID, e.ProductID = m.event.OrderID, m.event.RefundID, m.event.InteractionID, m.event.ProductID
			e.Channel, e.Backfill = m.event.Channel, m.event.Backfill
		}
		if err := tx.Emit(e); err != nil {
			return err
		}
		on := [2]string{string(m.SegmentID), m.At.In(c.opts.Location).Format(time.DateOnly)}
		d := days[on]
		if d == nil {
			var err error
			if d, err = c.day(tx, m.SegmentID, on[1]); err != nil {
				return err
			}
			days[on] = d
		}
		if m.Left {
			d.Left++
		} else {
			d.Joined++
		}
	}
	for id, members := range sizes {
		var of []*Day
		for on, d := range days {
			if on[0] == string(id) {
				of = append(of, d)
			}
		}
		if err := c.addUp(tx, id, members, of); err != nil {
			return err
		}
	}
	return nil
}

// addUp writes the days of a segment that became others, and how many members it
// had at the end of each day since: by how many it has now.
func (c *Catalog) addUp(tx *crm.Tx, id ID, members int, days []*Day) error {
	if len(days) == 0 { // who was erased is not told
		d, err := c.day(tx, id, tx.Now().In(c.opts.Location).Format(time.DateOnly))
		if err != nil {
			return err
		}
		days = []*Day{d}
	}
	first := slices.MinFunc(days, func(a, b *Day) int { return strings.Compare(a.Date, b.Date) })
	rg := store.Prefix(c.days.Key().String(string(id)))
	rg.From = c.days.Key().String(string(id)).String(first.Date)
	for d, err := range c.days.Scan(tx.Store(), rg) {
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(days, func(o *Day) bool { return o.Date == d.Date }) {
			days = append(days, d)
		}
	}
	slices.SortFunc(days, func(a, b *Day) int { return strings.Compare(b.Date, a.Date) })
	for _, d := range days {
		d.Members = members
		members -= d.Joined - d.Left
		if err := c.days.Put(tx.Store(), d); err != nil {
			return err
		}
	}
	return nil
}

// lastTransition returns when the last transition of a segment was, zero when
// there is none.
func (c *Catalog) lastTransition(tx *crm.Tx, id ID) (time.Time, error) {
	rg := store.Prefix(c.transitions.Key().String(string(id)))
	rg.Reverse, rg.Limit = true, 1
	for t, err := range c.transitions.Scan(tx.Store(), rg) {
		if err != nil {
			return time.Time{}, err
		}
		return t.At, nil
	}
	return time.Time{}, nil
}

// order puts a transition after those that are written of the same person and
// segment, whatever clocks said.
func (c *Catalog) order(tx *crm.Tx, t *Transition) error {
	x := c.transitions.Index("customer")
	of := x.Key().String(string(t.CustomerID))
	for was, err := range x.Scan(tx.Store(), store.Range{From: of.Time(t.At), To: store.Prefix(of).To}) {
		if err != nil {
			return err
		}
		if was.SegmentID == t.SegmentID && !was.At.Before(t.At) {
			t.At = was.At.Add(time.Millisecond)
		}
	}
	return nil
}

// day returns a day of a segment as it is recorded, or a new one.
func (c *Catalog) day(tx *crm.Tx, id ID, date string) (*Day, error) {
	d, err := c.days.Get(tx.Store(), c.days.Key().String(string(id)).String(date))
	if errors.Is(err, crm.ErrNotFound) {
		return &Day{SegmentID: id, Date: date}, nil
	}
	return d, err
}

// clearSheets removes the sheets of a roll that was not finished, while it may.
func (c *Catalog) clearSheets(ctx context.Context, id ID, may func(*crm.Tx) (bool, error)) error {
	var last *census
	err := c.book.View(ctx, func(_ context.Context, tx *crm.Tx) (err error) {
		last, err = c.lastRoll(tx, id, time.Time{})
		return err
	})
	if err != nil {
		return err
	}
	rg := store.Prefix(c.sheets.Key().String(string(id)))
	if last != nil {
		rg.From = store.Prefix(c.sheets.Key().String(string(id)).Time(last.At)).To
	}
	return clear(ctx, c, c.sheets, rg, may)
}

// lastRoll returns the last roll of a segment that was called at a time or
// before, the zero Time being now; nil when there is none.
func (c *Catalog) lastRoll(tx *crm.Tx, id ID, at time.Time) (*census, error) {
	rg := store.Prefix(c.rolls.Key().String(string(id)))
	if !at.IsZero() {
		rg.To = store.Prefix(c.rolls.Key().String(string(id)).Time(at)).To
	}
	rg.Reverse, rg.Limit = true, 1
	for r, err := range c.rolls.Scan(tx.Store(), rg) {
		return r, err
	}
	return nil, nil
}

// MembersAt yields who was in a segment at a time, in the order of their ids, as
// far back as [Catalog.Run] or [Catalog.Tick] has looked at it. Who was erased
// since is not told. It yields at most one error, last: [crm.ErrNotFound] for a
// time before.
func (c *Catalog) MembersAt(ctx context.Context, id ID, at time.Time) iter.Seq2[crm.CustomerID, error] {
	return func(yield func(crm.CustomerID, error) bool) {
		var in map[crm.CustomerID]bool
		err := c.view(ctx, "MembersAt", id, func(ctx context.Context, tx *crm.Tx) (err error) {
			in, err = c.membersAt(ctx, tx, id, at)
			return err
		})
		if err != nil {
			yield("", err)
			return
		}
		list := make([]crm.CustomerID, 0, len(in))
		for customer := range in {
			list = append(list, customer)
		}
		slices.Sort(list)
		for _, customer := range list {
			if !yield(customer, nil) {
				return
			}
		}
	}
}

func (c *Catalog) membersAt(ctx context.Context, tx *crm.Tx, id ID, at time.Time) (map[crm.CustomerID]bool, error) {
	at = at.UTC().Truncate(time.Millisecond)
	roll, err := c.lastRoll(tx, id, at)
	if err == nil && roll == nil {
		err = crm.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return c.membersSince(ctx, tx, roll, store.Prefix(c.transitions.Key().String(string(id)).Time(at)).To)
}

// membersSince returns who was in a segment by a roll, and by the transitions
// after it that stand before a key.
func (c *Catalog) membersSince(ctx context.Context, tx *crm.Tx, roll *census, to []byte) (map[crm.CustomerID]bool, error) {
	in := make(map[crm.CustomerID]bool, roll.Members)
	for s, err := range c.sheets.Scan(tx.Store(), store.Prefix(c.sheets.Key().String(string(roll.SegmentID)).Time(roll.At))) {
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return nil, err
		}
		for _, customer := range s.Customers {
			in[customer] = true
		}
	}
	for t, err := range c.transitions.Scan(tx.Store(), store.Range{From: c.transitions.Key().String(string(roll.SegmentID)).Time(roll.At), To: to}) {
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return nil, err
		}
		if t.Left {
			delete(in, t.CustomerID)
		} else {
			in[t.CustomerID] = true
		}
	}
	return in, nil
}

// Growth returns the days of a segment from one time to another, both included,
// on which [Catalog.Run] or [Catalog.Tick] looked at it and something became of
// it, and those in between, oldest first; none that is still to come.
func (c *Catalog) Growth(ctx context.Context, id ID, from, to time.Time) ([]Day, error) {
	var list []Day
	err := c.view(ctx, "Growth", id, func(_ context.Context, tx *crm.Tx) error {
		list = nil
		first, last := from.In(c.opts.Location).Format(time.DateOnly), to.In(c.opts.Location).Format(time.DateOnly)
		last = min(last, tx.Now().In(c.opts.Location).Format(time.DateOnly))
		rg := store.Prefix(c.days.Key().String(string(id)))
		rg.To = store.Prefix(c.days.Key().String(string(id)).String(last)).To
		var before *Day // the first that is told
		for d, err := range c.days.Scan(tx.Store(), rg) {
			if err != nil {
				return err
			}
			if before != nil {
				for date := next(before.Date); date < d.Date; date = next(date) {
					if date >= first {
						list = append(list, Day{SegmentID: id, Date: date, Members: before.Members})
					}
				}
			}
			if d.Date >= first {
				list = append(list, *d)
			}
			before = d
		}
		if before == nil {
			return nil
		}
		for date := max(next(before.Date), first); date <= last; date = next(date) {
			list = append(list, Day{SegmentID: id, Date: date, Members: before.Members})
		}
		return nil
	})
	return list, err
}

// next is the day after.
func next(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return "9999-12-31" // never: the catalog wrote it
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

// Transitions yields who came into a segment and left it, in a window of time:
// from or later and before to, zero is open; oldest first. It reads in short
// transactions, and yields at most one error, last.
func (c *Catalog) Transitions(ctx context.Context, id ID, from, to time.Time) iter.Seq2[*Transition, error] {
	return func(yield func(*Transition, error) bool) {
		rg := store.Prefix(c.transitions.Key().String(string(id)))
		if !from.IsZero() {
			rg.From = c.transitions.Key().String(string(id)).Time(from)
		}
		if !to.IsZero() {
			rg.To = c.transitions.Key().String(string(id)).Time(to)
		}
		for after := ""; ; {
			var page store.Page[Transition]
			err := c.view(ctx, "Transitions", id, func(_ context.Context, tx *crm.Tx) (err error) {
				page, err = c.transitions.Page(tx.Store(), rg, after)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, t := range page.Items {
				if !yield(t, nil) {
					return
				}
			}
			if after = page.Next; after == "" {
				return
			}
		}
	}
}

// clear removes what the tables hold of a segment that there is not.
func (c *Catalog) clear(ctx context.Context, op string, id ID) error {
	gone := func(tx *crm.Tx) (bool, error) {
		row, err := c.load(tx, id)
		return row == nil, err
	}
	of := func(k store.Key) store.Range { return store.Prefix(k.String(string(id))) }
	return wrap(op, id, errors.Join(
		clear(ctx, c, c.picks, of(c.picks.Key()), gone),
		clear(ctx, c, c.transitions, of(c.transitions.Key()), gone),
		clear(ctx, c, c.days, of(c.days.Key()), gone),
		clear(ctx, c, c.rolls, of(c.rolls.Key()), gone),
		clear(ctx, c, c.sheets, of(c.sheets.Key()), gone),
	))
}

// clear removes a range of a table, at most 100 records in each transaction and
// only while it may, which is told by a function unless that is nil. Within In all
// of it is one, and it returns [store.ErrTooLarge] when that is full.
func clear[T any](ctx context.Context, c *Catalog, t *store.Table[T], rg store.Range, may func(*crm.Tx) (bool, error)) error {
	rg.Limit = 100
	var first store.Key // of those that were removed last
	for done := false; !done; {
		err := c.update(ctx, "clear", "", func(_ context.Context, tx *crm.Tx) error {
			done = true
			if may != nil {
				if ok, err := may(tx); !ok || err != nil {
					return err
				}
			}
			var keys []store.Key
			for d, err := range t.Read(tx.Store(), rg) {
				if err != nil {
					return err
				}
				keys = append(keys, d.Key)
			}
			if len(keys) > 0 {
				if c.tx != nil && bytes.Equal(keys[0], first) { // it takes no more
					return store.ErrTooLarge
				}
				first = keys[0]
			}
			for _, k := range keys {
				if err := t.Delete(tx.Store(), k[:len(k)-1]); err != nil {
					return err
				}
			}
			done = len(keys) < rg.Limit
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

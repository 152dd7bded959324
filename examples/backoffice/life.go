package main

import (
	"context"
	"iter"
	"sync/atomic"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/segment"
)

// A clock is that of a made-up shop: it is set while the shop's past is made,
// and goes on from there.
type clock struct{ behind atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(-time.Duration(c.behind.Load())) }

func (c *clock) set(t time.Time) { c.behind.Store(int64(time.Since(t))) }

// lived is how much of a made-up shop's past is lived through day by day, so
// that it is known who came into segments and who left them.
const lived = 90 * 24 * time.Hour

// untaken are segments that the made-up shop has not taken over yet.
var untaken = map[segment.ID]bool{"first_time_buyers": true, "discount_only": true, "subscribers_without_order": true}

// relive has a shop live: at once until its last days, then day by day.
func relive(ctx context.Context, book *crm.Book, shop *crmtest.Demo, clock *clock, zone *time.Location) error {
	next, stop := iter.Pull2(shop.All())
	defer stop()
	var first *crm.Record // that happens later
	until := func(t time.Time) error {
		var failed error
		_, err := book.Import(ctx, func(yield func(crm.Record, error) bool) {
			for {
				if first == nil {
					r, err, ok := next()
					if !ok {
						return
					}
					if err != nil {
						failed = err
						return
					}
					first = &r
				}
				if !happened(first).Before(t) {
					return
				}
				r := *first
				if first = nil; !yield(r, nil) {
					return
				}
			}
		}, nil)
		if failed != nil {
			return failed
		}
		return err
	}
	_, end := shop.Period()
	day := end.Add(-lived)
	clock.set(day)
	if err := until(day); err != nil {
		return err
	}
	catalog, err := segment.New(book, &segment.Options{Location: zone, Logger: logger()})
	if err != nil {
		return err
	}
	for _, s := range segment.Presets() {
		if untaken[s.ID] {
			continue
		}
		if _, err := catalog.Create(ctx, s); err != nil {
			return err
		}
	}
	if _, err := catalog.Create(ctx, segment.Segment{
		ID: "win_back", Name: "Worth winning back", Description: "At risk, and brought enough for a call.",
		Rule: segment.MustParse("segments CONTAINS 'At risk' AND amount_spent >= 300"),
	}); err != nil {
		return err
	}
	for ; !day.After(end); day = day.Add(24 * time.Hour) {
		clock.set(day)
		if err := until(day); err != nil {
			return err
		}
		if _, err := catalog.Tick(ctx, book.Now()); err != nil {
			return err
		}
	}
	clock.set(end.Add(9 * time.Hour))
	return until(end.Add(24 * time.Hour))
}

// happened is when a record tells of; zero for what has no time.
func happened(r *crm.Record) time.Time {
	switch {
	case r.Refund != nil:
		return r.Refund.OccurredAt
	case r.Order != nil:
		return r.Order.OccurredAt
	case r.Interaction != nil:
		return r.Interaction.OccurredAt
	}
	return time.Time{}
}

package crm

import (
	"cmp"
	"context"
	"path"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// Retention says how long what is kept, for [Privacy.Sweep]. The zero value
// keeps everything for ever.
type Retention struct {
	// Interactions are rules for interactions; the first whose Kind matches is
	// the one for an interaction. Those that none matches stay.
	Interactions []RetentionRule
	// Visitors is after how long interactions of anonymous visitors go, who were
	// identified as nobody, when no rule lets them go earlier. 0 is never.
	Visitors time.Duration
	// Customers is after how long a person is erased of whom there is neither an
	// order nor a refund, and who was not seen: since their last interaction or
	// entry of the ledger of consents, or since they were first seen under any
	// of their ids, or recorded when that is not known. 0 is never.
	Customers time.Duration
	// Proofs is after how long what is personal in an entry of the ledger of
	// consents goes, when another one holds by now. 0 is never.
	Proofs time.Duration
	// DryRun only counts.
	DryRun bool
}

// A RetentionRule says how long interactions of some kinds are kept.
type RetentionRule struct {
	Kind string        // a pattern as path.Match has it: "page_view", "view_*"; "" is every kind
	Keep time.Duration // since it occurred; 0 is for ever
}

// A SweepReport tells what a sweep did, or in a dry run would do.
type SweepReport struct {
	Interactions int `json:"interactions"` // deleted by the rules
	Visitors     int `json:"visitors"`     // interactions of visitors deleted for their age
	Customers    int `json:"customers"`    // persons erased, with all their ids
	Proofs       int `json:"proofs"`       // entries of the ledger that lost what was personal
	Resumed      int `json:"resumed"`      // erasures finished that had been interrupted
}

// sweepRecords is how many records a transaction of a sweep looks at.
const sweepRecords = 500

// Sweep lets go what a shop keeps no longer: what was due at a time, in
// transactions of some hundred records, oldest first. The same time and rules
// come to the same end, however often and wherever it runs; one that was
// interrupted is simply run again, and the report then counts what was left.
// Before that it finishes erasures that were interrupted. It is for a shop's
// scheduler, once a day.
//
// It reads the interactions that are older than the shortest time that it is
// told, and all customers and all of the ledger when it is told of them. Every
// interaction that goes has an event [InteractionDeleted], every person who does
// those of [Privacy.Erase]. In a Tx, it is all one transaction.
//
// Sweep returns an [*InvalidError] for a pattern that cannot be or a time below
// 0, and else what Erase returns. It returns the report also when it fails.
func (c *Privacy) Sweep(ctx context.Context, at time.Time, keep Retention) (*SweepReport, error) {
	report := &SweepReport{}
	if err := keep.check(); err != nil {
		return report, wrap("Privacy.Sweep", "", "", err)
	}
	s := sweep{c, utc(at), keep, report}
	for _, step := range []func(context.Context) error{s.resume, s.interactions, s.customers, s.proofs} {
		if err := step(ctx); err != nil {
			return report, wrap("Privacy.Sweep", "", "", err)
		}
	}
	return report, nil
}

func (keep *Retention) check() error {
	var f faults
	age := func(field string, d time.Duration) {
		if d < 0 {
			f.add(field, d.String(), "0 or more")
		}
	}
	for i, r := range keep.Interactions {
		f.in("interactions", i)
		if _, err := path.Match(r.Kind, ""); err != nil {
			f.add("kind", r.Kind, "a pattern as path.Match has it")
		}
		age("keep", r.Keep)
	}
	f.in("", 0)
	age("visitors", keep.Visitors)
	age("customers", keep.Customers)
	age("proofs", keep.Proofs)
	return f.err()
}

// rule returns how long interactions of a kind are kept, 0 for ever.
func (keep *Retention) rule(kind InteractionKind) time.Duration {
	for _, r := range keep.Interactions {
		if ok, _ := path.Match(r.Kind, string(kind)); ok || r.Kind == "" {
			return r.Keep
		}
	}
	return 0
}

// shortest is the shortest time that any interaction is kept, 0 for ever.
func (keep *Retention) shortest() time.Duration {
	least := keep.Visitors
	for _, r := range keep.Interactions {
		if r.Keep > 0 && (least == 0 || r.Keep < least) {
			least = r.Keep
		}
	}
	return least
}

type sweep struct {
	c      *Privacy
	at     time.Time
	keep   Retention
	report *SweepReport
}

// walk calls f with the records of a range of a table, some hundred in each
// transaction, and adds what it counts to the report when that is committed.
func walk[T any](ctx context.Context, s sweep, t *store.Table[T], rg store.Range, f func(tx *Tx, v *T, r *SweepReport) error) error {
	rg.Limit = sweepRecords
	for next := ""; ; {
		var page store.Page[T]
		var counted SweepReport
		one := func(tx *Tx) (err error) {
			counted = SweepReport{}
			if page, err = t.Page(tx.st, rg, next); err != nil {
				return err
			}
			for _, v := range page.Items {
				if err := f(tx, v, &counted); err != nil {
					return err
				}
			}
			return nil
		}
		run := s.c.update
		if s.keep.DryRun {
			run = s.c.view
		}
		if err := run(ctx, "Privacy.Sweep", "", "", one); err != nil {
			return err
		}
		s.report.Interactions += counted.Interactions
		s.report.Visitors += counted.Visitors
		s.report.Proofs += counted.Proofs
		if next = page.Next; next == "" {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// resume finishes erasures that were interrupted.
func (s sweep) resume(ctx context.Context) error {
	for e, err := range s.c.Erasures(ctx) {
		if err != nil {
			return err
		}
		if !e.FinishedAt.IsZero() {
			continue
		}
		if s.report.Resumed++; s.keep.DryRun {
			continue
		}
		if _, err := s.c.Erase(ctx, e.IDs[0]); err != nil {
			return err
		}
	}
	return nil
}

func (s sweep) interactions(ctx context.Context) error {
	least := s.keep.shortest()
	if least == 0 {
		return nil
	}
	t := s.c.book.interactions
	rg := store.Prefix(t.Key())
	rg.To = keyOf(t, firstInteraction(s.at.Add(-least)))
	return walk(ctx, s, t, rg, func(tx *Tx, i *Interaction, r *SweepReport) error {
		age := s.at.Sub(i.OccurredAt)
		count := &r.Interactions
		if keep := s.keep.rule(i.Kind); keep == 0 || age <= keep {
			if s.keep.Visitors == 0 || age <= s.keep.Visitors || !isVisitor(i.CustomerID) {
				return nil
			}
			if root, _, err := tx.root(i.CustomerID); err != nil || !isVisitor(root) {
				return err
			}
			count = &r.Visitors
		}
		if *count++; s.keep.DryRun {
			return nil
		}
		return tx.Interactions.Delete(ctx, i.ID)
	})
}

// customers erases who is gone, one after the other.
func (s sweep) customers(ctx context.Context) error {
	if s.keep.Customers == 0 {
		return nil
	}
	since := s.at.Add(-s.keep.Customers)
	for v, err := range s.c.customersOf().List(ctx, CustomerQuery{}) {
		if err != nil {
			return err
		}
		due, err := see(ctx, s.c.conn, "Privacy.Sweep", "customer", string(v.ID), func(tx *Tx) (bool, error) { return tx.unseen(v.ID, since) })
		if err != nil {
			return err
		}
		if !due {
			continue
		}
		if s.keep.DryRun {
			s.report.Customers++
			continue
		}
		e, err := change(ctx, s.c.conn, "Privacy.Sweep", "customer", string(v.ID), func(tx *Tx) (*Erasure, error) {
			if due, err := tx.unseen(v.ID, since); !due || err != nil { // they came back meanwhile
				return nil, err
			}
			return tx.beginErasure(v.ID)
		})
		if err != nil {
			return err
		}
		if e == nil {
			continue
		}
		s.report.Customers++
		if _, err := s.c.finish(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (c *Privacy) customersOf() *Customers { return &Customers{c.conn} }

// unseen reports whether a person has no orders and was not seen since a time.
func (tx *Tx) unseen(id CustomerID, since time.Time) (bool, error) {
	ids, err := tx.cluster(id)
	if err != nil {
		return false, err
	}
	b, latest := tx.book, span{newest: true, limit: 1}
	lanes := lanesOf(nil, b.orders.Index("customer").Key(), 0, ids)
	lanes = lanesOf(lanes, b.refunds.Index("customer").Key(), 0, ids)
	if stops, _, err := tx.gather(lanes, latest); err != nil || len(stops) > 0 {
		return false, err
	}
	lanes = lanesOf(nil, b.interactions.Index("customer").Key(), 0, ids)
	lanes = lanesOf(lanes, b.consents.Index("customer").Key(), 0, ids)
	stops, _, err := tx.gather(lanes, latest)
	if err != nil {
		return false, err
	}
	if len(stops) > 0 && !stops[0].at.Before(since) {
		return false, nil
	}
	members, err := many(tx, b.customers, customersOf(ids))
	for _, v := range members {
		if v != nil && !cmp.Or(v.FirstSeenAt, v.CreatedAt).Before(since) {
			return false, nil
		}
	}
	return err == nil, err
}

// proofs takes what is personal out of entries that hold no more.
func (s sweep) proofs(ctx context.Context) error {
	if s.keep.Proofs == 0 {
		return nil
	}
	t := s.c.book.consents
	return walk(ctx, s, t, store.Range{}, func(tx *Tx, v *Consent, r *SweepReport) error {
		if s.at.Sub(v.OccurredAt) <= s.keep.Proofs || s.at.Sub(v.CreatedAt) <= s.keep.Proofs {
			return nil
		}
		bare := t.Redact(v)
		if *bare == *v {
			return nil
		}
		held, err := found(tx.book.permissions.Load(tx.st, keyOf(tx.book.permissions, v.CustomerID)))
		if err != nil {
			return err
		}
		if held != nil {
			for _, p := range held.Value.Held {
				if p.ConsentID == v.ID {
					return nil
				}
			}
		}
		if r.Proofs++; s.keep.DryRun {
			return nil
		}
		return t.Put(tx.st, bare)
	})
}

package duplicates

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/duplicates/internal/linkage"
	"github.com/seed-9cb3708a/clientele/store"
)

// Decide records whether two customers are one person. They need not be in the
// queue, and stand for the persons whom their ids are of. All of it is one
// transaction.
//
// [Same] merges them: the survivor is whom [crm.Customers.PreviewMerge] chooses.
// [Different] is remembered for ever. Two who are one already are made two by it,
// as [crm.Customers.Unmerge] does. Either takes back the other.
//
// Decide returns an [*crm.InvalidError] for a verdict that is none or twice the
// same customer, [crm.ErrNotFound] for an id of nobody, [crm.ErrErased] for a
// person who was, and what [crm.Customers.Merge] returns.
func (f *Finder) Decide(ctx context.Context, a, b crm.CustomerID, v Verdict) (*Decision, error) {
	var d *Decision
	err := f.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
		d, err = f.decide(ctx, tx, a, b, v, false)
		return err
	})
	if err != nil {
		return nil, wrap("Decide", string(a), err)
	}
	return d, nil
}

func (f *Finder) decide(ctx context.Context, tx *crm.Tx, a, b crm.CustomerID, v Verdict, automatic bool) (*Decision, error) {
	if v != Same && v != Different {
		return nil, &crm.InvalidError{Fields: []crm.FieldError{{Field: "verdict", Value: string(v), Want: `one of "same", "different"`}}}
	}
	if a == b {
		return nil, &crm.InvalidError{Fields: []crm.FieldError{{Field: "b", Value: string(b), Want: "another customer"}}}
	}
	for _, id := range [...]crm.CustomerID{a, b} {
		if c, err := tx.Customers.Get(ctx, id); err != nil {
			return nil, err
		} else if !c.ErasedAt.IsZero() {
			return nil, crm.ErrErased
		}
	}
	d := &Decision{Verdict: v, Automatic: automatic, Actor: crm.Actor(ctx), DecidedAt: tx.Now()}
	p, err := tx.Customers.PreviewMerge(ctx, a, b)
	if err != nil {
		return nil, err
	}
	one := p.Survivor == p.Absorbed
	if v == Different && one {
		if err := f.part(ctx, tx, a, b); err != nil {
			return nil, err
		}
		d.A, d.B = ordered(a, b)
	} else {
		d.A, d.B = ordered(p.Survivor, p.Absorbed)
	}
	if v == Same {
		if _, err := tx.Customers.Merge(ctx, p.Absorbed, p.Survivor); err != nil {
			return nil, err
		}
	}
	if err := f.forget(ctx, tx, d); err != nil {
		return nil, err
	}
	return d, f.decisions.Put(tx.Store(), d)
}

// part makes two persons of one, so that a is of one of them and b of the other.
func (f *Finder) part(ctx context.Context, tx *crm.Tx, a, b crm.CustomerID) error {
	members, err := tx.Customers.Members(ctx, a)
	if err != nil {
		return err
	}
	// An id stands before those that were merged into it: the later one leaves
	// without the other.
	if slices.Index(members, a) > slices.Index(members, b) {
		b = a
	}
	_, err = tx.Customers.Unmerge(ctx, b)
	return err
}

// forget removes what a decision settles: what is in the queue of the two
// persons, and earlier decisions about them. After a merge both are one.
func (f *Finder) forget(ctx context.Context, tx *crm.Tx, d *Decision) error {
	who := personsIn(tx)
	a, err := who.root(ctx, d.A)
	if err != nil {
		return err
	}
	b, err := who.root(ctx, d.B)
	if err != nil {
		return err
	}
	members, err := tx.Customers.Members(ctx, a)
	if err != nil {
		return err
	}
	settles := func(s, t crm.CustomerID) (bool, error) {
		s, err := who.root(ctx, s)
		if err != nil {
			return false, err
		}
		t, err = who.root(ctx, t)
		return s == a && t == b || s == b && t == a, err
	}
	queued, decided := f.suggestions.Index("customer"), f.decisions.Index("customer")
	for _, id := range members {
		for s, err := range queued.Scan(tx.Store(), store.Prefix(queued.Key().String(string(id)))) {
			if err != nil {
				return err
			}
			if ok, err := settles(s.A, s.B); err != nil {
				return err
			} else if ok {
				if err := f.suggestions.Delete(tx.Store(), f.key(s.A, s.B)); err != nil && !errors.Is(err, crm.ErrNotFound) {
					return err
				}
			}
		}
		for o, err := range decided.Scan(tx.Store(), store.Prefix(decided.Key().String(string(id)))) {
			if err != nil {
				return err
			}
			// That others of one person were merged stays to be known.
			if ok, err := settles(o.A, o.B); err != nil {
				return err
			} else if ok && (o.Verdict == Different || d.Verdict == Different) {
				if err := f.decisions.Delete(tx.Store(), f.decided(o.A, o.B)); err != nil && !errors.Is(err, crm.ErrNotFound) {
					return err
				}
			}
		}
	}
	return nil
}

// DecisionQuery selects decisions. The zero value selects all.
type DecisionQuery struct {
	Limit int    // of a page; 0 means 100
	After string // the Next of the page before
}

// Decisions returns one page of what was decided, the latest first: for whoever
// wants to look again at what was merged automatically, and take it back with
// Decide and [Different]. It returns [crm.ErrInvalid] for an After that is not of
// such a page.
func (f *Finder) Decisions(ctx context.Context, q DecisionQuery) (crm.Page[Decision], error) {
	var page crm.Page[Decision]
	err := f.book.View(ctx, func(_ context.Context, tx *crm.Tx) (err error) {
		page, err = f.decisions.Index("time").Page(tx.Store(), store.Range{Limit: q.Limit}, q.After)
		return err
	})
	return page, wrap("Decisions", "", err)
}

// MergeAutomatic merges what is in BandSure, the best first, and returns how many
// merges that were. It is never called but by the shop. Each is a transaction and
// a [Decision] of its own, and can be undone: by Decide with [Different] or by
// [crm.Customers.Unmerge]; the two are never offered again then.
//
// A pair is left alone when PreviewMerge names a blocker, when a record of one
// contradicts one of the other, and, until the next search has ended, when one of
// the two was changed since the last one began. MergeAutomatic stops at the first
// error, and returns ctx's or one of the store.
func (f *Finder) MergeAutomatic(ctx context.Context) (int, error) {
	n := 0
	for after := ""; ; {
		if err := f.undone(ctx); err != nil {
			return n, wrap("MergeAutomatic", "", err)
		}
		page, err := f.Page(ctx, Query{Band: BandSure, After: after})
		if err != nil {
			return n, err
		}
		for _, s := range page.Items {
			done := false
			err := f.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
				done, err = f.mergeSure(ctx, tx, s)
				return err
			})
			if err != nil {
				return n, wrap("MergeAutomatic", string(s.A), err)
			}
			if done {
				n++
			}
		}
		if after = page.Next; after == "" {
			return n, nil
		}
	}
}

// mergeSure merges a pair that is still sure.
func (f *Finder) mergeSure(ctx context.Context, tx *crm.Tx, s *Suggestion) (bool, error) {
	p, err := tx.Customers.PreviewMerge(ctx, s.A, s.B)
	if errors.Is(err, crm.ErrNotFound) || err == nil && len(p.Blockers) > 0 {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if ok, err := f.stands(ctx, tx, s); err != nil || !ok {
		return false, err
	}
	if apart, err := f.known(ctx, tx, personsIn(tx), p.Survivor, p.Absorbed); err != nil || apart {
		return false, err
	}
	_, err = f.decide(ctx, tx, s.A, s.B, Same, true)
	return err == nil, err
}

// stands reports whether what was found of a pair still stands: none of the
// records of both was changed since the book was read, and none of one's
// contradicts one of the other's, whoever was merged into them.
func (f *Finder) stands(ctx context.Context, tx *crm.Tx, s *Suggestion) (bool, error) {
	r, err := f.last(tx)
	if err != nil {
		return false, err
	}
	index, first := linkage.NewIndex(), 0
	var p linkage.Person
	for _, id := range [...]crm.CustomerID{s.A, s.B} {
		records, err := tx.Customers.Records(ctx, id)
		if err != nil {
			return false, err
		}
		first = index.Len()
		for _, c := range records {
			if c.UpdatedAt.After(r.Report.At) {
				return false, nil
			}
			personOf(c, &p)
			index.Add(&p)
		}
	}
	for a := range first {
		for b := first; b < index.Len(); b++ {
			if index.Contradict(a, b) {
				return false, nil
			}
		}
	}
	return true, nil
}

package crm

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// A MergePreview tells what merging two customers would do.
type MergePreview struct {
	Survivor CustomerID     `json:"survivor"` // whom the rules would keep in front: give it to Merge as into
	Absorbed CustomerID     `json:"absorbed"`
	Reason   string         `json:"reason"`            // which rule chose the survivor
	Blockers []MergeConcern `json:"blockers,omitzero"` // what forbids it; Merge does it when there are none
	Warnings []MergeConcern `json:"warnings,omitzero"` // what somebody should look at first
	Customer *Customer      `json:"customer,omitzero"` // the whole as it would be; nil when it is forbidden
	Totals   *Aggregates    `json:"aggregates,omitzero"`
	Members  int            `json:"members"` // how many ids the whole would have
}

// A MergeConcern is something that speaks against a merge.
type MergeConcern struct {
	Rule string `json:"rule"` // "same_person", "erased", "too_many", "other_ref", "other_birthday", "other_account"
	Text string `json:"text"` // in words, without personal data
}

// PreviewMerge tells what merging two customers would do, and changes nothing.
// The order of the two is of no account. The survivor is who has an account,
// else who is known to a source, else who ordered more, else who was seen
// first, else whose id is smaller. PreviewMerge returns [ErrNotFound] for an id
// of nobody.
func (c *Customers) PreviewMerge(ctx context.Context, a, b CustomerID) (*MergePreview, error) {
	return see(ctx, c.conn, "Customers.PreviewMerge", "customer", string(a), func(tx *Tx) (*MergePreview, error) {
		return tx.preview(a, b)
	})
}

// Merge makes two customers one person, and returns the whole: into's record,
// completed by from's. No record moves. Every fact keeps the id it was recorded
// under, both ids stay valid everywhere, and what is asked of either is answered
// for both, until [Customers.Unmerge]. What the sources go on to say of either
// is recorded as if they were apart. What one has withdrawn, the other has from
// now on.
//
// An id that was merged before stands for the person it belongs to. Merge
// returns [ErrNotFound] for an id of nobody, [ErrErased] for a person who was,
// [ErrExists] when the two are one already, and [ErrInvalid] when they would be
// more than 100 ids.
func (c *Customers) Merge(ctx context.Context, from, into CustomerID) (*Customer, error) {
	return change(ctx, c.conn, "Customers.Merge", "customer", string(from), func(tx *Tx) (*Customer, error) {
		if err := tx.merge(from, into); err != nil {
			return nil, err
		}
		return tx.view(into)
	})
}

// Unmerge takes an id, with those that were merged into it, out of the person
// it was merged into, and returns the customer who is so on their own again.
// Both are exactly what their own records say. What was changed of the whole
// stays with the survivor; and what was withdrawn stays withdrawn for both.
// Unmerge returns [ErrNotFound] for an id that was not merged into another.
func (c *Customers) Unmerge(ctx context.Context, id CustomerID) (*Customer, error) {
	return change(ctx, c.conn, "Customers.Unmerge", "customer", string(id), func(tx *Tx) (*Customer, error) {
		if isVisitor(id) {
			return nil, ErrNotFound
		}
		from, err := tx.leave(id)
		if err != nil {
			return nil, err
		}
		tx.merged(CustomerUnmerged, id, from, tx.now)
		return tx.view(id)
	})
}

// Members returns the ids of the customers who were merged into one person with
// this one, the survivor's first. An id that was never merged is alone.
func (c *Customers) Members(ctx context.Context, id CustomerID) ([]CustomerID, error) {
	return see(ctx, c.conn, "Customers.Members", "customer", string(id), func(tx *Tx) ([]CustomerID, error) {
		ids, err := tx.cluster(id)
		return customersOf(ids), err
	})
}

// merge is Customers.Merge.
func (tx *Tx) merge(from, into CustomerID) error {
	p, err := tx.pair(from, into)
	if err != nil {
		return err
	}
	if err := p.forbidden(); err != nil {
		return err
	}
	if err := tx.join(p.a[0].ID, p.b[0].ID); err != nil {
		return err
	}
	tx.merged(CustomerMerged, p.a[0].ID, p.b[0].ID, tx.now)
	return nil
}

// survivor tells which of two customers stays in front when they are merged.
func (tx *Tx) survivor(a, b CustomerID) (keep, gone CustomerID, err error) {
	p, err := tx.pair(a, b)
	if err != nil {
		return "", "", err
	}
	keep, gone, _, err = tx.choose(p)
	return keep, gone, err
}

// A pair is two persons who may be one.
type pair struct {
	a, b []*link // their families
	v, w *Customer
}

func (tx *Tx) pair(a, b CustomerID) (p pair, err error) {
	for _, side := range []struct {
		id    CustomerID
		links *[]*link
		v     **Customer
	}{{a, &p.a, &p.v}, {b, &p.b, &p.w}} {
		if *side.links, err = tx.family(side.id); err != nil {
			return p, err
		}
		if _, *side.v, err = tx.whole(*side.links); err != nil {
			return p, of("customer", side.id, err)
		}
	}
	return p, nil
}

// blockers tells what forbids to merge.
func (p pair) blockers() (list []MergeConcern) {
	if p.v.ID == p.w.ID {
		return []MergeConcern{{"same_person", "the two are one person already"}}
	}
	if !p.v.ErasedAt.IsZero() || !p.w.ErasedAt.IsZero() {
		list = append(list, MergeConcern{"erased", "one of them was erased"})
	}
	if n := len(p.a) + len(p.b); n > maxCluster {
		list = append(list, MergeConcern{"too_many", fmt.Sprintf("%d ids together, want at most %d", n, maxCluster)})
	}
	return list
}

// forbidden returns the first blocker as an error.
func (p pair) forbidden() error {
	list := p.blockers()
	switch {
	case len(list) == 0:
		return nil
	case list[0].Rule == "same_person":
		return fmt.Errorf("%s: %w", list[0].Text, ErrExists)
	case list[0].Rule == "erased":
		return ErrErased
	}
	return fmt.Errorf("%s: %w", list[0].Text, ErrInvalid)
}

// warnings tells what somebody should look at before they merge.
func (p pair) warnings() (list []MergeConcern) {
	for _, r := range p.v.Refs {
		if contradict([]Ref{r}, p.w.Refs) {
			list = append(list, MergeConcern{"other_ref", fmt.Sprintf("source %s knows them as two", r.Source)})
		}
	}
	if p.v.Birthday != "" && p.w.Birthday != "" && p.v.Birthday != p.w.Birthday {
		list = append(list, MergeConcern{"other_birthday", "their birthdays differ"})
	}
	if p.v.Account && p.w.Account {
		list = append(list, MergeConcern{"other_account", "both have an account"})
	}
	return list
}

// choose tells who of a pair survives, and why.
func (tx *Tx) choose(p pair) (keep, gone CustomerID, why string, err error) {
	v, w := p.v, p.w
	order := func(one, other bool) int {
		return map[bool]int{true: 1}[one] - map[bool]int{true: 1}[other]
	}
	x, err := tx.aggregates(v.ID)
	if err != nil {
		return "", "", "", err
	}
	y, err := tx.aggregates(w.ID)
	if err != nil {
		return "", "", "", err
	}
	for _, rule := range []struct {
		why string
		cmp int // above 0 for v
	}{
		{"has an account", order(v.Account, w.Account)},
		{"is known to a source", order(len(v.Refs) > 0, len(w.Refs) > 0)},
		{"ordered more", cmp.Compare(x.Orders, y.Orders)},
		{"was seen first", -v.FirstSeenAt.Compare(w.FirstSeenAt)},
		{"has the smaller id", -cmp.Compare(v.ID, w.ID)},
	} {
		switch {
		case rule.cmp > 0:
			return v.ID, w.ID, rule.why, nil
		case rule.cmp < 0:
			return w.ID, v.ID, rule.why, nil
		}
	}
	return v.ID, w.ID, "", nil
}

// preview is Customers.PreviewMerge.
func (tx *Tx) preview(a, b CustomerID) (*MergePreview, error) {
	p, err := tx.pair(a, b)
	if err != nil {
		return nil, err
	}
	m := &MergePreview{Blockers: p.blockers(), Warnings: p.warnings(), Members: len(p.a) + len(p.b)}
	if m.Survivor, m.Absorbed, m.Reason, err = tx.choose(p); err != nil || len(m.Blockers) > 0 {
		return m, err
	}
	links, gone, whole := p.a, p.b, p.v
	if m.Survivor == p.w.ID {
		links, gone, whole = p.b, p.a, p.w
	}
	_, other, err := tx.whole(gone)
	if err != nil {
		return nil, err
	}
	whole.complete(other)
	m.Customer = whole
	var ids []CustomerID
	for _, l := range slices.Concat(links, gone) {
		ids = append(ids, l.ID)
	}
	m.Totals, err = tx.sum(m.Survivor, customersOf(ids))
	return m, err
}

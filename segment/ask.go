package segment

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
)

// A Preview tells of whom a rule is true, before it is a segment.
type Preview struct {
	Count  int              `json:"count"`
	Sample []crm.CustomerID `json:"sample,omitzero"` // some of them, from all over; always the same ones of the same members
	At     time.Time        `json:"at"`              // as of when
}

// Count returns how many members a segment has now, or [crm.ErrNotFound]. It is
// the number that [Catalog.Members] yields.
func (c *Catalog) Count(ctx context.Context, id ID) (int, error) {
	_, members, err := c.members(ctx, id)
	if err != nil {
		return 0, wrap("Count", id, err)
	}
	return int(members.GetCardinality()), nil
}

// Members yields who is in a segment now, each person once under the survivor's
// id, in the order in which the catalog came to know them. They are worked out
// at once, by everything that was committed before the call, and yielded outside
// of any transaction. It yields at most one error, last.
func (c *Catalog) Members(ctx context.Context, id ID) iter.Seq2[crm.CustomerID, error] {
	return c.yield(ctx, "Members", id, func() (*known, *roaring.Bitmap, error) { return c.members(ctx, id) })
}

// Select yields of whom a rule is true now, as [Catalog.Members] does. What is
// wrong with the rule it yields as a [*RuleError].
func (c *Catalog) Select(ctx context.Context, r Rule) iter.Seq2[crm.CustomerID, error] {
	return c.yield(ctx, "Select", "", func() (*known, *roaring.Bitmap, error) {
		k, members, _, err := c.answer(ctx, r)
		return k, members, err
	})
}

// Preview tells of how many customers a rule is true now, with at most n of
// them. What is wrong with the rule it returns as a [*RuleError].
func (c *Catalog) Preview(ctx context.Context, r Rule, n int) (*Preview, error) {
	k, members, at, err := c.answer(ctx, r)
	if err != nil {
		return nil, wrap("Preview", "", err)
	}
	count := members.GetCardinality()
	p := &Preview{Count: int(count), At: at}
	k.base.RLock()
	defer k.base.RUnlock()
	for i := range uint64(max(n, 0)) {
		if i >= count {
			break
		}
		ordinal, err := members.Select(uint32(i * count / min(uint64(n), count)))
		if err != nil {
			break // never: there are so many
		}
		if id := k.base.ID(ordinal); id != "" {
			p.Sample = append(p.Sample, crm.CustomerID(id))
		}
	}
	return p, nil
}

// Has reports whether the person whom an id is of is in a segment now. It
// returns [crm.ErrNotFound] for a segment that there is not; nobody is in none.
func (c *Catalog) Has(ctx context.Context, id ID, customer crm.CustomerID) (bool, error) {
	k, err := c.fresh(ctx)
	if err != nil {
		return false, wrap("Has", id, err)
	}
	p, err := k.program(id)
	if err != nil {
		return false, wrap("Has", id, err)
	}
	ordinal, ok, err := c.ordinal(ctx, k, customer)
	if err != nil || !ok {
		return false, wrap("Has", id, err)
	}
	at := c.now().UnixMilli()
	edges, err := c.edges(ctx, k, p, at)
	if err != nil {
		return false, wrap("Has", id, err)
	}
	answers, err := p.Has(ordinal, at, edges, nil)
	return len(answers) == 1 && answers[0], wrap("Has", id, err)
}

// Of returns the segments that the person whom an id is of is in now, by name;
// nil when there are none, or nobody has the id.
func (c *Catalog) Of(ctx context.Context, customer crm.CustomerID) ([]*Segment, error) {
	k, err := c.fresh(ctx)
	if err != nil {
		return nil, wrap("Of", "", err)
	}
	ordinal, ok, err := c.ordinal(ctx, k, customer)
	if err != nil || !ok {
		return nil, wrap("Of", "", err)
	}
	list, err := c.segmentsOf(ctx, k, ordinal)
	return list, wrap("Of", "", err)
}

func (c *Catalog) segmentsOf(ctx context.Context, k *known, ordinal uint32) ([]*Segment, error) {
	p, err := k.whole()
	if err != nil {
		return nil, err
	}
	at := c.now().UnixMilli()
	edges, err := c.edges(ctx, k, p, at)
	if err != nil {
		return nil, err
	}
	answers, err := p.Has(ordinal, at, edges, nil)
	if err != nil {
		return nil, err
	}
	var list []*Segment
	for i, in := range answers {
		if in {
			s := k.definitions[i].Segment
			list = append(list, &s)
		}
	}
	slices.SortFunc(list, func(a, b *Segment) int { return strings.Compare(fold(a.Name), fold(b.Name)) })
	return list, nil
}

// Overlap returns how many members segments have in common: that of the i-th
// and the j-th stands in [i][j], and in [i][i] is the number of the i-th. It
// returns [crm.ErrNotFound] for a segment that there is not.
func (c *Catalog) Overlap(ctx context.Context, ids ...ID) ([][]int, error) {
	k, err := c.fresh(ctx)
	if err != nil {
		return nil, wrap("Overlap", "", err)
	}
	sets, err := c.sets(ctx, k, ids)
	if err != nil {
		return nil, err
	}
	return overlaps(sets), nil
}

// overlaps returns how many sets have in common.
func overlaps(sets []*roaring.Bitmap) [][]int {
	matrix := make([][]int, len(sets))
	for i := range sets {
		matrix[i] = make([]int, len(sets))
		for j := range i {
			matrix[i][j] = int(sets[i].AndCardinality(sets[j]))
			matrix[j][i] = matrix[i][j]
		}
		matrix[i][i] = int(sets[i].GetCardinality())
	}
	return matrix
}

// sets returns who is in each of some segments: of most of them, in one pass.
func (c *Catalog) sets(ctx context.Context, k *known, ids []ID) ([]*roaring.Bitmap, error) {
	at := c.now().UnixMilli()
	sets := make([]*roaring.Bitmap, len(ids))
	var all []*roaring.Bitmap
	if 2*len(ids) > len(k.definitions) {
		p, err := k.whole()
		if err == nil {
			all, err = c.runAll(ctx, k, p, at)
		}
		if err != nil {
			return nil, wrap("Overlap", "", err)
		}
	}
	for i, id := range ids {
		p, err := k.program(id)
		switch {
		case err == nil && all != nil:
			sets[i] = all[slices.IndexFunc(k.definitions, func(d *definition) bool { return d.ID == id })]
		case err == nil:
			sets[i], err = c.run(ctx, k, p, at)
		}
		if err != nil {
			return nil, wrap("Overlap", id, err)
		}
	}
	return sets, nil
}

// members returns who is in a segment.
func (c *Catalog) members(ctx context.Context, id ID) (*known, *roaring.Bitmap, error) {
	k, err := c.fresh(ctx)
	if err != nil {
		return nil, nil, err
	}
	p, err := k.program(id)
	if err != nil {
		return nil, nil, err
	}
	set, err := c.run(ctx, k, p, c.now().UnixMilli())
	return k, set, err
}

// answer returns of whom a rule is true.
func (c *Catalog) answer(ctx context.Context, r Rule) (*known, *roaring.Bitmap, time.Time, error) {
	k, err := c.fresh(ctx)
	if err != nil {
		return nil, nil, time.Time{}, err
	}
	if r, err = r.in(k.vocabulary); err != nil {
		return nil, nil, time.Time{}, err
	}
	p, err := k.engine.Compile(r.node)
	if err != nil {
		return nil, nil, time.Time{}, err
	}
	at := c.now()
	set, err := c.run(ctx, k, p, at.UnixMilli())
	return k, set, at, err
}

// run asks everybody about the only rule of a program.
func (c *Catalog) run(ctx context.Context, k *known, p *eval.Program, at int64) (*roaring.Bitmap, error) {
	sets, err := c.runAll(ctx, k, p, at)
	if err != nil {
		return nil, err
	}
	return sets[0], nil
}

// runAll asks everybody about all rules of a program.
func (c *Catalog) runAll(ctx context.Context, k *known, p *eval.Program, at int64) ([]*roaring.Bitmap, error) {
	edges, err := c.edges(ctx, k, p, at)
	if err != nil {
		return nil, err
	}
	return p.Run(ctx, at, edges)
}

// ordinal returns the number of the person whom an id is of.
func (c *Catalog) ordinal(ctx context.Context, k *known, id crm.CustomerID) (ordinal uint32, ok bool, err error) {
	k.base.RLock()
	ordinal, ok = k.base.Ordinal(string(id))
	k.base.RUnlock()
	if ok {
		return ordinal, true, nil
	}
	members, err := c.book.Customers.Members(ctx, id)
	if err != nil || len(members) == 0 || members[0] == id {
		return 0, false, err
	}
	k.base.RLock()
	defer k.base.RUnlock()
	ordinal, ok = k.base.Ordinal(string(members[0]))
	return ordinal, ok, nil
}

// idsAtOnce is how many ids are looked up while the columns are locked.
const idsAtOnce = 1024

// yield yields the ids of a set that is worked out first.
func (c *Catalog) yield(ctx context.Context, op string, id ID, work func() (*known, *roaring.Bitmap, error)) iter.Seq2[crm.CustomerID, error] {
	return func(yield func(crm.CustomerID, error) bool) {
		k, set, err := work()
		if err != nil {
			yield("", wrap(op, id, err))
			return
		}
		ordinals := make([]uint32, idsAtOnce)
		ids := make([]crm.CustomerID, 0, idsAtOnce)
		for it := set.ManyIterator(); ; {
			n := it.NextMany(ordinals)
			if n == 0 {
				return
			}
			ids = ids[:0]
			k.base.RLock()
			for _, ordinal := range ordinals[:n] {
				if id := k.base.ID(ordinal); id != "" { // who has left the book meanwhile has none
					ids = append(ids, crm.CustomerID(id))
				}
			}
			k.base.RUnlock()
			for _, customer := range ids {
				if err := ctx.Err(); err != nil {
					yield("", wrap(op, id, err))
					return
				}
				if !yield(customer, nil) {
					return
				}
			}
		}
	}
}

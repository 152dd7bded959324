package duplicates

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/duplicates/internal/linkage"
	"github.com/seed-9cb3708a/clientele/store"
)

// A memory is what Similar compares with: the persons as they were at a cursor of
// the feed, and those who changed since.
type memory struct {
	mu     sync.Mutex
	linker *linkage.Linker
	at     store.Cursor
	ids    []crm.CustomerID       // by number
	number map[crm.CustomerID]int // of those who changed; -1 for who is gone
	first  int                    // number of the first of these
}

// maxChanged is how many changes of persons are compared one by one, before
// everybody is read again.
const maxChanged = 2000

// Similar returns up to limit customers who may be of one person with a customer,
// the best first; 0 means 10. It knows everything that was recorded before the
// call, whether or not the book was searched since, and leaves out whom it is
// known of that they are different. Band, Group and Conflict of what it returns
// are as of a pair alone.
//
// The first call reads the whole book and keeps some 700 bytes a customer in
// memory, which later calls bring up to date from the feed. Similar returns
// [crm.ErrNotFound] for an id of nobody, and [crm.ErrErased] for a person who was
// erased.
func (f *Finder) Similar(ctx context.Context, id crm.CustomerID, limit int) ([]*Suggestion, error) {
	if limit <= 0 {
		limit = 10
	}
	list, err := f.similar(ctx, id)
	return list[:min(limit, len(list))], wrap("Similar", string(id), err)
}

func (f *Finder) similar(ctx context.Context, id crm.CustomerID) ([]*Suggestion, error) {
	c, err := f.book.Customers.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !c.ErasedAt.IsZero() {
		return nil, crm.ErrErased
	}
	m := &f.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.update(ctx, f); err != nil {
		return nil, err
	}
	n, ok := m.find(c.ID)
	if !ok {
		return nil, nil
	}
	var list []*Suggestion
	for _, p := range m.linker.Similar(n, f.opts.Offer, m.first) {
		other := p.A
		if other == n {
			other = p.B
		}
		if now, ok := m.find(m.ids[other]); !ok || now != other {
			continue
		}
		s := suggest(m.ids[p.A], m.ids[p.B], m.linker.Explain(p.A, p.B))
		s.Band = band(p.Probability >= f.opts.Automatic && m.linker.Clear(p.A, p.B), p.Probability)
		s.Group, s.Conflict = s.A, conflict(p.Conflict)
		list = append(list, s)
	}
	err = f.book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		kept := list[:0:0]
		who, seen := personsIn(tx), map[[2]crm.CustomerID]bool{}
		for _, s := range list {
			v := *s
			a, b := v.A, v.B
			root, err := who.root(ctx, a)
			if err != nil {
				return err
			}
			other, err := who.root(ctx, b)
			if err != nil {
				return err
			}
			if root != a || other != b || seen[[2]crm.CustomerID{a, b}] {
				continue
			}
			seen[[2]crm.CustomerID{a, b}] = true
			if apart, err := f.known(ctx, tx, who, a, b); err != nil {
				return err
			} else if apart {
				continue
			}
			v.FoundAt = tx.Now()
			kept = append(kept, &v)
		}
		list = kept
		return nil
	})
	slices.SortFunc(list, better)
	return list, err
}

// find returns the number of a person as they are now.
func (m *memory) find(id crm.CustomerID) (int, bool) {
	if n, ok := m.number[id]; ok {
		return n, n >= 0
	}
	return slices.BinarySearch(m.ids[:m.first], id)
}

// update brings the memory up to date: by what the feed tells, else from the
// beginning.
func (m *memory) update(ctx context.Context, f *Finder) error {
	if m.linker != nil {
		err := m.follow(ctx, f)
		if err == nil && len(m.ids)-m.first <= maxChanged || err != nil && !errors.Is(err, store.ErrCursorExpired) {
			return err
		}
	}
	var at store.Cursor
	err := f.book.View(ctx, func(_ context.Context, tx *crm.Tx) (err error) {
		at, err = tx.Store().Head()
		return err
	})
	if err != nil {
		return err
	}
	all, err := f.read(ctx)
	if err != nil {
		return err
	}
	linker, err := linkage.New(ctx, all.index, true)
	if err != nil {
		return err
	}
	if err := linker.Estimate(ctx); err != nil {
		return err
	}
	m.linker, m.at, m.ids, m.first, m.number = linker, at, all.ids, len(all.ids), map[crm.CustomerID]int{}
	return m.follow(ctx, f)
}

// follow takes in who has changed since.
func (m *memory) follow(ctx context.Context, f *Finder) error {
	changed := map[crm.CustomerID]bool{}
	var order []crm.CustomerID
	at := m.at
	for e, err := range f.book.Events.List(ctx, m.at) {
		if err != nil {
			return err
		}
		at = e.Cursor
		switch e.Kind {
		case crm.CustomerCreated, crm.CustomerUpdated, crm.CustomerMerged, crm.CustomerUnmerged, crm.CustomerErased:
			if !changed[e.CustomerID] {
				changed[e.CustomerID] = true
				order = append(order, e.CustomerID)
			}
		}
	}
	var p linkage.Person
	for _, id := range order {
		c, err := f.book.Customers.Get(ctx, id)
		if err != nil && !errors.Is(err, crm.ErrNotFound) {
			return err
		}
		if err != nil || !c.ErasedAt.IsZero() || c.ID != id {
			m.number[id] = -1
		}
		if err != nil || !c.ErasedAt.IsZero() {
			continue
		}
		personOf(c, &p)
		m.number[c.ID] = m.linker.Add(&p)
		m.ids = append(m.ids, c.ID)
	}
	m.at = at
	return nil
}

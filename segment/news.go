package segment

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// movesAtOnce is how many transitions are written in one transaction.
const movesAtOnce = 500

// tell writes what was not told yet in a transaction, and takes it for told when
// that is committed.
func (l *live) tell(ctx context.Context, tx *crm.Tx) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil || !l.settled {
		return nil
	}
	n := &news{sizes: map[ID]int{}}
	sets, whole, err := l.tellable(tx)
	if err != nil {
		return err
	}
	went := 0
	for _, g := range l.gone {
		if !whole || len(n.moves) >= movesAtOnce || went == movesAtOnce { // until it is known what they leave
			break
		}
		if err := l.leave(ctx, tx, g, sets, n); err != nil {
			return err
		}
		went++
	}
	var ordinals []uint32
	for ordinal := range l.dirty {
		if ordinals = append(ordinals, ordinal); len(ordinals) == movesAtOnce {
			break
		}
	}
	slices.Sort(ordinals)
	l.known.base.RLock()
	for _, ordinal := range ordinals {
		if len(n.moves) >= movesAtOnce {
			break
		}
		id := l.known.base.ID(ordinal)
		for _, m := range sets {
			if in := m.in.Contains(ordinal); in != m.told.Contains(ordinal) && id != "" {
				why, ok := m.why[ordinal]
				if !ok { // it changed while it was told
					why = cause{word: CauseFound, at: tx.Now()}
				}
				n.add(m, ordinal, crm.CustomerID(id), in, why)
			}
		}
		n.asked = append(n.asked, ordinal)
	}
	l.known.base.RUnlock()
	if went+len(n.asked) == 0 {
		return nil
	}
	base, begun := l.base, l.begun
	tx.AfterCommit(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, f := range n.done {
			f()
		}
		l.told += len(n.moves)
		if l.base == base {
			l.gone = l.gone[went:] // which is only added to
		}
		if l.begun != begun {
			l.known = nil // it may have read what was told before this was
		}
		if l.known == nil || l.base != base {
			return // it is about to begin anew
		}
		l.alarm = time.Time{}
		dirty := len(l.dirty)
		for _, ordinal := range n.asked {
			l.clean(ordinal)
		}
		if len(l.dirty) > 0 && (len(n.moves) > 0 || len(l.dirty) < dirty) || len(l.gone) > 0 && whole {
			l.ring() // else their rules are about to be others
		}
	})
	return l.catalog.record(tx, n.moves, n.sizes)
}

// tellable returns the memberships of which something may be told: it is known
// what was, and their rules are still those of the book. The whole of them are
// those that it is known of.
func (l *live) tellable(tx *crm.Tx) (sets []*membership, whole bool, err error) {
	whole = true
	if len(l.dirty)+len(l.gone) == 0 {
		return nil, true, nil
	}
	for _, m := range l.sets {
		if m.told == nil {
			whole = false
			continue
		}
		d, err := l.catalog.segments.Get(tx.Store(), l.catalog.key(m.ID))
		if err != nil && !errors.Is(err, crm.ErrNotFound) {
			return nil, false, err
		}
		if err == nil && d.Version == m.Version && d.RuledAt.Equal(m.RuledAt) {
			sets = append(sets, m)
		}
	}
	return sets, whole, nil
}

// news is what a transaction tells.
type news struct {
	moves []move
	sizes map[ID]int // of the segments concerned
	asked []uint32
	done  []func() // what holds after the commit
}

// add tells that somebody came into a segment, or left it.
func (n *news) add(m *membership, ordinal uint32, id crm.CustomerID, in bool, why cause) {
	if why.at.Before(m.since) {
		why.at = m.since
	}
	n.moves = append(n.moves, move{Transition{SegmentID: m.ID, CustomerID: id, Left: !in, Cause: why.word, At: why.at}, why.event})
	if in {
		n.size(m, ordinal, 1)
		n.done = append(n.done, func() { m.told.Add(ordinal) })
	} else {
		n.size(m, ordinal, -1)
		n.done = append(n.done, func() { m.told.Remove(ordinal) })
	}
}

// size notes that a segment has more members by somebody.
func (n *news) size(m *membership, ordinal uint32, more int) {
	if _, ok := n.sizes[m.ID]; !ok {
		n.sizes[m.ID] = int(m.told.GetCardinality())
	}
	if ordinal != nobody { // who is not in told either
		n.sizes[m.ID] += more
	}
}

// leave tells that somebody left sets who is not in the base any more; of
// somebody who was erased nothing is told.
func (l *live) leave(ctx context.Context, tx *crm.Tx, g leaver, sets []*membership, n *news) error {
	if ordinal, ok := l.known.ordinal(g.id); ok { // who came back
		if g.of != nil {
			g.of.told.Add(ordinal)
			l.soil(ordinal)
		}
		return nil
	}
	why := cause{word: string(crm.CustomerMerged), at: tx.Now()}
	v, err := tx.Customers.Get(ctx, g.id)
	erased := errors.Is(err, crm.ErrNotFound) || err == nil && !v.ErasedAt.IsZero()
	if err != nil && !erased {
		return err
	}
	if erased { // what was written of them while they were is to go, too
		for _, s := range l.catalog.shelves() {
			if _, _, err := s.Erase(tx.Store(), string(g.id), nil, 0); err != nil {
				return err
			}
		}
	}
	for _, m := range sets {
		switch {
		case g.of != nil && g.of != m || g.of == nil && !m.told.Contains(g.ordinal):
		case erased:
			n.size(m, g.ordinal, -1)
			n.done = append(n.done, func() { m.told.Remove(g.ordinal); m.in.Remove(g.ordinal) })
		default:
			n.add(m, g.ordinal, g.id, false, why)
			n.done = append(n.done, func() { m.in.Remove(g.ordinal) })
		}
	}
	return nil
}

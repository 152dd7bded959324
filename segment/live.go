package segment

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/intake"
	"github.com/seed-9cb3708a/clientele/store"
)

// A live finds out who comes into segments and leaves them: it knows who was
// told to be in, and who is. Its zero value knows nothing, until begin.
type live struct {
	catalog *Catalog

	mu      sync.Mutex
	token   string // tells this process from others that keep memberships
	leading bool   // it is this process's turn to tell
	known   *known // as of begin; nil: begin has to be called
	settled bool   // and everybody was asked since
	program *eval.Program
	uses    eval.Uses // of the program
	edges   *eval.Edges
	sets    []*membership // of known.definitions
	timers  timers
	touched map[uint32]*crm.Event // who is to be asked again, and the last event of them
	base    *column.Base          // of whose ordinals they are
	gone    []leaver              // who left the base
	dirty   map[uint32]cause      // who is in something that was not told, or not any more
	alarm   time.Time             // when there was something to tell; zero: there is nothing
	alarms  int
	told    int           // transitions, ever
	at      store.Cursor  // up to which events have been looked at
	moved   chan struct{} // closed when at moves
}

// A leaver is who is not in the base any more.
type leaver struct {
	ordinal uint32
	id      crm.CustomerID
	of      *membership // which they leave; nil: all that they were told to be in
}

// A membership is who is in a segment.
type membership struct {
	*definition
	base *column.Base    // of whose ordinals the sets are
	in   *roaring.Bitmap // when they were last asked
	told *roaring.Bitmap // by transitions
}

// A cause is why somebody is dirty.
type cause struct {
	word  string
	event *crm.Event // nil: none
	at    time.Time
}

func newLive(c *Catalog) *live {
	return &live{catalog: c, token: crm.NewID("flw_", c.book.Now()), moved: make(chan struct{})}
}

// ring says that there is something to tell. No two alarms are of one time.
func (l *live) ring() {
	l.alarms++
	l.alarm = l.catalog.book.Now().Add(-time.Duration(l.alarms % 1_000_000))
}

// wake is when there was something to tell.
func (l *live) wake() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.leading && l.alarm.IsZero() {
		l.ring() // to become the one who tells
	}
	return l.alarm
}

// lead makes l the one who tells, by what is written.
func (l *live) lead() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leading, l.known, l.sets, l.alarm = true, nil, nil, time.Time{}
}

// note takes in what events changed.
func (l *live) note(changes *intake.Changes) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.leading {
		return
	}
	for _, r := range changes.Removed { // also while nothing else is known
		l.gone = append(l.gone, leaver{r.Ordinal, crm.CustomerID(r.ID), nil})
		l.ring()
	}
	if l.known == nil {
		return
	}
	if len(changes.Products) > 0 && (l.program == nil || l.uses.Products) {
		l.known = nil // whom that concerns nobody says
		return
	}
	for _, ch := range changes.Persons {
		if l.program != nil && !concerns(&l.uses, ch) {
			continue
		}
		var last *crm.Event
		if n := len(ch.Events); n > 0 {
			last = ch.Events[n-1]
		}
		l.touched[ch.Ordinal] = last
	}
}

// concerns reports whether a change may be one of what answers follow from.
func concerns(u *eval.Uses, ch *intake.Change) bool {
	if ch.What&intake.Everything != 0 || slices.ContainsFunc(u.Fields, ch.Touches) {
		return true
	}
	for _, s := range u.Sources {
		switch s {
		case "interactions":
			if ch.What&intake.Interactions != 0 && (u.Kinds == nil || ch.Kinds == nil ||
				slices.ContainsFunc(ch.Kinds, func(k string) bool { return slices.Contains(u.Kinds, k) })) {
				return true
			}
		case "refunds":
			if ch.What&intake.Refunds != 0 {
				return true
			}
		default:
			if ch.What&(intake.Orders|intake.Refunds) != 0 {
				return true
			}
		}
	}
	return false
}

// settle asks whoever was touched and whose time has come, and begins anew when
// the segments are others. It is not called by two at once.
func (l *live) settle(ctx context.Context, now time.Time) error {
	k, err := l.catalog.fresh(ctx)
	if err != nil {
		return err
	}
	at := l.catalog.columns.cursor()
	l.mu.Lock()
	leading, begin, why := l.leading, l.known != k, CauseFound
	if !begin && l.edges != nil && now.UnixMilli()-l.edges.At >= thaw.Milliseconds() {
		begin, why = true, CauseEdges
	}
	l.mu.Unlock()
	if !leading {
		return nil
	}
	if begin {
		if err := l.begin(ctx, k, cause{word: why, at: now}); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil { // something changed all of it meanwhile: the next call begins
		return nil
	}
	due := l.timers.due(now.UnixMilli())
	for _, ordinal := range due {
		if _, ok := l.touched[ordinal]; !ok {
			if err := l.ask(ordinal, now, cause{word: CauseTime, at: now}); err != nil {
				return err
			}
		}
	}
	for ordinal, e := range l.touched {
		why := cause{word: CauseFound, at: now}
		if e != nil {
			why = cause{string(e.Kind), e, now}
		}
		if err := l.ask(ordinal, now, why); err != nil {
			return err
		}
		delete(l.touched, ordinal)
	}
	l.at, l.settled = at, true
	close(l.moved)
	l.moved = make(chan struct{})
	return nil
}

// ask asks one person.
func (l *live) ask(ordinal uint32, now time.Time, why cause) error {
	var buffer [64]eval.Answer
	answers, err := l.program.Ask(ordinal, now.UnixMilli(), l.edges, buffer[:0])
	if err != nil {
		return err
	}
	if len(answers) == 0 { // who has left the base: see gone
		return nil
	}
	until := int64(math.MaxInt64)
	differs := false
	for i, a := range answers {
		until = min(until, a.Until)
		m := l.sets[i]
		if a.Holds != m.in.Contains(ordinal) {
			if a.Holds {
				m.in.Add(ordinal)
			} else {
				m.in.Remove(ordinal)
			}
		}
		differs = differs || a.Holds != m.told.Contains(ordinal)
	}
	l.timers.set(ordinal, until)
	switch _, was := l.dirty[ordinal]; {
	case differs && !was:
		l.dirty[ordinal] = why
		l.ring()
	case !differs && was:
		delete(l.dirty, ordinal)
	}
	return nil
}

// begin asks everybody, and reads what was told.
func (l *live) begin(ctx context.Context, k *known, why cause) (err error) {
	now := why.at
	l.mu.Lock()
	old := l.sets
	l.settled, l.program, l.known, l.touched, l.dirty = false, nil, k, map[uint32]*crm.Event{}, map[uint32]cause{} // from here on changes are noted
	if l.base != k.base {                                                                                          // whoever left another one is not found in this one
		l.base, l.gone = k.base, nil
	}
	l.mu.Unlock()
	defer func() {
		if err != nil {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.known = nil
		}
	}()
	c := l.catalog
	program, err := k.whole() // and until l has it, everything that changes is noted
	if err != nil {
		return err
	}
	edges, err := k.edges(ctx, program, now.UnixMilli())
	if err != nil {
		return err
	}
	in, err := program.Run(ctx, now.UnixMilli(), edges)
	if err != nil {
		return err
	}
	sets := make([]*membership, len(k.definitions))
	var ghosts []leaver
	for i, d := range k.definitions {
		if j := slices.IndexFunc(old, func(o *membership) bool { return o.ID == d.ID && o.Version == d.Version && o.base == k.base }); j >= 0 {
			sets[i] = old[j] // which may be about to be told of more
			continue
		}
		m := &membership{definition: d, base: k.base, in: in[i]}
		sets[i] = m
		var gone []crm.CustomerID
		if m.told, gone, err = c.told(ctx, k, d, now); err != nil {
			return err
		}
		if m.told == nil { // nobody has looked at this rule before
			if err := c.call(ctx, census{SegmentID: d.ID, At: now, Version: d.Version}, k.ids(m.in)); err != nil {
				return err
			}
			m.told = m.in.Clone()
		}
		for _, id := range gone {
			ghosts = append(ghosts, leaver{nobody, id, m})
		}
	}
	uses := program.Uses()
	l.mu.Lock()
	l.program, l.uses, l.edges, l.sets, l.timers = program, uses, edges, sets, timers{}
	l.gone = append(l.gone, ghosts...)
	for i, m := range sets {
		m.definition, m.in = k.definitions[i], in[i]
		for it := roaring.Xor(m.in, m.told).Iterator(); it.HasNext(); {
			if ordinal := it.Next(); k.has(ordinal) {
				l.dirty[ordinal] = why
			}
		}
	}
	if len(l.dirty) > 0 || len(l.gone) > 0 {
		l.ring()
	}
	l.mu.Unlock()
	for part := range slices.Chunk(k.ordinals(), askedAtOnce) { // when time changes what
		if err := l.askAll(part, why); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// askedAtOnce is how many people are asked while nothing can be noted.
const askedAtOnce = 256

func (l *live) askAll(ordinals []uint32, why cause) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ordinal := range ordinals {
		if err := l.ask(ordinal, why.at, why); err != nil {
			return err
		}
	}
	return nil
}

// nobody is the ordinal of who is not in the base.
const nobody = math.MaxUint32

// told returns who was told to be in a segment by its rolls and transitions, nil
// when there is no roll of this version of its rule, and those who are in the
// book no more.
func (c *Catalog) told(ctx context.Context, k *known, d *definition, now time.Time) (told *roaring.Bitmap, gone []crm.CustomerID, err error) {
	var in map[crm.CustomerID]bool
	err = c.book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		roll, err := c.lastRoll(tx, d.ID, time.Time{})
		if err != nil || roll == nil || roll.Version != d.Version {
			in = nil
			return err
		}
		in, err = c.membersAt(ctx, tx, d.ID, now)
		return err
	})
	if err != nil || in == nil {
		return nil, nil, err
	}
	told = roaring.New()
	k.base.RLock()
	defer k.base.RUnlock()
	for id := range in {
		if ordinal, ok := k.base.Ordinal(string(id)); ok {
			told.Add(ordinal)
		} else {
			gone = append(gone, id)
		}
	}
	slices.Sort(gone)
	return told, gone, nil
}

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
	left := len(l.gone)
	for _, g := range l.gone {
		if len(n.moves) >= movesAtOnce {
			break
		}
		if err := l.leave(ctx, tx, g, n); err != nil {
			return err
		}
		left--
	}
	went := len(l.gone) - left
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
		why, id := l.dirty[ordinal], l.known.base.ID(ordinal)
		for _, m := range l.sets {
			if in := m.in.Contains(ordinal); in != m.told.Contains(ordinal) && id != "" {
				n.add(m, ordinal, crm.CustomerID(id), in, why)
			}
		}
		n.asked = append(n.asked, ordinal)
	}
	l.known.base.RUnlock()
	if went+len(n.asked) == 0 {
		return nil
	}
	known, base := l.known, l.base
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
		if l.known != known {
			return // it has begun anew, or is about to
		}
		l.alarm = time.Time{}
		for _, ordinal := range n.asked {
			if !slices.ContainsFunc(l.sets, func(m *membership) bool { return m.in.Contains(ordinal) != m.told.Contains(ordinal) }) {
				delete(l.dirty, ordinal)
			}
		}
		if len(l.dirty) > 0 || len(l.gone) > 0 {
			l.ring()
		}
	})
	return l.catalog.record(tx, n.moves, n.sizes)
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
	n.moves = append(n.moves, move{Transition{SegmentID: m.ID, CustomerID: id, Left: !in, Cause: why.word, At: why.at}, why.event})
	if _, ok := n.sizes[m.ID]; !ok {
		n.sizes[m.ID] = int(m.told.GetCardinality())
	}
	switch {
	case in:
		n.sizes[m.ID]++
		n.done = append(n.done, func() { m.told.Add(ordinal) })
	case ordinal != nobody: // who is, is not in told either
		n.sizes[m.ID]--
		n.done = append(n.done, func() { m.told.Remove(ordinal) })
	}
}

// leave tells that somebody left who is not in the base any more; of somebody
// who was erased nothing is told.
func (l *live) leave(ctx context.Context, tx *crm.Tx, g leaver, n *news) error {
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
	for _, m := range l.sets {
		switch {
		case g.of != nil && g.of != m || g.of == nil && !m.told.Contains(g.ordinal) || g.of == nil && l.known.has(g.ordinal):
		case erased:
			n.done = append(n.done, func() { m.told.Remove(g.ordinal); m.in.Remove(g.ordinal) })
		default:
			n.add(m, g.ordinal, g.id, false, why)
			n.done = append(n.done, func() { m.in.Remove(g.ordinal) })
		}
	}
	return nil
}

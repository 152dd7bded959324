package segment

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
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

	settling sync.Mutex // held by who settles
	last     time.Time  // when somebody settled last, by the clock; of who settles

	mu       sync.Mutex
	token    string // tells this process from others that keep memberships
	leading  bool   // it is this process's turn to tell
	known    *known // by which it asks; nil: all is to be begun
	begun    int    // how often it was
	settled  bool   // everybody who was touched has been asked since it began
	wide     bool   // note all that changes: who asks for it is being found out
	busy     bool   // it does what takes longer, or writes: nobody waits for it
	program  *eval.Program
	uses     eval.Uses // of the program
	edges    *eval.Edges
	sets     []*membership // of known.definitions
	timers   timers
	touched  map[uint32]*crm.Event // who is to be asked again, and the last event of them
	products map[uint32]*crm.Event // codes of those of which something else is known, and the event
	version  uint64                // of what is known of products, which was noted
	base     *column.Base          // of whose ordinals they are
	round    round                 // of asking everybody
	gone     []leaver              // who left the base
	dirty    map[uint32]bool       // who came into something or went, which may be to be told
	alarm    time.Time             // when there was something to tell; zero: there is nothing
	alarms   int
	told     int           // transitions, ever
	at       store.Cursor  // up to which events have been looked at
	moved    chan struct{} // closed when at moves
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
	mark     mark // of the rule
	extremes bool // it asks for edges
	deleted  bool
	in       *roaring.Bitmap  // when they were last asked
	told     *roaring.Bitmap  // by transitions; nil: it is being found out
	why      map[uint32]cause // of those who came or went, and of whom it was not told: the last one
	since    time.Time        // transitions are later
	roll     *call            // that is being written while told is nil
	asked    bool             // everybody was, about when time changes it
	from     int              // the chunk of whom the first were asked; -1: nobody was
}

// A cause is why somebody came or went.
type cause struct {
	word  string
	event *crm.Event // nil: none
	at    time.Time
}

func newLive(c *Catalog) *live {
	return &live{catalog: c, token: crm.NewID("flw_", c.book.Now()), moved: make(chan struct{})}
}

// ring says that there is something to tell. No two alarms are of one time, and
// all are over by any clock.
func (l *live) ring() {
	l.alarms++
	l.alarm = time.Unix(0, int64(l.alarms))
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

// isPick reports whether a value is of those whom the shop picked.
func isPick(name string) bool { return strings.HasPrefix(name, picksPrefix) }

// drop forgets what is known of columns that others take the place of.
func (l *live) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known = nil
}

// note takes in what events changed. It is not called by two at once.
func (l *live) note(changes *intake.Changes, batch []*crm.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.leading {
		return
	}
	for _, r := range changes.Removed { // also while nothing else is known
		l.gone = append(l.gone, leaver{r.Ordinal, crm.CustomerID(r.ID), nil})
		l.ring()
	}
	for _, e := range batch {
		if i := slices.IndexFunc(l.sets, func(m *membership) bool { return string(m.ID) == e.Name }); i >= 0 && e.Kind == Deleted {
			l.sets[i].deleted = true // another one may have its id
		}
	}
	if l.known == nil {
		return
	}
	if len(changes.Products) > 0 {
		l.noteProducts(changes.Products, batch)
	}
	for _, ch := range changes.Persons {
		if !l.wide && !concerns(&l.uses, ch) {
			continue
		}
		last := l.touched[ch.Ordinal]
		if n := len(ch.Events); n > 0 {
			last = ch.Events[n-1]
		}
		l.touched[ch.Ordinal] = last
	}
}

// noteProducts notes of which products something else is known than was.
func (l *live) noteProducts(ids []string, batch []*crm.Event) {
	l.base.RLock()
	defer l.base.RUnlock()
	products := l.base.Products()
	for _, id := range ids {
		code := products.IDs.Find(id)
		if products.Changed(code) <= l.version {
			continue
		}
		l.products[code] = nil
		for _, e := range batch {
			if string(e.ProductID) == id && (e.Kind == crm.ProductCreated || e.Kind == crm.ProductUpdated) {
				l.products[code] = e
			}
		}
	}
	l.version = products.Version()
}

// concerns reports whether a change may be one of what answers follow from.
func concerns(u *eval.Uses, ch *intake.Change) bool {
	if ch.What&intake.Everything != 0 || slices.ContainsFunc(u.Fields, ch.Touches) {
		return true
	}
	if slices.ContainsFunc(ch.Names, isPick) { // the first of a segment, of which the rule knows nothing yet
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

// askedAtOnce is how many people are asked while nothing can be noted.
const askedAtOnce = 256

// setBack is by how much a clock that is set back makes it begin anew. When it is
// by less, what it told is true again before that.
const setBack = time.Second

// settle asks whoever was touched and whose time has come, of the segments that
// there are, and takes a step of what is to be found out of new ones: more
// reports whether there is another.
func (l *live) settle(ctx context.Context, now time.Time) (more bool, err error) {
	l.settling.Lock()
	defer l.settling.Unlock()
	k, err := l.catalog.fresh(ctx)
	if err != nil {
		return false, err
	}
	at := l.catalog.columns.cursor()
	l.mu.Lock()
	if now.Before(l.last.Add(-setBack)) {
		l.known = nil // until when answers hold is told of time to come only
	}
	l.last = now
	leading, same := l.leading, l.known == k
	l.mu.Unlock()
	if !leading {
		return false, nil
	}
	defer func() {
		if err != nil { // part of it is lost
			l.mu.Lock()
			defer l.mu.Unlock()
			l.known = nil
		}
	}()
	if same { // by the edges that there were: what events and time changed is their doing
		if err := l.askTouched(ctx, now); err != nil {
			return false, err
		}
	}
	if err := l.renew(ctx, k, now, same); err != nil {
		return false, err
	}
	if err := l.adopt(ctx, k, now); err != nil {
		return false, err
	}
	l.touchBuyers()
	if err := l.askTouched(ctx, now); err != nil {
		return false, err
	}
	l.mu.Lock()
	if settled := l.known != nil; settled && !l.settled && len(l.dirty)+len(l.gone) > 0 {
		l.ring() // what rang before was not told
	}
	l.at, l.settled = at, l.known != nil
	l.move()
	l.mu.Unlock()
	more, err = l.step(ctx, now)
	if errors.Is(err, errTurn) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.leading, l.known, l.alarm = false, nil, time.Time{}
		return false, nil
	}
	return more, err
}

// renew sees to the edges of the segments; when those are others, it may take long.
func (l *live) renew(ctx context.Context, k *known, now time.Time, same bool) error {
	if !same {
		defer l.work()()
	}
	return l.catalog.renew(ctx, k, now)
}

// move tells those who wait that it has moved.
func (l *live) move() {
	close(l.moved)
	l.moved = make(chan struct{})
}

// work says that nobody is to wait until the function is called that it returns.
func (l *live) work() (done func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy = true
	l.move()
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.busy = false
	}
}

// touchBuyers touches of whom facts name a product of which something else is
// known.
func (l *live) touchBuyers() {
	l.mu.Lock()
	products, base := l.products, l.base
	l.products = map[uint32]*crm.Event{}
	looks := l.uses.Products
	l.mu.Unlock()
	if len(products) == 0 || !looks {
		return
	}
	buyers := map[uint32]uint32{}
	base.Having(slices.Collect(maps.Keys(products)), func(ordinal, product uint32) { buyers[ordinal] = product })
	l.mu.Lock()
	defer l.mu.Unlock()
	for ordinal, product := range buyers {
		if l.touched[ordinal] == nil {
			l.touched[ordinal] = products[product]
		}
	}
}

// askTouched asks whoever was touched, and whose time has come.
func (l *live) askTouched(ctx context.Context, now time.Time) error {
	l.mu.Lock()
	touched := slices.Sorted(maps.Keys(l.touched))
	due := l.timers.due(now.UnixMilli())
	l.mu.Unlock()
	for part := range slices.Chunk(due, askedAtOnce) {
		if err := l.askAll(ctx, part, now, func(uint32) cause { return cause{word: CauseTime, at: now} }); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(touched, askedAtOnce) {
		err := l.askAll(ctx, part, now, func(ordinal uint32) cause {
			e := l.touched[ordinal]
			delete(l.touched, ordinal)
			if e == nil {
				return cause{word: CauseFound, at: now}
			}
			return cause{string(e.Kind), e, now}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *live) askAll(ctx context.Context, ordinals []uint32, now time.Time, why func(ordinal uint32) cause) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil { // somebody else told meanwhile
		return ctx.Err()
	}
	var answers []eval.Answer
	for _, ordinal := range ordinals {
		var err error
		if answers, err = l.program.Ask(ordinal, now.UnixMilli(), l.edges, answers[:0]); err != nil {
			return err
		}
		why := why(ordinal)
		if len(answers) > 0 { // else they have left the base: see gone
			l.timers.set(ordinal, l.take(ordinal, l.sets, answers, why))
		}
	}
	return ctx.Err()
}

// take takes in what somebody was answered about sets, and returns until when
// that holds.
func (l *live) take(ordinal uint32, sets []*membership, answers []eval.Answer, why cause) (until int64) {
	until = math.MaxInt64
	for i, a := range answers {
		until = min(until, a.Until)
		m := sets[i]
		if a.Holds == m.in.Contains(ordinal) {
			continue
		}
		if a.Holds {
			m.in.Add(ordinal)
		} else {
			m.in.Remove(ordinal)
		}
		m.why[ordinal] = why
		l.soil(ordinal)
	}
	return until
}

// soil makes somebody dirty.
func (l *live) soil(ordinal uint32) {
	if !l.dirty[ordinal] {
		l.dirty[ordinal] = true
		l.ring()
	}
}

// clean makes somebody clean of whom all was told that may be.
func (l *live) clean(ordinal uint32) {
	dirty := false
	for _, m := range l.sets {
		if m.told == nil {
			continue
		}
		if m.in.Contains(ordinal) != m.told.Contains(ordinal) {
			dirty = true
		} else {
			delete(m.why, ordinal)
		}
	}
	if !dirty || !l.known.has(ordinal) { // who has left the base is in gone
		delete(l.dirty, ordinal)
	}
}

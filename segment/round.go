package segment

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/store"
)

// A round is the asking of everybody about when time changes what is new, one
// chunk of people after another, and from the first one on after the last. What
// becomes new meanwhile is asked about from there on, until the round has come
// to that chunk again.
type round struct {
	program *eval.Program // of sets
	sets    []*membership
	next    int // chunk
}

// A mark tells a rule, with all that its answers follow from beside the base and
// edges, from another.
type mark [sha256.Size]byte

// mark returns the mark of a segment's rule; marks are those found before.
func (k *known) mark(d *definition, marks map[ID]mark) mark {
	if m, ok := marks[d.ID]; ok {
		return m
	}
	types := map[string]rule.Type{}
	rule.Walk(d.Rule.node, func(x any) {
		if f, ok := x.(*rule.Field); ok && strings.HasPrefix(f.Name, "attributes.") {
			word, _ := k.vocabulary.Field("", f.Name)
			types[f.Name] = word.Type
		}
	})
	uses := map[ID]mark{}
	for _, id := range d.Uses {
		if other := find(k.definitions, string(id)); other != nil {
			uses[id] = k.mark(other, marks)
		}
	}
	text, err := json.Marshal([]any{d.ID, d.Version, d.RuledAt, k.picked[d.ID], types, uses})
	if err != nil { // never: it is texts and numbers
		text = []byte(d.Text)
	}
	marks[d.ID] = sha256.Sum256(text)
	return marks[d.ID]
}

// adopt makes the segments that there are those of which people are asked, and
// works out who is in those that are new, whose rules are others, or that other
// edges hold for. Of the others it keeps what it knows. When it knows nothing, it
// begins.
func (l *live) adopt(ctx context.Context, k *known, now time.Time) error {
	at := now.UnixMilli()
	l.mu.Lock()
	known, edges, program := l.known, l.edges, l.program
	extremes := l.uses.Extremes
	l.mu.Unlock()
	if known == k && !extremes {
		return nil
	}
	if known == k {
		if now, err := k.edges(ctx, program, at); err != nil || now == edges {
			return err
		}
	}
	defer l.work()()
	l.mu.Lock()
	begin := l.known == nil || l.base != k.base
	if l.base != k.base { // whoever left another one is not found in this one
		l.base, l.gone = k.base, nil
	}
	if begin {
		l.begin()
	}
	l.known, l.wide = k, true // from here on all that changes is noted
	old := l.sets
	l.mu.Unlock()

	program, err := k.whole()
	if err != nil {
		return err
	}
	if edges, err = k.edges(ctx, program, at); err != nil {
		return err
	}
	sets, others, why, err := l.match(k, old, edges)
	if err != nil {
		return err
	}
	in, err := l.answer(ctx, k, others, at, edges)
	if err != nil {
		return err
	}
	uses := program.Uses()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known != k { // somebody else told meanwhile
		return nil
	}
	l.program, l.uses, l.edges, l.sets, l.wide = program, uses, edges, sets, false
	l.round.program, l.round.sets = nil, nil // it goes on by what is known now
	for i, m := range sets {
		m.definition = k.definitions[i]
	}
	for i, m := range others {
		m.in, m.asked, m.from = in[i], false, -1
		if m.told != nil {
			l.amiss(m, cause{word: why[i], at: now})
		}
	}
	if len(l.dirty) > 0 {
		l.ring()
	}
	return nil
}

// begin forgets all but who left.
func (l *live) begin() {
	l.begun++
	l.settled, l.sets, l.round, l.timers = false, nil, round{}, timers{}
	l.touched, l.products, l.dirty = map[uint32]*crm.Event{}, map[uint32]*crm.Event{}, map[uint32]bool{}
	l.base.RLock()
	l.version = l.base.Products().Version()
	l.base.RUnlock()
}

// match returns the memberships of k's segments, those of them that are to be
// worked out, and why.
func (l *live) match(k *known, old []*membership, edges *eval.Edges) (sets, others []*membership, why []string, err error) {
	marks := map[ID]mark{}
	l.mu.Lock()
	frozen := l.edges != nil && edges != nil && l.edges.At == edges.At
	l.mu.Unlock()
	for _, d := range k.definitions {
		is := k.mark(d, marks)
		i := slices.IndexFunc(old, func(m *membership) bool {
			return m.ID == d.ID && m.Version == d.Version && m.RuledAt.Equal(d.RuledAt) && !m.deleted
		})
		m := &membership{definition: d, from: -1, why: map[uint32]cause{}}
		if i >= 0 {
			m = old[i] // which may be about to be told of more
		}
		sets = append(sets, m)
		if m.mark == is && (frozen || !m.extremes) {
			continue
		}
		others = append(others, m)
		if m.mark == is {
			why = append(why, CauseEdges)
			continue
		}
		p, err := k.program(d.ID)
		if err != nil {
			return nil, nil, nil, err
		}
		m.mark, m.extremes, why = is, p.Uses().Extremes, append(why, CauseFound)
	}
	return sets, others, why, nil
}

// answer asks everybody who is in segments.
func (l *live) answer(ctx context.Context, k *known, of []*membership, at int64, edges *eval.Edges) ([]*roaring.Bitmap, error) {
	if len(of) == 0 {
		return nil, nil
	}
	p, err := k.programOf(of)
	if err != nil {
		return nil, err
	}
	return p.Run(ctx, at, edges)
}

// programOf returns a program of segments, in their order.
func (k *known) programOf(of []*membership) (*eval.Program, error) {
	if len(of) == len(k.definitions) {
		return k.whole()
	}
	var rules []rule.Node
	for _, m := range of {
		if d := find(k.definitions, string(m.ID)); d != nil {
			rules = append(rules, k.rule(d))
		}
	}
	return k.engine.Compile(rules...)
}

// amiss makes dirty who is in a segment and was not told to be, or the other way
// round, for a reason, unless one is known.
func (l *live) amiss(m *membership, why cause) {
	known := m.why
	m.why = map[uint32]cause{}
	for it := roaring.Xor(m.in, m.told).Iterator(); it.HasNext(); {
		ordinal := it.Next()
		if !l.known.has(ordinal) {
			continue
		}
		m.why[ordinal] = why
		if e := l.touched[ordinal]; e != nil {
			m.why[ordinal] = cause{string(e.Kind), e, why.at}
		} else if why, ok := known[ordinal]; ok {
			m.why[ordinal] = why
		}
		l.soil(ordinal)
	}
}

// step takes one step of finding out who was told to be in a segment, and until
// when who is in it lasts, and reports whether there is another.
func (l *live) step(ctx context.Context, now time.Time) (more bool, err error) {
	l.mu.Lock()
	k := l.known
	i := slices.IndexFunc(l.sets, func(m *membership) bool { return m.told == nil })
	var m *membership
	if i >= 0 {
		m = l.sets[i]
	}
	l.mu.Unlock()
	switch {
	case k == nil:
		return true, nil
	case m == nil:
		return l.goOn(ctx, k, now)
	case m.roll == nil:
		return true, l.recall(ctx, k, m, now)
	}
	working := l.work()
	done, err := m.roll.write(ctx)
	working()
	if !done || err != nil {
		return true, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known != k { // somebody else told meanwhile
		return true, nil
	}
	m.told, m.since, m.roll = m.roll.of, m.roll.At, nil
	l.amiss(m, cause{word: CauseFound, at: now})
	if len(l.gone) > 0 {
		l.ring()
	}
	return true, nil
}

// recall finds out who was told to be in a segment by its rolls and transitions.
// When nobody has looked at this rule before, who is in it is written on a roll.
func (l *live) recall(ctx context.Context, k *known, m *membership, now time.Time) error {
	told, gone, since, err := l.catalog.told(ctx, k, m.definition)
	if err != nil {
		return err
	}
	l.mu.Lock()
	if l.known != k { // somebody else told meanwhile
		l.mu.Unlock()
		return nil
	}
	if told != nil {
		defer l.mu.Unlock()
		m.told, m.since = told, since
		for _, id := range gone {
			l.gone = append(l.gone, leaver{nobody, id, m})
		}
		l.amiss(m, cause{word: CauseFound, at: now})
		if len(l.gone) > 0 {
			l.ring()
		}
		return nil
	}
	is := m.in.Clone() // as of which transitions are told
	l.mu.Unlock()
	at := now.Truncate(time.Millisecond)
	if !at.After(since) { // which is not of this rule
		at = since.Add(time.Millisecond)
	}
	m.roll = l.catalog.newCall(census{SegmentID: m.ID, At: at, Version: m.Version}, k.ids(is))
	m.roll.of, m.roll.token, m.roll.ruled = is, l.token, m.RuledAt
	return nil
}

// goOn asks one chunk of people about when time changes what is new.
func (l *live) goOn(ctx context.Context, k *known, now time.Time) (more bool, err error) {
	l.mu.Lock()
	var sets []*membership
	for _, m := range l.sets {
		if !m.asked {
			sets = append(sets, m)
		}
	}
	edges := l.edges
	l.mu.Unlock()
	if len(sets) == 0 {
		l.round.program, l.round.sets = nil, nil
		return false, nil
	}
	r := &l.round
	if !slices.Equal(r.sets, sets) {
		if r.program, err = k.programOf(sets); err != nil {
			return false, err
		}
		r.sets = sets
	}
	people, chunks := k.chunk(r.next)
	for part := range slices.Chunk(people, askedAtOnce) {
		if err := l.askMore(part, now, edges); err != nil {
			return false, err
		}
	}
	for _, m := range sets {
		if m.from < 0 {
			m.from = r.next
		}
	}
	if r.next++; r.next >= chunks {
		r.next = 0
	}
	for _, m := range sets {
		m.asked = m.from == r.next || chunks == 0
	}
	return true, ctx.Err()
}

// askMore asks people of what is new.
func (l *live) askMore(people []uint32, now time.Time, edges *eval.Edges) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil {
		return nil
	}
	var answers []eval.Answer
	for _, ordinal := range people {
		if _, ok := l.touched[ordinal]; ok {
			continue // they are about to be asked of everything
		}
		var err error
		if answers, err = l.round.program.Ask(ordinal, now.UnixMilli(), edges, answers[:0]); err != nil {
			return err
		}
		if len(answers) > 0 {
			l.timers.lower(ordinal, l.take(ordinal, l.round.sets, answers, cause{word: CauseTime, at: now}))
		}
	}
	return nil
}

// chunk returns who is in a chunk of the base, and how many chunks there are.
func (k *known) chunk(number int) (people []uint32, chunks int) {
	k.base.RLock()
	defer k.base.RUnlock()
	if chunks = k.base.Chunks(); number >= chunks {
		return nil, chunks
	}
	people = k.base.Chunk(number).Live.Append(make([]uint32, 0, column.ChunkSize))
	for i := range people {
		people[i] += uint32(number) * column.ChunkSize
	}
	return people, chunks
}

// nobody is the ordinal of who is not in the base.
const nobody = math.MaxUint32

// told returns who was told to be in a segment by its rolls and transitions, and
// those of them who are in the book no more; nil when there is no roll of this
// version of its rule. Since is when the roll was called, or else when something
// was written last.
func (c *Catalog) told(ctx context.Context, k *known, d *definition) (told *roaring.Bitmap, gone []crm.CustomerID, since time.Time, err error) {
	var in map[crm.CustomerID]bool
	err = c.book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		in, since = nil, time.Time{}
		roll, err := c.lastRoll(tx, d.ID, time.Time{})
		if err != nil {
			return err
		}
		if roll != nil {
			since = roll.At
		}
		if roll != nil && roll.Version == d.Version { // whatever the time is now: clocks are set back
			in, err = c.membersSince(ctx, tx, roll, store.Prefix(c.transitions.Key().String(string(d.ID))).To)
			return err
		}
		last, err := c.lastTransition(tx, d.ID)
		if last.After(since) {
			since = last
		}
		return err
	})
	if err != nil || in == nil {
		return nil, nil, since, err
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
	return told, gone, since, nil
}

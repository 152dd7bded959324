package eval

import (
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A table is one of those of a chunk.
type table uint8

const (
	sales table = iota
	items
	canceled
	refunds
	adjustments
	interactions
)

func (t table) page(c *column.Chunk) *column.Page {
	switch t {
	case sales:
		return &c.Sales.Page
	case items:
		return &c.Items.Page
	case canceled:
		return &c.Canceled.Page
	case refunds:
		return &c.Refunds.Page
	case adjustments:
		return &c.Adjustments.Page
	}
	return &c.Interactions.Page
}

// times returns the times of the rows of a table, other than of items.
func (t table) times(c *column.Chunk) []int64 {
	switch t {
	case canceled:
		return c.Canceled.Time
	case refunds:
		return c.Refunds.Time
	case adjustments:
		return c.Adjustments.Time
	case interactions:
		return c.Interactions.Time
	}
	return c.Sales.Time
}

// time returns when the fact of a row happened.
func (t table) time(c *column.Chunk, row uint32) int64 {
	if t == items {
		return c.Sales.Time[c.Items.Order[row]]
	}
	return t.times(c)[row]
}

// A part selects facts of one table: those in a window of time of which the
// rest of a filter is true.
type part struct {
	table  table
	bounds []*dateCond // of the date of the facts
	where  cond        // nil: of all
	all    *window     // then
	kinds  []string    // of interactions, nil: of any

	moving   bool // where can become true or false by time alone
	shifting bool // or a bound can move past a fact
	leaving  bool // facts that have happened can only leave by time alone
}

// weight is what it costs to look at the facts of one person, roughly.
func (p *part) weight() int {
	n := 12
	if p.where != nil {
		n += 10 + 3*p.where.weight()
	}
	if p.table == interactions {
		n += 6
	}
	return n
}

// A group is the rows of a person among those that a where looks at.
type group struct {
	i, person uint32 // in the selection, and in the chunk
	low, high uint32 // rows
}

// window returns the instants of the facts that count now.
func (p *part) window(x *frame) (from, to int64) {
	from, to = max(always, x.floor), x.at
	for _, b := range p.bounds {
		f, t, _, _ := b.span(x)
		from, to = max(from, f), min(to, t)
	}
	return from, to
}

// rows returns where the rows of a person in a window stand.
func (p *part) rows(c *column.Chunk, person uint32, from, to int64) (low, high uint32) {
	t := p.table
	if t == items {
		t = sales
	}
	s := t.page(c).Of(person)
	if s.Len == 0 {
		return 0, 0
	}
	times := t.times(c)
	low, high = s.Start, s.Start+s.Len
	if times[high-1] > to {
		high = lower(times, low, high, to+1)
	}
	if low < high && times[low] < from {
		low = lower(times, low, high, from)
	}
	if p.table != items || low >= high {
		return low, high
	}
	i := c.Items.Of(person)
	first, last := i.Start, i.Start+i.Len
	if low > s.Start {
		first = lower(c.Items.Order, first, last, low)
	}
	if high < s.Start+s.Len {
		last = lower(c.Items.Order, first, last, high)
	}
	return first, last
}

// lower returns the first of sorted rows whose value is at least v, or high. It
// looks at the last ones first.
func lower[T int64 | uint32](values []T, low, high uint32, v T) uint32 {
	for range 8 {
		if low >= high || values[high-1] < v {
			return high
		}
		high--
	}
	for low < high {
		if mid := low + (high-low)/2; values[mid] < v {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// few is how many persons are looked at without asking who was active.
const few = 128

// narrow sets the bits of those of a selection that may have facts in a window.
// It is false when it is better to look at all.
func (p *part) narrow(x *frame, n int, from, to int64, set *column.Bits) bool {
	if n < few || from > to {
		return false
	}
	switch {
	case p.buyers(x, from, to, 1, set):
		return true
	case (p.table == sales || p.table == items) && from > always:
		return x.chunk.ActiveBuyers(from, to, n, set)
	case p.table == interactions && p.kinds != nil:
		for _, kind := range p.kinds {
			code := x.base.Words().Kinds.Find(kind)
			if code != 0 && !x.chunk.Active(code, from, to, 2*n, set) {
				return false
			}
		}
		return true
	}
	return false
}

// buyers sets the bits of those who may have so many items in a window, by what
// is asked of their lines. It is false when nothing is.
func (p *part) buyers(x *frame, from, to, least int64, set *column.Bits) bool {
	if p.table != items {
		return false
	}
	conds := []cond{p.where}
	if all, ok := p.where.(*allOf); ok {
		conds = all.conds
	}
	for _, c := range conds {
		if c, ok := c.(*tupleCond); ok && c.name == "lines" {
			known := c.set.now()
			x.chunk.Buyers(from, to, known.bits, known.n, c.set.match, least, set)
			return true
		}
	}
	return false
}

// batch is how many rows a filter looks at in one go, at least.
const batch = 8192

// scan calls span with where the rows of each person stand, or, where there is
// a filter, each with those rows of which it is true. Persons without any are
// left out.
func (p *part) scan(x *frame, sel []uint32, span func(i, low, high uint32), each func(i uint32, rows []uint32)) {
	from, to := p.window(x)
	if from > to {
		return
	}
	c := x.chunk
	if p.table.page(c).Slots() == nil {
		return
	}
	if p.where == nil && p.all.number != alone && x.floor == always && !x.single {
		p.again(x, sel, from, to, span)
		return
	}
	var set column.Bits
	narrowed := p.narrow(x, len(sel), from, to, &set)
	if p.where == nil {
		for i, id := range sel {
			if narrowed && !set.Has(id) {
				continue
			}
			if low, high := p.rows(c, id, from, to); low < high {
				span(uint32(i), low, high)
			}
		}
		return
	}
	rows, groups := x.take(batch)[:0], x.takeGroups()
	for i, id := range sel {
		if narrowed && !set.Has(id) {
			continue
		}
		low, high := p.rows(c, id, from, to)
		if low >= high {
			continue
		}
		groups = append(groups, group{uint32(i), id, low, high})
		for row := low; row < high; row++ {
			rows = append(rows, row)
		}
		if len(rows) >= batch {
			p.flush(x, rows, groups, each)
			rows, groups = rows[:0], groups[:0]
		}
	}
	if len(rows) > 0 {
		p.flush(x, rows, groups, each)
	}
	x.give(rows)
	x.giveGroups(groups)
}

// A window is what several parts have in common: where the rows of each person
// stand is found once.
type window struct{ number int }

// again is scan of a window that others scan too.
func (p *part) again(x *frame, sel []uint32, from, to int64, span func(i, low, high uint32)) {
	m, _ := x.memo(p.all.number, 0)
	open := x.take(len(sel))[:0]
	for _, id := range sel {
		if m.stamps[id] != x.epoch {
			open = append(open, id)
		}
	}
	var set column.Bits
	narrowed := p.narrow(x, len(open), from, to, &set)
	for _, id := range open {
		low, high := uint32(0), uint32(0)
		if !narrowed || set.Has(id) {
			low, high = p.rows(x.chunk, id, from, to)
		}
		m.stamps[id], m.values[id], m.until[id] = x.epoch, int64(low), int64(high)
	}
	x.give(open)
	for i, id := range sel {
		if m.values[id] < m.until[id] {
			span(uint32(i), uint32(m.values[id]), uint32(m.until[id]))
		}
	}
}

func (p *part) flush(x *frame, rows []uint32, groups []group, each func(i uint32, rows []uint32)) {
	outer := x.groups
	x.groups = groups
	hits := p.where.filter(x, rows)
	x.groups = outer
	for _, g := range groups {
		n := 0
		for n < len(hits) && hits[n] >= g.low && hits[n] < g.high {
			n++
		}
		if n > 0 {
			each(g.i, hits[:n])
		}
		hits = hits[n:]
	}
}

func (x *frame) takeGroups() []group {
	g := x.spareGroups
	x.spareGroups = nil
	return g[:0]
}

func (x *frame) giveGroups(g []group) { x.spareGroups = g }

// change returns until when the facts of a person that count stay the same if
// nothing happens.
func (p *part) change(x *frame, person uint32) int64 {
	c := x.chunk
	if !p.shifting && c.Latest[person] <= x.at {
		return never
	}
	t := p.table
	if t == items {
		t = sales
	}
	s, until := t.page(c).Of(person), int64(never)
	if s.Len == 0 {
		return never
	}
	times := t.times(c)
	now := lower(times, s.Start, s.Start+s.Len, x.at+1)
	if now < s.Start+s.Len {
		until = times[now] // the next to happen
	}
	if !p.shifting {
		return until
	}
	low, high := s.Start, now
	if p.table == items {
		low, high = p.rows(c, person, always, x.at)
	}
	if len(p.bounds) > 0 {
		// A bound moves on: the first fact that it reaches is the earliest of those
		// on its late side.
		for _, b := range p.bounds {
			for i := range b.lits {
				until = min(until, b.reaches(x, i, times, s.Start, now))
			}
		}
	}
	if !p.moving {
		return until
	}
	outer := x.groups
	x.groups = append(x.takeGroups(), group{0, person, low, high})
	for row := low; row < high; row++ {
		_, u := p.where.next(x, row)
		until = min(until, u)
	}
	x.giveGroups(x.groups)
	x.groups = outer
	return until
}

// reaches returns when a moving literal comes to begin after, or to end after,
// the next of the facts that stand in the order of time.
func (c *dateCond) reaches(x *frame, number int, times []int64, low, high uint32) int64 {
	lit, now := &x.plan.lits[c.lits[number]], x.lits[c.lits[number]]
	if lit.Kind != rule.Offset {
		return never
	}
	until := x.cal.unstable(lit, x.at)
	for _, end := range c.edges(number) {
		edge := now.from
		if end {
			edge = now.to
		}
		if row := lower(times, low, high, edge); row < high {
			until = min(until, x.cal.passed(lit, times[row], x.at, x.today, end))
		}
	}
	return until
}

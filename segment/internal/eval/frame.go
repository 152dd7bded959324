package eval

import (
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// A cond is a condition of persons of a chunk or of rows of one of its pages.
// Which of the two it is of was settled when it was compiled.
type cond interface {
	// filter keeps those of a selection of which the condition is true, in
	// their order, in the selection's own memory.
	filter(x *frame, sel []uint32) []uint32
	// next returns whether the condition is true of one, and until when it
	// stays so if nothing happens: not beyond that instant for sure.
	next(x *frame, id uint32) (holds bool, until int64)
	weight() int // what it costs for one, roughly
}

// An expr is a value of persons or of rows: a whole number of some scale, the
// bits of a float, milliseconds, or a code. What there is none of is Lacking.
type expr interface {
	shape() shape
	values(x *frame, sel []uint32, out []int64)
	change(x *frame, id uint32) int64 // until when it stays as it is, if nothing happens
	weight() int
}

// A vector is an expr that has, at some times, its values in one slice.
type vector interface {
	vector(x *frame) []int64 // by person or row, nil when it has not
}

// A kind tells what the numbers of an expr are.
type kind uint8

const (
	whole kind = iota + 1
	real
	instant
	text
	list
	truth // 0 or 1
)

type shape struct {
	kind   kind
	money  bool
	scale  uint8 // of whole: the last digits that stand behind the point
	folded bool  // of text and list: case tells nothing apart
	path   bool  // of list: an element also has the beginnings of its path
	words  words // of text and list
}

// words are the texts behind codes.
type words interface {
	text(code int64) string
	// elements appends the codes of the texts of a list, or of the text itself,
	// in which those that count as one are the same.
	elements(code int64, out []int64) []int64
}

// A frame is where one goroutine evaluates a plan. Between two of the persons
// or chunks that it looks at nothing is kept in it but memory.
type frame struct {
	plan  *plan
	base  *column.Base
	cal   *calendar
	at    int64
	today int64
	fresh bool       // lits are those of today
	lits  []interval // of the plan's date literals
	steps [][]int64  // of its Periods
	edges []Edge
	from  *Edges  // of which edges are, and what follows
	known *recent // nil: nothing was worked out before

	scores *rfm.Edges
	grid   *rfm.Grid // of their groups
	rhythm *lifecycle.Rhythm

	floor  int64    // no earlier fact is looked at
	seen   []uint32 // by code, the count in which it was seen
	counts uint32

	chunk       *column.Chunk
	single      bool // one person is looked at, not a chunk
	epoch       uint32
	memos       []memo
	spare       [][]uint32
	wide        [][]int64
	groups      []group // of the rows that a filter looks at
	spareGroups []group
	owner       [1]group
}

// A memo holds what a shared part of the plan came to, by person.
type memo struct {
	stamps []uint32 // the epoch in which it was noted
	values []int64
	until  []int64
}

// ask makes a frame answer at an instant.
func (x *frame) ask(at int64) {
	today := x.today
	if !x.fresh || at < x.cal.start(today) || at >= x.cal.start(today+1) {
		today = x.cal.day(at)
	}
	same := x.fresh && today == x.today
	if same && at == x.at {
		return
	}
	x.at, x.today, x.fresh = at, today, true
	for i := range x.plan.lits {
		if l := &x.plan.lits[i]; !same || l.Kind == rule.Offset && !l.Whole() {
			x.lits[i] = x.cal.resolve(l, at, today)
		}
	}
	for i, s := range x.plan.spans {
		if !same {
			x.steps[i] = x.bounds(x.steps[i][:0], s)
		}
	}
}

// bounds appends when the periods of a span begin, the earliest first, and when
// the last one ends: after now.
func (x *frame) bounds(out []int64, s rule.Span) []int64 {
	for n := s.N; n >= 0; n-- {
		out = append(out, x.cal.start(shift(x.today, rule.Span{N: -n, Unit: s.Unit})+1))
	}
	return out
}

// open makes a chunk the one that is looked at.
func (x *frame) open(c *column.Chunk) {
	x.chunk = c
	x.epoch++
	if x.epoch == 0 {
		for i := range x.memos {
			clear(x.memos[i].stamps)
		}
		x.epoch = 1
	}
}

// late reports whether the chunk has facts that have not happened yet.
func (x *frame) late() bool { return x.chunk.Horizon > x.at }

// take returns a selection of n, to be given back.
func (x *frame) take(n int) []uint32 {
	for i := len(x.spare) - 1; i >= 0; i-- {
		if s := x.spare[i]; cap(s) >= n {
			x.spare[i] = x.spare[len(x.spare)-1]
			x.spare = x.spare[:len(x.spare)-1]
			return s[:n]
		}
	}
	return make([]uint32, n, max(n, 64))
}

func (x *frame) give(s []uint32) {
	if cap(s) > 0 && len(x.spare) < 32 {
		x.spare = append(x.spare, s[:0])
	}
}

// takeWide returns n numbers, to be given back.
func (x *frame) takeWide(n int) []int64 {
	for i := len(x.wide) - 1; i >= 0; i-- {
		if s := x.wide[i]; cap(s) >= n {
			x.wide[i] = x.wide[len(x.wide)-1]
			x.wide = x.wide[:len(x.wide)-1]
			return s[:n]
		}
	}
	return make([]int64, n, max(n, 64))
}

func (x *frame) giveWide(s []int64) {
	if cap(s) > 0 && len(x.wide) < 32 {
		x.wide = append(x.wide, s[:0])
	}
}

// different counts different codes and numbers, whose order it changes.
func (x *frame) different(v []int64) int64 {
	if len(v) < 2 {
		return int64(len(v))
	}
	const most = 1 << 22
	greatest := int64(0)
	for _, a := range v {
		if a < 0 || a >= most {
			return different(v)
		}
		greatest = max(greatest, a)
	}
	seen, mark := x.marks(uint32(greatest))
	n := int64(0)
	for _, a := range v {
		n += int64(one(seen[a] != mark))
		seen[a] = mark
	}
	return n
}

// marks returns a number for each code up to one, and a number that none of
// them is.
func (x *frame) marks(most uint32) (seen []uint32, mark uint32) {
	if more := int(most) + 1 - len(x.seen); more > 0 {
		x.seen = append(x.seen, make([]uint32, more)...)
	}
	if x.counts++; x.counts == 0 {
		clear(x.seen)
		x.counts = 1
	}
	return x.seen, x.counts
}

// value returns an expr of one.
func (x *frame) value(e expr, id uint32) int64 {
	sel := x.take(1)
	out := x.takeWide(1)
	sel[0] = id
	e.values(x, sel, out)
	v := out[0]
	x.giveWide(out)
	x.give(sel)
	return v
}

// holds returns a condition of one.
func (x *frame) holds(c cond, id uint32) bool {
	sel := x.take(1)
	sel[0] = id
	yes := len(c.filter(x, sel)) == 1
	x.give(sel)
	return yes
}

// memo returns the memo of a shared part, and where the one of a person stands.
func (x *frame) memo(number int, id uint32) (*memo, uint32) {
	m := &x.memos[number]
	if x.single {
		id = 0
	}
	if uint32(len(m.stamps)) <= id {
		n := column.ChunkSize
		if x.single {
			n = 1
		}
		*m = memo{make([]uint32, n), make([]int64, n), make([]int64, n)}
	}
	return m, id
}

// less takes those of sub out of sel, whose order it has, in place.
func less(sel, sub []uint32) []uint32 {
	if len(sub) == 0 {
		return sel
	}
	n, j := 0, 0
	for _, id := range sel {
		if j < len(sub) && sub[j] == id {
			j++
			continue
		}
		sel[n] = id
		n++
	}
	return sel[:n]
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

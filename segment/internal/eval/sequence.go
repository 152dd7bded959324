package eval

import (
	"slices"
	"sort"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A step is one of a sequence.
type step struct {
	not           bool
	parts         []*part
	after, within rule.Span
}

// A sequence is true of persons who have facts for its steps, in their order.
//
// For each step it works out which of its facts can be reached: those that
// stand in the span of one that could be before. A fact opens one interval to
// the next step, which ends where a step with Not has a fact, so each step
// costs a search for each fact before it, and no path is followed twice.
type sequence struct{ steps []step }

func (c *sequence) weight() int { return 60 * len(c.steps) }

func (c *sequence) filter(x *frame, sel []uint32) []uint32 {
	defer func(floor int64) { x.floor = floor }(x.floor)
	x.floor = max(x.floor, c.begins(x)) // no fact of it is earlier
	for _, narrow := range []func(*frame, []*part, []uint32) []uint32{activeOf, someOf} {
		for _, s := range c.steps { // whoever lacks a fact is out
			if !s.not {
				sel = narrow(x, s.parts, sel)
			}
		}
	}
	if len(sel) == 0 {
		return sel
	}
	facts := make([][][]int64, len(c.steps)) // by step and person
	for n, s := range c.steps {
		facts[n] = timesOf(x, s.parts, sel)
	}
	own := make([][]int64, len(c.steps))
	n := 0
	for i, id := range sel {
		for s := range own {
			own[s] = facts[s][i]
		}
		sel[n] = id
		holds, _ := c.follow(x, own, false)
		n += one(holds)
	}
	return sel[:n]
}

// begins returns the earliest instant of a first fact: the others are later.
func (c *sequence) begins(x *frame) int64 {
	begin := int64(never)
	for _, p := range c.steps[0].parts {
		from, _ := p.window(x)
		begin = min(begin, from)
	}
	return begin
}

// activeOf keeps those of a selection who may have a fact.
func activeOf(x *frame, parts []*part, sel []uint32) []uint32 {
	var set column.Bits
	for _, p := range parts {
		if from, to := p.window(x); from <= to && !p.narrow(x, len(sel), from, to, &set) {
			return sel
		}
	}
	n := 0
	for _, id := range sel {
		sel[n] = id
		n += one(set.Has(id))
	}
	return sel[:n]
}

// someOf keeps those of a selection who have a fact.
func someOf(x *frame, parts []*part, sel []uint32) []uint32 {
	counts := x.takeWide(len(sel))
	clear(counts)
	for _, p := range parts {
		p.scan(x, sel, func(i, _, _ uint32) { counts[i] = 1 }, func(i uint32, _ []uint32) { counts[i] = 1 })
	}
	n := 0
	for i, id := range sel {
		sel[n] = id
		n += int(counts[i])
	}
	x.giveWide(counts)
	return sel[:n]
}

// timesOf returns when the facts of each of a selection happened, sorted.
func timesOf(x *frame, parts []*part, sel []uint32) [][]int64 {
	times := make([][]int64, len(sel))
	for _, p := range parts {
		p.scan(x, sel, func(i, low, high uint32) {
			for row := low; row < high; row++ {
				times[i] = append(times[i], p.table.time(x.chunk, row))
			}
		}, func(i uint32, rows []uint32) {
			for _, row := range rows {
				times[i] = append(times[i], p.table.time(x.chunk, row))
			}
		})
	}
	if len(parts) > 1 {
		for _, t := range times {
			slices.Sort(t)
		}
	}
	return times
}

// follow reports whether one person's facts hold the sequence, and when that
// will next be seen of one of them by the passing of time, if that is asked.
func (c *sequence) follow(x *frame, facts [][]int64, when bool) (holds bool, until int64) {
	until = never
	reached := facts[0]
	for n := 1; n <= len(c.steps); n++ {
		first := n
		for n < len(c.steps) && c.steps[n].not {
			n++
		}
		nots := c.steps[first:n]
		if n == len(c.steps) {
			for _, t := range reached {
				yes, ends := c.rests(x, t, nots, facts[first:n])
				holds = holds || yes
				if until = min(until, ends); holds && !when {
					break
				}
			}
			return holds, until
		}
		reached = c.reach(x, reached, c.steps[n], facts[n], nots, facts[first:n])
		if len(reached) == 0 {
			return false, never
		}
	}
	return len(reached) > 0, until
}

// reach returns the facts of a step that one of those before leads to.
func (c *sequence) reach(x *frame, before []int64, s step, facts []int64, nots []step, forbidden [][]int64) []int64 {
	opened := make([]int32, len(facts)+1) // how many more intervals cover each fact than the one before
	for _, t := range before {
		from, to := span(x, t, s)
		to = min(to, violated(x, t, nots, forbidden))
		i := sort.Search(len(facts), func(i int) bool { return facts[i] >= from })
		j := sort.Search(len(facts), func(i int) bool { return facts[i] > to })
		if i < j {
			opened[i]++
			opened[j]--
		}
	}
	var out []int64
	depth := int32(0)
	for i, t := range facts {
		if depth += opened[i]; depth > 0 {
			out = append(out, t)
		}
	}
	return out
}

// span returns from when to when a step can happen after an instant.
func span(x *frame, t int64, s step) (from, to int64) {
	from, to = t+1, never
	if s.after.N != 0 {
		from = max(from, x.cal.add(t, s.after))
	}
	if s.within.N != 0 {
		to = x.cal.add(t, s.within)
	}
	return from, to
}

// violated returns the first fact after an instant that is forbidden.
func violated(x *frame, t int64, nots []step, forbidden [][]int64) int64 {
	first := int64(never)
	for n, s := range nots {
		from, to := span(x, t, s)
		i := sort.Search(len(forbidden[n]), func(i int) bool { return forbidden[n][i] >= from })
		if i < len(forbidden[n]) && forbidden[n][i] <= to {
			first = min(first, forbidden[n][i])
		}
	}
	return first
}

// rests reports whether nothing forbidden came after an instant, and the time
// for it has passed; if not yet, when it will have.
func (c *sequence) rests(x *frame, t int64, nots []step, forbidden [][]int64) (bool, int64) {
	if violated(x, t, nots, forbidden) != never {
		return false, never
	}
	end := int64(always)
	for _, s := range nots {
		if s.within.N != 0 {
			_, to := span(x, t, s)
			end = max(end, to)
		}
	}
	if end < x.at {
		return true, never
	}
	return false, end + 1
}

func (c *sequence) next(x *frame, id uint32) (bool, int64) {
	defer func(floor int64) { x.floor = floor }(x.floor)
	x.floor = max(x.floor, c.begins(x))
	sel := []uint32{id}
	facts := make([][]int64, len(c.steps))
	until := int64(never)
	for n, s := range c.steps {
		change := int64(never)
		for _, p := range s.parts {
			change = min(change, p.change(x, id))
		}
		if facts[n] = timesOf(x, s.parts, sel)[0]; len(facts[n]) == 0 && !s.not {
			return false, change // nothing else matters before
		}
		until = min(until, change)
	}
	holds, ends := c.follow(x, facts, true)
	return holds, min(until, ends)
}

package eval

import (
	"math"
	"slices"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// An aggregate is what the facts of a person add up to: of one table, or of
// several, of which each has its own field.
type aggregate struct {
	f      rule.Func
	parts  []*part
	fields []expr // one a part; nil for Count
	is     shape
	number int // of the plan's spans, for Periods
	cost   int
}

func (e *aggregate) shape() shape { return e.is }
func (e *aggregate) weight() int  { return e.cost }

func (e *aggregate) change(x *frame, id uint32) int64 {
	until := int64(never)
	for _, p := range e.parts {
		until = min(until, p.change(x, id))
	}
	if e.f == rule.Periods {
		until = min(until, e.turns(x, id))
	}
	return until
}

func (e *aggregate) values(x *frame, sel []uint32, out []int64) {
	switch e.f {
	case rule.Count:
		e.count(x, sel, out)
	case rule.Sum, rule.Average:
		if _, none := e.fields[0].(nothing); none {
			clear(out[:len(sel)])
			return
		}
		if e.is.kind == real {
			e.addReals(x, sel, out)
			return
		}
		e.sum(x, sel, out, nil)
	case rule.Min, rule.Max:
		e.extreme(x, sel, out)
	case rule.First, rule.Last:
		e.end(x, sel, out)
	case rule.Distinct:
		e.distinct(x, sel, out)
	case rule.Periods:
		e.periods(x, sel, out)
	}
}

// atLeast takes some out of a selection of whom a count is less, in place.
func (e *aggregate) atLeast(x *frame, sel []uint32, least int64) []uint32 {
	if e.f != rule.Count || len(e.parts) > 1 || len(sel) < few {
		return sel
	}
	p := e.parts[0]
	from, to := p.window(x)
	var set column.Bits
	if from <= to && p.buyers(x, from, to, least, &set) {
		n := 0
		for _, id := range sel {
			sel[n] = id
			n += one(set.Has(id))
		}
		return sel[:n]
	}
	return sel
}

func (e *aggregate) count(x *frame, sel []uint32, out []int64) {
	clear(out[:len(sel)])
	for n, p := range e.parts {
		span := func(i, low, high uint32) { out[i] += int64(high - low) }
		if n == 0 && p.sold(x, sel, false, out, span) {
			continue
		}
		p.scan(x, sel, span, func(i uint32, rows []uint32) { out[i] += int64(len(rows)) })
	}
}

// column calls f with the values of the field of a part's rows.
func (e *aggregate) column(x *frame, n int, sel []uint32, f func(i uint32, rows []uint32, v []int64)) {
	run := func(i uint32, rows []uint32) {
		v := x.takeWide(len(rows))
		e.read(x, n, sel[i], rows, v)
		f(i, rows, v)
		x.giveWide(v)
	}
	e.parts[n].scan(x, sel, func(i, low, high uint32) {
		rows := x.take(int(high - low))
		for j := range rows {
			rows[j] = low + uint32(j)
		}
		run(i, rows)
		x.give(rows)
	}, run)
}

// read returns the values of the field of a part's rows, all of one person.
func (e *aggregate) read(x *frame, n int, person uint32, rows []uint32, out []int64) {
	outer := x.groups
	x.owner[0] = group{0, person, 0, math.MaxUint32}
	x.groups = x.owner[:]
	e.fields[n].values(x, rows, out)
	x.groups = outer
}

// sum adds whole numbers up, exactly, and counts them if counts is not nil.
func (e *aggregate) sum(x *frame, sel []uint32, out, counts []int64) {
	clear(out[:len(sel)])
	if counts != nil {
		clear(counts[:len(sel)])
	}
	var totals map[uint32]*column.Total // of those whose sums went beyond int64
	add := func(i uint32, v []int64) {
		total := out[i]
		n := int64(0)
		for j, a := range v {
			if a == column.Lacking {
				continue
			}
			n++
			next := total + a
			if (total^next)&(a^next) < 0 || next == column.Lacking || totals != nil && totals[i] != nil {
				if totals == nil {
					totals = map[uint32]*column.Total{}
				}
				t := totals[i]
				if t == nil {
					t = &column.Total{}
					t.Add(total)
					totals[i] = t
				}
				for _, a := range v[j:] {
					if a != column.Lacking {
						t.Add(a)
						if counts != nil {
							counts[i]++
						}
					}
				}
				n--
				break
			}
			total = next
		}
		out[i] = total
		if counts != nil {
			counts[i] += n
		}
	}
	for n, p := range e.parts {
		if vec, ok := e.fields[n].(vector); ok && p.where == nil && vec.vector(x) != nil {
			v := vec.vector(x)
			span := func(i, low, high uint32) { add(i, v[low:high]) }
			if n == 0 && counts == nil && priced(e.fields[n]) && p.sold(x, sel, true, out, span) {
				continue
			}
			p.scan(x, sel, span, nil)
			continue
		}
		if vec, ok := e.fields[n].(vector); ok && vec.vector(x) != nil {
			v := vec.vector(x)
			p.scan(x, sel, nil, func(i uint32, rows []uint32) {
				found := x.takeWide(len(rows))
				for j, row := range rows {
					found[j] = v[row]
				}
				add(i, found)
				x.giveWide(found)
			})
			continue
		}
		e.column(x, n, sel, func(i uint32, _ []uint32, v []int64) { add(i, v) })
	}
	for i, t := range totals {
		out[i] = t.Amount()
	}
}

// addReals adds floats up, in the order of time, or takes their average.
func (e *aggregate) addReals(x *frame, sel []uint32, out []int64) {
	sums, counts := make([]float64, len(sel)), make([]int, len(sel))
	for n := range e.parts {
		e.column(x, n, sel, func(i uint32, _ []uint32, v []int64) {
			for _, a := range v {
				if a != column.Lacking {
					sums[i] += column.Number(a)
					counts[i]++
				}
			}
		})
	}
	for i := range sel {
		v := sums[i]
		if e.f == rule.Average {
			if counts[i] == 0 {
				out[i] = column.Lacking
				continue
			}
			v /= float64(counts[i])
		}
		out[i] = realBits(v)
	}
}

// realBits returns the bits of a float, which are not Lacking.
func realBits(v float64) int64 {
	if v == 0 {
		return 0
	}
	return int64(math.Float64bits(v))
}

func (e *aggregate) extreme(x *frame, sel []uint32, out []int64) {
	lack(out[:len(sel)])
	better := func(a, b int64) bool { return a > b }
	switch {
	case e.is.kind == real && e.f == rule.Min:
		better = func(a, b int64) bool { return column.Number(a) < column.Number(b) }
	case e.is.kind == real:
		better = func(a, b int64) bool { return column.Number(a) > column.Number(b) }
	case e.f == rule.Min:
		better = func(a, b int64) bool { return a < b }
	}
	for n := range e.parts {
		e.column(x, n, sel, func(i uint32, _ []uint32, v []int64) {
			for _, a := range v {
				if a != column.Lacking && (out[i] == column.Lacking || better(a, out[i])) {
					out[i] = a
				}
			}
		})
	}
}

// end takes the value of the first or the last fact.
func (e *aggregate) end(x *frame, sel []uint32, out []int64) {
	lack(out[:len(sel)])
	if e.latest(x, sel, out) {
		return
	}
	var best []int64 // times
	if len(e.parts) > 1 {
		best = x.takeWide(len(sel))
		lack(best)
	}
	one := []uint32{0}
	value := []int64{0}
	for n, p := range e.parts {
		var vec []int64 // of the field
		if v, ok := e.fields[n].(vector); ok {
			vec = v.vector(x)
		}
		note := func(i, first, last uint32) {
			row := first
			if e.f == rule.Last {
				row = last
			}
			if best != nil {
				t := p.table.time(x.chunk, row)
				if best[i] != column.Lacking && (e.f == rule.First && t >= best[i] || e.f == rule.Last && t < best[i]) {
					return
				}
				best[i] = t
			}
			if vec != nil {
				out[i] = vec[row]
				return
			}
			one[0] = row
			e.read(x, n, sel[i], one, value)
			out[i] = value[0]
		}
		p.scan(x, sel, func(i, low, high uint32) { note(i, low, high-1) },
			func(i uint32, rows []uint32) { note(i, rows[0], rows[len(rows)-1]) })
	}
	if best != nil {
		x.giveWide(best)
	}
}

// An elemental expr may have several elements for one row.
type elemental interface {
	elements(x *frame, row uint32, out []int64) []int64
}

func (e *aggregate) distinct(x *frame, sel []uint32, out []int64) {
	clear(out[:len(sel)])
	found := x.takeWide(64)[:0]
	var lots map[uint32][]int64 // of several parts
	for n, p := range e.parts {
		field, several := e.fields[n].(elemental)
		finish := func(i uint32, v []int64) {
			if len(e.parts) == 1 {
				out[i] = x.different(v)
				return
			}
			if lots == nil {
				lots = map[uint32][]int64{}
			}
			lots[i] = append(lots[i], v...)
		}
		if t, ok := e.fields[n].(*tupleText); ok && t.through == nil && len(e.parts) == 1 {
			if table := t.classes(); table != nil {
				e.classes(x, t, table, sel, out)
				continue
			}
		}
		if several {
			p.scan(x, sel, func(i, low, high uint32) {
				found = found[:0]
				for row := low; row < high; row++ {
					found = field.elements(x, row, found)
				}
				finish(i, found)
			}, func(i uint32, rows []uint32) {
				found = found[:0]
				for _, row := range rows {
					found = field.elements(x, row, found)
				}
				finish(i, found)
			})
			continue
		}
		words := e.fields[n].shape().words
		e.column(x, n, sel, func(i uint32, _ []uint32, v []int64) {
			found = found[:0]
			for _, a := range v {
				switch {
				case a == column.Lacking:
				case words != nil:
					found = words.elements(a, found)
				default:
					found = append(found, a)
				}
			}
			finish(i, found)
		})
	}
	for i, v := range lots {
		out[i] = different(v)
	}
	x.giveWide(found)
}

// classes counts the different texts of a field that has one a row.
func (e *aggregate) classes(x *frame, t *tupleText, table *classTable, sel []uint32, out []int64) {
	codes, found, ok := t.codes(x), x.take(64)[:0], false
	slow := func(i uint32, rows []uint32) {
		var v []int64
		for _, row := range rows {
			v = t.elements(x, row, v)
		}
		out[i] = x.different(v)
	}
	e.parts[0].scan(x, sel, func(i, low, high uint32) {
		if out[i], ok = table.different(x, codes[low:high]); !ok {
			found = found[:0]
			for row := low; row < high; row++ {
				found = append(found, row)
			}
			slow(i, found)
		}
	}, func(i uint32, rows []uint32) {
		found = found[:0]
		for _, row := range rows {
			found = append(found, codes[row])
		}
		if out[i], ok = table.different(x, found); !ok {
			slow(i, rows)
		}
	})
	x.give(found)
}

// different counts different numbers, whose order it changes.
func different(v []int64) int64 {
	if len(v) > 24 {
		slices.Sort(v)
		return int64(len(slices.Compact(v)))
	}
	n := int64(0)
	for i, a := range v {
		if !slices.Contains(v[:i], a) {
			n++
		}
	}
	return n
}

func (e *aggregate) periods(x *frame, sel []uint32, out []int64) {
	clear(out[:len(sel)])
	bounds := x.steps[e.number]
	var lots map[uint32][]int64 // of several parts
	for _, p := range e.parts {
		found, last := []int64(nil), int64(-1)
		note := func(row uint32) {
			if t := p.table.time(x.chunk, row); t >= bounds[0] {
				if n := int64(lowerBound(bounds, t)); n != last {
					found, last = append(found, n), n
				}
			}
		}
		finish := func(i uint32) {
			if len(e.parts) == 1 {
				out[i] = int64(len(found))
			} else {
				if lots == nil {
					lots = map[uint32][]int64{}
				}
				lots[i] = append(lots[i], found...)
			}
			found, last = found[:0], -1
		}
		p.scan(x, sel, func(i, low, high uint32) {
			for row := low; row < high; row++ {
				note(row)
			}
			finish(i)
		}, func(i uint32, rows []uint32) {
			for _, row := range rows {
				note(row)
			}
			finish(i)
		})
	}
	for i, v := range lots {
		out[i] = different(v)
	}
}

// turns returns when the next of a person's facts comes into another period.
func (e *aggregate) turns(x *frame, id uint32) int64 {
	until, bounds, span := int64(never), x.steps[e.number], x.plan.spans[e.number]
	back := rule.Literal{Kind: rule.Offset, Offsets: make([]rule.Span, 1)}
	last := int64(never) // day of the one before
	for _, t := range e.times(x, id) {
		if t < bounds[0] {
			continue
		}
		if day := x.cal.day(t); day != last { // when its period begins on a later day than it
			last, back.Offsets[0] = day, rule.Span{N: int32(lowerBound(bounds, t)) - span.N, Unit: span.Unit}
			until = min(until, x.cal.passed(&back, t, x.at, x.today, true))
		}
	}
	return until
}

// times returns when the facts of a person that count happened, sorted.
func (e *aggregate) times(x *frame, id uint32) []int64 {
	var times []int64
	for _, p := range e.parts {
		p.scan(x, []uint32{id}, func(_, low, high uint32) {
			for row := low; row < high; row++ {
				times = append(times, p.table.time(x.chunk, row))
			}
		}, func(_ uint32, rows []uint32) {
			for _, row := range rows {
				times = append(times, p.table.time(x.chunk, row))
			}
		})
	}
	if len(e.parts) > 1 {
		slices.Sort(times)
	}
	return times
}

// nth returns when the n-th of the facts of a person that count happened.
func (e *aggregate) nth(x *frame, id uint32, n int64) int64 {
	if p := e.parts[0]; len(e.parts) == 1 && p.where == nil {
		from, to := p.window(x)
		low, _ := p.rows(x.chunk, id, from, to)
		return p.table.time(x.chunk, low+uint32(n-1))
	}
	return e.times(x, id)[n-1]
}

// flips returns until when a count stays in or out of a range. Where facts can
// only leave, it is until the one leaves that decides.
func (e *aggregate) flips(x *frame, id uint32, now int64, r numberRange) int64 {
	if e.f != rule.Count || x.chunk.Latest[id] > x.at {
		return e.change(x, id)
	}
	for _, p := range e.parts {
		if !p.leaving {
			return e.change(x, id)
		}
	}
	var n int64 // how many must leave
	switch {
	case now < r.low, now <= r.high && r.low <= 0, r.high < 0:
		return never
	case now <= r.high:
		n = now - r.low + 1
	default:
		n = now - r.high
	}
	if n > now {
		return never
	}
	until := int64(never)
	shifting := false
	for _, p := range e.parts {
		shifting = shifting || p.shifting
	}
	if !shifting {
		return until
	}
	t := e.nth(x, id, n)
	for _, p := range e.parts {
		for _, b := range p.bounds {
			lit := &x.plan.lits[b.lits[0]]
			until = min(until, x.cal.passed(lit, t, x.at, x.today, b.op == rule.Greater), x.cal.unstable(lit, x.at))
		}
	}
	return until
}

// lowerBound returns the last of sorted bounds that is not after t.
func lowerBound(bounds []int64, t int64) int {
	n, found := slices.BinarySearch(bounds, t)
	if found {
		for n+1 < len(bounds) && bounds[n+1] == t {
			n++
		}
		return n
	}
	return n - 1
}

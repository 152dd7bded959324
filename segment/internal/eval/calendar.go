package eval

import (
	"math"
	"sort"
	"sync/atomic"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// Instants that come after and before all others.
const (
	never  = math.MaxInt64
	always = math.MinInt64 + 1
)

// A calendar numbers the days of a location, 0 being 1 January 1970. A day
// begins at the first instant of its date; one that the location left out has
// no length.
type calendar struct {
	loc    *time.Location
	first  int64   // day of starts[0]
	starts []int64 // when days begin
}

const millisOfDay = 24 * 60 * 60 * 1000

func newCalendar(loc *time.Location) *calendar {
	c := &calendar{loc: loc, first: civil(1970, 1, 1)}
	last := civil(2060, 1, 1)
	c.starts = make([]int64, 0, last-c.first+1)
	offset, from, to := c.steady(c.first * millisOfDay)
	for d := c.first; d <= last; d++ {
		start := d*millisOfDay - offset
		if start < from || to < start {
			start = c.begin(d)
			offset, from, to = c.steady(start)
		}
		c.starts = append(c.starts, start)
	}
	return c
}

// steady returns by how many milliseconds clocks are ahead of UTC at an instant,
// and from when to when they are so for all of two days before and after.
func (c *calendar) steady(at int64) (offset, from, to int64) {
	const around = 2 * millisOfDay
	t := time.UnixMilli(at).In(c.loc)
	_, seconds := t.Zone()
	from, to = always, never
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		from = start.UnixMilli() + around
	}
	if !end.IsZero() {
		to = end.UnixMilli() - around
	}
	return int64(seconds) * 1000, from, to
}

// civil returns the number of a date, which need not be normal.
func civil(year, month, day int) int64 {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / (millisOfDay / 1000)
}

// date returns the date of a day.
func date(day int64) (year, month, d int) {
	y, m, d := time.Unix(day*(millisOfDay/1000), 0).UTC().Date()
	return y, int(m), d
}

// begin works out when a day begins.
func (c *calendar) begin(day int64) int64 {
	y, m, d := date(day)
	midnight := time.Date(y, time.Month(m), d, 0, 0, 0, 0, c.loc).UnixMilli()
	if c.dayIn(time.UnixMilli(midnight)) == day && c.dayIn(time.UnixMilli(midnight-1)) < day {
		return midnight
	}
	const most = 30 * 3_600_000 // clocks are changed about midnight, or the day was left out
	n := sort.Search(2*most, func(i int) bool { return c.dayIn(time.UnixMilli(midnight-most+int64(i))) >= day })
	return midnight - most + int64(n)
}

// dayIn returns the day of the date of a time in the location.
func (c *calendar) dayIn(t time.Time) int64 {
	y, m, d := t.In(c.loc).Date()
	return civil(y, int(m), d)
}

// Far away days and instants are those of this one, so that nothing overflows.
const farthest = 1 << 30

// start returns when a day begins.
func (c *calendar) start(day int64) int64 {
	if i := day - c.first; 0 <= i && i < int64(len(c.starts)) {
		return c.starts[i]
	}
	if day > farthest {
		return never
	}
	if day < -farthest {
		return always
	}
	return c.begin(day)
}

// day returns the day of an instant.
func (c *calendar) day(t int64) int64 {
	if i := t/millisOfDay - c.first; 2 <= i && i < int64(len(c.starts))-3 {
		for c.starts[i] > t {
			i--
		}
		for c.starts[i+1] <= t {
			i++
		}
		return c.first + i
	}
	if t/millisOfDay > farthest {
		return farthest
	}
	if t/millisOfDay < -farthest {
		return -farthest
	}
	day := c.dayIn(time.UnixMilli(t))
	for c.start(day) > t {
		day--
	}
	return day
}

// each returns f, worked out at most about once for each of the usual days, when
// it is asked for.
func (c *calendar) each(f func(day int64) bool) func(day int64) bool {
	const yes, no = 1, 2
	known := make([]atomic.Uint32, len(c.starts))
	return func(day int64) bool {
		i := day - c.first
		if i < 0 || i >= int64(len(known)) {
			return f(day)
		}
		switch known[i].Load() {
		case yes:
			return true
		case no:
			return false
		}
		is := f(day)
		if is {
			known[i].Store(yes)
		} else {
			known[i].Store(no)
		}
		return is
	}
}

// shift moves a day by a span of days or longer. A month from the 31st is the
// last day of a shorter month.
func shift(day int64, s rule.Span) int64 {
	switch s.Unit {
	case rule.Date:
		return day + int64(s.N)
	case rule.Week:
		return day + 7*int64(s.N)
	case rule.Month, rule.Year:
		months := int(s.N)
		if s.Unit == rule.Year {
			months *= 12
		}
		y, m, d := date(day)
		m += months
		first := civil(y, m, 1)
		return first + min(int64(d), civil(y, m+1, 1)-first) - 1
	}
	return day
}

func shiftAll(day int64, spans []rule.Span) int64 {
	for _, s := range spans {
		day = shift(day, s)
	}
	return day
}

// add moves an instant by a span: by days and longer it keeps its time of day.
func (c *calendar) add(t int64, s rule.Span) int64 {
	switch s.Unit {
	case rule.Minute:
		return t + int64(s.N)*60_000
	case rule.Hour:
		return t + int64(s.N)*3_600_000
	}
	if t/millisOfDay > farthest || t/millisOfDay < -farthest {
		return t
	}
	day := c.day(t)
	to := shift(day, s)
	if c.even(day) && c.even(to) { // as nearly all are
		return c.start(to) + t - c.start(day)
	}
	local := time.UnixMilli(t).In(c.loc)
	y, m2, d := date(to)
	hour, minute, second := local.Clock()
	return time.Date(y, time.Month(m2), d, hour, minute, second, local.Nanosecond(), c.loc).UnixMilli()
}

// even reports whether a day is known to have 24 hours, in which nobody changes
// clocks.
func (c *calendar) even(day int64) bool {
	i := day - c.first
	return 0 <= i && i+1 < int64(len(c.starts)) && c.starts[i+1]-c.starts[i] == millisOfDay
}

// stable returns the first instant at which all spans of days and longer, added
// to what now is then, can come to something else than now plus their length
// now: when one of the steps crosses midnight or a change of clocks.
func (c *calendar) stable(at int64, spans []rule.Span) int64 {
	end, t := int64(never), at
	bound := func(b int64) {
		if b > t {
			end = min(end, at+(b-t))
		}
	}
	zone := func() {
		if _, to := time.UnixMilli(t).In(c.loc).ZoneBounds(); !to.IsZero() {
			bound(to.UnixMilli())
		}
	}
	for _, s := range spans {
		if s.Unit >= rule.Date {
			bound(c.start(c.day(t) + 1))
			zone()
		}
		t = c.add(t, s)
		if s.Unit >= rule.Date {
			zone()
		}
	}
	return end
}

// An interval is the instants of a literal: a day, or one of them.
type interval struct{ from, to int64 } // to is not in it

// resolve returns the instants of a date literal at an instant of a day.
func (c *calendar) resolve(l *rule.Literal, at, today int64) interval {
	k := l.Time
	switch {
	case l.Kind == rule.Day:
		day := civil(int(k.Year), int(k.Month), int(k.Day))
		return interval{c.start(day), c.start(day + 1)}
	case l.Kind == rule.Moment:
		t := time.Date(int(k.Year), time.Month(k.Month), int(k.Day), int(k.Hour), int(k.Minute), int(k.Second), 0, c.loc).UnixMilli()
		return interval{t, t + 1}
	case l.Whole():
		day := shiftAll(today, l.Offsets)
		return interval{c.start(day), c.start(day + 1)}
	}
	for _, s := range l.Offsets {
		at = c.add(at, s)
	}
	return interval{at, at + 1}
}

// passed returns the first instant after at from which on the literal begins
// later than t, or, with end, does not end before t any more; never, when it
// does so now, or will not. It may be earlier, but not later.
func (c *calendar) passed(l *rule.Literal, t, at, today int64, end bool) int64 {
	if l.Kind != rule.Offset {
		return never
	}
	if l.Whole() {
		goal := c.day(t)
		if !end {
			goal++
		}
		now := shiftAll(today, l.Offsets)
		if now >= goal {
			return never
		}
		day := today + goal - now
		for day > today+1 && shiftAll(day-1, l.Offsets) >= goal {
			day--
		}
		for shiftAll(day, l.Offsets) < goal {
			day++
		}
		return c.start(day)
	}
	moved, whole := at, false
	for _, s := range l.Offsets {
		moved, whole = c.add(moved, s), whole || s.Unit >= rule.Date
	}
	goal := t
	if !end {
		goal++
	}
	next := int64(never)
	if moved < goal {
		if next = at + (goal - moved); next < at {
			next = never
		}
	}
	if whole {
		next = min(next, c.stable(at, l.Offsets))
	}
	return next
}

// unstable returns until when an offset with hours moves on as now does; one of
// whole days moves at midnights, which passed knows.
func (c *calendar) unstable(l *rule.Literal, at int64) int64 {
	if l.Kind != rule.Offset || l.Whole() {
		return never
	}
	for _, s := range l.Offsets {
		if s.Unit >= rule.Date {
			return c.stable(at, l.Offsets)
		}
	}
	return never
}

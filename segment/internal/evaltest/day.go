package evaltest

import (
	"fmt"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A day is one of the calendar.
type day struct {
	year  int
	month time.Month
	day   int
}

func dayAt(t time.Time) day {
	y, m, d := t.Date()
	return day{y, m, d}
}

// utc returns midnight of the day in UTC, where all days have 24 hours.
func (d day) utc() time.Time { return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC) }

// normal returns the day that is meant by one such as 29 February 2023: 1 March.
func (d day) normal() day { return dayAt(d.utc()) }

// number counts days: that of the next one is one more.
func (d day) number() int { return int(d.utc().Unix() / 86400) }

// add returns the day that is a span later. A month from the 31st is the last
// day of a month that is shorter.
func (d day) add(s rule.Span) day {
	n := int(s.N)
	switch s.Unit {
	case rule.Week:
		n *= 7
	case rule.Year, rule.Month:
		if s.Unit == rule.Year {
			n *= 12
		}
		first := time.Date(d.year, d.month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
		last := first.AddDate(0, 1, -1).Day()
		return day{first.Year(), first.Month(), min(d.day, last)}
	}
	return dayAt(d.utc().AddDate(0, 0, n))
}

// today is the day on which rules are asked.
func (w *World) today() day { return w.dayOf(w.At.UnixMilli()) }

// dayOf returns the day of an instant. Where the clock is put back over
// midnight, the day that has begun goes on.
func (w *World) dayOf(ms int64) day {
	t := time.UnixMilli(ms).In(w.Location)
	d := dayAt(t)
	if start, _ := t.ZoneBounds(); !start.IsZero() {
		if before := dayAt(start.Add(-time.Millisecond).In(w.Location)); before.number() > d.number() {
			return before
		}
	}
	return d
}

// start returns the first instant of a day, or of the next one where the
// location has no such day.
func (w *World) start(d day) int64 {
	if ms, ok := w.starts[d]; ok {
		return ms
	}
	t := d.utc().Add(-36 * time.Hour).In(w.Location) // it is not yet that day anywhere
	for {
		_, offset := t.Zone()
		_, end := t.ZoneBounds()
		midnight := d.utc().Add(-time.Duration(offset) * time.Second)
		if midnight.Before(t) { // the clock was put forward over it
			midnight = t
		}
		if end.IsZero() || midnight.Before(end) {
			if w.starts == nil {
				w.starts = map[day]int64{}
			}
			w.starts[d] = midnight.UnixMilli()
			return midnight.UnixMilli()
		}
		t = end.In(w.Location)
	}
}

// later returns the instant that is a span later: minutes and hours by the
// clock that never stops, days and longer by the calendar at the same time of
// day.
func (w *World) later(ms int64, s rule.Span) int64 {
	switch s.Unit {
	case rule.Minute:
		return ms + int64(s.N)*60_000
	case rule.Hour:
		return ms + int64(s.N)*3_600_000
	}
	t := time.UnixMilli(ms).In(w.Location)
	d := dayAt(t).add(s)
	return time.Date(d.year, d.month, d.day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), w.Location).UnixMilli()
}

// period returns the name of the day, the week or the month of an instant.
func (w *World) period(ms int64, unit string) string {
	d := w.dayOf(ms)
	switch unit {
	case "week":
		year, number := d.utc().ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, number)
	case "month":
		return d.utc().Format("2006-01")
	}
	return d.utc().Format("2006-01-02")
}

// compareDate returns -1, 0 or 1 as a date is before, at or after a literal: as
// days, or as instants.
func (w *World) compareDate(ms int64, l rule.Literal) int {
	clock := l.Time
	d := day{int(clock.Year), time.Month(clock.Month), int(clock.Day)}
	switch {
	case l.Kind == rule.Day:
		return sign(w.dayOf(ms).number() - d.number())
	case l.Kind == rule.Offset && l.Whole():
		d = w.today()
		for _, s := range l.Offsets {
			d = d.add(s)
		}
		return sign(w.dayOf(ms).number() - d.number())
	case l.Kind == rule.Offset:
		instant := w.At.UnixMilli()
		for _, s := range l.Offsets {
			instant = w.later(instant, s)
		}
		return sign64(ms - instant)
	}
	moment := time.Date(d.year, d.month, d.day, int(clock.Hour), int(clock.Minute), int(clock.Second), 0, w.Location)
	return sign64(ms - moment.UnixMilli())
}

func sign(n int) int { return sign64(int64(n)) }

func sign64(n int64) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

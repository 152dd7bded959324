package rule

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// units are the letters of units.
var units = [...]string{Minute: "min", Hour: "h", Date: "d", Week: "w", Month: "m", Year: "y"}

// longest is how much a span of each unit can count: a thousand years.
var longest = [...]int32{Minute: 525_600_000, Hour: 8_760_000, Date: 365_000, Week: 52_000, Month: 12_000, Year: 1_000}

// String returns the span as rules write it: "7d".
func (s Span) String() string {
	if int(s.Unit) >= len(units) {
		return strconv.Itoa(int(s.N))
	}
	return strconv.Itoa(int(s.N)) + units[s.Unit]
}

// valid reports whether the span has a unit and is at most a thousand years.
func (s Span) valid() bool {
	return s.Unit >= Minute && s.Unit <= Year && s.N <= longest[s.Unit] && s.N >= -longest[s.Unit]
}

// parseSpan reads a span without a sign: "7d", "30min".
func parseSpan(s string) (Span, bool) {
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz")
	for unit := Minute; unit <= Year; unit++ {
		if s[len(digits):] != units[unit] || strings.Trim(digits, "0123456789") != "" {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 32)
		span := Span{int32(n), unit}
		return span, err == nil && span.valid()
	}
	return Span{}, false
}

// agos are Shopify's units of names such as 7_days_ago.
var agos = map[string]Unit{"_days_ago": Date, "_weeks_ago": Week, "_months_ago": Month, "_years_ago": Year}

// parseAgo reads a name such as 7_days_ago.
func parseAgo(s string) (Span, bool) {
	i := strings.IndexByte(s, '_')
	if i < 0 {
		return Span{}, false
	}
	unit, ok := agos[s[i:]]
	n, err := strconv.ParseInt(s[:i], 10, 32)
	span := Span{int32(-n), unit}
	return span, ok && err == nil && span.valid()
}

// offset returns the literal of spans, of which those of nothing are left out.
func offset(spans []Span) Literal {
	lit := Literal{Kind: Offset}
	whole := len(spans) > 0
	for _, s := range spans {
		whole = whole && s.Unit >= Date
		if s.N != 0 {
			lit.Offsets = append(lit.Offsets, s)
		}
	}
	if whole && lit.Offsets == nil {
		lit.Offsets = []Span{{0, Date}} // today
	}
	return lit
}

// Whole reports whether an Offset is a day, not an instant.
func (l Literal) Whole() bool {
	for _, s := range l.Offsets {
		if s.Unit < Date {
			return false
		}
	}
	return len(l.Offsets) > 0
}

// parseClock reads 2024-01-31 or 2024-01-31T16:00:00.
func parseClock(s string) (Literal, bool) {
	if t, err := time.Parse("2006-01-02", s); err == nil {
		return day(t)
	}
	if len(s) != len("2006-01-02T15:04:05") { // no fractions
		return Literal{}, false
	}
	t, err := time.Parse("2006-01-02T15:04:05", s)
	if err != nil {
		return Literal{}, false
	}
	return moment(t)
}

// day returns the calendar day of a time, and moment its day and clock.
func day(t time.Time) (Literal, bool) {
	year, month, d := t.Date()
	return Literal{Kind: Day, Time: Clock{Year: int16(year), Month: uint8(month), Day: uint8(d)}}, year >= 1 && year <= 9999
}

func moment(t time.Time) (Literal, bool) {
	lit, ok := day(t)
	lit.Kind = Moment
	lit.Time.Hour, lit.Time.Minute, lit.Time.Second = uint8(t.Hour()), uint8(t.Minute()), uint8(t.Second())
	return lit, ok
}

// valid reports whether there is such a day and time.
func (c Clock) valid() bool {
	t := time.Date(int(c.Year), time.Month(c.Month), int(c.Day), int(c.Hour), int(c.Minute), int(c.Second), 0, time.UTC)
	lit, ok := moment(t)
	return ok && lit.Time == c
}

// String returns the day and time: "2024-01-31T16:00:00".
func (c Clock) String() string {
	return fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d", c.Year, c.Month, c.Day, c.Hour, c.Minute, c.Second)
}

// compare returns -1, 0 or 1 as c is before, at or after d.
func (c Clock) compare(d Clock) int { return strings.Compare(c.String(), d.String()) }

// reach returns the least and the most seconds that an offset can be.
func (l Literal) reach() (least, most int64) {
	const hour, day = 3600, 86400
	shortest := [...]int64{Minute: 60, Hour: hour, Date: day, Week: 7 * day, Month: 28 * day, Year: 365 * day}
	longest := [...]int64{Minute: 60, Hour: hour, Date: day, Week: 7 * day, Month: 31 * day, Year: 366 * day}
	for _, s := range l.Offsets {
		a, b := int64(s.N)*shortest[s.Unit], int64(s.N)*longest[s.Unit]
		if least, most = least+min(a, b), most+max(a, b); s.Unit >= Date && s.N != 0 {
			least, most = least-2*hour, most+2*hour // clocks that are put forward or back
		}
	}
	return least, most
}

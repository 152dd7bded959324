package segment

import (
	"math"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A Span is a length of time, or how far a date is from when a rule is asked:
// Days(7) after, Days(-30) before, Days(0) today. Days and longer are those of
// the shop's calendar, and a date that they tell is a whole day; with hours and
// minutes it is an instant. The zero Span as a date is now.
type Span struct{ spans []rule.Span }

// Minutes is a span of n minutes.
func Minutes(n int) Span { return span(n, rule.Minute) }

// Hours is a span of n hours.
func Hours(n int) Span { return span(n, rule.Hour) }

// Days is a span of n days.
func Days(n int) Span { return span(n, rule.Date) }

// Weeks is a span of n weeks.
func Weeks(n int) Span { return span(n, rule.Week) }

// Months is a span of n months.
func Months(n int) Span { return span(n, rule.Month) }

// Years is a span of n years.
func Years(n int) Span { return span(n, rule.Year) }

func span(n int, unit rule.Unit) Span {
	return Span{[]rule.Span{{N: int32(min(max(n, math.MinInt32), math.MaxInt32)), Unit: unit}}}
}

// Plus is s and then t: Days(-30).Plus(Months(-3)).
func (s Span) Plus(t Span) Span {
	return Span{append(s.spans[:len(s.spans):len(s.spans)], t.spans...)}
}

// String returns the span as rules write it as a date: "-30d -3m", "today".
func (s Span) String() string { return rule.Literal{Kind: rule.Offset, Offsets: s.spans}.String() }

// length returns a span that is a length of time, of one unit. What is none
// Check refuses.
func (s Span) length() rule.Span {
	if len(s.spans) != 1 {
		return rule.Span{N: -1, Unit: rule.Date}
	}
	return s.spans[0]
}

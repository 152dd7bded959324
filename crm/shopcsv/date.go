package shopcsv

import (
	"errors"
	"strings"
	"time"
)

// A DateOrder says how dates such as 03/04/2011 are meant.
type DateOrder string

// The orders of day and month. The zero value refuses such dates: they are
// never guessed.
const (
	DayFirst   DateOrder = "day_first"   // 03/04/2011 is in April
	MonthFirst DateOrder = "month_first" // 03/04/2011 is in March
)

var (
	errTime  = errors.New("a time such as 2012-01-31 11:13:25 -0500")
	errOrder = errors.New("a date with the year first, or Options.DateOrder to say whether day or month comes first")
)

// The layouts that are tried. Fractions of a second need no layout of their own.
var (
	yearFirst = []string{
		"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", time.RFC3339,
		"2006-01-02T15:04:05", "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05-07:00", "2006-01-02 15:04:05Z07:00",
		"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02", "20060102",
		"2006-01-02 3:04:05 PM", "2006-01-02 3:04 PM",
	}
	named = []string{
		"Jan 2, 2006 15:04:05", "Jan 2, 2006 15:04", "Jan 2, 2006 3:04 PM", "Jan 2, 2006",
		"January 2, 2006 15:04:05", "January 2, 2006 15:04", "January 2, 2006 3:04 PM", "January 2, 2006",
		"2 Jan 2006 15:04:05", "2 Jan 2006 15:04", "2 Jan 2006", "2 January 2006", "2-Jan-2006",
		time.RFC1123Z,
	}
	clocks = []string{"", " 15:04:05", " 15:04", " 3:04:05 PM", " 3:04 PM", " 15:04:05 -0700"}
)

// parseTime reads a time; one without zone is in loc. Dates with slashes or
// hyphens and the year last need an order; with dots the day is first.
func parseTime(s string, order DateOrder, loc *time.Location) (time.Time, error) {
	for _, zone := range []string{" UTC", " GMT"} {
		if t, ok := strings.CutSuffix(s, zone); ok {
			s, loc = t, time.UTC
		}
	}
	year := len(s) >= 8 && allDigits(s[:4])
	if year && (s[4] == '/' || s[4] == '.') {
		s = strings.NewReplacer("/", "-", ".", "-").Replace(s[:min(len(s), 10)]) + s[min(len(s), 10):]
	}
	layouts := named
	if year {
		layouts = yearFirst
	} else if s != "" && s[0] >= '0' && s[0] <= '9' {
		if i := strings.IndexAny(s, "/-."); i == 1 || i == 2 {
			mark := s[i : i+1]
			if j := strings.Index(s[i+1:], mark); j == 1 || j == 2 {
				date := ""
				switch {
				case order == DayFirst || mark == ".":
					date = "2" + mark + "1" + mark + "2006"
				case order == MonthFirst:
					date = "1" + mark + "2" + mark + "2006"
				default:
					return time.Time{}, errOrder
				}
				for _, clock := range clocks {
					if t, err := time.ParseInLocation(date+clock, s, loc); err == nil {
						return t.UTC().Truncate(time.Millisecond), nil
					}
				}
				return time.Time{}, errTime
			}
		}
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, s, loc); err == nil {
			return t.UTC().Truncate(time.Millisecond), nil
		}
	}
	return time.Time{}, errTime
}

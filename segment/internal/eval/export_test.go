package eval

import (
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// NthOf is nthOf, for its test.
var NthOf = nthOf

// Starts returns when the days from 1970 to 2060 begin in a location, as a
// calendar has it, and as it is of each day by itself, for its test.
func Starts(loc *time.Location) (all, each []int64) {
	c := newCalendar(loc)
	for i := range c.starts {
		each = append(each, c.begin(c.first+int64(i)))
	}
	return c.starts, each
}

// Add adds a span to an instant in a location, for its test.
func Add(loc *time.Location) func(t int64, s rule.Span) int64 { return newCalendar(loc).add }

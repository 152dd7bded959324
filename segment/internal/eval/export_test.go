package eval

import (
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// NthOf is nthOf, for its test.
var NthOf = nthOf

// Add adds a span to an instant in a location, for its test.
func Add(loc *time.Location) func(t int64, s rule.Span) int64 { return newCalendar(loc).add }

package eval

import "errors"

// ErrInvalid is returned when options or systems cannot be meant so.
var ErrInvalid = errors.New("eval: invalid")

// Options say how a task is run. The zero value is good. What is out of range
// [Task.Run] refuses, and [Came] takes for 0.
type Options struct {
	// K is the length of the lists; 0 is 10.
	K int
	// Resamples is how often the cases are drawn again for the intervals; 0
	// is 1,000.
	Resamples int
	// Level is the share of the resamples that the intervals hold, between
	// 0 and 1; 0 is 0.95.
	Level float64
	// Seed is that of the resampling. Equal seeds give equal reports.
	Seed uint64
	// Group puts a case into a group, say by the customer's segment or the
	// number of orders; see [Report.Group]. nil puts all into group 0.
	Group func(Query) int
}

func (o *Options) k() int {
	if o.K == 0 {
		return 10
	}
	return o.K
}

func (o *Options) resamples() int {
	if o.Resamples <= 0 {
		return 1000
	}
	return o.Resamples
}

func (o *Options) level() float64 {
	if !(o.Level > 0 && o.Level < 1) {
		return 0.95
	}
	return o.Level
}

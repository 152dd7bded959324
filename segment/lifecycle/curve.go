package lifecycle

import (
	"maps"
	"math"
	"slices"
	"sort"
)

// A Curve tells what share of subjects something has not happened to yet, by
// how long they have been watched: the estimate of Kaplan and Meier. The zero
// Curve is 1 everywhere.
type Curve struct {
	Subjects int    `json:"subjects"`
	Events   int    `json:"events"` // subjects that it has happened to
	Steps    []Step `json:"steps,omitzero"`
}

// A Step is where a [Curve] falls. Between steps it is level.
type Step struct {
	Time     int64   `json:"time"`
	AtRisk   int     `json:"at_risk"`  // subjects watched this long, to whom it had not happened before
	Events   int     `json:"events"`   // to how many of them it happened now
	Survival float64 `json:"survival"` // the share it has not happened to, this time included
	Err      float64 `json:"err"`      // the standard error of Survival, by Greenwood; 0 where Survival is 0
}

// KaplanMeier returns the curve of subjects that were watched for some time
// each, at the end of which it happened to them, or watching ended. Times below
// 0 are 0. Subjects beyond the shorter slice are left out.
func KaplanMeier(durations []int64, happened []bool) Curve {
	var t tally
	for i := range min(len(durations), len(happened)) {
		t.add(newSpan(durations[i], happened[i]))
	}
	return t.curve()
}

// A span is how long a subject was watched, times two, and 1 more when it
// happened: spans sort as numbers.
type span int64

func newSpan(duration int64, happened bool) span {
	s := span(min(max(duration, 0), math.MaxInt64>>1) << 1)
	if happened {
		s++
	}
	return s
}

// A tally is how many spans of each length there are.
type tally struct {
	short  []int // by span
	longer map[span]int
	total  int
}

// mostShort is how many spans stand in a slice at most: of 22 years in days.
const mostShort = 1 << 14

func (t *tally) add(s span) {
	t.total++
	switch {
	case int64(s) < int64(len(t.short)):
		t.short[s]++
	case s < mostShort:
		t.short = append(t.short, make([]int, int(s)+1-len(t.short))...)
		t.short[s]++
	default:
		if t.longer == nil {
			t.longer = map[span]int{}
		}
		t.longer[s]++
	}
}

// all yields the spans that there are, ascending, and how many each is.
func (t *tally) all(yield func(s span, n int) bool) {
	for s, n := range t.short {
		if n > 0 && !yield(span(s), n) {
			return
		}
	}
	for _, s := range slices.Sorted(maps.Keys(t.longer)) {
		if !yield(s, t.longer[s]) {
			return
		}
	}
}

// curve returns the curve of the spans.
func (t *tally) curve() Curve {
	c := Curve{Subjects: t.total}
	survival, spread := 1.0, 0.0
	left := t.total
	end := func(step Step) {
		if step.Events == 0 {
			return
		}
		c.Events += step.Events
		if rest := step.AtRisk - step.Events; rest == 0 {
			survival = 0
		} else {
			survival *= float64(rest) / float64(step.AtRisk)
			spread += float64(step.Events) / (float64(step.AtRisk) * float64(rest))
			step.Err = survival * math.Sqrt(spread)
		}
		step.Survival = survival
		c.Steps = append(c.Steps, step)
	}
	step := Step{Time: -1}
	for s, n := range t.all {
		if time := int64(s >> 1); time != step.Time {
			end(step)
			step = Step{Time: time, AtRisk: left}
		}
		step.Events += int(s&1) * n
		left -= n
	}
	end(step)
	return c
}

// At returns the share that it has not happened to after some time, and its
// standard error.
func (c Curve) At(time int64) (share, err float64) {
	i := sort.Search(len(c.Steps), func(i int) bool { return c.Steps[i].Time > time })
	if i == 0 {
		return 1, 0
	}
	return c.Steps[i-1].Survival, c.Steps[i-1].Err
}

// Reached returns the first time at which it has happened to at least a share
// of the subjects; 0.5 gives the median. ok is false when it never has, as far
// as they were watched.
func (c Curve) Reached(share float64) (time int64, ok bool) {
	return c.reached(share, func(s Step) float64 { return s.Survival })
}

// Interval returns the 95 % confidence interval of what Reached returns, on
// the scale of logarithms, as R computes it by default. An end beyond what was
// watched is [math.MaxInt64].
func (c Curve) Interval(share float64) (low, high int64) {
	const z = 1.959963984540054
	end := func(z float64) int64 {
		t, ok := c.reached(share, func(s Step) float64 {
			if s.Survival == 0 {
				return 0
			}
			return s.Survival * math.Exp(z*s.Err/s.Survival)
		})
		if !ok {
			return math.MaxInt64
		}
		return t
	}
	return end(-z), end(z)
}

// reached allows for the rounding of sums: a share that is met but for its last
// digits is met.
func (c Curve) reached(share float64, of func(Step) float64) (int64, bool) {
	for _, s := range c.Steps {
		if of(s) <= 1-share+1e-12 {
			return s.Time, true
		}
	}
	return 0, false
}

// few returns the number of the first step at which fewer than some were at risk.
func (c Curve) few(n int) int {
	return sort.Search(len(c.Steps), func(i int) bool { return c.Steps[i].AtRisk < n })
}

// Ever returns the share that it has happened to by the end of the curve.
func (c Curve) Ever() float64 {
	if len(c.Steps) == 0 {
		return 0
	}
	return 1 - c.Steps[len(c.Steps)-1].Survival
}

// mean returns the mean time of those it happens to, by the end of the curve.
func (c Curve) mean() float64 {
	sum, before := 0.0, 1.0
	for _, s := range c.Steps {
		sum += (before - s.Survival) * float64(s.Time)
		before = s.Survival
	}
	if ever := c.Ever(); ever > 0 {
		return sum / ever
	}
	return 0
}

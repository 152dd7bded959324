package score

import (
	"math"
	"slices"
	"sort"
)

// A Curve tells what share of subjects something has not happened to yet, by
// how long they have been watched: the estimate of Kaplan and Meier. The zero
// Curve is 1 everywhere.
type Curve struct {
	Subjects int
	Events   int // subjects that it has happened to
	Steps    []Step
}

// A Step is where a [Curve] falls. Between steps it is level.
type Step struct {
	Time     int64
	AtRisk   int     // subjects watched this long, to whom it had not happened before
	Events   int     // to how many of them it happened now
	Survival float64 // the share it has not happened to, this time included
	Err      float64 // the standard error of Survival, by Greenwood; 0 where Survival is 0
}

// KaplanMeier returns the curve of subjects that were watched for some time
// each, at the end of which it happened to them, or watching ended. Times below
// 0 are 0. Subjects beyond the shorter slice are left out.
func KaplanMeier(durations []int64, happened []bool) Curve {
	spans := make([]span, min(len(durations), len(happened)))
	for i := range spans {
		spans[i] = newSpan(durations[i], happened[i])
	}
	return curve(spans)
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

// curve returns the curve of spans, which it sorts.
func curve(spans []span) Curve {
	slices.Sort(spans)
	c := Curve{Subjects: len(spans)}
	survival, spread := 1.0, 0.0
	for i := 0; i < len(spans); {
		step := Step{Time: int64(spans[i] >> 1), AtRisk: len(spans) - i}
		for ; i < len(spans) && int64(spans[i]>>1) == step.Time; i++ {
			step.Events += int(spans[i] & 1)
		}
		if step.Events == 0 {
			continue
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

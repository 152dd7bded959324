package evaltest

import (
	"slices"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// sequence tries every fact of the first step, and for each every fact of the
// next, until one way leads to the end.
func (w *World) sequence(n *rule.Sequence, p *column.Person) bool {
	facts := make([][]fact, len(n.Steps))
	for i, s := range n.Steps {
		facts[i] = w.selected(s.Source, p)
	}
	return slices.ContainsFunc(facts[0], func(f fact) bool { return w.follows(n.Steps, facts, 1, f.time) })
}

// follows reports whether the steps from the i-th on can follow a fact.
func (w *World) follows(steps []rule.Step, facts [][]fact, i int, before int64) bool {
	next := i // the next step that is a fact
	for next < len(steps) && steps[next].Not {
		next++
	}
	if next == len(steps) {
		now := w.At.UnixMilli()
		for k := i; k < next; k++ {
			if s := steps[k].Within; s != (rule.Span{}) && now <= w.later(before, s) {
				return false // it can still happen
			}
		}
		return w.absent(steps, facts, i, next, before, now+1)
	}
	return slices.ContainsFunc(facts[next], func(f fact) bool {
		return f.time > before && w.reaches(steps[next], before, f.time) &&
			w.absent(steps, facts, i, next, before, f.time) && w.follows(steps, facts, next+1, f.time)
	})
}

// reaches reports whether an instant is as long after another as a step says.
func (w *World) reaches(s rule.Step, before, ms int64) bool {
	return (s.After == rule.Span{} || ms >= w.later(before, s.After)) && (s.Within == rule.Span{} || ms <= w.later(before, s.Within))
}

// absent reports whether there is no fact of the steps from the i-th to before
// the next one, later than a fact and earlier than the end.
func (w *World) absent(steps []rule.Step, facts [][]fact, i, next int, before, end int64) bool {
	for k := i; k < next; k++ {
		for _, f := range facts[k] {
			if f.time > before && f.time < end && w.reaches(steps[k], before, f.time) {
				return false
			}
		}
	}
	return true
}

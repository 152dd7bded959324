package segment

import "github.com/seed-9cb3708a/clientele/segment/internal/rule"

// A Sequence is facts one after another: two to sixteen steps. It begins with
// FollowedBy or NotFollowedBy of a [Source].
type Sequence struct{ steps []rule.Step }

// FollowedBy begins a sequence: one of s, later one of next.
func (s Source) FollowedBy(next Source) Sequence { return s.begin().FollowedBy(next) }

// NotFollowedBy begins a sequence: one of s, after which there is none of next.
func (s Source) NotFollowedBy(next Source) Sequence { return s.begin().NotFollowedBy(next) }

func (s Source) begin() Sequence { return Sequence{[]rule.Step{{Source: s.source}}} }

// FollowedBy adds a step: later there is one of next.
func (s Sequence) FollowedBy(next Source) Sequence { return s.add(rule.Step{Source: next.source}) }

// NotFollowedBy adds a step: there is none of next until the step that follows
// it, or until now. With Within the sequence holds when that time has passed.
func (s Sequence) NotFollowedBy(next Source) Sequence {
	return s.add(rule.Step{Not: true, Source: next.source})
}

// After says that the last step is at least so long after the fact before it.
func (s Sequence) After(least Span) Sequence {
	return s.change(func(step *rule.Step) { step.After = least.length() })
}

// Within says that the last step is at most so long after the fact before it.
func (s Sequence) Within(most Span) Sequence {
	return s.change(func(step *rule.Step) { step.Within = most.length() })
}

// Exist is the rule that there are such facts, in this order.
func (s Sequence) Exist() Rule { return Rule{node: &rule.Sequence{Steps: s.steps}} }

func (s Sequence) add(step rule.Step) Sequence {
	return Sequence{append(s.steps[:len(s.steps):len(s.steps)], step)}
}

// change returns the sequence with another last step.
func (s Sequence) change(f func(*rule.Step)) Sequence {
	if len(s.steps) == 0 {
		return s
	}
	last := s.steps[len(s.steps)-1]
	f(&last)
	return Sequence{append(s.steps[:len(s.steps)-1:len(s.steps)-1], last)}
}

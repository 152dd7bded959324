package recommend

import (
	"maps"
)

// A Tally counts the answers to a question since the process began.
type Tally struct {
	// Lists are the answers, Items the products in them, and Fallback how many of
	// these came from less than the list's stage says.
	Lists, Items, Fallback int
	// Stages and Lacks say how many lists had which.
	Stages map[Stage]int
	Lacks  map[Lack]int
}

// count adds a list to the tally of a question.
func (m *memory) count(question string, l *List) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tally[question]
	if !ok {
		t = Tally{Stages: map[Stage]int{}, Lacks: map[Lack]int{}}
	}
	t.Lists++
	t.Items += len(l.Items)
	t.Fallback += l.Fallback
	t.Stages[l.Stage]++
	if l.Lack != "" {
		t.Lacks[l.Lack]++
	}
	m.tally[question] = t
}

// Tallies returns how questions were answered since the process began, by the name
// of the method, such as "ForCart": when many lists are of a low stage, or many
// items a fallback, the shop shows everybody the same.
func (r *Recommender) Tallies() map[string]Tally {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := maps.Clone(r.tally)
	for name, t := range all {
		t.Stages, t.Lacks = maps.Clone(t.Stages), maps.Clone(t.Lacks)
		all[name] = t
	}
	return all
}

package rfm

import (
	"fmt"
	"slices"
)

// A Range holds the scores from one to another, both included. The zero Range
// holds all.
type Range struct {
	From int `json:"from,omitzero"`
	To   int `json:"to,omitzero"`
}

func (r Range) has(n int) bool { return r == Range{} || r.From <= n && n <= r.To }

// String returns "2-4", "5" or "any".
func (r Range) String() string {
	switch {
	case r == Range{}:
		return "any"
	case r.From == r.To:
		return fmt.Sprint(r.From)
	}
	return fmt.Sprintf("%d-%d", r.From, r.To)
}

// A Group is a name for scores within bounds. A name that needs several such
// boxes stands in several groups.
type Group struct {
	Name  string `json:"name"`           // as rules say it: "at_risk"
	Title string `json:"title,omitzero"` // as people read it: "At Risk"
	R     Range  `json:"r,omitzero"`
	F     Range  `json:"f,omitzero"`
	M     Range  `json:"m,omitzero"`
	FM    Range  `json:"fm,omitzero"` // of the mean of F and M, halves rounded up
}

func (g *Group) has(r, f, m int) bool {
	return g.R.has(r) && g.F.has(f) && g.M.has(m) && g.FM.has((f+m+1)/2)
}

// A Map gives names to scores: the first group that has them. Scores of more or
// fewer bins than the map's are stretched to it: the least to the least, the
// best to the best, and between them in proportion, to the nearest, halves up.
type Map struct {
	Bins   int     `json:"bins,omitzero"` // what the bounds are of: 2 to 10; 0: 5
	Groups []Group `json:"groups"`
	None   string  `json:"none,omitzero"` // the name of who has no scores
}

// IsZero reports whether a map has no groups.
func (m Map) IsZero() bool { return len(m.Groups) == 0 }

// Names returns the names that a map gives, each once, in its order, and None
// last.
func (m Map) Names() []string {
	var names []string
	for i := range m.Groups {
		if !slices.Contains(names, m.Groups[i].Name) {
			names = append(names, m.Groups[i].Name)
		}
	}
	if m.None != "" && !slices.Contains(names, m.None) {
		names = append(names, m.None)
	}
	return names
}

// mostFaults is how many combinations without a group are told one by one.
const mostFaults = 20

func (m Map) bins() int {
	if m.Bins == 0 {
		return defaultBins
	}
	return m.Bins
}

// Check returns what is wrong with a map as [Faults], nil for nothing: bounds
// that no score is within, groups without a name or behind others that have
// all of theirs, and combinations of scores that no group has.
func (m Map) Check() error {
	var faults Faults
	bins := m.bins()
	if bins < fewestBins || bins > mostBins {
		faults.add("bins", "2 to 10", "%d", bins)
		return faults
	}
	for i, g := range m.Groups {
		path := fmt.Sprintf("groups[%d]", i)
		if g.Name == "" {
			faults.add(path+".name", "a name", "nothing")
		}
		for _, b := range []struct {
			name string
			Range
		}{{"r", g.R}, {"f", g.F}, {"m", g.M}, {"fm", g.FM}} {
			if b.Range != (Range{}) && (b.From < 1 || b.To > bins || b.From > b.To) {
				faults.add(path+"."+b.name, fmt.Sprintf("from 1 to %d, in this order", bins), "%d-%d", b.From, b.To)
			}
		}
	}
	if len(faults) > 0 {
		return faults
	}
	used := make([]bool, len(m.Groups))
	missing := 0
	for r := 1; r <= bins; r++ {
		for f := 1; f <= bins; f++ {
			for money := 1; money <= bins; money++ {
				if i := m.first(r, f, money); i >= 0 {
					used[i] = true
				} else if missing++; missing <= mostFaults {
					faults.add("groups", "a group for every combination", "none has R%d F%d M%d", r, f, money)
				}
			}
		}
	}
	if missing > mostFaults {
		faults.add("groups", "a group for every combination", "none has %d more", missing-mostFaults)
	}
	for i, ok := range used {
		if !ok {
			faults.add(fmt.Sprintf("groups[%d]", i), "scores that no group before it has", "%q is never reached", m.Groups[i].Name)
		}
	}
	return faults.err()
}

// first returns the first group that has scores of the map's own bins, or -1.
func (m Map) first(r, f, money int) int {
	for i := range m.Groups {
		if m.Groups[i].has(r, f, money) {
			return i
		}
	}
	return -1
}

// A Grid is a map worked out for all scores of some edges. It is safe for
// concurrent use, and nil has no group.
type Grid struct {
	best  Scores
	cells []int16 // a group for each combination, or -1
	names []string
	none  string
}

// Grid works a map out for scores up to the best of each, which
// [Edges.Best] returns.
func (m Map) Grid(best Scores) *Grid {
	g := &Grid{best: best, none: m.None}
	for i := range m.Groups {
		g.names = append(g.names, m.Groups[i].Name)
	}
	bins := m.bins()
	for r := range int(best.R) {
		for f := range int(best.F) {
			for money := range int(best.M) {
				i := m.first(stretch(r, int(best.R), bins), stretch(f, int(best.F), bins), stretch(money, int(best.M), bins))
				g.cells = append(g.cells, int16(i))
			}
		}
	}
	return g
}

// stretch turns a score of one number of bins, counted from 0, into a score of
// another, counted from 1.
func stretch(score, from, to int) int {
	if from < 2 {
		return 1
	}
	return 1 + (2*score*(to-1)+from-1)/(2*(from-1))
}

// Group returns the number of the group of the map that scores are in, or -1
// for none: of who has no scores, and where the map leaves them out.
func (g *Grid) Group(s Scores) int {
	if g == nil || s.R < 1 || s.F < 1 || s.M < 1 || s.R > g.best.R || s.F > g.best.F || s.M > g.best.M {
		return -1
	}
	return int(g.cells[(int(s.R-1)*int(g.best.F)+int(s.F-1))*int(g.best.M)+int(s.M-1)])
}

// Name returns the name of the group that scores are in, "" for none, and the
// map's None for the zero Scores.
func (g *Grid) Name(s Scores) string {
	switch n := g.Group(s); {
	case n >= 0:
		return g.names[n]
	case g != nil && s == Scores{}:
		return g.none
	}
	return ""
}

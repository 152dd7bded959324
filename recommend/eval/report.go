package eval

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Report holds what came out of a task: a line for each system, the
// baselines first. It is safe for concurrent use.
type Report struct {
	// Kind is the question and K the length of the lists.
	Kind Kind
	K    int
	// Cases is the number of questions.
	Cases int
	// Empty, Strangers and Unknown count what could not be asked, as in
	// [Task]. In the report of a group they are those of the whole task.
	Empty, Strangers, Unknown int
	// Lines are in the order in which the systems were given.
	Lines []Line

	task    *Task
	options Options
	places  []place
	answers []*answers
}

// A Line is how good one system is.
type Line struct {
	// Name is that of the system.
	Name string
	// Metrics are the means over the cases, with their intervals.
	Metrics map[Metric]Interval
	// Coverage is the share of the catalog that is in at least one list.
	Coverage float64
	// Novelty is how many bits a recommended product tells on average: 0 for
	// one that everybody took, 10 for one that a customer in 1,024 took.
	Novelty float64
	// Short counts the lists with fewer than K products.
	Short int
}

// A place says where a case is, in which group, and whose it is.
type place struct{ at, group, cluster int }

// answers are those of one system to all cases of a task.
type answers struct {
	name   string
	lists  [][]string
	values [][]float64 // by case, then in the order of metrics
}

// sum fills the lines from the answers at the report's places.
func (r *Report) sum() {
	r.Cases, r.Lines = len(r.places), nil
	bits := r.task.learn().bits
	for _, a := range r.answers {
		line := Line{Name: a.name, Metrics: map[Metric]Interval{}}
		for m, metric := range metrics {
			line.Metrics[metric] = bootstrap(r.values(a, m), r.clusters(), &r.options)
		}
		shown := map[string]bool{}
		var novelty, n float64
		for _, p := range r.places {
			for _, product := range a.lists[p.at] {
				if b, ok := bits[product]; ok {
					shown[product] = true
					novelty += b
					n++
				}
			}
			if len(a.lists[p.at]) < r.K {
				line.Short++
			}
		}
		if n > 0 {
			line.Novelty = novelty / n
			line.Coverage = float64(len(shown)) / float64(len(bits))
		}
		r.Lines = append(r.Lines, line)
	}
}

// Line returns the line of a system, or false when there is none.
func (r *Report) Line(name string) (Line, bool) {
	i := slices.IndexFunc(r.Lines, func(l Line) bool { return l.Name == name })
	if i < 0 {
		return Line{}, false
	}
	return r.Lines[i], true
}

// Difference returns by how much system a is better than system b, case by
// case. When the interval does not hold 0 the difference is hardly by chance;
// to look at the intervals of the two lines says much less. All values are
// NaN when the report lacks a system or the metric.
func (r *Report) Difference(a, b string, metric Metric) Interval {
	find := func(name string) *answers {
		i := slices.IndexFunc(r.answers, func(x *answers) bool { return x.name == name })
		if i < 0 {
			return nil
		}
		return r.answers[i]
	}
	one, two, m := find(a), find(b), slices.Index(metrics, metric)
	if one == nil || two == nil || m < 0 {
		return Interval{math.NaN(), math.NaN(), math.NaN()}
	}
	values := r.values(one, m)
	for i, v := range r.values(two, m) {
		values[i] -= v
	}
	return bootstrap(values, r.clusters(), &r.options)
}

// Groups returns the numbers of the groups that have cases, ascending.
func (r *Report) Groups() []int {
	var list []int
	for _, p := range r.places {
		list = append(list, p.group)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Group returns the report on the cases of one group. That of a group without
// cases has no cases, and NaN for all means.
func (r *Report) Group(group int) *Report {
	g := *r
	g.places = slices.DeleteFunc(slices.Clone(r.places), func(p place) bool { return p.group != group })
	g.sum()
	return &g
}

// String shows the report as a table of text.
func (r *Report) String() string {
	width := 8
	for _, l := range r.Lines {
		width = max(width, len(l.Name))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d cases, lists of %d\n", r.Kind, r.Cases, r.K)
	fmt.Fprintf(&b, "%-*s %7s %7s %7s %7s %7s %7s %8s %7s\n", width, "", "recall", "prec", "ndcg", "map", "hit", "mrr", "coverage", "novelty")
	for _, l := range r.Lines {
		fmt.Fprintf(&b, "%-*s", width, l.Name)
		for _, m := range metrics {
			fmt.Fprintf(&b, " %7.4f", l.Metrics[m].Mean)
		}
		fmt.Fprintf(&b, " %7.1f%% %7.2f\n", 100*l.Coverage, l.Novelty)
	}
	return b.String()
}

func (r *Report) values(a *answers, metric int) []float64 {
	values := make([]float64, len(r.places))
	for i, p := range r.places {
		values[i] = a.values[p.at][metric]
	}
	return values
}

func (r *Report) clusters() []int {
	list := make([]int, len(r.places))
	for i, p := range r.places {
		list[i] = p.cluster
	}
	return list
}

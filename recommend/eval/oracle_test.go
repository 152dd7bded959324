package eval_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/recommend/eval"
)

// letters returns a product a letter.
func letters(text string) []string { return strings.Split(text, "") }

// asked returns the line of a system that answers with some lists, one a case.
func asked(t *testing.T, k int, targets, lists [][]string) eval.Line {
	t.Helper()
	var rows []eval.Row
	for p := 'a'; p <= 'z'; p++ {
		rows = append(rows, eval.Row{Customer: "somebody", Product: string(p), Time: day(1)})
	}
	answers := map[string][]string{}
	for i := range targets {
		who := fmt.Sprintf("%03d", i)
		answers[who] = lists[i]
		rows = append(rows, eval.Row{Customer: who, Product: "else", Time: day(1)})
		for _, p := range targets[i] {
			rows = append(rows, eval.Row{Customer: who, Product: p, Time: day(20)})
		}
	}
	report, err := eval.Cut(rows, day(10), 0).Task(eval.NextNew, 0).Run(t.Context(), []eval.System{
		{Name: "it", Recommender: eval.Func(func(q eval.Query, _ int) []string { return answers[q.Customer] })},
	}, &eval.Options{K: k, Resamples: 1})
	if err != nil {
		t.Fatal(err)
	}
	if report.Cases != len(targets) {
		t.Fatalf("%d cases, want %d", report.Cases, len(targets))
	}
	line, _ := report.Line("it")
	return line
}

// The metrics are those of scikit-learn, case by case.
func TestMetricsOfScikitLearn(t *testing.T) {
	f, err := os.Open("testdata/metrics.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 301 {
		t.Fatalf("%d rows, want 300 and a header", len(rows))
	}
	seen := map[eval.Metric]int{}
	for _, row := range rows[1:] {
		k, err := strconv.Atoi(row[0])
		if err != nil {
			t.Fatal(err)
		}
		line := asked(t, k, [][]string{letters(row[1])}, [][]string{letters(row[2])})
		for i, name := range rows[0][3:] {
			if row[3+i] == "" {
				continue
			}
			want, err := strconv.ParseFloat(row[3+i], 64)
			if err != nil {
				t.Fatal(err)
			}
			m := eval.Metric(name)
			seen[m]++
			if got, ok := line.Metrics[m]; !ok || math.Abs(got.Mean-want) > 1e-9 {
				t.Errorf("%s of %s for %s at %d is %v, want %v", m, row[2], row[1], k, got.Mean, want)
			}
		}
	}
	for _, m := range []eval.Metric{eval.Recall, eval.Precision, eval.NDCG, eval.HitRate, eval.MRR} {
		if seen[m] != 300 {
			t.Errorf("%s was compared %d times", m, seen[m])
		}
	}
	if seen[eval.MAP] < 100 {
		t.Errorf("map was compared %d times", seen[eval.MAP])
	}
}

// Where lists are cut, MAP is that of the competitions: the figures are those that
// ml_metrics, the library of Kaggle's metrics, expects of itself.
func TestMAPOfCutLists(t *testing.T) {
	for _, c := range []struct {
		k              int
		targets, lists []string
		want           float64
	}{
		{2, []string{"abcde"}, []string{"fdgab"}, .25},
		{5, []string{"abcde"}, []string{"aaaaa"}, .2},
		{3, []string{"abcd"}, []string{"abcd"}, 1},
		{3, []string{"acd", "abd", "ac"}, []string{"abcde", "abcde", "abcde"}, .685185185185185},
		{5, []string{"abcde", "abcde"}, []string{"fdgab", "aaaaa"}, .26},
		{3, []string{"ac", "abc", "abc"}, []string{"abcde", "aaa", "aba"}, 11. / 18},
	} {
		var targets, lists [][]string
		for i := range c.targets {
			targets, lists = append(targets, letters(c.targets[i])), append(lists, letters(c.lists[i]))
		}
		if got := asked(t, c.k, targets, lists).Metrics[eval.MAP].Mean; math.Abs(got-c.want) > 1e-12 {
			t.Errorf("map of %q for %q at %d is %v, want %v", c.lists, c.targets, c.k, got, c.want)
		}
	}
}

// A basket counts once, whatever its rows say and in whatever order they come.
func TestOwnCountsBasketsOnce(t *testing.T) {
	at := []eval.Row{
		{Customer: "ann", Basket: "1", Product: "tea", Time: day(1), Weight: 1},
		{Customer: "ann", Basket: "1", Product: "tea", Time: day(1), Weight: 5},
		{Customer: "ann", Basket: "1", Product: "mug", Time: day(1), Weight: 3},
		{Customer: "ann", Basket: "2", Product: "tea", Time: day(20)},
	}
	turned := []eval.Row{at[1], at[0], at[2], at[3]}
	for _, rows := range [][]eval.Row{at, turned} {
		report, err := eval.Cut(rows, day(10), 0).Task(eval.NextAny, 0).Run(t.Context(), nil, &eval.Options{K: 1})
		if err != nil {
			t.Fatal(err)
		}
		if line, _ := report.Line(eval.Own); line.Metrics[eval.HitRate].Mean != 1 {
			t.Errorf("rows %v: what counts five is not before what counts three", rows[:3])
		}
	}
}

// What cannot be meant so is taken for the default, and an act of no time is none.
func TestCameOfAnything(t *testing.T) {
	acts := trial(1, 50, .3, .2)
	want := eval.Came(acts, time.Hour, nil).String()
	for _, o := range []eval.Options{{Resamples: -1}, {Level: 2}, {Level: -1}, {Level: math.NaN()}} {
		if got := eval.Came(acts, time.Hour, &o).String(); got != want {
			t.Errorf("%+v: %s, want\n%s", o, got, want)
		}
	}
	never := eval.Act{Kind: eval.Entered, Arm: "a", Customer: "eve"}
	arms := eval.Came([]eval.Act{never, act(eval.Entered, "a", "eve", "", 0), act(eval.Ordered, "", "eve", "tea", 1)}, time.Hour, nil).Arms
	if len(arms) != 1 || arms[0].Ordered != 1 {
		t.Errorf("who entered at no time, and then at one, and ordered once: %+v", arms)
	}
}

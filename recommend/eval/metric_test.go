package eval_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/recommend/eval"
)

// one returns a split in which one customer takes the targets, and another
// took everything before.
func one(targets ...string) *eval.Split {
	rows := []eval.Row{{Customer: "x", Product: "z", Time: day(1)}}
	for _, p := range []string{"a", "b", "c", "d", "e"} {
		rows = append(rows, eval.Row{Customer: "y", Product: p, Time: day(1)})
	}
	for _, p := range targets {
		rows = append(rows, eval.Row{Customer: "x", Product: p, Time: day(20)})
	}
	return eval.Cut(rows, day(10), 0)
}

func list(products ...string) eval.Recommender {
	return eval.Func(func(eval.Query, int) []string { return products })
}

// The figures were worked out by hand.
func TestMetrics(t *testing.T) {
	log := func(x float64) float64 { return 1 / math.Log2(x) }
	for _, c := range []struct {
		name    string
		targets []string
		list    []string
		want    map[eval.Metric]float64
	}{
		{"all at the head", []string{"a", "b"}, []string{"b", "a", "c"}, map[eval.Metric]float64{
			eval.Recall: 1, eval.Precision: 2. / 3, eval.NDCG: 1, eval.MAP: 1, eval.HitRate: 1, eval.MRR: 1}},
		{"second and third", []string{"a", "b"}, []string{"c", "a", "b"}, map[eval.Metric]float64{
			eval.Recall: 1, eval.Precision: 2. / 3, eval.NDCG: (log(3) + log(4)) / (1 + log(3)), eval.MAP: (1./2 + 2./3) / 2, eval.HitRate: 1, eval.MRR: .5}},
		{"more targets than places", []string{"a", "b", "c", "d"}, []string{"a", "e", "b"}, map[eval.Metric]float64{
			eval.Recall: .5, eval.Precision: 2. / 3, eval.NDCG: (1 + log(4)) / (1 + log(3) + log(4)), eval.MAP: (1 + 2./3) / 3, eval.HitRate: 1, eval.MRR: 1}},
		{"nothing", []string{"a"}, []string{"b", "c", "d"}, map[eval.Metric]float64{
			eval.Recall: 0, eval.Precision: 0, eval.NDCG: 0, eval.MAP: 0, eval.HitRate: 0, eval.MRR: 0}},
		{"no list", []string{"a"}, nil, map[eval.Metric]float64{
			eval.Recall: 0, eval.Precision: 0, eval.NDCG: 0, eval.MAP: 0, eval.HitRate: 0, eval.MRR: 0}},
		{"beyond the cut of the list", []string{"a"}, []string{"b", "c", "d", "a"}, map[eval.Metric]float64{
			eval.Recall: 0, eval.Precision: 0, eval.NDCG: 0, eval.MAP: 0, eval.HitRate: 0, eval.MRR: 0}},
		{"twice earns once", []string{"a", "b"}, []string{"a", "a", "b"}, map[eval.Metric]float64{
			eval.Recall: 1, eval.Precision: 2. / 3, eval.NDCG: (1 + log(4)) / (1 + log(3)), eval.MAP: (1 + 2./3) / 2, eval.HitRate: 1, eval.MRR: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := one(c.targets...).Task(eval.NextNew, 0).Run(t.Context(), []eval.System{{Name: "s", Recommender: list(c.list...)}}, &eval.Options{K: 3})
			if err != nil {
				t.Fatal(err)
			}
			line, _ := r.Line("s")
			got := map[eval.Metric]float64{}
			for m, i := range line.Metrics {
				got[m] = i.Mean
				if i.Low != i.Mean || i.High != i.Mean {
					t.Errorf("%s: one case has the interval %v", m, i)
				}
			}
			if diff := cmp.Diff(c.want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if short := line.Short == 1; short != (len(c.list) < 3) {
				t.Errorf("short is %d for a list of %d", line.Short, len(c.list))
			}
		})
	}
}

func TestWhatIsNotEligibleEarnsNothing(t *testing.T) {
	r, err := one("a", "z").Task(eval.NextNew, 0).Run(t.Context(), []eval.System{{Name: "s", Recommender: list("z", "a")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if line, _ := r.Line("s"); line.Metrics[eval.MRR].Mean != .5 {
		t.Errorf("the reciprocal rank is %v, want that of the second place", line.Metrics[eval.MRR].Mean)
	}
}

// A second way, without sorting or slices of metrics: NDCG and AP by counting
// pairs.
func TestMetricsAgainstNaive(t *testing.T) {
	draw := rand.New(rand.NewPCG(3, 4))
	products := []string{"a", "b", "c", "d", "e"}
	for range 300 {
		var targets []string
		for _, p := range products {
			if draw.IntN(2) == 0 {
				targets = append(targets, p)
			}
		}
		if len(targets) == 0 {
			continue
		}
		shown := slices.Clone(products)
		draw.Shuffle(len(shown), func(i, j int) { shown[i], shown[j] = shown[j], shown[i] })
		shown = shown[:1+draw.IntN(5)]
		k := 1 + draw.IntN(5)
		var found, dcg, ideal, ap, rr float64
		for i := 1; i <= k; i++ {
			if i <= len(targets) {
				ideal += math.Ln2 / math.Log(float64(i)+1)
			}
			if i > len(shown) || !slices.Contains(targets, shown[i-1]) {
				continue
			}
			before := 0.0
			for _, p := range shown[:i] {
				if slices.Contains(targets, p) {
					before++
				}
			}
			found++
			dcg += math.Ln2 / math.Log(float64(i)+1)
			ap += before / float64(i)
			rr = max(rr, 1/float64(i))
		}
		want := map[eval.Metric]float64{
			eval.Recall: found / float64(len(targets)), eval.Precision: found / float64(k), eval.NDCG: dcg / ideal,
			eval.MAP: ap / float64(min(k, len(targets))), eval.HitRate: math.Ceil(found / 5), eval.MRR: rr,
		}
		r, err := one(targets...).Task(eval.NextNew, 0).Run(t.Context(), []eval.System{{Name: "s", Recommender: list(shown...)}}, &eval.Options{K: k, Resamples: 1})
		if err != nil {
			t.Fatal(err)
		}
		line, _ := r.Line("s")
		for m, w := range want {
			if math.Abs(line.Metrics[m].Mean-w) > 1e-12 {
				t.Fatalf("%s of %v for %v at %d is %v, want %v", m, shown, targets, k, line.Metrics[m].Mean, w)
			}
		}
	}
}

func TestAveragePrecision(t *testing.T) {
	for _, c := range []struct {
		name   string
		scores []float64
		came   []bool
		want   float64
	}{
		{"perfect", []float64{3, 2, 1}, []bool{true, true, false}, 1},
		{"last", []float64{3, 2, 1}, []bool{false, false, true}, 1. / 3},
		{"equal scores share their places", []float64{1, 1, 1, 1}, []bool{true, false, false, false}, .25},
		{"equal below", []float64{2, 1, 1}, []bool{true, true, false}, (1 + 2./3) / 2},
		{"nothing came", []float64{2, 1}, []bool{false, false}, math.NaN()},
		{"no number", []float64{math.NaN(), 1}, []bool{true, false}, math.NaN()},
		{"empty", nil, nil, math.NaN()},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := eval.AveragePrecision(c.scores, c.came)
			if diff := cmp.Diff(c.want, got, cmpopts.EquateApprox(0, 1e-12), cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTasks(t *testing.T) {
	split := eval.Cut(shop(), day(20), 0)
	for _, c := range []struct {
		kind eval.Kind
		want map[string][]string // by customer
	}{
		{eval.NextAny, map[string][]string{"ann": {"coffee"}, "ben": {"coffee", "grinder"}, "cem": {"tea"}}},
		{eval.NextNew, map[string][]string{"ben": {"grinder"}}},
		{eval.NextAgain, map[string][]string{"ann": {"coffee"}, "ben": {"coffee"}, "cem": {"tea"}}},
		{eval.Session, map[string][]string{"ben": {"grinder"}}},
		{"else", map[string][]string{}},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			got := map[string][]string{}
			for _, q := range split.Task(c.kind, 1).Cases {
				got[q.Query.Customer] = q.Targets
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestNothingIsLearnedFromTheFuture(t *testing.T) {
	split := eval.Cut(shop(), day(9), 48*time.Hour)
	if diff := cmp.Diff([]int{6, 2}, []int{len(split.Train), len(split.Test)}); diff != "" {
		t.Errorf("rows before and in the window (-want +got)\n%s", diff)
	}
	for _, r := range split.Train {
		if !r.Time.Before(day(9)) {
			t.Errorf("%v is in training", r)
		}
	}
	task := split.Task(eval.NextAny, 1)
	if task.Unknown != 1 { // nobody had bought a grinder
		t.Errorf("%d rows are of unknown products, want 1", task.Unknown)
	}
	split.Catalog = append(split.Catalog, "grinder")
	slices.Sort(split.Catalog)
	if task := split.Task(eval.NextAny, 1); task.Unknown != 0 || len(task.Cases[0].Targets) != 2 {
		t.Errorf("a product named in the catalog is not asked for: %+v", task.Cases)
	}
}

func TestRowsThatDoNotCount(t *testing.T) {
	rows := append(shop(),
		eval.Row{Customer: "ann", Basket: "9", Product: "coffee", Time: day(25), Weight: -1},
		eval.Row{Customer: "ann", Basket: "9", Product: "tea", Time: day(25), Weight: math.NaN()},
		eval.Row{Customer: "ann", Basket: "9", Time: day(25)})
	if diff := cmp.Diff(eval.Cut(shop(), day(20), 0), eval.Cut(rows, day(20), 0)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestOrderOfRowsChangesNothing(t *testing.T) {
	rows := shop()
	draw := rand.New(rand.NewPCG(1, 1))
	var want string
	for i := range 5 {
		var got strings.Builder
		for _, kind := range []eval.Kind{eval.NextAny, eval.NextNew, eval.NextAgain, eval.Cart} {
			r, err := eval.Cut(rows, day(20), 0).Task(kind, 7).Run(t.Context(), nil, &eval.Options{K: 2})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "%v\n%v\n", r, r.Lines)
		}
		if i == 0 {
			want = got.String()
		}
		if diff := cmp.Diff(want, got.String()); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
		draw.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
}

func TestDraw(t *testing.T) {
	var rows []eval.Row
	for b := range 2000 {
		for _, p := range []string{"a", "b", "c"} {
			rows = append(rows, eval.Row{Basket: fmt.Sprint(b), Product: p})
		}
	}
	split := eval.Draw(rows, .2, 1)
	if got := len(split.Test) / 3; got < 340 || got > 460 {
		t.Errorf("%d of 2,000 baskets were drawn, want about 400", got)
	}
	in := map[string]bool{}
	for _, r := range split.Test {
		in[r.Basket] = true
	}
	for _, r := range split.Train {
		if in[r.Basket] {
			t.Fatalf("basket %s is on both sides", r.Basket)
		}
	}
	hidden := map[string]int{}
	for _, c := range split.Task(eval.Cart, 1).Cases {
		hidden[c.Targets[0]]++
	}
	for _, p := range []string{"a", "b", "c"} {
		if n := hidden[p] * 3; n < len(split.Test)/6 || n > len(split.Test)*3/6 {
			t.Errorf("%s is hidden in %d carts of %d", p, hidden[p], len(split.Test)/3)
		}
	}
}

// The bounds of a mean of n fair coins are about 1/√n from it.
func TestIntervals(t *testing.T) {
	var rows []eval.Row
	for i := range 400 {
		c := fmt.Sprint(i)
		rows = append(rows, eval.Row{Customer: c, Product: "a", Time: day(1)}, eval.Row{Customer: "all", Product: "b", Time: day(1)},
			eval.Row{Customer: c, Product: "ab"[i%2 : i%2+1], Time: day(20)})
	}
	r, err := eval.Cut(rows, day(10), 0).Task(eval.NextAny, 0).Run(t.Context(), []eval.System{
		{Name: "a", Recommender: list("a")}, {Name: "b", Recommender: list("b")},
	}, &eval.Options{K: 1})
	if err != nil {
		t.Fatal(err)
	}
	line, _ := r.Line("a")
	i := line.Metrics[eval.HitRate]
	if i.Mean != .5 || math.Abs(i.Low-.45) > .01 || math.Abs(i.High-.55) > .01 {
		t.Errorf("the interval is %v, want 0.5 [0.45, 0.55]", i)
	}
	d := r.Difference("a", "b", eval.HitRate)
	if d.Mean != 0 || math.Abs(d.Low+.1) > .02 || math.Abs(d.High-.1) > .02 {
		t.Errorf("the difference is %v, want 0 [-0.1, 0.1]", d)
	}
	if d := r.Difference("a", "nobody", eval.HitRate); !math.IsNaN(d.Mean) {
		t.Errorf("the difference to nobody is %v", d)
	}
}

func TestRunRefuses(t *testing.T) {
	task := eval.Cut(shop(), day(20), 0).Task(eval.NextAny, 1)
	for _, c := range []struct {
		name    string
		systems []eval.System
		opts    *eval.Options
	}{
		{"no name", []eval.System{{Recommender: list()}}, nil},
		{"no recommender", []eval.System{{Name: "s"}}, nil},
		{"name of a baseline", []eval.System{{Name: eval.Own, Recommender: list()}}, nil},
		{"twice", []eval.System{{Name: "s", Recommender: list()}, {Name: "s", Recommender: list()}}, nil},
		{"length below zero", nil, &eval.Options{K: -1}},
		{"level of one", nil, &eval.Options{Level: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := task.Run(t.Context(), c.systems, c.opts); !errors.Is(err, eval.ErrInvalid) {
				t.Errorf("got %v, want ErrInvalid", err)
			}
		})
	}
	_, err := task.Run(t.Context(), []eval.System{{}, {Name: eval.Own, Recommender: list()}}, &eval.Options{K: -1, Resamples: -2, Level: 95})
	const want = `eval: invalid: k -1: want 0 or more; resamples -2: want 0 or more; level 95: want 0 to 1, and less than 1; ` +
		`systems[0].name "": want a name; systems[0].recommender nil: want one; systems[1].name "own history": want one that no other has, nor a baseline`
	if err == nil || err.Error() != want {
		t.Errorf("all at once:\n%v, want\n%s", err, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := task.Run(ctx, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v after the end of the context", err)
	}
}

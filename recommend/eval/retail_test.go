package eval_test

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"github.com/seed-9cb3708a/clientele/recommend/eval"
	"github.com/seed-9cb3708a/clientele/recommend/internal/retail"
)

// The figures were measured by others on the same data and cut, with another
// program; ours must come out of our protocol.
func TestPublishedFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("asks some thousand questions")
	}
	path, ok := retail.Path()
	if !ok {
		t.Skip("no Online Retail data")
	}
	rows, err := retail.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	var known, all []eval.Row
	for _, r := range rows {
		if r.Sold() {
			all = append(all, eval.Row{Customer: r.Customer, Basket: r.Invoice, Product: r.Code, Time: r.Time})
			if r.Customer != "" {
				known = append(known, all[len(all)-1])
			}
		}
	}
	type figure struct {
		name   string
		metric eval.Metric
		want   float64
	}
	for _, c := range []struct {
		kind    eval.Kind
		rows    []eval.Row
		cases   int
		figures []figure
	}{
		{eval.NextAny, known, 1378, []figure{
			{eval.Popularity, eval.NDCG, .081}, {eval.Popularity, eval.Precision, .072},
			{eval.Popularity, eval.Recall, .032}, {eval.Popularity, eval.HitRate, .451},
			{eval.Own, eval.NDCG, .339}, {eval.Own, eval.Precision, .287},
			{eval.Own, eval.Recall, .177}, {eval.Own, eval.HitRate, .837},
		}},
		{eval.NextNew, known, 1270, []figure{
			{eval.Popularity, eval.NDCG, .034}, {eval.Popularity, eval.Recall, .019}, {eval.Popularity, eval.HitRate, .227},
		}},
		{eval.NextAgain, known, 1284, []figure{
			{"faded", eval.NDCG, .409}, {"faded", eval.Recall, .369},
		}},
		{eval.Cart, all, 2542, []figure{{eval.Popularity, eval.HitRate, .030}}},
	} {
		split := eval.Cut(c.rows, retail.Cut, 0)
		report, err := split.Task(c.kind, 1).Run(t.Context(), []eval.System{{Name: "faded", Recommender: faded(split)}}, &eval.Options{Resamples: 1})
		if err != nil {
			t.Fatal(err)
		}
		if report.Cases != c.cases {
			t.Errorf("%s has %d cases, want %d", c.kind, report.Cases, c.cases)
		}
		within := .0015
		if c.kind == eval.Cart { // other products are hidden: one standard error
			within = .0035
		}
		for _, f := range c.figures {
			line, _ := report.Line(f.name)
			got := line.Metrics[f.metric].Mean
			t.Logf("%s: %s of %s is %.4f, published %.3f", c.kind, f.metric, f.name, got, f.want)
			if math.Abs(got-f.want) > within {
				t.Errorf("%s: %s of %s is %.4f, want %.3f", c.kind, f.metric, f.name, got, f.want)
			}
		}
	}
}

// faded recommends what a customer bought in most baskets, each counted half as
// much when it is ninety days older.
func faded(s *eval.Split) eval.Recommender {
	own := map[string]map[string]float64{}
	seen := map[eval.Row]bool{}
	for _, r := range s.Train {
		if own[r.Customer] == nil {
			own[r.Customer] = map[string]float64{}
		}
		if !seen[r] {
			seen[r] = true
			own[r.Customer][r.Product] += math.Exp2(-s.Cut.Sub(r.Time).Hours() / 24 / 90)
		}
	}
	return eval.Func(func(q eval.Query, k int) []string {
		var list []string
		for p := range own[q.Customer] {
			if q.Eligible(p) {
				list = append(list, p)
			}
		}
		slices.SortFunc(list, func(a, b string) int {
			return cmp.Or(cmp.Compare(own[q.Customer][b], own[q.Customer][a]), cmp.Compare(a, b))
		})
		return list[:min(k, len(list))]
	})
}

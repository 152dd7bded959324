package model_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/recommend/eval"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
	"github.com/seed-9cb3708a/clientele/recommend/internal/retail"
)

// sold returns the rows that the published protocols count.
var sold = sync.OnceValues(func() ([]retail.Row, error) {
	path, ok := retail.Path()
	if !ok {
		return nil, nil
	}
	rows, err := retail.Read(path)
	return slices.DeleteFunc(rows, func(r retail.Row) bool { return !r.Sold() }), err
})

// A world is the data as a model sees them on the day of a cut, and what came
// afterwards.
type world struct {
	log        *ledger.Log
	titles     map[string]string
	day        int32
	all, known *eval.Split // of all invoices, and of those of customers whom the shop knows
}

func retailWorld(tb testing.TB, cut time.Time) *world {
	tb.Helper()
	rows, err := sold()
	if err != nil {
		tb.Fatal(err)
	}
	if rows == nil {
		tb.Skip("no Online Retail data")
	}
	book := ledger.New()
	baskets := map[string]*ledger.Basket{}
	var all []eval.Row
	titles := map[string]string{}
	for _, r := range rows {
		all = append(all, eval.Row{Customer: r.Customer, Basket: r.Invoice, Product: r.Code, Time: r.Time})
		if !r.Time.Before(cut) {
			continue
		}
		b := baskets[r.Invoice]
		if b == nil {
			b = &ledger.Basket{ID: r.Invoice, Customer: r.Customer, Time: r.Time.Unix(), Day: ledger.Day(r.Time)}
			baskets[r.Invoice] = b
		}
		titles[r.Code] = r.Title
		b.Lines = append(b.Lines, ledger.Line{Product: r.Code, Quantity: r.Quantity})
	}
	for _, b := range baskets {
		book.Put(*b)
	}
	known := slices.DeleteFunc(slices.Clone(all), func(r eval.Row) bool { return r.Customer == "" })
	return &world{
		log: book.Log(ledger.Bought, nil), titles: titles, day: ledger.Day(cut) + 1,
		all: eval.Cut(all, cut, 30*24*time.Hour+time.Minute), known: eval.Cut(known, cut, 30*24*time.Hour+time.Minute),
	}
}

func (w *world) goods() model.Goods {
	g := model.Goods{Log: w.log}
	for _, p := range w.log.Products {
		g.Texts = append(g.Texts, w.titles[p])
	}
	return g
}

// recommender asks a model what the tasks ask.
func (w *world) recommender(m model.Scorer) eval.Recommender {
	return eval.Func(func(q eval.Query, k int) []string {
		query := &model.Query{Day: w.day, Past: model.Past(w.log, w.log.Who(q.Customer), w.day)}
		for _, p := range q.Items {
			query.Cart = append(query.Cart, w.log.Number(p))
		}
		scores := make([]float32, len(w.log.Products))
		m.Score(query, scores)
		var list []string
		for _, p := range model.Top(nil, scores, k, func(p int32) bool { return q.Eligible(w.log.Products[p]) }) {
			list = append(list, w.log.Products[p])
		}
		return list
	})
}

// report runs a task with one system.
func (w *world) report(tb testing.TB, kind eval.Kind, name string, m model.Scorer) *eval.Report {
	tb.Helper()
	split := w.known
	if kind == eval.Cart || kind == eval.Session {
		split = w.all
	}
	r, err := split.Task(kind, 1).Run(tb.Context(), []eval.System{{Name: name, Recommender: w.recommender(m)}}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// again returns what was foreseen of all pairs of a customer of the test and a
// product they had, and what came.
func (w *world) again(r *model.Repeat) float64 {
	came := map[string]map[string]bool{}
	for _, row := range w.known.Test {
		if came[row.Customer] == nil {
			came[row.Customer] = map[string]bool{}
		}
		came[row.Customer][row.Product] = true
	}
	var scores []float64
	var hits []bool
	for c, taken := range came {
		who := w.log.Who(c)
		products, chances := r.Chances(model.Past(w.log, who, w.day), w.day)
		for i, p := range products {
			scores, hits = append(scores, chances[i]), append(hits, taken[w.log.Products[p]])
		}
	}
	return eval.AveragePrecision(scores, hits)
}

// Figures that others measured on the same data come out of our models, and
// those that we promise are held. The blend, which takes a minute to tune, is
// in BenchmarkShop.
func TestRetailFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some ten seconds")
	}
	w := retailWorld(t, retail.Cut)
	ease, err := model.NewEase(t.Context(), w.log, w.day, model.EaseOptions{Sets: model.OfBaskets, Ridge: 20, Head: 2500})
	if err != nil {
		t.Fatal(err)
	}
	systems := []eval.System{
		{Name: "cosine", Recommender: w.recommender(model.NewTogether(w.log, w.day, model.Cosine, 10_000, 1))},
		{Name: "surprise", Recommender: w.recommender(model.NewTogether(w.log, w.day, model.Surprise, 10_000, 1))},
		{Name: "ease", Recommender: w.recommender(ease)},
	}
	r, err := w.all.Task(eval.Cart, 1).Run(t.Context(), systems, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", r)
	for name, want := range map[string]float64{"cosine": .204, "surprise": .225, "ease": .323} {
		line, _ := r.Line(name)
		// Others hid other products: the published figure is as uncertain as ours.
		if got := line.Metrics[eval.HitRate]; want < got.Low-.01 || want > got.High+.01 {
			t.Errorf("%s finds %v, published %.3f", name, got, want)
		}
	}
	if got := w.again(repeats(t, w.log, w.day)); got < .40 {
		t.Errorf("average precision of what is bought again is %.3f, want 0.40", got)
	}
	if right, asked := model.LastGaps(w.log, w.day); asked != 18535 || float64(right) < .33*float64(asked) {
		t.Errorf("%d of %d dates are right, want 33%% of 18535", right, asked)
	}
}

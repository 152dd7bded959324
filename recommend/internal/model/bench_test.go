package model_test

import (
	"bytes"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/recommend/eval"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
	"github.com/seed-9cb3708a/clientele/recommend/internal/retail"
)

// back moves the cut that models are measured at into the training period: by
// 30 and more while anything is being chosen, by 0 for figures to be told.
var back = flag.Int("back", 0, "days before the published cut")

func cut() time.Time { return retail.Cut.AddDate(0, 0, -*back) }

// BenchmarkCart builds the one model that carts need, and completes carts of
// which one product is hidden.
func BenchmarkCart(b *testing.B) {
	w := retailWorld(b, cut())
	for b.Loop() {
		start := cpu()
		m, err := model.NewEase(b.Context(), w.log, w.day, model.EaseOptions{Sets: model.OfBaskets, Ridge: 20})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(cpu()-start, "cpu-s")
		r := w.report(b, eval.Cart, "ease", m)
		line, _ := r.Line("ease")
		b.Log("\n" + r.String())
		b.Log(line.Metrics[eval.HitRate])
		b.ReportMetric(line.Metrics[eval.HitRate].Mean, "HR@10")
		b.ReportMetric(line.Metrics[eval.MRR].Mean, "MRR@10")
	}
}

// BenchmarkShop tunes and trains all models of a shop and asks each question
// of its blend.
func BenchmarkShop(b *testing.B) {
	w := retailWorld(b, cut())
	for b.Loop() {
		start := cpu()
		s, err := model.Tune(b.Context(), w.goods(), w.day, model.Settings{})
		if err != nil {
			b.Fatal(err)
		}
		tuned := cpu()
		shop, err := model.Train(b.Context(), w.goods(), w.day, s)
		if err != nil {
			b.Fatal(err)
		}
		b.Log(s.Customers, s.Baskets, s.Factors)
		logUsed(b, shop)
		b.ReportMetric(tuned-start, "cpu-s/tune")
		b.ReportMetric(cpu()-tuned, "cpu-s")
		for _, c := range []struct {
			kind    eval.Kind
			ask     model.Question
			metrics map[eval.Metric]string
		}{
			{eval.NextAny, model.Any, map[eval.Metric]string{eval.NDCG: "NDCG@10", eval.Recall: "R@10"}},
			{eval.NextNew, model.Fresh, map[eval.Metric]string{eval.NDCG: "new-NDCG@10"}},
			{eval.NextAgain, model.Again, map[eval.Metric]string{eval.NDCG: "again-NDCG@10"}},
			{eval.Cart, model.Cart, map[eval.Metric]string{eval.HitRate: "HR@10"}},
		} {
			r := w.report(b, c.kind, "blend", shop.Blends[c.ask])
			line, _ := r.Line("blend")
			for metric, unit := range c.metrics {
				b.Logf("%s %s %v, over own history %v", c.kind, metric, line.Metrics[metric], r.Difference("blend", eval.Own, metric))
				b.ReportMetric(line.Metrics[metric].Mean, unit)
			}
		}
		answers(b, w, shop)
	}
}

// answers tells how long a list of ten and its reasons take.
func answers(b *testing.B, w *world, shop *model.Shop) {
	any := shop.Blends[model.Any]
	scores := make([]float32, len(w.log.Products))
	var list []int32
	var score, why []float64
	for range 3 {
		for _, q := range queries(w.log, w.day, nil) {
			start := time.Now()
			answer := any.Ask(&q, scores)
			list = model.Top(list[:0], scores, 10, nil)
			scored := time.Now()
			answer.Why(list)
			answer.Done()
			score = append(score, float64(scored.Sub(start).Nanoseconds())/1e3)
			why = append(why, float64(time.Since(scored).Nanoseconds())/1e3)
		}
	}
	slices.Sort(score)
	slices.Sort(why)
	b.ReportMetric(score[len(score)/2], "p50-µs")
	b.ReportMetric(score[len(score)*99/100], "p99-µs")
	b.ReportMetric(why[len(why)/2], "why-p50-µs")
	data := saved(b, shop)
	start := time.Now()
	if _, err := model.ReadShop(bytes.NewReader(data)); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(start).Seconds(), "s/read")
	b.ReportMetric(float64(len(data))/1e6, "saved-MB")
}

// BenchmarkAgain tells for all customers of the test at once what they take
// again.
func BenchmarkAgain(b *testing.B) {
	w := retailWorld(b, cut())
	for b.Loop() {
		b.ReportMetric(w.again(repeats(b, w.log, w.day)), "AP")
	}
}

// BenchmarkDue tells the last gap of every customer and product with two or
// more, from all earlier ones.
func BenchmarkDue(b *testing.B) {
	w := retailWorld(b, cut())
	for b.Loop() {
		right, asked := model.LastGaps(w.log, w.day)
		b.ReportMetric(float64(right)/float64(asked), "right")
		b.ReportMetric(float64(asked), "gaps")
	}
}

// BenchmarkScore asks questions of a trained shop of 10,000 products, where all
// models are heard, and each model alone.
func BenchmarkScore(b *testing.B) {
	g := maker{customers: 4000, products: 10_000, days: 365, size: 6}.goods(1)
	shop, err := model.Train(b.Context(), g, 365, model.Settings{Head: 1000})
	if err != nil {
		b.Fatal(err)
	}
	scoring(b, g.Log, 365, shop)
}

// scoring measures answers of ten products.
func scoring(b *testing.B, l *ledger.Log, day int32, shop *model.Shop) {
	scores := make([]float32, len(l.Products))
	var list []int32
	run := func(name string, cart []int32, f func(q *model.Query)) {
		b.Run(name, func(b *testing.B) {
			queries := queries(l, day, cart)
			f(&queries[0])
			var times []float64
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				f(&queries[i*7919%len(queries)])
				times = append(times, float64(time.Since(start).Nanoseconds())/1e3)
			}
			slices.Sort(times)
			b.ReportMetric(times[len(times)/2], "p50-µs")
			b.ReportMetric(times[len(times)*99/100], "p99-µs")
		})
	}
	score := func(m model.Scorer) func(q *model.Query) {
		return func(q *model.Query) {
			m.Score(q, scores)
			list = model.Top(list[:0], scores, 10, nil)
		}
	}
	all := shop.Blends[model.Any]
	any := &model.Blend{Models: all.Models, Signals: all.Signals, Weights: slices.Clone(all.Weights), Strangers: all.Strangers}
	for i, s := range all.Signals { // the dearest, which hardly any shop has use for
		if model.Names[s.Model] == "factors" {
			any.Weights[i] = 0
		}
	}
	run("any", nil, score(any))
	run("all", nil, score(all))
	run("cart", []int32{1, 2, 3}, score(shop.Blends[model.Cart]))
	run("why", nil, func(q *model.Query) { any.Why(q, list) })
	run("any and why", nil, func(q *model.Query) {
		answer := any.Ask(q, scores)
		list = model.Top(list[:0], scores, 10, nil)
		answer.Why(list)
		answer.Done()
	})
	used := map[int]bool{}
	for i, s := range any.Signals {
		used[s.Model] = used[s.Model] || any.Weights[i] != 0
	}
	for i, m := range any.Models {
		if _, popular := m.(*model.Popularity); used[i] && !popular {
			run(model.Names[i], nil, score(m))
		}
	}
}

// queries returns those of customers taken evenly.
func queries(l *ledger.Log, day int32, cart []int32) []model.Query {
	var list []model.Query
	for i := range 1000 {
		q := model.Query{Day: day, Past: model.Past(l, int32(i*len(l.Customers)/1000), day), Cart: cart}
		if len(q.Past) > 0 {
			list = append(list, q)
		}
	}
	return list
}

// BenchmarkTogether completes the same carts by how often products share
// baskets.
func BenchmarkTogether(b *testing.B) {
	for _, c := range []struct {
		name    string
		measure model.Measure
	}{{"cosine", model.Cosine}, {"surprise", model.Surprise}, {"chance", model.Chance}} {
		b.Run(c.name, func(b *testing.B) {
			w := retailWorld(b, cut())
			for b.Loop() {
				start := cpu()
				m := model.NewTogether(w.log, w.day, c.measure, 10_000, 1)
				b.ReportMetric(cpu()-start, "cpu-s")
				line, _ := w.report(b, eval.Cart, c.name, m).Line(c.name)
				b.ReportMetric(line.Metrics[eval.HitRate].Mean, "HR@10")
			}
		})
	}
}

// logUsed tells which models each blend has.
func logUsed(b *testing.B, shop *model.Shop) {
	for q, blend := range shop.Blends {
		var used strings.Builder
		for i, g := range blend.Signals {
			if blend.Weights[i] != 0 {
				used.WriteString(" " + g.Name)
			}
		}
		b.Logf("%d:%s", q, used.String())
	}
}

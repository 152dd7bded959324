package model_test

import (
	"flag"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/recommend/eval"
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
			kind   eval.Kind
			ask    model.Question
			metric eval.Metric
			unit   string
		}{
			{eval.NextAny, model.Any, eval.NDCG, "NDCG@10"},
			{eval.NextAny, model.Any, eval.Recall, "R@10"},
			{eval.NextNew, model.Fresh, eval.NDCG, "new-NDCG@10"},
			{eval.NextAgain, model.Again, eval.NDCG, "again-NDCG@10"},
			{eval.Cart, model.Cart, eval.HitRate, "HR@10"},
		} {
			r := w.report(b, c.kind, "blend", shop.Blends[c.ask])
			line, _ := r.Line("blend")
			b.Logf("%s %s %v, over own history %v", c.kind, c.metric, line.Metrics[c.metric], r.Difference("blend", eval.Own, c.metric))
			b.ReportMetric(line.Metrics[c.metric].Mean, c.unit)
		}
	}
}

// BenchmarkAgain tells for all customers of the test at once what they take
// again.
func BenchmarkAgain(b *testing.B) {
	w := retailWorld(b, cut())
	for b.Loop() {
		r := model.NewRepeat(w.log, w.day, 30)
		b.ReportMetric(w.again(r), "AP")
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

// BenchmarkScore asks one question of each kind of a trained shop of 10,000
// products, and of each model alone.
func BenchmarkScore(b *testing.B) {
	g := maker{customers: 4000, products: 10_000, days: 365, size: 6}.goods(1)
	shop, err := model.Train(b.Context(), g, 365, model.Settings{Head: 1000, Rank: 32})
	if err != nil {
		b.Fatal(err)
	}
	run := func(name string, m model.Scorer, cart []int32) {
		b.Run(name, func(b *testing.B) {
			scores := make([]float32, len(g.Log.Products))
			b.ReportAllocs()
			c := int32(0)
			start := cpu()
			for b.Loop() {
				m.Score(&model.Query{Day: 365, Past: model.Past(g.Log, c, 365), Cart: cart}, scores)
				model.Top(nil, scores, 10, nil)
				c = (c + 1) % int32(len(g.Log.Customers))
			}
			b.ReportMetric((cpu()-start)/float64(b.N)*1e6, "cpu-µs")
		})
	}
	run("any", shop.Blends[model.Any], nil)
	run("cart", shop.Blends[model.Cart], []int32{1, 2, 3})
	for i, m := range shop.Blends[model.Any].Models {
		run(model.Names[i], m, nil)
	}
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
		used := ""
		for i, g := range blend.Signals {
			if blend.Weights[i] != 0 {
				used += " " + g.Name
			}
		}
		b.Logf("%d:%s", q, used)
	}
}

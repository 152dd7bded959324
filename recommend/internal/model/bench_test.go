package model_test

import (
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/recommend/eval"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
	"github.com/seed-9cb3708a/clientele/recommend/internal/retail"
)

// The cut that the models of a shop are measured at: retail.Cut for figures to
// be told, thirty days earlier while anything is being changed.
var cut = retail.Cut

// BenchmarkCart builds the one model that carts need, and completes carts of
// which one product is hidden.
func BenchmarkCart(b *testing.B) {
	w := retailWorld(b, cut)
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
	w := retailWorld(b, cut)
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
			b.Logf("%s %s %v, over own history %v\n%s", c.kind, c.metric, line.Metrics[c.metric], r.Difference("blend", eval.Own, c.metric), r)
			b.ReportMetric(line.Metrics[c.metric].Mean, c.unit)
		}
	}
}

// BenchmarkAgain tells for all customers of the test at once what they take
// again.
func BenchmarkAgain(b *testing.B) {
	w := retailWorld(b, cut)
	for b.Loop() {
		r := model.NewRepeat(w.log, w.day, 30)
		b.ReportMetric(w.again(r), "AP")
	}
}

// BenchmarkDue tells the last gap of every customer and product with two or
// more, from all earlier ones.
func BenchmarkDue(b *testing.B) {
	w := retailWorld(b, cut)
	for b.Loop() {
		right, asked := model.LastGaps(w.log, w.day)
		b.ReportMetric(float64(right)/float64(asked), "right")
		b.ReportMetric(float64(asked), "gaps")
	}
}

// BenchmarkScore asks one question of a trained shop.
func BenchmarkScore(b *testing.B) {
	w := retailWorld(b, cut.Add(-150*24*time.Hour))
	shop, err := model.Train(b.Context(), w.goods(), w.day, model.Settings{Head: 1000})
	if err != nil {
		b.Fatal(err)
	}
	scores := make([]float32, len(w.log.Products))
	b.ReportAllocs()
	c := int32(0)
	for b.Loop() {
		q := &model.Query{Day: w.day, Past: model.Past(w.log, c, w.day)}
		shop.Blends[model.Any].Score(q, scores)
		model.Top(nil, scores, 10, nil)
		c = (c + 1) % int32(len(w.log.Customers))
	}
}

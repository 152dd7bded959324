package model_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// A crowd is a large shop: few products sell much, customers come between once
// and a hundred times in two years, like two of many kinds of products, and
// buy some of them again and again.
type crowd struct {
	customers, products, orders int
}

const kindSize = 50

func (c crowd) goods() model.Goods {
	draw := rand.New(rand.NewPCG(6, 6))
	l := &ledger.Log{Start: []int32{0}}
	for p := range c.products {
		l.Products = append(l.Products, fmt.Sprintf("p%06d", p))
	}
	kinds := max(1, c.products/kindSize)
	pick := func(kind int) int32 {
		return int32(kind*kindSize+int(float64(kindSize)*math.Pow(draw.Float64(), 2))) % int32(c.products)
	}
	var days []int32
	var lines []int32
	for who := range c.customers {
		l.Customers = append(l.Customers, fmt.Sprintf("c%08d", who))
		l.Of = append(l.Of, int32(len(l.Customer)))
		// As many orders as there should be in all, unevenly.
		mean := float64(c.orders) / float64(c.customers)
		times := min(100, 1+int((mean-1)*draw.ExpFloat64()))
		first, second := draw.IntN(kinds), int(float64(kinds)*math.Pow(draw.Float64(), 3))
		staples := []int32{pick(first), pick(first), pick(second)}
		days = days[:0]
		for range times {
			days = append(days, int32(draw.IntN(730)))
		}
		slices.Sort(days)
		for _, day := range days {
			lines = lines[:0]
			for range 1 + draw.IntN(5) {
				switch draw.IntN(10) {
				case 0:
					lines = append(lines, int32(float64(c.products)*math.Pow(draw.Float64(), 3)))
				case 1, 2, 3:
					lines = append(lines, staples[draw.IntN(len(staples))])
				case 4, 5, 6:
					lines = append(lines, pick(second))
				default:
					lines = append(lines, pick(first))
				}
			}
			slices.Sort(lines)
			lines = slices.Compact(lines)
			l.Customer = append(l.Customer, int32(who))
			l.Day = append(l.Day, day)
			l.Time = append(l.Time, int64(day)*86400)
			for _, p := range lines {
				l.Product, l.Quantity = append(l.Product, p), append(l.Quantity, 1)
			}
			l.Start = append(l.Start, int32(len(l.Product)))
		}
	}
	l.Of = append(l.Of, int32(len(l.Customer)))
	g := model.Goods{Log: l}
	for p := range c.products {
		g.Texts = append(g.Texts, fmt.Sprintf("thing kind:%d brand:%d", p/kindSize, p%97))
	}
	return g
}

// BenchmarkShopScale tunes and trains the models of a large shop, and answers
// for many customers at once: with CLIENTELE_SCALE=full a million customers,
// 20,000 products and ten million orders, with tenth a tenth of the customers,
// else a hundredth.
func BenchmarkShopScale(b *testing.B) {
	c := crowd{10_000, 2_000, 100_000}
	switch os.Getenv("CLIENTELE_SCALE") {
	case "tenth":
		c = crowd{100_000, 10_000, 1_000_000}
	case "full":
		c = crowd{1_000_000, 20_000, 10_000_000}
	}
	batch := c.customers / 10
	g := c.goods()
	for b.Loop() {
		start, used := time.Now(), cpu()
		s, err := model.Tune(b.Context(), g, 730, model.Settings{})
		if err != nil {
			b.Fatal(err)
		}
		tuned := time.Now()
		shop, err := model.Train(b.Context(), g, 730, s)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(tuned.Sub(start).Seconds(), "s/tune")
		b.ReportMetric(time.Since(tuned).Seconds(), "s/train")
		b.ReportMetric(cpu()-used, "cpu-s")
		b.ReportMetric(float64(len(saved(b, shop)))/1e6, "saved-MB")
		logUsed(b, shop)
		start = time.Now()
		r := repeats(b, g.Log, 730)
		b.ReportMetric(time.Since(start).Seconds(), "s/repeat")
		b.ReportMetric(peak(), "peak-MB")
		if !r.Known {
			b.Error("nothing was taken again")
		}
		start = time.Now()
		var next atomic.Int64
		var wait sync.WaitGroup
		for range 2 {
			wait.Go(func() {
				scores := make([]float32, len(shop.Products))
				var list []int32
				for i := int(next.Add(1)); i <= batch; i = int(next.Add(1)) {
					shop.Blends[model.Any].Score(&model.Query{Day: 730, Past: model.Past(g.Log, int32(i*9%c.customers), 730)}, scores)
					list = model.Top(list[:0], scores, 10, nil)
				}
			})
		}
		wait.Wait()
		b.ReportMetric(time.Since(start).Seconds()/float64(batch)*100_000, "s/100000")
	}
}

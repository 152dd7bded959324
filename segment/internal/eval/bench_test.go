package eval_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// scale is how many customers the benchmarks have: 100,000, a million at full
// scale, few for the gate. Each has 10 orders and 10 interactions on average,
// over three years, a few of them thousands.
func scale() int {
	switch os.Getenv("CLIENTELE_SCALE") {
	case "full":
		return 1_000_000
	case "smoke":
		return 5_000
	}
	return 100_000
}

var benchNow = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).UnixMilli()

var benchKinds = []string{"view_item", "view_item", "view_item", "add_to_cart", "begin_checkout", "message_sent", "message_opened", "search", "page_view", "page_view"}

// benchBase fills a base once.
var benchBase = sync.OnceValue(func() *column.Base {
	const years = 3 * 365 * 24 * 60 * 60 * 1000
	n, r := scale(), rand.New(rand.NewPCG(1, 2))
	b := column.New()
	for i := range 2000 {
		b.SetProduct(&column.Product{
			ID: fmt.Sprintf("prd_%d", i), Title: fmt.Sprintf("Product %d", i), Brand: fmt.Sprintf("Brand %d", i%50),
			Categories: []string{fmt.Sprintf("Group %d > Category %d", i%5, i%40)},
		})
	}
	// When, in ascending order, a fact of someone happened, few having most.
	facts := func() [][]int64 {
		all := make([][]int64, n)
		for i := range int64(10 * n) {
			u := r.Float64()
			p := int(u * u * float64(n))
			all[p] = append(all[p], benchNow-years+i*(years/int64(10*n)))
		}
		return all
	}
	orders, interactions := facts(), facts()
	languages, statuses := []string{"en", "de", "fr", "es", "it", "nl"}, []string{"SUBSCRIBED", "UNSUBSCRIBED", "NOT_SUBSCRIBED"}
	for i, perm := range r.Perm(n) {
		p := &column.Person{ID: fmt.Sprintf("cus_%012d", i), Values: []column.Value{
			{Name: "customer_language", Type: rule.IsText, Text: languages[r.IntN(len(languages))]},
			{Name: "email_subscription_status", Type: rule.IsText, Text: statuses[r.IntN(len(statuses))]},
			{Name: "customer_account_status", Type: rule.IsText, Text: []string{"ENABLED", "DISABLED"}[r.IntN(2)]},
			{Name: "customer_added_date", Type: rule.IsDate, Int: benchNow - r.Int64N(years)},
		}}
		for _, t := range orders[perm] {
			o := column.Order{Time: t, Amount: 500 + r.Int64N(20_000), Channel: []string{"web", "store"}[r.IntN(2)], State: "paid", Source: "shop", Country: "US"}
			for range 1 + r.IntN(2) {
				o.Items = append(o.Items, column.Item{Product: fmt.Sprintf("prd_%d", r.IntN(2000)), Quantity: 1 + r.Int64N(3), Amount: o.Amount / 2, Price: 100 + r.Int64N(9000)})
			}
			p.Orders = append(p.Orders, o)
		}
		for _, t := range interactions[perm] {
			p.Interactions = append(p.Interactions, column.Interaction{
				Time: t, Kind: benchKinds[r.IntN(len(benchKinds))], Channel: "web", Direction: "inbound", Source: "shop", Products: []string{fmt.Sprintf("prd_%d", r.IntN(2000))},
			})
		}
		b.Put(p)
	}
	b.Compact()
	return b
})

// The segments of the side-by-side with DuckDB.
var benchRules = map[string]string{
	"S1": "customer_language = 'de' AND email_subscription_status = 'SUBSCRIBED' AND customer_account_status = 'ENABLED' AND customer_added_date >= 2025-01-01",
	"S2": "count(items MATCHES (categories CONTAINS 'Group 1 > Category 6', date >= -90d)) >= 2 AND interactions NOT MATCHES (kind = 'message_opened', date >= -30d)",
	"S3": "number_of_orders >= 5 AND last_order_date < -120d AND amount_spent > 500",
	"S4": "last(orders.date MATCHES (date >= -365d)) IN TOP 40% AND count(orders MATCHES (date >= -365d)) IN TOP 40% AND sum(orders.amount MATCHES (date >= -365d)) IN TOP 40%",
	"S5": "interactions MATCHES (kind = 'view_item', date >= -30d) FOLLOWED BY interactions MATCHES (kind = 'add_to_cart') WITHIN 7d NOT FOLLOWED BY orders WITHIN 7d",
	"S6": "sum(orders.amount MATCHES (date >= -12m)) IN TOP 5%",
	"S8": "customer_language = 'de' AND number_of_orders >= 3 AND amount_spent > 200 AND last_order_date >= -180d AND orders MATCHES (date >= -90d, channel = 'web')",
}

var benchValues = []string{
	"count(orders)", "sum(orders.amount)", "first(orders.date)", "last(orders.date)",
	"count(orders MATCHES (date >= -90d))", "sum(orders.amount MATCHES (date >= -90d))", "distinct(items.product)",
}

// BenchmarkSegment measures each of the segments from its rule, over everybody,
// with the edges that it asks for worked out anew. With -cpu 1 it is the time
// of one core.
func BenchmarkSegment(b *testing.B) {
	base := benchBase()
	e := eval.New(base, &eval.Options{Digits: 2})
	for _, name := range []string{"S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			members := 0
			for b.Loop() {
				if name == "S7" {
					members = benchCompute(b, e)
					continue
				}
				members = benchRun(b, e, parse(b, benchRules[name]))
			}
			b.ReportMetric(float64(members), "members")
		})
	}
}

// BenchmarkScores measures S4 by scores, with the edges worked out anew and with
// those of before, and who is at risk by the shop's rhythm.
func BenchmarkScores(b *testing.B) {
	e := eval.New(benchBase(), &eval.Options{Digits: 2, RFM: rfm.Scheme{Days: 365}})
	for _, tt := range []struct{ name, text string }{
		{"S4", "traits.rfm.recency >= 4 AND traits.rfm.frequency >= 4 AND traits.rfm.monetary >= 4"},
		{"Group", "rfm_group = 'at_risk'"},
		{"Stage", "life_cycle_stage = 'at_risk'"},
	} {
		n := parse(b, tt.text)
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			members := 0
			for b.Loop() {
				members = benchRun(b, e, n)
			}
			b.ReportMetric(float64(members), "members")
		})
		b.Run(tt.name+"Frozen", func(b *testing.B) {
			p, err := e.Compile(n)
			if err != nil {
				b.Fatal(err)
			}
			edges, err := p.Edges(b.Context(), benchNow)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Run(b.Context(), benchNow, edges); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func benchRun(b *testing.B, e *eval.Engine, nodes ...rule.Node) int {
	p, err := e.Compile(nodes...)
	if err != nil {
		b.Fatal(err)
	}
	edges, err := p.Edges(b.Context(), benchNow)
	if err != nil {
		b.Fatal(err)
	}
	m, err := p.Run(b.Context(), benchNow, edges)
	if err != nil {
		b.Fatal(err)
	}
	return int(m[0].GetCardinality())
}

func benchCompute(b *testing.B, e *eval.Engine) int {
	var values []rule.Expr
	for _, text := range benchValues {
		values = append(values, parse(b, text+" IS NULL").(*rule.Compare).X)
	}
	p, err := e.CompileValues(values...)
	if err != nil {
		b.Fatal(err)
	}
	t, err := p.Compute(b.Context(), benchNow, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for _, v := range t.Columns[0].Ints {
		if v > 0 {
			n++
		}
	}
	return n
}

// twenty are segments of which a shop has as many.
func twenty(tb testing.TB) []rule.Node {
	texts := []string{
		benchRules["S1"], benchRules["S2"], benchRules["S3"], benchRules["S5"], benchRules["S8"],
		"number_of_orders = 1 AND first_order_date >= -30d",
		"number_of_orders > 1",
		"number_of_orders = 0 AND customer_added_date < -30d",
		"abandoned_checkout_date >= -7d",
		"count(orders MATCHES (date >= -30d)) >= 1",
		"sum(orders.amount MATCHES (date >= -30d)) > 100",
		"count(orders MATCHES (date >= -365d)) >= 4 AND sum(orders.amount MATCHES (date >= -365d)) > 1000",
		"interactions MATCHES (kind = 'view_item', date >= -7d) AND orders NOT MATCHES (date >= -7d)",
		"interactions MATCHES (kind = 'message_opened', date >= -90d)",
		"count(interactions MATCHES (kind = 'add_to_cart', date >= -30d)) >= 3",
		"items MATCHES (categories CONTAINS 'Group 2', date >= -180d)",
		"items MATCHES (brand = 'Brand 7')",
		"average_order_value > 120 AND last_order_date >= -60d",
		"days_since(last_order_date) BETWEEN 30 AND 90",
		"periods(orders, 6m) >= 4",
	}
	var nodes []rule.Node
	for _, text := range texts {
		nodes = append(nodes, parse(tb, text))
	}
	return nodes
}

// BenchmarkTwenty measures one pass over everybody for 20 segments.
func BenchmarkTwenty(b *testing.B) {
	base := benchBase()
	e := eval.New(base, &eval.Options{Digits: 2})
	nodes := twenty(b)
	b.ReportAllocs()
	for b.Loop() {
		benchRun(b, e, nodes...)
	}
}

// BenchmarkEvent measures what an event costs: a fact is appended, and 20
// segments are asked about its person, with until when the answers last.
func BenchmarkEvent(b *testing.B) {
	base := benchBase()
	e := eval.New(base, &eval.Options{Digits: 2})
	p, err := e.Compile(twenty(b)...)
	if err != nil {
		b.Fatal(err)
	}
	r, n := rand.New(rand.NewPCG(7, 7)), uint32(scale())
	product := make([]string, 2000)
	for i := range product {
		product[i] = fmt.Sprintf("prd_%d", i)
	}
	var answers []eval.Answer
	took := make([]time.Duration, 0, 1<<16)
	at := benchNow
	b.ReportAllocs()
	for b.Loop() {
		began := time.Now()
		at += 10
		u := r.Float64()
		ordinal := uint32(u * u * float64(n))
		if r.IntN(5) == 0 {
			base.AppendOrder(ordinal, &column.Order{Time: at, Amount: 1000, Channel: "web", State: "paid", Items: []column.Item{{Product: product[r.IntN(2000)], Quantity: 1, Amount: 1000}}})
		} else {
			base.AppendInteraction(ordinal, &column.Interaction{Time: at, Kind: benchKinds[r.IntN(len(benchKinds))], Channel: "web", Direction: "inbound", Products: product[:1]})
		}
		if answers, err = p.Ask(ordinal, at, nil, answers[:0]); err != nil {
			b.Fatal(err)
		}
		if len(took) < cap(took) {
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	b.ReportMetric(1e9/(float64(b.Elapsed().Nanoseconds())/float64(b.N)), "events/s")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "p99-µs")
}

// BenchmarkRestart measures what a start costs with columns that were kept.
func BenchmarkRestart(b *testing.B) {
	base := benchBase()
	var buf bytes.Buffer
	if err := base.Encode(&buf); err != nil {
		b.Fatal(err)
	}
	data := buf.Bytes()
	n := parse(b, benchRules["S2"])
	b.SetBytes(int64(len(data)))
	b.ReportMetric(float64(len(data))/float64(scale()), "B/customer")
	for b.Loop() {
		base, err := column.Decode(bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		benchRun(b, eval.New(base, &eval.Options{Digits: 2}), n)
	}
	b.ReportMetric(float64(len(data))/float64(scale()), "B/customer")
}

// BenchmarkMemory reports what a base takes in.
func BenchmarkMemory(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	base := benchBase()
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		base.Len()
	}
	if after.HeapAlloc > before.HeapAlloc { // it was not filled before
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(scale()), "B/customer")
	}
}

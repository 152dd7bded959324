package ledger_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// BenchmarkScale fills a ledger with the orders of a shop, in the order of time,
// with the ids that a book gives, counts pairs, keeps it as it is, calls a product
// otherwise, makes a log of it, and writes and reads it: 10,000 orders of 1,000
// customers, or 10,000,000 of 1,000,000 with CLIENTELE_SCALE=full, a tenth of that with
// tenth, of 2.5 lines of 20,000 products.
func BenchmarkScale(b *testing.B) {
	customers, products := 1000, 20_000
	switch os.Getenv("CLIENTELE_SCALE") {
	case "tenth":
		customers = 100_000
	case "full":
		customers = 1_000_000
	}
	who, what := make([]string, customers), make([]string, products)
	for i := range who {
		who[i] = crm.NewID("cus_", time.Unix(int64(i), 0))
	}
	for i := range what {
		what[i] = crm.NewID("prd_", time.Unix(int64(i), 0))
	}
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	for b.Loop() {
		draw := rand.New(rand.NewPCG(1, 1))
		before := heap()
		l := ledger.New()
		lines := make([]ledger.Line, 0, 4)
		start := time.Now()
		step := func(name string) {
			b.ReportMetric(time.Since(start).Seconds(), name+"-s")
			start = time.Now()
		}
		for n := range 10 * customers {
			lines = lines[:1+n%4]
			for i := range lines {
				lines[i] = ledger.Line{Product: what[int(float64(products)*draw.Float64()*draw.Float64())], Quantity: 1}
			}
			at := time.Unix(1.6e9+int64(n), 0)
			l.Put(ledger.Basket{ID: crm.NewID("ord_", at), Customer: who[draw.IntN(customers)], Time: at.Unix(), Day: int32(at.Unix() / 86400), Lines: lines})
		}
		step("put")
		l.Pairs(100)
		step("pairs")
		l.Still()
		b.ReportMetric(float64(time.Since(start).Microseconds())/1e3, "still-ms")
		called := ""
		l.Call(func(key string) string { return map[string]string{"old": called}[key] })
		l.Put(ledger.Basket{ID: "x", Lines: []ledger.Line{{Product: "old", Quantity: 1}}})
		called, start = what[7], time.Now()
		recall(l, "old")
		b.ReportMetric(float64(time.Since(start).Microseconds())/1e3, "recall-ms")
		l.Remove("x")
		held := heap()
		b.ReportMetric(held-before, "ledger-MB")
		start = time.Now()
		log := l.Log(ledger.Bought, nil)
		step("log")
		b.ReportMetric(heap()-held, "log-MB")
		start = time.Now()
		var file bytes.Buffer
		if err := l.Encode(&file); err != nil {
			b.Fatal(err)
		}
		step("encode")
		b.ReportMetric(float64(file.Len())/1e6, "file-MB")
		l = nil
		again, err := ledger.Read(&file)
		if err != nil {
			b.Fatal(err)
		}
		step("decode")
		if again.Len() != 10*customers || log.Baskets() != again.Len() {
			b.Fatalf("%d baskets", again.Len())
		}
	}
}

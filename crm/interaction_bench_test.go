package crm_test

import (
	"fmt"
	"iter"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// benchInteraction is interaction i: a view of a product, of one of so many
// customers, 20 seconds after the one before.
func benchInteraction(i int, ids []crm.CustomerID) crm.Interaction {
	v := crm.Interaction{
		Ref: crm.Ref{Source: "web", ID: strconv.Itoa(100_000_000 + i)}, Kind: crm.KindViewItem, Channel: crm.ChannelWeb,
		SKU: "SKU-" + strconv.Itoa(i*7919%2000), Value: crm.Money{Amount: int64(500 + i%2000), Currency: "EUR"},
		OccurredAt: benchStart.Add(time.Duration(i) * 20 * time.Second),
		Properties: map[string]crm.Value{"page": crm.Text("/products/" + strconv.Itoa(i*7919%2000)), "seconds": crm.Number(float64(i % 90))},
	}
	if n := i * 7907 % (len(ids) + len(ids)/4); n < len(ids) {
		v.CustomerID = ids[n]
	} else {
		v.Device = "browser-" + strconv.Itoa(n)
	}
	return v
}

// benchVisits yields so many interactions.
func benchVisits(n int, ids []crm.CustomerID) iter.Seq2[crm.Record, error] {
	return func(yield func(crm.Record, error) bool) {
		for i := range n {
			v := benchInteraction(i, ids)
			if !yield(crm.Record{Interaction: &v}, nil) {
				return
			}
		}
	}
}

// benchPeople opens a book with products and so many customers, of 2 orders each.
func benchPeople(b *testing.B, name string, customers int) (*crm.Book, []crm.CustomerID) {
	b.Helper()
	book := openBook(b, name, nil)
	if _, err := book.Import(b.Context(), benchRecords(2*customers, customers), nil); err != nil {
		b.Fatal(err)
	}
	return book, customerIDs(b, book)
}

// benchScale is how many interactions there are.
func benchScale() int {
	if os.Getenv("CLIENTELE_SCALE") == "full" {
		return 1_000_000
	}
	return sized(100_000)
}

// BenchmarkInteractionParallel32 records durable interactions one at a time from
// 32 goroutines: each is in the file when its call returns.
func BenchmarkInteractionParallel32(b *testing.B) {
	book, ids := benchPeople(b, "shop.db", 2_000)
	var next atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := book.Interactions.Record(b.Context(), benchInteraction(int(next.Add(1)), ids)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "interactions/s")
}

// BenchmarkInteractionImport1M measures the bulk path: 1,000,000 interactions at
// full scale, else 100,000.
func BenchmarkInteractionImport1M(b *testing.B) {
	n := benchScale()
	b.Run(short(n), func(b *testing.B) {
		var took time.Duration
		runs := 0
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			book, ids := benchPeople(b, fmt.Sprintf("shop%d.db", runs), n/20)
			b.StartTimer()
			start := time.Now()
			report, err := book.Import(b.Context(), benchVisits(n, ids), nil)
			took += time.Since(start)
			if err != nil || report.Interactions.Created != int64(n) || report.Rejected > 0 {
				b.Fatalf("report %+v, error %v", report, err)
			}
			runs++
		}
		b.ReportMetric(float64(runs*n)/took.Seconds(), "interactions/s")
	})
}

// BenchmarkTimeline1M reads the first page, of 20 entries, of customers in a base
// of 1,000,000 interactions at full scale, else 100,000; and one that is sifted
// by kind.
func BenchmarkTimeline1M(b *testing.B) {
	n := benchScale()
	book, ids := benchPeople(b, "shop.db", n/40)
	if _, err := book.Import(b.Context(), benchVisits(n, ids), nil); err != nil {
		b.Fatal(err)
	}
	for _, q := range []struct {
		name string
		crm.TimelineQuery
		least int // entries of a page
	}{
		{"everything", crm.TimelineQuery{Limit: 20}, 20},
		{"orders", crm.TimelineQuery{Limit: 20, Kinds: []crm.EntryKind{crm.EntryOrder}}, 1},
		{"channel", crm.TimelineQuery{Limit: 20, Channels: []crm.Channel{crm.ChannelWeb}}, 20},
	} {
		b.Run(short(n)+"/"+q.name, func(b *testing.B) {
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				p, err := book.Timeline.Page(b.Context(), ids[i*7919%len(ids)], q.TimelineQuery)
				if err != nil || len(p.Items) < q.least {
					b.Fatalf("page of %d, error %v", len(p.Items), err)
				}
				i++
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "µs/page")
		})
	}
}

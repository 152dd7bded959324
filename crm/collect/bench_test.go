package collect_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/collect"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// BenchmarkCollect takes batches from 32 goroutines, each of a visitor of its own
// in every tenth batch: an event is in the file when its batch is answered.
// Signed in, these visitors are 2,000 customers, each on one device.
func BenchmarkCollect(b *testing.B) {
	const customers = 2000
	for i, size := range []int{1, 10, 50, 1, 10, 50} {
		name, signed := "", i >= 3
		if signed {
			name = "signed-in/"
		}
		b.Run(name+"batch="+strconv.Itoa(size), func(b *testing.B) {
			st, err := boltstore.Open(filepath.Join(b.TempDir(), "shop.db"), nil)
			if err != nil {
				b.Fatal(err)
			}
			defer st.Close()
			book, err := crm.New(st, nil)
			if err != nil {
				b.Fatal(err)
			}
			free := collect.Rate{PerSecond: -1}
			h, err := collect.New(book, &collect.Options{Customer: session, Visitor: free, Address: free})
			if err != nil {
				b.Fatal(err)
			}
			if signed {
				err := book.Update(b.Context(), func(ctx context.Context, tx *crm.Tx) error {
					for i := range customers {
						if _, err := tx.Customers.Record(ctx, crm.Customer{ID: crm.CustomerID(strconv.Itoa(i))}); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			var batches atomic.Int64
			b.SetParallelism(32)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				var text bytes.Buffer
				cookie, who, left := "", "", 0
				for pb.Next() {
					n := batches.Add(1)
					if left--; left < 0 {
						cookie, left = fmt.Sprintf("v1.%026d", n), 9
						if signed {
							who = strconv.FormatInt(n/10%customers, 10)
							cookie = fmt.Sprintf("v1.%026s", who)
						}
					}
					now := time.Now()
					text.Reset()
					fmt.Fprintf(&text, `{"client_id":"%d","sent_at":%d,"events":[`, n, now.UnixMilli())
					for i := range size {
						if i > 0 {
							text.WriteByte(',')
						}
						fmt.Fprintf(&text, `{"id":"%s%024d","name":"view_item","time":%d,"params":{"page_location":"https://shop.example/cups/%d","currency":"EUR","value":9.5,"items":[{"item_id":"SKU-%d"}]}}`,
							strconv.FormatInt(now.UnixMilli(), 36), n*100+int64(i), now.UnixMilli(), n%100, n%100)
					}
					text.WriteString("]}")
					r := httptest.NewRequest("POST", "http://shop.example/collect/events", strings.NewReader(text.String()))
					r.Header.Set("Content-Type", "text/plain;charset=UTF-8")
					r.Header.Set("Cookie", "clientele="+cookie)
					r.Header.Set("X-Session", who)
					w := httptest.NewRecorder()
					if h.ServeHTTP(w, r); w.Code != 200 {
						b.Errorf("%d %s", w.Code, w.Body)
						return
					}
				}
			})
			if got := h.Counts().Accepted; got != int64(b.N*size) {
				b.Fatalf("%d are accepted, want %d", got, b.N*size)
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

package shopcsv_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

// orderFile returns an orders_export of n orders with three items each.
func orderFile(n int) []byte {
	var b bytes.Buffer
	b.WriteString("Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at," +
		"Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Billing City,Billing Country,Id\n")
	for i := range n {
		fmt.Fprintf(&b, "#%d,c%d@example.com,paid,2026-01-02 03:04:05 +0100,EUR,35.00,4.90,0.00,39.90,0.00,2026-01-02 03:04:05 +0100,"+
			"1,\"Mug, blue\",10.00,MUG,Ann Dyke,Berlin,DE,%d\n", i, i%1000, i)
		for _, item := range []string{"1,Tea,5.00,TEA", "2,Cup,10.00,CUP"} {
			fmt.Fprintf(&b, "#%d,,,,,,,,,,,%s,,,,\n", i, item)
		}
	}
	return b.Bytes()
}

// logFile returns a transaction log of n documents with four rows each.
func logFile(n int) []byte {
	var b bytes.Buffer
	b.WriteString("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
	at := time.Date(2010, 12, 1, 8, 26, 0, 0, time.UTC)
	for i := range n {
		for j := range 4 {
			fmt.Fprintf(&b, "%d,%d,WHITE METAL LANTERN,%d,%s,3.39,%d.0,United Kingdom\n",
				536365+i, 10000+(i+j)%3000, j+1, at.Format(time.DateTime), 12000+i%4000)
		}
		at = at.Add(time.Minute)
	}
	return b.Bytes()
}

// BenchmarkRead reports rows a second, and the time over what encoding/csv
// takes to cut the same bytes (x-csv).
func BenchmarkRead(b *testing.B) {
	for _, c := range []struct {
		name string
		text []byte
		f    shopcsv.Format
	}{
		{"OnlineRetail", logFile(5000), shopcsv.OnlineRetail},
		{"ShopifyOrders", orderFile(5000), shopcsv.ShopifyOrders},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.text)))
			var rows int64
			for b.Loop() {
				r, err := shopcsv.NewReader(bytes.NewReader(c.text), c.f, nil)
				if err != nil {
					b.Fatal(err)
				}
				for _, err := range r.Records() {
					if err != nil {
						b.Fatal(err)
					}
				}
				rows += r.Report().Imported
			}
			took := b.Elapsed()
			b.ReportMetric(float64(rows)/took.Seconds(), "rows/s")
			start, n := time.Now(), 0
			for ; time.Since(start) < took/4 || n == 0; n++ {
				r := csv.NewReader(bytes.NewReader(c.text))
				for {
					if _, err := r.Read(); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(took.Seconds()/float64(b.N)/(time.Since(start).Seconds()/float64(n)), "x-csv")
		})
	}
}

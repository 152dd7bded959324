package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
)

// sized is how many customers the benchmarks have.
func sized() int {
	switch os.Getenv("CLIENTELE_SCALE") {
	case "full":
		return 100_000
	case "smoke":
		return 500
	}
	return 5_000
}

// BenchmarkPage measures how long a browser waits for each page, from the
// request to the last byte, with the store in a file: as ms/page.
func BenchmarkPage(b *testing.B) {
	book := file(b, filepath.Join(b.TempDir(), "shop.db"))
	shop := crmtest.Shop(sized(), 1)
	shop.Orders = 2 * sized() // and some ten times as many visits
	if _, err := book.Import(b.Context(), shop.All(), nil); err != nil {
		b.Fatal(err)
	}
	var twice []crm.Record
	for d, err := range shop.Duplicates() {
		if err != nil {
			b.Fatal(err)
		}
		twice = append(twice, crm.Record{Customer: d.Customer})
	}
	if _, err := book.Import(b.Context(), records(twice), nil); err != nil {
		b.Fatal(err)
	}
	measure(b, book)
}

// BenchmarkRetail is BenchmarkPage on a real shop.
func BenchmarkRetail(b *testing.B) { measure(b, retail(b)) }

// measure measures each page on a book, of its best customer where it is one's.
func measure(b *testing.B, book *crm.Book) {
	d := sit(b, book)
	d.warm(b)
	best := d.figures.sum.Load().Best[0].Customer
	orders, err := book.Orders.Page(b.Context(), crm.OrderQuery{CustomerID: best.ID, Newest: true, Limit: 1})
	if err != nil {
		b.Fatal(err)
	}
	page := customerPath(best.ID)
	text := best.Email
	if len(best.Refs) > 0 && text == "" {
		text = best.Refs[0].ID
	}
	list := []struct{ name, path string }{
		{"start", "/"},
		{"search", "/search?q=" + text},
		{"typo", "/search?q=jhon+smtih+berlin"},
		{"customer", page},
		{"orders", page + "?show=orders"},
		{"opinions", page + "?show=opinions"},
		{"consents", page + "/consents"},
		{"order", orderPath(orders.Items[0].ID)},
		{"duplicates", "/duplicates"},
		{"quality", "/quality"},
	}
	if pairs, _, err := d.twins.page(b.Context(), ""); err != nil {
		b.Fatal(err)
	} else if len(pairs) > 0 {
		list = append(list, struct{ name, path string }{"merge", pairs[0].Merge()}, struct{ name, path string }{"twin", customerPath(pairs[0].A.ID)})
	}
	for _, p := range list {
		b.Run(p.name, func(b *testing.B) {
			worst := time.Duration(0)
			for b.Loop() {
				began := time.Now()
				if a := d.get(b, p.path); a.status != 200 {
					b.Fatalf("%s: status %d", p.path, a.status)
				}
				worst = max(worst, time.Since(began))
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/page")
			b.ReportMetric(float64(worst.Microseconds())/1000, "worst-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Logf("%s customers", strconv.Itoa(d.figures.sum.Load().Customers))
}

// warm lets the finder of duplicates have everybody in memory, as it has after
// some seconds.
func (d *desk) warm(tb testing.TB) {
	tb.Helper()
	if err := d.twins.remember(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

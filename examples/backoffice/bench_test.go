package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/segment"
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
	shop := crmtest.Shop(sized(), 1)
	_, end := shop.Period()
	book := file(b, filepath.Join(b.TempDir(), "shop.db"), func() time.Time { return end })
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
	some(b, book)
	measure(b, book)
}

// some makes the segments that many shops want.
func some(b *testing.B, book *crm.Book) {
	catalog, err := segment.New(book, nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range segment.Presets() {
		if _, err := catalog.Create(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRetail is BenchmarkPage on a real shop.
func BenchmarkRetail(b *testing.B) {
	book := retail(b)
	some(b, book)
	measure(b, book)
}

// measure measures each page on a book, of its best customer where it is one's.
func measure(b *testing.B, book *crm.Book) {
	d := sit(b, book)
	d.warm(b)
	if err := d.foresight.warm(b.Context()); err != nil {
		b.Fatal(err)
	}
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
		{"next", page + "/next"},
		{"products", "/products"},
		{"products-search", "/products?q=xyzzy"},
		{"duplicates", "/duplicates"},
		{"quality", "/quality"},
		{"segments", "/segments"},
		{"segment", "/segments/repeat_buyers"},
		{"segment-last", "/segments/repeat_buyers?after=" + strconv.Itoa(max(0, members(b, d, "repeat_buyers")-10))},
		{"editor", "/segments/discount_only/edit"},
		{"standing", page + "/segments"},
		{"groups", "/groups"},
	}
	if some, err := book.Products.Page(b.Context(), crm.ProductQuery{Limit: 1}); err != nil {
		b.Fatal(err)
	} else if len(some.Items) > 0 {
		list = append(list, struct{ name, path string }{"product", productPath(some.Items[0].ID)})
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
	for name, rule := range map[string]string{
		"typing":   "number_of_orders >= 2 AND last_order_date >= -365d",
		"sequence": "interactions MATCHES (kind = 'view_item') NOT FOLLOWED BY orders WITHIN 7d",
		"top":      "sum(spend.amount MATCHES (date >= -12m)) IN TOP 5%",
		"fault":    "number_of_ordrs >= 2 AND last_order_date >= -365d",
	} {
		b.Run("look-"+name, func(b *testing.B) {
			form := url.Values{"rule": {rule}, "token": {d.token(b)}}
			for b.Loop() {
				if a := d.post(b, "/segments/look", form); a.status != 200 {
					b.Fatalf("status %d", a.status)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/page")
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Run("offers", func(b *testing.B) {
		form := url.Values{"rule": {"number_of_orders >= 2 AND customer_t"}, "at": {"37"}, "token": {d.token(b)}}
		for b.Loop() {
			if a := d.post(b, "/segments/offers", form); a.status != 200 {
				b.Fatalf("status %d", a.status)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/page")
		b.ReportMetric(0, "ns/op")
	})
	b.Logf("%s customers", strconv.Itoa(d.figures.sum.Load().Customers))
}

// members counts who is in a segment.
func members(tb testing.TB, d *desk, id segment.ID) int {
	n, err := d.roster.Count(tb.Context(), id)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// warm lets the finder of duplicates have everybody in memory, as it has after
// some seconds.
func (d *desk) warm(tb testing.TB) {
	tb.Helper()
	if err := d.twins.remember(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

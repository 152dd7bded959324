package shopcsv_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

var update = flag.Bool("update", false, "write the golden files anew")

// till is a log such as a till writes, here in German.
var till = shopcsv.Log{
	Document: "Beleg", Time: "Datum", Customer: "Kunde", SKU: "Artikel", Title: "Bezeichnung",
	Quantity: "Menge", Price: "Einzelpreis", Currency: "Währung",
	Refund: "G", Kinds: map[string]crm.ItemKind{"Porto": crm.ItemFee},
}

// fixtures are the files in testdata and how they are read.
var fixtures = []struct {
	file   string
	format shopcsv.Format
	found  shopcsv.Preset
	opts   shopcsv.Options
}{
	{"shopify_orders_2012", shopcsv.Shopify, shopcsv.ShopifyOrders, shopcsv.Options{}},
	{"shopify_orders_2026", shopcsv.Shopify, shopcsv.ShopifyOrders, shopcsv.Options{}},
	{"shopify_orders_spelling", shopcsv.Any, shopcsv.ShopifyOrders, shopcsv.Options{Source: "eu"}},
	{"shopify_customers_old", shopcsv.Shopify, shopcsv.ShopifyCustomers, shopcsv.Options{}},
	{"shopify_customers_new", shopcsv.Any, shopcsv.ShopifyCustomers, shopcsv.Options{}},
	{"shopify_products", shopcsv.Shopify, shopcsv.ShopifyProducts, shopcsv.Options{Currency: "GBP"}},
	{"woo_products", shopcsv.WooCommerce, shopcsv.WooCommerceProducts, shopcsv.Options{Currency: "EUR"}},
	{"woo_orders_report", shopcsv.WooCommerce, shopcsv.WooCommerceOrders, shopcsv.Options{Currency: "EUR"}},
	{"woo_orders_lines", shopcsv.WooCommerceOrders, shopcsv.WooCommerceOrders, shopcsv.Options{}},
	{"woo_orders_rows", shopcsv.Any, shopcsv.WooCommerceOrders, shopcsv.Options{Currency: "EUR"}},
	{"woo_customers", shopcsv.WooCommerce, shopcsv.WooCommerceCustomers, shopcsv.Options{}},
	{"woo_customers_plugin", shopcsv.Any, shopcsv.WooCommerceCustomers, shopcsv.Options{}},
	{"log", till, "", shopcsv.Options{Decimal: ',', Window: 2}},
}

// TestGolden reads every fixture and compares records, report and rejects with
// the golden file. Those are read by eye when they change.
func TestGolden(t *testing.T) {
	for _, f := range fixtures {
		t.Run(f.file, func(t *testing.T) {
			in, err := os.Open(filepath.Join("testdata", f.file+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			var out, rejects bytes.Buffer
			opts := f.opts
			opts.Rejects = &rejects
			r, err := shopcsv.NewReader(in, f.format, &opts)
			if err != nil {
				t.Fatal(err)
			}
			if r.Format() != f.found {
				t.Errorf("read as %q, want %q", r.Format(), f.found)
			}
			for rec, err := range r.Records() {
				if err != nil {
					t.Fatal(err)
				}
				for _, part := range []struct {
					name  string
					value any
					have  bool
				}{
					{"customer", rec.Customer, rec.Customer != nil}, {"product", rec.Product, rec.Product != nil},
					{"order", rec.Order, rec.Order != nil}, {"refund", rec.Refund, rec.Refund != nil},
				} {
					if part.have {
						text, err := json.Marshal(part.value)
						if err != nil {
							t.Fatal(err)
						}
						fmt.Fprintf(&out, "line %d: %s %s\n", rec.Line, part.name, text)
					}
				}
			}
			account(t, r)
			fmt.Fprintf(&out, "\n%+v\n\n%s", r.Report(), rejects.String())
			golden := filepath.Join("testdata", f.file+".golden")
			if *update {
				if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(out.String(), "\n")); diff != "" {
				t.Errorf("records, report and rejects (-want +got):\n%s", diff)
			}
		})
	}
}

// account checks the law of Report.
func account(t *testing.T, r *shopcsv.Reader) {
	t.Helper()
	got := r.Report()
	if got.Rows != got.Imported+got.Fees+got.Blank+got.Rejected+got.Pending || got.Pending != 0 ||
		min(got.Imported, got.Fees, got.Blank, got.Rejected) < 0 {
		t.Errorf("rows unaccounted for: %+v", got)
	}
}

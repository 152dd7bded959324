package shopcsv_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// listed is when the lists in testdata were written.
var listed = time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)

// hashed stands in for the hash that a book makes.
func hashed(addr netip.Addr) string { return "hash-of-" + strings.ReplaceAll(addr.String(), ".", "-") }

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
	{"shopify_customers_consents", shopcsv.Shopify, shopcsv.ShopifyCustomers, shopcsv.Options{AsOf: listed, Attributes: map[string]crm.Attribute{
		"Facts.Shoe_Size": {Name: "shoe_size", Type: crm.TypeNumber}, "custom.colors": {Name: "colors", Type: crm.TypeWords},
		"Credit (customer.metafields.custom.credit)": {Name: "credit", Type: crm.TypeMoney},
		"custom.since": {Name: "since", Type: crm.TypeTime}, "tax exempt": {Name: "tax_exempt", Type: crm.TypeBool},
		"custom.lost": {Name: "lost"},
	}}},
	{"mailchimp", shopcsv.Any, shopcsv.Mailchimp, shopcsv.Options{HashIP: hashed}},
	{"mailchimp_unsubscribed", shopcsv.Any, shopcsv.Mailchimp, shopcsv.Options{}},
	{"mailchimp_subscribed", shopcsv.Mailchimp, shopcsv.Mailchimp, shopcsv.Options{ListStatus: "Subscribed", Source: "newsletter"}},
	{"klaviyo", shopcsv.Any, shopcsv.Klaviyo, shopcsv.Options{AsOf: listed, Attributes: map[string]crm.Attribute{"Shoe Size": {Name: "shoe_size"}}}},
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
				for _, c := range rec.Consents {
					text, err := json.Marshal(c)
					if err != nil {
						t.Fatal(err)
					}
					fmt.Fprintf(&out, "line %d: consent %s\n", rec.Line, text)
				}
			}
			for _, text := range r.Warnings() {
				fmt.Fprintln(&out, "warning:", text)
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

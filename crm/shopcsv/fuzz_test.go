package shopcsv_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

// fuzz checks that arbitrary bytes behind a header that fits never panic,
// never hang, and that every row is accounted for and every rejected row can
// be read again.
func fuzz(f *testing.F, format shopcsv.Format, opts shopcsv.Options, files ...string) {
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join("testdata", file+".csv"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var rejects bytes.Buffer
		opts := opts
		opts.Rejects = &rejects
		r, err := shopcsv.NewReader(bytes.NewReader(text), format, &opts)
		if err != nil {
			return
		}
		lines, refused := map[string]bool{}, false
		for rec, err := range r.Records() {
			if err != nil {
				t.Fatal(err)
			}
			if rec.Customer == nil && rec.Product == nil && rec.Order == nil && rec.Refund == nil {
				t.Fatal("an empty record")
			}
			for _, c := range rec.Consents {
				if c.Purpose != crm.PurposeMarketing || c.Channel == "" || c.Proof.Source == "" || rec.Customer == nil {
					t.Fatalf("line %d: a consent of %q on %q by %q", rec.Line, c.Purpose, c.Channel, c.Proof.Source)
				}
			}
			at := fmt.Sprint(rec.Line, rec.Product != nil)
			if lines[at] {
				t.Fatalf("line %d names two records", rec.Line)
			}
			lines[at] = true
			for _, ref := range refs(rec) {
				if got, err := crm.ParseRef(ref.String()); err != nil || got != ref {
					t.Fatalf("ref %q: %v", ref, err)
				}
			}
			if rec.Line%3 == 0 && rec.Product == nil {
				r.Reject(rec, crm.ErrConflict)
				refused = true
			}
		}
		account(t, r)
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		if r.Report().Rejected == 0 {
			if rejects.Len() > 0 {
				t.Fatalf("rejects without rejected rows:\n%s", rejects.String())
			}
			return
		}
		again, err := shopcsv.NewReader(bytes.NewReader(rejects.Bytes()), format, &opts)
		if err != nil {
			t.Fatalf("rejects cannot be read again: %v\n%s", err, rejects.String())
		}
		for _, err := range again.Records() {
			if err != nil {
				t.Fatal(err)
			}
		}
		account(t, again)
		if got, want := again.Report().Rows-again.Report().Blank, r.Report().Rejected; got != want {
			t.Fatalf("%d of %d rejected rows read again (refused %v)\n%q\n%q", got, want, refused, text, rejects.String())
		}
	})
}

// refs lists the refs in a record.
func refs(rec crm.Record) []crm.Ref {
	var out []crm.Ref
	if rec.Customer != nil {
		out = append(out, rec.Customer.Refs...)
	}
	if rec.Product != nil {
		out = append(out, rec.Product.Ref)
	}
	if rec.Order != nil && !rec.Order.Ref.IsZero() {
		out = append(out, rec.Order.Ref)
	}
	if rec.Refund != nil {
		out = append(out, rec.Refund.Ref)
	}
	return out
}

func FuzzShopifyOrders(f *testing.F) {
	fuzz(f, shopcsv.ShopifyOrders, shopcsv.Options{}, "shopify_orders_2012", "shopify_orders_2026", "shopify_orders_spelling")
}

func FuzzShopifyCustomers(f *testing.F) {
	fuzz(f, shopcsv.ShopifyCustomers, shopcsv.Options{Attributes: map[string]crm.Attribute{
		"facts.shoe_size": {Name: "shoe_size", Type: crm.TypeNumber}, "custom.colors": {Name: "colors", Type: crm.TypeWords},
		"custom.credit": {Name: "credit", Type: crm.TypeMoney}, "custom.since": {Name: "since", Type: crm.TypeTime},
		"Tax Exempt": {Name: "tax_exempt", Type: crm.TypeBool}, "Note": {Name: "note"},
	}}, "shopify_customers_old", "shopify_customers_new", "shopify_customers_consents")
}

func FuzzMailchimp(f *testing.F) {
	fuzz(f, shopcsv.Mailchimp, shopcsv.Options{HashIP: hashed, ListStatus: "subscribed"}, "mailchimp", "mailchimp_unsubscribed", "mailchimp_subscribed")
}

func FuzzKlaviyo(f *testing.F) {
	fuzz(f, shopcsv.Klaviyo, shopcsv.Options{AsOf: listed}, "klaviyo")
}

func FuzzShopifyProducts(f *testing.F) {
	fuzz(f, shopcsv.ShopifyProducts, shopcsv.Options{Currency: "GBP"}, "shopify_products")
}

func FuzzWooCommerceOrders(f *testing.F) {
	fuzz(f, shopcsv.WooCommerceOrders, shopcsv.Options{Currency: "EUR"}, "woo_orders_report", "woo_orders_lines", "woo_orders_rows")
}

func FuzzWooCommerceCustomers(f *testing.F) {
	fuzz(f, shopcsv.WooCommerceCustomers, shopcsv.Options{}, "woo_customers", "woo_customers_plugin")
}

func FuzzWooCommerceProducts(f *testing.F) {
	fuzz(f, shopcsv.WooCommerceProducts, shopcsv.Options{Currency: "EUR"}, "woo_products")
}

func FuzzOwnCustomers(f *testing.F) {
	fuzz(f, shopcsv.OwnCustomers, shopcsv.Options{}, "own_customers")
}

func FuzzOwnOrders(f *testing.F) {
	fuzz(f, shopcsv.OwnOrders, shopcsv.Options{}, "own_orders")
}

func FuzzLog(f *testing.F) {
	fuzz(f, till, shopcsv.Options{Decimal: ',', Window: 2}, "log")
}

func FuzzOnlineRetail(f *testing.F) {
	f.Add(logFile(2))
	f.Add([]byte("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n" +
		"C1,D,Discount,-1,2010-12-01 08:26:00,27.50,1.0,EIRE\nA1,B,Adjust,1,2010-12-01 08:26:00,-11062.06,,\n"))
	fuzz(f, shopcsv.OnlineRetail, shopcsv.Options{}, "log")
}

func FuzzAny(f *testing.F) {
	fuzz(f, shopcsv.Any, shopcsv.Options{Currency: "EUR", DateOrder: shopcsv.DayFirst}, "shopify_orders_2026", "woo_products", "log")
}

package shopcsv_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// book returns an empty book in memory.
func book(t *testing.T, c crm.Currency) *crm.Book {
	t.Helper()
	st := memstore.New(nil)
	t.Cleanup(func() { st.Close() })
	b, err := crm.New(st, &crm.Options{Currency: c})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fill imports a file into a book.
func fill(t *testing.T, b *crm.Book, file io.Reader, f shopcsv.Format, opts shopcsv.Options) (*crm.ImportReport, shopcsv.Report) {
	t.Helper()
	r, err := shopcsv.NewReader(file, f, &opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Customers.Declare(t.Context(), r.Attributes()...); err != nil {
		t.Fatal(err)
	}
	report, err := b.Import(context.Background(), r.Records(), &crm.ImportOptions{Reject: func(rec crm.Record, err error) {
		t.Errorf("line %d is refused: %v", rec.Line, err)
		r.Reject(rec, err)
	}})
	if err != nil {
		t.Fatal(err)
	}
	account(t, r)
	return report, r.Report()
}

// contents writes all customers and orders of a book.
func contents(t *testing.T, b *crm.Book, e shopcsv.Encoding) (customers, orders string) {
	t.Helper()
	var c, o bytes.Buffer
	if err := shopcsv.WriteCustomers(&c, e, b.Customers.List(context.Background(), crm.CustomerQuery{})); err != nil {
		t.Fatal(err)
	}
	if err := shopcsv.WriteOrders(&o, e, b.Orders.List(context.Background(), crm.OrderQuery{})); err != nil {
		t.Fatal(err)
	}
	return c.String(), o.String()
}

// TestImport imports every fixture twice into one book and once into another:
// the second time nothing changes, and both books write the same bytes.
func TestImport(t *testing.T) {
	for _, f := range fixtures {
		t.Run(f.file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", f.file+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			one, two := book(t, "EUR"), book(t, "EUR")
			fill(t, one, bytes.NewReader(text), f.format, f.opts)
			again, _ := fill(t, one, bytes.NewReader(text), f.format, f.opts)
			for name, n := range map[string]crm.ImportCount{
				"customers": again.Customers, "products": again.Products, "orders": again.Orders, "refunds": again.Refunds,
				"consents": again.Consents,
			} {
				if n.Created+n.Updated > 0 {
					t.Errorf("the second import changes %s: %+v", name, n)
				}
			}
			fill(t, two, bytes.NewReader(text), f.format, f.opts)
			customers, orders := contents(t, one, shopcsv.CSV)
			customers2, orders2 := contents(t, two, shopcsv.CSV)
			if diff := cmp.Diff(customers+orders, customers2+orders2); diff != "" {
				t.Errorf("two imports differ (-one +two)\n%s", diff)
			}
		})
	}
}

// TestImportOwn moves customers and orders from one book to another.
func TestImportOwn(t *testing.T) {
	one, two := book(t, "EUR"), book(t, "EUR")
	for _, f := range fixtures {
		if f.found == shopcsv.ShopifyOrders || f.found == shopcsv.WooCommerceOrders || f.found == shopcsv.ShopifyCustomers {
			text, err := os.ReadFile(filepath.Join("testdata", f.file+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			fill(t, one, bytes.NewReader(text), f.format, f.opts)
		}
	}
	declared, err := one.Customers.Attributes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := two.Customers.Declare(t.Context(), declared...); err != nil {
		t.Fatal(err)
	}
	customers, orders := contents(t, one, shopcsv.CSV)
	fill(t, two, bytes.NewReader([]byte(customers)), shopcsv.Any, shopcsv.Options{})
	fill(t, two, bytes.NewReader([]byte(orders)), shopcsv.Any, shopcsv.Options{})
	customers2, orders2 := contents(t, two, shopcsv.CSV)
	if diff := cmp.Diff(customers, customers2); diff != "" {
		t.Errorf("customers (-one +two)\n%s", diff)
	}
	if diff := cmp.Diff(orders, orders2); diff != "" {
		t.Errorf("orders (-one +two)\n%s", diff)
	}
}

// TestImportOnlineRetail pours the real file into a book, twice.
func TestImportOnlineRetail(t *testing.T) {
	if testing.Short() {
		t.Skip("half a million rows, twice")
	}
	b := book(t, "GBP")
	first, rows := fill(t, b, onlineRetail(t), shopcsv.OnlineRetail, shopcsv.Options{})
	if first.Orders.Created != 22_064 || first.Refunds.Created != 3_836 || first.Customers.Created != 4_372 || first.Products.Created != 4_053 {
		t.Errorf("import %+v", first)
	}
	if rows.Rows != 541_909 || rows.Rejected != 0 {
		t.Errorf("rows %+v", rows)
	}
	var net crm.Money
	for c, err := range b.Customers.List(context.Background(), crm.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		a, err := b.Customers.Aggregates(context.Background(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if net, err = net.Add(a.Base.Net()); err != nil {
			t.Fatal(err)
		}
	}
	if want := (crm.Money{Amount: 8_300_065_81, Currency: "GBP"}); net != want {
		t.Errorf("net of identified customers %v, want %v", net, want)
	}
	customers, orders := contents(t, b, shopcsv.CSV)
	again, _ := fill(t, b, onlineRetail(t), shopcsv.OnlineRetail, shopcsv.Options{})
	for name, n := range map[string]crm.ImportCount{
		"customers": again.Customers, "products": again.Products, "orders": again.Orders, "refunds": again.Refunds,
	} {
		if n.Created+n.Updated > 0 {
			t.Errorf("the second import changes %s: %+v", name, n)
		}
	}
	customers2, orders2 := contents(t, b, shopcsv.CSV)
	if customers != customers2 || orders != orders2 {
		t.Error("the second import changes what is exported")
	}
}

package shopcsv_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

// onlineRetail opens the real file, or skips.
func onlineRetail(tb testing.TB) *os.File {
	tb.Helper()
	dir := os.Getenv("CLIENTELE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, "online-retail", "online_retail.csv.gz"))
	if err != nil {
		tb.Skipf("no real data: %v", err)
	}
	tb.Cleanup(func() { f.Close() })
	return f
}

func TestOnlineRetail(t *testing.T) {
	if testing.Short() {
		t.Skip("half a million rows")
	}
	var rejects bytes.Buffer
	r, err := shopcsv.NewReader(onlineRetail(t), shopcsv.OnlineRetail, &shopcsv.Options{Rejects: &rejects})
	if err != nil {
		t.Fatal(err)
	}
	type figures struct {
		Documents, Adjustments, WriteOffs, Cancellations, Customers, Buyers, Products, Untitled int
		Anonymous                                                                               int
		Net, All                                                                                int64
	}
	var got figures
	customers, buyers := map[crm.Ref]bool{}, map[crm.Ref]bool{}
	products := map[crm.Ref]*crm.Product{}
	net := map[string]int64{}
	refs := map[crm.Ref]bool{}
	for rec, err := range r.Records() {
		if err != nil {
			t.Fatal(err)
		}
		id := ""
		if rec.Customer != nil {
			customers[rec.Customer.Refs[0]] = true
			id = rec.Customer.Refs[0].ID
		}
		switch {
		case rec.Order != nil:
			got.Documents++
			if refs[rec.Order.Ref] {
				t.Errorf("%v comes twice", rec.Order.Ref)
			}
			refs[rec.Order.Ref] = true
			switch rec.Order.Kind {
			case crm.KindAdjustment:
				got.Adjustments++
			case crm.KindWriteOff:
				got.WriteOffs++
			}
			if id == "" {
				got.Anonymous++
			} else {
				buyers[rec.Customer.Refs[0]] = true
			}
			got.All += rec.Order.Total.Amount
			net[id] += rec.Order.Total.Amount
			for _, item := range rec.Order.Items {
				if item.Kind == crm.ItemProduct && products[crm.Ref{Source: "onlineretail", ID: item.SKU}] == nil {
					t.Errorf("line %d: %s is sold before it is told of", rec.Line, item.SKU)
				}
			}
		case rec.Refund != nil:
			got.Cancellations++
			got.All -= rec.Refund.Amount.Amount
			net[id] -= rec.Refund.Amount.Amount
		case rec.Product != nil:
			if old := products[rec.Product.Ref]; old != nil && !old.Version.Before(rec.Product.Version) {
				t.Errorf("%v: version %v after %v", rec.Product.Ref, rec.Product.Version, old.Version)
			}
			products[rec.Product.Ref] = rec.Product
		}
	}
	got.Customers, got.Buyers, got.Products = len(customers), len(buyers), len(products)
	for _, p := range products {
		if p.Title == "" {
			got.Untitled++
		}
	}
	for id, n := range net {
		if id != "" {
			got.Net += n
		}
	}
	want := figures{
		Documents: 22_064, Adjustments: 3, WriteOffs: 2_102, Cancellations: 3_836, Anonymous: 3_528,
		Customers: 4_372, Buyers: 4_339, Products: 4_053, Untitled: 132,
		Net: 8_300_065_81, All: 9_747_747_93,
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for id, pence := range map[string]int64{
		"14646": 279_489_02, "18102": 256_438_49, "17450": 187_482_17, "14911": 132_572_62, "12415": 123_725_45,
	} {
		if net[id] != pence {
			t.Errorf("customer %s: net %d, want %d", id, net[id], pence)
		}
	}
	report := shopcsv.Report{
		Rows: 541_909, Imported: 538_959, Fees: 2_950,
		Products: 4_136, Orders: 22_064, Refunds: 3_836,
	}
	if got := r.Report(); got != report {
		t.Errorf("report %+v\nwant   %+v", got, report)
	}
	if rejects.Len() > 0 {
		t.Errorf("rejects:\n%.2000s", rejects.String())
	}
}

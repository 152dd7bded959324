package ledger_test

import (
	"slices"
	"testing"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/retail"
)

func TestService(t *testing.T) {
	for _, c := range []struct {
		key, title string
		want       bool
	}{
		{"POST", "POSTAGE", true},
		{"DOT", "DOTCOM POSTAGE", true},
		{"C2", "CARRIAGE", true},
		{"M", "Manual", true},
		{"D", "Discount", true},
		{"BANK CHARGES", "Bank Charges", true},
		{"AMAZONFEE", "AMAZON FEE", true},
		{"CRUK", "CRUK Commission", true},
		{"B", "Adjust bad debt", true},
		{"S", "SAMPLES", true},
		{"gift_0001_20", "Dotcomgiftshop Gift Voucher £20.00", true},
		{"VS", "Versandkosten", true},
		{"BANK CHARGES", "", true},
		{"", "", false},
		{"PADS", "PADS TO MATCH ALL CUSHIONS", false},
		{"DCGSSBOY", "BOYS PARTY BAG", false},
		{"85123A", "WHITE HANGING HEART T-LIGHT HOLDER", false},
		{"22138", "BAKING SET 9 PIECE RETROSPOT", false},
		{"1", "Voucher holder", false},
		{"2", "Stamp album for collectors of early postage", false},
	} {
		if got := ledger.Service(c.key, c.title); got != c.want {
			t.Errorf("%s %q: got %t", c.key, c.title, got)
		}
	}
}

// Of a real shop's codes none of a product is taken for a service, and of its
// services hardly any for a product.
func TestServiceOfOnlineRetail(t *testing.T) {
	path, ok := retail.Path()
	if !ok {
		t.Skip("no Online Retail data")
	}
	rows, err := retail.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	missed, services := 0, 0
	charged := []string{"Next Day Carriage", "PACKING CHARGE", "Dotcomgiftshop Gift Voucher £100.00"} // services with the codes of products
	for _, r := range rows {
		if r.Price <= 0 || r.Quantity <= 0 {
			continue // written off, not sold
		}
		got := ledger.Service(r.Code, r.Title)
		if got && r.Product() && !slices.Contains(charged, r.Title) {
			t.Errorf("%s %q is a product", r.Code, r.Title)
			charged = append(charged, r.Title)
		}
		switch r.Code {
		case "POST", "DOT", "C2", "M", "m", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK":
			services++
			if !got {
				missed++
			}
		}
	}
	if missed*100 > services {
		t.Errorf("%d of %d services are taken for products", missed, services)
	}
}

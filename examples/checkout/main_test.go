package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
)

func TestStatus(t *testing.T) {
	book := crmtest.New(t)
	if _, err := book.Products.Record(t.Context(), crmtest.Product()); err != nil { // 12 blue mugs
		t.Fatal(err)
	}
	cart := func(number, ref, email, items string) string {
		return `{"number": "` + number + `", "customer": {"ref": "` + ref + `", "name": "Ada", "email": "` + email + `"}, "items": [` + items + `]}`
	}
	stock := func() int64 {
		p, err := book.Products.BySKU(t.Context(), "MUG-BLUE")
		if err != nil {
			t.Fatal(err)
		}
		return p.Variant("MUG-BLUE").Stock
	}
	for _, tt := range []struct {
		name, cart string
		want       int
		stock      int64
	}{
		{"no JSON", "{", http.StatusBadRequest, 12},
		{"no number", cart("", "1", "ada@example.com", ""), http.StatusBadRequest, 12},
		{"no address", cart("C-1", "1", "ada", ""), http.StatusBadRequest, 12},
		{"unknown SKU", cart("C-1", "1", "ada@example.com", `{"sku": "MUG-BLUE", "quantity": 1}, {"sku": "CUP", "quantity": 1}`), http.StatusNotFound, 12},
		{"negative quantity", cart("C-1", "1", "ada@example.com", `{"sku": "MUG-BLUE", "quantity": -1}`), http.StatusBadRequest, 12},
		{"out of stock", cart("C-1", "1", "ada@example.com", `{"sku": "MUG-BLUE", "quantity": 7}, {"sku": "MUG-BLUE", "quantity": 7}`), http.StatusConflict, 12},
		{"ordered", cart("C-1", "1", "ada@example.com", `{"sku": "MUG-BLUE", "quantity": 2, "price": {"amount": 1, "currency": "EUR"}}`), http.StatusOK, 10},
		{"posted twice", cart("C-1", "1", "ada@example.com", `{"sku": "MUG-BLUE", "quantity": 2}`), http.StatusOK, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			endpoint(shop{book}.checkout).ServeHTTP(w, httptest.NewRequest("POST", "/checkout", strings.NewReader(tt.cart)))
			if got := stock(); w.Code != tt.want || got != tt.stock {
				t.Errorf("status %d, stock %d; want %d, %d: %s", w.Code, got, tt.want, tt.stock, w.Body)
			}
			if strings.Contains(w.Body.String(), "ada@") {
				t.Errorf("the answer holds personal data: %s", w.Body)
			}
		})
	}
	for _, tt := range []struct {
		ref  string
		want int
	}{{"shop:1", http.StatusOK}, {"shop:2", http.StatusNotFound}, {"ada", http.StatusNotFound}} {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		r.SetPathValue("ref", tt.ref)
		if endpoint(shop{book}.customer).ServeHTTP(w, r); w.Code != tt.want {
			t.Errorf("%s: status %d, want %d", tt.ref, w.Code, tt.want)
		}
	}
	orders, err := book.Orders.Page(t.Context(), crm.OrderQuery{})
	if err != nil || len(orders.Items) != 1 || orders.Items[0].Total.Amount != 2*1290 {
		t.Errorf("orders: %+v, %v; want one of 25.80 EUR", orders.Items, err)
	}
	if n, err := book.Customers.Count(t.Context()); n != 1 || err != nil {
		t.Errorf("%d customers, %v; want 1: what failed left somebody behind", n, err)
	}
}

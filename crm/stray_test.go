package crm_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

// TestStrays lists the orders of nobody that say how somebody is reached.
func TestStrays(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	putOrder(t, book, goods("ada", "hers", day(1), "mug", 1, gbp(950)))
	putOrder(t, book, goods("", "till", day(1), "mug", 1, gbp(950)))
	var want []crm.OrderID
	for n := range 450 { // more than a page
		o := goods("", fmt.Sprintf("o%03d", n), day(1), "mug", 1, gbp(950))
		if o.Email = fmt.Sprintf("c%d@shop.test", n/2); n%3 == 0 {
			o.Email, o.Phone = "", "020 7946 0123"
		}
		want = append(want, putOrder(t, book, o).ID)
	}
	var got []crm.OrderID
	for _, o := range all(t, book.Orders.Strays(t.Context())) {
		got = append(got, o.ID)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

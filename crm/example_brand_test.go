package crm_test

import (
	"context"
	"fmt"
	"log"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// Two brands of one company share a store. Neither sees the other's customers,
// and each has a currency of its own.
func Example_brand() {
	ctx := context.Background()
	st := memstore.New(nil)
	for _, brand := range []struct {
		name     string
		currency crm.Currency
	}{{"harbor", "GBP"}, {"sakura", "JPY"}} {
		book, err := crm.New(st, &crm.Options{Namespace: brand.name, Currency: brand.currency})
		if err != nil {
			log.Fatal(err)
		}
		c, err := book.Customers.Create(ctx, crm.Customer{GivenName: "Ada", Email: "ada@example.com"})
		if err != nil {
			log.Fatal(err)
		}
		if _, err := book.Orders.Record(ctx, crm.Order{
			CustomerID: c.ID, OccurredAt: date(2025, 3, 1), Total: crm.Money{Amount: 1250, Currency: brand.currency},
		}); err != nil {
			log.Fatal(err)
		}
		best, err := book.Customers.Best(ctx, crm.BestQuery{})
		if err != nil {
			log.Fatal(err)
		}
		for _, p := range best {
			fmt.Printf("%s: %s, %v\n", brand.name, p.Customer.Name(), p.Aggregates.Base.Spent)
		}
	}
	// Output:
	// harbor: Ada, 12.50 GBP
	// sakura: Ada, 1250 JPY
}

package crm_test

import (
	"context"
	"fmt"
	"log"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Ada sends four cups back, and does not say from which order: they are
// matched with what she bought, the latest first. What nobody sold her stays
// unmatched.
func Example_refund() {
	ctx := context.Background()
	book := demo(ctx)
	if _, err := book.Orders.Record(ctx, crm.Order{
		ID: "1005", CustomerID: "ada", OccurredAt: date(2025, 9, 20),
		Items: []crm.Item{{SKU: "CUP", Quantity: 1, Price: euros("12.50")}},
	}); err != nil {
		log.Fatal(err)
	}
	back, err := book.Refunds.Record(ctx, crm.Refund{
		CustomerID: "ada", OccurredAt: date(2025, 10, 1), Reason: "chipped",
		Lines: []crm.RefundLine{{SKU: "CUP", Quantity: 4, Amount: euros("50")}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range back.Lines {
		fmt.Printf("%d of order %q: %v\n", l.Quantity, l.OrderID, l.Amount)
	}
	a, err := book.Customers.Aggregates(ctx, "ada")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("spent", a.Base.Spent, "refunded", a.Base.Refunded)
	// Output:
	// 1 of order "1005": 12.50 EUR
	// 2 of order "1001": 25.00 EUR
	// 1 of order "": 12.50 EUR
	// spent 47.40 EUR refunded 50.00 EUR
}

// Part of an order's money is given back. When the order is canceled
// afterwards, neither counts.
func ExampleRefunds_Record() {
	ctx := context.Background()
	book := demo(ctx)
	if _, err := book.Refunds.Record(ctx, crm.Refund{OrderID: "1002", Amount: euros("15"), OccurredAt: date(2025, 3, 1)}); err != nil {
		log.Fatal(err)
	}
	show := func() {
		a, err := book.Customers.Aggregates(ctx, "ben")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%v - %v = %v\n", a.Base.Spent, a.Base.Refunded, a.Base.Net())
	}
	show()
	if _, err := book.Orders.Update(ctx, "1002", func(o *crm.Order) error { o.State = crm.StateCanceled; return nil }); err != nil {
		log.Fatal(err)
	}
	show()
	// Output:
	// 80.00 EUR - 15.00 EUR = 65.00 EUR
	// 0.00 EUR - 0.00 EUR = 0.00 EUR
}

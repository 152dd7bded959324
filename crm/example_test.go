package crm_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// date is when something happened in these examples.
func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
}

// euros is what the shop of these examples is paid in.
func euros(s string) crm.Money {
	m, err := crm.ParseMoney(s, "EUR")
	if err != nil {
		panic(err)
	}
	return m
}

// members is a book with customers of whom nothing is known but their ids.
func members(ctx context.Context, ids ...crm.CustomerID) *crm.Book {
	book, err := crm.New(memstore.New(nil), nil)
	if err != nil {
		log.Fatal(err)
	}
	enroll(ctx, book, ids...)
	return book
}

func enroll(ctx context.Context, book *crm.Book, ids ...crm.CustomerID) {
	for _, id := range ids {
		if _, err := book.Customers.Create(ctx, crm.Customer{ID: id}); err != nil {
			log.Fatal(err)
		}
	}
}

// demo is a book with three customers and four orders.
func demo(ctx context.Context) *crm.Book {
	book := members(ctx)
	for _, c := range []crm.Customer{{ID: "ada", GivenName: "Ada"}, {ID: "ben", GivenName: "Ben"}, {ID: "cleo", GivenName: "Cleo"}} {
		if _, err := book.Customers.Create(ctx, c); err != nil {
			log.Fatal(err)
		}
	}
	for _, o := range []crm.Order{
		{ID: "1001", CustomerID: "ada", OccurredAt: date(2025, 1, 10), Items: []crm.Item{{SKU: "CUP", Quantity: 2, Price: euros("12.50")}}},
		{ID: "1002", CustomerID: "ben", OccurredAt: date(2025, 2, 11), Items: []crm.Item{{SKU: "POT", Quantity: 1, Price: euros("80")}}},
		{ID: "1003", CustomerID: "cleo", OccurredAt: date(2025, 8, 12), Items: []crm.Item{{SKU: "CUP", Quantity: 4, Price: euros("12.50")}}},
		{ID: "1004", CustomerID: "ada", OccurredAt: date(2025, 9, 13), Items: []crm.Item{{SKU: "TEA", Quantity: 1, Price: euros("9.90")}}},
	} {
		if _, err := book.Orders.Record(ctx, o); err != nil {
			log.Fatal(err)
		}
	}
	return book
}

// An order is recorded, and its customer's profile read.
func Example() {
	ctx := context.Background()
	book, err := crm.New(memstore.New(nil), nil) // boltstore.Open("shop.db", nil) keeps it in a file
	if err != nil {
		log.Fatal(err)
	}
	ada, err := book.Customers.Record(ctx, crm.Customer{
		Refs: []crm.Ref{{Source: "shop", ID: "17"}}, GivenName: "Ada", FamilyName: "Lovelace", Email: "ada@example.com",
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = book.Orders.Record(ctx, crm.Order{
		Ref: crm.Ref{Source: "shop", ID: "1001"}, CustomerID: ada.ID, State: crm.StatePaid, OccurredAt: date(2025, 3, 1),
		Items: []crm.Item{
			{SKU: "CUP", Title: "Blue cup", Quantity: 2, Price: euros("12.50")},
			{SKU: "TEA", Title: "Green tea", Quantity: 1, Price: euros("9.90")},
		},
		Shipping: euros("4.90"),
	})
	if err != nil {
		log.Fatal(err)
	}
	p, err := book.Customers.Profile(ctx, ada.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d order of %d units, %v\n", p.Customer.Name(), p.Aggregates.Orders, p.Aggregates.Units, p.Aggregates.Base.Spent)
	for _, it := range p.Orders[0].Items {
		fmt.Println(it.Quantity, it.Title, it.Total)
	}
	// Output:
	// Ada Lovelace: 1 order of 3 units, 39.80 EUR
	// 2 Blue cup 25.00 EUR
	// 1 Green tea 9.90 EUR
}

// The best customers of all, and the best of those who have not been seen for
// half a year.
func ExampleCustomers_Best() {
	ctx := context.Background()
	book := demo(ctx)
	best, err := book.Customers.Best(ctx, crm.BestQuery{Limit: 2})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range best {
		fmt.Println("best:", p.Customer.Name(), p.Aggregates.Base.Net())
	}
	lapsed, err := book.Customers.Best(ctx, crm.BestQuery{LastOrderBefore: date(2025, 6, 1)})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range lapsed {
		fmt.Println("lapsed:", p.Customer.Name(), p.Aggregates.Base.Net())
	}
	// Output:
	// best: Ben 80.00 EUR
	// best: Cleo 50.00 EUR
	// lapsed: Ben 80.00 EUR
}

// A checkout takes the goods off the stock and records the order, both or
// neither.
func ExampleBook_Update() {
	ctx := context.Background()
	book := demo(ctx)
	if _, err := book.Products.Create(ctx, crm.Product{Title: "Cup", Variants: []crm.Variant{{SKU: "CUP", Tracked: true, Stock: 3}}}); err != nil {
		log.Fatal(err)
	}
	soldOut := errors.New("sold out")
	buy := func(units int64) error {
		return book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
			o := crm.Order{
				CustomerID: "ada", OccurredAt: date(2025, 10, 1),
				Items: []crm.Item{{SKU: "CUP", Quantity: units, Price: euros("12.50")}},
			}
			if _, err := tx.Orders.Record(ctx, o); err != nil {
				return err
			}
			left, err := tx.Products.AddStock(ctx, "CUP", -units)
			if err == nil && left < 0 {
				err = soldOut
			}
			return err
		})
	}
	fmt.Println("two cups:", buy(2))
	fmt.Println("two more:", buy(2))
	a, err := book.Customers.Aggregates(ctx, "ada")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("orders:", a.Orders)
	// Output:
	// two cups: <nil>
	// two more: sold out
	// orders: 3
}

// An order is changed by a function; what it adds up to follows.
func ExampleOrders_Update() {
	ctx := context.Background()
	book := demo(ctx)
	_, err := book.Orders.Update(ctx, "1001", func(o *crm.Order) error {
		o.State = crm.StateCanceled
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	a, err := book.Customers.Aggregates(ctx, "ada")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d order, %d canceled, %v\n", a.Orders, a.Canceled, a.Base.Spent)
	// Output:
	// 1 order, 1 canceled, 9.90 EUR
}

// Everything that is wrong with an input is told at once, and without personal
// data.
func ExampleInvalidError() {
	ctx := context.Background()
	_, err := demo(ctx).Customers.Create(ctx, crm.Customer{Email: "ada at example.com", Birthday: "12/10/1815"})
	var invalid *crm.InvalidError
	if errors.As(err, &invalid) {
		for _, f := range invalid.Fields {
			fmt.Println(f.Field, "should be", f.Want)
		}
	}
	fmt.Println(err)
	// Output:
	// email should be one e-mail address
	// birthday should be 2006-01-02, or --01-02 without the year
	// crm: Customers.Create: invalid: email (18 characters): want one e-mail address; birthday (10 characters): want 2006-01-02, or --01-02 without the year
}

// What happened is read from the feed, from any place on.
func ExampleEvents_List() {
	ctx := context.Background()
	book := demo(ctx)
	seen, err := book.Events.Head(ctx) // kept by whoever follows
	if err != nil {
		log.Fatal(err)
	}
	if _, err := book.Orders.Update(ctx, "1002", func(o *crm.Order) error { o.State = crm.StateDelivered; return nil }); err != nil {
		log.Fatal(err)
	}
	if _, err := book.Refunds.Record(ctx, crm.Refund{OrderID: "1002", Amount: euros("80"), OccurredAt: date(2025, 3, 1)}); err != nil {
		log.Fatal(err)
	}
	for e, err := range book.Events.List(ctx, seen) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Kind, e.OrderID, e.CustomerID)
		seen = e.Cursor
	}
	for range book.Events.List(ctx, seen) {
		fmt.Println("never: it has caught up")
	}
	// Output:
	// order.updated 1002 ben
	// refund.recorded 1002 ben
}

// A shop's history is imported, twice: the second time there is nothing to do.
func ExampleBook_Import() {
	ctx := context.Background()
	book := members(ctx)
	history := func(yield func(crm.Record, error) bool) {
		for i, when := range []time.Time{date(2024, 5, 1), date(2024, 6, 1), {}} {
			rec := crm.Record{
				Customer: &crm.Customer{Email: "ada@example.com", GivenName: "Ada", FirstSeenAt: date(2024, 5, 1)},
				Order:    &crm.Order{Ref: crm.Ref{Source: "shop", ID: fmt.Sprint(1001 + i)}, Total: euros("10"), OccurredAt: when},
				Line:     int64(i + 2),
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
	for range 2 {
		report, err := book.Import(ctx, history, &crm.ImportOptions{
			Reject: func(r crm.Record, err error) { fmt.Printf("line %d: %v\n", r.Line, err) },
		})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d orders created, %d unchanged, %d rejected\n", report.Orders.Created, report.Orders.Unchanged, report.Rejected)
	}
	// Output:
	// line 4: invalid: order.occurred_at "": want the time the order was placed
	// 2 orders created, 0 unchanged, 1 rejected
	// line 4: invalid: order.occurred_at "": want the time the order was placed
	// 0 orders created, 2 unchanged, 1 rejected
}

// A discount of 10 euros is spread over three lines, and no cent is lost.
func ExampleMoney_Allocate() {
	parts, err := euros("10").Allocate(2500, 990, 990)
	if err != nil {
		log.Fatal(err)
	}
	sum, err := crm.Sum(parts...)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(parts, "=", sum)
	// Output:
	// [5.58 EUR 2.21 EUR 2.21 EUR] = 10.00 EUR
}

// A list yields outside of any transaction, so its loop may write.
func ExampleOrders_List() {
	ctx := context.Background()
	book := demo(ctx)
	for o, err := range book.Orders.List(ctx, crm.OrderQuery{To: date(2025, 3, 1)}) {
		if err != nil {
			log.Fatal(err)
		}
		if _, err := book.Orders.Update(ctx, o.ID, func(o *crm.Order) error { o.Tags = append(o.Tags, "winter"); return nil }); err != nil {
			log.Fatal(err)
		}
		fmt.Println(o.ID, o.Total)
	}
	// Output:
	// 1001 25.00 EUR
	// 1002 80.00 EUR
}

// Entries of the store may be read beside the book, by whoever keeps tables of
// their own in it.
func ExampleBook_Store() {
	ctx := context.Background()
	book := demo(ctx)
	err := book.Store().View(ctx, func(ctx context.Context, r store.Reader) error {
		tables, err := store.Tables(r)
		for _, t := range tables[:3] {
			fmt.Println(t.Name)
		}
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// crm.book
	// crm.customers
	// crm.aggregates
}

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

// slipping is who came often, and not for a while.
const slipping = "number_of_orders >= 3 AND last_order_date BETWEEN -180d AND -90d"

// segments is the third chapter: who is like whom. It is told as of the latest
// order, so that it is the same whenever an old export is read.
func segments(ctx context.Context, book *crm.Book) error {
	last, err := book.Orders.Page(ctx, crm.OrderQuery{Newest: true, Limit: 1})
	if err != nil || len(last.Items) == 0 {
		return err
	}
	at := last.Items[0].OccurredAt
	// README
	catalog, err := segment.New(book, nil)
	if err != nil {
		return err
	}
	then := catalog.At(at) // without this line: now
	rule, err := segment.Parse(slipping)
	if err != nil {
		return err
	}
	preview, err := then.Preview(ctx, rule, 3)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s: %d customers\n", rule, preview.Count)
	for _, id := range preview.Sample {
		why, err := then.Explain(ctx, rule, id)
		if err != nil {
			return err
		}
		if err := explain(ctx, book, id, why); err != nil {
			return err
		}
	}
	// README
	return groups(ctx, then, at, book.Currency())
}

// explain shows on a line what a rule has seen of a customer, and how long that
// will be so if nothing happens.
func explain(ctx context.Context, book *crm.Book, id crm.CustomerID, why *segment.Explanation) error {
	c, err := book.Customers.Get(ctx, id)
	if err != nil {
		return err
	}
	fmt.Printf("  %-22s %v orders, last on %s: until %s\n", name(c), why.Parts[0].Value,
		why.Parts[1].Value.Time().Format(time.DateOnly), why.Until.Format(time.DateOnly))
	return nil
}

// groups shows the ten groups of recency, frequency and money: who bought lately,
// often, and for much.
func groups(ctx context.Context, catalog *segment.Catalog, at time.Time, currency crm.Currency) error {
	rows, err := catalog.Groups(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("\n%-24s %9s  %6s %18s  days ago\n", "Groups on "+at.Format(time.DateOnly), "customers", "orders", "net")
	for _, g := range rows {
		if g.Name == "" {
			fmt.Printf("  %-22s %9d\n", "without an order", g.Customers)
			continue
		}
		net := crm.Money{Amount: g.Spent, Currency: currency}
		fmt.Printf("  %-22s %9d  %6d %18v  %8d\n", g.Title, g.Customers, g.Orders, net, g.Recency)
	}
	return nil
}

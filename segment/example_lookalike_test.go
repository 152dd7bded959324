package segment_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

// Who else may like tea: Edith buys what those buy who do, Nell does not.
func ExampleCatalog_Lookalike() {
	book, catalog := newShop()
	ctx := context.Background()
	for name, items := range map[crm.CustomerID][]string{
		"Ada": {"Tea", "Kettle"}, "Grace": {"Tea", "Kettle", "Mug"}, "Joan": {"Tea", "Mug"},
		"Edith": {"Kettle", "Mug"}, "Nell": {"Nails"}, "Fay": {"Nails"}, "Vera": {"Nails", "Screws"},
	} {
		order := crm.Order{CustomerID: name, OccurredAt: today.Add(-time.Hour)}
		for _, title := range items {
			order.Items = append(order.Items, crm.Item{Title: title, Quantity: 1, Price: crm.Money{Amount: 1000, Currency: "EUR"}})
		}
		if _, err := book.Customers.Record(ctx, crm.Customer{ID: name}); err != nil {
			log.Fatal(err)
		}
		if _, err := book.Orders.Record(ctx, order); err != nil {
			log.Fatal(err)
		}
	}
	tea, err := catalog.Create(ctx, segment.Segment{Name: "Tea", Rule: segment.MustParse("items MATCHES (title = 'Tea')")})
	if err != nil {
		log.Fatal(err)
	}
	list, err := catalog.Lookalike(ctx, tea.ID, 1)
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range list {
		fmt.Println(l.CustomerID, l.Why[0])
	}
	// Output: Edith items MATCHES (title = 'Kettle')
}

package segment_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// today is when the examples happen.
var today = time.Date(2025, 11, 28, 10, 0, 0, 0, time.UTC)

// newShop returns the catalog of a book with three customers, by first name.
func newShop() (*crm.Book, *segment.Catalog) {
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR", Now: func() time.Time { return today }})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	for _, v := range []struct {
		name   string
		days   int // since their orders
		euros  int64
		orders int
	}{{"Ada", 5, 120, 6}, {"Grace", 200, 300, 3}, {"Joan", 29, 40, 1}} {
		id := crm.CustomerID(v.name)
		if _, err := book.Customers.Create(ctx, crm.Customer{ID: id, GivenName: v.name}); err != nil {
			log.Fatal(err)
		}
		for n := range v.orders {
			_, err := book.Orders.Record(ctx, crm.Order{
				CustomerID: id, OccurredAt: today.AddDate(0, 0, -v.days-30*n), Total: crm.Money{Amount: 100 * v.euros, Currency: "EUR"},
			})
			if err != nil {
				log.Fatal(err)
			}
		}
	}
	catalog, err := segment.New(book, nil)
	if err != nil {
		log.Fatal(err)
	}
	return book, catalog
}

func ExampleCatalog() {
	_, catalog := newShop()
	ctx := context.Background()
	vip, err := catalog.Create(ctx, segment.Segment{Name: "VIP", Rule: segment.MustParse("amount_spent > 500")})
	if err != nil {
		log.Fatal(err)
	}
	lapsed, err := catalog.Create(ctx, segment.Segment{
		Name: "Lapsed VIP", Rule: segment.MustParse("segments CONTAINS 'VIP' AND last_order_date < -120d"),
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range []*segment.Segment{vip, lapsed} {
		fmt.Println(s.Name)
		for customer, err := range catalog.Members(ctx, s.ID) {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(" ", customer)
		}
	}
	// Output:
	// VIP
	//   Ada
	//   Grace
	// Lapsed VIP
	//   Grace
}

// What a rule that is being written would say.
func ExampleCatalog_Preview() {
	_, catalog := newShop()
	rule, err := segment.Parse("orders MATCHES (date >= -30d)")
	if err != nil {
		log.Fatal(err)
	}
	preview, err := catalog.Preview(context.Background(), rule, 10)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(preview.Count, preview.Sample)
	// Output: 2 [Ada Joan]
}

// A segment that others ask for stays.
func ExampleCatalog_Delete() {
	_, catalog := newShop()
	ctx := context.Background()
	for _, s := range []segment.Segment{
		{ID: "vip", Name: "VIP", Rule: segment.MustParse("amount_spent > 500")},
		{ID: "lapsed", Name: "Lapsed VIP", Rule: segment.MustParse("segments CONTAINS 'VIP' AND last_order_date < -120d")},
	} {
		if _, err := catalog.Create(ctx, s); err != nil {
			log.Fatal(err)
		}
	}
	if errors.Is(catalog.Delete(ctx, "vip"), segment.ErrUsed) {
		users, err := catalog.Uses(ctx, "vip")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("used by", users[0].Name)
	}
	// Output: used by Lapsed VIP
}

// A list is a segment without a rule.
func ExampleCatalog_Include() {
	_, catalog := newShop()
	ctx := context.Background()
	if _, err := catalog.Create(ctx, segment.Segment{ID: "tasting", Name: "Invited to the tasting"}); err != nil {
		log.Fatal(err)
	}
	if err := catalog.Include(ctx, "tasting", "Joan", "Grace"); err != nil {
		log.Fatal(err)
	}
	in, err := catalog.Has(ctx, "tasting", "Joan")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(in)
	// Output: true
}

// Who comes and goes is told with the cause. A program leaves this to Run, which
// also tells what time alone does.
func ExampleCatalog_Tick() {
	book, catalog := newShop()
	ctx := context.Background()
	if _, err := catalog.Create(ctx, segment.Segment{ID: "vip", Name: "VIP", Rule: segment.MustParse("amount_spent > 500")}); err != nil {
		log.Fatal(err)
	}
	if _, err := catalog.Tick(ctx, today); err != nil { // who is in already is no news
		log.Fatal(err)
	}
	_, err := book.Orders.Record(ctx, crm.Order{CustomerID: "Joan", OccurredAt: today, Total: crm.Money{Amount: 50000, Currency: "EUR"}})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := catalog.Tick(ctx, today); err != nil {
		log.Fatal(err)
	}
	for event, err := range book.Events.List(ctx, store.Cursor{}) {
		if err != nil {
			log.Fatal(err)
		}
		if event.Kind == segment.Entered || event.Kind == segment.Left {
			fmt.Println(event.CustomerID, event.Kind, event.Name, "because of", event.Changes[0].To)
		}
	}
	// Output: Joan segment.entered vip because of order.recorded
}

package crmtest_test

import (
	"context"
	"fmt"
	"iter"
	"log"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// pour fills a book with a shop.
func pour(ctx context.Context, records iter.Seq2[crm.Record, error]) *crm.Book {
	book, err := crm.New(memstore.New(nil), nil)
	if err != nil {
		log.Fatal(err)
	}
	report, err := book.Import(ctx, records, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Rejected, "records rejected")
	return book
}

// A whole shop is poured into a book. Tests get theirs from New.
func ExampleShop() {
	ctx := context.Background()
	book := pour(ctx, crmtest.Shop(100, 1).Records())

	ada, err := book.Customers.ByEmail(ctx, "ada.byron@example.com")
	if err != nil {
		log.Fatal(err)
	}
	sums, err := book.Customers.Aggregates(ctx, ada.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ada.Name(), "has", sums.Orders, "orders and canceled", sums.Canceled)
	// Output:
	// 0 records rejected
	// Ada Byron has 30 orders and canceled 1
}

// Records are told in the order of time and are made as the loop goes on.
func ExampleDemo_Records() {
	shop := crmtest.Shop(100, 1)
	for r, err := range shop.Records() {
		if err != nil {
			log.Fatal(err)
		}
		if r.Order == nil || r.Customer == nil || r.Customer.GivenName != "Ada" {
			continue
		}
		for _, item := range r.Order.Items {
			fmt.Println(item.Quantity, "×", item.Title, "at", item.Price)
		}
		fmt.Println("less", r.Order.Discount, "with", r.Order.Coupons[0])
		break
	}
	// Output:
	// 1 × Morning Blend Coffee - 1 kg at 22.95 GBP
	// 1 × Steel Moka Pot at 29.45 GBP
	// less 4.27 GBP with WELCOME5
}

// What Ada did before her first order.
func ExampleDemo_Behavior() {
	visit := ""
	for b := range crmtest.Shop(3, 1).Behavior() {
		if visit == "" {
			visit = b.Session
		}
		if b.Session != visit {
			continue
		}
		fmt.Println(strings.TrimSpace(b.Name + " " + b.SKU + b.Query))
		if b.Name == "purchase" {
			break
		}
	}
	// Output:
	// page_view
	// view_item COF-065-250G
	// view_item COF-001-1KG
	// add_to_cart COF-001-1KG
	// search steel moka pot
	// view_item KIT-002
	// add_to_cart KIT-002
	// begin_checkout
	// purchase
}

// A customer card makes who was seen in a store and an account one person.
func ExampleDemo_All() {
	ctx := context.Background()
	book := pour(ctx, crmtest.Shop(100, 1).All())

	for c, err := range book.Customers.List(ctx, crm.CustomerQuery{}) {
		if err != nil {
			log.Fatal(err)
		}
		for _, r := range c.Refs {
			if r.Source == "till" {
				fmt.Println(r, "is", c.Refs[0])
			}
		}
	}
	// Output:
	// 0 records rejected
	// till:t9 is demo:c9
	// till:t35 is demo:c35
}

func ExampleDemo_Catalog() {
	products, err := crmtest.Shop(0, 1).Catalog()
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range products[:5] {
		fmt.Println(p.Title, "by", p.Brand, "in", p.Categories[0], "from", p.Variants[0].Price)
	}
	// Output:
	// Morning Blend Coffee by Kettle & Crow in Food > Coffee & Tea from 7.95 EUR
	// Steel Moka Pot by Ferrum in Home > Kitchen from 34.45 EUR
	// Wool Blanket by Weaver Row in Home > Living from 78.95 EUR
	// Linen Shirt by Maren in Fashion > Clothing from 58.95 EUR
	// Round Glasses by Vista in Accessories > Eyewear from 118.95 EUR
}

// A larger and older shop, that takes two currencies.
func ExampleDemo() {
	shop := &crmtest.Demo{
		Customers: 200, Seed: 1, Orders: 1000, Products: 50,
		Base: "GBP", Currencies: []crm.Currency{"GBP", "EUR"},
	}
	orders := map[crm.Currency]int{}
	for r, err := range shop.Records() {
		if err != nil {
			log.Fatal(err)
		}
		if r.Order != nil && r.Refund == nil {
			orders[r.Order.Currency]++
		}
	}
	fmt.Println(len(orders), "currencies, both in use:", orders["GBP"] > 100 && orders["EUR"] > 100)
	// Output:
	// 2 currencies, both in use: true
}

// A fixture is a value of the test's own.
func ExampleOrder() {
	order := crmtest.Order()
	order.Items[0].Quantity = 3
	order.Items[0].Total.Amount = 3 * order.Items[0].Price.Amount
	order.Total.Amount += order.Items[0].Price.Amount
	fmt.Println(order.Items[0].Title, order.Total, "instead of", crmtest.Order().Total)
	// Output:
	// Stoneware Mug - Blue 43.65 EUR instead of 30.75 EUR
}

func ExampleOptions() {
	ctx := context.Background()
	st := memstore.New(nil)
	defer st.Close()
	book, err := crm.New(st, nil)
	if err != nil {
		log.Fatal(err)
	}
	want := crmtest.Product()
	got, err := book.Products.Create(ctx, want)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the id and the times differ:", !cmp.Equal(&want, got))
	fmt.Println("all else is equal:", cmp.Equal(&want, got, crmtest.Options()))
	// Output:
	// the id and the times differ: true
	// all else is equal: true
}

package recommend_test

import (
	"context"
	"fmt"
	"iter"
	"log"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/recommend/eval"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// today is when the examples happen.
var today = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// newShop returns a shop of coffee and tea with sixty customers, who buy coffee with
// filters, and tea with honey; and a customer who bought coffee only.
func newShop() (*crm.Book, *recommend.Recommender) {
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR", Now: func() time.Time { return today }})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	for _, p := range []struct {
		id       crm.ProductID
		category string
		cents    int64
	}{
		{"coffee", "Drinks > Coffee", 900}, {"espresso", "Drinks > Coffee", 1200}, {"filters", "Kitchen", 300}, {"grinder", "Kitchen", 4900},
		{"tea", "Drinks > Tea", 700}, {"green-tea", "Drinks > Tea", 900}, {"honey", "Pantry", 500}, {"mug", "Kitchen", 1100},
	} {
		_, err := book.Products.Record(ctx, crm.Product{
			ID: p.id, Title: string(p.id), Categories: []string{p.category}, Published: true,
			Variants: []crm.Variant{{SKU: "sku-" + string(p.id), Price: crm.Money{Amount: p.cents, Currency: "EUR"}, Tracked: true, Stock: 10}},
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	order := func(id crm.CustomerID, days int, products ...crm.ProductID) {
		o := crm.Order{CustomerID: id, OccurredAt: today.AddDate(0, 0, -days), Currency: "EUR"}
		for _, p := range products {
			o.Items = append(o.Items, crm.Item{ProductID: p, Quantity: 1, Price: crm.Money{Amount: 500, Currency: "EUR"}})
		}
		if _, err := book.Orders.Record(ctx, o); err != nil {
			log.Fatal(err)
		}
	}
	tastes := [][]crm.ProductID{{"coffee", "filters"}, {"tea", "honey"}, {"coffee", "filters", "grinder"}, {"green-tea", "honey"}, {"espresso", "mug"}}
	for i := range 60 {
		id := crm.CustomerID(fmt.Sprintf("customer-%02d", i))
		if _, err := book.Customers.Create(ctx, crm.Customer{ID: id, Addresses: []crm.Address{{Country: []string{"DE", "FR"}[i%5%2]}}}); err != nil {
			log.Fatal(err)
		}
		for n := range 4 {
			order(id, i%10+30*n, tastes[i%len(tastes)]...)
		}
	}
	if _, err := book.Customers.Create(ctx, crm.Customer{ID: "ada", GivenName: "Ada"}); err != nil {
		log.Fatal(err)
	}
	for _, days := range []int{88, 59, 30} {
		order("ada", days, "coffee")
	}
	rec, err := recommend.New(book, nil)
	if err != nil {
		log.Fatal(err)
	}
	return book, rec
}

func Example() {
	_, rec := newShop()
	list, err := rec.ForCustomer(context.Background(), "ada", &recommend.Query{N: 2})
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range list.Items {
		fmt.Println(item.ProductID, item.Reasons[0].Key, item.Reasons[0].Products)
	}
	// Output:
	// coffee bought_before []
	// filters because_bought [coffee]
}

// The cart of somebody nobody knows.
func ExampleRecommender_ForCart() {
	_, rec := newShop()
	list, err := rec.ForCart(context.Background(), "", []crm.ProductID{"tea"}, &recommend.Query{N: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(list.Stage, list.Items[0].ProductID, list.Items[0].SKU)
	// Output: product honey sku-honey
}

// What sells out is gone from the next list.
func ExampleRecommender_BoughtTogether() {
	book, rec := newShop()
	ctx := context.Background()
	show := func() {
		list, err := rec.BoughtTogether(ctx, []crm.ProductID{"coffee"}, nil)
		if err != nil {
			log.Fatal(err)
		}
		for _, item := range list.Items {
			fmt.Println(item.ProductID, "in", item.Reasons[0].Count, "orders with coffee")
		}
	}
	show()
	if _, err := book.Products.AddStock(ctx, "sku-grinder", -10); err != nil {
		log.Fatal(err)
	}
	fmt.Println("The grinder is sold out:")
	show()
	// Output:
	// filters in 96 orders with coffee
	// grinder in 48 orders with coffee
	// The grinder is sold out:
	// filters in 96 orders with coffee
}

func ExampleRecommender_BuyAgain() {
	_, rec := newShop()
	list, err := rec.BuyAgain(context.Background(), "ada", nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range list.Items {
		fmt.Println(item.ProductID, item.Due.Format(time.DateOnly))
	}
	// Output: coffee 2026-03-01
}

func ExampleRecommender_UpSell() {
	_, rec := newShop()
	list, err := rec.UpSell(context.Background(), "coffee", nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range list.Items {
		fmt.Println(item.ProductID, item.Reasons[0].Key)
	}
	// Output: espresso better
}

// Whoever objects to profiling is treated like anybody.
func ExampleList_lack() {
	book, rec := newShop()
	ctx := context.Background()
	_, err := book.Consents.Record(ctx, crm.Consent{CustomerID: "ada", Purpose: crm.PurposeProfiling, State: crm.ConsentDenied})
	if err != nil {
		log.Fatal(err)
	}
	list, err := rec.ForCustomer(ctx, "ada", &recommend.Query{N: 3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(list.Stage, list.Lack)
	// Output: popular objection
}

// A recommender of plain rows, without a book.
func ExampleLearn() {
	var rows []eval.Row
	for i := range 40 {
		who := fmt.Sprint("reader ", i)
		for _, title := range [][]string{{"Emma", "Persuasion"}, {"Dracula", "Carmilla"}}[i%2] {
			rows = append(rows, eval.Row{Customer: who, Product: title})
		}
	}
	rec, err := recommend.Learn(context.Background(), slices.Values(rows), nil)
	if err != nil {
		log.Fatal(err)
	}
	list, err := rec.ForCart(context.Background(), "", []crm.ProductID{"Emma"}, &recommend.Query{N: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(list.Items[0].ProductID)
	// Output: Persuasion
}

// Half of the list is for what the shop wants seen, and nothing costs more than 20 euros.
func ExampleFilter() {
	_, rec := newShop()
	list, err := rec.ForCustomer(context.Background(), "ada", &recommend.Query{
		N:      4,
		Only:   recommend.Filter{To: crm.Money{Amount: 2000, Currency: "EUR"}},
		Boosts: []recommend.Boost{{Of: recommend.Filter{Categories: []string{"Kitchen"}}, Share: .5, Name: "kitchen weeks"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range list.Items {
		if last := item.Reasons[len(item.Reasons)-1]; last.Key == crm.BecauseBoosted {
			fmt.Println(item.ProductID, last.Name)
		}
	}
	// Unordered output:
	// filters kitchen weeks
	// mug kitchen weeks
}

// A visitor whom nobody knows looks at tea.
func ExampleRecommender_Next() {
	_, rec := newShop()
	list, err := rec.Next(context.Background(), "", []crm.ProductID{"tea"}, &recommend.Query{N: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(list.Stage, list.Items[0].ProductID)
	// Output: session honey
}

// A club is some customers, as a segment is.
type club []crm.CustomerID

func (c club) Members(context.Context) iter.Seq2[crm.CustomerID, error] {
	return func(yield func(crm.CustomerID, error) bool) {
		for _, id := range c {
			if !yield(id, nil) {
				return
			}
		}
	}
}

// What the members of a club take of late.
func ExampleRecommender_Trending() {
	_, rec := newShop()
	members := club{"customer-01", "customer-06", "customer-11"}
	list, err := rec.Trending(context.Background(), &recommend.Query{N: 2, Among: members})
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range list.Items {
		fmt.Println(item.ProductID, item.Reasons[0].Key, item.Reasons[0].Count)
	}
	// Output:
	// honey trending 3
	// tea trending 3
}

// What sells in France of late, where tea is drunk.
func ExampleQuery_country() {
	_, rec := newShop()
	list, err := rec.Trending(context.Background(), &recommend.Query{N: 2, Country: "FR"})
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range list.Items {
		fmt.Println(item.ProductID, item.Reasons[0].Key, "in", item.Reasons[0].Name, item.Reasons[0].Count)
	}
	// Output:
	// honey trending in FR 24
	// green-tea trending in FR 12
}

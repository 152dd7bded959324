package duplicates_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/duplicates"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// mill is a small shop whose till and web shop know some of the same people.
func mill(ctx context.Context) *crm.Book {
	book, err := crm.New(memstore.New(nil), nil)
	if err != nil {
		log.Fatal(err)
	}
	home := func(line, postcode, city string) []crm.Address {
		return []crm.Address{{Line1: line, Postcode: postcode, City: city, Country: "GB"}}
	}
	for i, c := range []crm.Customer{
		{GivenName: "Ada", FamilyName: "Byron", Email: "ada.byron@example.com", Birthday: "1985-12-10", Addresses: home("12 St James's Square", "SW1Y 4JH", "London"), Account: true},
		{GivenName: "Ada", FamilyName: "Bryon", Birthday: "1985-12-10", Addresses: home("12 St James Square", "SW1Y 4JH", "London")}, // at the till
		{GivenName: "Anabella", FamilyName: "Byron", Email: "anabella@example.org", Addresses: home("12 St James's Square", "SW1Y 4JH", "London")},
		{GivenName: "George", FamilyName: "Boole", Email: "george.boole@example.org", Phone: "+44 113 496 0101", Addresses: home("5 Grenville Place", "LS6 1AB", "Leeds"), Account: true},
		{GivenName: "Boole", FamilyName: "George", Phone: "0113 496 0101", Addresses: home("5 Grenville Place", "LS6 1AB", "Leeds")},
		{GivenName: "Mary", FamilyName: "Fairfax", Email: "mary.f@example.net", Birthday: "1980-12-26", Addresses: home("3 Mill Lane", "EH6 4TT", "Edinburgh"), Account: true},
		{GivenName: "Mary", FamilyName: "Somerville", Birthday: "1980-12-26", Addresses: home("3 Mill Lane", "EH6 4TT", "Edinburgh")}, // married
		{GivenName: "Charles", FamilyName: "Babbage", Email: "cb@example.com", Addresses: home("1 Dorset Street", "W1U 6QS", "London"), Account: true},
		{GivenName: "Sophie", FamilyName: "Germain", Email: "sg@example.com", Addresses: home("13 rue de Savoie", "75006", "Paris"), Account: true},
		{GivenName: "Emmy", FamilyName: "Noether", Email: "en@example.com", Addresses: home("20 Hauptstrasse", "91054", "Erlangen")},
	} {
		c.Refs = []crm.Ref{{Source: "mill", ID: fmt.Sprint(i + 1)}}
		c.FirstSeenAt = time.Date(2025, 1, 1+i, 0, 0, 0, 0, time.UTC)
		if _, err := book.Customers.Create(ctx, c); err != nil {
			log.Fatal(err)
		}
	}
	return book
}

// names returns the names of two customers.
func names(ctx context.Context, book *crm.Book, ids ...crm.CustomerID) (list []string) {
	for _, id := range ids {
		c, err := book.Customers.Get(ctx, id)
		if err != nil {
			log.Fatal(err)
		}
		list = append(list, c.Name())
	}
	return list
}

// known returns the id of a customer.
func known(ctx context.Context, book *crm.Book, ref string) crm.CustomerID {
	c, err := book.Customers.ByRef(ctx, crm.Ref{Source: "mill", ID: ref})
	if err != nil {
		log.Fatal(err)
	}
	return c.ID
}

// Find goes through the whole book and fills the queue.
func ExampleFinder_Find() {
	ctx := context.Background()
	book := mill(ctx)
	finder, err := duplicates.New(book, nil)
	if err != nil {
		log.Fatal(err)
	}
	report, err := finder.Find(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Customers, "customers,", report.Pairs, "pairs to look at")
	// Output: 10 customers, 3 pairs to look at
}

// The queue has the best first, and says why. Those who only share a home are not
// in it.
func ExampleFinder_Page() {
	ctx := context.Background()
	book := mill(ctx)
	finder, err := duplicates.New(book, nil)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := finder.Find(ctx); err != nil {
		log.Fatal(err)
	}
	page, err := finder.Page(ctx, duplicates.Query{Customer: known(ctx, book, "5")})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range page.Items {
		fmt.Printf("%q %s\n", names(ctx, book, s.A, s.B), s.Band)
		for _, e := range s.Evidence {
			fmt.Println(" ", e.Field, e.Level, e.Weight > 0)
		}
	}
	// Output:
	// ["George Boole" "Boole George"] likely
	//   given_name swapped true
	//   family_name swapped true
	//   phone same true
	//   address same true
}

// What is decided is done: the same are merged, who is different is never offered
// again.
func ExampleFinder_Decide() {
	ctx := context.Background()
	book := mill(ctx)
	finder, err := duplicates.New(book, nil)
	if err != nil {
		log.Fatal(err)
	}
	mary, married := known(ctx, book, "6"), known(ctx, book, "7")
	if _, err := finder.Decide(ctx, mary, married, duplicates.Same); err != nil {
		log.Fatal(err)
	}
	fmt.Println(names(ctx, book, married))
	if _, err := finder.Decide(ctx, known(ctx, book, "1"), known(ctx, book, "2"), duplicates.Different); err != nil {
		log.Fatal(err)
	}
	report, err := finder.Find(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Customers, "customers,", report.Pairs, "pair to look at")
	// Output:
	// [Mary Fairfax]
	// 9 customers, 1 pair to look at
}

// Whoever is sure enough is merged without being looked at, when the shop says so;
// and every such merge can be taken back.
func ExampleFinder_MergeAutomatic() {
	ctx := context.Background()
	book := mill(ctx)
	finder, err := duplicates.New(book, nil)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := finder.Find(ctx); err != nil {
		log.Fatal(err)
	}
	merged, err := finder.MergeAutomatic(crm.WithActor(ctx, "nightly"))
	if err != nil {
		log.Fatal(err)
	}
	decided, err := finder.Decisions(ctx, duplicates.DecisionQuery{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(merged, "merged,", len(decided.Items), "decided")
	for _, d := range decided.Items {
		if _, err := finder.Decide(ctx, d.A, d.B, duplicates.Different); err != nil {
			log.Fatal(err)
		}
	}
	again, err := finder.MergeAutomatic(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(again, "merged again")
	// Output:
	// 1 merged, 1 decided
	// 0 merged again
}

// The page of a customer asks for those who may be the same, whenever they were
// recorded.
func ExampleFinder_Similar() {
	ctx := context.Background()
	book := mill(ctx)
	finder, err := duplicates.New(book, nil)
	if err != nil {
		log.Fatal(err)
	}
	guest, err := book.Customers.Create(ctx, crm.Customer{GivenName: "Charles", FamilyName: "Babage", Email: "cb@example.org", Addresses: []crm.Address{{Line1: "1 Dorset St", Postcode: "W1U 6QS", City: "London"}}})
	if err != nil {
		log.Fatal(err)
	}
	list, err := finder.Similar(ctx, guest.ID, 5)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range list {
		fmt.Println(names(ctx, book, s.A, s.B), s.Band)
	}
	// Output: [Charles Babbage Charles Babage] likely
}

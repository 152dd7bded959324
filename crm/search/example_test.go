package search_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/search"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// shop returns the book of a small shop and its index.
func shop(ctx context.Context) (*crm.Book, *search.Index, error) {
	book, err := crm.New(memstore.New(nil), nil)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range []crm.Customer{
		{ID: "ada", GivenName: "Ada", FamilyName: "Byron", Email: "ada.byron@example.com", Phone: "+44 20 7946 0018"},
		{ID: "jurgen", GivenName: "Jürgen", FamilyName: "Müller", Email: "info@mueller.example", Addresses: []crm.Address{{City: "Köln", Postcode: "50667"}}},
		{ID: "ana", GivenName: "Ana", FamilyName: "de la Cruz", Email: "ana@example.org"},
		{ID: "john", GivenName: "John", FamilyName: "Smith", Addresses: []crm.Address{{City: "Berlin"}}},
		{ID: "joan", GivenName: "Joan", FamilyName: "Smith", Addresses: []crm.Address{{City: "Leeds"}}},
	} {
		if _, err := book.Customers.Create(ctx, c); err != nil {
			return nil, nil, err
		}
	}
	at := time.Date(2025, 3, 14, 12, 0, 0, 0, time.UTC)
	if _, err := book.Orders.Record(ctx, crm.Order{Number: "#1001", CustomerID: "ada", OccurredAt: at, Total: crm.Money{Amount: 4200, Currency: "EUR"}}); err != nil {
		return nil, nil, err
	}
	index, err := search.New(book, nil)
	return book, index, err
}

// keep does what Run does, until there is nothing left to do.
func keep(ctx context.Context, index *search.Index) error {
	for {
		if n, err := index.Tick(ctx, time.Now()); n == 0 || err != nil {
			return err
		}
	}
}

// What an agent types, while somebody is on the phone.
func Example() {
	ctx := context.Background()
	_, index, err := shop(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := keep(ctx, index); err != nil { // a shop runs index.Run(ctx) instead
		fmt.Println(err)
		return
	}
	for _, text := range []string{"byr", "mueller koln", "jurgen muller", "delacruz", "jhon smith berlin", "0018", "#1001", "ana@example"} {
		rows, err := index.Rows(ctx, search.Query{Text: text})
		if err != nil {
			fmt.Println(err)
			return
		}
		var names []string
		for _, r := range rows {
			names = append(names, r.Customer.Name())
		}
		fmt.Printf("%-18s %s\n", text, strings.Join(names, ", "))
	}
	// Output:
	// byr                Ada Byron
	// mueller koln       Jürgen Müller
	// jurgen muller      Jürgen Müller
	// delacruz           Ana de la Cruz
	// jhon smith berlin  John Smith
	// 0018               Ada Byron
	// #1001              Ada Byron
	// ana@example        Ana de la Cruz
}

// Why somebody was found: which word stands in which field, and how.
func ExampleIndex_Find() {
	ctx := context.Background()
	_, index, err := shop(ctx)
	if err == nil {
		err = keep(ctx, index)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	words := []string{"jo", "smiht", "berlin"}
	res, err := index.Find(ctx, search.Query{Text: strings.Join(words, " ")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("found", res.Total)
	for _, m := range res.Hits[0].Matches {
		fmt.Printf("%s: %s of %s\n", words[m.Word], m.Kind, m.Field)
	}
	// Output:
	// found 1
	// jo: prefix of given_name
	// smiht: typo of family_name
	// berlin: exact of place
}

// The rows of a list of customers.
func ExampleIndex_Rows() {
	ctx := context.Background()
	_, index, err := shop(ctx)
	if err == nil {
		err = keep(ctx, index)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	rows, err := index.Rows(ctx, search.Query{Text: "@example", Limit: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range rows {
		last := "never"
		if !r.LastOrder.IsZero() {
			last = r.LastOrder.Format(time.DateOnly)
		}
		fmt.Printf("%-16s %-22s ordered %d times, last %s\n", r.Customer.Name(), r.Customer.Email, r.Orders, last)
	}
	// Output:
	// Ana de la Cruz   ana@example.org        ordered 0 times, last never
	// Ada Byron        ada.byron@example.com  ordered 1 times, last 2025-03-14
}

// People who were merged are one, found by what was known of each.
func ExampleIndex_Tick() {
	ctx := context.Background()
	book, index, err := shop(ctx)
	if err == nil {
		_, err = book.Customers.Merge(ctx, "joan", "john")
	}
	if err == nil {
		err = keep(ctx, index)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"joan", "leeds berlin"} {
		rows, err := index.Rows(ctx, search.Query{Text: text})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(text, "→", rows[0].Customer.Name())
	}
	// Output:
	// joan → John Smith
	// leeds berlin → John Smith
}

// What is found and what is read are of one snapshot; and an erasure takes people
// out of the index at once.
func ExampleIndex_In() {
	ctx := context.Background()
	book, index, err := shop(ctx)
	if err == nil {
		err = keep(ctx, index)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	err = book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		in := index.In(tx)
		for _, text := range []string{"Byron", "Byron again"} {
			res, err := in.Find(ctx, search.Query{Text: text, Limit: 1})
			if err != nil {
				return err
			}
			fmt.Println(text, "finds", len(res.Hits))
			if len(res.Hits) > 0 {
				if _, err := tx.Privacy.Erase(ctx, res.Hits[0].CustomerID); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// Byron finds 1
	// Byron again finds 0
}

package crm_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Somebody looks around, then logs in, then comes back on another device.
func ExampleIdentities_Identify() {
	ctx := context.Background()
	book := members(ctx)
	account := crm.Identity{Kind: crm.IdentityExternal, Source: "shop", Value: "5123", Verified: true}
	for _, ids := range [][]crm.Identity{
		{{Kind: crm.IdentityDevice, Value: "browser-1"}},
		{account, {Kind: crm.IdentityDevice, Value: "browser-1"}, {Kind: crm.IdentityEmail, Value: "ada@mill.example"}},
		{account, {Kind: crm.IdentityDevice, Value: "phone-1"}},
		{{Kind: crm.IdentityDevice, Value: "phone-1"}},
	} {
		res, err := book.Identities.Identify(ctx, ids, &crm.IdentifyOptions{Customer: crm.Customer{GivenName: "Ada", Account: true}})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(res.Outcome)
	}
	c, err := book.Customers.ByRef(ctx, crm.Ref{Source: "shop", ID: "5123"})
	if err != nil {
		log.Fatal(err)
	}
	list, err := book.Identities.List(ctx, c.ID)
	if err != nil {
		log.Fatal(err)
	}
	for _, i := range list {
		fmt.Println(i.Kind, i.Value, i.Verified)
	}
	// Output:
	// nobody
	// create
	// add
	// add
	// external 5123 true
	// email ada@mill.example false
	// device browser-1 true
	// device phone-1 true
}

// Resolve explains whose identities are, before anything is done about it.
func ExampleIdentities_Resolve() {
	ctx := context.Background()
	book := members(ctx)
	for _, c := range []crm.Customer{
		{GivenName: "Ada", Email: "ada@mill.example", Refs: []crm.Ref{{Source: "shop", ID: "1"}}},
		{GivenName: "Ben", Email: "ben@mill.example", Refs: []crm.Ref{{Source: "shop", ID: "2"}}},
	} {
		if _, err := book.Customers.Create(ctx, c); err != nil {
			log.Fatal(err)
		}
	}
	res, err := book.Identities.Resolve(ctx, []crm.Identity{
		{Kind: crm.IdentityExternal, Source: "shop", Value: "1", Verified: true},
		{Kind: crm.IdentityEmail, Value: "Ben@mill.example", Verified: true},
		{Kind: crm.IdentityPhone, Value: "0000000", Verified: true},
		{Kind: crm.IdentityEmail, Value: "ada@lake.example"},
	})
	if err != nil {
		log.Fatal(err)
	}
	c, err := book.Customers.Get(ctx, res.CustomerID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Outcome, "to", c.Name())
	for _, m := range res.Matches {
		fmt.Printf("%s: decided %t, added %t, refused %q\n", m.Identity.Kind, m.Decided, m.Added, m.Refused)
	}
	// Output:
	// add to Ada
	// external: decided true, added false, refused ""
	// email: decided false, added false, refused "limit"
	// phone: decided false, added false, refused "blocked"
	// email: decided false, added true, refused "unverified"
}

// A guest's orders come to the account when its owner proves the address.
func ExampleIdentities_Verify() {
	ctx := context.Background()
	book := members(ctx)
	guest, err := book.Customers.Create(ctx, crm.Customer{Email: "ada@mill.example"})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := book.Orders.Record(ctx, crm.Order{CustomerID: guest.ID, OccurredAt: date(2025, 3, 1), Total: crm.Money{Amount: 1250, Currency: "EUR"}}); err != nil {
		log.Fatal(err)
	}
	address := crm.Identity{Kind: crm.IdentityEmail, Value: "ada@mill.example"}
	account, err := book.Identities.Identify(ctx, []crm.Identity{
		{Kind: crm.IdentityExternal, Source: "shop", Value: "5123", Verified: true},
		address, // as typed
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	show := func() {
		a, err := book.Customers.Aggregates(ctx, account.CustomerID)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(a.Base.Spent)
	}
	show()
	token, err := book.Identities.Token(ctx, account.CustomerID, address, time.Hour)
	if err != nil {
		log.Fatal(err)
	}
	// The shop sends a link with the token to the address, and gets it back.
	if _, err := book.Identities.Verify(ctx, token); err != nil {
		log.Fatal(err)
	}
	show()
	// Output:
	// 0.00 EUR
	// 12.50 EUR
}

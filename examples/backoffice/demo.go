package main

import (
	"context"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/store"
)

// demoCustomers is how many customers the made-up shop has.
const demoCustomers = 400

// demo makes a book in a store, of a made-up shop of so many customers, and of
// those whom the shop has twice. Its clock is that of the shop: it goes on from
// the morning after what there is of it. Days are those of a time zone.
func demo(ctx context.Context, st store.Store, customers int, zone *time.Location) (*crm.Book, error) {
	shop := crmtest.Shop(customers, 1)
	// Its people live at addresses such as example.com, which are nobody's in
	// the books of real shops.
	var rules crm.IdentityRules
	for r, err := range shop.Records() {
		if err != nil {
			return nil, err
		}
		if r.Customer != nil {
			rules.Unblocked = append(rules.Unblocked, r.Customer.Email)
		}
	}
	var twice []crm.Record
	for d, err := range shop.Duplicates() {
		if err != nil {
			return nil, err
		}
		twice = append(twice, crm.Record{Customer: d.Customer})
		rules.Unblocked = append(rules.Unblocked, d.Customer.Email)
	}
	clock := &clock{}
	book, err := crm.New(st, &crm.Options{Identities: &rules, Logger: logger(), Now: clock.now})
	if err != nil {
		return nil, err
	}
	if err := relive(ctx, book, shop, clock, zone); err != nil {
		return nil, err
	}
	if _, err := book.Import(ctx, records(twice), nil); err != nil {
		return nil, err
	}
	return book, book.Update(ctx, neighbors)
}

// records yields a list as Import wants it.
func records(list []crm.Record) func(func(crm.Record, error) bool) {
	return func(yield func(crm.Record, error) bool) {
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// neighbors adds what shops know of people beside what they buy: who lives
// with whom, what they prefer, and what else the shop keeps of them.
func neighbors(ctx context.Context, tx *crm.Tx) error {
	ada, err := tx.Customers.ByRef(ctx, crm.Ref{Source: "demo", ID: "ada"})
	if err != nil {
		return err
	}
	george, err := tx.Customers.ByRef(ctx, crm.Ref{Source: "demo", ID: "george"})
	if err != nil {
		return err
	}
	if err := tx.Customers.Declare(ctx,
		crm.Attribute{Name: "grinder", Type: crm.TypeText, Title: "Coffee grinder at home"},
		crm.Attribute{Name: "invoice", Type: crm.TypeBool, Title: "Wants a printed invoice"},
	); err != nil {
		return err
	}
	if _, err := tx.Customers.Update(ctx, ada.ID, func(c *crm.Customer) error {
		c.Birthday = "1990-12-10"
		c.Attributes = map[string]crm.Value{"grinder": crm.Text("Hand mill, set to 18"), "invoice": crm.Bool(false)}
		c.Note = "Prefers to be called in the afternoon."
		return nil
	}); err != nil {
		return err
	}
	at := time.Date(2025, 3, 2, 18, 40, 0, 0, time.UTC)
	if err := tx.Traits.State(ctx, ada.ID, map[string]crm.Value{
		"roast": crm.Text("dark"), "newsletter.rhythm": crm.Text("monthly"), "brands": crm.Words("Halma", "Nordlys"),
	}, "preference_center", at); err != nil {
		return err
	}
	_, err = tx.Groups.Create(ctx, crm.Group{
		Name: "St James's Square 12", Members: []crm.Member{{CustomerID: ada.ID, Role: "pays"}, {CustomerID: george.ID}},
	})
	return err
}

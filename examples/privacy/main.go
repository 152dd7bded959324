// Privacy answers a customer of a made-up shop who asks for everything the shop
// knows of them, and then to be forgotten: it exports, erases, searches the raw
// file for what it knew, and imports the shop's old export once more.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// words are what the shop knows of Ada; none may be left.
var words = []string{"Ada", "Lovelace", "ada@example.com", "7946 0018", "St James", "ring twice", "tablet-7", "lovely mug", "LC-4711"}

func main() {
	log.SetFlags(0)
	dir, err := os.MkdirTemp("", "privacy")
	check(err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "shop.db")
	st, err := boltstore.Open(path, nil)
	check(err)
	defer st.Close()
	now := time.Date(2025, 9, 1, 9, 0, 0, 0, time.UTC)
	book, err := crm.New(st, &crm.Options{Currency: "GBP", Now: func() time.Time { return now }})
	check(err)

	// Who does what is written to the audit log.
	ctx := crm.WithActor(context.Background(), "agent-7")
	load(ctx, book)
	ada, err := book.Customers.ByEmail(ctx, "ada@example.com")
	check(err)
	_, err = book.Identities.Link(ctx, ada.ID, crm.Identity{Kind: crm.IdentityLoyalty, Value: "LC-4711", Verified: true})
	check(err)
	_, err = book.Identities.Link(ctx, ada.ID, crm.Identity{Kind: crm.IdentityDevice, Value: "tablet-7"})
	check(err)

	fmt.Println("EXPORT")
	var everything bytes.Buffer
	check(book.Privacy.Export(ctx, ada.ID, &everything))
	show(everything.Bytes())

	fmt.Println("\nERASE")
	fmt.Printf("the file holds %d of %d words\n", found(path), len(words))
	proof, err := book.Privacy.Erase(ctx, ada.ID)
	check(err)
	for _, t := range proof.Tables {
		fmt.Printf("%s: %d\n", t.Table, t.Records)
	}
	// What was deleted is in free space of the file until that is used again.
	if c, ok := store.As[store.Compacter](st); ok {
		check(c.Compact(ctx))
	}
	fmt.Printf("the file holds %d of %d words\n", found(path), len(words))

	fmt.Println("\nTHE BOOKS")
	load(ctx, book) // last year's export, once more
	_, err = book.Customers.ByEmail(ctx, "ada@example.com")
	fmt.Println("by e-mail after the import: not found:", errors.Is(err, crm.ErrNotFound))
	for o, err := range book.Orders.List(ctx, crm.OrderQuery{CustomerID: ada.ID}) {
		check(err)
		fmt.Printf("order %s of %s: %v, e-mail %q, to %q\n", o.Number, o.OccurredAt.Format(time.DateOnly), o.Total, o.Email, o.Delivery.Line1)
	}
	totals, err := book.Customers.Aggregates(ctx, ada.ID)
	check(err)
	fmt.Println("spent:", totals.Base.Spent)

	fmt.Println("\nTHE AUDIT LOG")
	check(book.Privacy.VerifyAudit(ctx))
	for e, err := range book.Privacy.Audit(ctx, crm.AuditQuery{CustomerID: ada.ID, Newest: true, Limit: 3}) {
		check(err)
		fmt.Println(e.At.Format(time.DateOnly), e.Actor, e.Action)
	}
}

// load imports what the shop platform has exported.
func load(ctx context.Context, book *crm.Book) {
	home := crm.Address{Name: "Ada Lovelace", Line1: "12 St James's Square", City: "London", Country: "GB"}
	ada := &crm.Customer{
		Refs: []crm.Ref{{Source: "shop", ID: "17"}}, GivenName: "Ada", FamilyName: "Lovelace", Email: "ada@example.com",
		Phone: "+44 20 7946 0018", Addresses: []crm.Address{home}, FirstSeenAt: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC),
	}
	order := &crm.Order{
		Ref: crm.Ref{Source: "shop", ID: "1001"}, Number: "1001", OccurredAt: time.Date(2024, 3, 2, 0, 0, 0, 0, time.UTC),
		Email: ada.Email, Delivery: home, Note: "Please ring twice.",
		Items: []crm.Item{{Title: "Mug", Quantity: 2, Price: crm.Money{Amount: 1290, Currency: "GBP"}}},
	}
	view := &crm.Interaction{Ref: crm.Ref{Source: "web", ID: "1"}, Device: "tablet-7", Kind: crm.KindPageView, OccurredAt: time.Date(2024, 2, 28, 0, 0, 0, 0, time.UTC)}
	review := &crm.Interaction{Ref: crm.Ref{Source: "shop", ID: "r1"}, Kind: crm.KindReview, Rating: 5, Text: "A lovely mug!", OccurredAt: time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)}
	records := []crm.Record{{Customer: ada}, {Customer: ada, Order: order}, {Interaction: view}, {Customer: ada, Interaction: review}}
	_, err := book.Import(ctx, func(yield func(crm.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}, nil)
	check(err)
}

// show tells what an export is of, and how many words are in it.
func show(everything []byte) {
	var e struct {
		Tables map[string][]json.RawMessage `json:"tables"`
	}
	check(json.Unmarshal(everything, &e))
	for _, table := range []string{"crm.customers", "crm.orders", "crm.identities", "crm.interactions"} {
		fmt.Printf("%s: %d\n", table, len(e.Tables[table]))
	}
	fmt.Printf("%d of %d words\n", count(everything), len(words))
}

func found(path string) int {
	raw, err := os.ReadFile(path)
	check(err)
	return count(raw)
}

func count(text []byte) int {
	return len(slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !bytes.Contains(text, []byte(w)) }))
}

func check(err error) {
	if err != nil {
		log.Fatal("privacy: ", err)
	}
}

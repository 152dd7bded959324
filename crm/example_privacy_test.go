package crm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// patron opens a book with a customer, who has ordered.
func patron(ctx context.Context) (*crm.Book, *crm.Customer) {
	book, err := crm.New(memstore.New(nil), nil)
	if err != nil {
		log.Fatal(err)
	}
	ada, err := book.Customers.Create(ctx, crm.Customer{GivenName: "Ada", Email: "ada@example.com", FirstSeenAt: date(2019, 5, 1)})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := book.Orders.Record(ctx, crm.Order{CustomerID: ada.ID, OccurredAt: date(2025, 3, 1), Total: crm.Money{Amount: 1250, Currency: "EUR"}, Note: "Ring twice."}); err != nil {
		log.Fatal(err)
	}
	return book, ada
}

// Everything of a person is one JSON object.
func ExamplePrivacy_Export() {
	ctx := context.Background()
	book, ada := patron(ctx)
	var out bytes.Buffer
	if err := book.Privacy.Export(ctx, ada.ID, &out); err != nil {
		log.Fatal(err)
	}
	var everything struct {
		Tables map[string][]struct {
			GivenName string    `json:"given_name"`
			Note      string    `json:"note"`
			Total     crm.Money `json:"total"`
		} `json:"tables"`
	}
	if err := json.Unmarshal(out.Bytes(), &everything); err != nil {
		log.Fatal(err)
	}
	fmt.Println(everything.Tables["crm.customers"][0].GivenName)
	fmt.Println(everything.Tables["crm.orders"][0].Total, everything.Tables["crm.orders"][0].Note)
	// Output:
	// Ada
	// 12.50 EUR Ring twice.
}

// The person goes, the books stay.
func ExamplePrivacy_Erase() {
	ctx := context.Background()
	book, ada := patron(ctx)
	proof, err := book.Privacy.Erase(ctx, ada.ID)
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range proof.Tables {
		fmt.Println(t.Table, t.Records)
	}
	_, err = book.Customers.ByEmail(ctx, "ada@example.com")
	fmt.Println(err)
	orders, err := book.Orders.Page(ctx, crm.OrderQuery{CustomerID: ada.ID})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%v %q\n", orders.Items[0].Total, orders.Items[0].Note)
	// Output:
	// crm.customers 1
	// crm.orders 1
	// crm: Customers.ByEmail: not found
	// 12.50 EUR ""
}

// Behavior goes after a year, visitors nobody knows after a month, and whoever
// never ordered and was not seen for three years altogether.
func ExamplePrivacy_Sweep() {
	ctx := context.Background()
	book, _ := patron(ctx)
	if _, err := book.Customers.Create(ctx, crm.Customer{GivenName: "Grace", FirstSeenAt: date(2020, 5, 1)}); err != nil {
		log.Fatal(err)
	}
	if _, err := book.Interactions.Record(ctx, crm.Interaction{Device: "d1", Kind: crm.KindPageView, OccurredAt: date(2025, 1, 1)}); err != nil {
		log.Fatal(err)
	}
	const day = 24 * time.Hour
	report, err := book.Privacy.Sweep(ctx, date(2025, 6, 1), crm.Retention{
		Interactions: []crm.RetentionRule{{Kind: "review"}, {Keep: 365 * day}},
		Visitors:     30 * day,
		Customers:    3 * 365 * day,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d visitor's interaction, %d customer\n", report.Visitors, report.Customers)
	// Output:
	// 1 visitor's interaction, 1 customer
}

// Who changes something says so in the context.
func ExampleWithActor() {
	ctx := context.Background()
	book, ada := patron(ctx)
	agent := crm.WithActor(ctx, "agent-7")
	if _, err := book.Customers.Update(agent, ada.ID, func(c *crm.Customer) error { c.Note = "Prefers calls."; return nil }); err != nil {
		log.Fatal(err)
	}
	for e, err := range book.Privacy.Audit(ctx, crm.AuditQuery{CustomerID: ada.ID}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Actor, e.Action, e.Fields)
	}
	fmt.Println(book.Privacy.VerifyAudit(ctx))
	// Output:
	// agent-7 customer.updated [note]
	// <nil>
}

package crm_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Ada signs up for the newsletter, confirms with the link in the mail, and
// unsubscribes with the link in the next one.
func Example_consent() {
	ctx := context.Background()
	book := demo(ctx)
	token, _, err := book.Consents.Request(ctx, crm.Consent{
		CustomerID: "ada", Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, Basis: crm.BasisConsent,
		Proof: crm.Proof{TextVersion: "newsletter-3", Source: "footer"},
	}, 48*time.Hour)
	if err != nil {
		log.Fatal(err)
	}
	show := func() {
		d, err := book.Consents.Decide(ctx, "ada", crm.ChannelEmail, crm.PurposeMarketing, time.Time{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(d.Allowed, d.Reason)
	}
	show()

	// The shop mails https://shop.example/confirm?t= and the token. Its page:
	if _, err := book.Consents.Confirm(ctx, token, crm.Proof{}); err != nil {
		log.Fatal(err)
	}
	show()

	link, err := book.Consents.UnsubscribeToken("ada", crm.ChannelEmail, crm.PurposeMarketing)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := book.Consents.Unsubscribe(ctx, link, crm.Proof{}); err != nil {
		log.Fatal(err)
	}
	show()
	_, err = book.Consents.Confirm(ctx, token, crm.Proof{})
	fmt.Println("the old link:", errors.Is(err, crm.ErrWithdrawn))
	// Output:
	// false pending
	// true granted
	// false withdrawn
	// the old link: true
}

// A browser with the Global Privacy Control objects for whoever uses it.
func ExampleConsents_Signal() {
	ctx := context.Background()
	book := demo(ctx)
	visitor := book.Consents.Visitor("browser 4711")
	for _, header := range []string{"", "1", "1"} { // of three page views
		recorded, err := book.Consents.Signal(ctx, visitor, header)
		if err != nil {
			log.Fatal(err)
		}
		for _, c := range recorded {
			fmt.Println(c.Purpose, c.State, c.Proof.Mechanism)
		}
	}
	// Output:
	// sale_sharing denied gpc
}

// What a page of preferences shows.
func ExampleConsents_List() {
	ctx := context.Background()
	book := demo(ctx)
	for _, c := range []crm.Consent{
		{Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, OccurredAt: date(2025, 3, 1)},
		{Channel: crm.ChannelSMS, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, OccurredAt: date(2025, 3, 1)},
		{Channel: crm.ChannelSMS, Purpose: crm.PurposeMarketing, State: crm.ConsentWithdrawn, OccurredAt: date(2025, 5, 1)},
		{Purpose: crm.PurposeProfiling, State: crm.ConsentDenied, OccurredAt: date(2025, 4, 1)},
	} {
		c.CustomerID = "ada"
		if _, err := book.Consents.Record(ctx, c); err != nil {
			log.Fatal(err)
		}
	}
	list, err := book.Consents.List(ctx, "ada")
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range list {
		fmt.Println(p.Purpose, p.Channel, p.State)
	}
	// Output:
	// marketing email granted
	// marketing sms withdrawn
	// profiling  denied
}

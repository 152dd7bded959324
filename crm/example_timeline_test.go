package crm_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Somebody looks around, buys and comes back: one story, newest first. Before
// they log in they are a visitor, whom the shop knows by a cookie.
func ExampleTimeline() {
	ctx := context.Background()
	book := demo(ctx)
	for _, i := range []crm.Interaction{
		{Device: "cookie-77", Kind: crm.KindSearch, Text: "blue cups", OccurredAt: date(2025, 1, 8)},
		{CustomerID: "ada", Kind: crm.KindStoreVisit, Channel: crm.ChannelStore, Text: "in Bath", OccurredAt: date(2025, 5, 2)},
		{CustomerID: "ada", Kind: crm.KindNote, Text: "wants to hear of teapots", OccurredAt: date(2025, 5, 3)},
	} {
		if _, err := book.Interactions.Record(ctx, i); err != nil {
			log.Fatal(err)
		}
	}
	if _, err := book.Identities.Link(ctx, "ada", crm.Identity{Kind: crm.IdentityDevice, Value: "cookie-77"}); err != nil {
		log.Fatal(err)
	}
	for e, err := range book.Timeline.List(ctx, "ada", crm.TimelineQuery{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(e.At.Format(time.DateOnly), " ", e.Kind)
		switch {
		case e.Order != nil:
			fmt.Print(" ", e.Order.ID, " of ", e.Order.Total)
		case e.Interaction != nil:
			fmt.Print(" ", e.Interaction.Kind, " ", e.Interaction.Text)
		}
		fmt.Println()
	}
	// Output:
	// 2025-09-13 order 1004 of 9.90 EUR
	// 2025-05-03 interaction note wants to hear of teapots
	// 2025-05-02 interaction store_visit in Bath
	// 2025-01-10 order 1001 of 25.00 EUR
	// 2025-01-08 interaction search blue cups
}

// A customer stood a lamp in their room by telephone, and says later how it was.
// Quick Look does not tell whether the lamp was placed: that is unknown, not
// failed. Pictures are refused.
func ExampleARSession() {
	ctx := context.Background()
	book := demo(ctx)
	session := crm.ARSession{Surface: "product_page", Mode: crm.ARQuickLook, Started: true, Duration: 40 * time.Second}
	i, err := book.Interactions.Record(ctx, crm.Interaction{
		CustomerID: "ada", Kind: crm.KindARSession, SKU: "LAMP-RED", OccurredAt: date(2025, 4, 1), Properties: session.Properties(),
	})
	if err != nil {
		log.Fatal(err)
	}
	i, err = book.Interactions.Update(ctx, i.ID, func(i *crm.Interaction) error {
		i.Rating, i.Properties["feedback"] = 4, crm.Text("a bit dark")
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	session, _ = i.ARSession()
	fmt.Printf("%s %s %v placed=%q: %d of 5, %s\n", i.SKU, session.Mode, session.Duration, session.Placement, i.Rating, session.Feedback)

	_, err = book.Interactions.Update(ctx, i.ID, func(i *crm.Interaction) error {
		i.Properties["camera_image"] = crm.Text("iVBORw0KGgo=")
		return nil
	})
	if invalid, ok := errors.AsType[*crm.InvalidError](err); ok {
		fmt.Println(invalid)
	}
	// Output:
	// LAMP-RED quick_look 40s placed="": 4 of 5, a bit dark
	// invalid: properties["camera_image"] "": want no such property with ar_session
}

// Shops record whatever happens, under words of their own if they like, and
// read it by kind.
func ExampleInteractions() {
	ctx := context.Background()
	book := demo(ctx)
	for n, kind := range []crm.InteractionKind{crm.KindViewItem, "tea_tasting", crm.KindAddToCart, "tea_tasting"} {
		_, err := book.Interactions.Record(ctx, crm.Interaction{
			Ref: crm.Ref{Source: "web", ID: fmt.Sprint("e", n)}, CustomerID: "ben", Kind: kind, OccurredAt: date(2025, 6, 1+n),
			Properties: map[string]crm.Value{"place": crm.Text("Bath"), "guests": crm.Number(float64(n))},
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	q := crm.InteractionQuery{CustomerID: "ben", Kinds: []crm.InteractionKind{"tea_tasting"}, Newest: true}
	for i, err := range book.Interactions.List(ctx, q) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(i.OccurredAt.Format(time.DateOnly), i.Properties["place"], i.Properties["guests"])
	}
	// Output:
	// 2025-06-04 Bath 3
	// 2025-06-02 Bath 1
}

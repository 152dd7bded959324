package crmtest

import (
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Customer returns a valid customer with an account, known as "customer-1" to
// the source "test". Each call returns a value of its own, to be changed at
// will.
func Customer() crm.Customer {
	return crm.Customer{
		Refs:    []crm.Ref{{Source: "test", ID: "customer-1"}},
		Account: true, GivenName: "Grace", FamilyName: "Hopper",
		Email: "grace.hopper@example.com", Phone: "+44 7700 900123",
		Locale: "en-GB", TimeZone: "Europe/London", Birthday: "1986-12-09",
		Addresses: []crm.Address{home()},
		Tags:      []string{"newsletter"},
	}
}

// Product returns a valid product of two variants, "MUG-BLUE" and "MUG-RED",
// known as "product-1" to the source "test". Each call returns a value of its
// own, to be changed at will.
func Product() crm.Product {
	return crm.Product{
		Ref:        crm.Ref{Source: "test", ID: "product-1"},
		Title:      "Stoneware Mug",
		Brand:      "Hearthstone",
		Categories: []string{"Home > Kitchen"},
		Published:  true,
		Variants: []crm.Variant{
			{SKU: "MUG-BLUE", Title: "Blue", Options: []crm.Option{{Name: "Color", Value: "Blue"}}, Price: euro(1290), UnitCost: euro(520), Tracked: true, Stock: 12},
			{SKU: "MUG-RED", Title: "Red", Options: []crm.Option{{Name: "Color", Value: "Red"}}, Price: euro(1290), UnitCost: euro(520), Tracked: true, Stock: 3},
		},
	}
}

// Order returns a valid, paid order of 30.75 EUR by Customer, of two of
// Product, known as "order-1" to the source "test". It names its customer by
// nothing but the e-mail: set CustomerID, or give Customer beside it to Import.
// Each call returns a value of its own, to be changed at will.
func Order() crm.Order {
	at := time.Date(2025, 3, 14, 15, 9, 26, 0, time.UTC)
	return crm.Order{
		Ref:    crm.Ref{Source: "test", ID: "order-1"},
		Number: "#1001", Email: "grace.hopper@example.com", Channel: crm.ChannelWeb,
		State: crm.StatePaid, States: []crm.StateChange{{State: crm.StatePaid, At: at}},
		Currency: "EUR",
		Items: []crm.Item{
			{SKU: "MUG-BLUE", Title: "Stoneware Mug - Blue", Quantity: 2, Price: euro(1290), Tax: euro(430), Total: euro(2580), UnitCost: euro(520)},
		},
		Shipping: euro(495), Tax: euro(513), TaxIncluded: true, Total: euro(3075),
		Billing: home(), Delivery: home(),
		OccurredAt: at,
	}
}

// Refund returns a valid refund of 12.90 EUR, of one of the two mugs of Order,
// a week later, known as "refund-1" to the source "test". Set OrderID, or give
// Order beside it to Import. Each call returns a value of its own.
func Refund() crm.Refund {
	return crm.Refund{
		Ref:      crm.Ref{Source: "test", ID: "refund-1"},
		Currency: "EUR",
		Lines:    []crm.RefundLine{{SKU: "MUG-BLUE", Title: "Stoneware Mug - Blue", Quantity: 1, Amount: euro(1290)}},
		Amount:   euro(1290), Reason: "returned",
		OccurredAt: time.Date(2025, 3, 21, 10, 0, 0, 0, time.UTC),
	}
}

// Interaction returns a valid interaction by Customer, a review of the mug of
// Order with four of five stars, a week and a half later, known as
// "interaction-1" to the source "test". Set CustomerID, or give Customer beside
// it to Import. Each call returns a value of its own.
func Interaction() crm.Interaction {
	return crm.Interaction{
		Ref:  crm.Ref{Source: "test", ID: "interaction-1"},
		Kind: crm.KindReview, Channel: crm.ChannelWeb, Direction: crm.Inbound,
		SKU: "MUG-BLUE", Rating: 4, Text: "Lovely glaze, a little heavy.",
		Properties: map[string]crm.Value{"helpful": crm.Number(3)},
		OccurredAt: time.Date(2025, 3, 25, 18, 30, 0, 0, time.UTC),
	}
}

// Consent returns a valid grant of marketing by e-mail, by Customer, that was
// confirmed by a double opt-in on the day of Order. Set CustomerID, or give
// Customer beside it to Import. Each call returns a value of its own.
func Consent() crm.Consent {
	return crm.Consent{
		Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted,
		Basis:      crm.BasisConsent,
		Proof:      crm.Proof{TextVersion: "newsletter-1", Mechanism: crm.MechanismDoubleOptIn, Source: "test"},
		OccurredAt: time.Date(2025, 3, 14, 15, 12, 0, 0, time.UTC),
	}
}

func home() crm.Address {
	return crm.Address{Name: "Grace Hopper", Line1: "12 Mill Lane", City: "Leeds", Postcode: "LS6 2AB", Country: "GB"}
}

func euro(cents int64) crm.Money { return crm.Money{Amount: cents, Currency: "EUR"} }

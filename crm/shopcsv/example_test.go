package shopcsv_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

func Example() {
	file := strings.NewReader(`Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Refunded Amount
#1001,ann@example.com,partially_refunded,USD,45.00,5.00,3.60,53.60,5.00,2026-01-02 11:13:20 -0500,2,Mug,20.00,20.00
#1001,,,,,,,,,,1,Tea,10.00,
#1002,bob@example.com,paid,EUR,12.00,0.00,2.00,12.00,0.00,2026-01-03 08:00:00 +0100,1,Tea,12.00,0.00
`)
	r, err := shopcsv.NewReader(file, shopcsv.Shopify, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	// book.Import(ctx, r.Records(), nil) takes them as they are.
	for rec, err := range r.Records() {
		if err != nil {
			fmt.Println(err)
			return
		}
		o := rec.Order
		fmt.Printf("%s: %d items, %v of which %v tax (within the prices: %v)\n", o.Number, len(o.Items), o.Total, o.Tax, o.TaxIncluded)
		if rec.Refund != nil {
			fmt.Printf("%s: %v given back\n", o.Number, rec.Refund.Amount)
		}
	}
	// Output:
	// #1001: 2 items, 53.60 USD of which 3.60 USD tax (within the prices: false)
	// #1001: 20.00 USD given back
	// #1002: 1 items, 12.00 EUR of which 2.00 EUR tax (within the prices: true)
}

// A till writes German, semicolons and decimal commas.
func ExampleLog() {
	file := strings.NewReader(`Beleg;Datum;Kunde;Artikel;Menge;Preis
17;31.12.2025 10:00;K1;MUG;2;1.234,50
17;31.12.2025 10:00;K1;PORTO;1;4,90
R1;02.01.2026 09:00;K1;MUG;-1;1.234,50
`)
	r, err := shopcsv.NewReader(file, shopcsv.Log{
		Document: "Beleg", Time: "Datum", Customer: "Kunde", SKU: "Artikel", Quantity: "Menge", Price: "Preis",
		Refund: "R", Kinds: map[string]crm.ItemKind{"PORTO": crm.ItemFee},
	}, &shopcsv.Options{Source: "till", Currency: "EUR"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for rec, err := range r.Records() {
		switch {
		case err != nil:
			fmt.Println(err)
		case rec.Product != nil:
			fmt.Println("product", rec.Product.Ref, rec.Product.Variants[0].SKU)
		case rec.Order != nil:
			fmt.Println("sale", rec.Order.Ref, "to", rec.Customer.Refs[0], rec.Order.Total)
		case rec.Refund != nil:
			fmt.Println("refund", rec.Refund.Ref, "to", rec.Customer.Refs[0], rec.Refund.Amount)
		}
	}
	// Output:
	// product till:MUG MUG
	// sale till:17 to till:K1 2473.90 EUR
	// refund till:R1 to till:K1 1234.50 EUR
}

func ExampleDetect() {
	format, err := shopcsv.Detect([]string{"Handle", "Title", "Variant SKU", "Variant Price"})
	fmt.Println(format, err)

	_, err = shopcsv.Detect([]string{"Nombre", "Correo"})
	var header *shopcsv.HeaderError
	if errors.As(err, &header) {
		fmt.Println("unknown header:", header.Header)
	}
	// Output:
	// shopify_products <nil>
	// unknown header: [Nombre Correo]
}

// A date that can be read in two ways is never guessed.
func ExampleOptions_rejects() {
	file := strings.NewReader(`order_id,order_date,status,billing_email,order_total,order_currency
601,2026-05-05 12:30:00,completed,finn@example.com,29.50,EUR
602,05/06/2026,processing,gus@example.com,45.00,EUR
`)
	var rejects bytes.Buffer
	r, err := shopcsv.NewReader(file, shopcsv.WooCommerce, &shopcsv.Options{Rejects: &rejects})
	if err != nil {
		fmt.Println(err)
		return
	}
	for rec, err := range r.Records() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("order", rec.Order.Number)
	}
	report := r.Report()
	fmt.Printf("%d rows: %d imported, %d rejected\n", report.Rows, report.Imported, report.Rejected)
	fmt.Print(rejects.String())

	// Mended by an option, the rejects are read as they are.
	again, err := shopcsv.NewReader(&rejects, shopcsv.WooCommerce, &shopcsv.Options{DateOrder: shopcsv.DayFirst})
	if err != nil {
		fmt.Println(err)
		return
	}
	for rec := range again.Records() {
		fmt.Println("order", rec.Order.Number, rec.Order.OccurredAt.Format("2 January 2006"))
	}
	// Output:
	// order 601
	// 2 rows: 1 imported, 1 rejected
	// reject_line,reject_field,reject_value,reject_reason,order_id,order_date,status,billing_email,order_total,order_currency
	// 3,order_date,05/06/2026,"want a date with the year first, or Options.DateOrder to say whether day or month comes first",602,05/06/2026,processing,gus@example.com,45.00,EUR
	// order 602 5 June 2026
}

// A translated header is renamed.
func ExampleOptions_columns() {
	file := strings.NewReader("Bestellnummer;Bestelldatum;E-Mail;Summe\n601;2026-05-05 12:30;finn@example.com;29,50 €\n")
	r, err := shopcsv.NewReader(file, shopcsv.WooCommerceOrders, &shopcsv.Options{
		Currency: "EUR",
		Columns: map[string]string{
			"Bestellnummer": "order_id", "Bestelldatum": "order_date", "E-Mail": "billing_email", "Summe": "order_total",
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for rec := range r.Records() {
		fmt.Println(rec.Order.Number, rec.Order.Total)
	}
	// Output: 601 29.50 EUR
}

func ExampleWriteCustomers() {
	customers := []crm.Customer{
		{ID: "cus_ann", GivenName: "Ann", FamilyName: "Dyke", Email: "ann@example.com", Phone: "+14135550100"},
		{ID: "cus_bob", GivenName: "Bob", Tags: []string{"vip", "wholesale"}},
	}
	// book.Customers.List(ctx, crm.CustomerQuery{}) yields them in the same form.
	list := func(yield func(*crm.Customer, error) bool) {
		for i := range customers {
			if !yield(&customers[i], nil) {
				return
			}
		}
	}
	if err := shopcsv.WriteCustomers(os.Stdout, shopcsv.JSONL, list); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"id":"cus_ann","given_name":"Ann","family_name":"Dyke","email":"ann@example.com","phone":"+14135550100"}
	// {"id":"cus_bob","given_name":"Bob","tags":["vip","wholesale"]}
}

// A list tells who may be written to. Who never subscribed has not objected.
func Example_mailchimp() {
	file := strings.NewReader(`Email Address,First Name,Status,CONFIRM_TIME,UNSUB_TIME,TAGS
ann@example.com,Ann,subscribed,2024-01-02 10:00:00,,"""VIP"",""Tea, green"""
bob@example.com,Bob,unsubscribed,2024-01-03 10:00:00,2024-05-06 11:00:00,
cleo@example.com,Cleo,non-subscribed,,,
`)
	ctx := context.Background()
	st := memstore.New(nil)
	defer st.Close()
	book, err := crm.New(st, &crm.Options{Currency: "EUR"})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := shopcsv.NewReader(file, shopcsv.Mailchimp, &shopcsv.Options{HashIP: book.Consents.HashIP})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := book.Import(ctx, r.Records(), &crm.ImportOptions{Reject: r.Reject}); err != nil {
		fmt.Println(err)
		return
	}
	for _, email := range []string{"ann@example.com", "bob@example.com", "cleo@example.com"} {
		c, err := book.Customers.ByEmail(ctx, email)
		if err != nil {
			fmt.Println(err)
			return
		}
		d, err := book.Consents.Decide(ctx, c.ID, crm.ChannelEmail, crm.PurposeMarketing, time.Time{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %q: %t, %s\n", c.Name(), c.Tags, d.Allowed, d.Reason)
	}
	// Output:
	// Ann ["Tea, green" "VIP"]: true, granted
	// Bob []: false, withdrawn
	// Cleo []: false, no_consent
}

func Example_klaviyo() {
	file := strings.NewReader(`Email,First Name,Phone Number,Email Marketing Consent,Email Marketing Consent Timestamp,SMS Marketing Consent,Email Suppressions
jo@example.com,Jo,'+441134960000,SUBSCRIBED,2024-01-02T03:04:05.000Z,UNSUBSCRIBED,
moe@example.com,Moe,,SUBSCRIBED,2024-01-02T03:04:05.000Z,,HARD_BOUNCE
`)
	r, err := shopcsv.NewReader(file, shopcsv.Klaviyo, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	// book.Import(ctx, r.Records(), nil) takes them as they are.
	for rec, err := range r.Records() {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, c := range rec.Consents {
			fmt.Printf("%s: %s %s %q\n", rec.Customer.GivenName, c.Channel, c.State, c.Proof.Mechanism)
		}
	}
	// Output:
	// Jo: email granted ""
	// Jo: sms withdrawn ""
	// Moe: email withdrawn "bounce"
}

// Columns that the format does not know become attributes of customers, which
// the book has to know first.
func ExampleReader_Attributes() {
	file := strings.NewReader(`First Name,Last Name,Email,Tax Exempt,Shoe size (customer.metafields.facts.shoe_size),Pet (customer.metafields.custom.pet)
Ann,Dyke,ann@example.com,yes,42.5,cat
`)
	r, err := shopcsv.NewReader(file, shopcsv.Shopify, &shopcsv.Options{Attributes: map[string]crm.Attribute{
		"Tax Exempt":      {Name: "tax_exempt", Type: crm.TypeBool},
		"facts.shoe_size": {Name: "shoe_size", Type: crm.TypeNumber},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range r.Attributes() { // book.Customers.Declare(ctx, r.Attributes()...)
		fmt.Println(a.Name, a.Type)
	}
	for _, w := range r.Warnings() {
		fmt.Println(w)
	}
	for rec := range r.Records() {
		fmt.Println(rec.Customer.Attributes["tax_exempt"], rec.Customer.Attributes["shoe_size"])
	}
	// Output:
	// tax_exempt bool
	// shoe_size number
	// the metafield "Pet (customer.metafields.custom.pet)" is left out: Options.Attributes can take it
	// true 42.5
}

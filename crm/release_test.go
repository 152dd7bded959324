package crm_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A file that the first release wrote, and what it holds. Every later release
// opens it. It is packed, as most of it is room to grow. It is written anew (with -update) only while there is no release.
const (
	releaseFile   = "testdata/v1.db.gz"
	releaseGolden = "testdata/v1.json"
)

// history is what the file of a release holds.
type history struct {
	Contents contents     `json:"contents"`
	Events   []*crm.Event `json:"events"`
}

// writeRelease makes a book with something of everything.
func writeRelease(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.db")
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	book := open(t, st, &crm.Options{Rate: rates})
	putProduct(t, book, cup())
	putProduct(t, book, crm.Product{Ref: ref("p2"), Title: "Tea", PublishedAt: day(1), Version: day(1), Variants: []crm.Variant{{SKU: "tea", UnitCost: gbp(120)}}})
	c := putCustomer(t, book, ada())
	o := tea()
	o.CustomerID = c.ID
	o.Total = gbp(1600) // not the sum of its parts
	o.Billing = ada().Addresses[0]
	placed := putOrder(t, book, o)
	foreign := goods(c.ID, "", day(3), "cup-s", 2, eur(900))
	foreign.Ref, foreign.TaxIncluded, foreign.Tax, foreign.Version = ref("1002"), true, eur(300), day(3)
	putOrder(t, book, foreign)
	canceled := goods(c.ID, "", day(4), "cup-s", 1, crm.Money{Amount: 1200, Currency: "JPY"})
	canceled.Ref, canceled.State, canceled.Version = ref("1003"), crm.StateCanceled, day(4)
	putOrder(t, book, canceled)
	putRefund(t, book, crm.Refund{Ref: ref("r1"), OrderID: placed.ID, OccurredAt: day(6), Version: day(6), Amount: gbp(250), Reason: "chipped"})
	putRefund(t, book, crm.Refund{
		Ref: ref("r2"), CustomerID: c.ID, OccurredAt: day(7), Version: day(7), Currency: "EUR", Lines: []crm.RefundLine{line("", "cup-s", 3, eur(1000))},
	})
	load(t, book, crm.Record{
		Customer: &crm.Customer{Email: "ben@example.com", FirstSeenAt: day(5)},
		Order:    &crm.Order{Ref: ref("1004"), OccurredAt: day(5), Kind: crm.KindAdjustment, Total: gbp(-100)},
	})
	if _, err := book.Products.AddStock(t.Context(), "cup-s", -1); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data) // a bytes.Buffer takes it all
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(releaseFile, packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readHistory(t *testing.T, book *crm.Book) history {
	t.Helper()
	h := history{read(t, book), since(t, book, store.Cursor{})}
	for _, e := range h.Events {
		e.Cursor = store.Cursor{} // of this file only
	}
	return h
}

// TestRelease opens the file of the first release, reads all of it, and writes
// to it.
func TestRelease(t *testing.T) {
	if *update {
		writeRelease(t)
	}
	book := openRelease(t)
	got := readHistory(t, book)
	if *update {
		data, err := json.MarshalIndent(got, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(releaseGolden, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(releaseGolden)
	if err != nil {
		t.Fatal(err)
	}
	var want history
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, facts); diff != "" {
		t.Errorf("%s (-want +got):\n%s", releaseFile, diff)
	}
	for id, a := range got.Contents.Aggregates {
		if diff := cmp.Diff(naive("GBP", id, got.Contents.Orders, got.Contents.Refunds), a); diff != "" {
			t.Errorf("aggregates of %s (-want +got):\n%s", id, diff)
		}
	}

	// What the sources say once more is known, by the same ids.
	before := head(t, book)
	putCustomer(t, book, ada())
	again := tea()
	again.Total = gbp(1600)
	again.CustomerID = got.Contents.Orders[0].CustomerID
	again.Billing = ada().Addresses[0]
	putOrder(t, book, again)
	if head(t, book) != before {
		t.Errorf("the same once more wrote %v", kinds(since(t, book, before)))
	}
	id := got.Contents.Orders[0].CustomerID
	if _, err := book.Orders.Update(t.Context(), got.Contents.Orders[0].ID, func(o *crm.Order) error { o.State = crm.StateCanceled; return nil }); err != nil {
		t.Fatal(err)
	}
	putOrder(t, book, goods(id, "", day(9), "cup-s", 1, gbp(800)))
	now := read(t, book)
	if diff := cmp.Diff(naive("GBP", id, now.Orders, now.Refunds), now.Aggregates[id]); diff != "" {
		t.Errorf("aggregates after writing (-want +got):\n%s", diff)
	}
	if got, want := len(now.Orders), len(want.Contents.Orders)+1; got != want {
		t.Errorf("%d orders, want %d", got, want)
	}
}

// released are the records that writeRelease made the file from, as a source
// tells them again.
func released() []crm.Record {
	ada := ada()
	records := []crm.Record{
		{Product: new(cup())},
		{Product: &crm.Product{Ref: ref("p2"), Title: "Tea", PublishedAt: day(1), Version: day(1), Variants: []crm.Variant{{SKU: "tea", UnitCost: gbp(120)}}}},
		{Customer: &ada},
	}
	o := tea()
	o.CustomerID, o.Total, o.Billing = "", gbp(1600), ada.Addresses[0]
	foreign := goods("", "", day(3), "cup-s", 2, eur(900))
	foreign.Ref, foreign.TaxIncluded, foreign.Tax, foreign.Version = ref("1002"), true, eur(300), day(3)
	canceled := goods("", "", day(4), "cup-s", 1, crm.Money{Amount: 1200, Currency: "JPY"})
	canceled.Ref, canceled.State, canceled.Version = ref("1003"), crm.StateCanceled, day(4)
	return append(records,
		crm.Record{Customer: &ada, Order: &o, Refund: &crm.Refund{Ref: ref("r1"), OccurredAt: day(6), Version: day(6), Amount: gbp(250), Reason: "chipped"}},
		crm.Record{Customer: &ada, Order: &foreign},
		crm.Record{Customer: &ada, Order: &canceled},
		crm.Record{Customer: &ada, Refund: &crm.Refund{
			Ref: ref("r2"), OccurredAt: day(7), Version: day(7), Currency: "EUR", Lines: []crm.RefundLine{line("", "cup-s", 3, eur(1000))},
		}},
		crm.Record{
			Customer: &crm.Customer{Email: "ben@example.com", FirstSeenAt: day(5)},
			Order:    &crm.Order{Ref: ref("1004"), OccurredAt: day(5), Kind: crm.KindAdjustment, Total: gbp(-100)},
		},
	)
}

// lists are exports with what the first release did not read.
var lists = []struct {
	text string
	opts shopcsv.Options
}{
	{
		"Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Phone,Accepts SMS Marketing,Accepts WhatsApp Marketing,Total Spent,Note,Tax Exempt,Tags,Default Address City,Default Address Country Code," +
			"Birth date (customer.metafields.facts.birth_date),Shoe size (customer.metafields.facts.shoe_size),Pet (customer.metafields.custom.pet)\n" +
			"'1,Ada,King,ada@example.com,yes,'+442079460018,no,yes,16.00,of the engine,yes,\"vip, analyst\",'London,GB,1815-12-10,36.5,cat\n" +
			"'2,Ben,Nevis,ben@example.com,no,'+442079460019,,,0.00,,no,,,,,,\n",
		shopcsv.Options{Source: "shop", AsOf: day(200), Attributes: map[string]crm.Attribute{
			"facts.shoe_size": {Name: "shoe_size", Type: crm.TypeNumber}, "Tax Exempt": {Name: "tax_exempt", Type: crm.TypeBool},
		}},
	},
	{
		"Email Address,First Name,Last Name,Status,OPTIN_TIME,OPTIN_IP,LAST_CHANGED,NOTES,TAGS\n" +
			"ada@example.com,A.,L.,unsubscribed,2024-12-01 09:00:00,192.0.2.1,2025-03-01 09:00:00,wrote first,\"\"\"early\"\"\"\n" +
			"ben@example.com,Benjamin,,subscribed,2024-12-02 09:00:00,192.0.2.2,2024-12-02 09:00:00,,\n" +
			"cleo@example.com,Cleo,,cleaned,2024-12-03 09:00:00,,2025-01-03 09:00:00,,\n",
		shopcsv.Options{},
	},
	{
		"Email,First Name,Phone Number,Email Marketing Consent,Email Marketing Consent Timestamp,SMS Marketing Consent,Profile Created On\n" +
			"ada@example.com,Ada,'+442079460018,NEVER_SUBSCRIBED,,SUBSCRIBED,2024-11-01 10:00:00\n" +
			"dan@example.com,Dan,,SUBSCRIBED,2025-01-04 10:00:00,UNSUBSCRIBED,2024-11-02 10:00:00\n",
		shopcsv.Options{},
	},
}

// TestReleaseImport imports what the file was made from, and lists with what the
// first release did not read, over the file and into a new book: both hold the
// same, and the same once more changes nothing.
func TestReleaseImport(t *testing.T) {
	fresh := open(t, memstore.New(nil), &crm.Options{Rate: rates})
	over := openRelease(t)
	books := []*crm.Book{fresh, over}
	bring := func(book *crm.Book) {
		load(t, book, released()...)
		for _, l := range lists {
			r, err := shopcsv.NewReader(strings.NewReader(l.text), shopcsv.Any, &l.opts)
			if err != nil {
				t.Fatal(err)
			}
			if err := book.Customers.Declare(t.Context(), r.Attributes()...); err != nil {
				t.Fatal(err)
			}
			report, err := book.Import(t.Context(), r.Records(), &crm.ImportOptions{Reject: func(_ crm.Record, err error) { t.Error(err) }})
			if err != nil || report.Records < 2 || r.Report().Rejected > 0 {
				t.Fatalf("%s: %+v, %+v, %v", r.Format(), report, r.Report(), err)
			}
		}
	}
	var first, again [2]string
	for i, book := range books {
		bring(book)
		first[i] = whole(t, book)
		bring(book)
		again[i] = whole(t, book)
	}
	if diff := cmp.Diff(strings.Split(first[0], "\n"), strings.Split(first[1], "\n")); diff != "" {
		t.Errorf("over the file of the first release (-fresh +over):\n%s", diff)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("once more (-first +again):\n%s", diff)
	}

	// It is all there, not only equal.
	v, err := over.Customers.ByRef(t.Context(), ref("1"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"analyst", "early", "vip"}, v.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]crm.Value{"shoe_size": crm.Number(36.5), "tax_exempt": crm.Bool(true)}, v.Attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		email   string
		channel crm.Channel
		want    crm.DecisionReason
	}{
		{"ada@example.com", crm.ChannelEmail, crm.ReasonGranted}, // by the shop, after the list was left
		{"ada@example.com", crm.ChannelSMS, crm.ReasonGranted},
		{"ada@example.com", shopcsv.ChannelWhatsApp, crm.ReasonGranted},
		{"ben@example.com", crm.ChannelEmail, crm.ReasonGranted},
		{"ben@example.com", crm.ChannelSMS, crm.ReasonNoConsent},
		{"cleo@example.com", crm.ChannelEmail, crm.ReasonWithdrawn},
		{"dan@example.com", crm.ChannelEmail, crm.ReasonGranted},
		{"dan@example.com", crm.ChannelSMS, crm.ReasonWithdrawn},
	} {
		v, err := over.Customers.ByEmail(t.Context(), tt.email)
		if err != nil {
			t.Fatal(err)
		}
		if got := decide(t, over, v.ID, tt.channel, crm.PurposeMarketing, time.Time{}); got != tt.want {
			t.Errorf("%s by %s: got %s, want %s", tt.email, tt.channel, got, tt.want)
		}
	}
}

// stamps tell when a record was written here, which depends on when it was.
var stamps = regexp.MustCompile(`,"(created|updated)_at":"[^"]*"`)

// whole is all of a book but for when its records were written.
func whole(t *testing.T, book *crm.Book) string {
	t.Helper()
	var b bytes.Buffer
	if err := book.ExportJSONL(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return stamps.ReplaceAllString(b.String(), "")
}

// TestReleaseNewer opens a file in which a later release has changed a table.
func TestReleaseNewer(t *testing.T) {
	st := openRelease(t).Store()
	newer(t, st)
	_, err := crm.New(st, nil)
	if !errors.Is(err, crm.ErrNewer) || !strings.Contains(err.Error(), "crm.orders") {
		t.Errorf("got %v, want %v and the table's name", err, crm.ErrNewer)
	}
}

// openRelease opens a copy of the file.
func openRelease(t *testing.T) *crm.Book {
	t.Helper()
	packed, err := os.ReadFile(releaseFile)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "shop.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return open(t, st, &crm.Options{Rate: rates})
}

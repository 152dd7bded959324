package crm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

var shopGifts = gifts(200, "shop.gifts")

// portable opens a book in euros with a table of the shop's.
func portable(t failer, st store.Store, namespace string) *crm.Book {
	t.Helper()
	book := open(t, st, &crm.Options{Currency: "EUR", Namespace: namespace})
	if err := book.Register(shopGifts); err != nil {
		t.Fatal(err)
	}
	space, err := store.Namespace(t.Context(), st, namespace)
	if err == nil {
		err = shopGifts.In(space).Prepare(t.Context(), st)
	}
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// fill records the demo shop and what it lacks.
func fill(t failer, book *crm.Book, namespace string) {
	t.Helper()
	ctx := t.Context()
	p, c, o, r := crmtest.Product(), crmtest.Customer(), crmtest.Order(), crmtest.Refund()
	p.Description = "<b>Stoneware</b> & \"more\"\u2028\t\\ 陶器"
	p.Relations = []crm.Relation{{Kind: crm.RelationSimilar, SKU: "x"}, {Kind: crm.RelationGrouped, Ref: ref("p-2")}}
	c.Company, c.Note, c.FirstSeenAt, c.Version = "Navy", "likes\nblue", day(3), day(4)
	o.Note, o.Tags, o.Coupons, o.Phone = "ring twice", []string{"a", "b"}, []string{"SPRING"}, "+44 20 7946 0000"
	o.Shipments = []crm.Shipment{{Ref: "s-1", Carrier: "DHL", Tracking: "123", ShippedAt: day(80), PromisedAt: day(82), DeliveredAt: day(83)}}
	o.Kind, r.Reason = crm.KindSale, "did not suit"
	_, err := book.Import(ctx, func(yield func(crm.Record, error) bool) {
		_ = yield(crm.Record{Product: &p}, nil) && yield(crm.Record{Customer: &c, Order: &o}, nil) && yield(crm.Record{Refund: &r, Order: &o}, nil)
	}, nil)
	if err == nil {
		_, err = book.Import(ctx, crmtest.Shop(40, 3).Records(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	putOrder(t, book, goods("", "yen", day(90), "MUG-RED", 2, crm.Money{Amount: 4000, Currency: "JPY"}))
	if err := book.Customers.Declare(ctx, crm.Attribute{Name: "shoe", Type: crm.TypeNumber}, crm.Attribute{Name: "likes", Type: crm.TypeWords}, crm.Attribute{Name: "spent", Type: crm.TypeMoney}, crm.Attribute{Name: "met", Type: crm.TypeTime}); err != nil {
		t.Fatal(err)
	}
	likes := map[string]crm.Value{"shoe": crm.Number(38.5), "likes": crm.Words("tea", "<b>"), "spent": crm.Amount(eur(5)), "met": crm.Moment(day(5))}
	a, b := putCustomer(t, book, crm.Customer{ID: "a", GivenName: "Ada", Attributes: likes}), putCustomer(t, book, crm.Customer{ID: "b", Tags: []string{"vip"}})
	for _, c := range []crm.Consent{
		{CustomerID: "a", Purpose: crm.PurposeMarketing, Channel: crm.ChannelEmail, State: crm.ConsentGranted, Basis: crm.BasisConsent, OccurredAt: day(100), ExpiresAt: day(900),
			Proof: crm.Proof{TextVersion: "v2", Mechanism: "checkbox", Source: "shop", IPHash: "00ff", Note: "asked at the till"}},
		{CustomerID: "b", Purpose: crm.PurposeMarketing, State: crm.ConsentWithdrawn},
		{CustomerID: book.Consents.Visitor("tablet"), Purpose: crm.PurposeProfiling, State: crm.ConsentDenied},
	} {
		if _, err := book.Consents.Record(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []crm.Interaction{
		{CustomerID: "a", Kind: crm.KindNote, Channel: crm.ChannelPhone, Direction: crm.Inbound, Text: "asked <twice>", Rating: 3, OccurredAt: day(120), OrderID: "yen"},
		{CustomerID: "b", Kind: crm.KindViewCart, Ref: ref("cart"), Version: day(132), Value: eur(1290), OccurredAt: day(131), Items: []crm.InteractionItem{
			{SKU: "MUG-BLUE", Title: "Mug", Quantity: 2, Price: eur(1290), Discount: eur(10), Coupon: "C", List: "l", Index: 1, Promotion: "p", Location: "x", Properties: likes},
		}, Properties: likes},
		{Device: "tablet 7", Kind: crm.KindPageView, ProductID: "none", SKU: "x", OccurredAt: day(140)},
		{Device: "kiosk", Kind: crm.KindSearch, OccurredAt: day(141)},
	} {
		if _, err := book.Interactions.Record(ctx, i); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []crm.Identity{
		{Kind: crm.IdentityDevice, Value: "tablet 7", Verified: true},
		{Kind: crm.IdentityLoyalty, Value: "77-12", Source: "till", FirstSeenAt: day(2), LastSeenAt: day(9)},
		{Kind: crm.IdentityEmail, Value: "Ada@byron.uk", Verified: true},
	} {
		if _, err := book.Identities.Link(ctx, "a", i); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		book.Traits.Set(ctx, "a", "rfm", day(150), map[string]crm.Value{"group": crm.Text("champion"), "score": crm.Number(0.125)}),
		book.Traits.Set(ctx, "a", "rfm", day(160), map[string]crm.Value{"group": crm.Text("loyal")}),
		book.Traits.State(ctx, "b", map[string]crm.Value{"size": crm.Text("M"), "brands": crm.Words("A&O")}, "form", day(151)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, g := range []crm.Group{
		{ID: "empty", Name: "Nobody"},
		{ID: "firm", Ref: ref("firm"), Kind: crm.GroupCompany, Name: "Byron & Co", VATID: "GB1", Note: "n", Version: day(8), Members: []crm.Member{{CustomerID: "a", Role: "buyer", Since: day(9)}, {CustomerID: "b"}}},
	} {
		if _, err := book.Groups.Create(ctx, g); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := book.Customers.Merge(ctx, a.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	clerk := crm.WithActor(ctx, "clerk-1")
	gone, err := book.Customers.Create(clerk, crm.Customer{GivenName: "Charles", Email: "charles@babbage.uk", Refs: []crm.Ref{ref("gone")}})
	if err != nil {
		t.Fatal(err)
	}
	putOrder(t, book, goods(gone.ID, "old", day(70), "MUG-RED", 1, eur(900)))
	if _, err := book.Privacy.Erase(clerk, gone.ID); err != nil {
		t.Fatal(err)
	}
	space, err := store.Namespace(ctx, book.Store(), namespace)
	if err != nil {
		t.Fatal(err)
	}
	err = book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		return shopGifts.In(space).Put(tx.Store(), &gift{"a", "a <mug>"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func export(t failer, book *crm.Book) string {
	t.Helper()
	var b strings.Builder
	if err := book.ExportJSONL(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func restore(t failer, book *crm.Book, text string) *crm.JSONLReport {
	t.Helper()
	report, err := book.ImportJSONL(t.Context(), strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// original is the export of a book that has something of everything.
func original(t failer) (book *crm.Book, text string) {
	t.Helper()
	return originalIn(t, "")
}

func originalIn(t failer, namespace string) (book *crm.Book, text string) {
	t.Helper()
	book = portable(t, memstore.New(nil), namespace)
	fill(t, book, namespace)
	return book, export(t, book)
}

// sameLines compares two exports line by line.
func sameLines(t *testing.T, want, got string) {
	t.Helper()
	if want == got {
		return
	}
	t.Errorf("export (-want +got):\n%s", cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
}

func TestJSONLRoundTrip(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			for _, namespace := range []string{"", "brand"} {
				book, text := originalIn(t, namespace)
				dst := portable(t, e.open(t), namespace)
				n := int64(strings.Count(text, "\n")) - 2 // without header and footer
				report := restore(t, dst, text)
				want := &crm.JSONLReport{Records: n, Written: n}
				if diff := cmp.Diff(want, report, cmpopts.IgnoreFields(crm.JSONLReport{}, "Elapsed")); diff != "" || n < 500 {
					t.Errorf("report of %d lines (-want +got):\n%s", n, diff)
				}
				sameLines(t, text, export(t, dst))
				if diff := cmp.Diff(read(t, book), read(t, dst)); diff != "" {
					t.Errorf("contents (-want +got):\n%s", diff)
				}
				if err := dst.Privacy.VerifyAudit(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// Every table is in the export, but for those that belong to a store.
func TestJSONLTables(t *testing.T) {
	book, text := original(t)
	var want, got []string
	for _, s := range crm.Shelves(book) {
		if name := s.Name(); name != "crm.book" && name != "crm.followers" && name != "crm.dead_letters" {
			want = append(want, name)
		}
	}
	for _, line := range strings.Split(text, "\n")[1:] {
		if _, rest, ok := strings.Cut(line, `{"table":"`); ok {
			name, _, _ := strings.Cut(rest, `"`)
			got = append(got, name)
		}
	}
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("tables in their order (-want +got):\n%s", diff)
	}
}

// An entry of the audit log that was altered in the file is found in the copy.
func TestJSONLAudit(t *testing.T) {
	_, text := original(t)
	if n := strings.Count(text, `"actor":"clerk-1","action"`); n < 2 {
		t.Fatalf("%d entries of the log, want some", n)
	}
	copied := portable(t, memstore.New(nil), "")
	restore(t, copied, strings.Replace(text, `"actor":"clerk-1","action"`, `"actor":"clerk-2","action"`, 1))
	if err := copied.Privacy.VerifyAudit(t.Context()); !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "entry 1 ") {
		t.Errorf("VerifyAudit: %v, want %v of entry 1", err, store.ErrCorrupt)
	}
}

// What is recorded after an import has the effect that it has in the original.
func TestJSONLGoesOn(t *testing.T) {
	book, text := original(t)
	copied := portable(t, memstore.New(nil), "")
	restore(t, copied, text)
	var exports []string
	for _, b := range []*crm.Book{book, copied} {
		o := goods("b", "more", day(200), "MUG-BLUE", 3, eur(1000))
		o.Ref = ref("more")
		putOrder(t, b, o)
		canceled := crmtest.Order()
		canceled.State, canceled.Version = crm.StateCanceled, day(250)
		putOrder(t, b, canceled)
		if _, err := b.Import(t.Context(), func(yield func(crm.Record, error) bool) {
			yield(crm.Record{Customer: &crm.Customer{GivenName: "Charles", Email: "charles@babbage.uk", Refs: []crm.Ref{ref("gone")}, Version: day(1)}}, nil)
		}, nil); err != nil {
			t.Fatal(err)
		}
		v := crmtest.Product()
		v.Title = "Mug"
		putProduct(t, b, v)
		exports = append(exports, export(t, b))
	}
	sameLines(t, exports[0], exports[1])
	if exports[0] == text {
		t.Error("nothing was recorded")
	}
	if strings.Contains(exports[1], "Charles") {
		t.Error("an old import brought somebody back who was erased")
	}
}

// about tells what an event is about.
func about(e *crm.Event) string {
	return fmt.Sprint(e.Kind, e.CustomerID, e.OtherID, e.ProductID, e.OrderID, e.RefundID, e.InteractionID, e.Name)
}

// An import that is stopped again and again, by whatever, ends as one that is
// not, and tells followers of each record once.
func TestJSONLResume(t *testing.T) {
	_, text := original(t)
	whole := portable(t, memstore.New(nil), "")
	restore(t, whole, text)
	count := func(book *crm.Book) map[string]int {
		n := map[string]int{}
		for _, e := range all(t, book.Events.List(t.Context(), store.Cursor{})) {
			if !e.Backfill {
				t.Fatalf("an event that is not marked: %+v", e)
			}
			n[about(e)]++
		}
		return n
	}
	want := count(whole)
	if len(want) < 300 {
		t.Fatalf("%d events", len(want))
	}
	lines := strings.SplitAfter(text, "\n")
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			book := portable(t, e.open(t), "")
			runs := 0
			for stop := 1; ; stop++ {
				ctx, cancel := context.WithCancel(t.Context())
				batches := 0
				_, err := book.ImportJSONL(ctx, strings.NewReader(text), &crm.JSONLOptions{Progress: func(crm.JSONLReport) {
					if batches++; batches == stop {
						cancel()
					}
				}})
				cancel()
				if runs++; err == nil {
					break
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				if err := book.ExportJSONL(t.Context(), io.Discard); !errors.Is(err, crm.ErrIncomplete) {
					t.Errorf("ExportJSONL of the half: %v, want %v", err, crm.ErrIncomplete)
				}
				// And one whose source breaks.
				broken := io.MultiReader(strings.NewReader(strings.Join(lines[:min(len(lines)*stop/10+1, len(lines)-2)], "")), iotest.ErrReader(io.ErrNoProgress))
				if _, err := book.ImportJSONL(t.Context(), broken, nil); !errors.Is(err, io.ErrNoProgress) {
					t.Fatal(err)
				}
			}
			if runs < 2 {
				t.Errorf("the import was never stopped")
			}
			sameLines(t, text, export(t, book))
			if diff := cmp.Diff(want, count(book)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestJSONLEvents(t *testing.T) {
	book, text := original(t)
	copied := portable(t, memstore.New(nil), "")
	restore(t, copied, text)
	// What was new in the original is so in the copy; what became of it is not
	// told, but for consents, of which the last word is.
	kinds := func(b *crm.Book) []string {
		var list []string
		for _, e := range all(t, b.Events.List(t.Context(), store.Cursor{})) {
			switch e.Kind {
			case crm.ProductCreated, crm.OrderRecorded, crm.RefundRecorded, crm.CustomerMerged, crm.InteractionRecorded, crm.IdentityLinked, crm.GroupChanged:
				list = append(list, about(e))
			}
		}
		slices.Sort(list)
		return list
	}
	if diff := cmp.Diff(kinds(book), kinds(copied)); diff != "" {
		t.Errorf("events (-original +copy):\n%s", diff)
	}
	states := func(b *crm.Book) map[string]string {
		last := map[string]string{}
		for _, e := range all(t, b.Events.List(t.Context(), store.Cursor{})) {
			for _, c := range e.Changes {
				if e.Kind == crm.ConsentChanged && c.Field == "state" {
					last[fmt.Sprint(e.CustomerID, e.Channel, e.Name)] = c.To
				}
			}
		}
		return last
	}
	if diff := cmp.Diff(states(book), states(copied)); diff != "" || len(states(copied)) < 3 {
		t.Errorf("what holds of consents (-original +copy):\n%s", diff)
	}
}

const header = `{"format":"clientele.book","version":1,"currency":"EUR"}` + "\n"

// A file that lost its end, or a line in between, is not taken for whole; what
// there is of it is taken, and the whole of it completes it.
func TestJSONLIsCut(t *testing.T) {
	_, text := original(t)
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	for name, cut := range map[string]string{
		"header only":    lines[0],
		"half":           strings.Join(lines[:len(lines)/2], ""),
		"without end":    strings.Join(lines[:len(lines)-1], ""),
		"without middle": strings.Join(slices.Delete(slices.Clone(lines), len(lines)-2, len(lines)-1), ""),
	} {
		book := portable(t, memstore.New(nil), "")
		if _, err := book.ImportJSONL(t.Context(), strings.NewReader(cut), nil); !errors.Is(err, crm.ErrIncomplete) {
			t.Errorf("%s: %v, want %v", name, err, crm.ErrIncomplete)
		}
		if err := book.ExportJSONL(t.Context(), io.Discard); !errors.Is(err, crm.ErrIncomplete) {
			t.Errorf("%s: exported: %v, want %v", name, err, crm.ErrIncomplete)
		}
		restore(t, book, text)
		sameLines(t, text, export(t, book))
	}
}

func TestJSONLRefuses(t *testing.T) {
	const (
		ada = `{"table":"crm.customers","record":{"id":"ada","refs":[{"source":"s","id":"1"}]}}`
		bob = `{"table":"crm.customers","record":{"id":"bob"}}`
	)
	for _, tt := range []struct {
		name, text string
		err        error
		want       string // in the error
		rest       bool   // with a Reject, ada and bob are taken
	}{
		{"nothing", "", crm.ErrInvalid, "line 1", false},
		{"no header", ada, crm.ErrInvalid, "line 1", false},
		{"another format", `{"format":"other","version":1,"currency":"EUR"}`, crm.ErrInvalid, "line 1", false},
		{"no version", `{"format":"clientele.book","currency":"EUR"}`, crm.ErrInvalid, "line 1", false},
		{"a newer format", `{"format":"clientele.book","version":2,"currency":"EUR"}`, crm.ErrNewer, "line 1", false},
		{"another namespace", `{"format":"clientele.book","version":1,"currency":"EUR","namespace":"brand"}`, crm.ErrInvalid, `namespace "brand": want ""`, false},
		{"personal data for a namespace", `{"format":"clientele.book","version":1,"currency":"EUR","namespace":"cy@example.com"}`, crm.ErrInvalid, `want ""`, false},
		{"personal data for a currency", `{"format":"clientele.book","version":1,"currency":"cy@example.com"}`, crm.ErrInvalid, "want EUR", false},
		{"another currency", `{"format":"clientele.book","version":1,"currency":"GBP"}`, crm.ErrInvalid, `"GBP": want EUR`, false},
		{"no JSON", header + ada + "\nhello\n" + bob, crm.ErrInvalid, "line 3", true},
		{"half a line", header + ada + "\n" + bob + "\n" + bob[:20], crm.ErrInvalid, "line 4", true},
		{"two values", header + ada + "\n" + bob + bob + "\n" + bob, crm.ErrInvalid, "line 3", true},
		{"another field of a line", header + ada + "\n" + `{"table":"crm.orders","record":{},"x":1}` + "\n" + bob, crm.ErrInvalid, "line 3", true},
		{"no record", header + ada + "\n\r\n" + `{"table":"crm.orders"}` + "\n" + bob, crm.ErrInvalid, "line 4", true},
		{"an unknown table", header + ada + "\n" + `{"table":"shop.carts","record":{}}` + "\n" + bob, crm.ErrInvalid, `line 3: invalid: table "shop.carts"`, true},
		{"personal data for a table", header + ada + "\n" + `{"table":"cy@example.com","record":{}}` + "\n" + bob, crm.ErrInvalid, "line 3", true},
		{"personal data for a field", header + ada + "\n" + `{"table":"crm.customers","record":{"id":"cy","cy@example.com":1}}` + "\n" + bob, crm.ErrInvalid, "line 3", true},
		{"the settings", header + ada + "\n" + `{"table":"crm.book","record":{"currency":"USD"}}` + "\n" + bob, crm.ErrInvalid, `line 3: invalid: table "crm.book"`, true},
		{"an unknown field", header + ada + "\n" + `{"table":"crm.customers","record":{"id":"cy","shoe":7}}` + "\n" + bob, crm.ErrInvalid, `line 3: table crm.customers: field "shoe"`, true},
		{"an amount in another currency", header + ada + "\n" + `{"table":"crm.orders","record":{"id":"o","currency":"EUR","total":{"amount":5,"currency":"USD"},"occurred_at":"2026-01-01T00:00:00Z"}}` + "\n" + bob, crm.ErrInvalid, `field "total.currency"`, true},
		{"personal data in an id", header + ada + "\n" + `{"table":"crm.customers","record":{"id":"cy@example.com"}}` + "\n" + bob, crm.ErrInvalid, "line 3", true},
		{"personal data in a ref", header + ada + "\n" + `{"table":"crm.customers","record":{"id":"c","refs":[{"source":"s","id":"cy@example.com"}]}}` + "\n" + bob, crm.ErrInvalid, "line 3", true},
		{"a ref of another", header + ada + "\n" + `{"table":"crm.customers","record":{"id":"c","refs":[{"source":"s","id":"1"}]}}` + "\n" + bob, crm.ErrExists, "line 3", true},
		{"a record that is too large", header + ada + "\n" + `{"table":"crm.customers","record":{"id":"c","note":"` + strings.Repeat("x", store.MaxValue) + `"}}` + "\n" + bob, store.ErrTooLarge, "line 3", true},
		{"an endless line", header + ada + "\n" + strings.Repeat("x", 9<<20) + "\n" + bob, crm.ErrInvalid, "line 3", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.rest {
				tt.text += "\n" + `{"records":3}`
			}
			book := portable(t, memstore.New(nil), "")
			_, err := book.ImportJSONL(t.Context(), strings.NewReader(tt.text), nil)
			if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "cy@") {
				t.Errorf("ImportJSONL: %v, want %v and %s", err, tt.err, tt.want)
			}
			book = portable(t, memstore.New(nil), "")
			var reasons []error
			report, err := book.ImportJSONL(t.Context(), strings.NewReader(tt.text), &crm.JSONLOptions{Reject: func(line int64, text []byte, err error) {
				if split := strings.Split(tt.text, "\n"); int(line) > len(split) || !strings.HasPrefix(strings.TrimRight(split[line-1], "\r"), string(text[:min(len(text), 1<<20)])) {
					t.Errorf("line %d is said to be %.50q", line, text)
				}
				reasons = append(reasons, err)
			}})
			if !tt.rest {
				if !errors.Is(err, tt.err) || len(reasons) > 0 {
					t.Errorf("ImportJSONL: %v, %v, want %v", err, reasons, tt.err)
				}
				return
			}
			if err != nil || len(reasons) != 1 || !errors.Is(reasons[0], tt.err) || report.Rejected != 1 || report.Written != 2 {
				t.Errorf("ImportJSONL with Reject: %v, %v, %+v", err, reasons, report)
			}
			if got := all(t, book.Customers.List(t.Context(), crm.CustomerQuery{})); len(got) != 2 {
				t.Errorf("%d customers, want ada and bob", len(got))
			}
		})
	}
}

// A book that is used does not get what it has otherwise, nor what it lacks.
func TestJSONLOccupied(t *testing.T) {
	book, text := original(t)
	end, err := book.Events.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	report, err := book.ImportJSONL(crm.WithActor(t.Context(), "clerk-2"), strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	if report.Unchanged != report.Records || report.Records == 0 {
		t.Errorf("an import into the book of the export: %+v", report)
	}
	for _, text := range []string{
		header + `{"table":"crm.customers","record":{"id":"a","given_name":"Augusta"}}`,
		header + `{"table":"crm.customers","record":{"id":"newcomer"}}`,
	} {
		if _, err := book.ImportJSONL(t.Context(), strings.NewReader(text), &crm.JSONLOptions{Reject: func(int64, []byte, error) {}}); !errors.Is(err, crm.ErrExists) {
			t.Errorf("ImportJSONL: %v, want %v", err, crm.ErrExists)
		}
	}
	sameLines(t, text, export(t, book))
	for e, err := range book.Events.List(t.Context(), end) {
		t.Errorf("event %v, %v", e, err)
	}
}

func TestJSONLErrors(t *testing.T) {
	book, text := original(t)
	full := errors.New("disk full")
	if err := book.ExportJSONL(t.Context(), writer(func([]byte) (int, error) { return 0, full })); !errors.Is(err, full) {
		t.Errorf("ExportJSONL: %v, want %v", err, full)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := book.ExportJSONL(ctx, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("ExportJSONL: %v, want %v", err, context.Canceled)
	}
	empty := portable(t, memstore.New(nil), "")
	if _, err := empty.ImportJSONL(ctx, strings.NewReader(text), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("ImportJSONL: %v, want %v", err, context.Canceled)
	}
	err := empty.Update(t.Context(), func(ctx context.Context, _ *crm.Tx) error {
		_, err := empty.ImportJSONL(ctx, strings.NewReader(text), nil)
		return err
	})
	if !errors.Is(err, crm.ErrNested) {
		t.Errorf("ImportJSONL in a transaction: %v, want %v", err, crm.ErrNested)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// Personal data are in the export and nowhere else.
func TestJSONLSecrets(t *testing.T) {
	book, text := original(t)
	var settings []byte
	err := book.Store().View(t.Context(), func(_ context.Context, r store.Reader) error {
		for kv, err := range r.Scan(store.Prefix(store.NewKey(1, 0))) {
			if err != nil {
				return err
			}
			settings = append(settings, kv.Value...)
		}
		return nil
	})
	if err != nil || len(settings) < 32 {
		t.Fatalf("settings of %d bytes, %v", len(settings), err)
	}
	if strings.Contains(text, "crm.book") || bytes.Contains([]byte(text), settings[len(settings)-16:]) {
		t.Error("the export has the book's settings")
	}
}

func FuzzImportJSONL(f *testing.F) {
	_, text := original(f)
	seen := map[string]int{}
	for _, line := range strings.SplitAfter(text, "\n")[1:] {
		table, _, _ := strings.Cut(line, `","record"`)
		if seen[table]++; seen[table] <= 2 {
			f.Add([]byte(header + line))
		}
	}
	f.Add([]byte(text[:1000]))
	f.Add([]byte(header + `{"table":"crm.orders","record":{"id":"o","currency":"","rate":{"num":1,"den":0},"items":[{"quantity":-9223372036854775808,"total":{"amount":9}}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		book := portable(t, memstore.New(nil), "")
		report, err := book.ImportJSONL(t.Context(), bytes.NewReader(data), &crm.JSONLOptions{Reject: func(line int64, _ []byte, err error) {
			if err == nil || line < 2 {
				t.Errorf("line %d is refused: %v", line, err)
			}
		}})
		if err != nil {
			return
		}
		if n := report.Written + report.Unchanged + report.Rejected; n != report.Records {
			t.Errorf("report %+v", report)
		}
		first := export(t, book)
		again := portable(t, memstore.New(nil), "")
		restore(t, again, first)
		if second := export(t, again); second != first {
			t.Errorf("an export of the copy of a copy is\n%s, want\n%s", second, first)
		}
		// Whatever it holds can be read.
		for v, err := range book.Customers.List(t.Context(), crm.CustomerQuery{}) {
			if err != nil {
				return
			}
			_, _ = book.Customers.Profile(t.Context(), v.ID)
		}
		_, _ = book.Customers.Best(t.Context(), crm.BestQuery{})
	})
}

package crm_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

const (
	viaEmail = crm.ChannelEmail
	viaSMS   = crm.ChannelSMS
)

// stated is a consent that names nothing but what it must.
func stated(id crm.CustomerID, state crm.ConsentState, purpose crm.Purpose, channel crm.Channel, at time.Time) crm.Consent {
	return crm.Consent{CustomerID: id, State: state, Purpose: purpose, Channel: channel, OccurredAt: at}
}

func granted(id crm.CustomerID, at time.Time) crm.Consent {
	return stated(id, crm.ConsentGranted, crm.PurposeMarketing, viaEmail, at)
}

func withdrawn(id crm.CustomerID, at time.Time) crm.Consent {
	return stated(id, crm.ConsentWithdrawn, crm.PurposeMarketing, viaEmail, at)
}

func putConsent(t failer, book *crm.Book, c crm.Consent) *crm.Consent {
	t.Helper()
	stored, err := book.Consents.Record(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// until ends a consent.
func until(c crm.Consent, at time.Time) crm.Consent {
	c.ExpiresAt = at
	return c
}

func decide(t failer, book *crm.Book, id crm.CustomerID, channel crm.Channel, purpose crm.Purpose, at time.Time) crm.DecisionReason {
	t.Helper()
	d, err := book.Consents.Decide(t.Context(), id, channel, purpose, at)
	if err != nil {
		t.Fatal(err)
	}
	may, err := book.Consents.MaySend(t.Context(), id, channel, purpose, at)
	if err != nil {
		t.Fatal(err)
	}
	if want := d.Reason == crm.ReasonGranted || d.Reason == crm.ReasonNotObjected; d.Allowed != want || may != want {
		t.Fatal(fmt.Sprintf("%s of %s: decided %t, may send %t, for %s", purpose, id, d.Allowed, may, d.Reason))
	}
	return d.Reason
}

// agreeable is a book in memory whose clock the test sets, with customers.
func agreeable(t failer, ids ...crm.CustomerID) (*crm.Book, *time.Time) {
	t.Helper()
	now := new(today)
	book := open(t, memstore.New(nil), &crm.Options{Now: func() time.Time { return *now }})
	for _, id := range ids {
		putCustomer(t, book, crm.Customer{ID: id})
	}
	return book, now
}

func ledger(t failer, book *crm.Book, id crm.CustomerID) []*crm.Consent {
	t.Helper()
	p, err := book.Consents.History(t.Context(), crm.ConsentQuery{CustomerID: id, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return p.Items
}

func TestDecide(t *testing.T) {
	const (
		marketing     = crm.PurposeMarketing
		transactional = crm.PurposeTransactional
		profiling     = crm.PurposeProfiling
		club          = crm.Purpose("wine_club")
	)
	record := func(state crm.ConsentState, purpose crm.Purpose, channel crm.Channel, n int) crm.Consent {
		return stated("ada", state, purpose, channel, day(n))
	}
	for _, tt := range []struct {
		name     string
		consents []crm.Consent
		channel  crm.Channel
		purpose  crm.Purpose
		at       time.Time
		want     crm.DecisionReason
	}{
		{name: "marketing wants a grant", channel: viaEmail, purpose: marketing, want: crm.ReasonNoConsent},
		{name: "analytics wants a grant", purpose: crm.PurposeAnalytics, want: crm.ReasonNoConsent},
		{name: "a purpose of the shop wants a grant", channel: viaEmail, purpose: club, want: crm.ReasonNoConsent},
		{name: "transactional does not", channel: viaEmail, purpose: transactional, want: crm.ReasonNotObjected},
		{name: "profiling does not", purpose: profiling, want: crm.ReasonNotObjected},
		{name: "sale does not", purpose: crm.PurposeSaleSharing, want: crm.ReasonNotObjected},
		{name: "granted", consents: []crm.Consent{record(crm.ConsentGranted, marketing, viaEmail, 1)}, channel: viaEmail, purpose: marketing, want: crm.ReasonGranted},
		{name: "on another channel", consents: []crm.Consent{record(crm.ConsentGranted, marketing, viaEmail, 1)}, channel: viaSMS, purpose: marketing, want: crm.ReasonNoConsent},
		{name: "for another purpose", consents: []crm.Consent{record(crm.ConsentGranted, marketing, viaEmail, 1)}, channel: viaEmail, purpose: club, want: crm.ReasonNoConsent},
		{name: "for every channel", consents: []crm.Consent{record(crm.ConsentGranted, club, "", 1)}, channel: viaSMS, purpose: club, want: crm.ReasonGranted},
		{name: "pending is no", consents: []crm.Consent{record(crm.ConsentPending, marketing, viaEmail, 1)}, channel: viaEmail, purpose: marketing, want: crm.ReasonPending},
		{name: "pending is no objection", consents: []crm.Consent{record(crm.ConsentPending, profiling, "", 1)}, purpose: profiling, want: crm.ReasonNotObjected},
		{name: "pending takes back no objection", consents: []crm.Consent{record(crm.ConsentDenied, profiling, "", 1), record(crm.ConsentPending, profiling, "", 2)}, purpose: profiling, want: crm.ReasonDenied},
		{name: "pending takes back no objection that comes late", consents: []crm.Consent{record(crm.ConsentPending, profiling, "", 2), record(crm.ConsentWithdrawn, profiling, "", 1)}, purpose: profiling, want: crm.ReasonWithdrawn},
		{name: "withdrawn", consents: []crm.Consent{record(crm.ConsentGranted, marketing, viaEmail, 1), record(crm.ConsentWithdrawn, marketing, viaEmail, 2)}, channel: viaEmail, purpose: marketing, want: crm.ReasonWithdrawn},
		{name: "transactional denied", consents: []crm.Consent{record(crm.ConsentDenied, transactional, viaEmail, 1)}, channel: viaEmail, purpose: transactional, want: crm.ReasonDenied},
		{name: "profiling objected to", consents: []crm.Consent{record(crm.ConsentDenied, profiling, "", 1)}, purpose: profiling, want: crm.ReasonDenied},
		{name: "granted again", consents: []crm.Consent{record(crm.ConsentWithdrawn, marketing, viaEmail, 2), record(crm.ConsentGranted, marketing, viaEmail, 3)}, channel: viaEmail, purpose: marketing, want: crm.ReasonGranted},
		{name: "the latest by its own time", consents: []crm.Consent{record(crm.ConsentWithdrawn, marketing, viaEmail, 3), record(crm.ConsentGranted, marketing, viaEmail, 2)}, channel: viaEmail, purpose: marketing, want: crm.ReasonWithdrawn},
		{name: "the stricter on a tie", consents: []crm.Consent{record(crm.ConsentWithdrawn, marketing, viaEmail, 2), record(crm.ConsentGranted, marketing, viaEmail, 2)}, channel: viaEmail, purpose: marketing, want: crm.ReasonWithdrawn},
		{name: "the stricter on a tie, last", consents: []crm.Consent{record(crm.ConsentGranted, marketing, viaEmail, 2), record(crm.ConsentPending, marketing, viaEmail, 2)}, channel: viaEmail, purpose: marketing, want: crm.ReasonPending},
		{name: "the earlier end on a tie", consents: []crm.Consent{until(record(crm.ConsentGranted, club, viaEmail, 2), day(9)), record(crm.ConsentGranted, club, "", 2)}, channel: viaEmail, purpose: club, want: crm.ReasonExpired},
		{name: "withdrawn on every channel", consents: []crm.Consent{record(crm.ConsentGranted, marketing, viaEmail, 1), record(crm.ConsentWithdrawn, marketing, "", 2)}, channel: viaEmail, purpose: marketing, want: crm.ReasonWithdrawn},
		{name: "and then granted on one", consents: []crm.Consent{record(crm.ConsentWithdrawn, marketing, "", 2), record(crm.ConsentGranted, marketing, viaEmail, 3)}, channel: viaEmail, purpose: marketing, want: crm.ReasonGranted},
		{name: "but not on others", consents: []crm.Consent{record(crm.ConsentWithdrawn, marketing, "", 2), record(crm.ConsentGranted, marketing, viaEmail, 3)}, channel: viaSMS, purpose: marketing, want: crm.ReasonWithdrawn},
		{name: "expired", consents: []crm.Consent{until(record(crm.ConsentGranted, marketing, viaEmail, 1), day(9))}, channel: viaEmail, purpose: marketing, want: crm.ReasonExpired},
		{name: "expired of what needs no grant", consents: []crm.Consent{until(record(crm.ConsentGranted, profiling, "", 1), day(9))}, purpose: profiling, want: crm.ReasonNotObjected},
		{name: "expired of what was objected to before", consents: []crm.Consent{record(crm.ConsentDenied, profiling, "", 1), until(record(crm.ConsentGranted, profiling, "", 2), day(9))}, purpose: profiling, want: crm.ReasonDenied},
		{name: "expired of what was objected to, and then agreed to", consents: []crm.Consent{record(crm.ConsentDenied, transactional, "", 1), record(crm.ConsentGranted, transactional, viaEmail, 2), until(record(crm.ConsentGranted, transactional, "", 3), day(9))}, channel: viaEmail, purpose: transactional, want: crm.ReasonGranted},
		{name: "not yet expired of what was objected to before", consents: []crm.Consent{record(crm.ConsentDenied, transactional, "", 1), until(record(crm.ConsentGranted, transactional, "", 2), day(9))}, channel: viaEmail, purpose: transactional, at: day(8), want: crm.ReasonGranted},
		{name: "before it expired", consents: []crm.Consent{until(record(crm.ConsentGranted, marketing, viaEmail, 1), day(9))}, channel: viaEmail, purpose: marketing, at: day(9).Add(-1e6), want: crm.ReasonGranted},
		{name: "when it expired", consents: []crm.Consent{until(record(crm.ConsentGranted, marketing, viaEmail, 1), day(9))}, channel: viaEmail, purpose: marketing, at: day(9), want: crm.ReasonExpired},
		{name: "before anything", consents: []crm.Consent{record(crm.ConsentGranted, marketing, viaEmail, 5)}, channel: viaEmail, purpose: marketing, at: day(4), want: crm.ReasonNoConsent},
		{name: "before it was withdrawn", consents: []crm.Consent{record(crm.ConsentGranted, marketing, viaEmail, 5), record(crm.ConsentWithdrawn, marketing, "", 7)}, channel: viaEmail, purpose: marketing, at: day(6), want: crm.ReasonGranted},
		{name: "when it was withdrawn", consents: []crm.Consent{record(crm.ConsentGranted, marketing, viaEmail, 5), record(crm.ConsentWithdrawn, marketing, "", 7)}, channel: viaEmail, purpose: marketing, at: day(7), want: crm.ReasonWithdrawn},
		{name: "the stricter on a tie back then", consents: []crm.Consent{record(crm.ConsentGranted, marketing, viaEmail, 5), record(crm.ConsentDenied, marketing, viaEmail, 5), record(crm.ConsentGranted, marketing, viaSMS, 5), record(crm.ConsentGranted, marketing, viaEmail, 7)}, channel: viaEmail, purpose: marketing, at: day(6), want: crm.ReasonDenied},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book, _ := agreeable(t, "ada")
			for _, c := range tt.consents {
				putConsent(t, book, c)
			}
			if got := decide(t, book, "ada", tt.channel, tt.purpose, tt.at); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if tt.purpose == profiling {
				may, err := book.Consents.MayProfile(t.Context(), "ada", tt.at)
				if want := tt.want == crm.ReasonNotObjected; may != want || err != nil {
					t.Errorf("MayProfile: %t, %v", may, err)
				}
			}
		})
	}
}

func TestConsentRecord(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			ctx := t.Context()
			book := open(t, e.open(t), nil)
			putCustomer(t, book, crm.Customer{ID: "ada"})
			c := until(granted("ada", day(3).Add(999)), day(400))
			c.Basis = crm.BasisConsent
			c.Proof = crm.Proof{TextVersion: "2025-01", Mechanism: "checkbox", Source: "checkout", IPHash: book.Consents.HashIP(netip.MustParseAddr("192.0.2.7")), Note: "at the till"}
			start := head(t, book)
			first := putConsent(t, book, c)
			want := c
			want.ID, want.OccurredAt, want.CreatedAt = first.ID, day(3), today
			got, err := book.Consents.Get(ctx, first.ID)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			wantEvents := []*crm.Event{{
				Kind: crm.ConsentChanged, CustomerID: "ada", Name: "marketing", Channel: viaEmail, OccurredAt: day(3), CreatedAt: today,
				Changes: []crm.Change{{Field: "state", To: "granted"}, {Field: "expires_at"}},
			}}
			if diff := cmp.Diff(wantEvents, since(t, book, start), facts); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}

			// The same again writes nothing, whatever else its proof says.
			at := head(t, book)
			c.Proof.Note = "another note"
			if diff := cmp.Diff(got, putConsent(t, book, c)); diff != "" {
				t.Errorf("again (-want +got):\n%s", diff)
			}
			if n := len(ledger(t, book, "ada")); n != 1 {
				t.Errorf("%d entries, want 1", n)
			}
			// What is late stands in the ledger and changes nothing.
			late := putConsent(t, book, withdrawn("ada", day(2)))
			if got := decide(t, book, "ada", viaEmail, crm.PurposeMarketing, time.Time{}); got != crm.ReasonGranted {
				t.Errorf("after a late entry: %s", got)
			}
			if list := since(t, book, at); list != nil {
				t.Errorf("events %v of what changes nothing", kinds(list))
			}
			var ids []crm.ConsentID
			for _, c := range ledger(t, book, "ada") {
				ids = append(ids, c.ID)
			}
			if diff := cmp.Diff([]crm.ConsentID{first.ID, late.ID}, ids); diff != "" {
				t.Errorf("history (-want +got):\n%s", diff)
			}
			// One event for each channel that it matters for.
			at = head(t, book)
			putConsent(t, book, stated("ada", crm.ConsentWithdrawn, crm.PurposeMarketing, "", day(9)))
			var told []string
			for _, e := range since(t, book, at) {
				told = append(told, fmt.Sprint(e.Channel, e.Changes))
			}
			if diff := cmp.Diff([]string{"[{state  withdrawn}]", "email[{state granted withdrawn} {expires_at  }]"}, told); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			list, err := book.Consents.List(ctx, "ada")
			if err != nil {
				t.Fatal(err)
			}
			held := crm.Permission{Purpose: "marketing", State: crm.ConsentWithdrawn, OccurredAt: day(9)}
			onEmail := held
			onEmail.Channel = viaEmail
			if diff := cmp.Diff([]crm.Permission{held, onEmail}, list, cmpopts.IgnoreFields(crm.Permission{}, "ConsentID")); diff != "" {
				t.Errorf("list (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConsentInvalid(t *testing.T) {
	book, _ := agreeable(t, "ada")
	ok := granted("ada", day(1))
	for _, tt := range []struct {
		name   string
		change func(*crm.Consent)
		want   string // the fields, and what masks personal ones
	}{
		{"everything", func(c *crm.Consent) { *c = crm.Consent{} }, "customer_id purpose state"},
		{"an address for an id", func(c *crm.Consent) { c.CustomerID = "ada@example.com" }, "customer_id"},
		{"an address for a purpose", func(c *crm.Consent) { c.Purpose = "ada@example.com" }, "purpose"},
		{"a long purpose", func(c *crm.Consent) { c.Purpose = crm.Purpose(strings.Repeat("a", 65)) }, "purpose"},
		{"a channel of words", func(c *crm.Consent) { c.Channel = "by e-mail" }, "channel"},
		{"marketing without a channel", func(c *crm.Consent) { c.Channel = "" }, "channel"},
		{"profiling with a channel", func(c *crm.Consent) { c.Purpose = crm.PurposeProfiling }, "channel"},
		{"state", func(c *crm.Consent) { c.State = "maybe" }, "state"},
		{"an address for a hash", func(c *crm.Consent) { c.Proof.IPHash = "192.0.2.7" }, "proof.ip_hash"},
		{"source", func(c *crm.Consent) { c.Proof.Source = "Ada's form" }, "proof.source"},
		{"texts", func(c *crm.Consent) { c.Proof.Note, c.Proof.TextVersion = strings.Repeat("ada", 2000), "\xff" }, "proof.text_version proof.note"},
		{"to come", func(c *crm.Consent) { c.OccurredAt = today.Add(2 * time.Minute) }, "occurred_at"},
		{"ends before it begins", func(c *crm.Consent) { c.ExpiresAt = day(1) }, "expires_at"},
		{"a withdrawal that ends", func(c *crm.Consent) { c.State, c.ExpiresAt = crm.ConsentWithdrawn, day(500) }, "expires_at"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := ok
			tt.change(&c)
			_, err := book.Consents.Record(t.Context(), c)
			invalid, is := errors.AsType[*crm.InvalidError](err)
			if !is {
				t.Fatalf("got %v", err)
			}
			var fields []string
			for _, f := range invalid.Fields {
				fields = append(fields, f.Field)
			}
			if got := strings.Join(fields, " "); got != tt.want {
				t.Errorf("fields %s, want %s", got, tt.want)
			}
			for _, word := range []string{"ada@", "192.0.2.7", "Ada", "adaada"} {
				if strings.Contains(err.Error(), word) {
					t.Errorf("the error tells %s: %v", word, err)
				}
			}
		})
	}
	if list := ledger(t, book, "ada"); len(list) > 0 {
		t.Errorf("%d entries of what is refused", len(list))
	}
	if _, err := crm.New(memstore.New(nil), &crm.Options{GPCPurposes: []crm.Purpose{"a b"}}); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("New: %v", err)
	}
}

func TestConsentOfNobody(t *testing.T) {
	ctx := t.Context()
	book := memory(t)
	for _, id := range []crm.CustomerID{"nobody", "ada@example.com", ""} {
		_, record := book.Consents.Record(ctx, granted("nobody", day(1)))
		_, get := book.Consents.Get(ctx, "con_1")
		may, send := book.Consents.MaySend(ctx, id, viaEmail, crm.PurposeTransactional, time.Time{})
		mayProfile, profile := book.Consents.MayProfile(ctx, id, time.Time{})
		_, decide := book.Consents.Decide(ctx, id, viaEmail, crm.PurposeMarketing, time.Time{})
		_, list := book.Consents.List(ctx, id)
		_, signal := book.Consents.Signal(ctx, id, "1")
		for verb, err := range map[string]error{"Record": record, "Get": get, "MaySend": send, "MayProfile": profile, "Decide": decide, "List": list, "Signal": signal} {
			if !errors.Is(err, crm.ErrNotFound) || strings.Contains(err.Error(), "ada@") {
				t.Errorf("%s of %q: %v", verb, id, err)
			}
		}
		if may || mayProfile {
			t.Errorf("%q may be sent to: %t, profiled: %t", id, may, mayProfile)
		}
	}
	// A visitor need not be known.
	visitor := book.Consents.Visitor("browser 1")
	if may, err := book.Consents.MayProfile(ctx, visitor, time.Time{}); !may || err != nil {
		t.Errorf("a visitor: %t, %v", may, err)
	}
	putConsent(t, book, stated(visitor, crm.ConsentDenied, crm.PurposeProfiling, "", day(1)))
	if may, err := book.Consents.MayProfile(ctx, visitor, time.Time{}); may || err != nil {
		t.Errorf("a visitor who objects: %t, %v", may, err)
	}
}

// TestConsentClocks dates entries by clocks that are not the book's.
func TestConsentClocks(t *testing.T) {
	book, now := agreeable(t, "ada")
	c := putConsent(t, book, granted("ada", today.Add(30*time.Second)))
	if !c.OccurredAt.Equal(today) {
		t.Errorf("dated %v, want %v", c.OccurredAt, today)
	}
	*now = today.Add(-20 * time.Second) // another process, whose clock is behind
	if _, err := book.Consents.Record(t.Context(), withdrawn("ada", time.Time{})); err != nil {
		t.Fatal(err)
	}
	if got := decide(t, book, "ada", viaEmail, crm.PurposeMarketing, today); got != crm.ReasonWithdrawn {
		t.Errorf("what is withdrawn now is %s", got)
	}
}

func TestConsentHistoryPages(t *testing.T) {
	book, _ := agreeable(t, "ada", "ben")
	var want []crm.ConsentID
	for n := range 7 {
		id := crm.CustomerID("ada")
		if n%2 == 1 {
			id = "ben"
		}
		want = append([]crm.ConsentID{putConsent(t, book, stated(id, crm.ConsentGranted, "club", viaEmail, day(n+1))).ID}, want...)
	}
	merge(t, book, "ben", "ada")
	var got []crm.ConsentID
	q := crm.ConsentQuery{CustomerID: "ben", Limit: 3}
	for pages := 1; ; pages++ {
		p, err := book.Consents.History(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Items {
			got = append(got, c.ID)
		}
		if q.After = p.Next; q.After == "" {
			if pages != 3 {
				t.Errorf("%d pages, want 3", pages)
			}
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p, err := book.Consents.History(t.Context(), crm.ConsentQuery{CustomerID: "ada", From: day(2), To: day(4)})
	if err != nil || len(p.Items) != 2 {
		t.Errorf("of two days: %d, %v", len(p.Items), err)
	}
	if _, err := book.Consents.History(t.Context(), crm.ConsentQuery{CustomerID: "ada", After: "x"}); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("a made-up page: %v", err)
	}
	p, err = book.Consents.History(t.Context(), crm.ConsentQuery{CustomerID: "ada", Limit: 1})
	if err != nil || p.Next == "" {
		t.Fatalf("a page of one: next %q, %v", p.Next, err)
	}
	if _, err := book.Consents.History(t.Context(), crm.ConsentQuery{CustomerID: "bob", After: p.Next}); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("a page of another customer's ledger: %v", err)
	}
}

func TestConsentLimit(t *testing.T) {
	book, _ := agreeable(t, "ada")
	err := book.Update(t.Context(), func(ctx context.Context, tx *crm.Tx) error {
		for i := range 200 {
			if _, err := tx.Consents.Record(ctx, stated("ada", crm.ConsentGranted, crm.Purpose(fmt.Sprint("p", i)), viaEmail, day(1))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Consents.Record(t.Context(), stated("ada", crm.ConsentGranted, "p200", viaEmail, day(1))); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("one more: %v", err)
	}
	putConsent(t, book, stated("ada", crm.ConsentWithdrawn, "p0", viaEmail, day(2)))
}

func TestSignal(t *testing.T) {
	ctx := t.Context()
	st := memstore.New(nil)
	book := open(t, st, nil)
	strict, err := crm.New(st, &crm.Options{GPCPurposes: []crm.Purpose{crm.PurposeProfiling, crm.PurposeSaleSharing}, Now: func() time.Time { return today }})
	if err != nil {
		t.Fatal(err)
	}
	visitor := book.Consents.Visitor("browser")
	signal := func(book *crm.Book, header string) (list []string) {
		t.Helper()
		recorded, err := book.Consents.Signal(ctx, visitor, header)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range recorded {
			list = append(list, fmt.Sprint(c.Purpose, " ", c.State, " ", c.Proof.Mechanism))
		}
		return list
	}
	for _, header := range []string{"", "0", "true", "11"} {
		if got := signal(book, header); got != nil {
			t.Errorf("header %q says %v", header, got)
		}
	}
	if diff := cmp.Diff([]string{"sale_sharing denied gpc"}, signal(book, " 1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	at := head(t, book)
	if got := signal(book, "1"); got != nil || head(t, book) != at {
		t.Errorf("again: %v", got)
	}
	if diff := cmp.Diff([]string{"profiling denied gpc"}, signal(strict, "1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	signal(book, "") // absence says nothing
	if got := decide(t, book, visitor, "", crm.PurposeSaleSharing, time.Time{}); got != crm.ReasonDenied {
		t.Errorf("sale is %s", got)
	}
	if may, err := book.Consents.MayProfile(ctx, visitor, time.Time{}); may || err != nil {
		t.Errorf("profiling: %t, %v", may, err)
	}
	if err := book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		list, err := tx.Consents.Signal(ctx, visitor, "1")
		if len(list) > 0 {
			t.Errorf("in a transaction: %v", list)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestHashIP(t *testing.T) {
	st := memstore.New(nil)
	book := open(t, st, nil)
	four, six := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::7")
	h := book.Consents.HashIP(four)
	if len(h) != 32 || h == book.Consents.HashIP(six) || h != book.Consents.HashIP(netip.MustParseAddr("::ffff:192.0.2.7")) {
		t.Errorf("hash %s of %s", h, four)
	}
	if h != open(t, st, nil).Consents.HashIP(four) {
		t.Error("the book opened again hashes otherwise")
	}
	if h == memory(t).Consents.HashIP(four) {
		t.Error("another book hashes the same")
	}
}

// TestConsentTables finds no personal data of a consent but in its fields.
func TestConsentTables(t *testing.T) {
	book, _ := agreeable(t, "ada")
	c := granted("ada", day(1))
	c.Proof = crm.Proof{Note: "told Grace by phone", IPHash: "abcdef0123456789"}
	putConsent(t, book, c)
	err := book.View(t.Context(), func(_ context.Context, tx *crm.Tx) error {
		for _, name := range []string{"crm.consents", "crm.permissions"} {
			n := 0
			for text, err := range crm.Inspect(tx.Store(), crm.InspectQuery{Table: name}) {
				if err != nil {
					return err
				}
				n++
				for _, word := range []string{"Grace", "abcdef"} {
					if strings.Contains(string(text), word) {
						t.Errorf("%s shows %s: %s", name, word, text)
					}
				}
			}
			if n != 1 {
				t.Errorf("%s has %d records, want 1", name, n)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for e := range book.Store().Feed(t.Context(), store.Cursor{}) {
		if strings.Contains(string(e.Payload), "Grace") {
			t.Error("an event tells the note")
		}
	}
}

// TestImportLoosensNothing imports consents over what customers said here.
func TestImportLoosensNothing(t *testing.T) {
	for _, tt := range []struct {
		name     string
		held     []crm.Consent // recorded before
		imported []crm.Consent
		channel  crm.Channel // "" is e-mail
		want     crm.DecisionReason
		ignored  int
	}{
		{"where nothing is recorded", nil, []crm.Consent{granted("ada", day(3))}, "", crm.ReasonGranted, 0},
		{"a grant of a withdrawal", []crm.Consent{withdrawn("ada", day(2))}, []crm.Consent{granted("ada", day(3))}, "", crm.ReasonWithdrawn, 1},
		{"a grant of a denial", []crm.Consent{stated("ada", crm.ConsentDenied, crm.PurposeMarketing, viaEmail, day(2))}, []crm.Consent{granted("ada", day(3))}, "", crm.ReasonDenied, 1},
		{"a grant of a withdrawal on every channel", []crm.Consent{stated("ada", crm.ConsentWithdrawn, crm.PurposeMarketing, "", day(2))}, []crm.Consent{granted("ada", day(3))}, "", crm.ReasonWithdrawn, 1},
		{"a grant of a request", []crm.Consent{stated("ada", crm.ConsentPending, crm.PurposeMarketing, viaEmail, day(2))}, []crm.Consent{granted("ada", day(3))}, "", crm.ReasonPending, 1},
		{"a request of a withdrawal", []crm.Consent{withdrawn("ada", day(2))}, []crm.Consent{stated("ada", crm.ConsentPending, crm.PurposeMarketing, viaEmail, day(3))}, "", crm.ReasonWithdrawn, 1},
		{"an older grant is history", []crm.Consent{withdrawn("ada", day(4))}, []crm.Consent{granted("ada", day(3))}, "", crm.ReasonWithdrawn, 0},
		{"a withdrawal of a grant", []crm.Consent{granted("ada", day(2))}, []crm.Consent{withdrawn("ada", day(3))}, "", crm.ReasonWithdrawn, 0},
		{"an older withdrawal is history", []crm.Consent{granted("ada", day(4))}, []crm.Consent{withdrawn("ada", day(3))}, "", crm.ReasonGranted, 0},
		{"a grant for longer", []crm.Consent{until(granted("ada", day(2)), day(9))}, []crm.Consent{granted("ada", day(3))}, "", crm.ReasonExpired, 1},
		{"a grant for shorter", []crm.Consent{granted("ada", day(2))}, []crm.Consent{until(granted("ada", day(3)), day(9))}, "", crm.ReasonExpired, 0},
		{"another channel", []crm.Consent{withdrawn("ada", day(2))}, []crm.Consent{stated("ada", crm.ConsentGranted, crm.PurposeMarketing, viaSMS, day(3))}, viaSMS, crm.ReasonGranted, 0},
		{"of a merged id", []crm.Consent{withdrawn("ben", day(2))}, []crm.Consent{granted("ada", day(299).Add(23*time.Hour))}, "", crm.ReasonWithdrawn, 1},
		{"its own withdrawal", nil, []crm.Consent{withdrawn("ada", day(2)), granted("ada", day(3))}, "", crm.ReasonWithdrawn, 1},
		{"a grant without a time", nil, []crm.Consent{granted("ada", time.Time{})}, "", crm.ReasonGranted, 0},
		{"a grant without a time, of a withdrawal", []crm.Consent{withdrawn("ada", day(2))}, []crm.Consent{granted("ada", time.Time{})}, "", crm.ReasonWithdrawn, 0},
		{"a withdrawal without a time", []crm.Consent{granted("ada", day(2))}, []crm.Consent{withdrawn("ada", time.Time{})}, "", crm.ReasonWithdrawn, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book, now := agreeable(t, "ada", "ben")
			merge(t, book, "ben", "ada")
			for _, c := range tt.held {
				putConsent(t, book, c)
			}
			records := func(yield func(crm.Record, error) bool) {
				yield(crm.Record{Customer: &crm.Customer{ID: "ada"}, Consents: tt.imported}, nil)
			}
			var warnings []string
			opts := &crm.ImportOptions{
				Warn:   func(_ crm.Record, text string) { warnings = append(warnings, text) },
				Reject: func(_ crm.Record, err error) { t.Error(err) },
			}
			report, err := book.Import(t.Context(), records, opts)
			if err != nil {
				t.Fatal(err)
			}
			if report.Consents != (crm.ImportCount{Created: int64(len(tt.imported))}) {
				t.Errorf("report %+v", report.Consents)
			}
			ignored := 0
			for _, c := range ledger(t, book, "ada") {
				if c.Ignored {
					ignored++
					if len(warnings) != 1 || !strings.Contains(warnings[0], string(c.ID)) {
						t.Errorf("warned of %v, want of %s", warnings, c.ID)
					}
				}
			}
			if ignored != tt.ignored || len(warnings) != tt.ignored {
				t.Errorf("%d ignored and %d warnings, want %d", ignored, len(warnings), tt.ignored)
			}
			channel := tt.channel
			if channel == "" {
				channel = viaEmail
			}
			*now = today.Add(time.Hour)
			if got := decide(t, book, "ada", channel, crm.PurposeMarketing, time.Time{}); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			// The same file again writes nothing.
			before := inspected(t, book, "crm.consents")
			if report, err = book.Import(t.Context(), records, opts); err != nil {
				t.Fatal(err)
			}
			if report.Consents != (crm.ImportCount{Unchanged: int64(len(tt.imported))}) {
				t.Errorf("again: %+v", report.Consents)
			}
			if diff := cmp.Diff(before, inspected(t, book, "crm.consents")); diff != "" {
				t.Errorf("again (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIgnoredThenSaid records what an import could not, as the customer says so.
func TestIgnoredThenSaid(t *testing.T) {
	book, _ := agreeable(t, "ada")
	putConsent(t, book, withdrawn("ada", day(2)))
	c := granted("ada", day(3))
	var rejected []string
	if _, err := book.Import(t.Context(), func(yield func(crm.Record, error) bool) {
		_ = yield(crm.Record{Consents: []crm.Consent{c}}, nil) && yield(crm.Record{Consents: []crm.Consent{{State: "x"}}}, nil) && yield(crm.Record{}, nil)
	}, &crm.ImportOptions{Reject: func(_ crm.Record, err error) { rejected = append(rejected, err.Error()) }}); err != nil {
		t.Fatal(err)
	}
	if len(rejected) != 2 || !strings.Contains(rejected[0], "consents[0].customer_id") {
		t.Errorf("rejected %v", rejected)
	}
	at := head(t, book)
	stored := putConsent(t, book, c)
	if stored.Ignored || stored.Backfill || len(since(t, book, at)) != 1 {
		t.Errorf("recorded %+v", stored)
	}
	if got := decide(t, book, "ada", viaEmail, crm.PurposeMarketing, time.Time{}); got != crm.ReasonGranted {
		t.Errorf("it is %s", got)
	}
	if n := len(ledger(t, book, "ada")); n != 2 {
		t.Errorf("%d entries, want 2", n)
	}
}

// TestWithdrawnOnceMore imports a withdrawal, which the customer takes back here,
// again: every night, from a source that tells no time.
func TestWithdrawnOnceMore(t *testing.T) {
	book, now := agreeable(t, "ada")
	rec := crm.Record{Consents: []crm.Consent{withdrawn("ada", time.Time{})}}
	load(t, book, rec)
	*now = today.Add(time.Hour)
	putConsent(t, book, granted("ada", *now))
	*now = today.Add(24 * time.Hour)
	if got := load(t, book, rec).Consents; got != (crm.ImportCount{Unchanged: 1}) {
		t.Errorf("again: %+v", got)
	}
	if got := decide(t, book, "ada", viaEmail, crm.PurposeMarketing, time.Time{}); got != crm.ReasonGranted {
		t.Errorf("it is %s", got)
	}
}

// TestListShowsWhatHolds lists an objection that a grant had suspended.
func TestListShowsWhatHolds(t *testing.T) {
	book, _ := agreeable(t, "ada")
	objection := putConsent(t, book, stated("ada", crm.ConsentDenied, crm.PurposeProfiling, "", day(1)))
	putConsent(t, book, until(stated("ada", crm.ConsentGranted, crm.PurposeProfiling, "", day(2)), day(9)))
	putConsent(t, book, stated("ada", crm.ConsentPending, crm.PurposeSaleSharing, "", day(2)))
	list, err := book.Consents.List(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	want := []crm.Permission{{Purpose: crm.PurposeProfiling, State: crm.ConsentDenied, OccurredAt: day(1), ConsentID: objection.ID}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestConsentTells tells of entries by which something else is listed, though
// they do not hold, or say what held already.
func TestConsentTells(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first []crm.Consent
		then  crm.Consent
		want  []crm.Change // of the channel of then
	}{
		{"what a grant that has ended had covered",
			[]crm.Consent{until(stated("ada", crm.ConsentGranted, crm.PurposeTransactional, viaEmail, day(5)), day(6))},
			stated("ada", crm.ConsentWithdrawn, crm.PurposeTransactional, viaEmail, day(3)),
			[]crm.Change{{Field: "state", From: "granted", To: "withdrawn"}, {Field: "expires_at"}}},
		{"a channel of which nothing was recorded",
			[]crm.Consent{stated("ada", crm.ConsentDenied, crm.PurposeAnalytics, "", day(5))},
			stated("ada", crm.ConsentDenied, crm.PurposeAnalytics, crm.ChannelStore, day(6)),
			[]crm.Change{{Field: "state", From: "denied", To: "denied"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book, _ := agreeable(t, "ada")
			for _, c := range tt.first {
				putConsent(t, book, c)
			}
			at := head(t, book)
			putConsent(t, book, tt.then)
			want := []*crm.Event{{
				Kind: crm.ConsentChanged, CustomerID: "ada", Name: string(tt.then.Purpose), Channel: tt.then.Channel, Changes: tt.want,
			}}
			if diff := cmp.Diff(want, since(t, book, at), facts, cmpopts.IgnoreFields(crm.Event{}, "OccurredAt", "CreatedAt")); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

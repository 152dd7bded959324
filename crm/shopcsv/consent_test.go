package shopcsv_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// known imports a file of which nothing may be rejected.
func known(t *testing.T, b *crm.Book, text string, f shopcsv.Format, opts shopcsv.Options) *crm.ImportReport {
	t.Helper()
	report, rows := fill(t, b, strings.NewReader(text), f, opts)
	if rows.Rejected > 0 {
		t.Fatalf("rows %+v", rows)
	}
	return report
}

func decide(t *testing.T, b *crm.Book, email string, channel crm.Channel) *crm.Decision {
	t.Helper()
	c, err := b.Customers.ByEmail(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Consents.Decide(t.Context(), c.ID, channel, crm.PurposeMarketing, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// shopify is an export with one customer.
func shopify(email, sms string) string {
	return "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Accepts SMS Marketing,Total Spent\n" +
		"'1,Ann,Dyke,ann@example.com," + email + "," + sms + ",0.00\n"
}

// TestConsentsInTurn imports what exports say one after the other.
func TestConsentsInTurn(t *testing.T) {
	signUp := "sign up" // in the shop, beside the files
	list := "Email Address,Status,LAST_CHANGED\nann@example.com,"
	for _, c := range []struct {
		name  string
		steps []string
		want  crm.DecisionReason
	}{
		{"yes", []string{shopify("yes", "")}, crm.ReasonGranted},
		{"blank", []string{shopify("", "")}, crm.ReasonNoConsent},
		{"no of one who was never asked", []string{shopify("no", "no")}, crm.ReasonNoConsent},
		{"no, then a sign-up", []string{shopify("no", "no"), signUp}, crm.ReasonGranted},
		{"no, then yes", []string{shopify("no", "no"), shopify("yes", "")}, crm.ReasonGranted},
		{"yes, then no", []string{shopify("yes", ""), shopify("no", "")}, crm.ReasonWithdrawn},
		{"yes, then blank", []string{shopify("yes", ""), shopify("", "")}, crm.ReasonGranted},
		{"yes, then no twice", []string{shopify("yes", ""), shopify("no", ""), shopify("no", "")}, crm.ReasonWithdrawn},
		{"yes, no, yes", []string{shopify("yes", ""), shopify("no", ""), shopify("yes", "")}, crm.ReasonWithdrawn},
		{"yes, no, a sign-up, no", []string{shopify("yes", ""), shopify("no", ""), signUp, shopify("no", "")}, crm.ReasonGranted},
		{"a sign-up, then no", []string{signUp, shopify("no", "")}, crm.ReasonGranted},
		{"yes, then no of a list", []string{shopify("yes", ""), list + "non-subscribed,\n"}, crm.ReasonGranted},
		{"yes, then unsubscribed from a list", []string{shopify("yes", ""), list + "unsubscribed,2024-05-01 10:00:00\n"}, crm.ReasonWithdrawn},
		{"unsubscribed from a list, then yes", []string{list + "unsubscribed,2024-05-01 10:00:00\n", shopify("yes", "")}, crm.ReasonWithdrawn},
		{"unsubscribed at no time", []string{shopify("yes", ""), list + "unsubscribed,\n"}, crm.ReasonWithdrawn},
		{"cleaned", []string{shopify("yes", ""), list + "cleaned,2024-05-01 10:00:00\n"}, crm.ReasonWithdrawn},
		{"cleaned at no time", []string{shopify("yes", ""), list + "cleaned,\n"}, crm.ReasonWithdrawn},
		{"cleaned, then subscribed to a list", []string{list + "cleaned,2024-05-01 10:00:00\n", "Email,Email Marketing Consent,Email Marketing Consent Timestamp\nann@example.com,SUBSCRIBED,2024-06-01 10:00:00\n"}, crm.ReasonWithdrawn},
		{"cleaned, then a sign-up", []string{list + "cleaned,2024-05-01 10:00:00\n", signUp}, crm.ReasonGranted},
		{"pending", []string{list + "pending,\n"}, crm.ReasonPending},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := listed
			b, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR", Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range c.steps {
				now = now.Add(time.Hour)
				if step != signUp {
					known(t, b, step, shopcsv.Any, shopcsv.Options{})
					continue
				}
				ann, err := b.Customers.ByEmail(t.Context(), "ann@example.com")
				if err != nil {
					ann, err = b.Customers.Create(t.Context(), crm.Customer{Email: "ann@example.com"})
				}
				if err != nil {
					t.Fatal(err)
				}
				if _, err := b.Consents.Record(t.Context(), crm.Consent{
					CustomerID: ann.ID, Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted,
					Proof: crm.Proof{Source: "form"},
				}); err != nil {
					t.Fatal(err)
				}
			}
			if d := decide(t, b, "ann@example.com", crm.ChannelEmail); d.Reason != c.want {
				t.Errorf("got %s, want %s", d.Reason, c.want)
			}
		})
	}
}

// TestAsOf dates what an export says by when it was written.
func TestAsOf(t *testing.T) {
	b := book(t, "EUR")
	later := listed.AddDate(0, 1, 0)
	known(t, b, shopify("yes", "yes"), shopcsv.Shopify, shopcsv.Options{AsOf: later})
	if d := decide(t, b, "ann@example.com", crm.ChannelSMS); !d.Allowed || !d.Consent.OccurredAt.Equal(later) || d.Consent.Proof.Source != "shopify" {
		t.Errorf("granted by %+v", d.Consent)
	}
	known(t, b, shopify("no", "no"), shopcsv.Shopify, shopcsv.Options{AsOf: listed}) // an older file
	if d := decide(t, b, "ann@example.com", crm.ChannelSMS); !d.Allowed {
		t.Errorf("an older file takes it back: %+v", d.Consent)
	}
	known(t, b, shopify("", "no"), shopcsv.Shopify, shopcsv.Options{AsOf: later.AddDate(0, 1, 0)})
	if d := decide(t, b, "ann@example.com", crm.ChannelSMS); d.Allowed || !d.Consent.OccurredAt.Equal(later.AddDate(0, 1, 0)) {
		t.Errorf("withdrawn by %+v", d.Consent)
	}
	if d := decide(t, b, "ann@example.com", crm.ChannelEmail); !d.Allowed {
		t.Errorf("a blank cell takes it back: %+v", d.Consent)
	}
}

func TestOrderConsents(t *testing.T) {
	text := "Name,Email,Currency,Total,Created at,Accepts Marketing,Lineitem quantity,Lineitem name,Lineitem price\n" +
		"#1,ann@example.com,EUR,5.00,2024-01-02 10:00:00 +0000,yes,1,Mug,5.00\n" +
		"#2,bob@example.com,EUR,5.00,2024-01-03 10:00:00 +0000,no,1,Mug,5.00\n"
	b := book(t, "EUR")
	if n := known(t, b, text, shopcsv.Shopify, shopcsv.Options{}).Consents; n != (crm.ImportCount{}) {
		t.Errorf("without the option: %+v", n)
	}
	if n := known(t, b, text, shopcsv.Shopify, shopcsv.Options{OrderConsents: true}).Consents; n != (crm.ImportCount{Created: 1}) {
		t.Errorf("with the option: %+v", n)
	}
	d := decide(t, b, "ann@example.com", crm.ChannelEmail)
	if want := time.Date(2024, 1, 2, 10, 0, 0, 0, time.UTC); !d.Allowed || !d.Consent.OccurredAt.Equal(want) {
		t.Errorf("decided by %+v", d.Consent)
	}
	if d := decide(t, b, "bob@example.com", crm.ChannelEmail); d.Reason != crm.ReasonNoConsent {
		t.Errorf("who did not agree when ordering: %s", d.Reason)
	}
}

// TestHashIP keeps no address.
func TestHashIP(t *testing.T) {
	text := "Email Address,Status,OPTIN_TIME,OPTIN_IP\nann@example.com,subscribed,2024-01-02 10:00:00,192.0.2.7\nbob@example.com,subscribed,2024-01-02 10:00:00,somewhere\n"
	b := book(t, "EUR")
	known(t, b, text, shopcsv.Mailchimp, shopcsv.Options{HashIP: b.Consents.HashIP})
	got := []string{decide(t, b, "ann@example.com", crm.ChannelEmail).Consent.Proof.IPHash, decide(t, b, "bob@example.com", crm.ChannelEmail).Consent.Proof.IPHash}
	want := []string{b.Consents.HashIP(netip.MustParseAddr("192.0.2.7")), ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestListStatus reads a file that does not tell who is subscribed.
func TestListStatus(t *testing.T) {
	text := "Email Address,OPTIN_TIME\nann@example.com,2024-01-02 10:00:00\n"
	for status, want := range map[string]crm.DecisionReason{
		"": crm.ReasonNoConsent, "subscribed": crm.ReasonGranted, "Unsubscribed": crm.ReasonWithdrawn, "non-subscribed": crm.ReasonNoConsent,
	} {
		b := book(t, "EUR")
		known(t, b, text, shopcsv.Mailchimp, shopcsv.Options{ListStatus: status})
		if got := decide(t, b, "ann@example.com", crm.ChannelEmail).Reason; got != want {
			t.Errorf("%q: got %s, want %s", status, got, want)
		}
	}
	r, err := shopcsv.NewReader(strings.NewReader(text), shopcsv.Any, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"consents are left out: the file does not tell who is subscribed, so Options.ListStatus has to"}
	if diff := cmp.Diff(want, r.Warnings()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

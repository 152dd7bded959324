package crm_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

// TestLapse imports that a source does not know of a consent.
func TestLapse(t *testing.T) {
	from := func(source string, c crm.Consent) crm.Consent { c.Proof.Source = source; return c }
	no := func(source string, at time.Time) crm.Consent {
		return from(source, stated("ada", "", crm.PurposeMarketing, viaEmail, at))
	}
	for _, tt := range []struct {
		name    string
		held    []crm.Consent
		no      crm.Consent
		want    crm.DecisionReason
		created int64
		at      time.Time // of what decides; zero is not asked
	}{
		{"of nothing", nil, no("shop", time.Time{}), crm.ReasonNoConsent, 0, time.Time{}},
		{"of its own grant", []crm.Consent{from("shop", granted("ada", day(2)))}, no("shop", day(3)), crm.ReasonWithdrawn, 1, day(3)},
		{"without a time", []crm.Consent{from("shop", granted("ada", day(2)))}, no("shop", time.Time{}), crm.ReasonWithdrawn, 1, today},
		{"at the time of the grant", []crm.Consent{from("shop", granted("ada", day(2)))}, no("shop", day(2)), crm.ReasonWithdrawn, 1, day(2)},
		{"before its grant", []crm.Consent{from("shop", granted("ada", day(4)))}, no("shop", day(3)), crm.ReasonGranted, 0, day(4)},
		{"of another's grant", []crm.Consent{from("form", granted("ada", day(2)))}, no("shop", time.Time{}), crm.ReasonGranted, 0, day(2)},
		{"of another's later grant", []crm.Consent{from("shop", granted("ada", day(2))), from("form", granted("ada", day(3)))}, no("shop", time.Time{}), crm.ReasonGranted, 0, day(3)},
		{"of a request", []crm.Consent{from("shop", stated("ada", crm.ConsentPending, crm.PurposeMarketing, viaEmail, day(2)))}, no("shop", time.Time{}), crm.ReasonPending, 0, day(2)},
		{"of a withdrawal", []crm.Consent{from("shop", withdrawn("ada", day(2)))}, no("shop", time.Time{}), crm.ReasonWithdrawn, 0, day(2)},
		{"on another channel", []crm.Consent{from("shop", stated("ada", crm.ConsentGranted, crm.PurposeMarketing, viaSMS, day(2)))}, no("shop", time.Time{}), crm.ReasonNoConsent, 0, time.Time{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book, _ := agreeable(t, "ada")
			for _, c := range tt.held {
				putConsent(t, book, c)
			}
			rec := crm.Record{Customer: &crm.Customer{ID: "ada"}, Consents: []crm.Consent{tt.no}}
			rec.Consents[0].CustomerID = ""
			for i, want := range []crm.ImportCount{{Created: tt.created, Unchanged: 1 - tt.created}, {Unchanged: 1}} {
				if got := load(t, book, rec).Consents; got != want {
					t.Errorf("import %d: %+v, want %+v", i, got, want)
				}
			}
			d, err := book.Consents.Decide(t.Context(), "ada", viaEmail, crm.PurposeMarketing, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if d.Reason != tt.want {
				t.Errorf("got %s, want %s", d.Reason, tt.want)
			}
			if !tt.at.IsZero() && !d.Consent.OccurredAt.Equal(tt.at) {
				t.Errorf("decided by %v, want by that of %v", d.Consent.OccurredAt, tt.at)
			}
		})
	}
}

// TestLapseRefused imports what cannot be of anybody.
func TestLapseRefused(t *testing.T) {
	book, _ := agreeable(t, "ada")
	var got []string
	_, err := book.Import(t.Context(), func(yield func(crm.Record, error) bool) {
		for _, c := range []crm.Consent{
			{CustomerID: "ada"},
			{CustomerID: "nobody", Purpose: crm.PurposeMarketing, Channel: viaEmail},
			{CustomerID: "ada", Purpose: crm.PurposeMarketing, Channel: viaEmail, OccurredAt: today.Add(time.Hour)},
		} {
			if !yield(crm.Record{Consents: []crm.Consent{c}}, nil) {
				return
			}
		}
	}, &crm.ImportOptions{Reject: func(_ crm.Record, err error) { got = append(got, err.Error()) }})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`invalid: consents[0].purpose (0 characters): want 1 to 120 printable bytes without spaces and @`,
		`consents[0]: customer nobody: not found`,
		`invalid: consents[0].occurred_at "2025-10-27T13:00:00Z": want a time that is not to come`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestImportErased imports consents of one who was erased: they are left out.
func TestImportErased(t *testing.T) {
	book := memory(t)
	rec := crm.Record{Customer: &crm.Customer{Refs: []crm.Ref{ref("1")}, Email: "ada@example.com"}, Consents: []crm.Consent{
		{Channel: viaEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, Proof: crm.Proof{Source: "shop"}},
		{Channel: viaSMS, Purpose: crm.PurposeMarketing, Proof: crm.Proof{Source: "shop"}},
	}}
	load(t, book, rec)
	c, err := book.Customers.ByRef(t.Context(), ref("1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Privacy.Erase(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	before := inspected(t, book, "crm.consents")
	report := load(t, book, rec)
	if report.Rejected != 0 || report.Warnings != 3 || report.Consents != (crm.ImportCount{Unchanged: 2}) {
		t.Errorf("report %+v", report)
	}
	if diff := cmp.Diff(before, inspected(t, book, "crm.consents")); diff != "" {
		t.Errorf("consents (-want +got):\n%s", diff)
	}
}

package crm_test

import (
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

func TestE164(t *testing.T) {
	books := map[string]*crm.Book{}
	for _, region := range []string{"", "DE"} {
		book, err := crm.New(memstore.New(nil), &crm.Options{Identities: &crm.IdentityRules{Region: region}})
		if err != nil {
			t.Fatal(err)
		}
		books[region] = book
	}
	for _, tc := range []struct {
		name, number, country, region string
		want                          string // "" is not ok
	}{
		{"of the country", "020 7946 0123", "GB", "DE", "+442079460123"},
		{"of the book's region", "030 901820", "", "DE", "+4930901820"},
		{"of the region, as the country is not known", "030 901820", "Narnia", "DE", "+4930901820"},
		{"of nowhere", "030 901820", "", "", ""},
		{"international", "+44 20 7946 0123", "", "", "+442079460123"},
		{"international, of another country", "0044 20 7946 0123", "DE", "", "+442079460123"},
		{"of a country that is not known", "+500 12345", "", "", "+50012345"},
		{"too short for the country", "030 1", "DE", "", ""},
		{"too long for the country", "+33 1 23 45 67 89 01", "", "", ""},
		{"too short for any", "+500 12", "", "", ""},
		{"words", "call me", "DE", "", ""},
		{"nothing", "", "DE", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := books[tc.region].Identities.E164(tc.number, tc.country)
			if got != tc.want || ok != (tc.want != "") {
				t.Errorf("E164(%q, %q) = %q, %t, want %q", tc.number, tc.country, got, ok, tc.want)
			}
		})
	}
}

func TestIsBlocked(t *testing.T) {
	book, err := crm.New(memstore.New(nil), &crm.Options{Identities: &crm.IdentityRules{Blocked: []string{"tbd"}, Unblocked: []string{"guest"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		kind  crm.IdentityKind
		value string
		want  bool
	}{
		{crm.IdentityEmail, "ada@shop.test", false},
		{crm.IdentityEmail, "NoReply@shop.test", true},
		{crm.IdentityEmail, "ada@example.com", true},
		{crm.IdentityEmail, "n/a", true}, // which is no address either
		{crm.IdentityPhone, "0000 000", true},
		{crm.IdentityPhone, "030 901820", false},
		{"name", "Unknown", true},
		{"name", "TBD", true},
		{"name", "guest", false},
		{"name", "Ada", false},
	} {
		if got := book.Identities.Blocked(crm.Identity{Kind: tc.kind, Value: tc.value}); got != tc.want {
			t.Errorf("Blocked(%s %q) = %t, want %t", tc.kind, tc.value, got, tc.want)
		}
	}
}

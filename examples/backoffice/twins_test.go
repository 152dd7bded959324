package main

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
)

// The page of duplicates tells nobody to look at from nothing looked at yet.
func TestDuplicatesOfNobody(t *testing.T) {
	book := crmtest.New(t)
	if _, err := book.Customers.Create(t.Context(), crm.Customer{GivenName: "Ada"}); err != nil {
		t.Fatal(err)
	}
	o, err := newOffice(book, &officeOptions{zone: time.UTC, now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(o)
	defer server.Close()
	d := &desk{office: o, url: server.URL, client: server.Client()}
	const unknown, none, searched = "has not been searched yet", "Nobody is waiting", "was last searched"
	if body := d.get(t, "/duplicates").body; !strings.Contains(body, unknown) || strings.Contains(body, none) || strings.Contains(body, searched) {
		t.Errorf("before the first search:\n%s", body)
	}
	if _, err := d.twins.finder.Find(t.Context()); err != nil {
		t.Fatal(err)
	}
	if body := d.get(t, "/duplicates").body; strings.Contains(body, unknown) || !strings.Contains(body, none) || !strings.Contains(body, searched) {
		t.Errorf("after it:\n%s", body)
	}
}

// Two who are as alike as can be, and no more than possible, are shown with why.
func TestDuplicatesInConflict(t *testing.T) {
	book := crmtest.New(t)
	for _, birthday := range []string{"1971-03-09", "", "1984-11-26"} {
		if _, err := book.Customers.Create(t.Context(), crm.Customer{
			GivenName: "Ottoline", FamilyName: "Featherstone", Phone: "+44 113 496 0101", Birthday: birthday,
			Addresses: []crm.Address{{Line1: "4 Quarry Hill", Postcode: "YO1 7AB", City: "York"}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	o, err := newOffice(book, &officeOptions{zone: time.UTC, now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(o)
	defer server.Close()
	d := &desk{office: o, url: server.URL, client: server.Client()}
	if _, err := d.twins.finder.Find(t.Context()); err != nil {
		t.Fatal(err)
	}
	pairs := strings.Split(d.get(t, "/duplicates").body, `<li class="card">`)[1:]
	for i, p := range pairs {
		if told := strings.Contains(p, "have different birthdays"); told != (i > 0) {
			t.Errorf("pair %d of %d tells of the birthdays: %v", i+1, len(pairs), told)
		}
	}
	if len(pairs) < 2 {
		t.Errorf("%d pairs are shown, want 2 at least", len(pairs))
	}
}

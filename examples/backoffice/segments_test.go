package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/segment"
)

// rows returns the texts of the rows of tables, cell by cell.
func rows(n *node) [][]string {
	var list [][]string
	for _, tr := range n.all("tr") {
		var cells []string
		for _, k := range tr.kids {
			cells = append(cells, plain(k.text))
		}
		list = append(list, cells)
	}
	return list
}

// The list counts what the catalog counts, and a preset is taken over by one
// click.
func TestSegments(t *testing.T) {
	d := sit(t, shop(t, 120))
	ctx := t.Context()
	got := map[string]string{}
	for _, row := range rows(parse(t, d.get(t, "/segments").body))[1:] {
		got[row[0]] = row[2]
	}
	want := map[string]string{}
	for s, err := range d.roster.List(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		n, err := d.roster.Count(ctx, s.ID)
		if err != nil {
			t.Fatal(err)
		}
		want[s.Name] = count(n)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) != len(segment.Presets())-len(untaken)+1 {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	take := form(t, parse(t, d.get(t, "/segments").body), "/segments/preset", url.Values{"id": {"discount_only"}})
	if a := d.post(t, "/segments/preset", take); a.path != "/segments/discount_only?done=taken" || !strings.Contains(a.body, "is yours now") {
		t.Errorf("a preset that is taken over leads to %s, status %d", a.path, a.status)
	}
	if a := d.post(t, "/segments/preset", take); a.status != 409 {
		t.Errorf("taken over twice: status %d, want 409", a.status)
	}
	if a := d.post(t, "/segments/preset", url.Values{"id": {"nothing"}}); a.status != 400 {
		t.Errorf("a preset that there is not: status %d, want 400", a.status)
	}
	if strings.Contains(d.get(t, "/segments").body, "Take it over<span class=\"unseen\">: Discount-only buyers") {
		t.Error("it can be taken over still")
	}
}

// The pages of members show everybody who is in, each once, in the order of the
// catalog.
func TestMembers(t *testing.T) {
	d := sit(t, shop(t, 400))
	var want, got []string
	for id, err := range d.roster.Catalog.Members(t.Context(), "repeat_buyers") {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, customerPath(id))
	}
	pages := 0
	for path := "/segments/repeat_buyers"; path != "" && pages < 100; pages++ {
		page := parse(t, d.get(t, path).body)
		path = ""
		for _, n := range page.all("a") {
			switch href := n.attr["href"]; {
			case n.attr["rel"] == "next":
				path = strings.TrimSuffix(href, "#members")
			case n.within("table") && strings.HasPrefix(href, "/customers/") && !strings.HasSuffix(href, "/segments"):
				got = append(got, href)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || pages != (len(want)+membersOnPage-1)/membersOnPage || pages < 3 {
		t.Errorf("members on %d pages (-want +got):\n%s", pages, diff)
	}
}

// A customer's page names their segments, and another page says why, and why not
// others.
func TestStanding(t *testing.T) {
	book := shop(t, 60)
	d := sit(t, book)
	ada := ref(t, book, "ada")
	in, err := d.roster.Of(t.Context(), ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	page, why := parse(t, d.get(t, customerPath(ada.ID)).body), parse(t, d.get(t, customerPath(ada.ID)+"/segments").body)
	var names, linked []string
	for _, s := range in {
		names = append(names, s.Name)
	}
	for _, n := range page.all("a") {
		if strings.HasPrefix(n.attr["href"], "/segments/") {
			linked = append(linked, n.text)
		}
	}
	if diff := cmp.Diff(names, linked); diff != "" || len(names) == 0 {
		t.Errorf("segments on the page (-want +got):\n%s", diff)
	}
	for _, s := range why.all("section") {
		verdict := map[string]string{"in": "yes", "out": "no"}[s.attr["aria-labelledby"]]
		for _, a := range s.all("article") {
			name := a.all("h3")[0].text
			if said := a.all("span")[0].text; said != verdict || slices.Contains(names, name) != (verdict == "yes") {
				t.Errorf("%s among %s: %s", name, s.attr["aria-labelledby"], said)
			}
		}
	}
	if n := len(why.all("article")); n != len(segment.Presets())-len(untaken)+1 {
		t.Errorf("%d segments are explained", n)
	}
	if !strings.Contains(plain(why.text), "segments CONTAINS 'At risk' AND amount_spent >= 300") || !strings.Contains(plain(why.text), "segment At risk") {
		t.Error("nobody sees that a segment follows from another")
	}
}

// What others name stays, and its page and the refusal say who does; else it
// goes, with its page.
func TestDrop(t *testing.T) {
	d := sit(t, shop(t, 20))
	if page := d.get(t, "/segments/at_risk").body; strings.Contains(page, "/segments/delete") || !strings.Contains(page, "so it cannot be deleted") {
		t.Errorf("a segment that is used can be deleted:\n%s", page)
	}
	if a := d.post(t, "/segments/delete", url.Values{"id": {"at_risk"}}); a.status != 409 || !strings.Contains(a.body, "“Worth winning back”") {
		t.Errorf("status %d, want 409 and the name of who uses it:\n%s", a.status, a.body)
	}
	for _, id := range []string{"win_back", "at_risk"} {
		drop := form(t, parse(t, d.get(t, "/segments/"+id).body), "/segments/delete", nil)
		if a := d.post(t, "/segments/delete", drop); a.path != "/segments?done=deleted" || a.status != 200 {
			t.Errorf("%s: status %d at %s", id, a.status, a.path)
		}
		if a := d.get(t, "/segments/"+id); a.status != 404 {
			t.Errorf("%s is still there: status %d", id, a.status)
		}
	}
	if a := d.post(t, "/segments/delete", url.Values{"id": {"at_risk"}}); a.status != 404 {
		t.Errorf("deleted again: status %d, want 404", a.status)
	}
}

// Until the book has been read nobody waits for it: the pages say so.
func TestCold(t *testing.T) {
	book := crmtest.New(t)
	ada, err := book.Customers.Create(t.Context(), crm.Customer{GivenName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	d := sit(t, book)
	if _, err := d.roster.Create(t.Context(), segment.Segment{ID: "a", Name: "A", Rule: segment.MustParse("number_of_orders = 0")}); err != nil {
		t.Fatal(err)
	}
	d.roster.ready.Store(false)
	for path, want := range map[string]string{
		"/segments": "Load this page again", "/segments/a": "Load this page again", "/segments/a/edit": "Look again in a moment",
		"/segments/a/lookalike": "Load this page again", customerPath(ada.ID): "Being worked out", customerPath(ada.ID) + "/segments": "Load this page again",
	} {
		a := d.get(t, path)
		if a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("%s: status %d, want %q:\n%s", path, a.status, want, a.body)
		}
		for _, f := range faults(parse(t, a.body)) {
			t.Errorf("%s: %s", path, f)
		}
	}
	d.roster.ready.Store(true)
	if a := d.get(t, "/segments/a"); !strings.Contains(plain(a.body), fmt.Sprintf(`<a href="%s">Ada</a>`, customerPath(ada.ID))) {
		t.Errorf("the segment lacks its member:\n%s", a.body)
	}
}

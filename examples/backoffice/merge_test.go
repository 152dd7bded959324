package main

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

// form returns what the form of a page that goes to a path holds, the first
// whose fields hold want.
func form(t *testing.T, page *node, action string, want url.Values) url.Values {
	t.Helper()
	for _, f := range page.all("form") {
		if f.attr["action"] != action {
			continue
		}
		v := url.Values{}
		for _, i := range f.all("input") {
			if i.attr["type"] == "hidden" {
				v.Set(i.attr["name"], i.attr["value"])
			}
		}
		fits := true
		for name := range want {
			fits = fits && v.Get(name) == want.Get(name)
		}
		if fits {
			return v
		}
	}
	t.Fatalf("no form to %s with %v", action, want)
	return nil
}

// facts are what the page of a customer shows of who and how much.
func facts(t *testing.T, a *answer) []string {
	t.Helper()
	if a.status != 200 {
		t.Fatalf("%s: status %d", a.path, a.status)
	}
	var list []string
	page := parse(t, a.body)
	for _, n := range slices.Concat(page.all("h1"), page.all("dd")) {
		list = append(list, strings.Join(strings.Fields(n.text), " "))
	}
	return list
}

// A merge is looked at, made, seen under both ids, and taken back: then both
// pages are as they were.
func TestMerge(t *testing.T) {
	book := shop(t, 120)
	d := sit(t, book)
	queue := parse(t, d.get(t, "/duplicates").body)
	compare := queue.all("article")
	for _, n := range queue.all("a") {
		if strings.HasPrefix(n.attr["href"], "/merge?") {
			compare = append(compare, n)
		}
	}
	if len(compare) == 0 {
		t.Fatal("the shop has no duplicates")
	}
	look := d.get(t, compare[0].attr["href"])
	if !strings.Contains(look.body, "a merge can be undone") || !strings.Contains(look.body, "Why they may be one person") {
		t.Errorf("the page before a merge explains nothing:\n%s", look.body)
	}
	merge := form(t, parse(t, look.body), "/merge", nil)
	from, into := crm.CustomerID(merge.Get("from")), crm.CustomerID(merge.Get("into"))
	beforeFrom, beforeInto := facts(t, d.get(t, customerPath(from))), facts(t, d.get(t, customerPath(into)))

	p, err := book.Customers.PreviewMerge(t.Context(), from, into)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Warnings) == 0 {
		t.Fatal("nothing speaks against it: choose another pair")
	}
	if a := d.post(t, "/merge", merge); a.status != 400 || !strings.Contains(a.body, "tick the box") {
		t.Errorf("without the box: status %d", a.status)
	}
	merge.Set("sure", "yes")
	one := d.post(t, "/merge", merge)
	if one.path != customerPath(into)+"?done=merged" || !strings.Contains(one.body, "are one customer now") {
		t.Fatalf("after the merge: status %d at %s", one.status, one.path)
	}
	both, under := facts(t, d.get(t, customerPath(into))), facts(t, d.get(t, customerPath(from)))
	if diff := cmp.Diff(both, under); diff != "" {
		t.Errorf("the page of the other id (-of the survivor +of the other):\n%s", diff)
	}
	if !strings.Contains(d.get(t, customerPath(from)).body, "a record that was merged into this customer") {
		t.Error("the page of the other id does not say that it was merged")
	}
	if a := d.post(t, "/merge", merge); a.status != 409 {
		t.Errorf("merged again: status %d, want 409", a.status)
	}
	if a := d.get(t, "/duplicates"); strings.Contains(a.body, url.QueryEscape(string(from))) {
		t.Error("the pair is still in the queue")
	}
	un := form(t, parse(t, one.body), "/unmerge", url.Values{"id": {string(from)}})
	two := d.post(t, "/unmerge", un)
	if two.path != customerPath(from)+"?done=unmerged" || !strings.Contains(two.body, "two customers again") {
		t.Fatalf("after the un-merge: status %d at %s", two.status, two.path)
	}
	if diff := cmp.Diff(beforeFrom, facts(t, d.get(t, customerPath(from)))); diff != "" {
		t.Errorf("the one after all (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(beforeInto, facts(t, d.get(t, customerPath(into)))); diff != "" {
		t.Errorf("the other after all (-want +got):\n%s", diff)
	}
	if a := d.post(t, "/unmerge", un); a.status != 404 {
		t.Errorf("un-merged again: status %d, want 404", a.status)
	}
	entry := false
	for e, err := range book.Privacy.Audit(t.Context(), crm.AuditQuery{CustomerID: from}) {
		if err != nil {
			t.Fatal(err)
		}
		entry = entry || e.Actor == "backoffice" && e.Action == crm.CustomerMerged
	}
	if !entry {
		t.Error("the audit log does not tell of the merge")
	}
}

// Who is not the same person is never put forward again.
func TestDistinct(t *testing.T) {
	d := sit(t, shop(t, 120))
	first := func() url.Values {
		return form(t, parse(t, d.get(t, "/duplicates").body), "/distinct", nil)
	}
	no := first()
	a := d.post(t, "/distinct", no)
	if a.path != "/duplicates?done=distinct" || !strings.Contains(a.body, "not the same person") {
		t.Errorf("status %d at %s", a.status, a.path)
	}
	if next := first(); next.Get("a") == no.Get("a") && next.Get("b") == no.Get("b") {
		t.Error("the pair is still in the queue")
	}
	d.settle(t)
	for _, id := range []string{no.Get("a"), no.Get("b")} {
		other := no.Get("a")
		if other == id {
			other = no.Get("b")
		}
		page := d.get(t, customerPath(crm.CustomerID(id)))
		if strings.Contains(page.body, mergePath(crm.CustomerID(id), crm.CustomerID(other))) {
			t.Errorf("the page of %s still puts forward %s", id, other)
		}
	}
}

// What forbids a merge is told, and no form is offered.
func TestBlocked(t *testing.T) {
	book := shop(t, 10)
	d := sit(t, book)
	ada := ref(t, book, "ada")
	a := d.get(t, mergePath(ada.ID, ada.ID))
	if a.status != 200 || !strings.Contains(a.body, "They cannot be merged") || strings.Contains(a.body, "Merge them") {
		t.Errorf("status %d, want a page that tells why not:\n%s", a.status, a.body)
	}
}

// What became of the two between the page and its form is noticed: nobody is
// merged whom nobody compared.
func TestStale(t *testing.T) {
	for _, c := range []struct {
		name   string
		since  func(book *crm.Book, from, other crm.CustomerID) error
		status int
		text   string
	}{
		{"nothing", func(*crm.Book, crm.CustomerID, crm.CustomerID) error { return nil }, 200, "are one customer now"},
		{"merged with another", func(book *crm.Book, from, other crm.CustomerID) error {
			_, err := book.Customers.Merge(t.Context(), from, other)
			return err
		}, 409, "merged with somebody else since"},
		{"another merged into it", func(book *crm.Book, from, other crm.CustomerID) error {
			_, err := book.Customers.Merge(t.Context(), other, from)
			return err
		}, 200, "are one customer now"},
		{"erased", func(book *crm.Book, from, _ crm.CustomerID) error {
			_, err := book.Privacy.Erase(t.Context(), from)
			return err
		}, 409, "not any more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			book := shop(t, 10)
			d := sit(t, book)
			ada, george := ref(t, book, "ada"), ref(t, book, "george")
			grace, err := book.Customers.Create(t.Context(), crm.Customer{GivenName: "Grace"})
			if err != nil {
				t.Fatal(err)
			}
			page := parse(t, d.get(t, mergePath(ada.ID, george.ID)).body)
			merge := form(t, page, "/merge", nil)
			merge.Set("sure", "yes")
			from, into := crm.CustomerID(merge.Get("from")), crm.CustomerID(merge.Get("into"))
			if err := c.since(book, from, grace.ID); err != nil {
				t.Fatal(err)
			}
			if a := d.post(t, "/merge", merge); a.status != c.status || !strings.Contains(a.body, c.text) {
				t.Errorf("status %d, want %d and %q:\n%s", a.status, c.status, c.text, a.body)
			}
			ids, err := book.Customers.Members(t.Context(), into)
			if err != nil {
				t.Fatal(err)
			}
			if merged := slices.Contains(ids, from); merged != (c.status == 200) {
				t.Errorf("merged: %t, status %d", merged, c.status)
			}
		})
	}
}

// The page before a merge shows that the whole goes by the keys of both.
func TestKeys(t *testing.T) {
	book := shop(t, 10)
	ada, george := ref(t, book, "ada"), ref(t, book, "george")
	page := parse(t, sit(t, book).get(t, mergePath(ada.ID, george.ID)).body)
	for _, row := range page.all("tr") {
		cells := row.all("td")
		if len(cells) == 3 && strings.TrimSpace(row.all("th")[0].text) == "Keys" {
			if got := cells[2].text; !strings.Contains(got, cells[0].text) || !strings.Contains(got, cells[1].text) || cells[0].text == cells[1].text {
				t.Errorf("the whole goes by %q, want by %q and %q", got, cells[0].text, cells[1].text)
			}
			return
		}
	}
	t.Error("no row of keys")
}

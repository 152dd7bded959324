package main

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

// press returns the form of a page with one of its buttons pressed.
func press(t *testing.T, page *node, label string) url.Values {
	t.Helper()
	for _, b := range page.all("button") {
		if plain(b.text) == label {
			v := form(t, page, "/segments/pick", nil)
			v.Set(b.attr["name"], b.attr["value"])
			return v
		}
	}
	t.Fatalf("no button says %q", label)
	return nil
}

// Somebody is found and put into a segment, kept out of it, and left to its rule
// again, and so is who is in it.
func TestHand(t *testing.T) {
	book := shop(t, 60)
	d := sit(t, book)
	ctx := t.Context()
	ada := ref(t, book, "ada")
	if _, err := d.roster.Create(ctx, segment.Segment{ID: "never", Name: "Never", Rule: segment.MustParse("number_of_orders < 0")}); err != nil {
		t.Fatal(err)
	}
	const page = "/segments/never/hand?q=ada+byron"
	steps := []struct {
		press, notice string
		has           bool
		in, out       []crm.CustomerID
		buttons       []string // of Ada's
	}{
		{"Put in: Ada Byron", "Put in by hand", true, []crm.CustomerID{ada.ID}, nil, []string{"Keep out: Ada Byron", "Leave to the rule: Ada Byron"}},
		{"Keep out: Ada Byron", "Kept out by hand", false, nil, []crm.CustomerID{ada.ID}, []string{"Put in: Ada Byron", "Leave to the rule: Ada Byron"}},
		{"Leave to the rule: Ada Byron", "taken back", false, nil, nil, []string{"Put in: Ada Byron", "Keep out: Ada Byron"}},
	}
	for _, s := range steps {
		a := d.post(t, "/segments/pick", press(t, parse(t, d.get(t, page).body), s.press))
		if a.status != 200 || !strings.HasPrefix(a.path, "/segments/never/hand?done=") || !strings.Contains(a.body, s.notice) {
			t.Errorf("%s: status %d at %s lacks %q", s.press, a.status, a.path, s.notice)
		}
		for _, f := range faults(parse(t, a.body)) {
			t.Errorf("%s: %s", s.press, f)
		}
		in, out, err := d.roster.Picks(ctx, "never")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([][]crm.CustomerID{s.in, s.out}, [][]crm.CustomerID{in, out}); diff != "" {
			t.Errorf("%s: picks (-want +got):\n%s", s.press, diff)
		}
		if has, err := d.roster.Has(ctx, "never", ada.ID); err != nil || has != s.has {
			t.Errorf("%s: she is in it: %t, %v", s.press, has, err)
		}
		var buttons []string
		for _, b := range parse(t, d.get(t, page).body).all("section")[0].all("button")[1:] { // the first one looks
			if strings.HasSuffix(b.text, ": Ada Byron") {
				buttons = append(buttons, plain(b.text))
			}
		}
		if diff := cmp.Diff(s.buttons, buttons); diff != "" {
			t.Errorf("%s: buttons after it (-want +got):\n%s", s.press, diff)
		}
	}

	// The same from her own page.
	own := customerPath(ada.ID) + "/segments"
	for _, s := range []struct {
		press string
		has   bool
	}{{"Put in: Never", true}, {"Keep out: Never", false}, {"Leave to the rule: Never", false}} {
		a := d.post(t, "/segments/pick", press(t, parse(t, d.get(t, own).body), s.press))
		if a.status != 200 || !strings.HasPrefix(a.path, own+"?done=") {
			t.Errorf("%s: status %d at %s", s.press, a.status, a.path)
		}
		if has, err := d.roster.Has(ctx, "never", ada.ID); err != nil || has != s.has {
			t.Errorf("%s: she is in it: %t, %v", s.press, has, err)
		}
	}
	if err := d.roster.Include(ctx, "never", ada.ID); err != nil {
		t.Fatal(err)
	}
	if text := plain(parse(t, d.get(t, own).body).text); !strings.Contains(text, "yes included by hand no") && !strings.Contains(text, "yes included by hand yes") {
		t.Errorf("by hand there is nothing to be seen of her, but it is told:\n%s", text)
	}
	for name, c := range map[string]struct {
		values url.Values
		status int
	}{
		"nothing":            {url.Values{"id": {"never"}}, 400},
		"nobody":             {url.Values{"id": {"never"}, "in": {"nobody"}}, 404},
		"no segment":         {url.Values{"id": {"nothing"}, "in": {string(ada.ID)}}, 404},
		"no segment of hers": {url.Values{"of": {string(ada.ID)}, "out": {"nothing"}}, 404},
	} {
		if a := d.post(t, "/segments/pick", c.values); a.status != c.status {
			t.Errorf("%s: status %d, want %d", name, a.status, c.status)
		}
	}
}

// A list has no rule to leave anybody to: they are put in and taken out. Who was
// merged stands in it once, by who they are now.
func TestHandList(t *testing.T) {
	book := shop(t, 60)
	d := sit(t, book)
	ctx := t.Context()
	ada, george := ref(t, book, "ada"), ref(t, book, "george")
	if _, err := d.roster.Create(ctx, segment.Segment{ID: "list", Name: "List"}); err != nil {
		t.Fatal(err)
	}
	if text := plain(parse(t, d.get(t, "/segments/list/hand").body).text); !strings.Contains(text, "The list is empty") || strings.Contains(text, "Keep out") {
		t.Errorf("a list without anybody says %q", text)
	}
	if err := d.roster.Include(ctx, "list", ada.ID, george.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Customers.Merge(ctx, george.ID, ada.ID); err != nil {
		t.Fatal(err)
	}
	page := parse(t, d.get(t, "/segments/list/hand").body)
	var got []string
	for _, row := range rows(page)[1:] {
		got = append(got, row[0]+": "+row[3])
	}
	if diff := cmp.Diff([]string{"Ada Byron: put in"}, got); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
	a := d.post(t, "/segments/pick", press(t, page, "Take out: Ada Byron"))
	in, _, err := d.roster.Picks(ctx, "list")
	if err != nil || len(in) != 0 || a.status != 200 {
		t.Errorf("taken out, %v are in it: status %d, %v", in, a.status, err)
	}
}

// Who is in a segment now is kept as a list, which stays as it is and is shown
// page by page.
func TestSnapshot(t *testing.T) {
	d := sit(t, shop(t, 400))
	ctx := t.Context()
	var want []string
	for id, err := range d.roster.Catalog.Members(ctx, "repeat_buyers") {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, customerPath(id))
	}
	keep := form(t, parse(t, d.get(t, "/segments/repeat_buyers").body), "/segments/snapshot", nil)
	keep.Set("name", " Kept ")
	a := d.post(t, "/segments/snapshot", keep)
	s, err := d.roster.ByName(ctx, "Kept")
	if err != nil {
		t.Fatalf("%v: status %d\n%s", err, a.status, a.body)
	}
	if a.path != segmentPath(s.ID)+"?done=kept" || !strings.Contains(a.body, "stays as it is") {
		t.Errorf("status %d at %s", a.status, a.path)
	}
	var got []string
	pages := 0
	for path := segmentPath(s.ID) + "/hand"; path != ""; pages++ {
		page := parse(t, d.get(t, path).body)
		path = ""
		for _, n := range page.all("a") {
			switch href := n.attr["href"]; {
			case n.attr["rel"] == "next":
				path = href
			case n.within("table"):
				got = append(got, href)
			}
		}
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))); diff != "" || pages != (len(want)+picksOnPage-1)/picksOnPage || pages < 3 {
		t.Errorf("the list on %d pages (-want +got):\n%s", pages, diff)
	}
	for name, status := range map[string]int{"Kept": 409, "": 422, strings.Repeat("x", 200): 422} {
		keep.Set("name", name)
		if a := d.post(t, "/segments/snapshot", keep); a.status != status {
			t.Errorf("called %q: status %d, want %d", name, a.status, status)
		}
	}
	if a := d.post(t, "/segments/snapshot", url.Values{"id": {"nothing"}, "name": {"x"}}); a.status != 404 {
		t.Errorf("of no segment: status %d, want 404", a.status)
	}
}

// Who is like the members is shown in the order of the catalog, with what they
// have in common, and put in by one click.
func TestLookalike(t *testing.T) {
	d := sit(t, shop(t, 200))
	ctx := t.Context()
	list, err := d.roster.Lookalike(ctx, "vip", mostAlike)
	if err != nil || len(list) == 0 {
		t.Fatalf("%d are like them: %v", len(list), err)
	}
	page := parse(t, d.get(t, "/segments/vip/lookalike").body)
	table := page.all("table")[0]
	var want, got []string
	for _, l := range list {
		want = append(want, customerPath(l.CustomerID)+" "+percent(l.Score))
	}
	for i, a := range table.all("a") {
		got = append(got, a.attr["href"]+" "+table.all("meter")[i].text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("who is like them (-want +got):\n%s", diff)
	}
	if codes := table.all("code"); len(codes) == 0 || codes[0].text != list[0].Why[0].String() {
		t.Errorf("%d things in common", len(codes))
	}
	who := table.all("a")[0].text
	a := d.post(t, "/segments/pick", press(t, page, "Put in: "+plain(who)))
	if a.status != 200 || a.path != "/segments/vip/lookalike?done=in" {
		t.Errorf("put in: status %d at %s", a.status, a.path)
	}
	if has, err := d.roster.Has(ctx, "vip", list[0].CustomerID); err != nil || !has {
		t.Errorf("after that they are in it: %t, %v", has, err)
	}
	if _, err := d.roster.Create(ctx, segment.Segment{ID: "list", Name: "List"}); err != nil {
		t.Fatal(err)
	}
	if a := d.get(t, "/segments/list/lookalike"); a.status != 200 || !strings.Contains(a.body, "there are no members") {
		t.Errorf("of nobody: status %d\n%s", a.status, a.body)
	}
}

package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

// rule returns what stands in the editor: the first line break of a textarea is
// none.
func rule(page *node) string { return strings.TrimPrefix(page.all("textarea")[0].text, "\n") }

// typed returns the editor's form as the page has it, with other values in it.
func typed(t *testing.T, page *node, values url.Values) url.Values {
	t.Helper()
	v := form(t, page, "/segments/edit", nil)
	for _, n := range page.all("input") {
		if n.attr["type"] == "text" {
			v.Set(n.attr["name"], n.attr["value"])
		}
	}
	v.Set("rule", rule(page))
	for name := range values {
		v.Set(name, values.Get(name))
	}
	return v
}

// Whoever types gets an answer that says of whom the rule is true, or what is
// wrong with it and what was meant.
func TestLook(t *testing.T) {
	book := shop(t, 120)
	d := sit(t, book)
	ctx := t.Context()
	ada := ref(t, book, "ada")
	for _, c := range []struct {
		name, rule string
		want, not  []string
	}{
		{"nothing", " \n", []string{"Nobody yet"}, []string{"<mark>", "Why"}},
		{"everybody", "number_of_orders >= 0", []string{"100 %", "10 of them, from all over"}, nil},
		{"nobody", "number_of_orders > 100000", []string{"0 customers", "true of nobody"}, []string{"<table"}},
		{"one", "amount_spent IN TOP 1", []string{"1 customer,", " is in it", "All of them"}, nil},
		{"a typo", "last_ordr_date >= -30d", []string{"1 thing to be mended", "1:1", "<mark>last_ordr_date</mark>", `value="1:1"`, "Write <code>last_order_date</code>"}, nil},
		{"two faults", "number_of_order > 1\r\n  AND last_ordr_date > -3d", []string{"2 things", "1:1", "2:7", "<mark>number_of_order</mark> &gt; 1\n  AND <mark>last_ordr_date</mark>"}, nil},
		{"the end", "number_of_orders >", []string{"The text ends: want", "<mark> </mark>"}, nil},
		{"an attribute that nobody declared", "attributes.grindr = 'x'", []string{"1 thing", "<mark>", "attributes.grinder"}, nil},
		{"a segment that there is not", "segments CONTAINS 'VPI'", []string{"1 thing", "VIP"}, nil},
		{"markup", "first_name = '<script>alert(1)</script>' AND x", []string{"&lt;script&gt;alert(1)"}, []string{"<script"}},
		{"too long", "first_name = '" + strings.Repeat("x", longestRule) + "'", []string{"to be mended"}, nil},
		{"too deep", strings.Repeat("(", 5000) + "x", []string{"to be mended"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := d.post(t, "/segments/look", url.Values{"rule": {c.rule}})
			if a.status != 200 || strings.Contains(a.body, "<html") {
				t.Fatalf("status %d:\n%.2000s", a.status, a.body)
			}
			text := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(a.body)
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("the answer lacks %q:\n%.3000s", want, text)
				}
			}
			for _, not := range c.not {
				if strings.Contains(text, not) {
					t.Errorf("the answer has %q:\n%.3000s", not, text)
				}
			}
			whole := d.post(t, "/segments/edit", url.Values{"rule": {c.rule}, "do": {"look"}})
			for _, f := range faults(parse(t, whole.body)) {
				t.Error(f)
			}
		})
	}
	often := segment.MustParse("number_of_orders >= 2")
	p, err := d.roster.Preview(ctx, often, sampled)
	if err != nil {
		t.Fatal(err)
	}
	look := parse(t, d.post(t, "/segments/look", url.Values{"rule": {often.String()}, "of": {string(ada.ID)}}).body)
	var got []crm.CustomerID
	for _, n := range look.all("button") {
		got = append(got, crm.CustomerID(n.attr["value"]))
	}
	if diff := cmp.Diff(p.Sample, got); diff != "" || !strings.HasPrefix(look.all("h2")[0].text, plural(p.Count, "customer")) {
		t.Errorf("%q, sample (-want +got):\n%s", look.all("h2")[0].text, diff)
	}
	if h := look.all("h2")[1].text; h != "Why Ada Byron is in it" {
		t.Errorf("asked of Ada it tells %q", h)
	}
	if a := d.post(t, "/segments/look", url.Values{"rule": {"number_of_orders = 0"}, "of": {string(ada.ID)}}); !strings.Contains(a.body, "Why Ada Byron is not in it") {
		t.Errorf("who is not in it any more is not explained:\n%s", a.body)
	}
	if a := d.post(t, "/segments/look", url.Values{"rule": {"number_of_orders = 0"}, "of": {"nobody"}}); a.status != 200 {
		t.Errorf("asked of nobody: status %d", a.status)
	}
	if a := d.post(t, "/segments/edit", url.Values{"rule": {strings.Repeat("x", longestForm)}}); a.status != 400 {
		t.Errorf("a form beyond all measure: status %d, want 400", a.status)
	}
}

// A segment is made, mended, renamed under those who name it, and saved without
// a script.
func TestEdit(t *testing.T) {
	d := sit(t, shop(t, 60))
	ctx := t.Context()
	page := parse(t, d.get(t, "/new-segment").body)
	wrong := d.post(t, "/segments/edit", typed(t, page, url.Values{"name": {"Loyal"}, "rule": {"number_of_ordrs >= 3\r\nAND last_order_date > -1y"}, "do": {"save"}}))
	if wrong.status != 422 || !strings.Contains(wrong.body, "was not saved") || !strings.Contains(wrong.body, `value="Loyal"`) {
		t.Fatalf("a rule that is wrong: status %d\n%s", wrong.status, wrong.body)
	}
	mended := parse(t, d.post(t, "/segments/edit", typed(t, parse(t, wrong.body), url.Values{"fix": {"1:1"}})).body)
	if got, want := rule(mended), "number_of_orders >= 3\nAND last_order_date > -1y"; got != want {
		t.Errorf("mended it is %q, want %q", got, want)
	}
	saved := d.post(t, "/segments/edit", typed(t, mended, url.Values{"do": {"save"}}))
	s, err := d.roster.ByName(ctx, "Loyal")
	if err != nil {
		t.Fatalf("%v: status %d\n%s", err, saved.status, saved.body)
	}
	if saved.path != segmentPath(s.ID)+"?done=made" || s.Rule.String() != "number_of_orders >= 3 AND last_order_date > -1y" {
		t.Errorf("saved it is %q at %s", s.Rule, saved.path)
	}
	for name, c := range map[string]struct {
		values url.Values
		status int
		want   string
	}{
		"a name that is taken": {url.Values{"name": {"REPEAT buyers"}}, 409, "another segment has that name"},
		"no name":              {url.Values{"name": {" "}}, 422, "Name: want"},
		"a rule about itself":  {url.Values{"rule": {"segments CONTAINS 'Loyal'"}}, 422, "Loyal → Loyal"},
	} {
		c.values.Set("do", "save")
		a := d.post(t, "/segments/edit", typed(t, parse(t, d.get(t, segmentPath(s.ID)+"/edit").body), c.values))
		if a.status != c.status || !strings.Contains(a.body, c.want) {
			t.Errorf("%s: status %d, want %d and %q:\n%s", name, a.status, c.status, c.want, a.body)
		}
		for _, f := range faults(parse(t, a.body)) {
			t.Errorf("%s: %s", name, f)
		}
	}
	a := d.post(t, "/segments/edit", typed(t, parse(t, d.get(t, "/segments/at_risk/edit").body), url.Values{"name": {"In danger"}, "do": {"save"}}))
	back, err := d.roster.Get(ctx, "win_back")
	if err != nil {
		t.Fatal(err)
	}
	if a.path != "/segments/at_risk?done=saved" || !strings.Contains(back.Rule.String(), "'In danger'") {
		t.Errorf("renamed at %s, it is %q in the rule of another", a.path, back.Rule)
	}
	list := d.post(t, "/segments/edit", typed(t, parse(t, d.get(t, "/new-segment").body), url.Values{"name": {"By hand"}, "do": {"save"}}))
	if list.status != 200 || !strings.Contains(list.body, "a list, made by hand") {
		t.Errorf("a segment without a rule: status %d at %s", list.status, list.path)
	}
}

// Of two who edit a segment at once, the second sees what the first has saved,
// and nothing of what they typed is lost.
func TestMeanwhile(t *testing.T) {
	d := sit(t, shop(t, 20))
	ctx := t.Context()
	first := typed(t, parse(t, d.get(t, "/segments/vip/edit").body), url.Values{"rule": {"amount_spent > 1000"}, "do": {"save"}})
	second := typed(t, parse(t, d.get(t, "/segments/vip/edit").body), url.Values{"rule": {"amount_spent > 2000"}, "name": {"Best"}, "do": {"save"}})
	if a := d.post(t, "/segments/edit", first); a.status != 200 {
		t.Fatalf("status %d", a.status)
	}
	clash := d.post(t, "/segments/edit", second)
	page := parse(t, clash.body)
	if clash.status != 409 || !strings.Contains(clash.body, "amount_spent &gt; 1000") || rule(page) != "amount_spent > 2000" || !strings.Contains(clash.body, `value="Best"`) {
		t.Errorf("status %d, want 409 with both rules:\n%s", clash.status, clash.body)
	}
	for _, f := range faults(page) {
		t.Error(f)
	}
	s, err := d.roster.Get(ctx, "vip")
	if err != nil || s.Rule.String() != "amount_spent > 1000" || s.Name != "VIP" {
		t.Errorf("the first one's was overwritten: %q %q, %v", s.Name, s.Rule, err)
	}
	if a := d.post(t, "/segments/edit", typed(t, page, url.Values{"do": {"save"}})); a.status != 200 {
		t.Errorf("saved again, knowing that: status %d", a.status)
	}
	if s, err = d.roster.Get(ctx, "vip"); err != nil || s.Rule.String() != "amount_spent > 2000" || s.Name != "Best" {
		t.Errorf("it is %q %q, %v", s.Name, s.Rule, err)
	}

	third := typed(t, parse(t, d.get(t, "/segments/vip/edit").body), url.Values{"name": {"Better"}, "do": {"save"}})
	if err := d.roster.Delete(ctx, "vip"); err != nil {
		t.Fatal(err)
	}
	gone := d.post(t, "/segments/edit", third)
	if gone.status != 409 || !strings.Contains(gone.body, "somebody deleted this segment") || !strings.Contains(gone.body, `value="Better"`) {
		t.Errorf("deleted meanwhile: status %d\n%s", gone.status, gone.body)
	}
	if a := d.post(t, "/segments/edit", typed(t, parse(t, gone.body), url.Values{"do": {"save"}})); a.status != 200 || !strings.HasSuffix(a.path, "?done=made") {
		t.Errorf("made anew: status %d at %s", a.status, a.path)
	}
}

// Faults are found again in a text of any letters.
func TestPieces(t *testing.T) {
	at := func(line, column int, got, suggestion string) *fault {
		return &fault{segment.Fault{Line: line, Column: column, Got: got, Suggestion: suggestion}}
	}
	for _, c := range []struct {
		name, text string
		faults     []*fault
		want       []piece
		mended     string // by the first
	}{
		{"none", "a = 1", nil, []piece{{"a = 1", false}}, "a = 1"},
		{"letters of several bytes", "tag = 'ä€' AND näme = 1", []*fault{at(1, 16, "näme", "name")}, []piece{{"tag = 'ä€' AND ", false}, {"näme", true}, {" = 1", false}}, "tag = 'ä€' AND name = 1"},
		{"lines", "a\n\n  b", []*fault{at(3, 3, "b", "c")}, []piece{{"a\n\n  ", false}, {"b", true}}, "a\n\n  c"},
		{"the end", "a =", []*fault{at(1, 4, "", "")}, []piece{{"a =", false}, {"", true}}, "a ="},
		{"one in another", "abc", []*fault{at(1, 1, "abc", "d"), at(1, 2, "b", "")}, []piece{{"abc", true}}, "d"},
		{"outside", "abc", []*fault{at(9, 9, "abc", "d"), at(0, 0, "x", "y")}, []piece{{"abc", false}}, "abc"},
		{"another text", "xyz", []*fault{at(1, 1, "abc", "d")}, []piece{{"", true}, {"xyz", false}}, "xyz"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, pieces(c.text, c.faults)); diff != "" {
				t.Errorf("pieces (-want +got):\n%s", diff)
			}
			got := c.text
			if len(c.faults) > 0 {
				got = mend(c.text, c.faults, c.faults[0].Place())
			}
			if got != c.mended {
				t.Errorf("mended it is %q, want %q", got, c.mended)
			}
		})
	}
}

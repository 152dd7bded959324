package main

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// evil is what nobody is called, each with a number to tell where it stands.
func evil(n int) string {
	return fmt.Sprintf(`<script>alert(%d)</script>"><img src=x onerror=alert(%[1]d)>{{.}}' javascript:%[1]d &amp; <!--`, n)
}

// Whatever a customer, an order or a visitor says of itself is text, and shows.
func TestHostile(t *testing.T) {
	book := crmtest.New(t)
	ctx := t.Context()
	var id, twin crm.CustomerID
	var order crm.OrderID
	n := 0
	next := func() string { n++; return evil(n) }
	// What cannot be written so, as it is checked, stays out: e-mail, keys.
	address := func() crm.Address {
		return crm.Address{Name: next(), Company: next(), Line1: next(), Line2: next(), City: next(), Region: next(), Postcode: "1", Country: next(), Phone: next()}
	}
	if err := book.Customers.Declare(ctx, crm.Attribute{Name: "x", Type: crm.TypeText, Title: next()}); err != nil {
		t.Fatal(err)
	}
	for _, to := range []*crm.CustomerID{&id, &twin} {
		c, err := book.Customers.Create(ctx, crm.Customer{
			GivenName: next(), FamilyName: next(), Company: next(), Phone: "+44 7700 900123", Note: next(), Tags: []string{"<b>tag</b>"},
			Addresses: []crm.Address{address()}, Attributes: map[string]crm.Value{"x": crm.Text(next())}, Birthday: "1990-01-02",
		})
		if err != nil {
			t.Fatal(err)
		}
		*to = c.ID
	}
	o, err := book.Orders.Record(ctx, crm.Order{
		CustomerID: id, Number: next(), Currency: "EUR", OccurredAt: noon, Note: next(), Coupons: []string{next()}, Tags: []string{next()},
		Items:   []crm.Item{{SKU: "<i>sku</i>", Title: next(), Quantity: 1, Total: crm.Money{Amount: 100, Currency: "EUR"}}},
		Billing: address(), Delivery: address(), Shipments: []crm.Shipment{{Carrier: next(), Tracking: next()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	order = o.ID
	if _, err := book.Refunds.Record(ctx, crm.Refund{OrderID: order, Currency: "EUR", Amount: crm.Money{Amount: 50, Currency: "EUR"}, Reason: next(), OccurredAt: noon}); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Interactions.Record(ctx, crm.Interaction{
		CustomerID: id, Kind: crm.KindReview, Rating: 1, Text: next(), OccurredAt: noon, SKU: "<i>sku</i>",
		Properties: map[string]crm.Value{"search_term": crm.Text(next()), "page": crm.Text(next())},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Consents.Record(ctx, crm.Consent{
		CustomerID: id, Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, OccurredAt: noon,
		Proof: crm.Proof{TextVersion: next(), Mechanism: next(), Note: next(), Source: "<form>"},
	}); err != nil {
		t.Fatal(err)
	}
	if err := book.Traits.State(ctx, id, map[string]crm.Value{"roast": crm.Text(next())}, "center", noon); err != nil {
		t.Fatal(err)
	}
	if err := book.Traits.Set(ctx, id, "fit", noon, map[string]crm.Value{"shoe": crm.Text(next())}); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Groups.Create(ctx, crm.Group{Name: next(), Members: []crm.Member{{CustomerID: id, Role: next()}, {CustomerID: twin}}}); err != nil {
		t.Fatal(err)
	}
	d := sit(t, book)
	// A segment may be called what an address may not hold; a rule holds any text.
	const rule = `customer_tags CONTAINS '<img src=x onerror="alert(0)">{{.}}</textarea></code>' OR number_of_orders >= 0`
	for _, s := range []segment.Segment{
		{ID: `"><b>%2F`, Name: next(), Description: next(), Rule: segment.MustParse(rule)},
		{ID: "naming", Name: "Naming"},
	} {
		if _, err := d.roster.Create(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.roster.Include(ctx, "naming", id); err != nil {
		t.Fatal(err)
	}
	d.settle(t)
	var all strings.Builder
	for _, path := range []string{
		"/", customerPath(id), customerPath(twin), customerPath(id) + "/consents", orderPath(order), mergePath(id, twin), "/duplicates",
		"/search?" + url.Values{"q": {evil(0)}}.Encode(), "/search?q=%2B44+7700+900123", "/search?q=" + url.QueryEscape("</title><script>"),
		"/segments", segmentPath(`"><b>%2F`), segmentPath(`"><b>%2F`) + "/edit", segmentPath(`"><b>%2F`) + "/lookalike",
		segmentPath(`"><b>%2F`) + "/hand?" + url.Values{"q": {evil(0)}}.Encode(), segmentPath("naming") + "/hand?q=%2B44+7700+900123", customerPath(id) + "/segments",
	} {
		a := d.get(t, path)
		if a.status != 200 {
			t.Errorf("%s: status %d", path, a.status)
		}
		for _, f := range faults(parse(t, a.body)) {
			t.Errorf("%s: %s", path, f)
		}
		all.WriteString(a.body)
	}
	shown := html.UnescapeString(all.String())
	for i := range n {
		if !strings.Contains(shown, evil(i+1)) {
			t.Errorf("value %d shows nowhere as it is", i+1)
		}
	}
}

// An id of the shop's own may hold whatever an address may not.
func TestOddIDs(t *testing.T) {
	book := crmtest.New(t)
	for _, id := range []crm.CustomerID{"a/b", "a%2Fb", "a?b=c#d", `"><b>`, "ä", "50%", "a;b", "a&b", "a+b", "..."} {
		c, err := book.Customers.Create(t.Context(), crm.Customer{ID: id, GivenName: "Named", FamilyName: string(id)})
		if err != nil {
			t.Logf("%q cannot be an id: %v", id, err)
			continue
		}
		if _, err := book.Interactions.Record(t.Context(), crm.Interaction{CustomerID: id, Kind: crm.KindNote, Text: "noted", OccurredAt: noon}); err != nil {
			t.Fatal(err)
		}
		d := sit(t, book)
		a := d.get(t, customerPath(c.ID)+"?show=talk")
		if h := parse(t, a.body).all("h1"); a.status != 200 || h[0].text != "Named "+string(id) || !strings.Contains(a.body, "noted") {
			t.Errorf("%q: status %d, %q", id, a.status, h[0].text)
		}
		found := false
		for _, n := range parse(t, d.get(t, "/").body).all("a") {
			found = found || n.text == "Named "+string(id) && d.get(t, n.attr["href"]).status == 200
		}
		if !found {
			t.Errorf("%q: the first page does not lead to it", id)
		}
	}
}

// What goes wrong inside is told to the log, and not to the page.
func TestInternals(t *testing.T) {
	st := memstore.New(nil)
	book, err := crm.New(st, nil)
	if err != nil {
		t.Fatal(err)
	}
	ada, err := book.Customers.Create(t.Context(), crm.Customer{GivenName: "Ada", Email: "ada@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	d := sit(t, book)
	if _, err := d.roster.Create(t.Context(), segment.Segment{ID: "vip", Name: "VIP", Rule: segment.MustParse("number_of_orders > 3")}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path   string
		status int
	}{
		{"/customers/nobody", 404}, {"/orders/nothing", 404}, {"/nothing", 404}, {"/customers/", 404}, {"/customers", 404},
		{customerPath(ada.ID) + "?after=nonsense", 400}, {customerPath(ada.ID) + "/consents?after=nonsense", 400}, {"/duplicates?after=nonsense", 400},
		{"/segments/nothing", 404}, {"/segments/nothing/edit", 404}, {"/customers/nobody/segments", 404}, {"/segments/vip?after=x", 400},
		{"/segments/nothing/hand", 404}, {"/segments/nothing/lookalike", 404}, {"/segments/vip/hand?after=x", 400},
		{"/segments/vip/hand?after=999999999", 200}, {"/segments/vip/hand?q=" + strings.Repeat("x", 500), 400},
		{"/segments/vip?after=-1", 400}, {"/segments/vip?days=7", 400}, {"/segments/vip?after=999999999&done=nonsense", 200},
		{"/merge?a=" + string(ada.ID), 400}, {"/merge?a=x&b=y", 404}, {"/search?q=" + strings.Repeat("x", 500), 400},
		{customerPath(ada.ID) + "?show=nonsense&done=nonsense", 200},
	} {
		a := d.get(t, c.path)
		if a.status != c.status {
			t.Errorf("%s: status %d, want %d", c.path, a.status, c.status)
		}
		for _, f := range faults(parse(t, a.body)) {
			t.Errorf("%s: %s", c.path, f)
		}
		for _, inside := range []string{"crm:", "Customers.Get", "goroutine", "not found:", ".go:"} {
			if strings.Contains(a.body, inside) {
				t.Errorf("%s shows %q", c.path, inside)
			}
		}
	}
	if _, err := book.Privacy.Erase(t.Context(), ada.ID); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{customerPath(ada.ID), customerPath(ada.ID) + "/consents", customerPath(ada.ID) + "/segments"} {
		if a := d.get(t, path); a.status != 410 {
			t.Errorf("%s of who was erased: status %d, want 410", path, a.status)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/search?q=ada@example.com", customerPath(ada.ID), "/duplicates", "/segments", "/segments/vip"} {
		a := d.get(t, path)
		if a.status != 500 || strings.Contains(a.body, "closed") || strings.Contains(a.body, "store") {
			t.Errorf("%s of a closed store: status %d\n%s", path, a.status, a.body)
		}
	}
}

// The age on the page moves with the birthday.
func TestAge(t *testing.T) {
	book := crmtest.New(t)
	c, err := book.Customers.Create(t.Context(), crm.Customer{GivenName: "Ada", Birthday: "1990-02-02"})
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[int]string{1: "35 years old", 2: "36 years old"} {
		now := time.Date(2026, 2, day, 9, 0, 0, 0, time.UTC)
		o, err := newOffice(book, &officeOptions{zone: time.UTC, now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		if got := o.age(c); got != want {
			t.Errorf("on %s: %q, want %q", now.Format(time.DateOnly), got, want)
		}
	}
}

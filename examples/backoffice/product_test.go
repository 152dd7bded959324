package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
)

// bought returns the product that most orders have.
func bought(t *testing.T, book *crm.Book) *crm.Product {
	t.Helper()
	count := map[crm.ProductID]int{}
	var best crm.ProductID
	for o, err := range book.Orders.List(t.Context(), crm.OrderQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range o.Items {
			if i.ProductID == "" {
				continue
			}
			if count[i.ProductID]++; best == "" || count[i.ProductID] > count[best] {
				best = i.ProductID
			}
		}
	}
	p, err := book.Products.Get(t.Context(), best)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The page of a product shows what there is beside it and instead of it, and leads to
// those who would buy it.
func TestProduct(t *testing.T) {
	book := shop(t, 100)
	ctx := t.Context()
	p := bought(t, book)
	d := sit(t, book)
	if a := d.get(t, productPath(p.ID)); a.status != 200 || !strings.Contains(a.body, "being worked out") || !strings.Contains(a.body, p.Title) {
		t.Errorf("before there are models: status %d\n%s", a.status, a.body)
	}
	if err := d.foresight.warm(ctx); err != nil {
		t.Fatal(err)
	}
	a := d.get(t, productPath(p.ID))
	page := parse(t, a.body)
	for _, f := range faults(page) {
		t.Error(f)
	}
	leads := map[string]bool{}
	for _, n := range page.all("a") {
		leads[n.attr["href"]] = true
	}
	n := 0
	for b, err := range d.foresight.WhoWouldBuy(ctx, p.ID, &recommend.Query{N: mostBuyers}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; !leads[customerPath(b.CustomerID)] {
			t.Errorf("the page does not lead to %s, who would buy it", b.CustomerID)
		}
	}
	if n == 0 {
		t.Error("nobody would buy what is bought most")
	}
	like, err := d.foresight.Similar(ctx, p.ID, &recommend.Query{N: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range like.Items {
		if !leads[productPath(item.ProductID)] {
			t.Errorf("the page does not lead to %s, which is like it", item.ProductID)
		}
	}
	for _, want := range []string{"last on", "because they bought", "described like it", "Newsletter", price(p)} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the page lacks %q:\n%s", want, a.body)
		}
	}
	if _, err := book.Products.Update(ctx, p.ID, func(p *crm.Product) error { p.Title, p.Brand, p.Published = evil(3), evil(4), false; return nil }); err != nil {
		t.Fatal(err)
	}
	a = d.get(t, productPath(p.ID))
	for _, f := range faults(parse(t, a.body)) {
		t.Error(f)
	}
	if strings.Contains(a.body, "<script>alert") || !strings.Contains(a.body, "&lt;script&gt;alert(3)") || !strings.Contains(a.body, "&lt;script&gt;alert(4)") || !strings.Contains(a.body, "not for sale") {
		t.Errorf("the record does not show as it is:\n%s", a.body)
	}
	for _, path := range []string{"/products/nothing", "/products/%20", "/products/a%2Fb"} {
		if a := d.get(t, path); a.status != 404 {
			t.Errorf("%s: status %d, want 404", path, a.status)
		}
	}
}

// The page of all products shows what sells, finds what has all words, and pages
// through the catalog.
func TestProducts(t *testing.T) {
	book := shop(t, 100)
	d := sit(t, book)
	if a := d.get(t, "/products"); a.status != 200 || !strings.Contains(a.body, "being worked out") {
		t.Errorf("before there are models: status %d\n%s", a.status, a.body)
	}
	if err := d.foresight.warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := d.get(t, "/products")
	for _, want := range []string{"What sells", " of late", "New in the last 30 days"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the page lacks %q:\n%s", want, a.body)
		}
	}
	all := map[string]bool{}
	for at := "/products"; at != ""; {
		page := parse(t, d.get(t, at).body)
		for _, f := range faults(page) {
			t.Errorf("%s: %s", at, f)
		}
		at = ""
		for _, n := range page.all("a") {
			switch {
			case n.attr["rel"] == "next":
				at = n.attr["href"]
			case strings.HasPrefix(n.attr["href"], "/products/"):
				all[n.attr["href"]] = true
			}
		}
	}
	if n, err := book.Products.Count(t.Context()); err != nil || len(all) != n {
		t.Errorf("the pages lead to %d products of %d: %v", len(all), n, err)
	}
	p := bought(t, book)
	for text, want := range map[string]bool{
		p.Title: true, strings.ToUpper(p.Brand) + " " + p.Title[:3]: true, p.Variants[0].SKU: true, p.Title + " xyzzy": false,
	} {
		a := d.get(t, "/products?"+url.Values{"q": {text}}.Encode())
		if got := strings.Contains(a.body, productPath(p.ID)); a.status != 200 || got != want {
			t.Errorf("%q: status %d, found %t, want %t", text, a.status, got, want)
		}
	}
	if a := d.get(t, "/search?q="+url.QueryEscape(string(p.ID))); a.path != productPath(p.ID) {
		t.Errorf("searching for the id leads to %s", a.path)
	}
	for path, want := range map[string]int{"/products?after=nonsense": 400, "/products?q=" + strings.Repeat("x", 500): 400} {
		if a := d.get(t, path); a.status != want {
			t.Errorf("%.40s: status %d, want %d", path, a.status, want)
		}
	}
}

// The line of an order leads to its product.
func TestOrderLeadsToProduct(t *testing.T) {
	book := shop(t, 40)
	p := bought(t, book)
	d := sit(t, book)
	for o, err := range book.Orders.List(t.Context(), crm.OrderQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if o.Items[0].ProductID != p.ID {
			continue
		}
		if a := d.get(t, orderPath(o.ID)); !strings.Contains(a.body, `href="`+productPath(p.ID)+`"`) {
			t.Errorf("order %s does not lead to its product", o.ID)
		}
		return
	}
	t.Fatal("no order begins with the product")
}

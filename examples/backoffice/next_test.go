package main

import (
	"strings"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
)

// The page of what next tells products and reasons in words, as text and nothing else.
func TestNext(t *testing.T) {
	book := shop(t, 40)
	ada := ref(t, book, "ada").ID
	d := sit(t, book)
	if a := d.get(t, customerPath(ada)+"/next"); a.status != 200 || !strings.Contains(a.body, "Being worked out") {
		t.Errorf("before there are models: status %d\n%s", a.status, a.body)
	}
	if err := d.foresight.warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := d.foresight.ForCustomer(t.Context(), ada, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Items {
		if _, err := book.Products.Update(t.Context(), item.ProductID, func(p *crm.Product) error { p.Title = evil(7); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	a := d.get(t, customerPath(ada)+"/next")
	page := parse(t, a.body)
	for _, f := range faults(page) {
		t.Error(f)
	}
	if !strings.Contains(page.text, evil(7)) && !strings.Contains(a.body, "&lt;script&gt;alert(7)") || strings.Contains(a.body, "<script>alert") {
		t.Errorf("titles do not show as they are:\n%s", a.body)
	}
	for _, want := range []string{"From what they bought.", "What they buy again", "last on"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the page lacks %q:\n%s", want, a.body)
		}
	}
	if a := d.get(t, "/customers/nobody/next"); a.status != 404 {
		t.Errorf("of nobody: status %d", a.status)
	}
}

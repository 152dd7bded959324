package main

import (
	"strings"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
)

// The pages of a timeline show everything that there is, each once, and each
// strand what is of it.
func TestStory(t *testing.T) {
	book := shop(t, 60)
	d := sit(t, book)
	ada := ref(t, book, "ada")
	total, orders := 0, 0
	for e, err := range book.Timeline.List(t.Context(), ada.ID, crm.TimelineQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		total++
		if e.Order != nil || e.Refund != nil {
			orders++
		}
	}
	for show, want := range map[string]int{"": total, "orders": orders} {
		path, got, pages := customerPath(ada.ID)+"?show="+show, 0, 0
		for path != "" && pages < 100 {
			a := d.get(t, path)
			page := parse(t, a.body)
			path = ""
			for _, n := range page.all("a") {
				if n.attr["rel"] == "next" {
					path = n.attr["href"]
				}
			}
			for _, n := range page.all("span") {
				switch {
				case strings.HasPrefix(n.attr["class"], "sort"):
					got++
				case n.attr["class"] == "times":
					var more int
					for _, r := range strings.Fields(n.text)[0] {
						more = more*10 + int(r-'0')
					}
					got += more - 1
				}
			}
			pages++
		}
		if got != want || pages < 2 && want > pageful {
			t.Errorf("strand %q: %d entries on %d pages, want %d", show, got, pages, want)
		}
	}
	sum := 0
	for _, s := range strands {
		for e, err := range book.Timeline.List(t.Context(), ada.ID, crm.TimelineQuery{Kinds: kindsOf(s), Interactions: s.kinds}) {
			if err != nil {
				t.Fatal(err)
			}
			if s.Name != "" && e != nil {
				sum++
			}
		}
	}
	if sum != total {
		t.Errorf("the strands hold %d entries, the timeline %d: one is missing, or in two", sum, total)
	}
}

func kindsOf(s strand) []crm.EntryKind {
	if len(s.kinds) > 0 {
		return []crm.EntryKind{crm.EntryInteraction}
	}
	return s.entries
}

// The figures of the first page are what the book adds up to.
func TestFigures(t *testing.T) {
	book := shop(t, 80)
	d := sit(t, book)
	net, orders, customers := crm.Money{Currency: "EUR"}, 0, 0
	for c, err := range book.Customers.List(t.Context(), crm.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		a, err := book.Customers.Aggregates(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		customers, orders = customers+1, orders+a.Orders
		if net, err = net.Add(a.Base.Net()); err != nil {
			t.Fatal(err)
		}
	}
	page := d.get(t, "/").body
	for _, want := range []string{money(net), "<dd>" + count(orders) + "</dd>", "<dd>" + count(customers) + "</dd>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the first page lacks %q", want)
		}
	}
	list, err := book.Customers.Best(t.Context(), crm.BestQuery{Limit: best})
	if err != nil {
		t.Fatal(err)
	}
	sum := d.figures.sum.Load()
	for i, p := range list {
		if sum.Best[i].Customer.ID != p.Customer.ID {
			t.Errorf("best customer %d is %s, want %s", i+1, sum.Best[i].Customer.ID, p.Customer.ID)
		}
	}
	if len(sum.Best) != len(list) {
		t.Errorf("%d best customers, want %d", len(sum.Best), len(list))
	}
}

package main

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// An assortment is what the page of all products shows.
type assortment struct {
	Text    string // what was looked for
	Waiting bool   // the models are not made yet
	Rising  []*proposal
	Fresh   []*proposal
	Rows    []*crm.Product
	More    bool // not all that fit are shown
	First   bool
	Older   string
}

// productsOnPage is how many products of the catalog are shown.
const productsOnPage = 50

// products shows what sells and what is new, and the catalog.
func (o *office) products(r *http.Request) (*page, error) {
	ctx, after := r.Context(), r.FormValue("after")
	v := &assortment{Text: strings.TrimSpace(r.FormValue("q")), Waiting: !o.foresight.ready.Load(), First: after == ""}
	p := &page{name: "products", Title: "Products", Here: "products", Data: v}
	if v.Text != "" {
		return p, o.leaf(ctx, v)
	}
	list, err := o.book.Products.Page(ctx, crm.ProductQuery{Limit: productsOnPage, After: after})
	if err != nil {
		return nil, err
	}
	v.Rows = list.Items
	if list.Next != "" {
		v.Older = "/products?" + url.Values{"after": {list.Next}}.Encode()
	}
	if v.Waiting || !v.First {
		return p, nil
	}
	rising, err := o.foresight.Trending(ctx, nil)
	if err != nil {
		return nil, err
	}
	fresh, err := o.foresight.New(ctx, nil)
	if err != nil {
		return nil, err
	}
	return p, o.book.View(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
		n := o.narrator(tx, "")
		if v.Rising, err = n.propose(ctx, rising); err != nil {
			return err
		}
		v.Fresh, err = n.propose(ctx, fresh)
		return err
	})
}

// leaf goes through the catalog for what has all words of a text in its title, brand,
// categories or SKUs.
func (o *office) leaf(ctx context.Context, v *assortment) error {
	if len(v.Text) > 400 {
		return &refusal{http.StatusBadRequest, "That is too long to look for: a few words will do."}
	}
	words := strings.Fields(strings.ToLower(v.Text))
	for p, err := range o.book.Products.List(ctx, crm.ProductQuery{}) {
		if err != nil {
			return err
		}
		parts := append([]string{p.Title, p.Brand}, p.Categories...)
		for _, variant := range p.Variants {
			parts = append(parts, variant.SKU)
		}
		text := strings.ToLower(strings.Join(parts, " "))
		if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			continue
		}
		if v.More = len(v.Rows) == productsOnPage; v.More {
			break
		}
		v.Rows = append(v.Rows, p)
	}
	return nil
}

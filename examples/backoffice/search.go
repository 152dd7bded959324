package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/search"
)

// A result is what a page of search results shows.
type result struct {
	Text     string
	Hits     []*found
	Total    int
	More     bool // Total counts not all of them
	Building bool // the index is not built yet
}

// A found is a hit with what tells it apart from the others.
type found struct {
	Customer *crm.Customer
	Sums     *crm.Aggregates
	Because  []string // what of them fits, in words
}

// most is how many hits are shown.
const most = 40

// search shows whom a text fits. What is an id leads to its page.
func (o *office) search(r *http.Request) (*page, error) {
	v := &result{Text: strings.TrimSpace(r.FormValue("q"))}
	p := &page{name: "search", Title: "Search", Here: "customers", Query: v.Text, Data: v}
	if v.Text == "" {
		return p, nil
	}
	if to := o.direct(r.Context(), v.Text); to != "" {
		return &page{to: to}, nil
	}
	p.Title = "Search for “" + v.Text + "”"
	found, err := o.find(r.Context(), v.Text, most)
	p.Data = found
	return p, err
}

// find returns whom a text fits, at most so many of them.
func (o *office) find(ctx context.Context, text string, limit int) (*result, error) {
	if len(text) > 400 {
		return nil, &refusal{http.StatusBadRequest, "That is too long to search for: a few words will do."}
	}
	v := &result{}
	return v, o.book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		answer, err := o.index.In(tx).Find(ctx, search.Query{Text: text, Limit: limit})
		if errors.Is(err, crm.ErrInvalid) {
			return &refusal{http.StatusBadRequest, "That is too much to search for: a few words will do."}
		} else if err != nil {
			return err
		}
		*v = result{Text: text, Total: answer.Total, More: answer.More, Building: answer.Building}
		for _, h := range answer.Hits {
			f := &found{Because: because(h)}
			f.Customer, err = tx.Customers.Get(ctx, h.CustomerID)
			if errors.Is(err, crm.ErrNotFound) || err == nil && !f.Customer.ErasedAt.IsZero() {
				continue // gone since the index was written
			} else if err != nil {
				return err
			}
			if f.Sums, err = tx.Customers.Aggregates(ctx, h.CustomerID); err != nil {
				return err
			}
			v.Hits = append(v.Hits, f)
		}
		return nil
	})
}

// because tells what of a customer fits, each once.
func because(h search.Hit) []string {
	var list []string
	for _, m := range h.Matches {
		s := words(m.Field)
		switch m.Field {
		case search.FieldEmail:
			s = "e-mail"
		case search.FieldRef:
			s = "key"
		}
		switch m.Kind {
		case search.KindPrefix:
			s += ", its beginning"
		case search.KindSuffix:
			s += ", its end"
		case search.KindTypo:
			s += ", spelled otherwise"
		}
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	if h.Partial {
		list = append(list, "not all words")
	}
	return list
}

// direct returns the page of what has the text as its id, "" for none.
func (o *office) direct(ctx context.Context, text string) string {
	if strings.HasPrefix(text, "ord_") {
		if v, err := o.book.Orders.Get(ctx, crm.OrderID(text)); err == nil {
			return orderPath(v.ID)
		}
	}
	if strings.HasPrefix(text, "cus_") {
		if v, err := o.book.Customers.Get(ctx, crm.CustomerID(text)); err == nil {
			return customerPath(v.ID)
		}
	}
	if strings.HasPrefix(text, "prd_") {
		if v, err := o.book.Products.Get(ctx, crm.ProductID(text)); err == nil {
			return productPath(v.ID)
		}
	}
	return ""
}

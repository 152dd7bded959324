package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A finder finds customers by what somebody typed, the best first.
type finder interface {
	find(ctx context.Context, text string, limit int) ([]*hit, error)
}

// A hit is a customer who was found.
type hit struct {
	ID      crm.CustomerID
	Because []string // what of them fits, in words
}

// A result is what a page of search results shows.
type result struct {
	Text string
	Hits []*found
	More bool // there may be more
}

// A found is a hit with what tells it apart from the others.
type found struct {
	*hit
	Customer *crm.Customer
	Sums     *crm.Aggregates
}

// most is how many hits are shown.
const most = 40

// search shows whom a text fits. What is an id leads to its page.
func (o *office) search(r *http.Request) (*page, error) {
	v := &result{Text: strings.TrimSpace(r.FormValue("q"))}
	p := &page{name: "search", Title: "Search", Here: "customers", Query: v.Text, Data: v}
	if len(v.Text) > 400 {
		return nil, &refusal{http.StatusBadRequest, "That is too long to search for: a few words will do."}
	}
	if v.Text == "" {
		return p, nil
	}
	if to := o.direct(r.Context(), v.Text); to != "" {
		return &page{to: to}, nil
	}
	p.Title = "Search for “" + v.Text + "”"
	hits, err := o.finder.find(r.Context(), v.Text, most)
	if err != nil {
		return nil, err
	}
	v.More = len(hits) == most
	return p, o.book.View(r.Context(), func(ctx context.Context, tx *crm.Tx) error {
		v.Hits = nil
		for _, h := range hits {
			c, err := tx.Customers.Get(ctx, h.ID)
			if errors.Is(err, crm.ErrNotFound) || err == nil && !c.ErasedAt.IsZero() {
				continue // gone since
			} else if err != nil {
				return err
			}
			if slices.ContainsFunc(v.Hits, func(f *found) bool { return f.Customer.ID == c.ID }) {
				continue
			}
			a, err := tx.Customers.Aggregates(ctx, h.ID)
			if err != nil {
				return err
			}
			v.Hits = append(v.Hits, &found{h, c, a})
		}
		return nil
	})
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
	return ""
}

// exact finds who has exactly what was typed: an e-mail address, a phone
// number, or a key of a source.
type exact struct{ book *crm.Book }

func (e exact) find(ctx context.Context, text string, limit int) ([]*hit, error) {
	var hits []*hit
	for _, i := range []crm.Identity{
		{Kind: crm.IdentityEmail, Value: text}, {Kind: crm.IdentityPhone, Value: text}, {Kind: crm.IdentityLoyalty, Value: text},
	} {
		ids, err := e.book.Identities.Find(ctx, i)
		if errors.Is(err, crm.ErrInvalid) {
			continue
		} else if err != nil {
			return nil, err
		}
		for _, id := range ids {
			hits = append(hits, &hit{id, []string{words(i.Kind)}})
		}
	}
	if ref, err := crm.ParseRef(text); err == nil {
		c, err := e.book.Customers.ByRef(ctx, ref)
		if err == nil {
			hits = append(hits, &hit{c.ID, []string{"key"}})
		} else if !errors.Is(err, crm.ErrNotFound) {
			return nil, err
		}
	}
	return hits[:min(limit, len(hits))], nil
}

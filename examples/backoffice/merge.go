package main

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A union is what the page before a merge shows.
type union struct {
	*crm.MergePreview
	A, B    *crm.Customer // the survivor and the other
	Rows    []*row
	Verdict *pair // how probable it is, nil when nobody knows
	Back    string
}

// A row compares the two, and what would become of it.
type row struct {
	Field     string
	A, B, One string
	odd       bool // one person says the same
}

// Differ reports whether the two say different things.
func (r *row) Differ() bool { return r.odd && r.A != "" && r.B != "" && r.A != r.B }

// mergePath is the page before a merge.
func mergePath(a, b crm.CustomerID) string {
	return "/merge?" + url.Values{"a": {string(a)}, "b": {string(b)}}.Encode()
}

// preview shows what merging two customers would do.
func (o *office) preview(r *http.Request) (*page, error) {
	a, b := crm.CustomerID(r.FormValue("a")), crm.CustomerID(r.FormValue("b"))
	if a == "" || b == "" {
		return nil, crm.ErrInvalid
	}
	v := &union{Back: r.FormValue("back")}
	err := o.book.View(r.Context(), func(ctx context.Context, tx *crm.Tx) (err error) {
		if v.MergePreview, err = tx.Customers.PreviewMerge(ctx, a, b); err != nil {
			return err
		}
		if v.A, err = tx.Customers.Get(ctx, v.Survivor); err != nil {
			return err
		}
		if v.B, err = tx.Customers.Get(ctx, v.Absorbed); err != nil {
			return err
		}
		sumsA, err := tx.Customers.Aggregates(ctx, v.A.ID)
		if err != nil {
			return err
		}
		sumsB, err := tx.Customers.Aggregates(ctx, v.B.ID)
		if err != nil {
			return err
		}
		v.Rows = o.compare(v, sumsA, sumsB)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if v.Verdict, err = o.twins.verdict(r.Context(), v.A.ID, v.B.ID); err != nil {
		return nil, err
	}
	return &page{name: "merge", Title: "Are these one person?", Here: "duplicates", Data: v}, nil
}

// compare makes the rows, without those of which nothing is known.
func (o *office) compare(v *union, a, b *crm.Aggregates) []*row {
	one, sum := v.Customer, v.Totals
	if one == nil {
		one = &crm.Customer{}
	}
	if sum == nil {
		sum = &crm.Aggregates{}
	}
	var rows []*row
	of := func(field string, odd bool, say func(*crm.Customer) string) {
		rows = append(rows, &row{field, say(v.A), say(v.B), say(one), odd})
	}
	sums := func(field string, say func(*crm.Aggregates) string) {
		rows = append(rows, &row{field, say(a), say(b), say(sum), false})
	}
	of("Name", true, (*crm.Customer).Name)
	of("Company", true, func(c *crm.Customer) string { return c.Company })
	of("E-mail", true, func(c *crm.Customer) string { return c.Email })
	of("Phone", true, func(c *crm.Customer) string { return c.Phone })
	of("Birthday", true, func(c *crm.Customer) string { return birthday(c.Birthday) })
	of("Address", true, func(c *crm.Customer) string {
		if len(c.Addresses) == 0 {
			return ""
		}
		return oneLine(c.Addresses[0])
	})
	of("Account", false, func(c *crm.Customer) string {
		switch {
		case c.ID == "":
			return ""
		case c.Account:
			return "registered"
		}
		return "guest"
	})
	rows = append(rows, &row{"Keys", keys(v.A), keys(v.B), keys(v.A, v.B), false})
	of("First seen", false, func(c *crm.Customer) string {
		if c.FirstSeenAt.IsZero() {
			return ""
		}
		return o.day(c.FirstSeenAt)
	})
	sums("Orders", func(a *crm.Aggregates) string { return count(a.Orders) })
	sums("Net", func(a *crm.Aggregates) string { return money(a.Base.Net()) })
	return slices.DeleteFunc(rows, func(r *row) bool { return r.A+r.B+r.One == "" })
}

// keys are those that the shop has of customers: the whole goes by all of them.
func keys(customers ...*crm.Customer) string {
	var list []string
	for _, c := range customers {
		for _, r := range c.Refs {
			list = append(list, r.String())
		}
	}
	return strings.Join(list, ", ")
}

// oneLine writes an address on a line.
func oneLine(a crm.Address) string {
	s := ""
	for _, part := range []string{a.Line1, a.Line2, a.Postcode + " " + a.City, a.Region, a.Country} {
		if part != "" && part != " " {
			if s != "" {
				s += ", "
			}
			s += part
		}
	}
	return s
}

// merge makes two customers one.
func (o *office) merge(r *http.Request) (string, error) {
	from, into := crm.CustomerID(r.PostFormValue("from")), crm.CustomerID(r.PostFormValue("into"))
	p, err := o.book.Customers.PreviewMerge(r.Context(), from, into)
	if err != nil {
		return "", err
	}
	if len(p.Blockers) > 0 {
		return "", &refusal{http.StatusConflict, "They cannot be merged, or not any more: load the page before this one again, and it tells why."}
	}
	if (p.Absorbed != from || p.Survivor != into) && (p.Absorbed != into || p.Survivor != from) {
		return "", &refusal{http.StatusConflict, "One of them was merged with somebody else since, who would come too. Nothing was changed: compare the two again."}
	}
	if len(p.Warnings) > 0 && r.PostFormValue("sure") != "yes" {
		return "", &refusal{http.StatusBadRequest, "Something speaks against it: go back, read what, and tick the box if they are one person all the same."}
	}
	if err := o.twins.same(r.Context(), from, into); err != nil {
		return "", err
	}
	return customerPath(p.Survivor) + "?done=merged", nil
}

// unmerge gives both back.
func (o *office) unmerge(r *http.Request) (string, error) {
	c, err := o.book.Customers.Unmerge(r.Context(), crm.CustomerID(r.PostFormValue("id")))
	if err != nil {
		return "", err
	}
	return customerPath(c.ID) + "?done=unmerged", nil
}

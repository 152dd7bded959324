package main

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A pair is two customers who may be one person, and what speaks for it.
type pair struct {
	A, B        *crm.Customer // A is whose page it is
	Probability float64
	Band        string // what to make of it, in words
	Note        string // why it is no more than possible; "" when the probability says so
	Evidence    []*evidence
}

// Merge is the page on which to decide.
func (p *pair) Merge() string { return mergePath(p.A.ID, p.B.ID) }

// Percent is the probability, and never more than is known.
func (p *pair) Percent() string {
	switch n := p.Probability * 100; {
	case n > 99.9:
		return "over 99.9 %"
	case n > 99:
		return strconv.FormatFloat(math.Floor(n*10)/10, 'f', 1, 64) + " %"
	case n < 1:
		return "under 1 %"
	default:
		return strconv.FormatFloat(math.Floor(n), 'f', 0, 64) + " %"
	}
}

// For returns the fields that speak for it, on a line.
func (p *pair) For() string {
	var list []string
	for _, e := range p.Evidence {
		if e.Weight > 0 {
			list = append(list, e.Field)
		}
	}
	return strings.Join(list, ", ")
}

// An evidence is how the two compare in a field, and how much that says.
type evidence struct {
	Field  string
	Says   string
	Weight float64 // in bits: for it above 0, against it below
}

// Speaks tells what the evidence is worth, in words.
func (e *evidence) Speaks() string {
	strong := ""
	if math.Abs(e.Weight) >= 6 {
		strong = "strongly "
	}
	switch {
	case math.Abs(e.Weight) < 0.5:
		return "says nothing"
	case e.Weight > 0:
		return "speaks " + strong + "for it"
	}
	return "speaks " + strong + "against it"
}

// Size is the weight without its sign, cut where more makes no difference.
func (e *evidence) Size() string {
	return strconv.FormatFloat(min(math.Abs(e.Weight), 16), 'f', 1, 64)
}

// A queue is a page of pairs to be looked at.
type queue struct {
	Pairs    []*pair
	Searched time.Time // when the book was searched; zero until the first search has ended
	Older    string
}

// duplicates shows who may be the same person, the most probable first.
func (o *office) duplicates(r *http.Request) (*page, error) {
	list, next, err := o.twins.page(r.Context(), r.FormValue("after"))
	if err != nil {
		return nil, err
	}
	last, err := o.twins.finder.Last(r.Context())
	if err != nil {
		return nil, err
	}
	v := &queue{Pairs: list, Searched: last.At}
	if next != "" {
		v.Older = "/duplicates?" + url.Values{"after": {next}}.Encode()
	}
	return &page{name: "duplicates", Title: "Probably the same person", Here: "duplicates", Notice: notices[r.FormValue("done")], Data: v}, nil
}

// distinct notes that two customers are not the same person.
func (o *office) distinct(r *http.Request) (string, error) {
	a, b := crm.CustomerID(r.PostFormValue("a")), crm.CustomerID(r.PostFormValue("b"))
	if a == "" || b == "" {
		return "", &refusal{http.StatusBadRequest, "That form could not be read."}
	}
	if err := o.twins.apart(r.Context(), a, b); err != nil {
		return "", err
	}
	if r.PostFormValue("back") == "duplicates" {
		return "/duplicates?done=distinct", nil
	}
	return customerPath(a) + "?done=distinct", nil
}

package main

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

// A hand is what the page of whom the shop picked for a segment shows.
type hand struct {
	*segment.Segment
	Text   string    // whom somebody looks for
	Hits   []*picked // who fits it
	Picked []*picked // of whom something is said, those who are kept out first
	All    int       // who are picked
	From   int       // the number of the first of Picked, from 1
	Newer  string
	Older  string
}

// List reports whether the segment has no rule.
func (v *hand) List() bool { return v.Rule.IsZero() }

// A picked is a customer, and what is said of them by hand.
type picked struct {
	*found
	In, Out bool
	list    bool
}

// Choice is what can be said of the customer.
func (p *picked) Choice() *choice {
	return &choice{string(p.Customer.ID), name(p.Customer), !p.In, !p.Out && !p.list, p.In || p.Out, p.list}
}

// A choice is which buttons say something by hand of a customer and a segment.
type choice struct {
	Value         string // of the buttons: the id of what the form does not name
	Of            string // what that is called
	In, Out, Rule bool   // put in, keep out, leave to the rule
	List          bool   // there is no rule
}

// How many customers are looked at who fit a text, and are on a page of picks.
const (
	mostHits    = 10
	picksOnPage = 50
)

// hand shows whom the shop put into a segment and kept out of it, and looks for
// others.
func (o *office) hand(r *http.Request) (*page, error) {
	ctx, id := r.Context(), segment.ID(r.PathValue("id"))
	s, err := o.roster.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	after, err := afterOf(r)
	if err != nil {
		return nil, err
	}
	in, out, err := o.roster.Picks(ctx, id)
	if err != nil {
		return nil, err
	}
	said := map[crm.CustomerID]bool{}
	for _, c := range in {
		said[c] = true
	}
	for _, c := range out {
		said[c] = false
	}
	v := &hand{Segment: s, Text: strings.TrimSpace(r.FormValue("q")), All: len(said), From: after + 1}
	p := &page{name: "hand", Title: "By hand: " + s.Name, Here: "segments", Notice: notices[r.FormValue("done")], Data: v}
	at := func(after int) string {
		return segmentPath(id) + "/hand?" + url.Values{"after": {strconv.Itoa(after)}}.Encode()
	}
	rows := slices.Concat(out, in)
	rows = rows[min(after, len(rows)):]
	if after > 0 {
		v.Newer = at(max(0, after-picksOnPage))
	}
	if len(rows) > picksOnPage {
		rows, v.Older = rows[:picksOnPage], at(after+picksOnPage)
	}
	list, err := o.introduce(ctx, rows)
	if err != nil {
		return nil, err
	}
	if v.Picked, err = o.told(ctx, v.List(), said, list); err != nil || v.Text == "" {
		return p, err
	}
	found, err := o.find(ctx, v.Text, mostHits)
	if err != nil {
		return nil, err
	}
	v.Hits, err = o.told(ctx, v.List(), said, found.Hits)
	return p, err
}

// told tells what is said by hand of customers, each once: of all the ids that
// were merged into theirs.
func (o *office) told(ctx context.Context, list bool, said map[crm.CustomerID]bool, customers []*found) ([]*picked, error) {
	var rows []*picked
	for _, f := range customers {
		if slices.ContainsFunc(rows, func(p *picked) bool { return p.Customer.ID == f.Customer.ID }) {
			continue
		}
		ids, err := o.book.Customers.Members(ctx, f.Customer.ID)
		if err != nil {
			return nil, err
		}
		p := &picked{found: f, list: list}
		for _, id := range ids {
			in, ok := said[id]
			p.In, p.Out = p.In || ok && in, p.Out || ok && !in
		}
		p.In = p.In && !p.Out
		rows = append(rows, p)
	}
	return rows, nil
}

// pick says something of a customer by hand, or takes it back. The form names the
// segment or the customer, and its button the other.
func (o *office) pick(r *http.Request) (string, error) {
	var do func(context.Context, segment.ID, ...crm.CustomerID) error
	var done, chosen string
	for _, c := range []struct {
		name string
		do   func(context.Context, segment.ID, ...crm.CustomerID) error
	}{{"in", o.roster.Include}, {"out", o.roster.Exclude}, {"rule", o.roster.Release}} {
		if v := r.PostFormValue(c.name); v != "" {
			do, done, chosen = c.do, c.name, v
		}
	}
	if do == nil {
		return "", &refusal{http.StatusBadRequest, "That form does not say what to do."}
	}
	id, of := segment.ID(r.PostFormValue("id")), crm.CustomerID(r.PostFormValue("of"))
	to := segmentPath(id) + "/hand"
	switch {
	case of != "":
		id, to = segment.ID(chosen), customerPath(of)+"/segments"
	case r.PostFormValue("back") == "lookalike":
		to = segmentPath(id) + "/lookalike"
		fallthrough
	default:
		of = crm.CustomerID(chosen)
	}
	return to + "?done=" + done, do(r.Context(), id, of)
}

// afterOf is after how many of a list a page begins.
func afterOf(r *http.Request) (int, error) {
	text := r.FormValue("after")
	if text == "" {
		return 0, nil
	}
	after, err := strconv.Atoi(text)
	if err != nil || after < 0 {
		return 0, crm.ErrInvalid
	}
	return after, nil
}

package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

// A dossier is what the page of a segment shows.
type dossier struct {
	*segment.Segment
	Text    string // of the rule, on lines
	Count   int
	All     int // customers
	Chart   *chart
	Days    []segment.Day // on which something became of it, the newest first
	Spans   []span
	Members []*found
	From    int // the number of the first of Members, from 1
	Newer   string
	Older   string
	Common  []*common
	Users   []*segment.Segment // whose rules name it
	In, Out int                // who are put in and kept out by hand, beside a rule
	Copy    string             // what a list of the members may be called
}

// Last is the number of the last of Members.
func (v *dossier) Last() int { return v.From + len(v.Members) - 1 }

// A span is how far back the growth goes.
type span struct {
	Days int
	Path string
	Here bool
}

// A common is another segment, and how many are in both.
type common struct {
	*segment.Segment
	Both, Count int
}

// How many members are on a page, how far back the growth may go, and with how
// many others a segment is compared.
const (
	membersOnPage = 50
	mostCommon    = 30
)

var spans = []int{30, 90, 365}

// segment shows a segment: who is in it, how it grew, and what else they are in.
func (o *office) segment(r *http.Request) (*page, error) {
	ctx, id := r.Context(), segment.ID(r.PathValue("id"))
	s, err := o.roster.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	v := &dossier{Segment: s, Text: s.Rule.Wrap(80), From: 1, Copy: s.Name + ", " + o.book.Now().In(o.zone).Format("2 Jan 2006")}
	p := &page{name: "segment", Title: s.Name, Here: "segments", Notice: notices[r.FormValue("done")], Data: v}
	after, err := afterOf(r)
	if err != nil {
		return nil, err
	}
	days := spans[1]
	if text := r.FormValue("days"); text != "" {
		if days, err = strconv.Atoi(text); err != nil || !slices.Contains(spans, days) {
			return nil, crm.ErrInvalid
		}
	}
	if v.Users, err = o.roster.Uses(ctx, id); err != nil {
		return nil, err
	}
	if !s.Rule.IsZero() { // of a list they are its members
		in, out, err := o.roster.Picks(ctx, id)
		if err != nil {
			return nil, err
		}
		v.In, v.Out = len(in), len(out)
	}
	if err := o.grow(ctx, v, days); err != nil {
		return nil, err
	}
	if !o.roster.ready.Load() {
		p.Notice = notices["counting"]
		return p, nil
	}
	if err := o.enroll(ctx, v, after); err != nil {
		return nil, err
	}
	return p, o.overlap(ctx, v)
}

// grow reads what became of a segment.
func (o *office) grow(ctx context.Context, v *dossier, back int) error {
	now := o.book.Now()
	days, err := o.roster.Growth(ctx, v.ID, now.AddDate(0, 0, 1-back), now)
	if err != nil {
		return err
	}
	for _, n := range spans {
		v.Spans = append(v.Spans, span{n, segmentPath(v.ID) + "?days=" + strconv.Itoa(n), n == back})
	}
	if len(days) == 0 {
		return nil
	}
	v.Chart = draw(days)
	for _, d := range slices.Backward(days) {
		if d.Joined+d.Left > 0 {
			v.Days = append(v.Days, d)
		}
	}
	return nil
}

// enroll reads a page of who is in a segment.
func (o *office) enroll(ctx context.Context, v *dossier, after int) error {
	var ids []crm.CustomerID
	n := 0
	for id, err := range o.roster.Catalog.Members(ctx, v.ID) {
		if err != nil {
			return err
		}
		if n++; n > after+membersOnPage {
			break
		}
		if n > after {
			ids = append(ids, id)
		}
	}
	at := func(after int) string {
		return segmentPath(v.ID) + "?" + url.Values{"after": {strconv.Itoa(after)}}.Encode() + "#members"
	}
	v.From = after + 1
	if after > 0 {
		v.Newer = at(max(0, after-membersOnPage))
	}
	if n > after+membersOnPage {
		v.Older = at(after + membersOnPage)
	}
	var err error
	v.Members, err = o.introduce(ctx, ids)
	return err
}

// introduce reads who customers are and what they brought. Who has gone
// meanwhile is left out.
func (o *office) introduce(ctx context.Context, ids []crm.CustomerID) ([]*found, error) {
	var list []*found
	return list, o.book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		list = nil
		for _, id := range ids {
			c, err := tx.Customers.Get(ctx, id)
			if errors.Is(err, crm.ErrNotFound) || err == nil && !c.ErasedAt.IsZero() {
				continue
			} else if err != nil {
				return err
			}
			sums, err := tx.Customers.Aggregates(ctx, id)
			if err != nil {
				return err
			}
			list = append(list, &found{Customer: c, Sums: sums})
		}
		return nil
	})
}

// overlap counts the segment, everybody, and who is in it and in others, most
// first.
func (o *office) overlap(ctx context.Context, v *dossier) error {
	list, err := o.roster.all(ctx)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(s *segment.Segment) bool { return s.ID == v.ID })
	list = list[:min(len(list), mostCommon)]
	ids := []segment.ID{v.ID}
	for _, s := range list {
		ids = append(ids, s.ID)
	}
	matrix, err := o.roster.Overlap(ctx, ids...)
	if err != nil {
		return err
	}
	v.Count = matrix[0][0]
	for i, s := range list {
		if both := matrix[0][i+1]; both > 0 {
			v.Common = append(v.Common, &common{s, both, matrix[i+1][i+1]})
		}
	}
	slices.SortStableFunc(v.Common, func(a, b *common) int { return b.Both - a.Both })
	every, err := o.roster.Preview(ctx, everybody, 0)
	if err == nil {
		v.All = every.Count
	}
	return err
}

// A standing is what the page of a customer's segments shows.
type standing struct {
	Customer *crm.Customer
	In, Out  []*verdict
}

// A verdict is whether a customer is in a segment, and why.
type verdict struct {
	*segment.Segment
	Why *segment.Explanation
}

// Choice is what can be said of the customer by hand.
func (v *verdict) Choice() *choice {
	list := v.Rule.IsZero()
	return &choice{string(v.ID), v.Name, !v.Why.Holds, v.Why.Holds && !list, byHand(v.Why), list}
}

// byHand reports whether something is said of the customer by hand, of this
// segment and not of those that its rule names.
func byHand(x *segment.Explanation) bool {
	if isPick(x) {
		return x.Holds
	}
	return slices.ContainsFunc(x.Parts, func(p *segment.Explanation) bool { return p.Segment == "" && byHand(p) })
}

// standing shows which segments a customer is in, which not, and why.
func (o *office) standing(r *http.Request) (*page, error) {
	ctx, id := r.Context(), crm.CustomerID(r.PathValue("id"))
	c, err := o.book.Customers.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !c.ErasedAt.IsZero() {
		return nil, crm.ErrErased
	}
	v := &standing{Customer: c}
	p := &page{name: "standing", Title: "Segments of " + name(c), Here: "customers", Notice: notices[r.FormValue("done")], Data: v}
	if !o.roster.ready.Load() {
		p.Notice = notices["counting"]
		return p, nil
	}
	list, err := o.roster.all(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range list {
		why, err := o.roster.Why(ctx, s.ID, id)
		if errors.Is(err, crm.ErrNotFound) { // the segment has gone, or nobody has counted the customer yet
			continue
		} else if err != nil {
			return nil, err
		}
		if why.Holds {
			v.In = append(v.In, &verdict{s, why})
		} else {
			v.Out = append(v.Out, &verdict{s, why})
		}
	}
	return p, nil
}

// isPick reports whether a condition is what the shop says by hand.
func isPick(x *segment.Explanation) bool {
	return x.Rule == "included by hand" || x.Rule == "excluded by hand"
}

// seen tells what of a customer a condition was compared with.
func (o *office) seen(x *segment.Explanation) string {
	var list []string
	switch {
	case !x.Value.IsZero():
		list = append(list, o.valueWords(x.Value))
	case len(x.Parts) == 0 && x.Facts == 0 && x.Rule != "" && !isPick(x):
		list = append(list, "nothing")
	}
	switch {
	case x.Facts > 0 && len(list) > 0:
		list = append(list, "by "+plural(x.Facts, "fact"))
	case x.Facts > 0:
		list = append(list, plural(x.Facts, "fact"))
	}
	return strings.Join(list, ", ")
}

// valueWords writes a value.
func (o *office) valueWords(v crm.Value) string {
	switch v.Type() {
	case crm.TypeBool:
		if v.Bool() {
			return "yes"
		}
		return "no"
	case crm.TypeTime:
		if t := v.Time().In(o.zone); t.Hour() == 0 && t.Minute() == 0 {
			return o.day(t)
		}
		return o.when(v.Time())
	case crm.TypeMoney:
		return money(v.Money())
	case crm.TypeNumber:
		return count(v.String())
	}
	return v.String()
}

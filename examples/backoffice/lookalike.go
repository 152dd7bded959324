package main

import (
	"net/http"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

// A kinship is what the page of who is like the members of a segment shows.
type kinship struct {
	*segment.Segment
	Rows []*relative
}

// A relative is somebody who is like the members, and by what.
type relative struct {
	*found
	Score  float64
	Common []segment.Rule
}

// Percent is how like they are.
func (v *relative) Percent() string { return percent(v.Score) }

// Choice is what can be said of the customer.
func (v *relative) Choice() *choice {
	return &choice{Value: string(v.Customer.ID), Of: name(v.Customer), In: true}
}

// mostAlike is how many are shown.
const mostAlike = 25

// lookalike shows who is most like the members of a segment without being one.
func (o *office) lookalike(r *http.Request) (*page, error) {
	ctx, id := r.Context(), segment.ID(r.PathValue("id"))
	s, err := o.roster.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	v := &kinship{Segment: s}
	p := &page{name: "lookalike", Title: "Who is like “" + s.Name + "”", Here: "segments", Notice: notices[r.FormValue("done")], Data: v}
	if !o.roster.ready.Load() {
		p.Notice = notices["counting"]
		return p, nil
	}
	list, err := o.roster.Lookalike(ctx, id, mostAlike)
	if err != nil {
		return nil, err
	}
	like := map[crm.CustomerID]segment.Likeness{}
	var ids []crm.CustomerID
	for _, l := range list {
		like[l.CustomerID], ids = l, append(ids, l.CustomerID)
	}
	known, err := o.introduce(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, f := range known {
		l, ok := like[f.Customer.ID]
		if ok { // else they were merged meanwhile
			v.Rows = append(v.Rows, &relative{f, l.Score, l.Why})
		}
	}
	return p, nil
}

package main

import (
	"context"
	"net/http"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

// A portrait is what the page of a customer shows.
type portrait struct {
	Customer    *crm.Customer
	Asked       crm.CustomerID // whose page was asked for: the customer's, or another's who was merged with them
	Sums        *crm.Aggregates
	Known       []crm.Identity
	Gates       []*gate
	Permissions []*permission
	Attributes  []*attribute
	Preferences []crm.Preference
	Traits      []crm.Trait
	Groups      []*circle
	Members     []*member // the others who were merged into one with the customer
	Story       *story
	Twins       []*pair // who is probably the same person
	Segments    []*segment.Segment
	Counting    bool // the segments cannot be asked yet
}

// An attribute is something that the shop declared, and what it is of a
// customer.
type attribute struct {
	Title string
	Value crm.Value
}

// A member is an id that was merged into a customer, with its own record and
// what it is known by.
type member struct {
	*crm.Customer
	Known []crm.Identity
}

// A circle is a household or a company, and who else is in it.
type circle struct {
	*crm.Group
	Others []*crm.Customer
	Role   string // of the customer
}

// customer shows all that there is of one customer.
func (o *office) customer(r *http.Request) (*page, error) {
	id := crm.CustomerID(r.PathValue("id"))
	v := &portrait{Asked: id}
	err := o.book.View(r.Context(), func(ctx context.Context, tx *crm.Tx) (err error) {
		if v.Customer, err = tx.Customers.Get(ctx, id); err != nil {
			return err
		}
		if !v.Customer.ErasedAt.IsZero() {
			return crm.ErrErased
		}
		if v.Story, err = o.story(ctx, tx, id, r.FormValue("show"), r.FormValue("after")); err != nil {
			return err
		}
		return o.portray(ctx, tx, v)
	})
	if err != nil {
		return nil, err
	}
	if v.Twins, err = o.twins.like(r.Context(), v.Customer.ID); err != nil {
		return nil, err
	}
	if v.Counting = !o.roster.ready.Load(); !v.Counting {
		if v.Segments, err = o.roster.Of(r.Context(), v.Customer.ID); err != nil {
			return nil, err
		}
	}
	return &page{name: "customer", Title: name(v.Customer), Here: "customers", Notice: notices[r.FormValue("done")], Data: v}, nil
}

// notices tell what was just done.
var notices = map[string]string{
	"merged":   "The two are one customer now. Nothing was moved: “un-merge” below gives both back exactly, but what one of them withdrew stays withdrawn for both.",
	"unmerged": "They are two customers again, each with what is their own.",
	"taken":    "The segment is yours now: change its rule as you like.",
	"made":     "The segment is made.",
	"saved":    "The segment is saved.",
	"deleted":  "The segment is deleted, with its history.",
	"in":       "Put in by hand: they stay in it, whatever a rule says.",
	"out":      "Kept out by hand: they do not come in, whatever a rule says.",
	"rule":     "What was said of them by hand is taken back.",
	"kept":     "Everybody who is in the segment now is on this list, which stays as it is.",
	"counting": "The book is being read for the segments. Load this page again in a moment.",
	"distinct": "Noted: these two are not the same person, and will not be put forward again.",
}

// portray reads everything but the timeline, in one snapshot with it.
func (o *office) portray(ctx context.Context, tx *crm.Tx, v *portrait) (err error) {
	id := v.Customer.ID
	if v.Sums, err = tx.Customers.Aggregates(ctx, id); err != nil {
		return err
	}
	if v.Known, err = tx.Identities.List(ctx, id); err != nil {
		return err
	}
	if v.Gates, err = gates(ctx, tx, id); err != nil {
		return err
	}
	if v.Permissions, err = permissions(ctx, tx, id); err != nil {
		return err
	}
	if v.Preferences, err = tx.Traits.Preferences(ctx, id); err != nil {
		return err
	}
	if v.Traits, err = tx.Traits.Get(ctx, id); err != nil {
		return err
	}
	v.Traits = slices.DeleteFunc(v.Traits, func(t crm.Trait) bool { return t.Room == crm.Stated || t.Room == "segment" }) // shown as preferences and as segments
	declared, err := tx.Customers.Attributes(ctx)
	if err != nil {
		return err
	}
	for _, d := range declared {
		if value := v.Customer.Attributes[d.Name]; !value.IsZero() {
			v.Attributes = append(v.Attributes, &attribute{firstOf(d.Title, d.Name), value})
		}
	}
	all, err := tx.Customers.Records(ctx, id)
	if err != nil {
		return err
	}
	ids := []crm.CustomerID{id}
	for _, c := range all[1:] {
		ids = append(ids, c.ID)
		known := slices.DeleteFunc(slices.Clone(v.Known), func(i crm.Identity) bool { return i.CustomerID != c.ID })
		v.Members = append(v.Members, &member{c, known})
	}
	v.Groups, err = circles(ctx, tx, id, ids)
	return err
}

// circles reads the groups of a person.
func circles(ctx context.Context, tx *crm.Tx, id crm.CustomerID, ids []crm.CustomerID) ([]*circle, error) {
	groups, err := tx.Groups.Of(ctx, id)
	if err != nil {
		return nil, err
	}
	var list []*circle
	for _, g := range groups {
		c := &circle{Group: g}
		for _, m := range g.Members {
			if slices.Contains(ids, m.CustomerID) {
				c.Role = firstOf(c.Role, m.Role)
				continue
			}
			if len(c.Others) == 20 {
				break
			}
			other, err := tx.Customers.Get(ctx, m.CustomerID)
			if err != nil {
				return nil, err
			}
			c.Others = append(c.Others, other)
		}
		list = append(list, c)
	}
	return list, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

// A roster is the segments of the book, and whether they can be asked yet: the
// catalog reads the whole book once.
type roster struct {
	*segment.Catalog
	ready atomic.Bool
}

// warm has the catalog read the book.
func (s *roster) warm(ctx context.Context) error {
	if _, err := s.Preview(ctx, everybody, 0); err != nil {
		return err
	}
	s.ready.Store(true)
	return nil
}

// run is warm as a loop.
func (s *roster) run(ctx context.Context) error {
	if err := s.warm(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

// all returns the segments, by name.
func (s *roster) all(ctx context.Context) ([]*segment.Segment, error) {
	var list []*segment.Segment
	for v, err := range s.List(ctx) {
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// everybody is true of every customer.
var everybody = segment.All()

// A shelf is what the page of all segments shows.
type shelf struct {
	All     int // customers
	Rows    []*entry
	Presets []*entry // that are not among them
}

// An entry is a segment, and how many are in it.
type entry struct {
	*segment.Segment
	Count        int
	Joined, Left int // in the last week
}

// segments shows all segments, and those that could be.
func (o *office) segments(r *http.Request) (*page, error) {
	p := &page{name: "segments", Title: "Segments", Here: "segments", Notice: notices[r.FormValue("done")], Data: (*shelf)(nil)}
	if !o.roster.ready.Load() {
		return p, nil
	}
	ctx := r.Context()
	list, err := o.roster.all(ctx)
	if err != nil {
		return nil, err
	}
	v := &shelf{}
	var ids []segment.ID
	for _, s := range list {
		v.Rows = append(v.Rows, &entry{Segment: s})
		ids = append(ids, s.ID)
	}
	common, err := o.roster.Overlap(ctx, ids...) // of one instant, unlike one count after the other
	if err != nil {
		return nil, err
	}
	now := o.book.Now()
	for i, e := range v.Rows {
		e.Count = common[i][i]
		days, err := o.roster.Growth(ctx, e.ID, now.AddDate(0, 0, -6), now)
		if err != nil {
			return nil, err
		}
		for _, d := range days {
			e.Joined, e.Left = e.Joined+d.Joined, e.Left+d.Left
		}
	}
	for _, s := range segment.Presets() {
		if slices.ContainsFunc(list, func(had *segment.Segment) bool { return had.ID == s.ID || strings.EqualFold(had.Name, s.Name) }) {
			continue
		}
		v.Presets = append(v.Presets, &entry{Segment: &s})
	}
	every, err := o.roster.Preview(ctx, everybody, 0)
	if err != nil {
		return nil, err
	}
	v.All = every.Count
	p.Data = v
	return p, nil
}

// preset takes over a segment that many shops want.
func (o *office) preset(r *http.Request) (string, error) {
	id := segment.ID(r.PostFormValue("id"))
	list := segment.Presets()
	i := slices.IndexFunc(list, func(s segment.Segment) bool { return s.ID == id })
	if i < 0 {
		return "", &refusal{http.StatusBadRequest, "There is no such segment to be taken over."}
	}
	s, err := o.roster.Create(r.Context(), list[i])
	if errors.Is(err, crm.ErrExists) {
		return "", &refusal{http.StatusConflict, "A segment with that name is there already: load the page again to see it."}
	} else if err != nil {
		return "", err
	}
	return segmentPath(s.ID) + "?done=taken", nil
}

// drop deletes a segment, unless rules of others name it.
func (o *office) drop(r *http.Request) (string, error) {
	id := segment.ID(r.PostFormValue("id"))
	err := o.roster.Delete(r.Context(), id)
	if errors.Is(err, segment.ErrUsed) {
		users, err := o.roster.Uses(r.Context(), id)
		if err != nil {
			return "", err
		}
		var names []string
		for _, s := range users {
			names = append(names, "“"+s.Name+"”")
		}
		return "", &refusal{http.StatusConflict, fmt.Sprintf("This segment cannot be deleted while the rules of others name it: %s. Change or delete those first.", strings.Join(names, ", "))}
	} else if err != nil {
		return "", err
	}
	return "/segments?done=deleted", nil
}

// snapshot keeps who is in a segment now, as a list.
func (o *office) snapshot(r *http.Request) (string, error) {
	s, err := o.roster.Snapshot(r.Context(), segment.ID(r.PostFormValue("id")), strings.TrimSpace(r.PostFormValue("name")))
	invalid, isInvalid := errors.AsType[*crm.InvalidError](err)
	switch {
	case errors.Is(err, crm.ErrExists):
		return "", &refusal{http.StatusConflict, "A segment with that name is there already: go back and call the list something else."}
	case isInvalid:
		return "", &refusal{http.StatusUnprocessableEntity, fmt.Sprintf("The list cannot be called that: want %s. Go back and call it something else.", invalid.Fields[0].Want)}
	case err != nil:
		return "", err
	}
	return segmentPath(s.ID) + "?done=kept", nil
}

// segmentPath is the page of a segment, whose id may be the shop's own.
func segmentPath(id segment.ID) string { return "/segments/" + url.PathEscape(string(id)) }

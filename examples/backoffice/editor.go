package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// A draft is a segment as somebody types it.
type draft struct {
	ID          segment.ID // "" for one that is still to be
	Seen        string     // the mark of what it was when the editor was opened
	Name        string
	Description string
	Rule        string
	Who         crm.CustomerID // of whom it is told why, "" for the first of the sample
	Said        []string       // why it was not saved
	Theirs      *segment.Segment
	Look        *look
}

// A look tells of whom a rule is true, or what is wrong with it.
type look struct {
	Empty  bool // there is no rule
	Faults []*fault
	Pieces []piece // of the rule, when it has faults
	Count  int
	All    int // customers
	Took   time.Duration
	Sample []*found
	Who    *crm.Customer
	Why    *segment.Explanation
}

// How many of whom a rule is true are shown.
const sampled = 10

// longestRule is how long the text of a rule may be for the parser, in bytes; a
// form may have more, and is told what is wrong.
const longestRule = 64 << 10

// compose shows the editor.
func (o *office) compose(r *http.Request) (*page, error) {
	d := &draft{ID: segment.ID(r.PathValue("id"))}
	if d.ID != "" {
		s, err := o.roster.Get(r.Context(), d.ID)
		if err != nil {
			return nil, err
		}
		d.Seen, d.Name, d.Description, d.Rule = mark(s), s.Name, s.Description, s.Rule.Wrap(80)
	} else if name := r.FormValue("group"); name != "" { // of recency, frequency and money
		list := rfm.Ten().Groups
		i := slices.IndexFunc(list, func(g rfm.Group) bool { return g.Name == name })
		if i < 0 {
			return nil, crm.ErrNotFound
		}
		d.Name, d.Rule = list[i].Title, segment.Field("rfm_group").Is(name).String()
	}
	return o.editor(r.Context(), d)
}

// editor is the page of a draft.
func (o *office) editor(ctx context.Context, d *draft) (_ *page, err error) {
	if d.Look == nil {
		if d.Look, err = o.lookAt(ctx, d); err != nil {
			return nil, err
		}
	}
	p := &page{name: "editor", Title: "New segment", Here: "segments", script: true, Data: d}
	if d.ID != "" {
		p.Title = "Edit “" + cmp.Or(d.Name, string(d.ID)) + "”"
	}
	return p, nil
}

// read reads a draft from a form.
func (o *office) read(r *http.Request) *draft {
	text := func(name string) string { return strings.ReplaceAll(r.PostFormValue(name), "\r\n", "\n") }
	d := &draft{
		ID: segment.ID(text("id")), Seen: text("seen"), Name: text("name"), Description: text("description"), Rule: text("rule"),
		Who: crm.CustomerID(text("of")),
	}
	if who := text("who"); who != "" {
		d.Who = crm.CustomerID(who)
	}
	return d
}

// glance answers while somebody types.
func (o *office) glance(r *http.Request) (*page, error) {
	d := o.read(r)
	var err error
	if d.Look, err = o.lookAt(r.Context(), d); err != nil {
		return nil, err
	}
	return &page{name: "editor", part: "look", Data: d}, nil
}

// edit takes the editor's form: to save the draft, to mend a fault of it, or only
// to look at it.
func (o *office) edit(r *http.Request) (*page, error) {
	ctx, d := r.Context(), o.read(r)
	switch fix := r.PostFormValue("fix"); {
	case fix != "":
		d.Rule = mend(d.Rule, faultsOf(o.check(ctx, d.Rule)), fix)
	case r.PostFormValue("do") == "save":
		return o.keep(ctx, d)
	}
	return o.editor(ctx, d)
}

// keep saves a draft, unless somebody else has changed the segment since it was
// opened: then both are shown.
func (o *office) keep(ctx context.Context, d *draft) (*page, error) {
	rule, err := segment.Parse(d.Rule)
	if strings.TrimSpace(d.Rule) == "" {
		rule, err = segment.Rule{}, nil
	}
	var kept *segment.Segment
	done := "made"
	switch {
	case err != nil:
	case d.ID == "":
		kept, err = o.roster.Create(ctx, segment.Segment{Name: d.Name, Description: d.Description, Rule: rule})
	default:
		done = "saved"
		kept, err = o.roster.Update(ctx, d.ID, func(s *segment.Segment) error {
			if mark(s) != d.Seen {
				theirs := *s
				d.Theirs = &theirs
				return errMeanwhile
			}
			s.Name, s.Description, s.Rule = d.Name, d.Description, rule
			return nil
		})
	}
	if err == nil {
		return &page{to: segmentPath(kept.ID) + "?done=" + done}, nil
	}
	status := http.StatusUnprocessableEntity
	invalid, isInvalid := errors.AsType[*crm.InvalidError](err)
	_, isRule := errors.AsType[*segment.RuleError](err)
	switch {
	case errors.Is(err, errMeanwhile):
		status, d.Seen = http.StatusConflict, mark(d.Theirs)
	case isRule: // which the look tells
		d.Said = append(d.Said, "It was not saved: there is something wrong with the rule.")
	case isInvalid:
		for _, f := range invalid.Fields {
			d.Said = append(d.Said, fmt.Sprintf("It was not saved. %s: want %s.", capital(f.Field), f.Want))
		}
	case errors.Is(err, crm.ErrExists):
		status = http.StatusConflict
		d.Said = append(d.Said, "It was not saved: another segment has that name.")
	case errors.Is(err, crm.ErrNotFound) && d.ID != "":
		status = http.StatusConflict
		d.ID, d.Seen = "", ""
		d.Said = append(d.Said, "It was not saved: somebody deleted this segment meanwhile. Save again to make it anew.")
	default:
		return nil, err
	}
	p, err := o.editor(ctx, d)
	if err == nil {
		p.status = status
	}
	return p, err
}

// errMeanwhile says that somebody else has changed a segment.
var errMeanwhile = errors.New("changed meanwhile")

// mark tells contents of a segment from others.
func mark(s *segment.Segment) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", s.Name, s.Description, s.Rule.String()))
	return hex.EncodeToString(sum[:12])
}

// check returns what is wrong with a rule as a *segment.RuleError.
func (o *office) check(ctx context.Context, text string) error {
	rule, err := segment.Parse(text)
	if err == nil {
		_, err = o.roster.Preview(ctx, rule, 0)
	}
	return err
}

// lookAt looks at a draft.
func (o *office) lookAt(ctx context.Context, d *draft) (*look, error) {
	v := &look{}
	if v.Empty = strings.TrimSpace(d.Rule) == ""; v.Empty {
		return v, nil
	}
	if !o.roster.ready.Load() {
		return v, nil
	}
	began := time.Now()
	rule, err := segment.Parse(d.Rule)
	var preview *segment.Preview
	if err == nil {
		preview, err = o.roster.Preview(ctx, rule, sampled)
	}
	if list := faultsOf(err); list != nil {
		v.Faults, v.Pieces = list, pieces(d.Rule, list)
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	v.Count, v.Took = preview.Count, time.Since(began)
	every, err := o.roster.Preview(ctx, everybody, 0)
	if err != nil {
		return nil, err
	}
	v.All = every.Count
	if v.Sample, err = o.introduce(ctx, preview.Sample); err != nil {
		return nil, err
	}
	return v, o.reason(ctx, d, v, rule)
}

// reason tells why the rule is true of somebody or not: of whom was asked, else
// of the first of the sample.
func (o *office) reason(ctx context.Context, d *draft, v *look, rule segment.Rule) error {
	if d.Who != "" {
		list, err := o.introduce(ctx, []crm.CustomerID{d.Who})
		if err != nil {
			return err
		}
		if len(list) > 0 {
			v.Who = list[0].Customer
		}
	}
	if v.Who == nil && len(v.Sample) > 0 {
		v.Who = v.Sample[0].Customer
	}
	if v.Who == nil {
		return nil
	}
	var err error
	if v.Why, err = o.roster.Explain(ctx, rule, v.Who.ID); errors.Is(err, crm.ErrNotFound) {
		v.Who, err = nil, nil // gone meanwhile
	}
	return err
}

// Counted is how long it took, in words.
func (v *look) Counted() string {
	if v.Took < time.Millisecond {
		return "under 1 ms"
	}
	return count(v.Took.Milliseconds()) + " ms"
}

package main

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/quality"
)

// A checkup looks over the data of the whole book, in the background.
type checkup struct {
	book   *crm.Book
	now    func() time.Time
	zone   *time.Location
	report atomic.Pointer[quality.Report]
}

// check looks over everything.
func (c *checkup) check(ctx context.Context) error {
	r, err := quality.Check(ctx, c.book, &quality.Options{At: c.now(), Location: c.zone, Samples: 8})
	if err == nil {
		c.report.Store(r)
	}
	return err
}

// A health is what the page of data quality shows.
type health struct {
	*quality.Report
	Findings []*finding
}

// A finding is one fault of one field, with some who have it.
type finding struct {
	quality.Finding
	Customers []*crm.Customer
	Orders    []*crm.Order
}

// Text is the fault in a sentence.
func (f *finding) Text() string {
	of := faultWords[f.Fault]
	if of == "" {
		of = words(f.Fault)
	}
	return capital(fieldWords(f.Field)) + ": " + of
}

// faultWords are the faults, in words.
var faultWords = map[quality.Fault]string{
	quality.Missing: "not known", quality.Unreachable: "cannot be reached in any way", quality.Invalid: "cannot be one",
	quality.Placeholder: "a word that stands for nothing", quality.NotName: "not a name", quality.Role: "of an office, not of a person",
	quality.Disposable: "of a provider of throw-away addresses", quality.Unknown: "nobody knows what it means", quality.Future: "still to come",
	quality.TooOld: "too long ago", quality.Stale: "not confirmed for long", quality.Duplicate: "several people have the same",
	quality.Unverified: "typed, and never verified", quality.Unproven: "nobody could prove it", quality.Stray: "of nobody",
}

// fieldWords is a field as people read it.
func fieldWords(name string) string {
	switch name {
	case "email":
		return "e-mail"
	case "time_zone":
		return "time zone"
	}
	if of, ok := strings.CutPrefix(name, "rfm."); ok {
		return "RFM, " + of
	}
	return strings.ReplaceAll(words(name), ".", ", ")
}

// quality shows how good the data are.
func (o *office) quality(r *http.Request) (*page, error) {
	p := &page{name: "quality", Title: "Data quality", Here: "quality"}
	report := o.checkup.report.Load()
	if report == nil {
		p.Data = (*health)(nil)
		return p, nil
	}
	v := &health{Report: report}
	p.Data = v
	return p, o.book.View(r.Context(), func(ctx context.Context, tx *crm.Tx) error {
		v.Findings = nil
		for _, f := range report.Findings {
			g := &finding{Finding: f}
			for _, id := range f.Customers {
				if c, err := tx.Customers.Get(ctx, id); err == nil && c.ErasedAt.IsZero() { // it may have gone since
					g.Customers = append(g.Customers, c)
				}
			}
			for _, id := range f.Orders {
				if order, err := tx.Orders.Get(ctx, id); err == nil {
					g.Orders = append(g.Orders, order)
				}
			}
			v.Findings = append(v.Findings, g)
		}
		return ctx.Err()
	})
}

package duplicates

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/duplicates/internal/linkage"
	"github.com/seed-9cb3708a/clientele/store"
)

// Options adjust a Finder. The zero value of every field is a good default.
type Options struct {
	// Offer is the probability from which a pair is put into the queue, from
	// 0.1 up and below 1; 0 is 0.5.
	Offer float64
	// Automatic is the probability from which a pair is sure, from 0.9 up and
	// below 1; 0 is 0.999. Nothing is merged by it alone: see
	// [Finder.MergeAutomatic].
	Automatic float64
	// Every is how often [Finder.Tick] searches the book anew, at least a
	// minute; 0 is a day.
	Every time.Duration
	// Logger is told how searches end. It gets no personal data. Nil is
	// silence.
	Logger *slog.Logger
}

// A Finder finds customers of a book who are one person. It is safe for
// concurrent use.
type Finder struct {
	book        *crm.Book
	opts        Options
	suggestions *store.Table[Suggestion]
	decisions   *store.Table[Decision]
	runs        *store.Table[run]
	memory      memory
}

// New returns a finder, and prepares its tables in the book's store. It starts
// nothing. New returns an [*crm.InvalidError] for options that cannot be,
// [crm.ErrExists] when the numbers of its tables are taken, or an error of the
// store.
func New(book *crm.Book, opts *Options) (*Finder, error) {
	f := &Finder{book: book}
	if opts != nil {
		f.opts = *opts
	}
	var faults []crm.FieldError
	check := func(ok bool, field string, value any, want string) {
		if !ok {
			faults = append(faults, crm.FieldError{Field: field, Value: fmt.Sprint(value), Want: want})
		}
	}
	f.opts.Offer = cmp.Or(f.opts.Offer, .5)
	f.opts.Automatic = cmp.Or(f.opts.Automatic, .999)
	f.opts.Every = cmp.Or(f.opts.Every, 24*time.Hour)
	check(.1 <= f.opts.Offer && f.opts.Offer < 1, "offer", f.opts.Offer, "0.1 up to below 1")
	check(.9 <= f.opts.Automatic && f.opts.Automatic < 1, "automatic", f.opts.Automatic, "0.9 up to below 1")
	check(f.opts.Every >= time.Minute, "every", f.opts.Every, "a minute or more")
	if len(faults) > 0 {
		return nil, wrap("New", "", &crm.InvalidError{Fields: faults})
	}
	if f.opts.Logger == nil {
		f.opts.Logger = slog.New(slog.DiscardHandler)
	}
	shelves := []store.Shelf{shelf[Suggestion]{suggestionTable}, shelf[Decision]{decisionTable}, runTable}
	if err := book.Register(shelves...); err != nil {
		return nil, wrap("New", "", err)
	}
	space := book.Space()
	for _, s := range shelves {
		if err := s.At(space).Prepare(context.Background(), book.Store()); err != nil {
			return nil, wrap("New", "", err)
		}
	}
	f.suggestions, f.decisions, f.runs = suggestionTable.In(space), decisionTable.In(space), runTable.In(space)
	return f, nil
}

// wrap says which call failed on which customer.
func wrap(op, id string, err error) error {
	if err == nil {
		return nil
	}
	return &crm.Error{Op: "duplicates." + op, Kind: "customer", ID: id, Err: err}
}

// personOf is what is compared of a customer.
func personOf(c *crm.Customer, p *linkage.Person) {
	*p = linkage.Person{
		Given: c.GivenName, Family: c.FamilyName, Company: c.Company, Birthday: c.Birthday,
		Emails: append(p.Emails[:0], c.Email), Phones: append(p.Phones[:0], c.Phone), Places: p.Places[:0],
	}
	for i := range c.Addresses {
		a := &c.Addresses[i]
		p.Places = append(p.Places, linkage.Place{Line: a.Line1, Postcode: a.Postcode, City: a.City})
		p.Phones = append(p.Phones, a.Phone)
		if p.Given == "" && p.Family == "" {
			p.Given = strings.TrimSpace(a.Name)
		}
		if p.Company == "" {
			p.Company = a.Company
		}
	}
	if c.Account {
		p.Account = "account"
		if len(c.Refs) > 0 {
			p.Account = c.Refs[0].Source
		}
	}
}

// persons resolves ids in one transaction, each once.
type persons struct {
	tx    *crm.Tx
	roots map[crm.CustomerID]crm.CustomerID
}

func personsIn(tx *crm.Tx) *persons { return &persons{tx, map[crm.CustomerID]crm.CustomerID{}} }

// root returns the survivor of the person whom an id is of, "" when there is
// nobody or who was erased.
func (p *persons) root(ctx context.Context, id crm.CustomerID) (crm.CustomerID, error) {
	if root, ok := p.roots[id]; ok {
		return root, nil
	}
	c, err := p.tx.Customers.Get(ctx, id)
	switch {
	case errors.Is(err, crm.ErrNotFound):
		p.roots[id] = ""
	case err != nil:
		return "", err
	case !c.ErasedAt.IsZero():
		p.roots[id] = ""
	default:
		p.roots[id] = c.ID
	}
	return p.roots[id], nil
}

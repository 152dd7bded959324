package quality

import (
	"context"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// pagePersons is how many persons a short read is about.
const pagePersons = 100

// Check looks through a whole book and tells what is missing, bad, stale or
// double in it. It reads in short transactions beside which others write, so the
// report is of no single moment; in a book of 1,000,000 customers it takes a minute
// or two, and 40 MB of memory whatever the size of the book. It writes nothing.
//
// Check returns an error that wraps [crm.ErrInvalid] for options that cannot be,
// ctx's, or one of the store, and then no report.
func Check(ctx context.Context, book *crm.Book, opts *Options) (*Report, error) {
	o, err := opts.complete()
	if err != nil {
		return nil, &crm.Error{Op: "quality.Check", Err: err}
	}
	c := newChecker(book, o)
	if err := c.run(ctx); err != nil {
		return nil, &crm.Error{Op: "quality.Check", Err: err}
	}
	return c.report(), nil
}

// A checker is one call of Check.
type checker struct {
	book    *crm.Book
	opts    Options
	at      time.Time // in the shop's location; zero until the first read when opts has none
	persons int
	fields  []Field
	found   map[fault]*Finding
	seen    bits            // forms of identities
	dials   map[string]bool // countries whose numbers the book can dial
	zones   map[string]bool // time zones that there are
}

// A fault is a fault of a field.
type fault struct {
	field string
	fault Fault
}

func newChecker(book *crm.Book, o Options) *checker {
	c := &checker{book: book, opts: o, at: o.At, found: map[fault]*Finding{}, seen: newBits(), dials: map[string]bool{}, zones: map[string]bool{}}
	for _, name := range fieldNames {
		c.fields = append(c.fields, Field{Name: name})
	}
	return c
}

func (c *checker) run(ctx context.Context) error {
	for after := ""; ; {
		people, next, err := c.read(ctx, after)
		if err != nil {
			return err
		}
		for _, p := range people {
			if err := c.check(ctx, p); err != nil {
				return err
			}
		}
		if c.opts.Progress != nil {
			c.opts.Progress(c.persons)
		}
		if after = next; after == "" {
			break
		}
	}
	return c.strays(ctx)
}

// A person is what is known of one.
type person struct {
	*crm.Customer
	identities []crm.Identity
	unproven   int       // grants that hold without a proof
	last       time.Time // when they were heard of, as far as it matters
}

// read returns the next page of persons.
func (c *checker) read(ctx context.Context, after string) (people []*person, next string, err error) {
	err = c.book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		if c.at.IsZero() {
			c.at = tx.Now()
		}
		c.at = c.at.In(c.opts.Location)
		page, err := tx.Customers.Page(ctx, crm.CustomerQuery{Limit: pagePersons, After: after})
		if err != nil {
			return err
		}
		people, next = people[:0], page.Next
		for _, v := range page.Items {
			p := &person{Customer: v}
			if err := c.complete(ctx, tx, p); err != nil {
				return err
			}
			people = append(people, p)
		}
		return nil
	})
	return people, next, err
}

// complete reads what stands beside the record of a person.
func (c *checker) complete(ctx context.Context, tx *crm.Tx, p *person) (err error) {
	if p.identities, err = tx.Identities.List(ctx, p.ID); err != nil {
		return err
	}
	held, err := tx.Consents.List(ctx, p.ID)
	if err != nil {
		return err
	}
	if p.last = p.Version; p.last.IsZero() {
		p.last = p.UpdatedAt
	}
	for _, h := range held {
		p.heard(h.OccurredAt)
		if h.State != crm.ConsentGranted || !h.Allows(c.at) {
			continue
		}
		v, err := tx.Consents.Get(ctx, h.ConsentID)
		if err != nil {
			return err
		}
		if v.Proof.TextVersion == "" && v.Proof.Mechanism == "" {
			p.unproven++
		}
	}
	if !c.stale(p.last) {
		return nil
	}
	a, err := tx.Customers.Aggregates(ctx, p.ID)
	if err != nil {
		return err
	}
	if p.heard(a.LastOrderAt); !c.stale(p.last) {
		return nil
	}
	page, err := tx.Interactions.Page(ctx, crm.InteractionQuery{CustomerID: p.ID, Newest: true, Limit: 1})
	if err == nil && len(page.Items) > 0 {
		p.heard(page.Items[0].OccurredAt)
	}
	return err
}

// heard takes in that a person was heard of.
func (p *person) heard(at time.Time) {
	if at.After(p.last) {
		p.last = at
	}
}

// stale reports whether what was last confirmed at a time may have changed.
func (c *checker) stale(last time.Time) bool { return c.at.Sub(last) > c.opts.Stale }

// strays counts the orders of nobody.
func (c *checker) strays(ctx context.Context) error {
	for o, err := range c.book.Orders.Strays(ctx) {
		if err != nil {
			return err
		}
		f := c.finding("order", Stray, Medium)
		f.Count++
		if len(f.Orders) < c.opts.Samples {
			f.Orders = append(f.Orders, o.ID)
		}
	}
	return nil
}

// finding returns a finding to count on.
func (c *checker) finding(field string, what Fault, s Severity) *Finding {
	key := fault{field, what}
	f := c.found[key]
	if f == nil {
		f = &Finding{Field: field, Fault: what, Severity: s}
		c.found[key] = f
	}
	return f
}

// count counts n faults of a person.
func (c *checker) count(p *person, field string, what Fault, s Severity, n int) {
	if n == 0 {
		return
	}
	f := c.finding(field, what, s)
	f.Count += n
	if len(f.Customers) < c.opts.Samples {
		f.Customers = append(f.Customers, p.ID)
	}
}

// double looks whether other persons have an identity too, and counts it with
// the second of them.
func (c *checker) double(ctx context.Context, p *person, i crm.Identity) error {
	if i.Kind == crm.IdentityDevice || c.book.Identities.Blocked(i) {
		return nil // of one person, and of nobody
	}
	form, err := c.book.Identities.Normalize(i)
	if err != nil {
		return nil // what cannot be compared is found to be invalid
	}
	if i.Kind == crm.IdentityExternal {
		form = i.Source + "\x00" + form
	}
	if !c.seen.add(string(i.Kind), form) {
		return nil
	}
	ids, err := c.book.Identities.Find(ctx, i)
	if err != nil {
		return err
	}
	slices.Sort(ids)
	if len(ids) < 2 || ids[1] != p.ID {
		return nil
	}
	field, s := identityField(i.Kind)
	f := c.finding(field, Duplicate, s)
	f.Count++
	if len(f.Customers)+2 <= c.opts.Samples {
		f.Customers = append(f.Customers, ids[:min(len(ids), c.opts.Samples-len(f.Customers))]...)
	}
	return nil
}

// identityField names a kind of identities in findings, and tells how much it
// matters that persons share one.
func identityField(k crm.IdentityKind) (string, Severity) {
	switch k {
	case crm.IdentityEmail:
		return "email", High
	case crm.IdentityPhone:
		return "phone", Low // families do
	}
	return "identity." + string(k), High
}

func (c *checker) report() *Report {
	r := &Report{At: c.at, Persons: c.persons, Fields: c.fields}
	for i := range r.Fields {
		r.Fields[i].Missing = c.persons - r.Fields[i].Have
	}
	for _, f := range c.found {
		r.Findings = append(r.Findings, *f)
	}
	r.sort()
	return r
}

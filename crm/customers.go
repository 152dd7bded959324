package crm

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// Customers is the collection of customers of a Book or a Tx. It is safe for
// concurrent use when it is a Book's.
type Customers struct {
	conn
}

// Create adds a customer and returns it as recorded. An empty ID is given one.
// It returns [ErrExists] when the id, a ref or the e-mail address is taken, and
// an [*InvalidError] that lists everything that is wrong.
func (c *Customers) Create(ctx context.Context, v Customer) (*Customer, error) {
	return change(ctx, c.conn, "Customers.Create", "customer", string(v.ID), func(tx *Tx) (*Customer, error) {
		v := *v.copy()
		if err := tx.cleanCustomer(&v); err != nil {
			return nil, err
		}
		row, err := tx.findCustomer(&v)
		if row == nil && err == nil {
			row, err = tx.byEmail(v.Email, func(*Customer) bool { return true })
		}
		if err != nil {
			return nil, err
		}
		if row != nil {
			return nil, &Error{Op: "Customers.Create", Kind: "customer", ID: string(row.Value.ID), Err: ErrExists}
		}
		made, what, err := tx.createCustomer(&v)
		if err == nil && what != created {
			err = &Error{Op: "Customers.Create", Kind: "customer", ID: string(made.ID), Err: ErrExists}
		}
		return made, err
	})
}

// Record takes what a source says of a customer, and returns the customer as
// recorded. A customer that has one of its refs, else its e-mail address (and no
// other ref of the source), is brought up to date; else a new one is made.
//
// The source that a customer's first ref is of is the one to know: what it says
// replaces all that is recorded, unless v.Version is older; attributes that it
// does not name stay, and one that it gives no value goes. What others say
// completes and never overwrites. While a customer has no ref, what is said
// replaces, and what is left out stays. Equal content writes nothing.
//
// Record returns an [*InvalidError] that lists everything that is wrong, or
// [ErrExists] when its refs are of several customers, unless they were merged.
func (c *Customers) Record(ctx context.Context, v Customer) (*Customer, error) {
	return change(ctx, c.conn, "Customers.Record", "customer", string(v.ID), func(tx *Tx) (*Customer, error) {
		v, _, err := tx.recordCustomer(*v.copy())
		return tx.seen(v, err)
	})
}

// Get returns a customer, or [ErrNotFound]. The id of one who was merged into
// another gets the survivor, completed by everyone who was merged into it.
func (c *Customers) Get(ctx context.Context, id CustomerID) (*Customer, error) {
	return see(ctx, c.conn, "Customers.Get", "customer", string(id), func(tx *Tx) (*Customer, error) {
		return tx.view(id)
	})
}

// ByRef returns the customer that a source knows by ref, or [ErrNotFound].
func (c *Customers) ByRef(ctx context.Context, ref Ref) (*Customer, error) {
	return see(ctx, c.conn, "Customers.ByRef", "customer", ref.String(), func(tx *Tx) (*Customer, error) {
		return tx.seen(byRef(tx, tx.book.customers, ref))
	})
}

// ByEmail returns the customer with an e-mail address, written in upper or
// lower case, or [ErrNotFound]. If several have it, the first seen answers.
func (c *Customers) ByEmail(ctx context.Context, email string) (*Customer, error) {
	return see(ctx, c.conn, "Customers.ByEmail", "customer", "", func(tx *Tx) (*Customer, error) {
		ix := c.book.customers.Index("email")
		return tx.seen(ix.Get(tx.st, blindKey(ix.Key(), normalEmail(email))))
	})
}

// ByPhone returns the customers with a phone number, however it is spaced and
// punctuated, the first seen first. Households share numbers, so there may be
// several; nil when there is none.
func (c *Customers) ByPhone(ctx context.Context, phone string) ([]*Customer, error) {
	var list []*Customer
	err := c.view(ctx, "Customers.ByPhone", "customer", "", func(tx *Tx) error {
		list = nil
		p := normalPhone(phone)
		if p == "" {
			return nil
		}
		ix := c.book.customers.Index("phone")
		for v, err := range ix.Scan(tx.st, store.Prefix(blindKey(ix.Key(), p))) {
			if v, err = tx.seen(v, err); err != nil {
				return err
			}
			if !slices.ContainsFunc(list, func(w *Customer) bool { return w.ID == v.ID }) {
				list = append(list, v)
			}
		}
		return nil
	})
	return list, err
}

// Update changes a customer by f and returns it as recorded. What f changes of a
// person who was merged stands in the survivor's record, and what it takes away
// is hidden of the others, until they are un-merged. It returns [ErrNotFound],
// [ErrErased], f's error wrapped, or an [*InvalidError]. f must not change the
// ID.
func (c *Customers) Update(ctx context.Context, id CustomerID, f func(*Customer) error) (*Customer, error) {
	return change(ctx, c.conn, "Customers.Update", "customer", string(id), func(tx *Tx) (*Customer, error) {
		return tx.updateCustomer(id, f)
	})
}

// CustomerQuery selects customers, in the order of their ids: by when they were
// first seen. The zero value selects all but those who were merged into others
// or erased.
type CustomerQuery struct {
	Limit int    // of a page, 0 means 100; of a list, 0 means all
	After string // the Next of the page before
}

// List yields the customers that q selects. On a Book it reads in short
// transactions and yields outside of them, so the loop body may take its time
// and write; it is no snapshot.
func (c *Customers) List(ctx context.Context, q CustomerQuery) iter.Seq2[*Customer, error] {
	return list(ctx, q.Limit, q.After, func(limit int, after string) (Page[Customer], error) {
		return c.Page(ctx, CustomerQuery{Limit: limit, After: after})
	})
}

// Page returns one page of the customers that q selects. It returns
// [ErrInvalid] for an After that is not of such a page.
func (c *Customers) Page(ctx context.Context, q CustomerQuery) (Page[Customer], error) {
	return see(ctx, c.conn, "Customers.Page", "customer", "", func(tx *Tx) (Page[Customer], error) {
		if q.Limit <= 0 {
			q.Limit = 100
		}
		page := Page[Customer]{Next: q.After}
		for len(page.Items) < q.Limit {
			part, err := tx.book.customers.Page(tx.st, store.Range{Limit: q.Limit - len(page.Items)}, page.Next)
			if err != nil {
				return Page[Customer]{}, err
			}
			list, err := tx.persons(part.Items)
			if err != nil {
				return Page[Customer]{}, err
			}
			page.Items = append(page.Items, list...)
			if page.Next = part.Next; page.Next == "" {
				break
			}
		}
		return page, nil
	})
}

// Count returns how many customers there are, as [Customers.List] has them. It
// reads all their keys, and everything that was merged or erased.
func (c *Customers) Count(ctx context.Context) (int, error) {
	return see(ctx, c.conn, "Customers.Count", "customer", "", func(tx *Tx) (int, error) {
		n, err := tx.Customers.count(ctx, "Customers.Count", c.book.customers.Key())
		if err != nil {
			return 0, err
		}
		roots, err := tx.roots()
		if err != nil {
			return 0, err
		}
		gone, err := tx.gone()
		for id := range roots {
			gone[id] = true
		}
		for id := range gone {
			if !isVisitor(id) {
				n--
			}
		}
		return n, err
	})
}

// cleanCustomer brings v into the form that is stored, or lists what is wrong.
func (tx *Tx) cleanCustomer(v *Customer) error {
	var f faults
	v.clean(&f)
	if err := tx.checkAttributes(&f, v.Attributes); err != nil {
		return err
	}
	v.Attributes, v.ErasedAt = cleanValues(v.Attributes), time.Time{}
	return f.err()
}

// clean brings v into the form that is stored, as far as v alone tells, and
// lists what is wrong.
func (v *Customer) clean(f *faults) {
	if v.ID != "" {
		f.id("id", string(v.ID))
	}
	if isVisitor(v.ID) {
		f.add("id", string(v.ID), "one that does not begin with "+visitorPrefix+", as those of visitors do")
	}
	for i, r := range v.Refs {
		f.in("refs", i)
		f.ref("", r)
		if slices.ContainsFunc(v.Refs[:i], func(s Ref) bool { return s.Source == r.Source }) {
			f.add("source", r.Source, "at most one ref a source")
		}
	}
	f.in("", 0)
	v.Email, v.Phone = strings.TrimSpace(v.Email), strings.TrimSpace(v.Phone)
	f.email("email", v.Email)
	for _, t := range [...]struct {
		name, text string
		limit      int
	}{
		{"given_name", v.GivenName, 200}, {"family_name", v.FamilyName, 200}, {"company", v.Company, 200},
		{"phone", v.Phone, 64}, {"locale", v.Locale, 35}, {"time_zone", v.TimeZone, 64}, {"note", v.Note, 64 << 10},
	} {
		f.text(t.name, t.text, t.limit)
	}
	f.birthday("birthday", v.Birthday)
	if len(v.Addresses) > 100 {
		f.add("addresses", strconv.Itoa(len(v.Addresses)), "at most 100")
	}
	for i := range v.Addresses {
		f.in("addresses", i)
		f.address(&v.Addresses[i])
	}
	f.in("", 0)
	f.tags("tags", v.Tags)
	f.time("first_seen_at", v.FirstSeenAt)
	f.time("version", v.Version)
	v.Tags = sorted(v.Tags)
	v.FirstSeenAt, v.Version = utc(v.FirstSeenAt), utc(v.Version)
}

// copy returns a customer that shares nothing with v.
func (v *Customer) copy() *Customer {
	w := *v
	w.Refs, w.Addresses, w.Tags = slices.Clone(v.Refs), slices.Clone(v.Addresses), slices.Clone(v.Tags)
	w.Attributes = maps.Clone(v.Attributes)
	return &w
}

// findCustomer returns the row of the customer that v is about: by id, else by
// refs, else by e-mail address, unless a source of v knows its owner by another
// ref; nil when there is none. In an import it may be one who was erased.
func (tx *Tx) findCustomer(v *Customer) (*store.Row[Customer], error) {
	row, err := tx.livingCustomer(v)
	if row == nil && err == nil && tx.backfill {
		return tx.marked(v)
	}
	return row, err
}

func (tx *Tx) livingCustomer(v *Customer) (*store.Row[Customer], error) {
	if v.ID != "" {
		return find(tx, tx.book.customers, v.ID, Ref{})
	}
	for _, r := range v.Refs {
		if row, err := find(tx, tx.book.customers, v.ID, r); row != nil || err != nil {
			return row, err
		}
	}
	return tx.byEmail(v.Email, func(w *Customer) bool { return !contradict(v.Refs, w.Refs) })
}

// byEmail returns the row of the first customer with an e-mail address whom
// want takes; nil when there is none.
func (tx *Tx) byEmail(email string, want func(*Customer) bool) (*store.Row[Customer], error) {
	e := normalEmail(email)
	if e == "" {
		return nil, nil
	}
	ix := tx.book.customers.Index("email")
	row, err := found(ix.Load(tx.st, blindKey(ix.Key(), e)))
	if row == nil || err != nil || want(row.Value) {
		return row, err
	}
	for v, err := range ix.Scan(tx.st, store.Prefix(blindKey(ix.Key(), e))) {
		if err != nil {
			return nil, err
		}
		if want(v) {
			return tx.book.customers.Load(tx.st, keyOf(tx.book.customers, v.ID))
		}
	}
	return nil, nil
}

// known returns an error when an id that is given is of nobody.
func (tx *Tx) known(id CustomerID) error {
	if id == "" || id == tx.buyer {
		return nil
	}
	if _, err := tx.st.Get(keyOf(tx.book.customers, id).End()); err != nil {
		return of("customer", id, err)
	}
	return nil
}

// recordCustomer is Customers.Record.
func (tx *Tx) recordCustomer(v Customer) (*Customer, outcome, error) {
	told := v.Attributes
	if err := tx.cleanCustomer(&v); err != nil {
		return nil, unchanged, err
	}
	row, err := tx.findCustomer(&v)
	if err != nil {
		return nil, unchanged, err
	}
	if row == nil {
		return tx.createCustomer(&v)
	}
	if !row.Value.ErasedAt.IsZero() {
		return tx.leaveOut(row)
	}
	old := row.Value
	claimed := len(old.Refs) > 0
	if claimed && !slices.ContainsFunc(v.Refs, func(r Ref) bool { return r.Source == old.Refs[0].Source }) {
		return tx.fillCustomer(row, &v)
	}
	if (claimed || len(v.Refs) == 0) && tx.stale(v.Version, old.Version, old.UpdatedAt) {
		return old, unchanged, nil
	}
	if len(v.Refs) == 0 {
		v.complete(old) // of no source: what it does not say stays
	}
	v.ID, v.Refs = old.ID, joined(old.Refs, v.Refs)
	told, _ = completeValues(told, old.Attributes)
	v.Attributes = cleanValues(told)
	if v.FirstSeenAt.IsZero() || !old.FirstSeenAt.IsZero() && old.FirstSeenAt.Before(v.FirstSeenAt) {
		v.FirstSeenAt = old.FirstSeenAt
	}
	return tx.saveCustomer(row, &v)
}

// ensureCustomer returns the buyer of an order: known ones are completed.
func (tx *Tx) ensureCustomer(v Customer) (*Customer, outcome, error) {
	if err := tx.cleanCustomer(&v); err != nil {
		return nil, unchanged, err
	}
	row, err := tx.findCustomer(&v)
	if err != nil {
		return nil, unchanged, err
	}
	if row == nil {
		return tx.createCustomer(&v)
	}
	return tx.fillCustomer(row, &v)
}

// fillCustomer gives a recorded customer what it lacks and v has.
func (tx *Tx) fillCustomer(row *store.Row[Customer], v *Customer) (*Customer, outcome, error) {
	if !row.Value.ErasedAt.IsZero() {
		return tx.leaveOut(row)
	}
	c := *row.Value
	if !c.complete(v) {
		return row.Value, unchanged, nil
	}
	return tx.saveCustomer(row, &c)
}

// complete gives v what it lacks and w has, and reports whether it lacked any.
func (v *Customer) complete(w *Customer) bool {
	changed := false
	for _, r := range w.Refs {
		if !slices.ContainsFunc(v.Refs, func(s Ref) bool { return s.Source == r.Source }) {
			v.Refs, changed = append(slices.Clip(v.Refs), r), true
		}
	}
	if w.Account && !v.Account {
		v.Account, changed = true, true
	}
	if v.GivenName == "" && v.FamilyName == "" && w.GivenName+w.FamilyName != "" {
		v.GivenName, v.FamilyName, changed = w.GivenName, w.FamilyName, true
	}
	for _, p := range [...]struct {
		to   *string
		from string
	}{
		{&v.Company, w.Company}, {&v.Email, w.Email}, {&v.Phone, w.Phone}, {&v.Locale, w.Locale},
		{&v.TimeZone, w.TimeZone}, {&v.Birthday, w.Birthday}, {&v.Note, w.Note},
	} {
		if *p.to == "" && p.from != "" {
			*p.to, changed = p.from, true
		}
	}
	if len(v.Addresses) == 0 && len(w.Addresses) > 0 {
		v.Addresses, changed = slices.Clone(w.Addresses), true
	}
	for _, t := range w.Tags {
		if !slices.Contains(v.Tags, t) {
			v.Tags, changed = sorted(append(slices.Clip(v.Tags), t)), true
		}
	}
	if more, ok := completeValues(v.Attributes, w.Attributes); ok {
		v.Attributes, changed = more, true
	}
	if !w.FirstSeenAt.IsZero() && (v.FirstSeenAt.IsZero() || w.FirstSeenAt.Before(v.FirstSeenAt)) {
		v.FirstSeenAt, changed = w.FirstSeenAt, true
	}
	return changed
}

// createCustomer adds a customer. One who was made from the same ref or e-mail
// address, and has another by now, is completed instead.
func (tx *Tx) createCustomer(v *Customer) (*Customer, outcome, error) {
	if v.FirstSeenAt.IsZero() && !tx.backfill {
		v.FirstSeenAt = tx.now
	}
	if v.ID == "" {
		from := Ref{"email", normalEmail(v.Email)}
		if len(v.Refs) > 0 {
			from = v.Refs[0]
		}
		if from.ID == "" {
			v.ID = CustomerID(randomID("cus_", v.FirstSeenAt))
		} else {
			v.ID = CustomerID(derivedID("cus_", tx.book.opts.Namespace, v.FirstSeenAt, "customer", from))
			row, err := found(tx.book.customers.Load(tx.st, keyOf(tx.book.customers, v.ID)))
			if err != nil {
				return nil, unchanged, err
			}
			if row != nil && row.Value.ErasedAt.IsZero() {
				return tx.fillCustomer(row, v)
			}
			if row != nil { // came back after they were erased
				v.ID = CustomerID(randomID("cus_", v.FirstSeenAt))
			}
		}
	}
	v.CreatedAt, v.UpdatedAt = tx.now, tx.now
	if _, err := tx.book.customers.Save(tx.st, nil, v); err != nil {
		return nil, unchanged, err
	}
	tx.emit(Event{Kind: CustomerCreated, CustomerID: v.ID, OccurredAt: v.FirstSeenAt})
	return v, created, nil
}

// saveCustomer writes v in the place of row, unless nothing changed.
func (tx *Tx) saveCustomer(row *store.Row[Customer], v *Customer) (*Customer, outcome, error) {
	old := row.Value
	if err := tx.keepApart(v, old); err != nil {
		return nil, unchanged, err
	}
	v.CreatedAt = old.CreatedAt
	probe := *v
	probe.Version, probe.UpdatedAt = cmp.Or(v.Version, old.Version), old.UpdatedAt
	if tx.book.customers.Same(row, &probe) {
		return old, unchanged, nil
	}
	v.UpdatedAt = tx.now
	if err := tx.keepIdentities(old, v); err != nil {
		return nil, unchanged, err
	}
	if _, err := tx.book.customers.Save(tx.st, row, v); err != nil {
		return nil, unchanged, err
	}
	tx.emit(Event{Kind: CustomerUpdated, CustomerID: v.ID, Changes: changes(old, v)})
	return v, updated, nil
}

// keepApart leaves out of v the refs that are of others who were merged into one
// person with it: each keeps its own.
func (tx *Tx) keepApart(v, old *Customer) error {
	if slices.Equal(v.Refs, old.Refs) {
		return nil
	}
	if alone, err := tx.bare(old.ID); alone || err != nil {
		return err
	}
	ids, err := tx.cluster(old.ID)
	if err != nil {
		return err
	}
	var refs []Ref
	for _, r := range v.Refs {
		row, err := find(tx, tx.book.customers, "", r)
		if err != nil {
			return err
		}
		if row == nil || row.Value.ID == old.ID || !slices.Contains(ids, row.Value.ID) {
			refs = append(refs, r)
		}
	}
	v.Refs = refs
	return nil
}

// contradict reports whether a source knows a and b by different refs.
func contradict(a, b []Ref) bool {
	return slices.ContainsFunc(a, func(r Ref) bool {
		return slices.ContainsFunc(b, func(s Ref) bool { return s.Source == r.Source && s.ID != r.ID })
	})
}

// joined adds the refs of sources that a has not.
func joined(a, b []Ref) []Ref {
	all := slices.Clone(a)
	for _, r := range b {
		if !slices.ContainsFunc(all, func(s Ref) bool { return s.Source == r.Source }) {
			all = append(all, r)
		}
	}
	return all
}

var birthdayForm = regexp.MustCompile(`^(\d{4}|-)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)

func (f *faults) birthday(field, s string) {
	if s == "" {
		return
	}
	full := s
	if rest, ok := strings.CutPrefix(s, "--"); ok {
		full = "2000-" + rest // a leap year
	}
	if _, err := time.Parse(time.DateOnly, full); err != nil || !birthdayForm.MatchString(s) {
		f.personal(field, s, "2006-01-02, or --01-02 without the year")
	}
}

func (f *faults) email(field, s string) {
	if s == "" {
		return
	}
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 || len(s) > 320 || strings.ContainsAny(s, " \t\r\n<>\x00") {
		f.personal(field, s, "one e-mail address")
	}
	f.text(field, s, 1<<20)
}

func (f *faults) address(a *Address) {
	for _, t := range [...]struct{ name, text string }{
		{"name", a.Name}, {"company", a.Company}, {"line1", a.Line1}, {"line2", a.Line2}, {"city", a.City},
		{"region", a.Region}, {"postcode", a.Postcode}, {"country", a.Country}, {"phone", a.Phone},
	} {
		f.text(t.name, t.text, 500)
	}
}

func (f *faults) tags(field string, tags []string) {
	if len(tags) > 1000 {
		f.add(field, strconv.Itoa(len(tags)), "at most 1000")
	}
	for i, t := range tags {
		f.in(field, i)
		if t == "" {
			f.add("", t, "a word")
		}
		f.text("", t, 255)
	}
	f.in("", 0)
}

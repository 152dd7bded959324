package intake_test

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/intake"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A clock goes on when it is told to.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func day(n int) time.Time { return time.Date(2025, 1, n, 12, 0, 0, 0, time.UTC) }

func eur(cents int64) crm.Money { return crm.Money{Amount: cents, Currency: "EUR"} }
func usd(cents int64) crm.Money { return crm.Money{Amount: cents, Currency: "USD"} }

// rates know what a dollar was, and nothing of other currencies.
func rates(from crm.Currency, _ time.Time) crm.Rate {
	return map[crm.Currency]crm.Rate{"USD": {Num: 9, Den: 10}}[from]
}

// open opens a new book in euros.
func open(t testing.TB, c *clock) *crm.Book {
	t.Helper()
	st := memstore.New(nil)
	t.Cleanup(func() { st.Close() })
	book, err := crm.New(st, &crm.Options{Currency: "EUR", Rate: rates, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// must returns what a call made, which must not fail.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// scan returns a base of all of the book.
func scan(t testing.TB, book *crm.Book) (*column.Base, store.Cursor) {
	t.Helper()
	base := column.New()
	at, err := intake.Scan(t.Context(), book, base, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return base, at
}

// person returns the person whom an id is of, as the book tells.
func person(t testing.TB, book *crm.Book, id crm.CustomerID) (p *column.Person, err error) {
	t.Helper()
	err = book.View(t.Context(), func(ctx context.Context, tx *crm.Tx) (err error) {
		p, err = intake.Person(ctx, tx, id)
		return err
	})
	return p, err
}

// since returns the events after a cursor.
func since(t testing.TB, book *crm.Book, after store.Cursor) (list []*crm.Event) {
	t.Helper()
	for e, err := range book.Events.List(t.Context(), after) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

// same holds a base against the book, person by person.
func same(t testing.TB, what string, book *crm.Book, base *column.Base) bool {
	t.Helper()
	fine, n := true, 0
	for v, err := range book.Customers.List(t.Context(), crm.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		p, err := person(t, book, v.ID)
		if errors.Is(err, crm.ErrErased) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if want, got := clean(p), held(base, p); !reflect.DeepEqual(want, got) {
			t.Errorf("%s: %s (-book +base):\n%s", what, v.ID, gocmp.Diff(want, got))
			fine = false
		}
	}
	if base.Len() != n {
		t.Errorf("%s: the base has %d persons, the book %d", what, base.Len(), n)
		fine = false
	}
	var products []*crm.Product
	for p, err := range book.Products.List(t.Context(), crm.ProductQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		products = append(products, p)
	}
	base.RLock()
	defer base.RUnlock()
	for _, p := range products {
		w := base.Words()
		r := base.Products().Of(base.Products().IDs.Find(string(p.ID)))
		got := &crm.Product{ID: p.ID, Title: w.Titles.Text(r.Title), Brand: w.Brands.Text(r.Brand), Categories: texts(w.Categories, w.Lists, r.Categories)}
		want := &crm.Product{ID: p.ID, Title: p.Title, Brand: p.Brand, Categories: p.Categories}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s: product (-book +base):\n%s", what, diff)
			fine = false
		}
	}
	return fine
}

func texts(d *column.Dictionary, s *column.Sets, code uint32) (list []string) {
	for _, c := range s.Of(code) {
		list = append(list, d.Text(c))
	}
	return list
}

// names are all under which values may be found in these tests.
func names(p *column.Person) []string {
	all := []string{
		"consents.ends", "consents.ended", "attributes.size", "attributes.fee", "attributes.joined", "attributes.likes", "attributes.vip", "attributes.shoe",
		"traits.rfm.group", "traits.rfm.recency", "traits.predict.spend_tier", "traits.ads.lift", "stated.color", "stated.store",
		"consents.profiling", "consents.sale_sharing", "consents.analytics", "consents.marketing", "consents.transactional",
	}
	for _, channel := range []string{"email", "sms", "push", "post", "phone", "chat", "social", "app", "web", "store"} {
		for _, purpose := range []string{"marketing", "analytics", "transactional"} {
			all = append(all, "consents."+channel+"."+purpose)
		}
	}
	for _, w := range rule.Fields("") {
		if !slices.Contains(all, w.Name) {
			all = append(all, w.Name)
		}
	}
	for _, v := range p.Values {
		if !slices.Contains(all, v.Name) {
			all = append(all, v.Name)
		}
	}
	return all
}

// held returns a person as a base has them, nil when it has not.
func held(b *column.Base, like *column.Person) *column.Person {
	b.RLock()
	defer b.RUnlock()
	ordinal, ok := b.Ordinal(like.ID)
	if !ok {
		return nil
	}
	c, n, w := b.Chunk(int(ordinal/column.ChunkSize)), ordinal%column.ChunkSize, b.Words()
	p := &column.Person{ID: b.ID(ordinal)}
	order := func(t *column.Orders, row uint32, role column.Role) column.Order {
		k := w.Orders.List[t.Words[row]]
		return column.Order{
			Time: t.Time[row], Role: role, Unpriced: t.Amount[row] == column.Lacking, Amount: t.Amount[row], Discount: t.Discount[row],
			Channel: w.Channels.Text(k.Channel), State: w.States.Text(k.State), Source: w.Sources.Text(k.Source), Country: w.Countries.Text(k.Country),
			Coupons: texts(w.Coupons, w.Lists, k.Coupons), Tags: texts(w.Tags, w.Lists, k.Tags),
		}
	}
	s := c.Sales.Of(n)
	for row := s.Start; row < s.Start+s.Len; row++ {
		o := order(&c.Sales, row, column.Sale)
		t := c.Items.Of(n)
		for i := t.Start; i < t.Start+t.Len; i++ {
			if c.Items.Order[i] == row {
				l := w.Lines.List[c.Items.Line[i]]
				o.Items = append(o.Items, column.Item{
					Product: b.Products().IDs.Text(l.Product), SKU: w.SKUs.Text(l.SKU), Title: w.Titles.Text(l.Title),
					Quantity: c.Items.Quantity[i], Amount: c.Items.Amount[i], Price: c.Items.Price[i], Discount: c.Items.Discount[i],
				})
			}
		}
		p.Orders = append(p.Orders, o)
	}
	s = c.Canceled.Of(n)
	for row := s.Start; row < s.Start+s.Len; row++ {
		o := order(&c.Canceled, row, column.Canceled)
		o.Items = []column.Item{{Quantity: c.Canceled.Units[row]}}
		p.Orders = append(p.Orders, o)
	}
	s = c.Adjustments.Of(n)
	for row := s.Start; row < s.Start+s.Len; row++ {
		a := c.Adjustments.Amount[row]
		p.Orders = append(p.Orders, column.Order{Time: c.Adjustments.Time[row], Role: column.Adjustment, Unpriced: a == column.Lacking, Amount: a})
	}
	s = c.Refunds.Of(n)
	for row := s.Start; row < s.Start+s.Len; row++ {
		p.Refunds = append(p.Refunds, column.Refund{Time: c.Refunds.Time[row], Amount: c.Refunds.Amount[row]})
	}
	s = c.Interactions.Of(n)
	for row := s.Start; row < s.Start+s.Len; row++ {
		k, on := w.Contacts.List[c.Interactions.Contact[row]], w.Subjects.List[c.Interactions.Subject[row]]
		i := column.Interaction{
			Time: c.Interactions.Time[row], Kind: w.Kinds.Text(k.Kind), Channel: w.Channels.Text(k.Channel), Direction: w.Directions.Text(k.Direction),
			Source: w.Sources.Text(k.Source), Rating: int(k.Rating), Value: c.Interactions.Value[row],
			Products: texts(b.Products().IDs, w.Lists, on.Products), SKUs: texts(w.SKUs, w.Lists, on.SKUs),
		}
		if i.Value == column.Lacking {
			i.Value = 0
		}
		for number, q := range w.Properties {
			if v, ok := c.Interactions.Find(row, uint32(number)); ok {
				i.Properties = append(i.Properties, unpacked(q.Name, q.Type, q.Texts, q.Lists, v))
			}
		}
		p.Interactions = append(p.Interactions, i)
	}
	for _, name := range names(like) {
		for _, col := range b.Named(name) {
			if v := col.Truths(c.Number); v != nil && v[n] != column.Unknown {
				p.Values = append(p.Values, unpacked(name, col.Type, nil, nil, int64(v[n]-column.No)))
			}
			if v := col.Codes(c.Number); v != nil && v[n] != 0 {
				p.Values = append(p.Values, unpacked(name, col.Type, col.Texts, col.Lists, int64(v[n])))
			}
			if v := col.Ints(c.Number); v != nil && v[n] != column.Lacking {
				p.Values = append(p.Values, unpacked(name, col.Type, nil, nil, v[n]))
			}
		}
	}
	return clean(p)
}

func unpacked(name string, kind rule.Type, d *column.Dictionary, s *column.Sets, v int64) column.Value {
	value := column.Value{Name: name, Type: kind}
	switch kind {
	case rule.IsNumber:
		value.Number = column.Number(v)
	case rule.IsText:
		value.Text = d.Text(uint32(v))
	case rule.IsList:
		value.List = texts(d, s, uint32(v))
	default:
		value.Int = v
	}
	return value
}

// clean returns a person in the form in which two are compared: what a base does
// not keep is left out, and what has no order is put into one.
func clean(p *column.Person) *column.Person {
	q := *p
	byName := func(a, b column.Value) int { return cmp.Compare(a.Name, b.Name) }
	q.Values, q.Refunds = slices.Clone(p.Values), slices.Clone(p.Refunds)
	slices.SortFunc(q.Values, byName)
	q.Orders, q.Interactions = nil, nil
	for _, o := range p.Orders {
		o.Items = slices.Clone(o.Items)
		if o.Unpriced {
			o.Amount, o.Discount = 0, 0
		}
		for i := range o.Items {
			it := &o.Items[i]
			if it.Product != "" {
				it.Title = ""
			}
			if o.Unpriced {
				it.Amount, it.Price, it.Discount = 0, 0, 0
			}
		}
		if o.Role == column.Canceled {
			units := int64(0)
			for _, it := range o.Items {
				units += it.Quantity
			}
			o.Items = []column.Item{{Quantity: units}}
		}
		if len(o.Coupons) == 0 {
			o.Coupons = nil
		}
		if len(o.Tags) == 0 {
			o.Tags = nil
		}
		q.Orders = append(q.Orders, o)
	}
	slices.SortStableFunc(q.Orders, func(a, b column.Order) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Time, b.Time))
	})
	for _, i := range p.Interactions {
		i.Properties = slices.Clone(i.Properties)
		slices.SortFunc(i.Properties, byName)
		q.Interactions = append(q.Interactions, i)
	}
	return &q
}

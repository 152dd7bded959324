package crmtest

import (
	"iter"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A Demo is a shop that does not exist: what it sells, who bought what and
// when, and how they came to it. It holds nothing but what it is made from;
// two equal ones tell the same to the last byte, on every platform. Set its
// fields before it is used; then it is safe for concurrent use.
type Demo struct {
	Customers int    // that ever come; a few of them never buy
	Seed      uint64 // another seed is another shop

	// Orders is about how many orders are placed. Zero is four a customer.
	Orders int
	// Products is how many the catalog has, at least 5. Zero is 240, or more
	// for a shop of more than 12,000 customers, up to 20,000.
	Products int
	// Start is the day in UTC on which the shop's life begins. Zero is
	// 2024-01-01.
	Start time.Time
	// Duration is how long it lasts, in whole days, up to 60 years. Zero is
	// 731 days, which are two years from the zero Start.
	Duration time.Duration
	// Base is the currency of the shop's book, in which its catalog is priced.
	// Zero is EUR.
	Base crm.Currency
	// Currencies are those the shop takes: EUR, GBP, USD, CHF, SEK, JPY, DKK,
	// PLN, CAD, AUD. Customers pay in their country's when it is among them,
	// else in the first. Nil is Base and the first six.
	Currencies []crm.Currency
}

// Shop returns a demo shop with n customers. Among them are always, as far as
// n goes: Ada Byron, a good customer still; George Boole, who was one; and
// Mary Somerville, a guest who came once and sent everything back.
func Shop(n int, seed uint64) *Demo { return &Demo{Customers: n, Seed: seed} }

// Period returns when the shop's life begins and ends; everything happens at
// or after the start and before the end.
func (d *Demo) Period() (start, end time.Time) {
	start = d.Start.UTC()
	if d.Start.IsZero() {
		start = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	start = time.Date(start.Year(), start.Month(), start.Day(), 0, 0, 0, 0, time.UTC)
	return start, start.AddDate(0, 0, d.days())
}

func (d *Demo) days() int {
	days := int(d.Duration / (24 * time.Hour))
	if d.Duration == 0 {
		days = 731
	}
	return min(max(days, 1), 60*365)
}

// Catalog returns the shop's products, the popular ones of a category first.
// Its error wraps [crm.ErrInvalid] when a currency is unknown.
func (d *Demo) Catalog() ([]*crm.Product, error) {
	g, err := d.generator()
	if err != nil {
		return nil, err
	}
	products := make([]*crm.Product, len(g.catalog.goods))
	for i := range products {
		products[i] = g.product(i)
	}
	return products, nil
}

// Records returns all that the shop has to tell, to be given to Import: its
// products, then accounts, orders and refunds in the order of time. It makes
// them as it goes and keeps only a few bytes for each customer, so a shop of a
// million is no trouble. An error wraps [crm.ErrInvalid], when a currency is
// unknown, and is the only thing yielded.
//
// Each record has a Ref of source "demo". The buyer stands beside the order;
// there is none when nobody told. An order comes as it stands when the shop's
// life ends, with all its states; but one that was called off comes twice,
// first as it was placed, then again when that happened, with a later Version.
// A refund has its order beside it, as it came before. A guest who registers
// comes as a customer with an account then.
func (d *Demo) Records() iter.Seq2[crm.Record, error] {
	return d.narrate(func(g *generator, tell func(crm.Record) bool) {
		c := newClock(g.days)
		g.run(c, nil, func(o *occurrence) bool { return g.tell(c, o, tell) })
	})
}

// narrate returns the products, and what play tells after them.
func (d *Demo) narrate(play func(g *generator, tell func(crm.Record) bool)) iter.Seq2[crm.Record, error] {
	return func(yield func(crm.Record, error) bool) {
		g, err := d.open()
		if err != nil {
			yield(crm.Record{}, err)
			return
		}
		row := int64(0)
		tell := func(r crm.Record) bool {
			row++
			r.Line = row
			return yield(r, nil)
		}
		for i := range g.catalog.goods {
			if !tell(crm.Record{Product: g.product(i)}) {
				return
			}
		}
		play(g, tell)
	}
}

// tell tells what happens.
func (g *generator) tell(c *clock, o *occurrence, tell func(crm.Record) bool) bool {
	t := g.traits(int(o.who))
	register := func() bool {
		customer := new(crm.Customer)
		g.person(customer, int(o.who), &t, true)
		customer.FirstSeenAt = g.time(g.arrives(int(o.who)))
		customer.Version = g.time(int(o.at))
		return tell(crm.Record{Customer: customer})
	}
	if o.kind == arrive {
		return !t.account || register()
	}
	var b bill
	var f fate
	g.fill(&b, o, &t)
	g.fate(&f, o, &t, &b)
	order, customer := g.write(o, &t, &b, &f, o.kind != buy)
	r := crm.Record{Order: order, Customer: customer}
	if o.kind == buy {
		later := *o
		if f.ended > 0 {
			later.at, later.kind = int32(f.ended), cancel
			c.add(later)
		} else if f.refunded > 0 {
			later.at, later.kind = int32(f.refunded), giveback
			c.add(later)
		}
		if t.converts && o.k == 2 && !b.unknown && !register() {
			return false
		}
	}
	if o.kind == giveback {
		r.Refund = g.refund(o, &t, &b, &f)
	}
	return tell(r)
}

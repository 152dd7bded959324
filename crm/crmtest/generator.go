package crmtest

import (
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
)

// source is the Ref.Source of everything in the shop.
const source = "demo"

// A generator runs one shop once.
type generator struct {
	*season
	seed     uint64
	n        int // customers
	gap      int64
	buyers   int // in a thousand of those with an account
	habits   int // in a thousand who use something up
	catalog  *catalog
	tariffs  []tariff
	base     *tariff
	pays     [len(countries)]*tariff
	names    [cultures][2][]name
	story    []tale
	cast     int
	shoppers []shopper
	ink      ink
}

func (d *Demo) generator() (*generator, error) {
	start, _ := d.Period()
	g := &generator{seed: d.Seed, n: max(d.Customers, 0), season: newSeason(start, d.days())}
	base := d.Base
	if base == "" {
		base = "EUR"
	}
	accepted := d.Currencies
	if len(accepted) == 0 {
		accepted = []crm.Currency{base, "EUR", "GBP", "USD", "CHF", "SEK", "JPY"}
	}
	for _, c := range append([]crm.Currency{base}, accepted...) {
		t, err := newTariff(c, base, g.days)
		if err != nil {
			return nil, err
		}
		g.tariffs = append(g.tariffs, t)
	}
	g.base = &g.tariffs[0]
	for i, c := range countries {
		j := max(slices.Index(accepted, c.currency), 0)
		g.pays[i] = &g.tariffs[j+1]
	}
	products := d.Products
	if products <= 0 {
		products = min(max(240, g.n/50), 20000)
	}
	g.catalog = newCatalog(g.seed, products, g.season)
	return g, nil
}

// open makes the people, whom the catalog does without.
func (d *Demo) open() (*generator, error) {
	g, err := d.generator()
	if err != nil || g.n == 0 {
		return g, err
	}
	for i := range g.names {
		g.names[i] = [2][]name{fold(givens[i]), fold(families[i])}
	}
	g.story = tales(g)
	g.cast = min(len(g.story), g.n)
	orders := d.Orders
	if orders <= 0 {
		orders = 4 * g.n
	}
	g.calibrate(orders)
	return g, nil
}

// arrives returns when somebody comes for the first time.
func (g *generator) arrives(who int) int {
	if who < g.cast {
		return g.story[who].arrives
	}
	d := throw(g.seed, streamShopper, who, 1)
	return g.arrival(who, g.n)*day + g.clock(&d, 1)
}

// run plays the whole shop. It calls plan whenever it is settled what somebody
// does next, and handle for whatever happens, in the order of time.
func (g *generator) run(c *clock, plan func(now int, next occurrence, buys bool), handle func(*occurrence) bool) {
	g.shoppers = nil
	no := int32(1000)
	schedule := func(who int32, now int) {
		s := &g.shoppers[who]
		at, refill, ok := g.next(int(who), s, now)
		next := occurrence{at: int32(at), placed: int32(at), who: who, k: s.k - 1, kind: buy, refill: refill}
		if !ok {
			next = occurrence{who: who, k: s.k}
		} else {
			c.add(next)
		}
		if plan != nil {
			plan(now, next, ok)
		}
	}
	o := new(occurrence)
	for c.begin() {
		for who := len(g.shoppers); who < g.n && (who < g.cast || g.arrival(who, g.n) <= c.today); who++ {
			g.shoppers = append(g.shoppers, shopper{})
			c.add(occurrence{at: int32(g.arrives(who)), who: int32(who), kind: arrive})
		}
		for len(c.heap) > 0 {
			*o = c.heap.pop()
			if o.kind == buy {
				no++
				o.no = no
			}
			if !handle(o) {
				return
			}
			switch o.kind {
			case arrive:
				s, buys := g.enter(int(o.who), int(o.at))
				g.shoppers[o.who] = s
				if buys {
					schedule(o.who, int(o.at))
				} else if plan != nil {
					plan(int(o.at), occurrence{who: o.who}, false)
				}
			case buy:
				schedule(o.who, int(o.at))
			}
		}
	}
}

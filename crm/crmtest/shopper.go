package crmtest

import "github.com/seed-9cb3708a/clientele/crm"

// traits are what somebody is like, for ever.
type traits struct {
	country    *country
	tariff     *tariff
	channel    crm.Channel // the usual one
	account    bool        // registered from the start
	converts   bool        // a guest who registers with the third order
	trade      bool        // buys for a firm
	bargain    bool        // buys only with a coupon
	returner   bool        // sends much back
	newsletter bool
	sections   [2]int // the favorite ones
	brands     [2]int // the favorite ones of those
	size       int    // of clothes, in thousandths from small to large
	adherence  int    // how faithful to what they had, in thousandths
}

func (g *generator) traits(who int) traits {
	if who < g.cast {
		return g.story[who].traits
	}
	d := throw(g.seed, streamTraits, who, 0)
	where := g.country(&d)
	t := traits{country: &countries[where], tariff: g.pays[where], size: (d.below(1000) + d.below(1000)) / 2, adherence: d.below(600)}
	t.trade = d.chance(12)
	switch x := d.below(1000); {
	case t.trade && x < 500:
		t.channel = crm.ChannelPhone
	case x < 600:
		t.channel = crm.ChannelWeb
	case x < 780:
		t.channel = crm.ChannelApp
	case x < 880:
		t.channel = crm.ChannelStore
	case x < 980:
		t.channel = crm.ChannelMarketplace
	default:
		t.channel = crm.ChannelPhone
	}
	t.account = t.trade || t.channel == crm.ChannelApp || d.chance(520)
	t.converts = !t.account && d.chance(350)
	t.bargain = d.chance(80)
	t.returner = d.chance(70)
	t.newsletter = d.chance(380)
	t.sections[0] = int(g.catalog.turns[d.below(100)])
	t.sections[1] = int(g.catalog.turns[d.below(100)])
	t.brands = [2]int{min(d.below(5), d.below(5)), min(d.below(5), d.below(5))}
	return t
}

func (g *generator) country(d *dice) int {
	x := d.below(100)
	for i := range countries {
		if x -= countries[i].share; x < 0 {
			return i
		}
	}
	return 0
}

// A shopper is the state of somebody who may buy again: few bytes, as there is
// one for every customer. They buy at a rate of their own until they drop out
// (Pareto/NBD), and what they use up when it runs out.
type shopper struct {
	gap    int32    // mean weights of demand between orders
	dies   int32    // when they drop out, in seconds
	due    [2]int32 // when the staples run out
	staple [2]int32 // goods; -1: none
	k      int32    // orders so far
}

// enter makes somebody who comes at a time. It is false for one who never
// buys.
func (g *generator) enter(who, at int) (shopper, bool) {
	s := shopper{staple: [2]int32{-1, -1}}
	if who < g.cast {
		return s, true
	}
	t := g.traits(who)
	d := throw(g.seed, streamShopper, who, 0)
	if !d.chance(g.buyers) && t.account && !t.trade {
		return s, false
	}
	z := max(d.square(), one/200)
	if t.trade {
		z = z + 3*one/2
	}
	s.gap = int32(min(max(g.gap*one/z, 1500), 1<<25))
	// Half have dropped out after so many days; some never come again.
	half := int64(260)
	once := 300
	if t.account {
		half, once = 420, 200
	}
	if d.chance(g.habits) {
		i := d.below(2)
		sec := t.sections[i]
		for j := range s.staple {
			if id := g.catalog.staples[sec].pick(&d); id >= 0 && (j == 0 || d.chance(350)) {
				s.staple[j] = int32(id)
				once, half = 60, 600
			}
		}
	}
	u := int64(d.between(1, 1<<20))
	life := half * day * (1<<20 - u) / u
	if d.chance(once) && !t.trade {
		life = 0
	}
	s.dies = int32(min(int64(at)+day+life, int64(g.end())))
	return s, true
}

// next tells when a shopper buys next, and how much of the staples. It is
// false when they do not.
func (g *generator) next(who int, s *shopper, now int) (at int, refill uint8, ok bool) {
	if who < g.cast {
		return g.story[who].next(s)
	}
	d := throw(g.seed, streamNext, who, int(s.k))
	switch {
	case s.k == 0 && d.chance(150): // registered first
		at = now + d.below(40*day)
	case s.k == 0:
		at = now + d.between(3*minute, 40*minute)
	default:
		at = g.after(now, int64(s.gap)*d.expo()/one)
		for i, id := range s.staple {
			if id >= 0 {
				at = min(at, int(s.due[i]))
			}
		}
		at = at/day*day + g.clock(&d, 1)
		if at <= now {
			at = now + d.between(20*minute, 5*hour)
		}
	}
	if at >= g.end() || at > int(s.dies) && s.k > 0 {
		return 0, 0, false
	}
	s.k++
	for i, id := range s.staple {
		if id < 0 {
			continue
		}
		x := &g.catalog.goods[id]
		if s.k == 1 && i > 0 || s.k > 1 && at < int(s.due[i])-x.rhythm*day/5 {
			if s.k == 1 {
				s.due[i] = int32(at + x.rhythm*day)
			}
			continue
		}
		units := 1
		if d.chance(180) {
			units = 2
		}
		refill |= uint8(units) << (2 * i)
		lasts := x.rhythm * units * day / 1000 * (850 + d.below(150) + d.below(150))
		s.due[i] = int32(min(at+lasts, g.end()))
	}
	return at, refill, true
}

// calibrate finds the gap between orders with which the shop gets the wanted
// number of orders, by trying it on some of the customers.
func (g *generator) calibrate(orders int) {
	perHead := int(min(max(int64(orders)*100/int64(g.n), 1), 1e6)) // hundredths of an order for each
	g.buyers = min(880, perHead*8)
	g.habits = min(max(perHead*7/10, 60), 340)
	sample := min(g.n, 3000)
	count := func(gap int64, limit int) int {
		g.gap = gap
		total := 0
		for j := range sample {
			who := int(int64(j) * int64(g.n) / int64(sample))
			now := g.arrives(who)
			s, ok := g.enter(who, now)
			for ok && total < limit {
				if now, _, ok = g.next(who, &s, now); ok {
					total++
				}
			}
		}
		return total
	}
	want := int(int64(orders) * int64(sample) / int64(g.n))
	lo, hi := int64(1500), int64(1<<22)
	for hi-lo > lo/64 {
		gap := lo + (hi-lo)/4
		if count(gap, want+1) > want {
			lo = gap
		} else {
			hi = gap
		}
	}
	g.gap = hi
}

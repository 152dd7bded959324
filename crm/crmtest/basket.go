package crmtest

import "github.com/seed-9cb3708a/clientele/crm"

// A line is what is bought of one good. Amounts are in minor units.
type line struct {
	good     int32
	variant  int32
	units    int64
	price    int64
	discount int64
	total    int64
	tax      int64
	paid     int64 // what the customer pays for it in the end
}

// A bill is an order before it is written down.
type bill struct {
	room     [12]line
	n        int // of them
	channel  crm.Channel
	coupon   string
	gift     bool
	unknown  bool // nobody tells who bought
	discount int64
	shipping int64
	tax      int64
	total    int64
}

func (b *bill) lines() []line { return b.room[:b.n] }

// fill works out what an order is of.
func (g *generator) fill(b *bill, o *occurrence, t *traits) {
	d := throw(g.seed, streamBasket, int(o.who), int(o.k))
	var percent, cents int64
	if int(o.who) < g.cast {
		c := &g.story[o.who].chapters[o.k]
		b.n = copy(b.room[:], c.lines)
		b.channel, b.coupon = c.channel, c.coupon
		if b.coupon != "" {
			cents = 500
		}
	} else {
		b.channel = t.channel
		if d.chance(220) && t.channel != crm.ChannelMarketplace {
			b.channel = [...]crm.Channel{crm.ChannelWeb, crm.ChannelWeb, crm.ChannelApp, crm.ChannelStore}[d.below(4)]
		}
		b.unknown = b.channel == crm.ChannelStore && !t.account && o.k > 0 && d.chance(300)
		g.choose(b, &d, o, t)
		today := int(o.placed) / day
		b.gift = g.month[today] == 11 && d.chance(180)
		switch x := d.below(1000); {
		case t.bargain:
			percent, b.coupon = 15, "THANKS15"
		case b.channel == crm.ChannelMarketplace:
		case g.sale[today] == 2 && x < 450:
			percent, b.coupon = 20, "BLACK20"
		case g.sale[today] == 1 && x < 300:
			percent, b.coupon = 15, "SUMMER15"
		case o.k == 0 && x < 200:
			cents, b.coupon = 500, "WELCOME5"
		case x < 50:
			percent, b.coupon = 10, "THANKS10"
		}
	}
	g.add(b, t, percent, cents)
}

// choose puts goods into the basket.
func (g *generator) choose(b *bill, d *dice, o *occurrence, t *traits) {
	s := &g.shoppers[o.who]
	for i, id := range s.staple {
		if units := o.refill >> (2 * i) & 3; units > 0 {
			v := int(o.who) >> i & 1
			b.put(id, int32(min(v, len(g.catalog.goods[id].variants)-1)), int64(units))
		}
	}
	want := b.n
	if want == 0 {
		want = 1
	} else if d.chance(450) {
		want++
	}
	for want < 6 && d.chance(400) {
		want++
	}
	if t.trade {
		want += d.below(4)
	}
	quarter := int(g.month[int(o.placed)/day]) / 3
	for tries := 0; b.n < want && tries < 14; tries++ {
		var id int
		switch n := b.n; {
		case n > 0 && d.chance(380):
			id = int(g.catalog.goods[b.room[d.below(n)].good].mates[min(d.below(3), d.below(3))])
		case d.chance(t.adherence):
			own := throw(g.seed, streamTraits, int(o.who), 1+d.below(5))
			id = g.taste(&own, t, quarter)
		default:
			id = g.taste(d, t, quarter)
		}
		if id < 0 {
			continue
		}
		x := &g.catalog.goods[id]
		if x.since > int(o.placed) {
			continue
		}
		units := int64(1)
		switch {
		case t.trade:
			units = int64(d.between(2, 9))
		case x.rhythm > 0 && d.chance(300), d.chance(60):
			units = int64(d.between(2, 3))
		}
		b.put(int32(id), int32(t.fit(d, x)), units)
	}
	if b.n == 0 {
		b.put(coffee, 0, 1)
	}
}

// put adds a line, unless the good is in the basket.
func (b *bill) put(good, variant int32, units int64) {
	for i := range b.lines() {
		if b.room[i].good == good {
			return
		}
	}
	b.room[b.n] = line{good: good, variant: variant, units: units}
	b.n++
}

// taste returns a good that somebody may like.
func (g *generator) taste(d *dice, t *traits, quarter int) int {
	c := g.catalog
	sec, favorite := 0, -1
	switch x := d.below(100); {
	case x < 45:
		favorite = 0
	case x < 68:
		favorite = 1
	default:
		sec = int(c.turns[d.below(100)])
	}
	if favorite >= 0 {
		sec = t.sections[favorite]
	}
	if !d.chance(sections[sec].quarters[quarter]) {
		sec, favorite = int(c.turns[d.below(100)]), -1
	}
	if favorite >= 0 && d.chance(450) {
		if id := c.brands[sec][t.brands[favorite]].pick(d); id >= 0 {
			return id
		}
	}
	return c.shelves[sec].pick(d)
}

// fit returns the variant that somebody takes.
func (t *traits) fit(d *dice, x *good) int {
	n := len(x.variants)
	switch {
	case n == 1:
		return 0
	case x.variants[1].factor != 1000: // small and large packs
		if d.chance(300) {
			return 1
		}
		return 0
	}
	v := t.size * n / 1000
	if d.chance(120) {
		v += d.between(-1, 1)
	}
	return min(max(v, 0), n-1)
}

// add works out what the lines come to.
func (g *generator) add(b *bill, t *traits, percent, cents int64) {
	var sum int64
	for i := range b.lines() {
		l := &b.room[i]
		l.price = g.price(&g.catalog.goods[l.good], int(l.variant), t.tariff).Amount
		gross := l.price * l.units
		l.discount = (gross*percent + 50) / 100
		l.total = gross - l.discount
		sum += l.total
	}
	if cents > 0 {
		if b.discount = t.tariff.of(cents); sum < 3*b.discount {
			b.discount, b.coupon = 0, ""
		}
	}
	if b.channel != crm.ChannelStore && b.channel != crm.ChannelMarketplace && sum-b.discount < t.tariff.of(6000) {
		b.shipping = t.tariff.tag(int64(t.country.postage))
	}
	left := b.discount
	for i := range b.lines() {
		l := &b.room[i]
		part := b.discount * l.total / sum
		if i == b.n-1 {
			part = left
		}
		left -= part
		l.paid = l.total - part
		l.tax = t.country.levy(l.paid)
		b.tax += l.tax
		if t.country.onTop {
			l.paid += l.tax
		}
	}
	b.tax += t.country.levy(b.shipping)
	b.total = sum - b.discount + b.shipping
	if t.country.onTop {
		b.total += b.tax
	}
}

// levy returns the tax in an amount, or on top of it.
func (c *country) levy(amount int64) int64 {
	tax := int64(c.tax)
	if c.onTop {
		return (amount*tax + 500) / 1000
	}
	return (amount*tax + (1000+tax)/2) / (1000 + tax)
}

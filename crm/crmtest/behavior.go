package crmtest

import (
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A Behavior is something a visitor of the demo shop did, in the words of
// Google Analytics 4: page_view, search, view_item, add_to_cart,
// begin_checkout and purchase; beside them store_visit and ar_session, which
// is trying something on in augmented reality.
type Behavior struct {
	Ref      crm.Ref // of the event, in the order of time
	Name     string  // what was done, such as "view_item"
	At       time.Time
	Channel  crm.Channel   // web, app or store
	Visitor  string        // the browser or phone
	Session  string        // the visit
	Customer crm.Ref       // who it was; zero while nobody signed in
	SKU      string        // of view_item, add_to_cart and ar_session; else ""
	Page     string        // of page_view, its path; else ""
	Query    string        // of search; else ""
	Order    crm.Ref       // of purchase; else zero
	Duration time.Duration // of store_visit and ar_session; else 0
}

// Behavior returns what visitors did, in the order of time: before the orders
// of Records, and without any. Most of it is anonymous until somebody signs in
// or buys. It makes it as it goes, with a few bytes for each customer; there is
// about three times as much again of visits as there are orders. It yields
// nothing when a currency is unknown.
func (d *Demo) Behavior() iter.Seq[Behavior] {
	return func(yield func(Behavior) bool) {
		g, err := d.open()
		if err != nil {
			return
		}
		w := &watcher{generator: g, clock: newClock(g.days), yield: func(d *deed) bool { return yield(d.what) }}
		g.run(w.clock, w.plan, func(o *occurrence) bool {
			w.flush(int(o.at) - 1)
			w.handle(o)
			return !w.over
		})
		w.flush(g.end())
	}
}

// A watcher sees what visitors do.
type watcher struct {
	*generator
	clock *clock
	yield func(*deed) bool
	ahead heap[deed, *deed] // seen, and not told
	who   int32             // whom it looks at
	spent crm.Money
	seen  int32
	told  int
	over  bool
}

// A deed is a Behavior to come.
type deed struct {
	at, seq int32
	who     int32 // -1: nobody ever knows
	what    Behavior
	spent   crm.Money // of a purchase
}

func (d *deed) less(e *deed) bool { return d.at < e.at || d.at == e.at && d.seq < e.seq }

// flush tells everything until a time.
func (w *watcher) flush(until int) {
	for len(w.ahead) > 0 && int(w.ahead[0].at) <= until && !w.over {
		d := w.ahead.pop()
		w.told++
		d.what.Ref = crm.Ref{Source: source, ID: "b" + strconv.Itoa(w.told)}
		w.over = !w.yield(&d)
	}
}

func (w *watcher) see(at int, b Behavior) {
	if at >= w.end() {
		return
	}
	w.seen++
	b.At = w.time(at)
	w.ahead.push(deed{at: int32(at), seq: w.seen, who: w.who, what: b, spent: w.spent})
}

// plan makes the visits until the next order, and the one that ends with it.
func (w *watcher) plan(now int, next occurrence, buys bool) {
	d := throw(w.seed, streamSession, int(next.who), int(next.k)*8)
	visit := occurrence{who: next.who, k: next.k, refill: next.refill, kind: browse}
	span := 60 * day
	visits := d.below(4) - 1
	if buys {
		visit.placed = next.placed
		first := visit
		first.kind = shop
		first.at = int32(max(now, int(next.placed)-d.between(4*minute, 35*minute)))
		w.clock.add(first)
		span = int(first.at) - now
	}
	for j := range visits {
		if span < 2*hour {
			break
		}
		visit.no = int32(j + 1)
		// The nearer to the order, the more.
		back := min(d.below(span-hour), d.below(span-hour))
		visit.at = int32(now + span - hour - back)
		w.clock.add(visit)
	}
}

// handle sees what happens.
func (w *watcher) handle(o *occurrence) {
	w.who, w.spent = o.who, crm.Money{}
	switch o.kind {
	case shop, buy:
		t := w.traits(int(o.who))
		var b bill
		w.fill(&b, o, &t)
		v := w.visitor(o, &t, b.channel, 0)
		switch {
		case b.channel == crm.ChannelPhone || b.channel == crm.ChannelMarketplace || b.unknown:
		case o.kind == buy:
			v.Name, v.Customer = "purchase", crm.Ref{Source: source, ID: w.key(int(o.who))}
			v.Order = crm.Ref{Source: source, ID: strconv.Itoa(int(o.no))}
			w.spent = crm.Money{Amount: b.total, Currency: t.tariff.currency}
			w.see(int(o.at), v)
		case b.channel == crm.ChannelStore:
			v.Name = "store_visit"
			v.Duration = time.Duration(int(o.placed)-int(o.at)) * time.Second
			w.see(int(o.at), v)
		default:
			w.shop(o, &t, &b, v)
		}
		if o.kind == buy {
			d := throw(w.seed, streamSession, -1, int(o.no))
			if d.chance(800) {
				w.clock.add(occurrence{at: o.at + int32(d.below(12*hour)), who: -1, k: -1, no: o.no, kind: passer})
			}
		}
	case browse:
		t := w.traits(int(o.who))
		w.browse(o, &t)
	case passer:
		d := throw(w.seed, streamSession, -2, int(o.no))
		t := traits{channel: crm.ChannelWeb}
		t.sections = [2]int{int(w.catalog.turns[d.below(100)]), int(w.catalog.turns[d.below(100)])}
		w.browse(o, &t)
	}
}

// visitor returns what all behavior of a visit shares.
func (w *watcher) visitor(o *occurrence, t *traits, c crm.Channel, visit int) Behavior {
	v := Behavior{Channel: c}
	if c == crm.ChannelStore {
		return v
	}
	device := len(c)
	id := int(o.who)
	if id < 0 {
		id = -int(o.no)
	}
	v.Visitor = "v" + strconv.FormatUint(mix(w.seed^mix(uint64(uint32(id))<<8|uint64(device))), 36)
	if id < 0 {
		v.Session = "a" + strconv.Itoa(-id)
	} else {
		v.Session = "s" + strconv.Itoa(id+1) + "." + strconv.Itoa(int(o.k)+1) + "." + strconv.Itoa(visit)
	}
	if t.account && c == crm.ChannelApp {
		v.Customer = crm.Ref{Source: source, ID: w.key(id)}
	}
	return v
}

// shop sees the visit that ends with an order.
func (w *watcher) shop(o *occurrence, t *traits, b *bill, v Behavior) {
	d := throw(w.seed, streamSession, int(o.who), int(o.k)*8+7)
	at := int(o.at)
	pace := max((int(o.placed)-at)/(3*b.n+4), 1)
	see := func(name, sku string) {
		v.Name, v.SKU = name, sku
		w.see(min(at, int(o.placed)), v)
		at += pace
	}
	if t.account && d.chance(350) {
		v.Customer = crm.Ref{Source: source, ID: w.key(int(o.who))}
	}
	v.Page = "/"
	see("page_view", "")
	v.Page = ""
	for _, l := range b.lines() {
		x := &w.catalog.goods[l.good]
		sku := x.variants[l.variant].sku
		if d.chance(300) {
			v.Query = strings.ToLower(x.title)
			see("search", "")
			v.Query = ""
		} else if d.chance(500) {
			if id := w.catalog.shelves[x.section].pick(&d); w.catalog.goods[id].since < int(o.at) {
				see("view_item", w.catalog.goods[id].variants[0].sku)
			}
		}
		see("view_item", sku)
		if sections[x.section].tryOn && (int(o.who) < w.cast || d.chance(350)) {
			v.Duration = time.Duration(d.between(8, 120)) * time.Second
			see("ar_session", sku)
			v.Duration = 0
		}
		see("add_to_cart", sku)
	}
	if t.account {
		v.Customer = crm.Ref{Source: source, ID: w.key(int(o.who))}
	}
	see("begin_checkout", "")
}

// browse sees a visit without an order.
func (w *watcher) browse(o *occurrence, t *traits) {
	d := throw(w.seed, streamSession, int(o.who), int(o.k)*8+int(o.no))
	at := int(o.at)
	c := crm.ChannelWeb
	switch {
	case t.channel == crm.ChannelApp, t.channel == crm.ChannelStore && d.chance(500):
		c = t.channel
	}
	v := w.visitor(o, t, c, int(o.no))
	if c == crm.ChannelStore {
		v.Name, v.Duration = "store_visit", time.Duration(d.between(4, 50))*time.Minute
		w.see(at, v)
		return
	}
	if t.account && d.chance(400) {
		v.Customer = crm.Ref{Source: source, ID: w.key(int(o.who))}
	}
	see := func(name, sku string) {
		v.Name, v.SKU = name, sku
		w.see(at, v)
		at += d.between(5, 90)
	}
	// They look at what they will buy, or at what they like.
	var b bill
	looks := 1 + d.below(4)
	if o.placed > 0 && d.chance(550) {
		w.fill(&b, o, t)
		b.n = min(b.n, looks)
	} else {
		b.n = 0
		for range looks {
			id := w.taste(&d, t, int(w.month[at/day])/3)
			if id < 0 || w.catalog.goods[id].since > at {
				continue
			}
			b.put(int32(id), int32(t.fit(&d, &w.catalog.goods[id])), 1)
		}
	}
	v.Page = "/"
	if b.n > 0 {
		v.Page = "/c/" + sections[w.catalog.goods[b.room[0].good].section].code
	}
	see("page_view", "")
	v.Page = ""
	carted := false
	for _, l := range b.lines() {
		x := &w.catalog.goods[l.good]
		sku := x.variants[l.variant].sku
		see("view_item", sku)
		if sections[x.section].tryOn && d.chance(300) {
			v.Duration = time.Duration(d.between(5, 90)) * time.Second
			see("ar_session", sku)
			v.Duration = 0
		}
		if d.chance(160) {
			see("add_to_cart", sku)
			carted = true
		}
	}
	if carted && d.chance(450) {
		see("begin_checkout", "")
	}
}

package crmtest

import (
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// All returns what Records does and, among it in the order of time, what passes
// between a shop and its customers beside orders, as interactions, consents and
// identities:
//
//   - What Behavior tells. Most of it is of a device that nobody knows yet. With
//     the first sign-in or purchase comes the device as an identity of the
//     customer, to whom its history then belongs. Visits to a store are told of
//     those who have an account, and show it there.
//   - Sign-ups with consents: to the newsletter, mostly confirmed by a double
//     opt-in, and to text messages. Some take them back later. Of a few browsers
//     the Global Privacy Control denies that data is sold, and a few customers
//     object to profiling.
//   - Newsletters that were sent, opened and clicked; calls; ratings and reviews.
//   - Some get a card of source "till" in a store, under their name, and tell
//     their account of it weeks later: then the two are one person.
//
// Products, customers, orders and refunds are those of Records, which stays
// apart because there are some ten times as many records here.
func (d *Demo) All() iter.Seq2[crm.Record, error] {
	return d.narrate(func(g *generator, tell func(crm.Record) bool) {
		w := &watcher{generator: g, clock: newClock(g.days)}
		h := &host{watcher: w, say: tell, met: make([]bool, g.n)}
		w.yield = h.witness
		g.run(w.clock, h.plan, h.handle)
		w.flush(g.end())
	})
}

// A host sees what visitors do, and deals with them.
type host struct {
	*watcher
	say   func(crm.Record) bool
	met   []bool // whose device was told of
	dealt int
}

// plan lets newsletters come until the next order.
func (h *host) plan(now int, next occurrence, buys bool) {
	h.watcher.plan(now, next, buys)
	t := h.traits(int(next.who))
	a := h.agreement(int(next.who), &t)
	until := h.end()
	if buys {
		until = int(next.placed)
	}
	const month = 30 * day
	for i := range 3 {
		at := (now/month+1+i)*month + 10*hour
		if at >= until || !a.reads(int(next.k)) {
			return
		}
		h.clock.add(occurrence{at: int32(at), who: next.who, k: next.k, no: int32(at / month), kind: letter})
	}
}

// handle tells what happens.
func (h *host) handle(o *occurrence) bool {
	h.flush(int(o.at) - 1)
	switch {
	case h.over:
		return false
	case o.kind == arrive || o.kind == buy || o.kind == cancel || o.kind == giveback:
		if !h.tell(h.clock, o, h.say) {
			return false
		}
	}
	h.watcher.handle(o)
	if o.who < 0 {
		return true
	}
	t := h.traits(int(o.who))
	switch o.kind {
	case arrive:
		return !t.account || h.signUp(o, &t)
	case buy:
		return h.after(o, &t)
	case letter, opened, clicked:
		return h.mail(o)
	case ring:
		return h.deal(o, crm.Record{Interaction: &crm.Interaction{
			Kind: crm.KindCall, Channel: crm.ChannelPhone, Direction: crm.Inbound, Text: "Where is my parcel?",
			Properties: map[string]crm.Value{"order": crm.Text(strconv.Itoa(int(o.no)))},
		}})
	case rate:
		return h.opinion(o, &t)
	case leave:
		return h.withdraw(o)
	case card:
		return h.card(o, &t)
	}
	return true
}

// witness tells what a visitor did.
func (h *host) witness(d *deed) bool {
	b := &d.what
	i := &crm.Interaction{
		Ref: b.Ref, Device: b.Visitor, Kind: crm.InteractionKind(b.Name), Channel: b.Channel,
		SKU: b.SKU, OccurredAt: b.At, Value: d.spent,
	}
	known := !b.Customer.IsZero()
	switch i.Kind {
	case crm.KindARSession:
		i.Properties = tryOn(b).Properties()
	case crm.KindStoreVisit:
		if known = d.who >= 0 && h.traits(int(d.who)).account; !known {
			return true
		}
		i.Properties = map[string]crm.Value{"seconds": crm.Number(b.Duration.Seconds())}
	default:
		i.Properties = map[string]crm.Value{"session": crm.Text(b.Session)}
		for _, p := range [...]struct{ name, text string }{{"page_path", b.Page}, {"search_term", b.Query}, {"transaction_id", b.Order.ID}} {
			if p.text != "" {
				i.Properties[p.name] = crm.Text(p.text)
			}
		}
	}
	r := crm.Record{Interaction: i}
	if known {
		h.know(&r, int(d.who))
	}
	return h.say(r)
}

// know says who did what a record tells, and the first time that the device is
// theirs.
func (h *host) know(r *crm.Record, who int) {
	r.Customer = &crm.Customer{Refs: []crm.Ref{{Source: source, ID: h.key(who)}}}
	if i := r.Interaction; i.Device != "" && !h.met[who] {
		h.met[who] = true
		r.Identities = append(r.Identities, seen(crm.IdentityDevice, i.Device, i.OccurredAt))
	}
}

func seen(kind crm.IdentityKind, value string, at time.Time) crm.Identity {
	return crm.Identity{Kind: kind, Value: value, FirstSeenAt: at, LastSeenAt: at}
}

// deal tells of an interaction with somebody whom the shop knows, unless the
// record has its customer.
func (h *host) deal(o *occurrence, r crm.Record) bool {
	h.dealt++
	r.Interaction.Ref = crm.Ref{Source: source, ID: "e" + strconv.Itoa(h.dealt)}
	r.Interaction.OccurredAt = h.time(int(o.at))
	if r.Customer == nil {
		h.know(&r, int(o.who))
	}
	for i := range r.Consents {
		c := &r.Consents[i]
		c.OccurredAt, c.Proof.Source = r.Interaction.OccurredAt, source
	}
	return h.say(r)
}

// device returns what an account is used on, and its channel.
func (h *host) device(o *occurrence, t *traits) (string, crm.Channel) {
	c := crm.ChannelWeb
	if t.channel == crm.ChannelApp {
		c = t.channel
	}
	return h.visitor(o, t, c, 0).Visitor, c
}

// tryOn returns what the shop keeps of an ar_session.
func tryOn(b *Behavior) crm.ARSession {
	s := crm.ARSession{Surface: "product_page", Mode: crm.ARWebXR, Started: true, Placement: crm.ARPlaced, Duration: b.Duration}
	switch short := b.Duration < 20*time.Second; {
	case strings.HasPrefix(b.SKU, "EYE"):
		s.Mode = crm.ARTryOn
	case b.Channel == crm.ChannelApp && short:
		s.Mode, s.Placement = crm.ARQuickLook, crm.ARPlacementUnknown
	case b.Channel == crm.ChannelApp:
		s.Mode = crm.ARSceneViewer
	case short:
		s.Placement = crm.ARNotPlaced
	}
	return s
}

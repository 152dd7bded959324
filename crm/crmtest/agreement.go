package crmtest

import (
	"strconv"

	"github.com/seed-9cb3708a/clientele/crm"
)

// An agreement is what somebody agrees to in the course of time.
type agreement struct {
	news    crm.ConsentState // to the newsletter; "" never
	since   int              // how many orders they had placed when they signed up
	last    int              // the order after which they take it back
	texts   bool             // to text messages, for ever
	signal  bool             // the browser sends the Global Privacy Control
	objects bool             // to profiling, after the second order
	card    [2]int           // when they get a customer card, and tell of it; 0: never
}

const never = 1 << 30

func (g *generator) agreement(who int, t *traits) agreement {
	a := agreement{last: never}
	if who < g.cast {
		switch g.story[who].customer.GivenName {
		case "Ada":
			a.news = crm.ConsentGranted
		case "George":
			a.news, a.last = crm.ConsentGranted, len(g.story[who].chapters)-1
		}
		return a
	}
	d := throw(g.seed, streamAgreement, who, 0)
	switch {
	case t.account:
	case t.converts:
		a.since = 3
	default:
		return a
	}
	if t.newsletter {
		if a.news = crm.ConsentGranted; d.chance(120) {
			a.news = crm.ConsentPending
		}
		if d.chance(220) {
			a.last = a.since + d.below(4)
		}
	}
	a.texts = t.channel == crm.ChannelApp && d.chance(250)
	a.signal = d.chance(40)
	a.objects = d.chance(15)
	if t.account && d.chance(60) {
		first := g.arrives(who)/day + d.between(5, 40)
		second := first + d.between(3, 60)
		if second < g.days {
			a.card = [2]int{first*day + 11*hour + d.below(7*hour), second*day + 19*hour + d.below(3*hour)}
		}
	}
	return a
}

// reads reports whether newsletters go to somebody between so many orders and
// the next.
func (a *agreement) reads(orders int) bool {
	return a.news == crm.ConsentGranted && orders >= a.since && orders <= a.last
}

// signUp tells of a new account.
func (h *host) signUp(o *occurrence, t *traits) bool {
	a := h.agreement(int(o.who), t)
	device, channel := h.device(o, t)
	r := crm.Record{Interaction: &crm.Interaction{Kind: crm.KindSignUp, Channel: channel, Device: device}}
	agree := func(channel crm.Channel, purpose crm.Purpose, state crm.ConsentState, mechanism string) {
		c := crm.Consent{Channel: channel, Purpose: purpose, State: state, Proof: crm.Proof{Mechanism: mechanism}}
		if purpose == crm.PurposeMarketing {
			c.Basis, c.Proof.TextVersion = crm.BasisConsent, "newsletter-1"
		}
		r.Consents = append(r.Consents, c)
	}
	switch a.news {
	case crm.ConsentGranted:
		agree(crm.ChannelEmail, crm.PurposeMarketing, a.news, crm.MechanismDoubleOptIn)
	case crm.ConsentPending:
		agree(crm.ChannelEmail, crm.PurposeMarketing, a.news, "checkbox")
	}
	if a.texts {
		agree(crm.ChannelSMS, crm.PurposeMarketing, crm.ConsentGranted, "checkbox")
	}
	if a.signal {
		agree("", crm.PurposeSaleSharing, crm.ConsentDenied, crm.MechanismGPC)
	}
	for i, at := range a.card {
		if at > 0 {
			h.clock.add(occurrence{at: int32(at), who: o.who, no: int32(i), kind: card})
		}
	}
	return h.deal(o, r)
}

// withdraw tells that somebody took a consent back.
func (h *host) withdraw(o *occurrence) bool {
	if o.no > 0 {
		return h.deal(o, crm.Record{
			Interaction: &crm.Interaction{Kind: crm.KindCall, Channel: crm.ChannelPhone, Direction: crm.Inbound, Text: "Does not want to be profiled."},
			Consents:    []crm.Consent{{Purpose: crm.PurposeProfiling, State: crm.ConsentDenied, Proof: crm.Proof{Mechanism: "call"}}},
		})
	}
	return h.deal(o, crm.Record{
		Interaction: &crm.Interaction{
			Kind: crm.KindMessageClicked, Channel: crm.ChannelEmail,
			Properties: map[string]crm.Value{"link": crm.Text("unsubscribe")},
		},
		Consents: []crm.Consent{{
			Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentWithdrawn,
			Proof: crm.Proof{Mechanism: crm.MechanismUnsubscribe},
		}},
	})
}

// card tells of a customer card: first the till, which knows nobody's account,
// then the account.
func (h *host) card(o *occurrence, t *traits) bool {
	number := strconv.Itoa(int(o.who) + 1)
	identity := seen(crm.IdentityLoyalty, "CARD-"+number, h.time(int(o.at)))
	if o.no > 0 {
		device, channel := h.device(o, t)
		return h.deal(o, crm.Record{
			Interaction: &crm.Interaction{Kind: crm.KindLogin, Channel: channel, Device: device},
			Identities:  []crm.Identity{identity},
		})
	}
	var c crm.Customer
	h.person(&c, int(o.who), t, false)
	return h.deal(o, crm.Record{
		Customer: &crm.Customer{
			Refs:      []crm.Ref{{Source: "till", ID: "t" + number}},
			GivenName: c.GivenName, FamilyName: c.FamilyName,
		},
		Interaction: &crm.Interaction{Kind: crm.KindStoreVisit, Channel: crm.ChannelStore},
		Identities:  []crm.Identity{identity},
	})
}

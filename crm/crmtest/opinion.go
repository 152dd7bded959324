package crmtest

import (
	"strconv"

	"github.com/seed-9cb3708a/clientele/crm"
)

// opinions are what reviews say, by stars.
var opinions = [5][]string{
	{"Sent it straight back.", "Nothing like the picture.", "Broke on the first day."},
	{"Not for me, sadly.", "Too small, and it came late.", "I expected more at the price."},
	{"Does what it should.", "Fine, but nothing special.", "Good, though the parcel took its time."},
	{"Very nice, would buy it again.", "Lovely, if a little expensive.", "Good quality."},
	{"Exactly what I was looking for.", "My third one, and still happy.", "Wonderful, thank you!", "Came quickly, and it is beautiful."},
}

// after tells what comes with an order, and plans what comes of it.
func (h *host) after(o *occurrence, t *traits) bool {
	var b bill
	var f fate
	h.fill(&b, o, t)
	if b.unknown {
		return true
	}
	h.fate(&f, o, t, &b)
	d := throw(h.seed, streamOpinion, int(o.who), int(o.k))
	later := func(what kind, no int32, at int) {
		next := *o
		next.at, next.no, next.kind = int32(at), no, what
		h.clock.add(next)
	}
	a := h.agreement(int(o.who), t)
	if a.news == crm.ConsentGranted && int(o.k) == a.last {
		later(leave, 0, int(o.at)+d.between(2*day, 20*day))
	}
	if a.objects && o.k == 1 {
		later(leave, 1, int(o.at)+d.between(day, 9*day))
	}
	often := 60
	if t.account {
		often = 200
	}
	if f.ended == 0 && d.chance(often) {
		later(rate, o.no, f.arrived+d.between(2*day, 14*day))
	}
	if f.promised > 0 && f.arrived > f.promised+2*day && d.chance(400) {
		later(ring, o.no, f.promised+d.between(18*hour, 40*hour))
	}
	if b.channel == crm.ChannelPhone {
		call := crm.Record{Interaction: &crm.Interaction{
			Kind: crm.KindCall, Channel: crm.ChannelPhone, Direction: crm.Inbound,
			Properties: map[string]crm.Value{"seconds": crm.Number(float64(d.between(90, 900)))},
		}}
		if !h.deal(o, call) {
			return false
		}
	}
	return !t.converts || o.k != 2 || h.signUp(o, t)
}

// mail tells of a newsletter, and plans what becomes of it.
func (h *host) mail(o *occurrence) bool {
	i := &crm.Interaction{
		Kind: crm.KindMessageSent, Channel: crm.ChannelEmail,
		Properties: map[string]crm.Value{"campaign": crm.Text("news-" + strconv.Itoa(int(o.no)))},
	}
	d := throw(h.seed, streamLetter, int(o.who), int(o.no)*4+int(o.kind-letter))
	next := *o
	switch o.kind {
	case letter:
		if d.chance(420) {
			next.at, next.kind = o.at+int32(d.between(5*minute, 30*hour)), opened
			h.clock.add(next)
		}
	case opened:
		i.Kind = crm.KindMessageOpened
		if d.chance(250) {
			next.at, next.kind = o.at+int32(d.between(10, 9*minute)), clicked
			h.clock.add(next)
		}
	case clicked:
		i.Kind = crm.KindMessageClicked
	}
	return h.deal(o, crm.Record{Interaction: i})
}

// opinion tells how somebody likes what they bought.
func (h *host) opinion(o *occurrence, t *traits) bool {
	var b bill
	var f fate
	h.fill(&b, o, t)
	h.fate(&f, o, t, &b)
	d := throw(h.seed, streamOpinion, int(o.who), -1-int(o.k))
	n := d.below(b.n)
	i := &crm.Interaction{
		Kind: crm.KindRating, Channel: crm.ChannelWeb, Rating: 3 + max(d.below(3), d.below(3)),
		SKU: h.catalog.goods[b.room[n].good].variants[b.room[n].variant].sku,
	}
	switch {
	case f.returned[n] > 0:
		i.Rating = d.between(1, 2)
	case f.promised > 0 && f.arrived > f.promised:
		i.Rating = d.between(2, 4)
	}
	if d.chance(400) {
		texts := opinions[i.Rating-1]
		i.Kind, i.Text = crm.KindReview, texts[d.below(len(texts))]
	}
	return h.deal(o, crm.Record{Interaction: i})
}

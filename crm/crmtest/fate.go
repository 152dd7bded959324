package crmtest

import "github.com/seed-9cb3708a/clientele/crm"

// A fate is what becomes of an order. Times are seconds since the start, 0 for
// what never happens.
type fate struct {
	pending   bool // payment is awaited at first
	expired   bool // rather than canceled
	ended     int  // canceled or expired
	paid      int
	shipped   int
	promised  int
	arrived   int
	refunded  int
	late      bool // the refund is for the delay alone
	returned  [12]int64
	inPerson  bool // taken along
	carrier   int
	parcelNo  int
	recipient int // of a gift
}

func (g *generator) fate(f *fate, o *occurrence, t *traits, b *bill) {
	d := throw(g.seed, streamFate, int(o.who), int(o.k))
	at := int(o.placed)
	var told *chapter
	if int(o.who) < g.cast {
		told = &g.story[o.who].chapters[o.k]
	}
	f.paid = at
	f.recipient = d.below(1 << 20)
	if b.channel == crm.ChannelStore {
		f.inPerson, f.arrived = true, at
	} else {
		f.pending = told == nil && d.chance(110)
		if f.pending {
			f.paid = at + d.between(5*hour, 4*day)
			if d.chance(90) {
				f.expired, f.ended, f.paid = true, at+7*day, 0
				return
			}
		}
		if told == nil && d.chance(24) || told != nil && told.canceled {
			f.ended = at + d.between(hour, 30*hour)
			if f.paid > f.ended {
				f.paid = 0
			}
			return
		}
		f.shipped = f.paid + d.between(3*hour, 38*hour)
		days := 3
		if t.country.postage > 600 {
			days = 6
		}
		f.promised = (f.paid/day+days)*day + 18*hour
		f.arrived = f.shipped + d.between(18*hour, (days-1)*day)
		if d.chance(70) {
			f.arrived = f.promised + d.between(4*hour, 6*day)
		}
		f.carrier, f.parcelNo = d.below(3), d.between(10000000, 99999999)
	}
	back := false
	for i := range b.lines() {
		l := &b.room[i]
		p := sections[g.catalog.goods[l.good].section].returns
		if t.returner {
			p = min(p*3, 700)
		}
		if told == nil && d.chance(p) || told != nil && told.returned && i == b.n-1 {
			f.returned[i] = int64(d.between(1, int(l.units)))
			back = true
		}
	}
	switch {
	case back:
		f.refunded = f.arrived + d.between(3*day, 24*day)
	case f.promised > 0 && f.arrived > f.promised && d.chance(180):
		f.late, f.refunded = true, f.arrived+d.between(hour, 3*day)
	}
}

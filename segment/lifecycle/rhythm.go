package lifecycle

import (
	"fmt"
	"math"
)

// A Policy says how thresholds are read off the shop's rhythm, and from how
// much history. The zero Policy is a good one for times in calendar days.
type Policy struct {
	Day int64 `json:"day,omitzero"` // how many units of time make a day: 0 or 1 for days, 86,400,000 for milliseconds

	// Of those who come back, what share has done so at each threshold. 0: 0.80,
	// 0.95 and 0.99.
	AtRisk float64 `json:"at_risk,omitzero"`
	Lapsed float64 `json:"lapsed,omitzero"`
	Lost   float64 `json:"lost,omitzero"`

	// What must have been seen: 0 is 100 returns, by 30 customers, in 180 days.
	Returns   int   `json:"returns,omitzero"`
	Customers int   `json:"customers,omitzero"`
	Days      int64 `json:"days,omitzero"`

	// Own says that customers of four orders or more go by their own rhythm: see
	// [Rhythm.Own]. It is for those who work stages out; Learn does not look at it.
	Own bool `json:"own,omitzero"`
}

// Check returns what is wrong with a policy as [Faults], nil for nothing: shares
// that are not between 0 and 1 or do not rise, and numbers below 0.
func (p Policy) Check() error {
	var faults Faults
	before := 0.0
	for _, s := range []struct {
		name         string
		share, usual float64
	}{{"at_risk", p.AtRisk, usualAtRisk}, {"lapsed", p.Lapsed, usualLapsed}, {"lost", p.Lost, usualLost}} {
		share := or(s.share, s.usual)
		if !(share > before && share <= 1) {
			faults.add(s.name, fmt.Sprintf("more than %g, up to 1", before), "%g", share)
		}
		before = share
	}
	for _, n := range []struct {
		name  string
		value int64
	}{{"day", p.Day}, {"returns", int64(p.Returns)}, {"customers", int64(p.Customers)}, {"days", p.Days}} {
		if n.value < 0 {
			faults.add(n.name, "0 or more", "%d", n.value)
		}
	}
	return faults.err()
}

// The shares of a policy that says nothing.
const (
	usualAtRisk = 0.80
	usualLapsed = 0.95
	usualLost   = 0.99
)

// Thresholds of a shop that knows nothing of its rhythm yet, in days.
const (
	defaultAtRisk = 90
	defaultLapsed = 180
	defaultLost   = 365
)

// Default returns the thresholds of a shop without enough history: at risk
// after 90 days, lapsed after 180, lost after 365.
func (p Policy) Default() Thresholds {
	day := max(p.Day, 1)
	return Thresholds{AtRisk: defaultAtRisk * day, Lapsed: defaultLapsed * day, Lost: defaultLost * day}
}

// A Rhythm is how a shop's customers come back, and the thresholds that follow.
type Rhythm struct {
	Thresholds        // learned, or the default
	Learned    bool   `json:"learned,omitzero"` // from the shop's own history
	Why        string `json:"why,omitzero"`     // not learned: what was lacking

	Customers int     `json:"customers"` // who have bought
	Repeaters int     `json:"repeaters"` // who have bought again
	Returns   int     `json:"returns"`   // how often
	Days      int64   `json:"days"`      // of history
	Ever      float64 `json:"ever"`      // the share of orders that another follows, within the history
	Typical   int64   `json:"typical"`   // the time by which half of those who come back have done so
	Mean      int64   `json:"mean"`      // the mean time of those who come back
}

// Learn reads thresholds off the gaps between orders. Many customers never come
// back, so that the curve of coming back does not fall to 0: thresholds are
// when a share of those who come back at all within the history has done so.
// Without enough history the rhythm says why and has the default.
//
// What takes longer than the history is not seen: thresholds of a young shop
// are short, and grow as it does. Nor is what takes longer than all but a few
// orders are old, fewer than Customers or one in a thousand: the first customer
// of all, who comes back today, would be a rhythm.
func (p Policy) Learn(g *Gaps) Rhythm {
	day := max(p.Day, 1)
	returns, people, days := or(p.Returns, 100), or(p.Customers, 30), or(p.Days, 180)
	c := g.Curve()
	r := Rhythm{
		Thresholds: p.Default(),
		Customers:  g.customers,
		Repeaters:  g.repeaters,
		Returns:    c.Events,
	}
	if few := c.few(max(people, c.Subjects/1000)); few > 0 { // else there are not more
		c.Steps = c.Steps[:few]
	}
	r.Ever = c.Ever()
	if g.customers > 0 {
		r.Days = less(g.now, g.earliest) / day
	}
	if r.Returns > 0 {
		r.Typical, _ = c.Reached(r.Ever / 2)
		r.Mean = int64(math.Round(c.mean()))
	}
	switch {
	case r.Returns < max(returns, 1):
		r.Why = fmt.Sprintf("not enough data: %d returns, want %d", r.Returns, returns)
	case r.Repeaters < people:
		r.Why = fmt.Sprintf("not enough data: %d customers who came back, want %d", r.Repeaters, people)
	case r.Days < days:
		r.Why = fmt.Sprintf("not enough data: %d days of history, want %d", r.Days, days)
	default:
		at := func(share, usual float64) int64 {
			t, _ := c.Reached(r.Ever * min(or(share, usual), 1))
			return t
		}
		r.Learned = true
		r.AtRisk = max(at(p.AtRisk, usualAtRisk), day)
		r.Lapsed = max(at(p.Lapsed, usualLapsed), r.AtRisk+day)
		r.Lost = max(at(p.Lost, usualLost), r.Lapsed+day)
	}
	return r
}

func or[T int | int64 | float64](n, usual T) T {
	if n == 0 {
		return usual
	}
	return n
}

// How a customer's own rhythm counts.
const (
	fewestOwn = 3 // gaps of their own, below which they have the shop's thresholds
	weight    = 4 // gaps of the shop's mean that are added to their own
	widest    = 3 // times the shop's thresholds at most, and a third at least
)

// Own returns the thresholds for one customer of four orders or more: the
// shop's, longer or shorter as the mean gap between their orders is, with the
// shop's mean counted in as four gaps, and at most three times. Others have the
// shop's.
func (r Rhythm) Own(h History) Thresholds {
	gaps := h.Orders - 1
	if !r.Learned || r.Mean <= 0 || gaps < fewestOwn || h.Last < h.First {
		return r.Thresholds
	}
	gaps = min(gaps, 1<<30)
	shop := times(gaps+weight, r.Mean, 1)
	own := plus(times(weight, r.Mean, 1), less(h.Last, h.First))
	own = min(max(own, shop/widest), times(shop, widest, 1))
	t := Thresholds{AtRisk: times(r.AtRisk, own, shop), WonBack: times(r.WonBack, own, shop)}
	t.AtRisk = max(t.AtRisk, 1)
	t.Lapsed = max(times(r.Lapsed, own, shop), plus(t.AtRisk, 1))
	t.Lost = max(times(r.Lost, own, shop), plus(t.Lapsed, 1))
	return t
}

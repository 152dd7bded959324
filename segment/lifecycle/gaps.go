package lifecycle

import "slices"

// Gaps are the times from each order of a shop to the customer's next, and from
// each customer's last order to now, which is still open. An open gap counts as
// long as it lasts: to leave it out would count only those who come back, and
// soonest those who come back fastest. The zero Gaps are ready to use, by one
// goroutine at a time.
type Gaps struct {
	spans     tally
	earliest  int64
	now       int64
	customers int
	repeaters int
}

// Add adds the times of the orders of one customer. Those after now have not
// happened, and those at the same time are one. It is best given calendar days,
// so that two orders of one evening are one. Now is the same in all calls.
func (g *Gaps) Add(orders []int64, now int64) {
	if !slices.IsSorted(orders) {
		orders = slices.Sorted(slices.Values(orders))
	}
	g.now = now
	last, n := int64(0), 0
	for _, t := range orders {
		switch {
		case t > now:
		case n == 0:
			if g.customers == 0 || t < g.earliest {
				g.earliest = t
			}
			g.customers++
			last, n = t, 1
		case t > last:
			g.spans.add(newSpan(less(t, last), true))
			last, n = t, n+1
		}
	}
	if n > 0 {
		g.spans.add(newSpan(less(now, last), false))
	}
	if n > 1 {
		g.repeaters++
	}
}

// Curve returns the curve of coming back: what share of orders has not been
// followed by another, by the time that has passed since.
func (g *Gaps) Curve() Curve { return g.spans.curve() }

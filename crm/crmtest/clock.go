package crmtest

// A kind says what happens in an occurrence.
type kind uint8

const (
	arrive   kind = iota // somebody comes for the first time
	shop                 // the visit begins that ends with an order
	buy                  // an order is placed
	cancel               // it is called off, or never paid
	giveback             // money is given back
	browse               // a visit without an order
	passer               // somebody comes who stays unknown
	letter               // a newsletter is sent
	opened               // and opened
	clicked              // and its link followed
	ring                 // they call about a parcel
	rate                 // they say how they like a product
	leave                // they take a consent back
	card                 // they get a customer card, and later tell the shop of it
)

// An occurrence is something that will happen to somebody. Small: one waits
// for every customer who has not left.
type occurrence struct {
	at     int32 // seconds since the start
	who    int32
	k      int32 // which order of theirs, from 0
	no     int32 // the number of the order
	placed int32 // when the order was or will be placed
	next   int32 // in its day
	kind   kind
	refill uint8 // units of the staples: two bits each
}

// A clock gives occurrences in the order of time. It keeps those of later days
// in lists and today's in a heap.
type clock struct {
	pool  []occurrence
	free  int32   // list of unused ones
	days  []int32 // lists
	today int
	heap  heap[occurrence, *occurrence]
}

func newClock(days int) *clock {
	c := &clock{free: -1, days: make([]int32, days), today: -1}
	for i := range c.days {
		c.days[i] = -1
	}
	return c
}

// add lets o happen. What would happen after the end, never does.
func (c *clock) add(o occurrence) {
	d := int(o.at) / day
	switch {
	case d >= len(c.days):
		return
	case d <= c.today:
		c.heap.push(o)
		return
	}
	o.next = c.days[d]
	if i := c.free; i >= 0 {
		c.free = c.pool[i].next
		c.pool[i], c.days[d] = o, i
		return
	}
	c.days[d] = int32(len(c.pool))
	c.pool = append(c.pool, o)
}

// begin makes the next day today, and reports whether there is one.
func (c *clock) begin() bool {
	c.today++
	if c.today >= len(c.days) {
		return false
	}
	for i := c.days[c.today]; i >= 0; {
		c.heap.push(c.pool[i])
		next := c.pool[i].next
		c.pool[i].next, c.free = c.free, i
		i = next
	}
	return true
}

func (o *occurrence) less(p *occurrence) bool {
	switch {
	case o.at != p.at:
		return o.at < p.at
	case o.who != p.who:
		return o.who < p.who
	case o.k != p.k:
		return o.k < p.k
	case o.kind != p.kind:
		return o.kind < p.kind
	}
	return o.no < p.no
}

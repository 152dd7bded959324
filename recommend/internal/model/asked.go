package model

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// asked is a query as models read it: without products that they do not know,
// and each product of the past once. It holds room for working it out, and
// goes back to where it came from when done.
type asked struct {
	day   int32
	last  int32 // when something was last taken
	past  []Item
	place []int32 // by item of the past, its place in had
	had   []had
	heard []int32 // places in had: those that models of pairs hear
	cart  []int32
	seen  []Sight

	marks   []uint32 // by product: its place in had plus one, and whether it is in the cart
	sums    []float32
	sources []source
	bounds  []int // of the sources of each part of a blend
	more    []source
	one     []float32 // by product
	numbers []int32
	words   []int32 // by word, zero between uses

	slot      []int32 // by product, its place among those to be explained plus one; zero between uses
	hits      []hit
	counts    []int32
	explained []Part
}

// had is a product of the past.
type had struct {
	product     int32
	day         int32 // when it was last taken
	first, last int32 // baskets
	times       int32
	cart        bool // it is in the cart too
}

// A source is a product of a query with how much it is heard, or a product
// with its score.
type source struct {
	product int32
	weight  float32
	cart    bool
}

// Limits of what is heard of one customer: models of pairs hear the products
// taken last and, as a day does not say which came last, all of the day with which
// they begin, or any that come to mostOfDay; and of what was seen the last sights.
const (
	mostHeard = 150
	mostOfDay = 600
	mostSeen  = 50
	inCart    = 1 << 31
)

var rooms = sync.Pool{New: func() any { return new(asked) }}

// prepare reads a query for models of so many products.
func prepare(q *Query, products int) *asked {
	a := rooms.Get().(*asked)
	if len(a.marks) < products {
		a.marks = make([]uint32, products)
	}
	if q == nil {
		return a
	}
	a.day, a.last = q.Day, math.MinInt32
	for _, i := range q.Past {
		if uint32(i.Product) >= uint32(products) {
			continue
		}
		at := a.marks[i.Product]
		if at == 0 {
			a.had = append(a.had, had{product: i.Product, day: i.Day, first: i.Basket, last: i.Basket})
			at = uint32(len(a.had))
			a.marks[i.Product] = at
		}
		h := &a.had[at-1]
		h.day, h.last, h.first = max(h.day, i.Day), max(h.last, i.Basket), min(h.first, i.Basket)
		h.times++
		a.last = max(a.last, min(i.Day, a.day))
		a.past = append(a.past, i)
		a.place = append(a.place, int32(at-1))
	}
	for _, p := range q.Cart {
		if uint32(p) >= uint32(products) || a.marks[p]&inCart != 0 {
			continue
		}
		if at := a.marks[p]; at > 0 {
			a.had[at-1].cart = true
		}
		a.marks[p] |= inCart
		a.cart = append(a.cart, p)
	}
	for i := len(q.Seen) - 1; i >= 0 && len(a.seen) < mostSeen; i-- { // the last first
		if s := q.Seen[i]; uint32(s.Product) < uint32(products) && s.Kind != ledger.Bought {
			a.seen = append(a.seen, s)
		}
	}
	for i := range a.had {
		a.heard = append(a.heard, int32(i))
	}
	if len(a.heard) > mostHeard {
		slices.SortFunc(a.heard, func(i, j int32) int {
			x, y := &a.had[i], &a.had[j]
			if x.day != y.day {
				if x.day > y.day {
					return -1
				}
				return 1
			}
			return cmp.Compare(scattered(x.product), scattered(y.product))
		})
		n := mostHeard
		for n < min(len(a.heard), mostOfDay) && a.had[a.heard[n]].day == a.had[a.heard[n-1]].day {
			n++
		}
		a.heard = a.heard[:n]
		slices.Sort(a.heard)
	}
	return a
}

// scattered returns a number of a product, another for each, in whose order those
// with low numbers are as likely first as others.
func scattered(product int32) uint32 {
	v := uint32(product) * 2654435761
	return (v ^ v>>15) * 2246822519
}

// stranger reports whether nothing is known of the one who asks.
func (a *asked) stranger() bool { return len(a.had) == 0 && len(a.cart) == 0 && len(a.seen) == 0 }

// heardOn returns on which day somebody's taste is heard: that of the query, or of
// who took nothing for longer than a half-life when that was over. What they like is
// known no worse after years.
func (a *asked) heardOn(d *decay) int32 {
	return min(a.day, saturated(int64(a.last)+int64(d.halfLife)))
}

// faded returns how often each product of the past was taken, each time counted
// less the longer before a day it was. It is good until it is called again.
func (a *asked) faded(d *decay, day int32) []float32 {
	a.sums = append(a.sums[:0], make([]float32, len(a.had))...)
	for k, i := range a.past {
		a.sums[a.place[k]] += d.at(day - i.Day)
	}
	return a.sums
}

// order returns the places of what was had, by product.
func (a *asked) order() []int32 {
	a.numbers = a.numbers[:0]
	for i := range a.had {
		a.numbers = append(a.numbers, int32(i))
	}
	slices.SortFunc(a.numbers, func(i, j int32) int { return int(a.had[i].product) - int(a.had[j].product) })
	return a.numbers
}

// room returns scores of zero for each of some products, good until it is
// called again.
func (a *asked) room(products int) []float32 {
	if cap(a.one) < products {
		a.one = make([]float32, products)
	}
	a.one = a.one[:products]
	clear(a.one)
	return a.one
}

// done gives the room back.
func (a *asked) done() {
	for _, h := range a.had {
		a.marks[h.product] = 0
	}
	for _, p := range a.cart {
		a.marks[p] = 0
	}
	a.past, a.place, a.had, a.heard, a.cart, a.seen = a.past[:0], a.place[:0], a.had[:0], a.heard[:0], a.cart[:0], a.seen[:0]
	rooms.Put(a)
}

// log1p is the logarithm of one more.
func log1p(v float32) float32 { return float32(math.Log1p(float64(v))) }

package ledger

import (
	"cmp"
	"slices"
)

// An order has the places of baskets: first those of one customer in the order
// of time, and so on by their names, last those of nobody known.
type order struct {
	places    []int32
	customers []int32 // who has one, by name
	starts    []int   // of each customer, and of nobody
}

// inOrder returns the order of the baskets that of selects.
func (l *Ledger) inOrder(of func(*basket) bool) order {
	nobody := int32(l.first.size)
	ends := make([]int32, nobody+1) // how many, and later where the next one goes
	for i := range int32(l.baskets.size) {
		if b := l.baskets.at(i); of(b) {
			ends[b.by(nobody)]++
		}
	}
	var o order
	for n := range nobody {
		if ends[n] > 0 {
			o.customers = append(o.customers, n)
		}
	}
	slices.SortFunc(o.customers, l.customers.compare)
	o.starts = make([]int, 0, len(o.customers)+1)
	at := int32(0)
	for _, n := range append(slices.Clip(o.customers), nobody) {
		o.starts = append(o.starts, int(at))
		ends[n], at = at, at+ends[n]
	}
	o.places = make([]int32, at)
	for i := range int32(l.baskets.size) {
		if b := l.baskets.at(i); of(b) {
			n := b.by(nobody)
			o.places[ends[n]] = int32(i)
			ends[n]++
		}
	}
	for i := range o.starts {
		l.sortByTime(o.of(i))
	}
	return o
}

// by returns the number of the customer, and another one for nobody.
func (b *basket) by(nobody int32) int32 {
	if b.customer < 0 {
		return nobody
	}
	return b.customer
}

// of returns the places of a customer's baskets, by the place of the customer.
func (o *order) of(i int) []int32 {
	if i+1 < len(o.starts) {
		return o.places[o.starts[i]:o.starts[i+1]]
	}
	return o.places[o.starts[i]:]
}

// sortByTime sorts places by when the baskets were taken.
func (l *Ledger) sortByTime(places []int32) {
	if len(places) < 1000 {
		slices.SortFunc(places, l.earlier)
		return
	}
	type dated struct { // side by side, as they are many
		time int64
		at   int32
	}
	list := make([]dated, len(places))
	for i, at := range places {
		list[i] = dated{l.baskets.at(at).time, at}
	}
	slices.SortFunc(list, func(a, b dated) int {
		if a.time != b.time {
			return cmp.Compare(a.time, b.time)
		}
		return l.ids.compare(a.at, b.at)
	})
	for i, d := range list {
		places[i] = d.at
	}
}

// earlier compares two baskets by when they were taken.
func (l *Ledger) earlier(i, j int32) int {
	if a, b := l.baskets.at(i).time, l.baskets.at(j).time; a != b {
		return cmp.Compare(a, b)
	}
	return l.ids.compare(i, j)
}

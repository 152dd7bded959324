package ledger

import "slices"

// Baskets returns the baskets of a customer of some kinds, or of all when none
// is named, in the order of time: what was given back is taken off, and of the
// carts what was bought in the end, as in a [Log]. Their lines are in
// the order of products. It returns nothing for who is not known, among them "".
func (l *Ledger) Baskets(customer string, kinds ...Kind) []Basket {
	n, ok := l.customers.find(customer)
	if !ok {
		return nil
	}
	all := func(k Kind) bool { return len(kinds) == 0 || slices.Contains(kinds, k) }
	var order, bought []int32
	for at := l.first[n]; at > 0; at = l.baskets[at-1].next {
		kind := l.baskets[at-1].kind()
		if all(kind) {
			order = append(order, at-1)
		}
		if kind == Bought {
			bought = append(bought, at-1)
		}
	}
	slices.SortFunc(order, l.earlier)
	left := map[int32][]int32{}
	if l.returns[n] > 0 && all(Bought) {
		slices.SortFunc(bought, l.earlier)
		for i, quantities := range l.net(bought, nil) {
			left[bought[i]] = quantities
		}
	}
	var taken map[int32]int64
	if all(Carted) {
		taken = l.taken(bought)
	}
	out := make([]Basket, 0, len(order))
	for _, at := range order {
		b := &l.baskets[at]
		lines := make([]Line, 0, b.size())
		for j, line := range l.of(b) {
			quantity := line.quantity
			if q := left[at]; q != nil {
				quantity = q[j]
			}
			if quantity > 0 && !(b.kind() == Carted && gotten(taken, line.product, b.time)) {
				lines = append(lines, Line{l.products.names[line.product], quantity})
			}
		}
		if len(lines) > 0 {
			slices.SortFunc(lines, byProduct)
			out = append(out, Basket{ID: l.ids.text(at), Customer: customer, Kind: b.kind(), Time: b.time, Day: b.day, Lines: lines})
		}
	}
	return out
}

// taken returns when each product of some baskets was taken last.
func (l *Ledger) taken(bought []int32) map[int32]int64 {
	last := map[int32]int64{}
	for _, at := range bought {
		b := &l.baskets[at]
		for _, n := range l.of(b) {
			if t, ok := last[n.product]; n.quantity > 0 && (!ok || t < b.time) {
				last[n.product] = b.time
			}
		}
	}
	return last
}

// gotten reports whether a product was taken at a time or later.
func gotten(taken map[int32]int64, product int32, time int64) bool {
	last, ok := taken[product]
	return ok && last >= time
}

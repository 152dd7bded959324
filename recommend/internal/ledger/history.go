package ledger

import (
	"slices"
	"strings"
)

// Baskets returns the baskets of a customer of some kinds, or of all when none
// is named, in the order of time: what was given back is taken off, as in a
// [Log], and what is left of them has no line below zero. Their lines are in
// the order of products. It returns nothing for who is not known, among them "".
func (l *Ledger) Baskets(customer string, kinds ...Kind) []Basket {
	n, ok := l.customers.numbers[customer]
	if !ok || int(n) >= len(l.byCustomer) {
		return nil
	}
	var order []int32
	for _, at := range l.byCustomer[n] {
		if len(kinds) == 0 || slices.Contains(kinds, l.baskets[at].kind) {
			order = append(order, at)
		}
	}
	slices.SortFunc(order, l.earlier)
	left := map[int32][]int32{}
	if l.returns[n] > 0 && (len(kinds) == 0 || slices.Contains(kinds, Bought)) {
		var bought []int32
		for _, at := range order {
			if l.baskets[at].kind == Bought {
				bought = append(bought, at)
			}
		}
		for i, quantities := range l.net(bought, nil) {
			left[bought[i]] = quantities
		}
	}
	out := make([]Basket, 0, len(order))
	for _, at := range order {
		b := &l.baskets[at]
		lines := make([]Line, 0, b.size)
		for j, line := range l.of(b) {
			quantity := line.quantity
			if q := left[at]; q != nil {
				quantity = q[j]
			}
			if quantity > 0 {
				lines = append(lines, Line{l.products.names[line.product], quantity})
			}
		}
		if len(lines) > 0 {
			slices.SortFunc(lines, func(a, b Line) int { return strings.Compare(a.Product, b.Product) })
			out = append(out, Basket{ID: b.id, Customer: customer, Kind: b.kind, Time: b.time, Day: b.day, Lines: lines})
		}
	}
	return out
}

package ledger

import "slices"

// Baskets returns the baskets of a customer of some kinds, or of all when none
// is named, in the order of time: what was given back is taken off, of the carts
// what was bought in the end, and what was disliked, as in a [Log]. Their lines are
// in the order of products. It returns nothing for who is not known, among them "".
func (l *Ledger) Baskets(customer string, kinds ...Kind) []Basket {
	n, ok := l.customers.find(customer)
	if !ok {
		return nil
	}
	all := func(k Kind) bool { return len(kinds) == 0 || slices.Contains(kinds, k) }
	var order, bought []int32
	for at := *l.first.at(n); at > 0; at = l.baskets.at(at - 1).next {
		kind := l.baskets.at(at - 1).kind()
		if all(kind) {
			order = append(order, at-1)
		}
		if kind == Bought {
			bought = append(bought, at-1)
		}
	}
	slices.SortFunc(order, l.earlier)
	left := map[int32][]int32{}
	if *l.returns.at(n) > 0 && all(Bought) {
		slices.SortFunc(bought, l.earlier)
		for i, quantities := range l.net(bought, nil) {
			left[bought[i]] = quantities
		}
	}
	var taken [len(ends)]map[int32]int64
	for kind := range taken {
		if all(Kind(kind)) {
			taken[kind] = l.ended(Kind(kind), n)
		}
	}
	out := make([]Basket, 0, len(order))
	for _, at := range order {
		b := l.baskets.at(at)
		lines := make([]Line, 0, b.size())
		for j, line := range l.counted(b) {
			quantity := line.quantity
			if q := left[at]; q != nil {
				quantity = q[j]
			}
			if quantity > 0 && !gotten(taken[b.kind()], line.product, b.time) {
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

// ends are the kinds that end what is of a kind: a cart is bought, and what is
// liked after all is disliked no more.
var ends = [kinds][]Kind{
	Carted: {Bought, Disliked}, Viewed: {Disliked}, Searched: {Disliked}, Tried: {Disliked}, Rated: {Disliked}, Wished: {Disliked},
	Disliked: {Rated},
}

// ended returns when what a customer has of a kind ended last, by product.
func (l *Ledger) ended(kind Kind, customer int32) map[int32]int64 {
	if !slices.ContainsFunc(ends[kind], func(k Kind) bool { return l.have[k] > 0 }) {
		return nil
	}
	last := map[int32]int64{}
	for at := *l.first.at(customer); at > 0; at = l.baskets.at(at - 1).next {
		b := l.baskets.at(at - 1)
		if !slices.Contains(ends[kind], b.kind()) {
			continue
		}
		for _, n := range l.counted(b) {
			if t, ok := last[n.product]; n.quantity > 0 && (!ok || t < b.time) {
				last[n.product] = b.time
			}
		}
	}
	return last
}

// gotten reports whether what is of a product and a time ended then or later.
func gotten(taken map[int32]int64, product int32, time int64) bool {
	last, ok := taken[product]
	return ok && last >= time
}

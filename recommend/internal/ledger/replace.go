package ledger

import "slices"

// Has reports whether there is a basket of a customer, or was one since the
// ledger was made.
func (l *Ledger) Has(customer string) bool {
	_, ok := l.customers.find(customer)
	return ok
}

// Any reports whether there is a basket of a customer.
func (l *Ledger) Any(customer string) bool {
	n, ok := l.customers.find(customer)
	return ok && *l.first.at(n) > 0
}

// Replace puts baskets in place of those of some customers that of selects, by
// their kind and day, and returns how many it put in or took out. Those that are
// the same stay. Of several with one ID the last is put in.
func (l *Ledger) Replace(customers []string, of func(kind Kind, day int32) bool, fresh []Basket) int {
	last := make(map[string]int, len(fresh))
	for i := range fresh {
		last[fresh[i].ID] = i
	}
	if len(last) < len(fresh) {
		var once []Basket
		for i, b := range fresh {
			if last[b.ID] == i {
				once = append(once, b)
			}
		}
		fresh = once
	}
	var gone []string
	for i, c := range customers {
		n, ok := l.customers.find(c)
		if !ok || slices.Contains(customers[:i], c) {
			continue
		}
		for at := *l.first.at(n); at > 0; at = l.baskets.at(at - 1).next {
			if b := l.baskets.at(at - 1); of(b.kind(), b.day) {
				id := l.ids.text(at - 1)
				if _, stays := last[id]; !stays {
					gone = append(gone, id)
				}
			}
		}
	}
	return l.change(gone, fresh)
}

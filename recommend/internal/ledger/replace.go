package ledger

// Has reports whether there is a basket of a customer, or was one since the
// ledger was made.
func (l *Ledger) Has(customer string) bool {
	_, ok := l.customers.find(customer)
	return ok
}

// Replace puts baskets in place of those of some customers that of selects, by
// their kind and day, and returns how many it put in or took out. Those that are
// the same stay.
func (l *Ledger) Replace(customers []string, of func(kind Kind, day int32) bool, fresh []Basket) int {
	keep := make(map[string]bool, len(fresh))
	for i := range fresh {
		keep[fresh[i].ID] = true
	}
	var gone []string
	for _, c := range customers {
		n, ok := l.customers.find(c)
		if !ok {
			continue
		}
		for at := l.first[n]; at > 0; at = l.baskets[at-1].next {
			if b := &l.baskets[at-1]; of(b.kind(), b.day) {
				if id := l.ids.text(at - 1); !keep[id] {
					gone = append(gone, id)
				}
			}
		}
	}
	changed := 0
	for _, id := range gone {
		if l.Remove(id) {
			changed++
		}
	}
	for i := range fresh {
		if !l.same(&fresh[i]) {
			l.Put(fresh[i])
			changed++
		}
	}
	return changed
}

// same reports whether the ledger holds a basket as it is.
func (l *Ledger) same(b *Basket) bool {
	got, ok := l.Get(b.ID)
	if !ok || got.Customer != b.Customer || got.Kind != b.Kind || got.Time != b.Time || got.Day != b.Day {
		return false
	}
	left := map[string]int64{}
	for _, n := range b.Lines {
		left[n.Product] += int64(n.Quantity)
	}
	for _, n := range got.Lines {
		left[n.Product] -= int64(n.Quantity)
	}
	for _, n := range left {
		if n != 0 {
			return false
		}
	}
	return true
}

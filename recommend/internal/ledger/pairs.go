package ledger

import (
	"encoding/binary"
	"iter"
	"slices"
	"strings"
)

// Pairs are how many baskets of what was bought each two products share, kept
// in step with a ledger change by change: whole numbers only, so that adding
// and taking away come to what counting anew does. What is given back no
// longer counts. Like its ledger it is not safe for concurrent use.
type Pairs struct {
	of      *Ledger
	most    int
	rows    []row   // by the ledger's number of the product
	baskets []int32 // by product
	all     int64
}

// Pairs counts the pairs of what the ledger holds and is kept in step with it
// from then on. Baskets of more than most products are not counted: they say
// little of which two belong together and would take the longest. A ledger
// has one; who asks again gets another in its place.
func (l *Ledger) Pairs(most int) *Pairs {
	p := &Pairs{of: l, most: most}
	for i := range int32(l.baskets.size) {
		if l.baskets.at(i).customer < 0 && l.baskets.at(i).kind() == Bought {
			p.count(l.positive(l.baskets.at(i)), 1)
		}
	}
	for c := range int32(l.first.size) {
		l.holds(c, func(_ int32, products []int32) { p.count(products, 1) })
	}
	l.pairs = p
	return p
}

// Baskets returns the number of baskets counted.
func (p *Pairs) Baskets() int64 { return p.all }

// Of returns the number of baskets counted that have a product.
func (p *Pairs) Of(product string) int {
	n, ok := p.of.products.numbers[product]
	if !ok || int(n) >= len(p.baskets) {
		return 0
	}
	return int(p.baskets[n])
}

// With yields the products that share baskets with a product, and how many, in
// no order.
func (p *Pairs) With(product string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		n, ok := p.of.products.numbers[product]
		if !ok || int(n) >= len(p.rows) {
			return
		}
		for _, s := range p.rows[n].settled() {
			if count := int32(uint32(s)); count > 0 && !yield(p.of.products.names[uint32(s>>32)-1], int(count)) {
				return
			}
		}
	}
}

// AppendBinary appends the counts to dst, by product in the order of keys: the
// same for the same ledger, however it came about. It is meant for comparing;
// counts are worked out anew from a ledger faster than they are read.
func (p *Pairs) AppendBinary(dst []byte) []byte {
	rank := ranks(p.of.products.names)
	order := make([]int32, len(rank))
	for n, r := range rank {
		order[r] = int32(n)
	}
	dst = binary.AppendUvarint(dst, uint64(p.all))
	for _, n := range order {
		if int(n) >= len(p.baskets) || p.baskets[n] == 0 {
			continue
		}
		dst = appendText(dst, p.of.products.names[n])
		dst = binary.AppendUvarint(dst, uint64(p.baskets[n]))
		var with []uint64
		for _, s := range p.rows[n].settled() {
			if uint32(s) > 0 {
				with = append(with, uint64(rank[uint32(s>>32)-1])<<32|s&0xffffffff)
			}
		}
		slices.Sort(with)
		dst = binary.AppendUvarint(dst, uint64(len(with)))
		for _, s := range with {
			dst = appendText(dst, p.of.products.names[order[s>>32]])
			dst = binary.AppendUvarint(dst, s&0xffffffff)
		}
	}
	return dst
}

// count adds a basket, or takes it away when by is -1.
func (p *Pairs) count(products []int32, by int32) {
	if len(products) == 0 || len(products) > p.most {
		return
	}
	p.all += int64(by)
	for len(p.rows) < len(p.of.products.names) {
		p.rows = append(p.rows, row{})
		p.baskets = append(p.baskets, 0)
	}
	for _, a := range products {
		p.baskets[a] += by
		r := &p.rows[a]
		r.note(products, a, by)
	}
}

// A row counts by key: open addressing, a power of two of slots of which at
// least a quarter is free. A slot is key+1 above and the count below; one
// whose count came back to nothing stays until the row grows. What is new waits
// until it is much, since a large basket touches many rows, each of which has to
// come from far away.
type row struct {
	slots []uint64
	used  int
	news  []int32 // key+1, below zero when it is taken away
}

const (
	fewNews  = 64
	mostNews = 1024
)

// note takes in that a basket has some products, or has not any more, of which
// one is the row's own.
func (r *row) note(products []int32, own, by int32) {
	for _, p := range products {
		if p != own {
			r.news = append(r.news, (p+1)*by)
		}
	}
	if len(r.news) > min(mostNews, max(fewNews, r.used/2)) {
		r.settle()
	}
}

func (r *row) settle() {
	for _, n := range r.news {
		if n > 0 {
			r.add(n-1, 1)
		} else {
			r.add(-n-1, -1)
		}
	}
	r.news = r.news[:0]
}

// settled returns the slots with what is new.
func (r *row) settled() []uint64 {
	if len(r.news) == 0 {
		return r.slots
	}
	all := row{slots: slices.Clone(r.slots), used: r.used, news: slices.Clone(r.news)}
	all.settle()
	return all.slots
}

func (r *row) add(key, by int32) {
	if 4*(r.used+1) > 3*len(r.slots) {
		r.grow()
	}
	s := r.slot(key)
	if *s == 0 {
		r.used++
		*s = uint64(uint32(key)+1) << 32
	}
	*s = *s&^0xffffffff | uint64(uint32(int32(uint32(*s))+by))
}

func (r *row) slot(key int32) *uint64 {
	mask := uint32(len(r.slots) - 1)
	for at := uint32(key) * 0x9e3779b1 >> 7 & mask; ; at = (at + 1) & mask {
		if s := &r.slots[at]; *s == 0 || uint32(*s>>32) == uint32(key)+1 {
			return s
		}
	}
}

func (r *row) grow() {
	live := 0
	for _, s := range r.slots {
		if uint32(s) > 0 {
			live++
		}
	}
	size := 8
	for 2*size < 4*(live+1) {
		size *= 2
	}
	old := r.slots
	r.slots, r.used = make([]uint64, size), live
	for _, s := range old {
		if uint32(s) > 0 {
			*r.slot(int32(uint32(s>>32) - 1)) = s
		}
	}
}

// follow keeps the pairs in step with a change of some baskets, of customers who are
// concerned: before it was made, and after.
func (l *Ledger) follow(ids []string, customers []int32, change func()) {
	if l.pairs == nil {
		change()
		return
	}
	whole := false // somebody gave something back: other baskets may change too
	for _, c := range customers {
		whole = whole || c >= 0 && *l.returns.at(c) > 0
	}
	before := l.held(ids, customers, whole)
	change()
	if !whole {
		for _, c := range customers {
			whole = whole || c >= 0 && *l.returns.at(c) > 0
		}
		if whole { // the first that was given back: none of the others was touched before
			own := make(map[string]bool, len(ids))
			for _, id := range ids {
				own[id] = true
			}
			for _, c := range customers {
				if c < 0 {
					continue
				}
				for at := *l.first.at(c); at > 0; at = l.baskets.at(at - 1).next {
					if b := l.baskets.at(at - 1); b.kind() == Bought {
						if other := l.ids.text(at - 1); !own[other] {
							before[other] = l.positive(b)
						}
					}
				}
			}
		}
	}
	after := l.held(ids, customers, whole)
	for id, products := range before {
		if !slices.Equal(products, after[id]) {
			l.pairs.count(products, -1)
		}
	}
	for id, products := range after {
		if !slices.Equal(products, before[id]) {
			l.pairs.count(products, 1)
		}
	}
}

// held returns the products of some baskets, and of all baskets of the customers
// when whole, as they count.
func (l *Ledger) held(ids []string, customers []int32, whole bool) map[string][]int32 {
	out := map[string][]int32{}
	for _, id := range ids {
		if at, ok := l.ids.find(id); ok {
			if b := l.baskets.at(at); b.kind() == Bought && (!whole || b.customer < 0) {
				out[id] = l.positive(b)
			}
		}
	}
	if whole {
		for _, c := range customers {
			if c >= 0 {
				l.holds(c, func(at int32, products []int32) { out[l.ids.text(at)] = products })
			}
		}
	}
	return out
}

// positive returns the products of a basket that were taken, ascending.
func (l *Ledger) positive(b *basket) []int32 {
	var out []int32
	for _, n := range l.counted(b) {
		if n.quantity > 0 {
			out = append(out, n.product)
		}
	}
	return out
}

// holds calls f with what a customer bought and did not give back, by place of
// the basket.
func (l *Ledger) holds(customer int32, f func(at int32, products []int32)) {
	var order []int32
	for at := *l.first.at(customer); at > 0; at = l.baskets.at(at - 1).next {
		if l.baskets.at(at-1).kind() == Bought {
			order = append(order, at-1)
		}
	}
	var left map[int][]int32
	if *l.returns.at(customer) > 0 {
		slices.SortFunc(order, l.earlier)
		left = l.net(order, nil)
	}
	for i, at := range order {
		products := make([]int32, 0, l.baskets.at(at).size())
		for j, n := range l.counted(l.baskets.at(at)) {
			quantity := n.quantity
			if left[i] != nil {
				quantity = left[i][j]
			}
			if quantity > 0 {
				products = append(products, n.product)
			}
		}
		if len(products) > 0 {
			f(at, products)
		}
	}
}

// recount counts the baskets of some places, and with each the others of who gave
// something back and was not counted yet.
func (l *Ledger) recount(places []int32, whole map[int32]bool, by int32) {
	if l.pairs == nil {
		return
	}
	for _, at := range places {
		switch b := l.baskets.at(at); {
		case b.kind() != Bought:
		case b.customer < 0 || *l.returns.at(b.customer) == 0:
			l.pairs.count(l.positive(b), by)
		case !whole[b.customer]:
			whole[b.customer] = true
			l.holds(b.customer, func(_ int32, products []int32) { l.pairs.count(products, by) })
		}
	}
}

// ranks returns the place of each name among all, sorted.
func ranks(names []string) []int32 {
	order := make([]int32, len(names))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int { return strings.Compare(names[i], names[j]) })
	rank := make([]int32, len(order))
	for r, i := range order {
		rank[i] = int32(r)
	}
	return rank
}

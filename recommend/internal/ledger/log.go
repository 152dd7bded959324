package ledger

import (
	"slices"
	"sort"
)

// A Log is what a ledger holds of one kind, in columns: what was given back is
// taken off, and everything is numbered in the order of its key, so that equal
// ledgers give equal logs. It is never changed and safe for concurrent use.
type Log struct {
	// Products and Customers are the keys, ascending; their places are the
	// numbers that stand in the columns.
	Products, Customers []string

	// The baskets: first those of customer 0 in the order of time, and so on;
	// last those of nobody known, customer -1, in the order of time.
	Customer []int32
	Day      []int32
	Time     []int64
	// Basket i has the lines Start[i] to Start[i+1].
	Start []int32
	// Of holds for each customer the first basket, and at last that of nobody
	// known.
	Of []int32

	// The lines: products in ascending order within a basket, and quantities
	// above zero.
	Product  []int32
	Quantity []int32
}

// Baskets returns the number of baskets.
func (l *Log) Baskets() int { return len(l.Customer) }

// Lines returns the products of a basket, ascending.
func (l *Log) Lines(basket int32) []int32 { return l.Product[l.Start[basket]:l.Start[basket+1]] }

// Number returns the number of a product, or -1 when the log lacks it.
func (l *Log) Number(product string) int32 { return place(l.Products, product) }

// Who returns the number of a customer, or -1 when the log lacks them.
func (l *Log) Who(customer string) int32 { return place(l.Customers, customer) }

func place(names []string, name string) int32 {
	i := sort.SearchStrings(names, name)
	if i == len(names) || names[i] != name {
		return -1
	}
	return int32(i)
}

// Log returns what the ledger holds of one kind. Products beyond the catalog
// are left out; nil means that all are in it. Products of the catalog that no
// basket has are in Products too. Of what was put into carts, that is left out
// which the same customer bought then or later, and of what they looked at that
// which they disliked then or later, of which nothing is left when they rated it
// well since.
func (l *Ledger) Log(kind Kind, catalog []string) *Log {
	out := &Log{}
	products := l.productNumbers(kind, catalog, out)
	o := l.inOrder(func(b *basket) bool { return b.kind() == kind })
	size := 0
	for _, at := range o.places {
		size += l.baskets.at(at).size()
	}
	out.Customer, out.Day, out.Time = make([]int32, 0, len(o.places)), make([]int32, 0, len(o.places)), make([]int64, 0, len(o.places))
	out.Start = make([]int32, 0, len(o.places)+1)
	out.Product, out.Quantity = make([]int32, 0, size), make([]int32, 0, size)
	var text []byte // of the names, of which each is a part
	var ends []int
	for i := range o.starts {
		customer, first := int32(-1), len(out.Customer)
		places := o.of(i)
		var left map[int][]int32
		var taken map[int32]int64
		if i < len(o.customers) {
			customer = int32(len(ends))
			switch n := o.customers[i]; {
			case kind == Bought && *l.returns.at(n) > 0:
				left = l.net(places, products)
			default:
				taken = l.ended(kind, n)
			}
		}
		for p, at := range places {
			l.append(out, at, customer, products, left[p], taken)
		}
		if customer < 0 || len(out.Customer) > first {
			out.Of = append(out.Of, int32(first))
		}
		if customer >= 0 && len(out.Customer) > first {
			text = l.customers.appendText(text, o.customers[i])
			ends = append(ends, len(text))
		}
	}
	out.Start = append(out.Start, int32(len(out.Product)))
	all, from := string(text), 0
	if len(ends) > 0 {
		out.Customers = make([]string, len(ends))
	}
	for i, to := range ends {
		out.Customers[i] = all[from:to]
		from = to
	}
	return out
}

// append appends what is left of a basket.
func (l *Ledger) append(out *Log, at, customer int32, products, left []int32, taken map[int32]int64) {
	b := l.baskets.at(at)
	start := len(out.Product)
	for j, line := range l.counted(b) {
		quantity := line.quantity
		if left != nil {
			quantity = left[j]
		}
		product := products[line.product]
		if product < 0 || quantity <= 0 || taken != nil && gotten(taken, line.product, b.time) {
			continue
		}
		out.Product = append(out.Product, product)
		out.Quantity = append(out.Quantity, quantity)
	}
	if len(out.Product) == start {
		return
	}
	if lines := (&lines{out.Product[start:], out.Quantity[start:]}); !slices.IsSorted(lines.product) {
		sort.Sort(lines)
	}
	out.Customer = append(out.Customer, customer)
	out.Day = append(out.Day, b.day)
	out.Time = append(out.Time, b.time)
	out.Start = append(out.Start, int32(start))
}

// productNumbers fills the names of the log's products and returns their
// numbers by that of the ledger, -1 for those beyond the catalog.
func (l *Ledger) productNumbers(kind Kind, catalog []string, out *Log) []int32 {
	numbers := make([]int32, len(l.products.names))
	if catalog != nil {
		out.Products = slices.Compact(slices.Sorted(slices.Values(catalog)))
	} else {
		used := make([]bool, len(numbers))
		for i := range int32(l.baskets.size) {
			if b := l.baskets.at(i); b.kind() == kind {
				for _, n := range l.counted(b) {
					used[n.product] = true
				}
			}
		}
		for i, name := range l.products.names {
			if used[i] {
				out.Products = append(out.Products, name)
			}
		}
		slices.Sort(out.Products)
	}
	for i, name := range l.products.names {
		numbers[i] = out.Number(name)
	}
	return numbers
}

// net takes what a customer gave back off what they bought before, the last
// first. The order is that of time. It returns the quantities left of the
// baskets that it touches, by place in the order; what was not bought before
// cannot be given back. products, unless nil, are the numbers of those that
// count.
func (l *Ledger) net(order, products []int32) map[int][]int32 {
	type taken struct{ basket, line int }
	left := map[int][]int32{}
	had := map[int32][]taken{} // by product: what is not given back, the last at the end
	for i, at := range order {
		for j, n := range l.counted(l.baskets.at(at)) {
			if n.quantity > 0 {
				had[n.product] = append(had[n.product], taken{i, j})
			}
			if n.quantity >= 0 || products != nil && products[n.product] < 0 {
				continue
			}
			stack := had[n.product]
			for back := -int64(n.quantity); back > 0 && len(stack) > 0; {
				t := stack[len(stack)-1]
				if left[t.basket] == nil {
					for _, n := range l.counted(l.baskets.at(order[t.basket])) {
						left[t.basket] = append(left[t.basket], n.quantity)
					}
				}
				q := &left[t.basket][t.line]
				some := min(back, int64(*q))
				*q -= int32(some)
				if back -= some; *q == 0 {
					stack = stack[:len(stack)-1]
				}
			}
			had[n.product] = stack
		}
	}
	return left
}

type lines struct{ product, quantity []int32 }

func (s *lines) Len() int           { return len(s.product) }
func (s *lines) Less(i, j int) bool { return s.product[i] < s.product[j] }
func (s *lines) Swap(i, j int) {
	s.product[i], s.product[j] = s.product[j], s.product[i]
	s.quantity[i], s.quantity[j] = s.quantity[j], s.quantity[i]
}

// Keep returns the log with those baskets that keep lets in. Products and
// customers are the same, also those that have no basket left.
func (l *Log) Keep(keep func(basket int32) bool) *Log {
	out := &Log{Products: l.Products, Customers: l.Customers, Start: []int32{0}}
	take := func(from, to int32) {
		out.Of = append(out.Of, int32(len(out.Customer)))
		for b := from; b < to; b++ {
			if !keep(b) {
				continue
			}
			out.Customer = append(out.Customer, l.Customer[b])
			out.Day = append(out.Day, l.Day[b])
			out.Time = append(out.Time, l.Time[b])
			out.Product = append(out.Product, l.Lines(b)...)
			out.Quantity = append(out.Quantity, l.Quantity[l.Start[b]:l.Start[b+1]]...)
			out.Start = append(out.Start, int32(len(out.Product)))
		}
	}
	for c := range l.Customers {
		take(l.Of[c], l.Of[c+1])
	}
	take(l.Of[len(l.Customers)], int32(l.Baskets()))
	return out
}

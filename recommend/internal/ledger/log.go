package ledger

import (
	"cmp"
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
// basket has are in Products too.
func (l *Ledger) Log(kind Kind, catalog []string) *Log {
	out := &Log{}
	products := l.productNumbers(kind, catalog, out)
	order := l.inOrder(kind)
	customers := make([]int32, len(l.customers.names))
	last := int32(-1)
	left := l.net(order, products)
	for i, at := range order {
		b := &l.baskets[at]
		n := int32(0)
		for j, line := range l.of(b) {
			quantity := line.quantity
			if left[i] != nil {
				quantity = left[i][j]
			}
			if product := products[line.product]; product >= 0 && quantity > 0 {
				out.Product = append(out.Product, product)
				out.Quantity = append(out.Quantity, quantity)
				n++
			}
		}
		if n == 0 {
			continue
		}
		if b.customer >= 0 && b.customer != last {
			last = b.customer
			customers[last] = int32(len(out.Customers))
			out.Customers = append(out.Customers, l.customers.names[last])
			out.Of = append(out.Of, int32(len(out.Customer)))
		}
		if b.customer < 0 && last >= -1 {
			last = -2
			out.Of = append(out.Of, int32(len(out.Customer)))
		}
		customer := int32(-1)
		if b.customer >= 0 {
			customer = customers[b.customer]
		}
		out.Customer = append(out.Customer, customer)
		out.Day = append(out.Day, b.day)
		out.Time = append(out.Time, b.time)
		out.Start = append(out.Start, int32(len(out.Product))-n)
	}
	if last >= -1 {
		out.Of = append(out.Of, int32(len(out.Customer)))
	}
	out.Start = append(out.Start, int32(len(out.Product)))
	for i := range out.Customer {
		out.sortLines(i)
	}
	return out
}

// productNumbers fills the names of the log's products and returns their
// numbers by that of the ledger, -1 for those beyond the catalog.
func (l *Ledger) productNumbers(kind Kind, catalog []string, out *Log) []int32 {
	numbers := make([]int32, len(l.products.names))
	if catalog != nil {
		out.Products = slices.Compact(slices.Sorted(slices.Values(catalog)))
	} else {
		used := make([]bool, len(numbers))
		for i := range l.baskets {
			if b := &l.baskets[i]; b.kind == kind {
				for _, n := range l.of(b) {
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

// inOrder returns the places of the baskets of a kind as a log has them.
func (l *Ledger) inOrder(kind Kind) []int32 {
	rank := l.customers.ranks()
	var order []int32
	for i := range l.baskets {
		if l.baskets[i].kind == kind {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(i, j int32) int {
		a, b := &l.baskets[i], &l.baskets[j]
		ra, rb := uint32(1<<32-1), uint32(1<<32-1) // nobody known comes last
		if a.customer >= 0 {
			ra = uint32(rank[a.customer])
		}
		if b.customer >= 0 {
			rb = uint32(rank[b.customer])
		}
		return cmp.Or(cmp.Compare(ra, rb), l.earlier(i, j))
	})
	return order
}

// earlier compares two baskets by when they were taken.
func (l *Ledger) earlier(i, j int32) int {
	a, b := &l.baskets[i], &l.baskets[j]
	return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.id, b.id))
}

// ranks returns the place of each name among all, sorted.
func (d *dictionary) ranks() []int32 {
	order := make([]int32, len(d.names))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int { return cmp.Compare(d.names[i], d.names[j]) })
	rank := make([]int32, len(order))
	for r, i := range order {
		rank[i] = int32(r)
	}
	return rank
}

// net takes what customers gave back off what they bought before, the last
// first. It returns the quantities left of the baskets that it touches, by
// place in order. What nobody bought before cannot be given back.
// products, unless nil, are the numbers of those that count.
func (l *Ledger) net(order, products []int32) map[int][]int32 {
	left := map[int][]int32{}
	quantities := func(i int) []int32 {
		if left[i] == nil {
			for _, n := range l.of(&l.baskets[order[i]]) {
				left[i] = append(left[i], n.quantity)
			}
		}
		return left[i]
	}
	for i, at := range order {
		b := &l.baskets[at]
		if b.customer < 0 {
			break
		}
		for _, n := range l.of(b) {
			if n.quantity >= 0 || products != nil && products[n.product] < 0 {
				continue
			}
			back := -int64(n.quantity)
			for p := i - 1; back > 0 && p >= 0; p-- {
				earlier := &l.baskets[order[p]]
				if earlier.customer != b.customer {
					break
				}
				j, ok := slices.BinarySearchFunc(l.of(earlier), n.product, func(x line, p int32) int { return int(x.product) - int(p) })
				if !ok || l.of(earlier)[j].quantity <= 0 {
					continue
				}
				q := quantities(p)
				taken := min(back, int64(q[j]))
				q[j] -= int32(taken)
				back -= taken
			}
		}
	}
	return left
}

// sortLines brings the lines of a basket into the order of their products.
func (l *Log) sortLines(basket int) {
	from, to := l.Start[basket], l.Start[basket+1]
	sort.Sort(&lines{l.Product[from:to], l.Quantity[from:to]})
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

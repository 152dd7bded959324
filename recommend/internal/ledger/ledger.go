package ledger

import (
	"slices"
)

// A Ledger holds baskets. It is not safe for concurrent use. Use [New].
type Ledger struct {
	products, customers dictionary
	places              map[string]int32 // by basket
	baskets             []basket
	lines               []line
	holes               int       // lines that no basket owns
	byCustomer          [][]int32 // the places of the baskets, in no order
	returns             []int32   // by customer, the lines of what was given back
	pairs               *Pairs    // nil until they are asked for
}

type basket struct {
	id       string
	time     int64
	start    int
	customer int32 // -1 for nobody known
	day      int32
	size     int32
	kind     Kind
}

type line struct {
	product  int32
	quantity int32
}

// New returns an empty ledger.
func New() *Ledger {
	return &Ledger{places: map[string]int32{}}
}

// Len returns the number of baskets.
func (l *Ledger) Len() int { return len(l.baskets) }

// Put keeps a basket, in place of the one that had its ID. Baskets without an
// ID, of a kind that is none, and lines without a product are left out. It
// keeps no slice of b.
func (l *Ledger) Put(b Basket) {
	if b.ID == "" || b.Kind >= kinds {
		return
	}
	customer := int32(-1)
	if b.Customer != "" {
		customer = l.customers.number(b.Customer)
		l.room(customer)
	}
	concerned := []int32{customer}
	if at, ok := l.places[b.ID]; ok && l.baskets[at].customer != customer {
		concerned = append(concerned, l.baskets[at].customer)
	}
	l.follow(b.ID, concerned, func() {
		l.remove(b.ID)
		l.put(&b, customer)
	})
}

func (l *Ledger) put(b *Basket, customer int32) {
	start := len(l.lines)
	for _, n := range b.Lines {
		if n.Product != "" && n.Quantity != 0 {
			l.lines = append(l.lines, line{l.products.number(n.Product), n.Quantity})
		}
	}
	added := l.lines[start:]
	slices.SortFunc(added, func(a, b line) int { return int(a.product) - int(b.product) })
	added = sum(added)
	l.lines = l.lines[:start+len(added)]
	if len(added) > 0 {
		l.add(basket{b.ID, b.Time, start, customer, b.Day, int32(len(added)), b.Kind})
	}
}

// add appends a basket whose lines are in place.
func (l *Ledger) add(b basket) {
	at := int32(len(l.baskets))
	l.places[b.id] = at
	l.baskets = append(l.baskets, b)
	if b.customer >= 0 {
		l.room(b.customer)
		l.byCustomer[b.customer] = append(l.byCustomer[b.customer], at)
		l.returns[b.customer] += l.back(&b)
	}
}

// room makes room for the baskets of a customer.
func (l *Ledger) room(customer int32) {
	for int(customer) >= len(l.byCustomer) {
		l.byCustomer, l.returns = append(l.byCustomer, nil), append(l.returns, 0)
	}
}

// back returns the lines of a basket that were given back.
func (l *Ledger) back(b *basket) int32 {
	n := int32(0)
	for _, line := range l.of(b) {
		if line.quantity < 0 && b.kind == Bought {
			n++
		}
	}
	return n
}

// sum adds up neighbors of the same product and drops those that come to
// nothing.
func sum(lines []line) []line {
	kept := lines[:0]
	for i := 0; i < len(lines); {
		total := int64(0)
		j := i
		for ; j < len(lines) && lines[j].product == lines[i].product; j++ {
			total += int64(lines[j].quantity)
		}
		if total != 0 {
			kept = append(kept, line{lines[i].product, int32(max(-1<<31, min(total, 1<<31-1)))})
		}
		i = j
	}
	return kept
}

// Get returns a copy of a basket, its lines in the order of their products,
// and whether there is one.
func (l *Ledger) Get(id string) (Basket, bool) {
	at, ok := l.places[id]
	if !ok {
		return Basket{}, false
	}
	b := &l.baskets[at]
	got := Basket{ID: b.id, Kind: b.kind, Time: b.time, Day: b.day}
	if b.customer >= 0 {
		got.Customer = l.customers.names[b.customer]
	}
	for _, n := range l.of(b) {
		got.Lines = append(got.Lines, Line{l.products.names[n.product], n.quantity})
	}
	slices.SortFunc(got.Lines, func(a, b Line) int {
		if a.Product < b.Product {
			return -1
		}
		return 1
	})
	return got, true
}

// Remove forgets a basket, say of an order that was canceled, and reports
// whether it was there.
func (l *Ledger) Remove(id string) bool {
	at, ok := l.places[id]
	if !ok {
		return false
	}
	l.follow(id, []int32{l.baskets[at].customer}, func() { l.remove(id) })
	return true
}

func (l *Ledger) remove(id string) {
	at, ok := l.places[id]
	if !ok {
		return
	}
	b := l.baskets[at]
	delete(l.places, id)
	l.holes += int(b.size)
	if b.customer >= 0 {
		l.returns[b.customer] -= l.back(&b)
		of := l.byCustomer[b.customer]
		i := slices.Index(of, at)
		of[i] = of[len(of)-1]
		l.byCustomer[b.customer] = of[:len(of)-1]
	}
	last := int32(len(l.baskets) - 1)
	if at != last {
		moved := l.baskets[last]
		l.baskets[at] = moved
		l.places[moved.id] = at
		if moved.customer >= 0 {
			of := l.byCustomer[moved.customer]
			of[slices.Index(of, last)] = at
		}
	}
	l.baskets[last] = basket{}
	l.baskets = l.baskets[:last]
	if l.holes > 1024 && l.holes > len(l.lines)/2 {
		l.compact()
	}
}

// Forget removes all baskets of the given customers: what is made of the
// ledger afterwards does not know them.
func (l *Ledger) Forget(customers ...string) {
	gone := map[int32]bool{}
	for _, c := range customers {
		if n, ok := l.customers.numbers[c]; ok {
			gone[n] = true
		}
	}
	var ids []string
	for n := range gone {
		if int(n) < len(l.byCustomer) {
			for _, at := range l.byCustomer[n] {
				ids = append(ids, l.baskets[at].id)
			}
		}
	}
	for _, id := range ids {
		l.Remove(id)
	}
	for n := range gone { // nor may the key itself remain
		l.customers.drop(n)
	}
}

// Anonymize keeps the baskets of a customer and forgets whose they are.
func (l *Ledger) Anonymize(customer string) {
	n, ok := l.customers.numbers[customer]
	if !ok {
		return
	}
	var baskets []Basket
	if int(n) < len(l.byCustomer) {
		for _, at := range l.byCustomer[n] {
			b, _ := l.Get(l.baskets[at].id)
			baskets = append(baskets, b)
		}
	}
	for _, b := range baskets {
		b.Customer = ""
		l.Put(b)
	}
	l.customers.drop(n)
}

func (l *Ledger) of(b *basket) []line { return l.lines[b.start : b.start+int(b.size)] }

// compact closes the holes.
func (l *Ledger) compact() {
	lines := make([]line, 0, len(l.lines)-l.holes)
	for i := range l.baskets {
		b := &l.baskets[i]
		start := len(lines)
		lines = append(lines, l.of(b)...)
		b.start = start
	}
	l.lines, l.holes = lines, 0
}

// A dictionary numbers names in the order in which they come.
type dictionary struct {
	names   []string
	numbers map[string]int32
}

func (d *dictionary) number(name string) int32 {
	n, ok := d.numbers[name]
	if !ok {
		if d.numbers == nil {
			d.numbers = map[string]int32{}
		}
		n = int32(len(d.names))
		d.numbers[name] = n
		d.names = append(d.names, name)
	}
	return n
}

// drop forgets a name; its number is not given again.
func (d *dictionary) drop(n int32) {
	delete(d.numbers, d.names[n])
	d.names[n] = ""
}

package ledger

import (
	"slices"
	"strings"
)

// A Ledger holds baskets, each in some 50 bytes and 8 a line. It is not safe for
// concurrent use while it is changed. Use [New].
type Ledger struct {
	products  dictionary
	ids       names // of the baskets, by place
	baskets   []basket
	lines     []line
	holes     int // lines that no basket owns
	customers names
	first     []int32 // by customer, the place of one of the baskets plus one
	returns   []int32 // by customer, the lines of what was given back
	pairs     *Pairs  // nil until they are asked for
}

type basket struct {
	time     int64
	start    uint32
	packed   uint32 // the number of lines above the kind
	customer int32  // -1 for nobody known
	day      int32
	next     int32 // the customer's baskets, in no order: places plus one
	previous int32
}

const kindBits = 3

func (b *basket) kind() Kind { return Kind(b.packed & (1<<kindBits - 1)) }
func (b *basket) size() int  { return int(b.packed >> kindBits) }

type line struct {
	product  int32
	quantity int32
}

// New returns an empty ledger.
func New() *Ledger { return &Ledger{} }

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
		customer = l.customer(b.Customer)
	}
	concerned := []int32{customer}
	at, ok := l.ids.find(b.ID)
	if ok && l.baskets[at].customer != customer {
		concerned = append(concerned, l.baskets[at].customer)
	}
	l.follow(b.ID, concerned, func() {
		if ok {
			l.remove(at)
		}
		l.put(&b, customer)
	})
}

// customer returns the number of a customer, and makes room for their baskets.
func (l *Ledger) customer(name string) int32 {
	n, ok := l.customers.find(name)
	if !ok {
		n = l.customers.add(name)
		l.first, l.returns = append(l.first, 0), append(l.returns, 0)
	}
	return n
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
		l.add(b.ID, basket{time: b.Time, start: uint32(start), packed: uint32(len(added))<<kindBits | uint32(b.Kind), customer: customer, day: b.Day})
	}
}

// add appends a basket whose lines are in place.
func (l *Ledger) add(id string, b basket) {
	at := l.ids.add(id)
	if b.customer >= 0 {
		if b.next = l.first[b.customer]; b.next > 0 {
			l.baskets[b.next-1].previous = at + 1
		}
		l.first[b.customer] = at + 1
		l.returns[b.customer] += l.back(&b)
	}
	l.baskets = append(l.baskets, b)
}

// back returns the lines of a basket that were given back.
func (l *Ledger) back(b *basket) int32 {
	n := int32(0)
	for _, line := range l.of(b) {
		if line.quantity < 0 && b.kind() == Bought {
			n++
		}
	}
	return n
}

// placesOf appends the places of a customer's baskets, in no order.
func (l *Ledger) placesOf(dst []int32, customer int32) []int32 {
	for at := l.first[customer]; at > 0; at = l.baskets[at-1].next {
		dst = append(dst, at-1)
	}
	return dst
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
	at, ok := l.ids.find(id)
	if !ok {
		return Basket{}, false
	}
	b := &l.baskets[at]
	got := Basket{ID: id, Kind: b.kind(), Time: b.time, Day: b.day, Customer: l.who(b)}
	for _, n := range l.of(b) {
		got.Lines = append(got.Lines, Line{l.products.names[n.product], n.quantity})
	}
	slices.SortFunc(got.Lines, byProduct)
	return got, true
}

func byProduct(a, b Line) int { return strings.Compare(a.Product, b.Product) }

// who returns whose a basket is.
func (l *Ledger) who(b *basket) string {
	if b.customer < 0 {
		return ""
	}
	return l.customers.text(b.customer)
}

// Remove forgets a basket, say of an order that was canceled, and reports
// whether it was there.
func (l *Ledger) Remove(id string) bool {
	at, ok := l.ids.find(id)
	if !ok {
		return false
	}
	l.follow(id, []int32{l.baskets[at].customer}, func() { l.remove(at) })
	return true
}

// remove takes the basket of a place out, which the last one gets.
func (l *Ledger) remove(at int32) {
	b := l.baskets[at]
	l.holes += b.size()
	if b.customer >= 0 {
		l.returns[b.customer] -= l.back(&b)
		if b.previous > 0 {
			l.baskets[b.previous-1].next = b.next
		} else {
			l.first[b.customer] = b.next
		}
		if b.next > 0 {
			l.baskets[b.next-1].previous = b.previous
		}
	}
	l.ids.drop(at)
	l.ids.pull(at)
	last := int32(len(l.baskets) - 1)
	if at != last {
		moved := l.baskets[last]
		l.baskets[at] = moved
		if moved.customer >= 0 {
			if moved.previous > 0 {
				l.baskets[moved.previous-1].next = at + 1
			} else {
				l.first[moved.customer] = at + 1
			}
			if moved.next > 0 {
				l.baskets[moved.next-1].previous = at + 1
			}
		}
	}
	l.baskets = l.baskets[:last]
	if l.holes > 1024 && l.holes > len(l.lines)/2 {
		l.compact()
	}
}

// Forget removes all baskets of the given customers: what is made of the
// ledger afterwards does not know them.
func (l *Ledger) Forget(customers ...string) {
	for _, c := range customers {
		n, ok := l.customers.find(c)
		if !ok {
			continue
		}
		for l.first[n] > 0 {
			l.Remove(l.ids.text(l.first[n] - 1))
		}
		l.customers.drop(n) // nor may the key itself remain
	}
}

// Anonymize keeps the baskets of a customer and forgets whose they are.
func (l *Ledger) Anonymize(customer string) {
	n, ok := l.customers.find(customer)
	if !ok {
		return
	}
	for l.first[n] > 0 {
		b, _ := l.Get(l.ids.text(l.first[n] - 1))
		b.Customer = ""
		l.Put(b)
	}
	l.customers.drop(n)
}

func (l *Ledger) of(b *basket) []line { return l.lines[b.start : int(b.start)+b.size()] }

// compact closes the holes, with some room for what comes next.
func (l *Ledger) compact() {
	size := len(l.lines) - l.holes
	lines := make([]line, 0, size+size/16+1024)
	for i := range l.baskets {
		b := &l.baskets[i]
		start := len(lines)
		lines = append(lines, l.of(b)...)
		b.start = uint32(start)
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
		name = strings.Clone(name) // it may be part of a page of the book
		n = int32(len(d.names))
		d.numbers[name] = n
		d.names = append(d.names, name)
	}
	return n
}

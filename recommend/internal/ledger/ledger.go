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
	baskets   column[basket]
	lines     shelf
	customers names
	first     column[int32] // by customer, the place of one of the baskets plus one
	returns   column[int32] // by customer, the lines of what was given back
	have      [kinds]int    // how many baskets, by kind
	pairs     *Pairs        // nil until they are asked for
	room      []line        // for those that are put in

	as      func(key string) string // see Call
	counts  []int32                 // by product, the number of the one that it counts as
	renamed int                     // how many count as another
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
func (l *Ledger) Len() int { return l.baskets.size }

// Count returns the number of baskets of a kind.
func (l *Ledger) Count(kind Kind) int { return l.have[kind] }

// Put keeps a basket, in place of the one that had its ID. Baskets without an
// ID, of a kind that is none, and lines without a product are left out. It
// keeps no slice of b.
func (l *Ledger) Put(b Basket) { l.change(nil, []Basket{b}) }

// Remove forgets a basket, say of an order that was canceled, and reports
// whether it was there.
func (l *Ledger) Remove(id string) bool { return l.change([]string{id}, nil) > 0 }

// A coming is a basket that is to be put in, with how many of the lines are its.
type coming struct {
	id string
	basket
	lines int
}

// change takes baskets out and puts others in, and returns how many it did. Those that
// are the same stay.
func (l *Ledger) change(gone []string, fresh []Basket) int {
	var ids []string
	var concerned []int32
	concern := func(id string, customer int32) {
		ids = append(ids, id)
		if !slices.Contains(concerned, customer) {
			concerned = append(concerned, customer)
		}
	}
	for _, id := range gone {
		if at, ok := l.ids.find(id); ok {
			concern(id, l.baskets.at(at).customer)
		}
	}
	n := len(ids)
	var in []coming
	l.room = l.room[:0]
	for i := range fresh {
		b := &fresh[i]
		if b.ID == "" || b.Kind >= kinds {
			continue
		}
		customer := int32(-1)
		if b.Customer != "" {
			customer = l.customer(b.Customer)
		}
		start := len(l.room)
		lines := l.taken(b.Lines)
		new := coming{b.ID, basket{time: b.Time, packed: uint32(len(lines))<<kindBits | uint32(b.Kind), customer: customer, day: b.Day}, len(lines)}
		if at, ok := l.ids.find(b.ID); ok {
			old := l.baskets.at(at)
			if old.like(&new.basket) && slices.Equal(l.of(old), lines) {
				l.room = l.room[:start]
				continue
			}
			concern(b.ID, old.customer)
		} else if len(lines) == 0 {
			continue
		}
		concern(b.ID, customer)
		in = append(in, new)
	}
	if len(ids) == 0 {
		return 0
	}
	l.follow(ids, concerned, func() {
		out := func(id string) {
			if at, ok := l.ids.find(id); ok {
				l.remove(at)
			}
		}
		for _, id := range gone {
			out(id)
		}
		lines := l.room
		for _, new := range in {
			if out(new.id); new.lines > 0 {
				new.start = l.lines.put(lines[:new.lines])
				l.add(new.id, new.basket)
			}
			lines = lines[new.lines:]
		}
	})
	return n + len(in)
}

// taken appends lines to the room, as they are kept.
func (l *Ledger) taken(lines []Line) []line {
	start := len(l.room)
	for _, n := range lines {
		if n.Product != "" && n.Quantity != 0 {
			l.room = append(l.room, line{l.products.number(n.Product), n.Quantity})
		}
	}
	l.ask()
	kept := ordered(l.room[start:])
	l.room = l.room[:start+len(kept)]
	return kept
}

// like reports whether two baskets are the same but for what is in them.
func (b *basket) like(o *basket) bool {
	return b.time == o.time && b.packed == o.packed && b.customer == o.customer && b.day == o.day
}

// customer returns the number of a customer, and makes room for their baskets.
func (l *Ledger) customer(name string) int32 {
	n, ok := l.customers.find(name)
	if !ok {
		n = l.customers.add(name)
		l.first.push(0)
		l.returns.push(0)
	}
	return n
}

// add appends a basket whose lines are in place.
func (l *Ledger) add(id string, b basket) {
	at := l.ids.add(id)
	if b.customer >= 0 {
		first := l.first.edit(b.customer)
		if b.next = *first; b.next > 0 {
			l.baskets.edit(b.next - 1).previous = at + 1
		}
		*first = at + 1
		if n := l.back(&b); n > 0 {
			*l.returns.edit(b.customer) += n
		}
	}
	l.baskets.push(b)
	l.have[b.kind()]++
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
	b := l.baskets.at(at)
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

// remove takes the basket of a place out, which the last one gets.
func (l *Ledger) remove(at int32) {
	b := *l.baskets.at(at)
	if b.customer >= 0 {
		if n := l.back(&b); n > 0 {
			*l.returns.edit(b.customer) -= n
		}
		l.chain(&b, b.next, b.previous)
		if b.next > 0 {
			l.baskets.edit(b.next - 1).previous = b.previous
		}
	}
	l.lines.remove(b.start, b.size())
	l.have[b.kind()]--
	l.ids.drop(at)
	l.ids.pull(at)
	if last := int32(l.baskets.size - 1); at != last {
		moved := *l.baskets.at(last)
		*l.baskets.edit(at) = moved
		if moved.customer >= 0 {
			l.chain(&moved, at+1, moved.previous)
			if moved.next > 0 {
				l.baskets.edit(moved.next - 1).previous = at + 1
			}
		}
	}
	l.baskets.pop()
}

// chain makes a place plus one what comes after another, or, when that is 0, the first
// of the customer of a basket.
func (l *Ledger) chain(b *basket, place, after int32) {
	if after > 0 {
		l.baskets.edit(after - 1).next = place
	} else {
		*l.first.edit(b.customer) = place
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
		if l.pairs != nil {
			l.holds(n, func(_ int32, products []int32) { l.pairs.count(products, -1) })
		}
		for first := l.first.at(n); *first > 0; first = l.first.at(n) {
			l.remove(*first - 1)
		}
		l.customers.drop(n) // nor may the key itself remain
	}
}

func (l *Ledger) of(b *basket) []line { return l.lines.of(b.start, b.size()) }

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

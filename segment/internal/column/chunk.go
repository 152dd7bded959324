package column

import (
	"math"
	"math/bits"
	"sync"
)

// Bits are one for each person of a chunk.
type Bits [ChunkSize / 64]uint64

// Has reports whether the bit of a person is set.
func (b *Bits) Has(p uint32) bool { return b[p/64]>>(p%64)&1 != 0 }

// Set sets the bit of a person.
func (b *Bits) Set(p uint32) { b[p/64] |= 1 << (p % 64) }

// Clear clears the bit of a person.
func (b *Bits) Clear(p uint32) { b[p/64] &^= 1 << (p % 64) }

// Count is how many bits are set.
func (b *Bits) Count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// Append appends the persons whose bits are set to a selection.
func (b *Bits) Append(sel []uint32) []uint32 {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			sel = append(sel, uint32(i*64+bits.TrailingZeros64(w)))
		}
	}
	return sel
}

// Orders are sales, or canceled orders.
type Orders struct {
	Page
	Time     Vec[int64]
	Amount   Vec[int64] // Lacking where it is unknown, as is Discount
	Discount Vec[int64]
	Units    Vec[int64]
	Words    Vec[uint32] // of Words.Orders
}

// Items are the lines of sales.
type Items struct {
	Page
	Order    Vec[uint32] // the row of the sale
	Line     Vec[uint32] // of Words.Lines
	Quantity Vec[int64]
	Amount   Vec[int64] // Lacking where it is unknown, as are Price and Discount
	Price    Vec[int64]
	Discount Vec[int64]
}

// Payments are refunds, or adjustments of what was spent.
type Payments struct {
	Page
	Time   Vec[int64]
	Amount Vec[int64]
}

// Interactions are what happened between shop and customer.
type Interactions struct {
	Page
	Time     Vec[int64]
	Contact  Vec[uint32] // of Words.Contacts
	Subject  Vec[uint32] // of Words.Subjects
	Value    Vec[int64]  // Lacking where there is none
	Property Vec[uint32] // where the properties begin in Names and Values; 0 is none

	Names    []uint32 // of Words.Properties, with more added while another follows
	Values   []int64  // as it is, the bits of a float, or a code
	unlinked int      // of these, of no row any more
}

const more = 1 << 31

// Find returns a property of a row, by its number in [Words.Properties].
func (i *Interactions) Find(row, number uint32) (value int64, ok bool) {
	at := i.Property[row]
	if at == 0 {
		return 0, false
	}
	for ; ; at++ {
		name := i.Names[at]
		if name&^more == number {
			return i.Values[at], true
		}
		if name&more == 0 {
			return 0, false
		}
	}
}

// A Chunk holds what is known of [ChunkSize] persons whose ordinals follow each
// other. A person is a number below ChunkSize here.
type Chunk struct {
	Number int // of the chunk: its first ordinal is ChunkSize times that
	Live   Bits

	Sales        Orders
	Items        Items
	Canceled     Orders
	Refunds      Payments
	Adjustments  Payments
	Interactions Interactions

	// What follows from all facts, later ones than now too, by person.
	Turnover []int64  // what sales cost
	Priced   []uint32 // sales whose amount is known
	Units    []int64
	Refunded []int64
	Spent    []int64 // Turnover and adjustments less Refunded
	First    []int64 // sale, Lacking without one, as are all times here
	Last     []int64 // sale
	Checkout []int64 // the latest one begun
	Seen     []int64 // the latest order or inbound interaction
	Latest   []int64 // fact
	Horizon  int64   // no fact of the chunk is later

	words  *Words
	mu     sync.Mutex
	days   map[int]*days // of active persons; under mu beside the lock of the base
	bought *bought       // likewise
	sold   *sold         // likewise
}

func newChunk(number int, words *Words) *Chunk {
	c := bareChunk(number)
	c.words = words
	c.Priced = make([]uint32, ChunkSize)
	for _, v := range []*[]int64{&c.Turnover, &c.Units, &c.Refunded, &c.Spent} {
		*v = make([]int64, ChunkSize)
	}
	for _, v := range c.times() {
		*v = lacking(ChunkSize)
	}
	return c
}

// bareChunk returns a chunk without what follows from facts.
func bareChunk(number int) *Chunk {
	c := &Chunk{Number: number, Horizon: Lacking}
	c.Sales.columns()
	c.Canceled.columns()
	c.Items.vecs = []vec{&c.Items.Order, &c.Items.Line, &c.Items.Quantity, &c.Items.Amount, &c.Items.Price, &c.Items.Discount}
	c.Refunds.columns()
	c.Adjustments.columns()
	i := &c.Interactions
	i.vecs = []vec{&i.Time, &i.Contact, &i.Subject, &i.Value, &i.Property}
	c.Sales.moved = func(p, from, to uint32) { c.shift(p, from, to-from) }
	return c
}

func (o *Orders) columns()   { o.vecs = []vec{&o.Time, &o.Amount, &o.Discount, &o.Units, &o.Words} }
func (p *Payments) columns() { p.vecs = []vec{&p.Time, &p.Amount} }

func (c *Chunk) times() []*[]int64 {
	return []*[]int64{&c.First, &c.Last, &c.Checkout, &c.Seen, &c.Latest}
}

func lacking(n int) []int64 {
	v := make([]int64, n)
	for i := range v {
		v[i] = Lacking
	}
	return v
}

// shift adds to the rows of sales, from one on, that the items of a person name.
func (c *Chunk) shift(person, from, by uint32) {
	s := c.Items.Of(person)
	for i, row := range c.Items.Order[s.Start : s.Start+s.Len] {
		if row >= from {
			c.Items.Order[s.Start+uint32(i)] = row + by
		}
	}
}

// Abandoned returns when a person began a checkout that no sale followed.
func (c *Chunk) Abandoned(p uint32) int64 {
	if t := c.Checkout[p]; t > c.Last[p] {
		return t
	}
	return Lacking
}

// tidy lays pages anew that are more waste than rows, or with all whatever can
// be made smaller.
func (c *Chunk) tidy(all bool) {
	for _, p := range []*Page{&c.Items.Page, &c.Sales.Page, &c.Canceled.Page, &c.Refunds.Page, &c.Adjustments.Page, &c.Interactions.Page} {
		p.tidy(all)
	}
	if i := &c.Interactions; i.unlinked > 0 && (all || i.unlinked > 1024 && i.unlinked > len(i.Names)/2) {
		i.relink()
	}
	if all && c.sold != nil && c.sold.other.Count() > c.sold.size {
		c.sold = nil
	}
}

// relink lays the properties anew, without those of no row.
func (i *Interactions) relink() {
	names, values := make([]uint32, 1, len(i.Names)-i.unlinked), make([]int64, 1, len(i.Names)-i.unlinked)
	for _, s := range i.slots {
		for row := s.Start; row < s.Start+s.Len; row++ {
			at := i.Property[row]
			if at == 0 {
				continue
			}
			i.Property[row] = uint32(len(names))
			for ; ; at++ {
				names, values = append(names, i.Names[at]), append(values, i.Values[at])
				if i.Names[at]&more == 0 {
					break
				}
			}
		}
	}
	i.Names, i.Values, i.unlinked = names, values, 0
}

// unlink counts the properties of a person's rows as waste.
func (i *Interactions) unlink(person uint32) {
	s := i.Of(person)
	for _, at := range i.Property[s.Start : s.Start+s.Len] {
		for ; at != 0; at++ {
			i.unlinked++
			if i.Names[at]&more == 0 {
				break
			}
		}
	}
}

// Add adds amounts. What does not fit is the nearest int64, but never Lacking.
func Add(a, b int64) int64 {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0, sum == Lacking:
		return Lacking + 1
	}
	return sum
}

// A Total adds amounts exactly, in 128 bits.
type Total struct {
	high int64
	low  uint64
}

// Add adds an amount.
func (t *Total) Add(v int64) {
	var carry uint64
	t.low, carry = bits.Add64(t.low, uint64(v), 0)
	t.high += v>>63 + int64(carry)
}

// Amount returns the sum, or the nearest int64 that is not Lacking.
func (t *Total) Amount() int64 {
	switch {
	case t.high == int64(t.low)>>63 && int64(t.low) != Lacking:
		return int64(t.low)
	case t.high < 0:
		return Lacking + 1
	}
	return math.MaxInt64
}

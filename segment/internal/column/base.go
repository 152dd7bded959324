package column

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A Base holds persons by ordinals: dense numbers that are never used again. It
// is safe for one writer and many readers. A reader holds the lock for one
// chunk at a time, and sees each person as they are at one instant; a writer
// waits for a chunk at most.
type Base struct {
	mu       sync.RWMutex
	version  uint64      // grows with each change
	ids      *Dictionary // of which code 1 is ordinal 0
	live     int
	chunks   []*Chunk
	words    *Words
	products *Products
	columns  []*Column
	named    map[string][]*Column
	checkout uint32 // kind of interactions
	inbound  uint32 // direction
	buffers
}

// buffers are what a writer uses again.
type buffers struct {
	rows  []int
	times []int64
}

// New returns a Base of nobody.
func New() *Base {
	b := &Base{ids: newDictionary(false), words: newWords(), products: newProducts(), named: map[string][]*Column{}}
	b.checkout, b.inbound = b.words.Kinds.Code("begin_checkout"), b.words.Directions.Code("inbound")
	return b
}

// RLock keeps writers out until RUnlock. What follows is read between the two.
func (b *Base) RLock() { b.mu.RLock() }

// RUnlock lets writers in.
func (b *Base) RUnlock() { b.mu.RUnlock() }

// lock keeps all others out, and counts a change.
func (b *Base) lock() {
	b.mu.Lock()
	b.version++
}

// Version tells one state of the base from a later one. The lock must be held.
func (b *Base) Version() uint64 { return b.version }

// Chunks is how many chunks there are. The lock must be held, as for all that
// return what is not copied: Chunk, Words, Products, Named, Ordinal, ID.
func (b *Base) Chunks() int { return len(b.chunks) }

// Chunk returns a chunk by its number.
func (b *Base) Chunk(number int) *Chunk { return b.chunks[number] }

// Words returns the texts of facts.
func (b *Base) Words() *Words { return b.words }

// Products returns what facts are about.
func (b *Base) Products() *Products { return b.products }

// Shape tells one set of columns and properties from a later, larger one.
func (b *Base) Shape() int { return len(b.columns) + len(b.words.Properties) }

// Named returns the columns of the values of a name: one for each type that a
// person was given it in.
func (b *Base) Named(name string) []*Column { return b.named[name] }

// Ordinal returns the ordinal of a person who is in the base.
func (b *Base) Ordinal(id string) (ordinal uint32, ok bool) {
	code := b.ids.Find(id)
	if code == 0 || !b.Has(code-1) {
		return 0, false
	}
	return code - 1, true
}

// Has reports whether a person with an ordinal is in the base.
func (b *Base) Has(ordinal uint32) bool {
	n := int(ordinal / ChunkSize)
	return n < len(b.chunks) && b.chunks[n].Live.Has(ordinal%ChunkSize)
}

// ID returns the id of the person with an ordinal, "" for one who is not in the
// base any more.
func (b *Base) ID(ordinal uint32) string {
	if !b.Has(ordinal) {
		return ""
	}
	return b.ids.Text(ordinal + 1)
}

// IDBytes returns what ID returns, which must not be changed.
func (b *Base) IDBytes(ordinal uint32) []byte { return b.ids.Bytes(ordinal + 1) }

// Len is how many persons there are. It takes the lock.
func (b *Base) Len() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.live
}

// Put puts a person in the place of all that is known of one with the same id,
// and returns their ordinal. A person without an id is not put, and gets the
// highest uint32.
func (b *Base) Put(p *Person) uint32 {
	b.lock()
	defer b.mu.Unlock()
	ordinal := b.ordinal(p.ID)
	if ordinal == math.MaxUint32 {
		return ordinal
	}
	c, n := b.at(ordinal)
	for _, col := range b.columns {
		col.clear(c.Number, n)
	}
	b.setValues(c, n, p.Values)
	c.Interactions.unlink(n)
	for _, page := range c.pages() {
		page.clear(n)
	}
	b.putOrders(c, n, p)
	b.putPayments(c, n, p)
	b.putInteractions(c, n, p)
	c.summarize(b, n)
	c.reindex(b, n)
	c.tidy(false)
	return ordinal
}

func (c *Chunk) pages() []*Page {
	return []*Page{&c.Sales.Page, &c.Items.Page, &c.Canceled.Page, &c.Refunds.Page, &c.Adjustments.Page, &c.Interactions.Page}
}

// ordinal returns the ordinal of a person, who gets one if they have none.
func (b *Base) ordinal(id string) uint32 {
	if ordinal, ok := b.Ordinal(id); ok {
		return ordinal
	}
	if id == "" {
		return math.MaxUint32
	}
	code := b.ids.add(id)
	if code == 0 {
		return math.MaxUint32
	}
	ordinal := code - 1
	if int(ordinal/ChunkSize) == len(b.chunks) {
		b.chunks = append(b.chunks, newChunk(len(b.chunks), b.words))
	}
	c, n := b.at(ordinal)
	c.Live.Set(n)
	b.live++
	return ordinal
}

func (b *Base) at(ordinal uint32) (*Chunk, uint32) {
	return b.chunks[ordinal/ChunkSize], ordinal % ChunkSize
}

// Remove takes a person out of the base for good. It does nothing when there is
// no such person.
func (b *Base) Remove(ordinal uint32) {
	b.lock()
	defer b.mu.Unlock()
	if !b.Has(ordinal) {
		return
	}
	c, n := b.at(ordinal)
	for _, col := range b.columns {
		col.clear(c.Number, n)
	}
	c.Interactions.unlink(n)
	for _, page := range c.pages() {
		page.drop(n)
	}
	c.summarize(b, n)
	c.resold(n)
	c.Live.Clear(n)
	b.live--
	c.tidy(false)
}

// SetValues changes values of a person: those that are not named stay.
func (b *Base) SetValues(ordinal uint32, values []Value) {
	b.lock()
	defer b.mu.Unlock()
	if b.Has(ordinal) {
		c, n := b.at(ordinal)
		b.setValues(c, n, values)
	}
}

// SetProduct stores what is known of a product in the place of what was. It
// looks at no fact.
func (b *Base) SetProduct(p *Product) {
	b.lock()
	defer b.mu.Unlock()
	b.products.set(b.words, p)
}

// Compact gives back what memory it can.
func (b *Base) Compact() {
	for n := 0; ; n++ {
		b.mu.Lock()
		if n >= len(b.chunks) {
			b.mu.Unlock()
			return
		}
		b.chunks[n].tidy(true)
		b.mu.Unlock()
	}
}

// sorted calls f with the numbers of facts in the order of their times.
func (b *Base) sorted(n int, time func(i int) int64, f func(i int)) {
	rows, times, ordered := b.rows[:0], b.times[:0], true
	for i := range n {
		t := time(i)
		ordered = ordered && (i == 0 || times[i-1] <= t)
		rows, times = append(rows, i), append(times, t)
	}
	if !ordered {
		slices.SortStableFunc(rows, func(i, j int) int { return cmp.Compare(times[i], times[j]) })
	}
	b.rows, b.times = rows, times
	for _, i := range rows {
		f(i)
	}
}

func (b *Base) putOrders(c *Chunk, n uint32, p *Person) {
	var sales, items, canceled uint32
	for i := range p.Orders {
		switch p.Orders[i].Role {
		case Sale:
			sales++
			items += uint32(len(p.Orders[i].Items))
		case Canceled:
			canceled++
		}
	}
	var sale, item, cancel uint32
	if sales > 0 {
		sale = c.Sales.open(n, 0, sales)
	}
	if items > 0 {
		item = c.Items.open(n, 0, items)
	}
	if canceled > 0 {
		cancel = c.Canceled.open(n, 0, canceled)
	}
	b.sorted(len(p.Orders), func(i int) int64 { return p.Orders[i].Time }, func(i int) {
		o := &p.Orders[i]
		switch o.Role {
		case Sale:
			c.Sales.set(b, sale, o)
			for j := range o.Items {
				c.Items.set(b, item, sale, o, &o.Items[j])
				item++
			}
			sale++
		case Canceled:
			c.Canceled.set(b, cancel, o)
			cancel++
		}
	})
}

func (b *Base) putPayments(c *Chunk, n uint32, p *Person) {
	adjustments := uint32(0)
	for i := range p.Orders {
		if o := &p.Orders[i]; o.Role == Adjustment {
			adjustments++
		}
	}
	if adjustments > 0 {
		row := c.Adjustments.open(n, 0, adjustments)
		b.sorted(len(p.Orders), func(i int) int64 { return p.Orders[i].Time }, func(i int) {
			if o := &p.Orders[i]; o.Role == Adjustment {
				c.Adjustments.Time[row], c.Adjustments.Amount[row] = clampTime(o.Time), priced(o, o.Amount)
				row++
			}
		})
	}
	if len(p.Refunds) > 0 {
		row := c.Refunds.open(n, 0, uint32(len(p.Refunds)))
		b.sorted(len(p.Refunds), func(i int) int64 { return p.Refunds[i].Time }, func(i int) {
			c.Refunds.Time[row], c.Refunds.Amount[row] = clampTime(p.Refunds[i].Time), p.Refunds[i].Amount
			row++
		})
	}
}

func (b *Base) putInteractions(c *Chunk, n uint32, p *Person) {
	if len(p.Interactions) == 0 {
		return
	}
	row := c.Interactions.open(n, 0, uint32(len(p.Interactions)))
	b.sorted(len(p.Interactions), func(i int) int64 { return p.Interactions[i].Time }, func(i int) {
		c.Interactions.set(b, row, &p.Interactions[i])
		row++
	})
}

// clampTime keeps a time from being Lacking.
func clampTime(t int64) int64 { return max(t, Lacking+1) }

func priced(o *Order, amount int64) int64 {
	if o.Unpriced {
		return Lacking
	}
	return amount
}

func (t *Orders) set(b *Base, row uint32, o *Order) {
	var units int64
	for i := range o.Items {
		units = Add(units, o.Items[i].Quantity)
	}
	t.Time[row], t.Amount[row], t.Discount[row] = clampTime(o.Time), priced(o, o.Amount), priced(o, o.Discount)
	t.Units[row], t.Words[row] = units, b.words.order(o)
}

func (t *Items) set(b *Base, row, sale uint32, o *Order, i *Item) {
	t.Order[row], t.Line[row], t.Quantity[row] = sale, b.words.line(i, b.products), max(i.Quantity, Lacking+1)
	t.Amount[row], t.Price[row], t.Discount[row] = priced(o, i.Amount), priced(o, i.Price), priced(o, i.Discount)
}

func (t *Interactions) set(b *Base, row uint32, i *Interaction) {
	t.Time[row], t.Contact[row], t.Subject[row] = clampTime(i.Time), b.words.contact(i), b.words.subject(i, b.products)
	t.Value[row], t.Property[row] = i.Value, 0
	if i.Value == 0 {
		t.Value[row] = Lacking
	}
	if t.Names == nil {
		t.Names, t.Values = make([]uint32, 1), make([]int64, 1)
	}
	for _, v := range i.Properties {
		if v.Type < rule.IsBool || v.Type >= rule.IsAny {
			continue
		}
		number := b.words.property(v.Name, v.Type)
		p := b.words.Properties[number]
		if value, ok := pack(v, p.Texts, p.Lists); ok {
			if t.Property[row] == 0 {
				t.Property[row] = uint32(len(t.Names))
			} else {
				t.Names[len(t.Names)-1] |= more
			}
			t.Names, t.Values = append(t.Names, number), append(t.Values, value)
		}
	}
}

// pack returns the value as a number: itself, the bits of a float, or a code.
func pack(v Value, d *Dictionary, s *Sets) (int64, bool) {
	switch v.Type {
	case rule.IsBool:
		return v.Int & 1, true
	case rule.IsMoney, rule.IsDate:
		return v.Int, v.Int != Lacking
	case rule.IsNumber:
		if v.Number == 0 {
			return 0, true // -0 too, whose bits are Lacking
		}
		return int64(math.Float64bits(v.Number)), !math.IsNaN(v.Number) && !math.IsInf(v.Number, 0)
	case rule.IsText:
		code := d.Code(v.Text)
		return int64(code), code != 0
	case rule.IsList:
		code := listOf(s, d, v.List)
		return int64(code), code != 0
	}
	return 0, false
}

// summarize works out anew what follows from all facts of a person.
func (c *Chunk) summarize(b *Base, n uint32) {
	var turnover, units, refunded, spent Total
	priced := uint32(0)
	for _, v := range c.times() {
		(*v)[n] = Lacking
	}
	s := c.Sales.Of(n)
	for row := s.Start; row < s.Start+s.Len; row++ {
		units.Add(c.Sales.Units[row])
		if a := c.Sales.Amount[row]; a != Lacking {
			turnover.Add(a)
			spent.Add(a)
			priced++
		}
	}
	if s.Len > 0 {
		c.First[n], c.Last[n] = c.Sales.Time[s.Start], c.Sales.Time[s.Start+s.Len-1]
		c.happened(n, c.Last[n], true)
	}
	if s = c.Canceled.Of(n); s.Len > 0 {
		c.happened(n, c.Canceled.Time[s.Start+s.Len-1], true)
	}
	if s = c.Adjustments.Of(n); s.Len > 0 {
		for _, a := range c.Adjustments.Amount[s.Start : s.Start+s.Len] {
			if a != Lacking {
				spent.Add(a)
			}
		}
		c.happened(n, c.Adjustments.Time[s.Start+s.Len-1], false)
	}
	if s = c.Refunds.Of(n); s.Len > 0 {
		for _, a := range c.Refunds.Amount[s.Start : s.Start+s.Len] {
			if a != Lacking {
				refunded.Add(a)
				spent.sub(a)
			}
		}
		c.happened(n, c.Refunds.Time[s.Start+s.Len-1], false)
	}
	s = c.Interactions.Of(n)
	for row := s.Start; row < s.Start+s.Len; row++ {
		c.interacted(b, n, row)
	}
	c.Turnover[n], c.Units[n], c.Refunded[n], c.Spent[n], c.Priced[n] = turnover.Amount(), units.Amount(), refunded.Amount(), spent.Amount(), priced
}

func (t *Total) sub(v int64) {
	var borrow uint64
	t.low, borrow = bits.Sub64(t.low, uint64(v), 0)
	t.high -= v>>63 + int64(borrow)
}

// happened notes the time of a fact, and whether the person did it.
func (c *Chunk) happened(n uint32, t int64, did bool) {
	c.Latest[n] = max(c.Latest[n], t)
	c.Horizon = max(c.Horizon, t)
	if did {
		c.Seen[n] = max(c.Seen[n], t)
	}
}

func (c *Chunk) interacted(b *Base, n, row uint32) {
	t, w := c.Interactions.Time[row], b.words.Contacts.List[c.Interactions.Contact[row]]
	c.happened(n, t, w.Direction == b.inbound)
	if w.Kind == b.checkout {
		c.Checkout[n] = max(c.Checkout[n], t)
	}
}

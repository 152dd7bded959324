package column

import (
	"encoding/binary"
	"io"
)

// What the bytes of a base begin with: a name and the version of the format.
const header = "clientele columns\x00\x01"

// The frames that follow, each with its length in 4 bytes and so many bytes.
const (
	frameChunk = iota + 1
	frameWords // words, products and columns: the codes of the chunks before
	frameIDs
	frameEnd
)

// Encode writes the base, compact and in a format of its own, in pieces of at
// most 256 KiB. It holds the lock for one chunk at a time: what a writer
// changes meanwhile may be in or not, but nobody is whom it removes.
func (b *Base) Encode(w io.Writer) error {
	if _, err := io.WriteString(w, header); err != nil {
		return err
	}
	var p packer
	frame := func(kind byte, fill func()) error {
		p.b = append(p.b[:0], kind, 0, 0, 0, 0)
		b.mu.RLock()
		fill()
		b.mu.RUnlock()
		binary.LittleEndian.PutUint32(p.b[1:], uint32(len(p.b)-5))
		for rest := p.b; len(rest) > 0; {
			n := min(len(rest), 256<<10)
			if _, err := w.Write(rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	}
	b.mu.RLock()
	chunks := len(b.chunks) // later ones are not in
	b.mu.RUnlock()
	for n := range chunks {
		if err := frame(frameChunk, func() { b.packChunk(&p, b.chunks[n]) }); err != nil {
			return err
		}
	}
	for i, fill := range []func(){func() { b.packWords(&p) }, func() { b.packIDs(&p, chunks) }, func() {}} {
		if err := frame(byte(frameWords+i), fill); err != nil {
			return err
		}
	}
	return nil
}

// pieces are the columns of a page, in the order in which they are encoded. The
// first is never less than a byte wide, which bounds how many rows there are.
func (o *Orders) pieces() ([]*Vec[int64], []*Vec[uint32]) {
	return []*Vec[int64]{&o.Time, &o.Amount, &o.Discount, &o.Units}, []*Vec[uint32]{&o.Words}
}

func (i *Items) pieces() ([]*Vec[int64], []*Vec[uint32]) {
	return []*Vec[int64]{&i.Quantity, &i.Amount, &i.Price, &i.Discount}, []*Vec[uint32]{&i.Line}
}

func (p *Payments) pieces() ([]*Vec[int64], []*Vec[uint32]) {
	return []*Vec[int64]{&p.Time, &p.Amount}, nil
}

func (i *Interactions) pieces() ([]*Vec[int64], []*Vec[uint32]) {
	return []*Vec[int64]{&i.Time, &i.Value}, []*Vec[uint32]{&i.Contact, &i.Subject}
}

// A pieced is a page with its columns.
type pieced interface {
	pieces() ([]*Vec[int64], []*Vec[uint32])
}

func (c *Chunk) tables() ([]*Page, []pieced) {
	return c.pages(), []pieced{&c.Sales, &c.Items, &c.Canceled, &c.Refunds, &c.Adjustments, &c.Interactions}
}

// kept returns the columns of what follows from facts.
func (c *Chunk) kept() []*[]int64 {
	return []*[]int64{&c.Turnover, &c.Units, &c.Refunded, &c.Spent, &c.First, &c.Last, &c.Checkout, &c.Seen, &c.Latest}
}

func (b *Base) packChunk(p *packer, c *Chunk) {
	p.uint(uint64(c.Number))
	for _, w := range c.Live {
		p.b = binary.LittleEndian.AppendUint64(p.b, w)
	}
	packInts(p, c.Priced, 1)
	for _, v := range c.kept() {
		packInts(p, *v, 1)
	}
	pages, tables := c.tables()
	for i, page := range pages {
		p.page(page, tables[i])
	}
	p.lineCounts(c)
	p.properties(&c.Interactions)
	for number, col := range b.columns {
		p.column(uint64(number), col, c.Number)
	}
	p.uint(0)
}

func (p *packer) page(page *Page, t pieced) {
	n := uint32(0)
	lens := make([]uint32, len(page.slots))
	for i, s := range page.slots {
		lens[i] = s.Len
		n += s.Len
	}
	p.uint(uint64(n))
	if n == 0 {
		return
	}
	packInts(p, lens, 1)
	ints, codes := t.pieces()
	for _, v := range ints {
		packInts(p, laid(*v, page.slots, n), 1)
	}
	for _, v := range codes {
		packInts(p, laid(*v, page.slots, n), 1)
	}
}

// lineCounts writes how many items each sale has.
func (p *packer) lineCounts(c *Chunk) {
	counts := make([]uint32, c.Sales.rows)
	for _, s := range c.Items.slots {
		for _, row := range c.Items.Order[s.Start : s.Start+s.Len] {
			counts[row]++
		}
	}
	n := uint32(0)
	for _, s := range c.Sales.slots {
		n += s.Len
	}
	packInts(p, laid(counts, c.Sales.slots, n), 0)
}

// properties writes how many properties each interaction has, and these.
func (p *packer) properties(i *Interactions) {
	var counts, names []uint32
	var values []int64
	for _, s := range i.slots {
		for _, at := range i.Property[s.Start : s.Start+s.Len] {
			n := uint32(0)
			for ; at != 0; at++ {
				n++
				names, values = append(names, i.Names[at]&^more), append(values, i.Values[at])
				if i.Names[at]&more == 0 {
					break
				}
			}
			counts = append(counts, n)
		}
	}
	p.uint(uint64(len(names)))
	if len(names) > 0 {
		packInts(p, counts, 0)
		packInts(p, names, 1)
		packInts(p, values, 1)
	}
}

// column writes the values of a chunk, of which the number of the column, plus
// one, comes first.
func (p *packer) column(number uint64, col *Column, chunk int) {
	if v := col.Ints(chunk); v != nil {
		p.uint(number + 1)
		p.b = append(p.b, columnInts)
		packInts(p, v, 1)
	}
	if v := col.Codes(chunk); v != nil {
		p.uint(number + 1)
		p.b = append(p.b, columnCodes)
		packInts(p, v, 1)
	}
	if v := col.Truths(chunk); v != nil {
		p.uint(number + 1)
		p.b = append(p.b, columnTruths)
		packInts(p, v, 1)
	}
}

// The kinds of columns, by what they hold.
const (
	columnInts = iota
	columnCodes
	columnTruths
)

func (p *packer) dictionary(d *Dictionary) {
	p.uint(uint64(d.Len()))
	packInts(p, lengths(d.ends), 1)
	p.bytes(d.blob)
}

func lengths(ends []uint32) []uint32 {
	n := make([]uint32, len(ends)-1)
	for i := range n {
		n[i] = ends[i+1] - ends[i]
	}
	return n
}

func (p *packer) sets(s *Sets) {
	p.uint(uint64(s.Len()))
	packInts(p, lengths(s.ends), 1)
	p.uint(uint64(len(s.codes)))
	packInts(p, s.codes, 1)
}

// packIDs writes the ids of so many chunks: whoever came later is in none of
// those that were written.
func (b *Base) packIDs(p *packer, chunks int) {
	ids := min(b.ids.Len(), uint32(chunks)*ChunkSize)
	living := make(codeBits, ids/64+1)
	for ordinal := range ids {
		if b.Has(ordinal) {
			living.set(ordinal + 1)
		}
	}
	p.dictionary(living.only(b.ids, ids))
}

func (b *Base) packWords(p *packer) {
	w := b.words
	for _, d := range w.dictionaries() {
		p.dictionary(*d)
	}
	p.sets(w.Lists)
	p.uint(uint64(len(w.Orders.List)))
	for _, o := range w.Orders.List {
		for _, code := range []uint32{o.Channel, o.State, o.Source, o.Country, o.Coupons, o.Tags} {
			p.uint(uint64(code))
		}
	}
	p.uint(uint64(len(w.Contacts.List)))
	for _, c := range w.Contacts.List {
		for _, code := range []uint32{c.Kind, c.Channel, c.Direction, c.Source, uint32(c.Rating)} {
			p.uint(uint64(code))
		}
	}
	p.uint(uint64(len(w.Properties)))
	again, used := map[*Dictionary]bool{}, b.used()
	for _, q := range w.Properties {
		p.bytes([]byte(q.Name))
		p.uint(uint64(q.Type))
		if !again[q.Texts] {
			p.dictionary(used[q.Texts].only(q.Texts, q.Texts.Len()))
			again[q.Texts] = true
		}
		p.sets(q.Lists)
	}
	p.dictionary(b.products.IDs)
	p.uint(uint64(len(b.products.rows)))
	for code, r := range b.products.rows {
		known := uint64(0)
		if b.products.changed[code] != 0 {
			known = 1
		}
		for _, v := range []uint64{known, uint64(r.Title), uint64(r.Brand), uint64(r.Categories), uint64(r.Tags)} {
			p.uint(v)
		}
		keys := b.products.keysOf[uint32(code)]
		p.uint(uint64(len(keys)))
		for _, key := range keys {
			p.bytes([]byte(key))
		}
	}
	p.uint(uint64(len(w.Lines.List)))
	for _, l := range w.Lines.List {
		for _, code := range []uint32{l.Product, l.SKU, l.Title} {
			p.uint(uint64(code))
		}
	}
	p.uint(uint64(len(w.Subjects.List)))
	for _, s := range w.Subjects.List {
		p.uint(uint64(s.Products))
		p.uint(uint64(s.SKUs))
	}
	p.uint(uint64(len(b.columns)))
	for _, col := range b.columns {
		p.bytes([]byte(col.Name))
		p.uint(uint64(col.Type))
		p.dictionary(used[col.Texts].only(col.Texts, col.Texts.Len()))
		p.sets(col.Lists)
	}
}

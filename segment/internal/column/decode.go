package column

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// Decode reads what Encode wrote. It returns an error that wraps [ErrFormat]
// for other bytes and for those of another release, whatever they are, and
// takes no more memory than a small multiple of them.
func Decode(r io.Reader) (*Base, error) {
	head := make([]byte, len(header))
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, cut(err)
	}
	if string(head) != header {
		return nil, fmt.Errorf("%w: other header", ErrFormat)
	}
	d := decoder{base: New()}
	defer d.wait.Wait()
	d.room = make(chan struct{}, runtime.GOMAXPROCS(0)+1)
	d.spare = make(chan []byte, cap(d.room))
	for {
		var spare []byte
		select {
		case spare = <-d.spare:
		default:
		}
		kind, payload, err := readFrame(r, spare)
		if err != nil {
			return nil, err
		}
		switch kind {
		case frameChunk:
			n := len(d.parts)
			d.parts = append(d.parts, &part{})
			d.decode(d.parts[n], payload, n)
		case frameWords:
			if d.words {
				return nil, fmt.Errorf("%w: words twice", ErrFormat)
			}
			d.words = true
			if err := d.base.unpackWords(payload); err != nil {
				return nil, err
			}
		case frameIDs:
			u := unpacker{b: payload}
			u.dictionary(d.base.ids)
			if u.err != nil {
				return nil, u.err
			}
		case frameEnd:
			return d.finish()
		default:
			return nil, fmt.Errorf("%w: frame %d", ErrFormat, kind)
		}
	}
}

func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: cut", ErrFormat)
	}
	return err
}

// readFrame reads the kind and the payload of a frame, into the memory of an
// older one if it is large enough.
func readFrame(r io.Reader, spare []byte) (byte, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, cut(err)
	}
	size := int64(binary.LittleEndian.Uint32(head[1:]))
	if size <= int64(cap(spare)) && head[0] == frameChunk {
		spare = spare[:size]
		if _, err := io.ReadFull(r, spare); err != nil {
			return 0, nil, cut(err)
		}
		return head[0], spare, nil
	}
	var payload []byte
	for read := int64(0); read < size; { // a length that is a lie costs little
		n := min(size-read, max(64<<10, read))
		payload = slices.Grow(payload, int(n))[:read+n]
		if _, err := io.ReadFull(r, payload[read:]); err != nil {
			return 0, nil, cut(err)
		}
		read += n
	}
	return head[0], payload, nil
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A decoder decodes chunks beside the reading of more.
type decoder struct {
	base  *Base
	words bool
	parts []*part
	room  chan struct{}
	spare chan []byte // of chunks that are decoded
	wait  sync.WaitGroup
}

// A part is a chunk before its codes are held against the words.
type part struct {
	chunk   *Chunk
	columns []columnPart
	err     error
}

type columnPart struct {
	number uint64
	ints   []int64
	codes  []uint32
	truths []uint8
}

func (d *decoder) decode(p *part, payload []byte, number int) {
	d.room <- struct{}{}
	d.wait.Go(func() {
		defer func() { <-d.room }()
		p.err = p.unpack(payload, number)
		select {
		case d.spare <- payload:
		default:
		}
	})
}

func (d *decoder) finish() (*Base, error) {
	d.wait.Wait()
	b := d.base
	for n, p := range d.parts {
		if p.err != nil {
			return nil, p.err
		}
		c := p.chunk
		c.words = b.words
		b.chunks = append(b.chunks, c)
		if err := p.check(b, n); err != nil {
			return nil, err
		}
	}
	if ids := int(b.ids.Len()); ids > len(b.chunks)*ChunkSize || ids <= (len(b.chunks)-1)*ChunkSize {
		return nil, fmt.Errorf("%w: %d ids of %d chunks", ErrFormat, ids, len(b.chunks))
	}
	texts, found := 0, 0
	for code := range b.ids.Len() {
		texts += one(len(b.ids.Bytes(code+1)) > 0)
	}
	for _, code := range b.ids.table {
		found += one(code != 0)
	}
	if texts != found {
		return nil, fmt.Errorf("%w: one id of two", ErrFormat)
	}
	for ordinal := range uint32(len(b.chunks)) * ChunkSize {
		if !b.Has(ordinal) {
			continue
		}
		b.live++
		if len(b.ids.Bytes(ordinal+1)) == 0 { // who left while the chunks after theirs were written
			b.Remove(ordinal)
		}
	}
	return b, nil
}

// unpack reads a chunk.
func (p *part) unpack(payload []byte, number int) error {
	u := unpacker{b: payload}
	if u.uint() != uint64(number) {
		u.fail("chunk out of order")
		return u.err
	}
	c := bareChunk(number)
	p.chunk = c
	for i := range c.Live {
		if b := u.take(8); b != nil {
			c.Live[i] = binary.LittleEndian.Uint64(b)
		}
	}
	c.Priced = unpackInts[uint32](&u, ChunkSize, 1)
	for _, v := range c.kept() {
		*v = unpackInts[int64](&u, ChunkSize, 1)
	}
	pages, tables := c.tables()
	for i, page := range pages {
		u.page(page, tables[i])
	}
	c.Items.Order = make(Vec[uint32], c.Items.rows)
	u.lineCounts(c)
	u.properties(&c.Interactions)
	for u.err == nil {
		number := u.uint()
		if number == 0 {
			break
		}
		part := columnPart{number: number - 1}
		switch kind := u.byte(); kind {
		case columnInts:
			part.ints = unpackInts[int64](&u, ChunkSize, 1)
		case columnCodes:
			part.codes = unpackInts[uint32](&u, ChunkSize, 1)
		case columnTruths:
			part.truths = unpackInts[uint8](&u, ChunkSize, 1)
		default:
			u.fail("kind of column")
		}
		p.columns = append(p.columns, part)
	}
	if u.err == nil && len(u.b) > 0 {
		u.fail("more than a chunk")
	}
	for _, t := range c.Latest {
		c.Horizon = max(c.Horizon, t)
	}
	return u.err
}

func (u *unpacker) page(page *Page, t pieced) {
	n := u.count(1)
	if n == 0 || u.err != nil {
		return
	}
	lens := unpackInts[uint32](u, ChunkSize, 1)
	if u.err != nil {
		return
	}
	page.slots = make([]Slot, ChunkSize)
	total := uint64(0)
	for i, l := range lens {
		page.slots[i] = Slot{Start: uint32(total), Len: l, room: l}
		total += uint64(l)
	}
	if total != uint64(n) {
		u.fail("rows of nobody")
		return
	}
	ints, codes := t.pieces()
	for _, v := range ints {
		*v = unpackInts[int64](u, n, 1)
	}
	for _, v := range codes {
		*v = unpackInts[uint32](u, n, 1)
	}
	page.rows = uint32(n)
}

func (u *unpacker) lineCounts(c *Chunk) {
	counts := unpackInts[uint32](u, int(c.Sales.rows), 0)
	if u.err != nil {
		return
	}
	items := uint32(0)
	for p, s := range c.Sales.slots {
		slot := c.Items.Of(uint32(p))
		if slot.Start != items && slot.Len > 0 {
			u.fail("items")
			return
		}
		end := slot.Start + slot.Len
		for row := s.Start; row < s.Start+s.Len; row++ {
			n := counts[row]
			if uint64(items)+uint64(n) > uint64(end) && n > 0 {
				u.fail("items")
				return
			}
			for range n {
				c.Items.Order[items] = row
				items++
			}
		}
		if slot.Len > 0 && items != end {
			u.fail("items")
			return
		}
	}
	if items != c.Items.rows {
		u.fail("items of nobody")
	}
}

func (u *unpacker) properties(i *Interactions) {
	n := u.count(1)
	i.Property = make(Vec[uint32], i.rows)
	if n == 0 || u.err != nil {
		return
	}
	counts := unpackInts[uint32](u, int(i.rows), 0)
	names := unpackInts[uint32](u, n, 1)
	values := unpackInts[int64](u, n, 1)
	if u.err != nil {
		return
	}
	i.Names, i.Values = make([]uint32, 1, n+1), make([]int64, 1, n+1)
	i.Names, i.Values = append(i.Names, names...), append(i.Values, values...)
	at := uint64(1)
	for row, count := range counts {
		if count == 0 {
			continue
		}
		if at+uint64(count) > uint64(n)+1 {
			u.fail("properties")
			return
		}
		i.Property[row] = uint32(at)
		for j := at; j < at+uint64(count); j++ {
			if i.Names[j] >= more {
				u.fail("property")
				return
			}
			if j < at+uint64(count)-1 {
				i.Names[j] |= more
			}
		}
		at += uint64(count)
	}
	if at != uint64(n)+1 {
		u.fail("properties of nothing")
	}
}

// check holds the codes of a chunk against the words, and gives the columns of
// the base what is theirs.
func (p *part) check(b *Base, number int) error {
	w, c := b.words, p.chunk
	ok := below(c.Sales.Words, len(w.Orders.List)) && below(c.Canceled.Words, len(w.Orders.List)) &&
		below(c.Items.Line, len(w.Lines.List)) &&
		below(c.Interactions.Contact, len(w.Contacts.List)) && below(c.Interactions.Subject, len(w.Subjects.List))
	for i := 1; i < len(c.Interactions.Names); i++ {
		name, value := c.Interactions.Names[i]&^more, c.Interactions.Values[i]
		ok = ok && int(name) < len(w.Properties) && valid(w.Properties[name].Type, w.Properties[name].Texts, w.Properties[name].Lists, value)
	}
	for i := range p.columns {
		part := &p.columns[i]
		if part.number >= uint64(len(b.columns)) {
			return fmt.Errorf("%w: column", ErrFormat)
		}
		col := b.columns[part.number]
		switch {
		case part.ints != nil:
			ok = ok && (col.Type == rule.IsMoney || col.Type == rule.IsDate || col.Type == rule.IsNumber)
			put(&col.ints, number, part.ints)
		case part.codes != nil:
			most := col.Texts.Len()
			if col.Type == rule.IsList {
				most = col.Lists.Len()
			}
			ok = ok && (col.Type == rule.IsText || col.Type == rule.IsList) && below(part.codes, int(most)+1)
			put(&col.codes, number, part.codes)
		case part.truths != nil:
			ok = ok && col.Type == rule.IsBool && below(part.truths, int(Yes)+1)
			put(&col.truths, number, part.truths)
		}
	}
	if !ok {
		return fmt.Errorf("%w: a code of nothing", ErrFormat)
	}
	return nil
}

// valid reports whether a packed value is one of a type.
func valid(kind rule.Type, d *Dictionary, s *Sets, value int64) bool {
	switch kind {
	case rule.IsText:
		return value > 0 && value <= int64(d.Len())
	case rule.IsList:
		return value > 0 && value <= int64(s.Len())
	case rule.IsNumber:
		f := Number(value)
		return !math.IsNaN(f) && !math.IsInf(f, 0) && value != Lacking
	}
	return true
}

func below[T uint32 | uint8](codes []T, n int) bool {
	greatest := T(0)
	for _, c := range codes {
		greatest = max(greatest, c)
	}
	return len(codes) == 0 || uint64(greatest) < uint64(n)
}

func put[T any](chunks *[][]T, number int, v []T) {
	for len(*chunks) <= number {
		*chunks = append(*chunks, nil)
	}
	(*chunks)[number] = v
}

func (u *unpacker) dictionary(d *Dictionary) {
	n := u.count(1)
	lens := unpackInts[uint32](u, n, 1)
	blob := u.bytes()
	ends, ok := u.ends(lens, len(blob))
	if !ok {
		return
	}
	d.blob, d.ends = blob, ends
	d.rehash()
	if d.classes != nil {
		d.classes = newDictionary(false)
		d.class = make([]uint32, 1, n+1)
		for code := range d.Len() {
			d.class = append(d.class, d.classes.Code(Fold(d.Text(code+1))))
		}
	}
}

func (u *unpacker) ends(lens []uint32, size int) ([]uint32, bool) {
	if u.err != nil {
		return nil, false
	}
	ends := make([]uint32, 1, len(lens)+1)
	total := uint64(0)
	for _, l := range lens {
		total += uint64(l)
		ends = append(ends, uint32(total))
	}
	if total != uint64(size) {
		u.fail("lengths")
		return nil, false
	}
	return ends, true
}

func (u *unpacker) sets(s *Sets, most uint32) {
	n := u.count(1)
	lens := unpackInts[uint32](u, n, 1)
	codes := unpackInts[uint32](u, u.count(1), 1)
	ends, ok := u.ends(lens, len(codes))
	if !ok {
		return
	}
	if !below(codes, int(most)+1) || slices.Contains(lens, 0) {
		u.fail("list")
		return
	}
	s.codes, s.ends = codes, ends
	s.rehash()
}

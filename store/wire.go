package store

import (
	"cmp"
	"slices"

	"golang.org/x/exp/constraints"
	"google.golang.org/protobuf/encoding/protowire"
)

// bytes writes a string field.
func (c *Coder) bytes(num Number, s string) {
	c.out = protowire.AppendTag(c.out, num, protowire.BytesType)
	c.out = protowire.AppendString(c.out, s)
}

// open begins a nested message and returns where its fields begin.
func (c *Coder) open(num Number) int {
	c.out = protowire.AppendTag(c.out, num, protowire.BytesType)
	c.out = append(c.out, 0) // room for a length below 128
	return len(c.out)
}

// close writes the length of the message whose fields begin at start.
func (c *Coder) close(start int) {
	n := len(c.out) - start
	if size := protowire.SizeVarint(uint64(n)); size > 1 {
		for range size - 1 {
			c.out = append(c.out, 0)
		}
		copy(c.out[start+size-1:], c.out[start:start+n])
	}
	protowire.AppendVarint(c.out[:start-1], uint64(n))
}

// next reports whether field num stands at pos, and passes what comes before.
func (c *Coder) next(num Number) bool {
	for c.num != 0 && c.num < num {
		c.skip()
	}
	return c.num == num
}

// peek reads the tag at pos, or ends the message.
func (c *Coder) peek() {
	if c.pos >= c.end && !c.turn() {
		c.num = 0
		return
	}
	c.start = c.pos
	if tag := c.src[c.pos]; 8 <= tag && tag < 0x80 { // the number is below 16
		c.num, c.typ = Number(tag>>3), protowire.Type(tag&7)
		c.pos++
		return
	}
	tag := c.uvarint()
	c.num, c.typ = protowire.DecodeTag(tag)
	if c.num < 1 {
		c.fail(errWire)
	}
}

// turn goes on to the next part of the message and reports whether there is one.
func (c *Coder) turn() bool {
	if len(c.more) == 0 {
		return false
	}
	c.pos, c.end, c.more = c.more[0].start, c.more[0].end, c.more[1:]
	return true
}

// skip sets the field at pos aside.
func (c *Coder) skip() {
	num, start := c.num, c.start
	switch c.typ {
	case protowire.VarintType:
		c.uvarint()
	case protowire.Fixed32Type:
		c.pos += 4
	case protowire.Fixed64Type:
		c.pos += 8
	case protowire.BytesType:
		n := c.length()
		c.pos += n
	default: // groups, which nobody writes any more
		c.fail(errWire)
	}
	if c.pos > c.end {
		c.fail(errWire)
	}
	if c.err != nil {
		return
	}
	c.aside = append(c.aside, part{num, start, c.pos})
	c.peek()
}

// skipRest sets aside what is left of the message.
func (c *Coder) skipRest() {
	for c.num != 0 {
		c.skip()
	}
}

// reread begins to read what was set aside, sorted by number.
func (c *Coder) reread() {
	slices.SortFunc(c.aside, func(p, q part) int {
		return cmp.Or(cmp.Compare(p.num, q.num), cmp.Compare(p.start, q.start))
	})
	c.pos, c.end, c.more, c.aside = 0, 0, c.aside, nil
	c.peek()
}

// take reads the string at pos.
func (c *Coder) take() string {
	n := c.length()
	if c.err != nil {
		return ""
	}
	s := c.src[c.pos : c.pos+n]
	c.pos += n
	c.peek()
	return s
}

// varint reads the number at pos.
func (c *Coder) varint() uint64 {
	if c.typ != protowire.VarintType {
		c.fail(errWire)
		return 0
	}
	n := c.uvarint()
	c.peek()
	return n
}

// length reads the length of the string or message at pos.
func (c *Coder) length() int {
	if c.typ != protowire.BytesType {
		c.fail(errWire)
		return 0
	}
	n := c.uvarint()
	if c.err == nil && n > uint64(c.end-c.pos) {
		c.fail(errWire)
	}
	if c.err != nil {
		return 0
	}
	return int(n)
}

// uvarint reads the bare number at pos.
func (c *Coder) uvarint() uint64 {
	if c.pos < c.end && c.src[c.pos] < 0x80 {
		c.pos++
		return uint64(c.src[c.pos-1])
	}
	var n uint64
	for shift := 0; shift < 64 && c.pos < c.end; shift += 7 {
		b := c.src[c.pos]
		c.pos++
		if shift == 63 && b > 1 {
			break
		}
		n |= uint64(b&0x7F) << shift
		if b < 0x80 {
			return n
		}
	}
	c.fail(errWire)
	return 0
}

// count returns how many fields of the current number follow one another.
func (c *Coder) count() int {
	look := *c
	n := 0
	for look.num == c.num && look.err == nil {
		size := look.length()
		look.pos += size
		look.peek()
		n++
	}
	return n
}

// fail ends the decoding: nothing stands at pos from now on.
func (c *Coder) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.num, c.pos, c.end, c.more, c.aside = 0, 0, 0, nil, nil
}

// toWire returns n as it stands in the file: signed integers in zigzag form.
func toWire[T constraints.Integer](n T) uint64 {
	if signed[T]() {
		return protowire.EncodeZigZag(int64(n))
	}
	return uint64(n)
}

func fromWire[T constraints.Integer](n uint64) T {
	if signed[T]() {
		return T(protowire.DecodeZigZag(n))
	}
	return T(n)
}

func signed[T constraints.Integer]() bool {
	var zero T
	return zero-1 < zero
}

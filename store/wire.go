package store

import (
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
	if c.num != num {
		return false
	}
	c.used++
	return true
}

// peek reads the tag at pos, or ends the message.
func (c *Coder) peek() {
	if c.num = 0; c.pos >= c.end || c.err != nil {
		return
	}
	tag := c.uvarint()
	num, typ := protowire.DecodeTag(tag)
	if c.err == nil && num < 1 {
		c.fail(errWire)
	}
	if c.err == nil {
		c.num, c.typ = num, typ
	}
}

// skip sets the field at pos aside.
func (c *Coder) skip() {
	num, typ, start := c.num, c.typ, c.pos
	switch typ {
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
	c.skipped = protowire.AppendTag(c.skipped, num, typ)
	c.skipped = append(c.skipped, c.src[start:c.pos]...)
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

func (c *Coder) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.num = 0
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

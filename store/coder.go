package store

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"golang.org/x/exp/constraints"
	"google.golang.org/protobuf/encoding/protowire"
)

// A Number is the number of a field in its record. Numbers are never reused:
// what a number meant once it means in every file that was ever written.
type Number = protowire.Number

// A Coder writes or reads one record in the protobuf wire format. A type's
// fields are named once, in one function that serves both directions:
//
//	func pointFields(c *store.Coder, p *Point) {
//		store.String(c, 1, &p.Name)
//		store.Int(c, 2, &p.X)
//	}
//
// Such a function names fields in ascending order of their numbers and calls
// nothing else. Zero values are not written. In reading, fields may stand in
// any order, and those that the function does not name are skipped; [Table]
// carries those of a record's top level over when it writes the record again.
// Structs nest at most 10,000 deep.
type Coder struct {
	decoding bool
	out      []byte // encoding

	src      string // decoding: all of it, strings are cut from it without copying
	pos, end int    // what is left of the current part
	more     []part // of the current message, after this part
	start    int    // of the field that stands at pos: its tag
	num      Number // 0 at the end of the message
	typ      protowire.Type
	aside    []part // fields of the current message that nobody asked for
	depth    int    // how many messages the current one stands in
	err      error
}

// A part of a message is one field or, in the first reading, all of them.
type part struct {
	num        Number
	start, end int
}

// maxDepth is how deep messages may nest: deeper ones are an attack on the stack.
const maxDepth = 10_000

var coders = sync.Pool{New: func() any { return new(Coder) }}

var errWire = fmt.Errorf("record: %w", ErrCorrupt)

// Encode appends the wire form of v to dst.
func Encode[T any](dst []byte, v *T, fields func(*Coder, *T)) []byte {
	c := coders.Get().(*Coder)
	c.out = dst
	fields(c, v)
	dst = c.out
	*c = Coder{}
	coders.Put(c)
	return dst
}

// Decode reads what [Encode] wrote into v, which should be zero. Its error
// wraps [ErrCorrupt]. Cost is linear in the length of data; strings share one
// copy of it.
func Decode[T any](data []byte, v *T, fields func(*Coder, *T)) error {
	_, err := decode(data, v, fields)
	return err
}

// decode also returns the fields that this release does not know.
func decode[T any](data []byte, v *T, fields func(*Coder, *T)) (unknown []byte, err error) {
	c := coders.Get().(*Coder)
	*c = Coder{decoding: true, src: string(data), end: len(data)}
	message(c, v, fields)
	if err = c.err; err == nil {
		for _, p := range c.aside {
			unknown = append(unknown, data[p.start:p.end]...)
		}
	}
	*c = Coder{}
	coders.Put(c)
	return unknown, err
}

// message reads the fields of the current message, to its end.
func message[T any](c *Coder, v *T, fields func(*Coder, *T)) {
	c.peek()
	fields(c, v)
	c.skipRest()
	if len(c.aside) > 0 {
		// Other writers may order fields as they like: what was set aside is
		// offered again, in order. What is then left is unknown.
		c.reread()
		fields(c, v)
		c.skipRest()
	}
}

// Decoding reports whether the Coder reads.
func (c *Coder) Decoding() bool { return c.decoding }

// String codes a string; "" is not written.
func String[T ~string](c *Coder, num Number, v *T) {
	if !c.decoding {
		if *v != "" {
			c.bytes(num, string(*v))
		}
		return
	}
	for c.next(num) {
		*v = T(c.take())
	}
}

// Strings codes a list of strings.
func Strings[T ~string](c *Coder, num Number, v *[]T) {
	if !c.decoding {
		for _, s := range *v {
			c.bytes(num, string(s))
		}
		return
	}
	for c.next(num) {
		*v = append(*v, T(c.take()))
	}
}

// Bytes codes a byte slice; an empty one is not written.
func Bytes(c *Coder, num Number, v *[]byte) {
	if !c.decoding {
		if len(*v) > 0 {
			c.out = protowire.AppendTag(c.out, num, protowire.BytesType)
			c.out = protowire.AppendBytes(c.out, *v)
		}
		return
	}
	for c.next(num) {
		*v = []byte(c.take())
	}
}

// Int codes an integer: signed ones as sint64, unsigned ones as uint64. 0 is
// not written. A number that T cannot hold is corrupt.
func Int[T constraints.Integer](c *Coder, num Number, v *T) {
	set := *v != 0
	Optional(c, num, v, &set)
}

// Optional codes an integer together with whether there is one, so that a 0
// that was set is told from none.
func Optional[T constraints.Integer](c *Coder, num Number, v *T, set *bool) {
	if !c.decoding {
		if *set {
			c.out = protowire.AppendTag(c.out, num, protowire.VarintType)
			c.out = protowire.AppendVarint(c.out, toWire(*v))
		}
		return
	}
	for c.next(num) {
		n := c.varint()
		*v, *set = fromWire[T](n), true
		if toWire(*v) != n {
			c.fail(errWire)
		}
	}
}

// Bool codes a boolean; false is not written.
func Bool(c *Coder, num Number, v *bool) {
	if !c.decoding {
		if *v {
			c.out = protowire.AppendTag(c.out, num, protowire.VarintType)
			c.out = append(c.out, 1)
		}
		return
	}
	for c.next(num) {
		*v = c.varint() != 0
	}
}

// Float codes a float64; 0 is not written.
func Float(c *Coder, num Number, v *float64) {
	if !c.decoding {
		if bits := math.Float64bits(*v); bits != 0 { // -0 has one
			c.out = protowire.AppendTag(c.out, num, protowire.Fixed64Type)
			c.out = protowire.AppendFixed64(c.out, bits)
		}
		return
	}
	for c.next(num) {
		if c.typ != protowire.Fixed64Type || c.end-c.pos < 8 {
			c.fail(errWire)
			return
		}
		var n uint64
		for i := range 8 {
			n |= uint64(c.src[c.pos+i]) << (8 * i)
		}
		*v = math.Float64frombits(n)
		c.pos += 8
		c.peek()
	}
}

// Time codes a time as its milliseconds since 1970; the zero time is not
// written. It is read back in UTC.
func Time(c *Coder, num Number, v *time.Time) {
	var ms int64
	if !c.decoding {
		set := !v.IsZero()
		ms = v.UnixMilli()
		Optional(c, num, &ms, &set)
		return
	}
	read := false
	if Optional(c, num, &ms, &read); read {
		*v = time.UnixMilli(ms).UTC()
	}
}

// Message codes a struct; one without fields to write is not written.
func Message[T any](c *Coder, num Number, v *T, fields func(*Coder, *T)) {
	if !c.decoding {
		before := len(c.out)
		start := c.open(num)
		fields(c, v)
		if len(c.out) == start {
			c.out = c.out[:before]
			return
		}
		c.close(start)
		return
	}
	for c.next(num) {
		submessage(c, v, fields)
	}
}

// List codes a list of structs.
func List[T any](c *Coder, num Number, v *[]T, fields func(*Coder, *T)) {
	if !c.decoding {
		for i := range *v {
			start := c.open(num)
			fields(c, &(*v)[i])
			c.close(start)
		}
		return
	}
	if c.num == num && *v == nil {
		*v = make([]T, 0, c.count())
	}
	for c.next(num) {
		*v = append(*v, *new(T))
		submessage(c, &(*v)[len(*v)-1], fields)
	}
}

// Map codes a map as a list of structs, in the order of the keys: field 1 is the
// key, field 2 the value, left out when nothing of it is to be written. In
// reading, the last of equal keys counts.
func Map[V any](c *Coder, num Number, m *map[string]V, fields func(*Coder, *V)) {
	type entry struct {
		key   string
		value V
	}
	both := func(c *Coder, e *entry) {
		String(c, 1, &e.key)
		Message(c, 2, &e.value, fields)
	}
	if !c.decoding {
		if len(*m) == 0 {
			return // as most are
		}
		for _, key := range slices.Sorted(maps.Keys(*m)) {
			start := c.open(num)
			both(c, &entry{key, (*m)[key]})
			c.close(start)
		}
		return
	}
	if c.num == num && *m == nil {
		*m = make(map[string]V, c.count())
	}
	var e entry
	for c.next(num) {
		e = entry{}
		submessage(c, &e, both)
		(*m)[e.key] = e.value
	}
}

// submessage reads the struct that stands at pos.
func submessage[T any](c *Coder, v *T, fields func(*Coder, *T)) {
	n := c.length()
	if c.depth == maxDepth {
		c.fail(errWire)
	}
	if c.err != nil {
		return
	}
	next, end, more, aside := c.pos+n, c.end, c.more, c.aside
	c.end, c.more, c.aside = next, nil, nil
	c.depth++
	message(c, v, fields)
	c.depth--
	if c.err != nil {
		return
	}
	c.pos, c.end, c.more, c.aside = next, end, more, aside
	c.peek()
}

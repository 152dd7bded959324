package ledger

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Decode returns the ledger that [Ledger.AppendBinary] appended to nothing. It
// returns ErrCorrupt for all other bytes, and keeps none of them.
func Decode(data []byte) (*Ledger, error) { return Read(bytes.NewReader(data)) }

// Read reads a ledger to the end of r, as Decode does, or returns r's error.
func Read(from io.Reader) (*Ledger, error) {
	r := &reader{from: bufio.NewReaderSize(from, atOnce)}
	l := New()
	if v := r.byte(); v != version {
		return nil, r.result(fmt.Errorf("%w: version %d", ErrCorrupt, v))
	}
	last := ""
	for range r.count() {
		s := r.text()
		if s <= last {
			r.fail()
		}
		if r.err != nil {
			break
		}
		l.products.number(s)
		last = s
	}
	for range r.count() {
		name := r.name()
		_, there := l.customers.find(name)
		if r.err != nil || name == "" || there {
			r.fail()
			break
		}
		if r.baskets(l, l.customer(name)) == 0 || r.err != nil {
			r.fail()
			break
		}
	}
	r.baskets(l, -1)
	if r.err == nil {
		if _, err := r.from.ReadByte(); err != io.EOF {
			r.fail()
		}
	}
	if r.err != nil {
		return nil, r.result(ErrCorrupt)
	}
	return l, nil
}

// baskets reads those of a customer, and returns how many there are.
func (r *reader) baskets(l *Ledger, customer int32) int {
	count := r.count()
	last := int64(0)
	var lines []line
	for range count {
		id := r.name()
		b := basket{time: last + r.signed(math.MinInt64, math.MaxInt64), customer: customer}
		b.day = int32(r.signed(math.MinInt64, math.MaxInt64) + b.time/86400)
		b.packed = uint32(r.below(1 << 32))
		last = b.time
		if _, there := l.ids.find(id); r.err != nil || id == "" || there || b.kind() >= kinds || b.size() == 0 {
			r.fail()
			return 0
		}
		lines = lines[:0]
		product := uint64(0) // plus one
		for range b.size() {
			product += max(1, r.below(uint64(len(l.products.names))+1))
			quantity := int32(r.signed(math.MinInt32, math.MaxInt32))
			if r.err != nil || product > uint64(len(l.products.names)) || quantity == 0 {
				r.fail()
				return 0
			}
			lines = append(lines, line{int32(product - 1), quantity})
		}
		b.start = l.lines.put(lines)
		l.add(id, b)
	}
	return count
}

// A reader takes values off a stream. After a failure it returns zeros.
type reader struct {
	from *bufio.Reader
	err  error
}

func (r *reader) fail() {
	if r.err == nil {
		r.err = ErrCorrupt
	}
}

// result returns the error of the stream, or another one.
func (r *reader) result(other error) error {
	if r.err != nil && !errors.Is(r.err, io.EOF) && !errors.Is(r.err, io.ErrUnexpectedEOF) && !errors.Is(r.err, ErrCorrupt) {
		return r.err
	}
	return other
}

func (r *reader) byte() byte {
	if r.err != nil {
		return 0
	}
	b, err := r.from.ReadByte()
	r.err = err
	return b
}

// ReadByte is for numbers.
func (r *reader) ReadByte() (byte, error) {
	b := r.byte()
	return b, r.err
}

func (r *reader) unsigned() uint64 {
	v, err := binary.ReadUvarint(r)
	if err != nil {
		r.fail()
		return 0
	}
	return v
}

func (r *reader) signed(low, high int64) int64 {
	v, err := binary.ReadVarint(r)
	if err != nil || v < low || v > high {
		r.fail()
		return 0
	}
	return v
}

// below reads a number less than limit.
func (r *reader) below(limit uint64) uint64 {
	v := r.unsigned()
	if v >= limit {
		r.fail()
		return 0
	}
	return v
}

// count reads a number of things, of which each is to be read before there is
// room for the next.
func (r *reader) count() int { return int(r.below(math.MaxInt32)) }

// mostText is how long a text is at most.
const mostText = 1 << 16

func (r *reader) text() string {
	b := make([]byte, r.below(mostText))
	r.fill(b)
	return string(b)
}

func (r *reader) fill(b []byte) {
	if r.err == nil {
		_, r.err = io.ReadFull(r.from, b)
	}
	if r.err != nil {
		clear(b)
	}
}

// name reads a name as it was appended. Another way to write the same is none.
func (r *reader) name() string {
	f := form(r.byte())
	if f == long {
		s := r.text()
		if _, short := pack(s); short {
			r.fail()
		}
		return s
	}
	var b [16]byte
	r.fill(b[:])
	if f == gone || int(f) >= len(prefixes) || r.err != nil {
		r.fail()
		return ""
	}
	n := name{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:]), f}
	if f == short && n.low&0xff > 15 {
		r.fail()
		return ""
	}
	s := string(n.appendTo(nil))
	if again, ok := pack(s); !ok || again != n {
		r.fail()
	}
	return s
}

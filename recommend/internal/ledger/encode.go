package ledger

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// version is the first byte of an encoded ledger.
const version = 1

// ErrCorrupt is returned for bytes that are no ledger.
var ErrCorrupt = errors.New("ledger: corrupt")

// AppendBinary appends the ledger to dst, so that [Decode] makes an equal one.
// Ledgers that hold the same give the same bytes, in whatever order they were
// told.
func (l *Ledger) AppendBinary(dst []byte) []byte {
	productUsed, customerUsed := make([]bool, len(l.products.names)), make([]bool, len(l.customers.names))
	for i := range l.baskets {
		b := &l.baskets[i]
		if b.customer >= 0 {
			customerUsed[b.customer] = true
		}
		for _, n := range l.of(b) {
			productUsed[n.product] = true
		}
	}
	dst = append(dst, version)
	dst, products := l.products.appendNames(dst, productUsed)
	dst, customers := l.customers.appendNames(dst, customerUsed)
	order := make([]int32, len(l.baskets))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int { return cmp.Compare(l.baskets[i].id, l.baskets[j].id) })
	dst = binary.AppendUvarint(dst, uint64(len(order)))
	var lines []line
	for _, at := range order {
		b := &l.baskets[at]
		customer := uint64(0)
		if b.customer >= 0 {
			customer = uint64(customers[b.customer]) + 1
		}
		dst = appendText(dst, b.id)
		dst = binary.AppendUvarint(dst, customer)
		dst = append(dst, byte(b.kind))
		dst = binary.AppendVarint(dst, b.time)
		dst = binary.AppendVarint(dst, int64(b.day))
		dst = binary.AppendUvarint(dst, uint64(b.size))
		lines = append(lines[:0], l.of(b)...)
		for i := range lines {
			lines[i].product = products[lines[i].product]
		}
		slices.SortFunc(lines, func(a, b line) int { return int(a.product) - int(b.product) })
		last := int32(-1)
		for _, n := range lines {
			dst = binary.AppendUvarint(dst, uint64(n.product-last))
			dst = binary.AppendVarint(dst, int64(n.quantity))
			last = n.product
		}
	}
	return dst
}

// appendNames appends the names that are used, ascending, and returns their
// places by number.
func (d *dictionary) appendNames(dst []byte, used []bool) ([]byte, []int32) {
	places := make([]int32, len(d.names))
	var order []int32
	for i, u := range used {
		if u {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(i, j int32) int { return cmp.Compare(d.names[i], d.names[j]) })
	dst = binary.AppendUvarint(dst, uint64(len(order)))
	for place, i := range order {
		dst = appendText(dst, d.names[i])
		places[i] = int32(place)
	}
	return dst, places
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// Decode returns the ledger that [Ledger.AppendBinary] appended to nothing. It
// returns ErrCorrupt for all other bytes, and keeps none of them.
func Decode(data []byte) (*Ledger, error) {
	r := &reader{data: data}
	if v := r.byte(); v != version {
		return nil, fmt.Errorf("%w: version %d", ErrCorrupt, v)
	}
	l := New()
	l.products = r.names()
	l.customers = r.names()
	last := ""
	for range r.count() {
		b := basket{id: r.text(), customer: int32(r.below(uint64(len(l.customers.names))+1)) - 1}
		b.kind = Kind(r.byte())
		b.time = r.signed(math.MinInt64, math.MaxInt64)
		b.day = int32(r.signed(math.MinInt32, math.MaxInt32))
		size := r.count()
		b.start, b.size = len(l.lines), int32(size)
		product := uint64(0) // plus one
		for range size {
			product += max(1, r.below(uint64(len(l.products.names))+1))
			if product > uint64(len(l.products.names)) {
				r.fail()
				break
			}
			quantity := int32(r.signed(math.MinInt32, math.MaxInt32))
			if quantity == 0 {
				r.fail()
			}
			l.lines = append(l.lines, line{int32(product - 1), quantity})
		}
		if r.failed || b.kind >= kinds || b.id <= last || size == 0 {
			r.fail()
			break
		}
		last = b.id
		l.add(b)
	}
	if r.failed || len(r.data) > 0 {
		return nil, ErrCorrupt
	}
	return l, nil
}

// A reader takes values off the head of its data. After a failure it returns
// zeros.
type reader struct {
	data   []byte
	failed bool
}

func (r *reader) fail() { r.failed, r.data = true, nil }

func (r *reader) byte() byte {
	if len(r.data) == 0 {
		r.fail()
		return 0
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}

func (r *reader) unsigned() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *reader) signed(low, high int64) int64 {
	v, n := binary.Varint(r.data)
	if n <= 0 || v < low || v > high {
		r.fail()
		return 0
	}
	r.data = r.data[n:]
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

// count reads a number of things of at least a byte each, so that few bytes
// cannot ask for much memory.
func (r *reader) count() int { return int(r.below(uint64(min(len(r.data), math.MaxInt32)) + 1)) }

func (r *reader) text() string {
	n := r.count()
	if n > len(r.data) {
		r.fail()
		return ""
	}
	s := string(r.data[:n])
	r.data = r.data[n:]
	return s
}

// names reads names that ascend.
func (r *reader) names() dictionary {
	d := dictionary{numbers: map[string]int32{}}
	last := ""
	for range r.count() {
		s := r.text()
		if s <= last {
			r.fail()
			break
		}
		d.number(s)
		last = s
	}
	return d
}

// Encode writes what [Ledger.AppendBinary] appends.
func (l *Ledger) Encode(w io.Writer) error {
	_, err := w.Write(l.AppendBinary(nil))
	return err
}

// Read reads a ledger to the end of r, as [Decode] does.
func Read(r io.Reader) (*Ledger, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return Decode(data)
}

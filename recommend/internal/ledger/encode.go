package ledger

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

// version is the first byte of an encoded ledger.
const version = 2

// AppendBinary appends the ledger to dst, so that [Decode] makes an equal one.
// Ledgers that hold the same give the same bytes, in whatever order they were
// told.
func (l *Ledger) AppendBinary(dst []byte) []byte {
	w := bytes.NewBuffer(dst)
	_ = l.Encode(w) // a Buffer takes everything
	return w.Bytes()
}

// atOnce is how many bytes are written at once.
const atOnce = 1 << 16

// An encoder writes what was appended now and then.
type encoder struct {
	w   io.Writer
	out []byte
	err error
}

func (e *encoder) flush(least int) {
	if len(e.out) >= least && e.err == nil {
		_, e.err = e.w.Write(e.out)
		e.out = e.out[:0]
	}
}

// Encode writes what [Ledger.AppendBinary] appends. It returns w's error.
func (l *Ledger) Encode(w io.Writer) error {
	e := &encoder{w: w, out: []byte{version}}
	used := make([]bool, len(l.products.names))
	for i := range int32(l.baskets.size) {
		for _, n := range l.of(l.baskets.at(i)) {
			used[n.product] = true
		}
	}
	products := e.products(&l.products, used)
	o := l.inOrder(func(*basket) bool { return true })
	e.out = binary.AppendUvarint(e.out, uint64(len(o.customers)))
	var lines []line
	for i := range o.starts {
		if i < len(o.customers) {
			e.name(&l.customers, o.customers[i])
		}
		places := o.of(i)
		e.out = binary.AppendUvarint(e.out, uint64(len(places)))
		last := int64(0)
		for _, at := range places {
			b := l.baskets.at(at)
			e.name(&l.ids, at)
			e.out = binary.AppendVarint(e.out, b.time-last)
			e.out = binary.AppendVarint(e.out, int64(b.day)-b.time/86400)
			e.out = binary.AppendUvarint(e.out, uint64(b.packed))
			last = b.time
			lines = append(lines[:0], l.of(b)...)
			for i := range lines {
				lines[i].product = products[lines[i].product]
			}
			slices.SortFunc(lines, func(a, b line) int { return int(a.product) - int(b.product) })
			product := int32(-1)
			for _, n := range lines {
				e.out = binary.AppendUvarint(e.out, uint64(n.product-product))
				e.out = binary.AppendVarint(e.out, int64(n.quantity))
				product = n.product
			}
			e.flush(atOnce)
		}
		e.flush(atOnce)
	}
	e.flush(0)
	return e.err
}

// products appends the names of the products that are used, ascending, and
// returns their places by number.
func (e *encoder) products(d *dictionary, used []bool) []int32 {
	places := make([]int32, len(d.names))
	var order []int32
	for i, u := range used {
		if u {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(i, j int32) int { return cmp.Compare(d.names[i], d.names[j]) })
	e.out = binary.AppendUvarint(e.out, uint64(len(order)))
	for place, i := range order {
		e.out = appendText(e.out, d.names[i])
		places[i] = int32(place)
	}
	return places
}

// name appends the form of a name, and its 16 bytes or its text.
func (e *encoder) name(t *names, number int32) {
	n := t.at(number)
	e.out = append(e.out, byte(n.form))
	if n.form == long {
		e.out = appendText(e.out, *t.texts.at(int32(n.low)))
		return
	}
	e.out = binary.BigEndian.AppendUint64(e.out, n.high)
	e.out = binary.BigEndian.AppendUint64(e.out, n.low)
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// ErrCorrupt is returned for bytes that are no ledger.
var ErrCorrupt = errors.New("ledger: corrupt")

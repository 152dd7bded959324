package ledger

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"strings"
)

// The ids of a book are a short prefix and 26 characters that stand for 16
// bytes. As there are millions of them, they are kept so, as are short texts;
// all others are kept as they are.

// A name is an id in 17 bytes.
type name struct {
	high, low uint64
	form      form
}

// A form says what the 16 bytes of a name are.
type form uint8

const (
	gone  form = iota // nothing
	long              // low is the place of the text among the long ones, high its hash
	short             // up to 15 bytes, and how many
	ids               // the first of those with a prefix
)

// prefixes are those of ids, by form.
var prefixes = [...]string{ids: "cus_", "int_", "ord_", "prd_", "rfd_", "vis_"}

const (
	alphabet  = "0123456789abcdefghjkmnpqrstvwxyz" // in the order of the bytes
	prefixLen = 4
	idLen     = prefixLen + 26
)

// digits are the values of the characters of the alphabet; 255 for all others.
var digits = func() (d [256]uint8) {
	for i := range d {
		d[i] = 255
	}
	for i := range len(alphabet) {
		d[alphabet[i]] = uint8(i)
	}
	return d
}()

// pack returns a text in 17 bytes; false when it does not fit.
func pack(s string) (name, bool) {
	if len(s) == idLen {
		for f := ids; int(f) < len(prefixes); f++ {
			if !strings.HasPrefix(s, prefixes[f]) {
				continue
			}
			n := name{form: f}
			bad := digits[s[prefixLen]] & 0xf8 // 128 bits have 3 in the first
			for _, c := range []byte(s[prefixLen:]) {
				d := digits[c]
				bad |= d & 0xe0
				n.high, n.low = n.high<<5|n.low>>59, n.low<<5|uint64(d)
			}
			return n, bad == 0
		}
	}
	if len(s) > 15 {
		return name{}, false
	}
	var b [16]byte
	copy(b[:], s)
	b[15] = byte(len(s))
	return name{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:]), short}, true
}

// appendTo appends the text that was packed.
func (n name) appendTo(dst []byte) []byte {
	if n.form == short {
		dst = binary.BigEndian.AppendUint64(dst, n.high)
		dst = binary.BigEndian.AppendUint64(dst, n.low)
		return dst[:len(dst)-16+int(n.low&15)]
	}
	dst = append(dst, prefixes[n.form]...)
	at := len(dst)
	dst = append(dst, make([]byte, idLen-prefixLen)...)
	high, low := n.high, n.low
	for i := len(dst) - 1; i >= at; i-- {
		dst[i] = alphabet[low&31]
		low, high = low>>5|high<<59, high>>5
	}
	return dst
}

func (n name) hash() uint64 {
	a, b := bits.Mul64(n.high^0x9e3779b97f4a7c15, n.low^0xd1b54a32d192ed03^uint64(n.form))
	return a ^ b
}

// Names number texts. Numbers are given by the caller; they are places in
// columns beside it.
type names struct {
	keys  [][2]uint64
	forms []form
	slots []int32 // number plus one, by hash, the next one when that is taken
	used  int
	texts []string // long ones
	free  []int32  // places among them
}

var seed = maphash.MakeSeed()

// key returns a text as a name; that of a long one lacks its place.
func key(s string) name {
	if n, ok := pack(s); ok {
		return n
	}
	return name{high: maphash.String(seed, s), form: long}
}

// find returns the number of a text.
func (t *names) find(s string) (int32, bool) {
	at, ok := t.slot(key(s), s)
	if !ok {
		return 0, false
	}
	return t.slots[at] - 1, true
}

// slot returns where the number of a text stands, or would.
func (t *names) slot(n name, s string) (int, bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	mask := len(t.slots) - 1
	for at := int(t.home(n)); ; at = (at + 1) & mask {
		number := t.slots[at] - 1
		if number < 0 {
			return at, false
		}
		k := &t.keys[number]
		if k[0] == n.high && t.forms[number] == n.form && (k[1] == n.low || n.form == long) &&
			(n.form != long || t.texts[k[1]] == s) {
			return at, true
		}
	}
}

func (t *names) home(n name) uint64 {
	if n.form == long {
		n.low = 0
	}
	return n.hash() & uint64(len(t.slots)-1)
}

// add gives the next number to a text that has none.
func (t *names) add(s string) int32 {
	if 4*(t.used+1) > 3*len(t.slots) {
		t.grow()
	}
	n := key(s)
	at, _ := t.slot(n, s)
	number := int32(len(t.keys))
	if n.form == long {
		if last := len(t.free) - 1; last >= 0 {
			n.low = uint64(t.free[last])
			t.texts[n.low] = strings.Clone(s)
			t.free = t.free[:last]
		} else {
			n.low = uint64(len(t.texts))
			t.texts = append(t.texts, strings.Clone(s))
		}
	}
	t.keys = append(t.keys, [2]uint64{n.high, n.low})
	t.forms = append(t.forms, n.form)
	t.slots[at] = number + 1
	t.used++
	return number
}

func (t *names) grow() {
	t.slots = make([]int32, max(16, 2*len(t.slots)))
	mask := uint64(len(t.slots) - 1)
	for number := range t.keys {
		n := t.at(int32(number))
		if n.form == gone {
			continue
		}
		at := t.home(n)
		for t.slots[at] != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = int32(number) + 1
	}
}

func (t *names) at(number int32) name {
	return name{t.keys[number][0], t.keys[number][1], t.forms[number]}
}

// where returns the slot of a number.
func (t *names) where(number int32) int {
	mask := len(t.slots) - 1
	at := int(t.home(t.at(number)))
	for t.slots[at] != number+1 {
		at = (at + 1) & mask
	}
	return at
}

// drop forgets the text of a number, which is not given again.
func (t *names) drop(number int32) {
	n := t.at(number)
	if n.form == gone {
		return
	}
	hole, mask := t.where(number), len(t.slots)-1
	for at := hole; ; { // what stands behind its place moves up
		at = (at + 1) & mask
		next := t.slots[at]
		if next == 0 {
			break
		}
		home := int(t.home(t.at(next - 1)))
		if (at-home)&mask >= (at-hole)&mask {
			t.slots[hole], hole = next, at
		}
	}
	t.slots[hole] = 0
	if n.form == long {
		t.texts[n.low] = ""
		t.free = append(t.free, int32(n.low))
	}
	t.keys[number], t.forms[number] = [2]uint64{}, gone
	t.used--
}

// pull gives the last number's text the number of one that was dropped, and
// takes the last one back.
func (t *names) pull(number int32) {
	last := int32(len(t.keys) - 1)
	if number != last {
		at := t.where(last)
		t.slots[at] = number + 1
		t.keys[number], t.forms[number] = t.keys[last], t.forms[last]
	}
	t.keys, t.forms = t.keys[:last], t.forms[:last]
}

// text returns the text of a number, "" for one that was dropped.
func (t *names) text(number int32) string { return string(t.appendText(nil, number)) }

func (t *names) appendText(dst []byte, number int32) []byte {
	switch n := t.at(number); n.form {
	case gone:
		return dst
	case long:
		return append(dst, t.texts[n.low]...)
	default:
		return n.appendTo(dst)
	}
}

// compare compares the texts of two numbers.
func (t *names) compare(a, b int32) int {
	if f := t.forms[a]; f == t.forms[b] && f >= short {
		x, y := &t.keys[a], &t.keys[b]
		switch {
		case x[0] != y[0] && x[0] < y[0], x[0] == y[0] && x[1] < y[1]:
			return -1
		case *x == *y:
			return 0
		}
		return 1
	}
	var one, two [idLen]byte
	return bytes.Compare(t.appendText(one[:0], a), t.appendText(two[:0], b))
}

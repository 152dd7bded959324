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

// hash does not tell where a long text is kept.
func (n name) hash() uint64 {
	if n.form == long {
		n.low = 0
	}
	a, b := bits.Mul64(n.high^0x9e3779b97f4a7c15, n.low^0xd1b54a32d192ed03^uint64(n.form))
	return a ^ b
}

// Names number texts. Numbers are given by the caller; they are places in
// columns beside it.
type names struct {
	keys  column[[2]uint64]
	forms column[form]
	index index
	texts column[string] // long ones
	free  []int32        // places among them
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
	n := key(s)
	hash := n.hash()
	part := t.index.of(hash)
	if part == nil {
		return 0, false
	}
	for at := part.home(hash); part.slots[at] != 0; at = part.next(at) {
		number := part.slots[at] - 1
		k := t.keys.at(number)
		if k[0] == n.high && *t.forms.at(number) == n.form && (k[1] == n.low || n.form == long) &&
			(n.form != long || *t.texts.at(int32(k[1])) == s) {
			return number, true
		}
	}
	return 0, false
}

// add gives the next number to a text that has none.
func (t *names) add(s string) int32 {
	n := key(s)
	hash := n.hash()
	number := int32(t.keys.size)
	part := t.index.room(hash, t.hash)
	at := part.home(hash)
	for part.slots[at] != 0 {
		at = part.next(at)
	}
	part.slots[at] = number + 1
	part.used++
	if n.form == long {
		if last := len(t.free) - 1; last >= 0 {
			n.low = uint64(t.free[last])
			*t.texts.edit(t.free[last]) = strings.Clone(s)
			t.free = t.free[:last]
		} else {
			n.low = uint64(t.texts.size)
			t.texts.push(strings.Clone(s))
		}
	}
	t.keys.push([2]uint64{n.high, n.low})
	t.forms.push(n.form)
	return number
}

func (t *names) at(number int32) name {
	k := t.keys.at(number)
	return name{k[0], k[1], *t.forms.at(number)}
}

// hash returns that of the text of a number.
func (t *names) hash(number int32) uint64 { return t.at(number).hash() }

// where returns the segment and the slot of a number.
func (t *names) where(number int32) (*segment, int) {
	hash := t.hash(number)
	part := t.index.of(hash)
	at := part.home(hash)
	for part.slots[at] != number+1 {
		at = part.next(at)
	}
	return part, at
}

// drop forgets the text of a number, which is not given again.
func (t *names) drop(number int32) {
	n := t.at(number)
	if n.form == gone {
		return
	}
	part, at := t.where(number)
	part.empty(at, t.hash)
	if n.form == long {
		*t.texts.edit(int32(n.low)) = ""
		t.free = append(t.free, int32(n.low))
	}
	*t.keys.edit(number), *t.forms.edit(number) = [2]uint64{}, gone
}

// pull gives the last number's text the number of one that was dropped, and
// takes the last one back.
func (t *names) pull(number int32) {
	if last := int32(t.keys.size - 1); number != last {
		part, at := t.where(last)
		part.slots[at] = number + 1
		*t.keys.edit(number), *t.forms.edit(number) = *t.keys.at(last), *t.forms.at(last)
	}
	t.keys.pop()
	t.forms.pop()
}

// still returns the texts by number alone.
func (t *names) still() names {
	return names{keys: t.keys.still(), forms: t.forms.still(), texts: t.texts.still()}
}

// text returns the text of a number, "" for one that was dropped.
func (t *names) text(number int32) string { return string(t.appendText(nil, number)) }

func (t *names) appendText(dst []byte, number int32) []byte {
	switch n := t.at(number); n.form {
	case gone:
		return dst
	case long:
		return append(dst, *t.texts.at(int32(n.low))...)
	default:
		return n.appendTo(dst)
	}
}

// compare compares the texts of two numbers.
func (t *names) compare(a, b int32) int {
	if f := *t.forms.at(a); f == *t.forms.at(b) && f >= short {
		x, y := t.keys.at(a), t.keys.at(b)
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

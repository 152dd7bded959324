package column

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// ErrFormat reports bytes that are not what Encode writes.
var ErrFormat = errors.New("columns: not in the format of this release")

// packer writes numbers into bytes.
type packer struct{ b []byte }

func (p *packer) uint(v uint64) { p.b = binary.AppendUvarint(p.b, v) }
func (p *packer) int(v int64)   { p.b = binary.AppendVarint(p.b, v) }

func (p *packer) bytes(v []byte) {
	p.uint(uint64(len(v)))
	p.b = append(p.b, v...)
}

// An integer is what a Vec may hold.
type integer interface{ ~int64 | ~uint32 | ~uint8 }

// packInts writes numbers as their least and, in as few bytes each as the
// greatest needs, what they are more than it, plus one; 0 is Lacking. How many
// they are is not written. At least least bytes are used.
func packInts[T integer](p *packer, values []T, least int) {
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for _, v := range values {
		if v := int64(v); v != Lacking {
			low, high = min(low, v), max(high, v)
		}
	}
	width := least
	if low > high {
		low = 0
	} else if span := uint64(high) - uint64(low); span == math.MaxUint64 {
		width = 9 // all that there are
	} else {
		width = max(width, (bits.Len64(span+1)+7)/8)
	}
	p.b = append(p.b, byte(width))
	if width == 9 {
		for _, v := range values {
			p.b = binary.LittleEndian.AppendUint64(p.b, uint64(v))
		}
		return
	}
	p.int(low)
	for _, v := range values {
		var u uint64
		if int64(v) != Lacking {
			u = uint64(int64(v)) - uint64(low) + 1
		}
		n := len(p.b)
		p.b = binary.LittleEndian.AppendUint64(p.b, u)[:n+width]
	}
}

// unpacker reads what packer writes. After an error it reads zeros.
type unpacker struct {
	b   []byte
	err error
}

func (u *unpacker) fail(what string) {
	if u.err == nil {
		u.err = fmt.Errorf("%w: %s", ErrFormat, what)
	}
	u.b = nil
}

func (u *unpacker) uint() uint64 {
	v, n := binary.Uvarint(u.b)
	if n <= 0 {
		u.fail("cut number")
		return 0
	}
	u.b = u.b[n:]
	return v
}

func (u *unpacker) int() int64 {
	v, n := binary.Varint(u.b)
	if n <= 0 {
		u.fail("cut number")
		return 0
	}
	u.b = u.b[n:]
	return v
}

// count reads how many things follow, of which each takes some bytes at least.
func (u *unpacker) count(size int) int {
	v := u.uint()
	if v > uint64(len(u.b)/size) {
		u.fail("more than there is")
		return 0
	}
	return int(v)
}

func (u *unpacker) take(n int) []byte {
	if n < 0 || n > len(u.b) {
		u.fail("cut bytes")
		return nil
	}
	b := u.b[:n:n]
	u.b = u.b[n:]
	return b
}

func (u *unpacker) bytes() []byte { return u.take(u.count(1)) }

func (u *unpacker) byte() byte {
	if b := u.take(1); b != nil {
		return b[0]
	}
	return 0
}

// unpackInts reads n numbers. The caller has made sure that so many can be. It
// fails when one is not in a T.
func unpackInts[T integer](u *unpacker, n, least int) []T {
	width := int(u.byte())
	if width > 9 || width < least && n > 0 {
		u.fail("width")
	}
	if bytes := int64(min(width, 8)) * int64(n); bytes > int64(len(u.b)) {
		u.fail("cut numbers")
	}
	if u.err != nil {
		return nil
	}
	if width == 9 {
		b := u.take(8 * n)
		values := make([]T, n)
		for i := range values {
			v := int64(binary.LittleEndian.Uint64(b[8*i:]))
			if values[i] = T(v); int64(values[i]) != v {
				u.fail("number")
			}
		}
		return values
	}
	low := u.int()
	b := u.take(width * n)
	if u.err != nil {
		return nil
	}
	values := make([]T, n)
	// Whether all fit in a T is seen from the greatest.
	var greatest uint64
	none := int64(Lacking)
	base := uint64(low) - 1
	mask := uint64(1)<<(8*width) - 1 // of width 8: all
	i := 0
	for ; width > 0 && i < n && width*i+8 <= len(b); i++ {
		v := binary.LittleEndian.Uint64(b[width*i:]) & mask
		greatest = max(greatest, v)
		x := int64(base + v)
		if v == 0 {
			x = none
		}
		values[i] = T(x)
	}
	for ; i < n; i++ {
		var v uint64
		for j := width - 1; j >= 0; j-- {
			v = v<<8 | uint64(b[width*i+j])
		}
		greatest = max(greatest, v)
		x := int64(base + v)
		if v == 0 {
			x = none
		}
		values[i] = T(x)
	}
	var t T
	if t--; t > 0 && n > 0 && width > 0 && (low < 0 || low > int64(t) || greatest > uint64(t)-uint64(low)+1) { // unsigned
		u.fail("number")
	}
	return values
}

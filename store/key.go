package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// A Key is a tuple of strings, integers, times and booleans in an encoding
// whose byte order is the order of the tuples: element by element, a shorter
// tuple before a longer one that begins with it. It starts with two bytes, the
// numbers of a table and of an index, and is built by chaining:
//
//	key := store.NewKey(7, 0).String("ada").TimeDesc(at).End()
//
// Without End it is a prefix of all keys that begin with these elements. With
// End no key is a prefix of another. A descending element sorts the other way
// round. Elements of different types sort by type: strings, integers, times,
// booleans, then the descending ones.
//
// Every method appends to the Key and returns it, as append does.
type Key []byte

// The first byte of an element tells its type. A descending element is the
// ascending one with all bits inverted, its first byte included. An integer's
// first byte also tells its length, so small numbers take little room.
const (
	tagEnd    = 0x00
	tagString = 0x10
	tagInt    = 0x28 // ± the number of bytes that follow
	tagTime   = 0x38
	tagFalse  = 0x40
	tagTrue   = 0x41
)

// NewKey starts a key of a table and one of its indexes, 0 for its records.
func NewKey(table, index byte) Key {
	k := make(Key, 2, 96)
	k[0], k[1] = table, index
	return k
}

// String appends a string, ordered by its bytes.
func (k Key) String(s string) Key {
	if cap(k)-len(k) < len(s)+3 {
		k = slices.Grow(k, len(s)+64) // and room for what comes after
	}
	k = append(k, tagString)
	for {
		i := strings.IndexByte(s, 0)
		if i < 0 {
			break
		}
		k = append(append(k, s[:i]...), 0x00, 0xFF) // a zero byte
		s = s[i+1:]
	}
	k = append(k, s...)
	return append(k, 0x00, 0x01) // the end, less than any byte that may go on
}

// Int appends an integer.
func (k Key) Int(n int64) Key {
	if n >= 0 {
		return k.Uint(uint64(n))
	}
	m := uint64(n) // two's complement: already in order among numbers of one length
	size := (bits.Len64(^m) + 7) / 8
	k = append(k, byte(tagInt-1-size))
	return bigEndian(k, m, size)
}

// Uint appends an integer; it sorts among those of Int.
func (k Key) Uint(n uint64) Key {
	size := (bits.Len64(n) + 7) / 8
	k = append(k, byte(tagInt+size))
	return bigEndian(k, n, size)
}

// Time appends a time to the millisecond; its zone is not kept.
func (k Key) Time(t time.Time) Key {
	k = append(k, tagTime)
	return binary.BigEndian.AppendUint64(k, uint64(millis(t))^1<<63)
}

// Bool appends a boolean, false before true.
func (k Key) Bool(b bool) Key {
	if b {
		return append(k, tagTrue)
	}
	return append(k, tagFalse)
}

// StringDesc appends a string, in descending order.
func (k Key) StringDesc(s string) Key { return k.String(s).invert(len(k)) }

// IntDesc appends an integer, in descending order.
func (k Key) IntDesc(n int64) Key { return k.Int(n).invert(len(k)) }

// TimeDesc appends a time, in descending order: the latest first.
func (k Key) TimeDesc(t time.Time) Key { return k.Time(t).invert(len(k)) }

// End completes the key.
func (k Key) End() Key { return append(k, tagEnd) }

// invert flips all bits from n on.
func (k Key) invert(n int) Key {
	for i := n; i < len(k); i++ {
		k[i] = ^k[i]
	}
	return k
}

func bigEndian(k Key, n uint64, size int) Key {
	for i := size - 1; i >= 0; i-- {
		k = append(k, byte(n>>(8*i)))
	}
	return k
}

// millis is t in milliseconds since 1970; the zero time sorts first.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == math.MinInt64 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// A KeyReader takes a Key apart, element by element in the order in which it
// was built. After the first element that is not of the type asked for, all
// methods return zero values and Err tells what was wrong.
type KeyReader struct {
	rest []byte
	err  error
}

// ReadKey returns a reader of the elements of key, after its table and index.
func ReadKey(key []byte) *KeyReader {
	if len(key) < 2 {
		return &KeyReader{err: errShortKey}
	}
	return &KeyReader{rest: key[2:]}
}

var errShortKey = fmt.Errorf("key: %w: want table and index", ErrCorrupt)

// Err returns nil, or an error that wraps [ErrCorrupt].
func (r *KeyReader) Err() error { return r.err }

// String reads what [Key.String] wrote.
func (r *KeyReader) String() string { return r.text(0) }

// StringDesc reads what [Key.StringDesc] wrote.
func (r *KeyReader) StringDesc() string { return r.text(0xFF) }

// Int reads what [Key.Int] wrote, or [Key.Uint] where it fits.
func (r *KeyReader) Int() int64 { return r.int(0) }

// IntDesc reads what [Key.IntDesc] wrote.
func (r *KeyReader) IntDesc() int64 { return r.int(0xFF) }

// Uint reads what [Key.Uint] wrote.
func (r *KeyReader) Uint() uint64 {
	n, negative := r.number(0)
	if negative {
		r.fail("an integer of 0 or more")
		return 0
	}
	return n
}

// Time reads what [Key.Time] wrote.
func (r *KeyReader) Time() time.Time { return r.time(0) }

// TimeDesc reads what [Key.TimeDesc] wrote.
func (r *KeyReader) TimeDesc() time.Time { return r.time(0xFF) }

// Bool reads what [Key.Bool] wrote.
func (r *KeyReader) Bool() bool {
	if r.next(tagTrue, 0, 0) {
		return true
	}
	if !r.next(tagFalse, 0, 0) {
		r.fail("a boolean")
	}
	return false
}

// End reports whether the key ends here, as [Key.End] leaves it.
func (r *KeyReader) End() bool { return r.err == nil && len(r.rest) == 1 && r.rest[0] == tagEnd }

func (r *KeyReader) fail(want string) {
	if r.err == nil {
		r.err = fmt.Errorf("key: %w: want %s", ErrCorrupt, want)
	}
	r.rest = nil
}

// next drops the first byte when it is tag and size bytes follow.
func (r *KeyReader) next(tag, flip byte, size int) bool {
	if len(r.rest) < 1+size || r.rest[0]^flip != tag {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *KeyReader) text(flip byte) string {
	if !r.next(tagString, flip, 2) {
		r.fail("a string")
		return ""
	}
	var s []byte
	for {
		i := bytes.IndexByte(r.rest, flip) // a zero byte
		if i < 0 || i+1 == len(r.rest) {
			r.fail("the end of a string")
			return ""
		}
		part, mark := r.rest[:i], r.rest[i+1]^flip
		r.rest = r.rest[i+2:]
		if s == nil && flip == 0 && mark == 0x01 { // as most are
			return string(part)
		}
		s = append(s, part...)
		switch mark {
		case 0xFF:
			s = append(s, flip)
		case 0x01:
			for i := range s {
				s[i] ^= flip
			}
			return string(s)
		default:
			r.fail("a string")
			return ""
		}
	}
}

func (r *KeyReader) int(flip byte) int64 {
	n, negative := r.number(flip)
	if negative != (int64(n) < 0) {
		r.fail("an integer of 64 bits with sign")
		return 0
	}
	return int64(n)
}

// number reads an integer as two's complement and whether it is below zero.
func (r *KeyReader) number(flip byte) (n uint64, negative bool) {
	if len(r.rest) == 0 {
		r.fail("an integer")
		return 0, false
	}
	size := int(r.rest[0]^flip) - tagInt
	if negative = size < 0; negative {
		size, n = -size-1, math.MaxUint64
	}
	if size > 8 || len(r.rest) < 1+size {
		r.fail("an integer")
		return 0, false
	}
	for _, c := range r.rest[1 : 1+size] {
		n = n<<8 | uint64(c^flip)
	}
	r.rest = r.rest[1+size:]
	return n, negative
}

func (r *KeyReader) time(flip byte) time.Time {
	if !r.next(tagTime, flip, 8) {
		r.fail("a time")
		return time.Time{}
	}
	ms := binary.BigEndian.Uint64(r.rest)
	if flip != 0 {
		ms = ^ms
	}
	r.rest = r.rest[8:]
	return fromMillis(int64(ms ^ 1<<63))
}

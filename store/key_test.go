package store_test

import (
	"bytes"
	"cmp"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// An element is one element of a tuple, with the order that it should have.
type element struct {
	kind string
	s    string
	n    int64
	u    uint64
}

var kinds = []string{"String", "Int", "Uint", "Time", "Bool", "TimeDesc", "IntDesc", "StringDesc"}

// rank is how types sort among each other.
func (e element) rank() int {
	switch e.kind {
	case "String":
		return 0
	case "Int", "Uint":
		return 1
	case "Time":
		return 2
	case "Bool":
		return 3
	case "TimeDesc":
		return 4
	case "IntDesc":
		return 5
	default:
		return 6
	}
}

func (e element) time() time.Time { return time.UnixMilli(e.n) }

func (e element) append(k store.Key) store.Key {
	switch e.kind {
	case "String":
		return k.String(e.s)
	case "StringDesc":
		return k.StringDesc(e.s)
	case "Int":
		return k.Int(e.n)
	case "IntDesc":
		return k.IntDesc(e.n)
	case "Uint":
		return k.Uint(e.u)
	case "Time":
		return k.Time(e.time())
	case "TimeDesc":
		return k.TimeDesc(e.time())
	default:
		return k.Bool(e.n&1 == 1)
	}
}

// read reads an element of the same kind.
func (e element) read(r *store.KeyReader) element {
	got := element{kind: e.kind}
	switch e.kind {
	case "String":
		got.s = r.String()
	case "StringDesc":
		got.s = r.StringDesc()
	case "Int":
		got.n = r.Int()
	case "IntDesc":
		got.n = r.IntDesc()
	case "Uint":
		got.u = r.Uint()
	case "Time":
		got.n = r.Time().UnixMilli()
	case "TimeDesc":
		got.n = r.TimeDesc().UnixMilli()
	default:
		if r.Bool() {
			got.n = 1
		}
	}
	return got
}

func compareElements(a, b element) int {
	if c := cmp.Compare(a.rank(), b.rank()); c != 0 {
		return c
	}
	switch a.kind {
	case "String":
		return cmp.Compare(a.s, b.s)
	case "StringDesc":
		return cmp.Compare(b.s, a.s)
	case "IntDesc", "TimeDesc":
		return cmp.Compare(b.n, a.n)
	case "Int", "Uint":
		return cmp.Or(cmp.Compare(a.sign(), b.sign()), cmp.Compare(a.n, b.n), cmp.Compare(a.u, b.u))
	default:
		return cmp.Compare(a.n, b.n)
	}
}

// sign is -1 for integers below zero, whose n counts, and 0 for the others,
// whose u counts: see tuple.
func (e element) sign() int {
	if e.kind == "Int" && e.n < 0 {
		return -1
	}
	return 0
}

// tuple makes a tuple of any bytes: a kind and what it needs, again and again.
func tuple(data []byte) []element {
	var tuple []element
	for len(data) > 1 && len(tuple) < 8 {
		e := element{kind: kinds[int(data[0])%len(kinds)]}
		size := min(int(data[1]%12), len(data)-2)
		arg := data[2 : 2+size]
		data = data[2+size:]
		var n uint64
		for _, b := range arg[:min(8, len(arg))] {
			n = n<<8 | uint64(b)
		}
		switch e.kind {
		case "String", "StringDesc":
			e.s = string(arg)
		case "Uint":
			e.u = n
		case "Bool":
			e.n = int64(n & 1)
		case "Time", "TimeDesc":
			e.n = int64(n) >> 8 // what time.Time can hold
		default:
			e.n = int64(n)
		}
		tuple = append(tuple, e)
	}
	return tuple
}

// comparable brings an Int of 0 and more into the form of a Uint.
func comparable(e element) element {
	if e.kind == "Int" && e.n >= 0 {
		e.u, e.n = uint64(e.n), 0
	}
	return e
}

func compareTuples(a, b []element) int {
	for i := range min(len(a), len(b)) {
		if c := compareElements(comparable(a[i]), comparable(b[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func encode(tuple []element) store.Key {
	k := store.NewKey(9, 1)
	for _, e := range tuple {
		k = e.append(k)
	}
	return k.End()
}

func checkKeys(t *testing.T, a, b []element) {
	t.Helper()
	ka, kb := encode(a), encode(b)
	if want, got := compareTuples(a, b), bytes.Compare(ka, kb); want != got {
		t.Errorf("compare(%v, %v) = %d, their keys %x, %x: %d", a, b, want, ka, kb, got)
	}
	if bytes.HasPrefix(ka, kb) && !bytes.Equal(ka, kb) {
		t.Errorf("the key of %v, %x, begins with that of %v, %x", a, ka, b, kb)
	}
	r := store.ReadKey(ka)
	for _, e := range a {
		if got := e.read(r); got != e {
			t.Errorf("%v came back from %x as %v, %v", e, ka, got, r.Err())
		}
	}
	if !r.End() || r.Err() != nil {
		t.Errorf("%x: End %t, Err %v", ka, r.End(), r.Err())
	}
}

func TestKeyOrder(t *testing.T) {
	var all []element
	for _, s := range []string{"", "\x00", "\x00\x00", "\x00\x01", "\x00\xFF", "\x01", "a", "a\x00", "a\x00b", "aa", "b", "\xFE", "\xFF", "\xFF\x00", "\xFF\xFF"} {
		all = append(all, element{kind: "String", s: s}, element{kind: "StringDesc", s: s})
	}
	for _, n := range []int64{0, 1, -1, 255, 256, -255, -256, -257, 65535, 65536, -65536, -65537, 1 << 31, -1 << 31, math.MaxInt64, math.MinInt64} {
		all = append(all, element{kind: "Int", n: n}, element{kind: "IntDesc", n: n}, element{kind: "Uint", u: uint64(n)})
	}
	for _, n := range []int64{0, 1, -1, 1 << 41, -1 << 41} {
		all = append(all, element{kind: "Time", n: n}, element{kind: "TimeDesc", n: n}, element{kind: "Bool", n: n & 1})
	}
	for _, a := range all {
		for _, b := range all {
			checkKeys(t, []element{a}, []element{b})
			checkKeys(t, []element{a}, []element{a, b})
			checkKeys(t, []element{a, b}, []element{b, a})
		}
	}
}

func TestKeyOfTheZeroTime(t *testing.T) {
	k := store.NewKey(1, 0).Time(time.Time{}).TimeDesc(time.Time{})
	r := store.ReadKey(k)
	if a, b := r.Time(), r.TimeDesc(); !a.IsZero() || !b.IsZero() || r.Err() != nil {
		t.Errorf("got %v, %v, %v", a, b, r.Err())
	}
}

func TestReadKeyOfAnotherType(t *testing.T) {
	for _, test := range []struct {
		name string
		key  store.Key
		read func(r *store.KeyReader)
	}{
		{"no key", nil, func(r *store.KeyReader) {}},
		{"at the end", store.NewKey(1, 0), func(r *store.KeyReader) { r.Int() }},
		{"a string for an integer", store.NewKey(1, 0).String("x"), func(r *store.KeyReader) { r.Int() }},
		{"an integer for a string", store.NewKey(1, 0).Int(1), func(r *store.KeyReader) { _ = r.String() }},
		{"descending for ascending", store.NewKey(1, 0).IntDesc(1), func(r *store.KeyReader) { r.Int() }},
		{"an integer for a time", store.NewKey(1, 0).Int(1), func(r *store.KeyReader) { r.Time() }},
		{"a time for a boolean", store.NewKey(1, 0).Time(time.Now()), func(r *store.KeyReader) { r.Bool() }},
		{"too large for Int", store.NewKey(1, 0).Uint(1 << 63), func(r *store.KeyReader) { r.Int() }},
		{"below zero for Uint", store.NewKey(1, 0).Int(-1), func(r *store.KeyReader) { r.Uint() }},
		{"a string without end", store.NewKey(1, 0).String("x")[:5], func(r *store.KeyReader) { _ = r.String() }},
		{"an integer cut off", store.NewKey(1, 0).Int(1000)[:4], func(r *store.KeyReader) { r.Int() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := store.ReadKey(test.key)
			test.read(r)
			if !errors.Is(r.Err(), store.ErrCorrupt) {
				t.Errorf("got %v, want ErrCorrupt", r.Err())
			}
			if s, n, end := r.String(), r.Int(), r.End(); s != "" || n != 0 || end {
				t.Errorf("after the error: %q, %d, %t", s, n, end)
			}
		})
	}
}

func TestPrefix(t *testing.T) {
	for _, test := range []struct{ prefix, after string }{
		{"a", "b"}, {"a\xFF", "b"}, {"a\xFF\xFF", "b"}, {"", ""}, {"\xFF", ""}, {"\x00", "\x01"},
	} {
		got := store.After([]byte(test.prefix))
		if string(got) != test.after || (got == nil) != (test.after == "") {
			t.Errorf("After(%q) = %q, want %q", test.prefix, got, test.after)
		}
	}
}

func FuzzKey(f *testing.F) {
	f.Add([]byte("\x00\x03a\x00b"), []byte("\x00\x02a\x00\x01\x08\x80\x00\x00\x00\x00\x00\x00\x01"))
	f.Add([]byte("\x07\x01\xFF\x07\x00"), []byte("\x07\x02\xFF\x00\x05\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00"))
	f.Add([]byte("\x01\x01\x05"), []byte("\x02\x01\x05"))
	f.Add([]byte("\x03\x07\x01\x02\x03\x04\x05\x06\x07\x04\x01\x01"), []byte("\x05\x07\x01\x02\x03\x04\x05\x06\x07"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		checkKeys(t, tuple(a), tuple(b))
	})
}

func FuzzReadKey(f *testing.F) {
	f.Add([]byte(store.NewKey(1, 0).String("a\x00b").Int(-300).TimeDesc(time.UnixMilli(5)).Bool(true).End()), []byte{0, 1, 5, 4})
	f.Add([]byte{1, 0, 0x20, 0xFF}, []byte{1, 2})
	f.Fuzz(func(t *testing.T, key, order []byte) {
		r := store.ReadKey(key)
		for _, o := range order {
			element{kind: kinds[int(o)%len(kinds)]}.read(r)
		}
		if err := r.Err(); err != nil && !errors.Is(err, store.ErrCorrupt) {
			t.Error(err)
		}
		if r.End() && r.Err() != nil {
			t.Error("an error, and yet the end")
		}
	})
}

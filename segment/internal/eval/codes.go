package eval

import (
	"sync"
	"sync/atomic"
)

// A codeSet is the codes that something is true of. It is worked out once, and
// again for codes that came later or changed.
type codeSet struct {
	match   func(code uint32) bool // asked while the base is locked
	size    func() uint32          // how many codes there are
	version func() uint64          // grows when what codes stand for changes; nil: it never does
	changed func(code uint32) uint64

	known atomic.Pointer[knownCodes]
	mu    sync.Mutex
}

type knownCodes struct {
	bits    []uint64
	n       uint32 // of the codes below
	version uint64
}

// now returns the codes that are known. There may be a few later ones.
func (s *codeSet) now() *knownCodes {
	k := s.known.Load()
	n, version := s.size(), uint64(0)
	if s.version != nil {
		version = s.version()
	}
	if k != nil && k.version == version && n-k.n <= k.n/8 {
		return k
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if later := s.known.Load(); later != k {
		return later
	}
	fresh := &knownCodes{bits: make([]uint64, (n+63)/64), n: n, version: version}
	for code := range n {
		old := k != nil && code < k.n && (k.version == version || s.changed(code) <= k.version)
		if old && k.has(code) || !old && s.match(code) {
			fresh.bits[code/64] |= 1 << (code % 64)
		}
	}
	s.known.Store(fresh)
	return fresh
}

func (k *knownCodes) has(code uint32) bool { return k.bits[code/64]>>(code%64)&1 != 0 }

func (s *codeSet) has(k *knownCodes, code uint32) bool {
	if code < k.n {
		return k.has(code)
	}
	return s.match(code)
}

// A coded is where persons or rows have a code.
type coded interface {
	// codes returns the codes, by person or row; they are nil when all are 0.
	codes(x *frame) []uint32
}

// A codeCond is true of what has one of some codes.
type codeCond struct {
	in   coded
	set  *codeSet
	cost int
}

func (c *codeCond) weight() int { return c.cost }

func (c *codeCond) filter(x *frame, sel []uint32) []uint32 {
	codes, known := c.in.codes(x), c.set.now()
	if codes == nil {
		if !c.set.has(known, 0) {
			return sel[:0]
		}
		return sel
	}
	n := 0
	for _, id := range sel {
		sel[n] = id
		if code := codes[id]; code < known.n {
			n += int(known.bits[code/64] >> (code % 64) & 1)
		} else {
			n += one(c.set.match(code))
		}
	}
	return sel[:n]
}

func (c *codeCond) next(x *frame, id uint32) (bool, int64) { return x.holds(c, id), never }

// A valueCond is true of what has an expr whose code is one of some.
type valueCond struct {
	expr expr
	set  *codeSet
}

func (c *valueCond) weight() int { return c.expr.weight() + 2 }

func (c *valueCond) filter(x *frame, sel []uint32) []uint32 {
	v, known := x.takeWide(len(sel)), c.set.now()
	c.expr.values(x, sel, v)
	n := 0
	for i, id := range sel {
		sel[n] = id
		n += one(v[i] > 0 && c.set.has(known, uint32(v[i])))
	}
	x.giveWide(v)
	return sel[:n]
}

func (c *valueCond) next(x *frame, id uint32) (bool, int64) {
	return x.holds(c, id), c.expr.change(x, id)
}

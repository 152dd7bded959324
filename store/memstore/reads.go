package memstore

import (
	"github.com/seed-9cb3708a/clientele/store"
)

// reads is what one run of a callback has read: single keys, and ranges as far
// as they were scanned. A nil *reads takes no notes.
type reads struct {
	keys   map[string]struct{}
	ranges []interval
}

// An interval is the part of a range that was scanned. The scan has yielded
// last, if begun, and everything before it in the scan's direction.
type interval struct {
	store.Range
	last  string
	begun bool
	ended bool // went through the whole range
}

func (s *reads) key(key []byte) {
	if s == nil {
		return
	}
	if s.keys == nil {
		s.keys = make(map[string]struct{})
	}
	s.keys[string(key)] = struct{}{}
}

// begin notes that a scan begins and returns the number that it goes by.
func (s *reads) begin(r store.Range) int {
	if s == nil {
		return 0
	}
	r.From = []byte(string(r.From))
	if r.To != nil {
		r.To = append(make([]byte, 0, len(r.To)), r.To...)
	}
	s.ranges = append(s.ranges, interval{Range: r})
	return len(s.ranges) - 1
}

// reach notes that scan n yields key.
func (s *reads) reach(n int, key string) {
	if s != nil {
		s.ranges[n].last, s.ranges[n].begun = key, true
	}
}

// end notes that scan n found nothing more.
func (s *reads) end(n int) {
	if s != nil {
		s.ranges[n].ended = true
	}
}

// same reports whether everything reads the same in both generations.
func (s *reads) same(g, h *generation) bool {
	if g == h {
		return true
	}
	for key := range s.keys {
		v, inG := g.tree.Get(key)
		w, inH := h.tree.Get(key)
		if inG != inH || v.number != w.number {
			return false
		}
	}
	for _, i := range s.ranges {
		if !i.same(g, h) {
			return false
		}
	}
	return true
}

// same walks both generations side by side.
func (i *interval) same(g, h *generation) bool {
	if !i.begun && !i.ended {
		return true
	}
	a, b := g.tree.Iter(), h.tree.Iter()
	from := string(i.From)
	if i.Reverse && !i.ended {
		from = i.last
	}
	inA, inB := a.Seek(from), b.Seek(from)
	for {
		inA, inB = inA && i.holds(a.Key()), inB && i.holds(b.Key())
		if !inA || !inB {
			return inA == inB
		}
		if a.Key() != b.Key() || !i.KeysOnly && a.Value().number != b.Value().number {
			return false
		}
		inA, inB = a.Next(), b.Next()
	}
}

// holds reports whether key, which is not below the interval, lies in it.
func (i *interval) holds(key string) bool {
	if !i.Reverse && !i.ended {
		return key <= i.last
	}
	return i.To == nil || key < string(i.To)
}

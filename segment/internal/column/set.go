package column

import (
	"math"
	"slices"
)

// Sets gives each of many sequences of codes a code of its own, from 1 on; 0 is
// the code of the empty one.
type Sets struct {
	codes []uint32
	ends  []uint32
	table []uint32
}

func newSets() *Sets { return &Sets{ends: []uint32{0}} }

// Len is the highest code.
func (s *Sets) Len() uint32 { return uint32(len(s.ends) - 1) }

// Of returns the sequence of a code, which must not be changed.
func (s *Sets) Of(code uint32) []uint32 {
	if code == 0 || code >= uint32(len(s.ends)) {
		return nil
	}
	a, b := s.ends[code-1], s.ends[code]
	return s.codes[a:b:b]
}

func (s *Sets) slot(codes []uint32) int {
	h := uint64(len(codes))
	for _, c := range codes {
		h = (h ^ uint64(c)) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	mask := len(s.table) - 1
	i := int(h>>1) & mask
	for s.table[i] != 0 && !slices.Equal(s.Of(s.table[i]), codes) {
		i = (i + 1) & mask
	}
	return i
}

// code returns the code of a sequence, and gives it one when it has none.
func (s *Sets) code(codes []uint32) uint32 {
	if len(codes) == 0 || uint64(len(s.codes)+len(codes)) > math.MaxUint32 {
		return 0
	}
	if len(s.table) > 0 {
		if code := s.table[s.slot(codes)]; code != 0 {
			return code
		}
	}
	s.codes = append(s.codes, codes...)
	s.ends = append(s.ends, uint32(len(s.codes)))
	if 2*len(s.ends) > len(s.table) {
		s.rehash()
	} else {
		s.table[s.slot(codes)] = s.Len()
	}
	return s.Len()
}

func (s *Sets) rehash() {
	size := 16
	for size < 4*len(s.ends) {
		size *= 2
	}
	s.table = make([]uint32, size)
	for code := uint32(1); code <= s.Len(); code++ {
		s.table[s.slot(s.Of(code))] = code
	}
}

// Tuples gives each of many values a code, from 0 on, which is that of the zero
// value.
type Tuples[T comparable] struct {
	List  []T
	index map[T]uint32
}

func newTuples[T comparable]() *Tuples[T] {
	var zero T
	return &Tuples[T]{List: []T{zero}, index: map[T]uint32{zero: 0}}
}

func (t *Tuples[T]) code(v T) uint32 {
	code, ok := t.index[v]
	if !ok {
		code = uint32(len(t.List))
		t.List = append(t.List, v)
		t.index[v] = code
	}
	return code
}

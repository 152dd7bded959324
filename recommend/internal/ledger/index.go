package ledger

// An index finds numbers by hash. It is made of segments, each for the hashes that
// begin with the same bits, one of which at a time grows, by little: nobody waits
// for all of it to be made anew.
type index struct {
	segments []*segment // by the first bits of a hash; several are the same one
	bits     int        // how many bits
}

// A segment has the number plus one of each text, by the last bits of its hash, in
// the next slot when that is taken. At least a quarter of its slots is free.
type segment struct {
	slots []int32
	used  int
	bits  int // how many bits all its hashes begin with
}

const (
	mostSlots = 512
	mostBits  = 22 // whoever made hashes that begin alike would get longer segments
)

// of returns the segment of a hash; nil while there is none.
func (x *index) of(hash uint64) *segment {
	if x.segments == nil {
		return nil
	}
	return x.segments[hash>>(64-x.bits)]
}

// room returns the segment of a hash with room for one more. hashed returns the hash
// of a number.
func (x *index) room(hash uint64, hashed func(int32) uint64) *segment {
	if x.segments == nil {
		x.segments = []*segment{{slots: make([]int32, 16)}}
	}
	s := x.of(hash)
	for 4*(s.used+1) > 3*len(s.slots) {
		if len(s.slots) < mostSlots || s.bits == mostBits {
			s.refill(make([]int32, 2*len(s.slots)), s.slots, hashed)
			break
		}
		x.split(hash, hashed)
		s = x.of(hash)
	}
	return s
}

// split puts two segments in the place of that of a hash.
func (x *index) split(hash uint64, hashed func(int32) uint64) {
	s := x.of(hash)
	if s.bits == x.bits {
		twice := make([]*segment, 2*len(x.segments))
		for i := range twice {
			twice[i] = x.segments[i/2]
		}
		x.segments, x.bits = twice, x.bits+1
	}
	halves := [2]*segment{{bits: s.bits + 1}, {bits: s.bits + 1}}
	var numbers [2][]int32
	for _, slot := range s.slots {
		if slot > 0 {
			h := hashed(slot-1) >> (63 - s.bits) & 1
			numbers[h] = append(numbers[h], slot)
		}
	}
	for h := range halves {
		halves[h].refill(make([]int32, mostSlots), numbers[h], hashed)
	}
	n := 1 << (x.bits - s.bits) // the places of s, that of the hash among them
	first := int(hash>>(64-x.bits)) &^ (n - 1)
	for i := range n {
		x.segments[first+i] = halves[2*i/n]
	}
}

// refill puts what is in old slots into new ones.
func (s *segment) refill(slots, old []int32, hashed func(int32) uint64) {
	s.slots, s.used = slots, 0
	for _, slot := range old {
		if slot > 0 {
			at := s.home(hashed(slot - 1))
			for s.slots[at] != 0 {
				at = s.next(at)
			}
			s.slots[at] = slot
			s.used++
		}
	}
}

// home returns the slot that a hash has if it is free, and next the one to look at
// after another.
func (s *segment) home(hash uint64) int { return int(hash & uint64(len(s.slots)-1)) }
func (s *segment) next(at int) int      { return (at + 1) & (len(s.slots) - 1) }

// empty takes out what is in a slot: what stands behind its own place moves up.
func (s *segment) empty(hole int, hashed func(int32) uint64) {
	mask := len(s.slots) - 1
	for at := s.next(hole); s.slots[at] != 0; at = s.next(at) {
		if home := s.home(hashed(s.slots[at] - 1)); (at-home)&mask >= (at-hole)&mask {
			s.slots[hole], hole = s.slots[at], at
		}
	}
	s.slots[hole] = 0
	s.used--
}

package linkage

import "bytes"

// words gives texts numbers, and counts the records that have them. 0 is "".
// All text is in one piece of memory, without pointers.
type words struct {
	slots []uint32 // open addressing by hash
	ends  []uint32
	text  []byte
	count []uint32
}

func newWords() *words {
	return &words{slots: make([]uint32, 1024), ends: []uint32{0}, count: []uint32{0}}
}

// hash is FNV-1a with a finalizer: equal in every process.
func hash(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return mix(h)
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// id returns the number of a text, a new one when it is new.
func (w *words) id(b []byte) uint32 {
	if len(b) == 0 {
		return 0
	}
	if 2*len(w.ends) > len(w.slots) {
		w.grow()
	}
	mask := uint64(len(w.slots) - 1)
	for h := hash(b) & mask; ; h = (h + 1) & mask {
		id := w.slots[h]
		if id == 0 {
			id = uint32(len(w.ends))
			w.slots[h] = id
			w.text = append(w.text, b...)
			w.ends = append(w.ends, uint32(len(w.text)))
			w.count = append(w.count, 0)
			return id
		}
		if bytes.Equal(w.of(id), b) {
			return id
		}
	}
}

func (w *words) grow() {
	w.slots = make([]uint32, 2*len(w.slots))
	mask := uint64(len(w.slots) - 1)
	for id := 1; id < len(w.ends); id++ {
		h := hash(w.of(uint32(id))) & mask
		for w.slots[h] != 0 {
			h = (h + 1) & mask
		}
		w.slots[h] = uint32(id)
	}
}

// of returns the text of a number.
func (w *words) of(id uint32) []byte {
	if id == 0 {
		return nil
	}
	return w.text[w.ends[id-1]:w.ends[id]]
}

// A tally counts how often two numbers come together, in little memory: now and
// then two pairs share a count, which makes both look more common.
type tally []uint32

func newTally(n int) tally {
	size := 1024
	for size < 2*n {
		size *= 2
	}
	return make(tally, size)
}

func (t tally) at(a, b uint32) *uint32 {
	return &t[mix(uint64(a)<<32|uint64(b))&uint64(len(t)-1)]
}

package quality

import "hash/maphash"

// bits is a set of texts that may say that it has one which it has not, and
// never that it lacks one which it has. It takes the same memory for any number.
type bits struct {
	seed  maphash.Seed
	words []uint64
}

const bitsWords = 1 << 21 // 16 MB: with 3 million texts, 2 % are looked up in vain

func newBits() bits { return bits{maphash.MakeSeed(), make([]uint64, bitsWords)} }

// add adds a text in parts, and reports whether it may have been there.
func (b *bits) add(parts ...string) bool {
	var h maphash.Hash
	h.SetSeed(b.seed)
	for _, p := range parts {
		h.WriteString(p)
		h.WriteByte(0)
	}
	n := h.Sum64() % (bitsWords * 64)
	word, bit := n/64, uint64(1)<<(n%64)
	had := b.words[word]&bit != 0
	b.words[word] |= bit
	return had
}

package column

import (
	"bytes"
	"hash/maphash"
	"math"
	"unicode"
	"unicode/utf8"
)

// A Dictionary gives each of many texts a code, from 1 on in the order in which
// they came. 0 is the code of no text, and of the empty one.
type Dictionary struct {
	blob    []byte
	ends    []uint32 // of the text of each code in blob
	table   []uint32 // of codes, found by open addressing; 0 is free
	seed    maphash.Seed
	classes *Dictionary // of texts in one case, nil when case tells texts apart
	class   []uint32    // of each code
}

func newDictionary(folded bool) *Dictionary {
	d := &Dictionary{ends: []uint32{0}, seed: maphash.MakeSeed()}
	if folded {
		d.classes, d.class = newDictionary(false), []uint32{0}
	}
	return d
}

// Len is the highest code.
func (d *Dictionary) Len() uint32 { return uint32(len(d.ends) - 1) }

// Bytes returns the text of a code, which must not be changed.
func (d *Dictionary) Bytes(code uint32) []byte {
	if code == 0 || code >= uint32(len(d.ends)) {
		return nil
	}
	a, b := d.ends[code-1], d.ends[code]
	return d.blob[a:b:b]
}

// Text returns the text of a code.
func (d *Dictionary) Text(code uint32) string { return string(d.Bytes(code)) }

// Find returns the code of a text, 0 when there is none.
func (d *Dictionary) Find(text string) uint32 {
	if text == "" || len(d.table) == 0 {
		return 0
	}
	return d.table[d.slot(text)]
}

// slot returns where in the table the text stands or would.
func (d *Dictionary) slot(text string) int {
	mask := len(d.table) - 1
	i := int(maphash.String(d.seed, text)) & mask
	for d.table[i] != 0 && string(d.Bytes(d.table[i])) != text {
		i = (i + 1) & mask
	}
	return i
}

// Code returns the code of a text, and gives it one when it has none. Texts
// beyond 4 GiB in all get no code.
func (d *Dictionary) Code(text string) uint32 {
	if text == "" {
		return 0
	}
	if code := d.Find(text); code != 0 {
		return code
	}
	return d.add(text)
}

// add gives a text a new code, which is that of the text from now on.
func (d *Dictionary) add(text string) uint32 {
	if uint64(len(d.blob)+len(text)) > math.MaxUint32 || d.Len() == math.MaxUint32-1 {
		return 0
	}
	d.blob = append(d.blob, text...)
	d.ends = append(d.ends, uint32(len(d.blob)))
	if 2*len(d.ends) > len(d.table) {
		d.rehash()
	} else {
		d.table[d.slot(text)] = d.Len()
	}
	if d.classes != nil {
		d.class = append(d.class, d.classes.Code(Fold(text)))
	}
	return d.Len()
}

// rehash makes the table large enough for its codes, of which a later one takes
// the place of an earlier one of the same text.
func (d *Dictionary) rehash() {
	size := 16
	for size < 4*len(d.ends) {
		size *= 2
	}
	d.table = make([]uint32, size)
	mask := size - 1
	for code := uint32(1); code <= d.Len(); code++ {
		text := d.Bytes(code)
		if len(text) == 0 {
			continue // forgotten
		}
		i := int(maphash.Bytes(d.seed, text)) & mask
		for d.table[i] != 0 && !bytes.Equal(d.Bytes(d.table[i]), text) {
			i = (i + 1) & mask
		}
		d.table[i] = code
	}
}

// Class returns a number that a code shares with those whose texts differ from
// its own in case only: the code itself where case tells texts apart.
func (d *Dictionary) Class(code uint32) uint32 {
	if d.classes == nil || code >= uint32(len(d.class)) {
		return code
	}
	return d.class[code]
}

// Fold returns a text in one case: texts that differ in case only are equal
// then.
func Fold(s string) string {
	plain := true
	for i := range len(s) {
		plain = plain && s[i] < utf8.RuneSelf && (s[i] < 'a' || s[i] > 'z')
	}
	if plain {
		return s
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		b = utf8.AppendRune(b, least)
	}
	return string(b)
}

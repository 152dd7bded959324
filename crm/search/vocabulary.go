package search

import (
	"bytes"
	"cmp"
	"hash/fnv"
	"math/bits"
	"slices"
	"unicode"

	"github.com/seed-9cb3708a/clientele/store"
)

// The vocabulary is all words that may be asked for with typos. They stand side
// by side, by script and length: to find those that are like another, all of
// about its length are looked at, which is some hundred thousand short words in
// a few megabytes, and most are passed over by the set of their letters. That is
// slower than a table of all misspellings, quick enough, and a fiftieth of it.

const (
	shortest = 3  // letters of a word that is one of the vocabulary
	longest  = 32 // no misspelling of longer ones is looked for
	buckets  = 64 // of one script and length
)

// A place is where words stand.
type place struct{ script, length, bucket uint64 }

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.script, q.script), cmp.Compare(p.length, q.length), cmp.Compare(p.bucket, q.bucket))
}

// A spelt is a word, a byte a letter, that is to be in its bucket or not.
type spelt struct {
	letters []byte
	used    bool
}

// correctable reports whether a word is one of the vocabulary.
func correctable(text string) bool {
	_, _, ok := lettersIn(text)
	return ok
}

// lettersIn returns the letters of a word as the low bytes of their runes, all of
// which have the same high bytes: the script.
func lettersIn(text string) (script uint64, letters []byte, ok bool) {
	letters = make([]byte, 0, len(text))
	for _, r := range text {
		page := uint64(r >> 8)
		if len(letters) == 0 {
			script = page
		}
		if page != script || r >= 0x2E80 || !unicode.IsLetter(r) && !unicode.IsMark(r) || len(letters) == longest {
			return 0, nil, false
		}
		letters = append(letters, byte(r))
	}
	return script, letters, len(letters) >= shortest
}

func wordOf(script uint64, letters []byte) string {
	if script == 0 && !bytes.ContainsFunc(letters, func(r rune) bool { return r >= 0x80 }) {
		return string(letters)
	}
	runes := make([]rune, len(letters))
	for i, b := range letters {
		runes[i] = rune(script)<<8 | rune(b)
	}
	return string(runes)
}

func placeOf(text string) (at place, letters []byte, ok bool) {
	script, letters, ok := lettersIn(text)
	h := fnv.New32a()
	h.Write(letters)
	return place{script, uint64(len(letters)), uint64(h.Sum32() % buckets)}, letters, ok
}

// bucket is the key of a place.
func (t *tables) bucket(at place) store.Key {
	return t.words.Key().Uint(at.script).Uint(at.length).Uint(at.bucket).End()
}

// respell returns the words of a bucket after some came or went.
func respell(old []byte, length int, changes []spelt) []byte {
	now := make([]byte, 0, len(old)+length*len(changes))
	for i := 0; i+length <= len(old); i += length {
		w := old[i : i+length]
		if !slices.ContainsFunc(changes, func(c spelt) bool { return bytes.Equal(c.letters, w) }) {
			now = append(now, w...)
		}
	}
	for i, c := range changes {
		last := !slices.ContainsFunc(changes[i+1:], func(d spelt) bool { return bytes.Equal(c.letters, d.letters) })
		if c.used && last {
			now = append(now, c.letters...)
		}
	}
	return now
}

// A likeness is a word of the vocabulary and how many typos it is away.
type likeness struct {
	text     string
	distance int
}

// typosIn is how many typos are forgiven in a word of so many letters.
func typosIn(letters int) int {
	switch {
	case letters < 4:
		return 0
	case letters < 8:
		return 1
	}
	return 2
}

// like returns the words that are like another one but for typos, the nearest
// first, then those that begin with the same letter.
func (t *tables) like(r store.Reader, text string) ([]likeness, error) {
	script, letters, ok := lettersIn(text)
	most := typosIn(len(letters))
	if !ok || most == 0 {
		return nil, nil
	}
	var list []likeness
	set := setOf(letters)
	for length := max(shortest, len(letters)-most); length <= min(longest, len(letters)+most); length++ {
		for kv, err := range r.Scan(store.Prefix(t.words.Key().Uint(script).Uint(uint64(length)))) {
			if err != nil {
				return nil, err
			}
			words, err := bytesOf(kv.Value)
			if err != nil {
				return nil, err
			}
			for ; len(words) >= length; words = words[length:] {
				w := words[:length]
				if bits.OnesCount32(set^setOf(w)) > 2*most {
					continue
				}
				if d := distance(letters, w, most); d > 0 && d <= most {
					list = append(list, likeness{wordOf(script, w), d})
				}
			}
		}
	}
	head := first(text, 1)
	slices.SortFunc(list, func(a, b likeness) int {
		other := func(l likeness) int {
			if first(l.text, 1) == head {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(other(a), other(b)), cmp.Compare(a.text, b.text))
	})
	return list, nil
}

// setOf is which letters a word has, some of which share a bit.
func setOf(letters []byte) (set uint32) {
	for _, b := range letters {
		set |= 1 << (b & 31)
	}
	return set
}

// distance is how many letters have to be added, taken away, replaced, or
// swapped with their neighbor to make a of b; most+1 for more than most.
func distance(a, b []byte, most int) int {
	var rows [3][longest + 1]uint8
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = uint8(j)
	}
	for i := 1; i <= len(a); i++ {
		now[0] = uint8(i)
		least := now[0]
		for j := 1; j <= len(b); j++ {
			d := last[j-1]
			if a[i-1] != b[j-1] {
				d = min(d, last[j], now[j-1]) + 1
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					d = min(d, before[j-2]+1)
				}
			}
			now[j] = d
			least = min(least, d)
		}
		if int(least) > most {
			return most + 1
		}
		before, last, now = last, now, before
	}
	return int(last[len(b)])
}

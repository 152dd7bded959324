package linkage

import "bytes"

// maxLetters is how much of a text is compared, in bytes.
const maxLetters = 64

// distance returns how many letters have to be put in, taken out, replaced or
// swapped with their neighbor to make a of b: the distance of Damerau and
// Levenshtein in its restricted form. It gives up above limit and returns
// limit+1.
func distance(a, b []byte, limit int) int {
	a, b = a[:min(len(a), maxLetters)], b[:min(len(b), maxLetters)]
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	if limit == 1 { // as it is most often: nothing to search for
		if len(a) == 1 && len(b) == 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0] {
			return 1
		}
		return 2
	}
	var rows [3][maxLetters + 1]int
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			now[j] = d
			best = min(best, d)
		}
		if best > limit {
			return limit + 1
		}
		before, last, now = last, now, before
	}
	return min(last[len(b)], limit+1)
}

// likeness returns the similarity of Jaro and Winkler, 0 to 1.
func likeness(a, b []byte) float64 {
	a, b = a[:min(len(a), maxLetters)], b[:min(len(b), maxLetters)]
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	window := max(max(len(a), len(b))/2-1, 0)
	var inA, inB uint64 // which letters are matched
	matches := 0
	for i, c := range a {
		for j := max(i-window, 0); j < min(i+window+1, len(b)); j++ {
			if b[j] == c && inB>>j&1 == 0 {
				inA, inB = inA|1<<i, inB|1<<j
				matches++
				break
			}
		}
	}
	if matches == 0 {
		return 0
	}
	crossed, j := 0, 0
	for i, c := range a {
		if inA>>i&1 == 0 {
			continue
		}
		for inB>>j&1 == 0 {
			j++
		}
		if b[j] != c {
			crossed++
		}
		j++
	}
	m := float64(matches)
	jaro := (m/float64(len(a)) + m/float64(len(b)) + (m-float64(crossed/2))/m) / 3
	prefix := 0
	for prefix < min(len(a), len(b), 4) && a[prefix] == b[prefix] {
		prefix++
	}
	return jaro + float64(prefix)*0.1*(1-jaro)
}

// near reports whether two different words may be one with a slip or two of the
// pen.
func near(a, b []byte) bool {
	short := min(len(a), len(b))
	switch {
	case short < 3:
		return false
	case short < 8:
		return distance(a, b, 1) == 1
	}
	return distance(a, b, 2) <= 2 || likeness(a, b) >= 0.95
}

// alike reports whether one word may be a short or another form of the other:
// it begins with it, or both sound alike from the first letter on.
func alike(a, b []byte) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 3 || a[0] != b[0] {
		return false
	}
	if bytes.HasPrefix(b, a) {
		return true
	}
	var x, y [maxLetters]byte
	s, l := skeleton(x[:0], a), skeleton(y[:0], b)
	return len(s) >= 2 && bytes.HasPrefix(l, s) && likeness(a, b) >= 0.8
}

// part reports whether two names of several words share a word of 3 letters or
// more.
func part(a, b []byte) bool {
	if bytes.IndexByte(a, ' ') < 0 && bytes.IndexByte(b, ' ') < 0 {
		return false
	}
	for w := range bytes.SplitSeq(a, space) {
		if len(w) < 3 {
			continue
		}
		for v := range bytes.SplitSeq(b, space) {
			if bytes.Equal(w, v) {
				return true
			}
		}
	}
	return false
}

var space = []byte{' '}

// figures copies the digits of s behind each other, each number followed by a
// space, and the letters without spaces.
func figures(s []byte, digits, letters []byte) (d, l []byte) {
	in := false
	for _, c := range s[:min(len(s), maxLetters)] {
		switch {
		case '0' <= c && c <= '9':
			digits, in = append(digits, c), true
			continue
		case c != ' ':
			letters = append(letters, c)
		}
		if in {
			digits, in = append(digits, ' '), false
		}
	}
	if in {
		digits = append(digits, ' ')
	}
	return digits, letters
}

// nearLine reports whether two lines of an address may be one, written in another
// way: the same numbers, and words that are near or short for one another.
func nearLine(a, b []byte) bool {
	var buf [4][2 * maxLetters]byte
	da, la := figures(a, buf[0][:0], buf[1][:0])
	db, lb := figures(b, buf[2][:0], buf[3][:0])
	if !bytes.Equal(da, db) {
		return false
	}
	if len(la) < 3 || len(lb) < 3 {
		return bytes.Equal(la, lb)
	}
	if bytes.Equal(la, lb) || distance(la, lb, 2) <= min(2, min(len(la), len(lb))/4) || likeness(la, lb) >= 0.93 {
		return true
	}
	for { // word by word
		var x, y []byte
		x, a, _ = bytes.Cut(a, space)
		y, b, _ = bytes.Cut(b, space)
		if len(x) == 0 || len(y) == 0 {
			return len(x) == len(y)
		}
		if !bytes.Equal(x, y) && !bytes.HasPrefix(x, y) && !bytes.HasPrefix(y, x) && !near(x, y) {
			return false
		}
	}
}

// nearLocal reports whether two local parts of e-mail addresses may be one, with a
// slip of the pen or other points and dashes.
func nearLocal(a, b []byte) bool {
	if min(len(a), len(b)) < 4 {
		return false
	}
	if distance(a, b, 1) == 1 {
		return true
	}
	if a[0] != b[0] {
		return false
	}
	var buf [4][2 * maxLetters]byte
	da, la := figures(a, buf[0][:0], buf[1][:0])
	db, lb := figures(b, buf[2][:0], buf[3][:0])
	return bytes.Equal(da, db) && len(la) > 3 && len(lb) > 3 && (bytes.Equal(la, lb) || near(la, lb))
}

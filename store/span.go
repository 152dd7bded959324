package store

import (
	"slices"
	"strings"
)

// A span is a range of keys that a Buffer deletes.
type span struct {
	from, to string
	open     bool // no upper bound
}

// cover adds a deleted range, joining those it touches.
func (b *Buffer) cover(s span) {
	spans := make([]span, 0, len(b.spans)+1)
	for _, t := range b.spans {
		if (s.open || t.from <= s.to) && (t.open || s.from <= t.to) {
			s.from = min(s.from, t.from)
			if t.open || s.open {
				s.open, s.to = true, ""
			} else {
				s.to = max(s.to, t.to)
			}
		} else {
			spans = append(spans, t)
		}
	}
	spans = append(spans, s)
	slices.SortFunc(spans, func(s, t span) int { return strings.Compare(s.from, t.from) })
	b.spans = spans
}

// covered reports whether key was in the base's range that we deleted.
func (b *Buffer) covered(key []byte) bool { return covers(b.spans, key) }

func covers(spans []span, key []byte) bool {
	if len(spans) == 0 {
		return false
	}
	n, found := slices.BinarySearchFunc(spans, key, func(s span, key []byte) int {
		return strings.Compare(s.from, string(key))
	})
	if found {
		return true
	}
	return n > 0 && (spans[n-1].open || string(key) < spans[n-1].to)
}

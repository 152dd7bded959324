package shopcsv

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A header finds columns by name, without regard to case, spaces and
// punctuation.
type header struct {
	names []string
	index map[string]int
}

// fold reduces a column's name to its lower-case letters and digits.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

func newHeader(names []string, rename map[string]string) *header {
	h := &header{names: names, index: make(map[string]int, len(names))}
	folded := make(map[string]string, len(rename))
	for _, from := range slices.Sorted(maps.Keys(rename)) {
		folded[fold(from)] = rename[from]
	}
	for i, name := range names {
		if to, ok := folded[fold(name)]; ok {
			name = to
		}
		if f := fold(name); f != "" {
			if _, ok := h.index[f]; !ok {
				h.index[f] = i
			}
		}
	}
	return h
}

// col returns the first of the columns that the file has, or none.
func (h *header) col(names ...string) col {
	for _, name := range names {
		if i, ok := h.index[fold(name)]; ok {
			return col(i + 1)
		}
	}
	return 0
}

// has reports whether the file has one of the columns.
func (h *header) has(names ...string) bool { return h.col(names...) != 0 }

// A col is the number of a column from 1; 0 is one that the file lacks.
type col int

// A HeaderError reports a file whose header does not fit the format.
type HeaderError struct {
	Format string   // the format asked for; "" when any would do
	Want   string   // what was looked for
	Header []string // what was found
}

// Unwrap returns [crm.ErrInvalid].
func (e *HeaderError) Unwrap() error { return crm.ErrInvalid }

// Error tells what was wanted and the header that was found.
func (e *HeaderError) Error() string {
	format := e.Format
	if format == "" {
		format = "known format"
	}
	found := strings.Join(e.Header, ", ")
	if r := []rune(found); len(r) > 2000 {
		found = string(r[:2000]) + "…"
	}
	return fmt.Sprintf("shopcsv: no %s: want %s; the header found is: %s", format, e.Want, found)
}

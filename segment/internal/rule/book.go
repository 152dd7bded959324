package rule

import (
	"slices"
	"strings"
)

// A Vocabulary is what one book knows beside the words of all books. A nil
// Vocabulary knows nothing, and lets names that a book gives stand for anything.
type Vocabulary struct {
	Currency   string   // of the book; "" lets amounts name any
	Attributes []Word   // declared ones, without "attributes."; nil: any name
	Traits     []Word   // with their room, without "traits.": "rfm.recency"; nil: any name
	Segments   []string // names, in letters of either case; nil: any
	IDs        []string // of the segments, letter by letter
	Groups     []string // names of recency, frequency and money; nil: any
}

// Field looks a field up: of customers when source is "", else of its facts.
// The Name of a word that a prefix covers is the whole name. It is false for
// what the book did not declare.
func (v *Vocabulary) Field(source, name string) (Word, bool) {
	if source == "sources" {
		return Word{}, false
	}
	for _, w := range words()[source] {
		if w.Name == name && !w.Prefix() {
			if v != nil && v.Groups != nil && source == "" && (name == "rfm_group" || name == "traits.rfm.group") {
				w.Values = v.Groups
			}
			return w, true
		}
		end, ok := strings.CutPrefix(name, w.Name)
		if !w.Prefix() || !ok || !validEnd(end) {
			continue
		}
		if declared, closed := v.declared(w.Name); closed {
			i := slices.IndexFunc(declared, func(d Word) bool { return d.Name == end })
			if i < 0 {
				return Word{}, false
			}
			w.Type, w.Meaning, w.Folded, w.Key = declared[i].Type, declared[i].Meaning, declared[i].Folded, declared[i].Key
			w.Values = declared[i].Values
		}
		w.Name = name
		return w, true
	}
	return Word{}, false
}

// declared returns the names that the book has under a prefix, and whether
// there are no others.
func (v *Vocabulary) declared(prefix string) (names []Word, closed bool) {
	switch {
	case v == nil:
	case prefix == "attributes.":
		return v.Attributes, v.Attributes != nil
	case prefix == "traits.":
		return v.Traits, v.Traits != nil
	}
	return nil, false
}

// names returns all that could have been meant by a field of a source.
func (v *Vocabulary) names(source string) []string {
	var all []string
	for _, w := range words()[source] {
		declared, _ := v.declared(w.Name)
		for _, d := range declared {
			all = append(all, w.Name+d.Name)
		}
		all = append(all, w.Name)
	}
	return all
}

// Fold makes names of segments the same that differ in the case of their letters.
func Fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// validEnd reports whether a name can follow a prefix: letters and digits of
// ASCII, and _ - . after the first.
func validEnd(s string) bool {
	for i := range len(s) {
		if !letter(s[i]) && !digit(s[i]) && (i == 0 || !strings.ContainsRune("_-.", rune(s[i]))) {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

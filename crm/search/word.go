package search

import (
	"strings"
	"unicode/utf8"
)

// maxWord is how many bytes of a word count.
const maxWord = 48

// A word is a part of a text in the form by which words are compared: lower
// case, without marks.
type word struct {
	text  string
	other string // its other spelling, "" when it has none: mueller beside muller
}

// wordsOf takes a text apart into words: letters and digits, whatever stands
// between them. Of scripts without spaces each two neighbors are a word, and in
// what is recorded the last letter too, so that a single one is found as the
// beginning of a word.
func wordsOf(text string, asked bool) []word {
	var list []word
	var f folder
	var run []rune
	end := func() {
		if len(f.plain) > 0 {
			w := word{text: cut(string(f.plain))}
			if other := cut(string(f.other)); f.differ && other != w.text {
				w.other = other
			}
			list = append(list, w)
		}
		f = folder{plain: f.plain[:0], other: f.other[:0]}
	}
	endRun := func() {
		for i := range run {
			switch {
			case i+1 < len(run):
				list = append(list, word{text: string(run[i : i+2])})
			case !asked || len(run) == 1:
				list = append(list, word{text: string(run[i])})
			}
		}
		run = run[:0]
	}
	for _, r := range text {
		if ideographic(r) {
			end()
			run = append(run, r)
			continue
		}
		endRun()
		if !f.add(r) {
			end()
		}
	}
	end()
	endRun()
	return list
}

// cut shortens a word to what counts of it.
func cut(s string) string {
	if len(s) <= maxWord {
		return s
	}
	n := maxWord
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// joined is several words as one.
func joined(words []word) word {
	var text, other strings.Builder
	differ := false
	for _, w := range words {
		text.WriteString(w.text)
		if w.other == "" {
			other.WriteString(w.text)
		} else {
			other.WriteString(w.other)
			differ = true
		}
	}
	j := word{text: cut(text.String())}
	if differ {
		j.other = cut(other.String())
	}
	return j
}

// spellings yields the ways in which a word is looked up.
func (w word) spellings() []string {
	if w.other == "" {
		return []string{w.text}
	}
	return []string{w.text, w.other}
}

// count is how many letters a word has.
func count(s string) int { return utf8.RuneCountInString(s) }

// first returns the first n letters of a word, all of one that has fewer.
func first(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// hasDigit and digitsOf are about ASCII digits, to which all others are folded.
func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		for _, zero := range zeros {
			if zero <= r && r <= zero+9 {
				return '0' + r - zero
			}
		}
		return -1
	}, s)
}

// reversed is a text of ASCII from its end.
func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

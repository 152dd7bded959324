package linkage

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// special letters that have no decomposition.
var special = strings.NewReplacer("ß", "ss", "ẞ", "ss", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ı", "i", "ħ", "h")

// fold appends s in lower case, without marks, and with one space in the place of
// whatever is no letter and no digit. Letters of other scripts stay.
func fold(dst []byte, s string) []byte {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			s = special.Replace(strings.ToLower(norm.NFKD.String(s)))
			break
		}
	}
	start, gap := len(dst), false
	put := func() {
		if gap && len(dst) > start {
			dst = append(dst, ' ')
		}
		gap = false
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case 'A' <= c && c <= 'Z':
				c += 'a' - 'A'
				fallthrough
			case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
				put()
				dst = append(dst, c)
			case c == '\'':
			default:
				gap = true
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case unicode.Is(unicode.Mn, r), r == '’', r == 'ʼ':
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			put()
			dst = utf8.AppendRune(dst, r)
		default:
			gap = true
		}
	}
	return dst
}

// sounds maps consonants that are heard or typed for one another to one of them;
// 0 is a vowel.
var sounds = [26]byte{
	'b' - 'a': 'p', 'p' - 'a': 'p', 'f' - 'a': 'f', 'v' - 'a': 'f', 'w' - 'a': 'f',
	'c' - 'a': 'k', 'k' - 'a': 'k', 'q' - 'a': 'k', 'x' - 'a': 'k', 'g' - 'a': 'k',
	'd' - 'a': 't', 't' - 'a': 't', 's' - 'a': 's', 'z' - 'a': 's', 'j' - 'a': 'j',
	'l' - 'a': 'l', 'r' - 'a': 'r', 'm' - 'a': 'm', 'n' - 'a': 'm',
}

// skeleton appends what is left of a folded word when vowels, doubles and the
// difference between alike consonants are taken away. Of a text without Latin
// consonants it is the text.
func skeleton(dst, s []byte) []byte {
	start := len(dst)
	var last byte
	for i, c := range s {
		switch {
		case c == ' ', c == 'h' && i > 0:
			continue
		case c < 'a' || c > 'z':
			dst = append(dst, c)
			last = c
			continue
		}
		k := sounds[c-'a']
		if c == 'p' && i+1 < len(s) && s[i+1] == 'h' {
			k = 'f'
		}
		if k == 0 && i == 0 {
			k = 'a'
		}
		if k != 0 && k != last {
			dst = append(dst, k)
		}
		last = k
	}
	if len(dst) == start {
		dst = append(dst, s...)
	}
	return dst
}

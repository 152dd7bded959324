package shopcsv

import (
	"strings"
	"unicode/utf8"
)

// windows1252 holds what the bytes 0x80 to 0x9F stand for; the five that
// stand for nothing are the control characters of the same number. (A table
// of 32 runes weighs less than a module.)
const windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"

var windows1252Runes = []rune(windows1252)

// decode returns a cell as UTF-8: one that is valid UTF-8 as it is, any other
// as Windows-1252, of which Latin 1 is a part.
func decode(cell string) string {
	if utf8.ValidString(cell) {
		return cell
	}
	var b strings.Builder
	b.Grow(len(cell) + 8)
	for i := range len(cell) {
		switch c := cell[i]; {
		case c >= 0x80 && c <= 0x9F:
			b.WriteRune(windows1252Runes[c-0x80])
		default:
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

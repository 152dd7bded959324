package shopcsv

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// defuse marks a cell that a spreadsheet would take for a formula with an
// apostrophe, by which spreadsheets mark text. Negative numbers stay as they
// are. [infuse] undoes it exactly.
func defuse(cell string) string {
	rest := strings.TrimLeft(cell, "'")
	if rest == "" || !strings.Contains("=+-@\t\r", rest[:1]) {
		return cell
	}
	if digits, ok := strings.CutPrefix(cell, "-"); ok {
		whole, fraction, point := strings.Cut(digits, ".")
		if whole != "" && allDigits(whole+fraction) && point == (fraction != "") {
			return cell
		}
	}
	return "'" + cell
}

// infuse takes off the apostrophe that defuse put on.
func infuse(cell string) string {
	if cell == "" || cell[0] != '\'' {
		return cell
	}
	rest := strings.TrimLeft(cell, "'")
	if rest == "" || !strings.Contains("=+-@\t\r", rest[:1]) {
		return cell
	}
	return cell[1:]
}

// refID turns a source's key into the ID of a [crm.Ref]: what may not stand
// there is percent-encoded, and what is longer than 120 bytes ends in a hash.
func refID(key string) string {
	clean := strings.IndexFunc(key, func(r rune) bool {
		return r <= ' ' || r == '@' || r == '%' || r >= 0x7F
	}) < 0
	if !clean {
		var b strings.Builder
		for i := 0; i < len(key); {
			r, size := utf8.DecodeRuneInString(key[i:])
			if r <= ' ' || r == '@' || r == '%' || r == 0x7F || r == utf8.RuneError ||
				r >= 0x80 && (!unicode.IsPrint(r) || unicode.IsSpace(r)) {
				for _, c := range []byte(key[i : i+size]) {
					fmt.Fprintf(&b, "%%%02X", c)
				}
			} else {
				b.WriteString(key[i : i+size])
			}
			i += size
		}
		key = b.String()
	}
	if len(key) > 120 {
		sum := sha256.Sum256([]byte(key))
		cut := 87
		for !utf8.RuneStart(key[cut]) {
			cut--
		}
		key = fmt.Sprintf("%s~%x", key[:cut], sum[:16])
	}
	return key
}

// integral drops the ".0" that spreadsheets and data frames put behind an id.
func integral(id string) string {
	if whole, ok := strings.CutSuffix(id, ".0"); ok && whole != "" && allDigits(whole) {
		return whole
	}
	return id
}

// sortedSet sorts and drops doubles; it returns nil for none.
func sortedSet(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// particles are words that belong to the family name behind them.
var particles = map[string]bool{
	"af": true, "al": true, "av": true, "bin": true, "da": true, "dal": true, "de": true, "del": true, "della": true,
	"den": true, "der": true, "di": true, "dos": true, "du": true, "el": true, "la": true, "le": true, "ibn": true,
	"ten": true, "ter": true, "van": true, "vom": true, "von": true, "zu": true, "zum": true, "zur": true,
}

// splitName parts a full name: the last word is the family name, with the
// particles before it ("Vincent van Gogh"); what stands before a comma is
// too ("Gogh, Vincent").
func splitName(name string) (given, family string) {
	if family, given, ok := strings.Cut(name, ","); ok {
		return strings.Join(strings.Fields(given), " "), strings.Join(strings.Fields(family), " ")
	}
	words := strings.Fields(name)
	if len(words) < 2 {
		return strings.Join(words, " "), ""
	}
	i := len(words) - 1
	for i > 1 && particles[strings.ToLower(words[i-1])] {
		i--
	}
	return strings.Join(words[:i], " "), strings.Join(words[i:], " ")
}

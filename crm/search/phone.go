package search

import "strings"

// minPhone is how many digits of a phone number are asked for at least.
const minPhone = 4

// national returns the digits of a phone number without what is dialed in front
// of them from abroad or within the country, so that both forms are one.
func national(number string) string {
	digits := digitsOf(number)
	number = strings.TrimSpace(number)
	switch {
	case strings.HasPrefix(number, "+") || strings.HasPrefix(number, "＋"):
		digits = digits[callingCode(digits):]
	case strings.HasPrefix(digits, "00"):
		digits = digits[2:]
		digits = digits[callingCode(digits):]
	}
	return strings.TrimLeft(digits, "0")
}

// abroad returns the digits of a number that somebody dials from abroad without
// saying so, "" when it cannot be one.
func abroad(digits string) string {
	if len(digits) < 9 || digits[0] == '0' {
		return ""
	}
	return strings.TrimLeft(digits[callingCode(digits):], "0")
}

// callingCode returns how many digits the country's code has with which a number
// begins, as the ITU gives them out: one for 1 and 7, two for those listed, and
// three for all others.
func callingCode(digits string) int {
	switch {
	case digits == "":
		return 0
	case digits[0] == '1' || digits[0] == '7':
		return 1
	case len(digits) > 1 && strings.Contains(twoDigits, digits[:2]+" "):
		return 2
	}
	return min(3, len(digits))
}

const twoDigits = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "

// phoneLike reports whether a typed word may be part of a phone number: digits
// and what is written between them.
func phoneLike(s string) bool {
	for i, r := range s {
		switch {
		case digitsOf(string(r)) != "", strings.ContainsRune("()-./–‑", r):
		case (r == '+' || r == '＋') && i < 2: // "(+49)"
		default:
			return false
		}
	}
	return s != ""
}

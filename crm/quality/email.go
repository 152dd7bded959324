package quality

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// validEmail reports whether mail can be sent to an address over the internet:
// a local part as RFC 5321 has it, and a domain with a dot.
func validEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && validLocal(s[:at]) && validDomain(s[at+1:])
}

func validLocal(s string) bool {
	if len(s) > 64 || !utf8.ValidString(s) {
		return false
	}
	if len(s) > 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return !strings.ContainsAny(s[1:len(s)-1], "\"\\\r\n")
	}
	for word := range strings.SplitSeq(s, ".") {
		if word == "" {
			return false
		}
		for _, r := range word {
			if r < utf8.RuneSelf && !letter(r) && !digit(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r) {
				return false
			}
		}
	}
	return true
}

func validDomain(s string) bool {
	s = strings.TrimSuffix(s, ".")
	labels := strings.Split(s, ".")
	if len(s) > 253 || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for _, r := range l {
			if !letter(r) && !digit(r) && r != '-' && (r < utf8.RuneSelf || !unicode.In(r, unicode.L, unicode.M, unicode.N)) {
				return false
			}
		}
	}
	return strings.ContainsFunc(labels[len(labels)-1], func(r rune) bool { return !digit(r) })
}

func letter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
func digit(r rune) bool  { return '0' <= r && r <= '9' }

// roleEmail reports whether an address is one of those that RFC 2142 keeps for
// offices.
func roleEmail(s string) bool {
	local, _, _ := strings.Cut(s, "@")
	switch strings.ToLower(local) {
	case "info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "hostmaster",
		"usenet", "news", "webmaster", "www", "uucp", "ftp":
		return true
	}
	return false
}

// domainOf returns the domain of an address, in lower case.
func domainOf(s string) string { return strings.ToLower(s[strings.LastIndexByte(s, '@')+1:]) }

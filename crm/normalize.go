package crm

import (
	"crypto/sha256"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-9cb3708a/clientele/store"
)

// normalEmail is the form by which an e-mail address is looked up: without
// spaces around it and in lower case.
func normalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// normalPhone is the form by which a phone number is looked up: its digits,
// with a + in front when it has an international prefix. A text of fewer than
// five digits is no number.
func normalPhone(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= '0' && r <= '9' || r == '+' && b.Len() == 0 {
			b.WriteRune(r)
		}
	}
	p := b.String()
	if rest, ok := strings.CutPrefix(p, "00"); ok {
		p = "+" + rest
	}
	if len(strings.TrimPrefix(p, "+")) < 5 {
		return ""
	}
	return p
}

// foldCase brings text into a form without case, in whichever script. What is no
// ASCII does not become so.
func foldCase(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return strings.Map(func(r rune) rune {
				first := r // upper case of those that differ by case only
				for n := unicode.SimpleFold(r); n != r; n = unicode.SimpleFold(n) {
					if unicode.IsUpper(n) && (!unicode.IsUpper(first) || n < first) {
						first = n
					}
				}
				if first = unicode.ToLower(first); first < utf8.RuneSelf && r >= utf8.RuneSelf {
					return unicode.ToLower(r)
				}
				return first
			}, s)
		}
	}
	return strings.ToLower(s)
}

// matchEmail is the form by which e-mail addresses are compared: without spaces
// around them and without case. Of a Gmail address neither dots nor what follows
// a + count. A text without an @ is no address.
func matchEmail(s string) string {
	s = foldCase(strings.TrimSpace(s))
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 {
		return ""
	}
	if d := s[at+1:]; d == "gmail.com" || d == "googlemail.com" {
		local, _, _ := strings.Cut(s[:at], "+")
		if local = strings.ReplaceAll(local, ".", ""); local != "" {
			return local + gmail
		}
	}
	return s
}

const gmail = "@gmail.com"

// severalForms reports whether e-mail addresses of several normal forms may be
// compared by this one.
func severalForms(form string) bool {
	return strings.HasSuffix(form, gmail) || strings.ContainsFunc(form, func(r rune) bool { return r >= utf8.RuneSelf })
}

// matchLoyalty is the form by which numbers of customer cards are compared.
func matchLoyalty(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return r
	}, s))
}

// form returns the form by which an identity is compared, or lists what is wrong
// with it.
func (r *rules) form(i *Identity) (form string, err error) {
	var f faults
	limit := 255
	switch i.Kind {
	case IdentityExternal:
		f.ref("", Ref{i.Source, i.Value})
		form = i.Value
	case IdentityEmail:
		f.email("value", strings.TrimSpace(i.Value))
		form, limit = matchEmail(i.Value), 320
	case IdentityPhone:
		form = matchPhone(i.Value, r.home)
	case IdentityLoyalty:
		form = matchLoyalty(i.Value)
	default:
		if !identityKind(i.Kind) {
			f.add("kind", string(i.Kind), "1 to 40 lower-case letters, digits, _ and .")
		}
		form = strings.TrimSpace(i.Value)
	}
	if len(f.list) == 0 && form == "" {
		f.personal("value", i.Value, "what can be of the kind")
	}
	f.text("value", i.Value, limit)
	if i.Kind != IdentityExternal && i.Source != "" && !validKey(i.Source) {
		f.personal("source", i.Source, "1 to 120 printable bytes without spaces and @")
	}
	f.time("verified_at", i.VerifiedAt)
	f.time("first_seen_at", i.FirstSeenAt)
	f.time("last_seen_at", i.LastSeenAt)
	return form, f.err()
}

func identityKind(k IdentityKind) bool {
	if k == "" || len(k) > 40 {
		return false
	}
	for _, r := range k {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '.' {
			return false
		}
	}
	return true
}

// blindKey appends what stands for a personal value in an index: a hash, so
// that keys hold no personal data. It can be looked up, not read.
func blindKey(k store.Key, value string) store.Key { return k.String(blind(value)) }

// blind is the hash that [blindKey] appends.
func blind(value string) string {
	h := sha256.Sum256([]byte(value))
	return string(h[:16])
}

// sameRef makes the ref of a record stay: its id is derived from it. A ref that
// is left out is the old one, another one is refused.
func sameRef(r *Ref, old Ref) error {
	switch {
	case old.IsZero() || *r == old:
		return nil
	case r.IsZero():
		*r = old
		return nil
	}
	return &InvalidError{Fields: []FieldError{{Field: "ref", Value: r.String(), Want: old.String() + ", by which it is recorded"}}}
}

// sorted returns words in order and without doubles, nil when there are none.
func sorted(words []string) []string {
	if len(words) == 0 {
		return nil
	}
	words = slices.Clone(words)
	slices.Sort(words)
	return slices.Compact(words)
}

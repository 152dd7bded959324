package crm

import (
	"crypto/sha256"
	"slices"
	"strings"

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

// blindKey appends what stands for a personal value in an index: a hash, so
// that keys hold no personal data. It can be looked up, not read.
func blindKey(k store.Key, value string) store.Key {
	h := sha256.Sum256([]byte(value))
	return k.String(string(h[:16]))
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

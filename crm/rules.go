package crm

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
)

// IdentityRules say which identities make whom one person. The zero value of
// every field is a good default.
type IdentityRules struct {
	// Blocked are values that are nobody's, in whatever case, beside those that
	// every book blocks: what holds nothing but zeros and dashes; -1, null, nil,
	// none, undefined, void, n/a, anonymous, guest, unknown, test; the addresses
	// test@ and noreply@ of any domain; all of example.com, .net and .org. One
	// that begins with ^ is a regular expression.
	Blocked []string
	// Unblocked are values that are somebody's although Blocked or the book
	// would have them blocked.
	Unblocked []string
	// Limits say how many values of a kind one person has at most. A kind that
	// is not here has 1 a source when it is external, 5 in a week when it is a
	// device, and else 5.
	Limits map[IdentityKind]IdentityLimit
	// Priority lists kinds, those that count most first; what is not in it
	// follows in the order of the alphabet. Nil is external, email.
	Priority []IdentityKind
	// Unique are kinds of which a person has one value, whatever Limits says:
	// two values are two persons.
	Unique []IdentityKind
	// Shared are kinds whose values people share, such as a family's phone.
	// They never make two one: they tell who somebody is when no other identity
	// does and one person has it. Nil is device and phone. Devices always are.
	Shared []IdentityKind
	// Region is the country that national phone numbers are of, in ISO 3166-1
	// alpha-2: one of the some 70 that the book knows how to dial. "" is none.
	Region string
}

// An IdentityLimit is how many values of a kind one person has at most.
type IdentityLimit struct {
	Count  int           // at least 1
	Within time.Duration // counts those last seen within; 0 counts all
}

// maxIdentities is how many identities one person has at most.
const maxIdentities = 1000

// rules are IdentityRules as they are used.
type rules struct {
	IdentityRules
	exact    map[string]bool // true is blocked, false is not
	patterns []*regexp.Regexp
	home     *dial
}

// compile makes rules usable, or lists what is wrong.
func (r *IdentityRules) compile(f *faults) *rules {
	c := &rules{exact: map[string]bool{}}
	if r != nil {
		c.IdentityRules = *r
	}
	f.in("identities", -1)
	defer f.in("", 0)
	for _, s := range c.Blocked {
		if !strings.HasPrefix(s, "^") {
			c.exact[foldCase(s)] = true
			continue
		}
		re, err := regexp.Compile("(?i)" + s)
		if err != nil {
			f.add("blocked", s, "a regular expression")
			continue
		}
		c.patterns = append(c.patterns, re)
	}
	for _, s := range c.Unblocked {
		c.exact[foldCase(s)] = false
	}
	for kind, l := range c.Limits {
		if l.Count < 1 || l.Within < 0 {
			f.add("limits", string(kind), "a count of at least 1 and a time that is not negative")
		}
	}
	if c.Priority == nil {
		c.Priority = []IdentityKind{IdentityExternal, IdentityEmail}
	}
	if c.Shared == nil {
		c.Shared = []IdentityKind{IdentityPhone}
	}
	if c.Region != "" {
		if d, ok := dialing[c.Region]; ok {
			c.home = &d
		} else {
			f.add("region", c.Region, "two capital letters of ISO 3166-1, of a country that the book knows how to dial")
		}
	}
	return c
}

// shared reports whether people share values of a kind.
func (r *rules) shared(k IdentityKind) bool {
	return k == IdentityDevice || slices.Contains(r.Shared, k)
}

func (r *rules) unique(k IdentityKind) bool { return slices.Contains(r.Unique, k) }

// limit returns how many values of a kind one person has at most.
func (r *rules) limit(k IdentityKind) IdentityLimit {
	l, ok := r.Limits[k]
	switch {
	case r.unique(k):
		return IdentityLimit{Count: 1}
	case ok:
		return l
	case k == IdentityExternal:
		return IdentityLimit{Count: 1}
	case k == IdentityDevice:
		return IdentityLimit{5, 7 * 24 * time.Hour}
	}
	return IdentityLimit{Count: 5}
}

// compare orders kinds by how much they count, the most first.
func (r *rules) compare(a, b IdentityKind) int {
	rank := func(k IdentityKind) int {
		if i := slices.Index(r.Priority, k); i >= 0 {
			return i
		}
		return len(r.Priority)
	}
	return cmp.Or(rank(a)-rank(b), cmp.Compare(a, b))
}

// blocked reports whether a value is nobody's.
func (r *rules) blocked(i *Identity, form string) bool {
	v := foldCase(strings.TrimSpace(i.Value))
	if b, ok := r.exact[v]; ok {
		return b
	}
	if b, ok := r.exact[form]; ok {
		return b
	}
	if strings.Trim(v, "0-") == "" {
		return true
	}
	switch v {
	case "-1", "null", "nil", "none", "undefined", "void", "n/a", "anonymous", "guest", "unknown", "test":
		return true
	}
	if i.Kind == IdentityPhone && strings.Trim(form, "+0") == "" {
		return true
	}
	if i.Kind == IdentityEmail {
		local, domain, _ := strings.Cut(form, "@")
		switch local {
		case "test", "noreply", "no-reply", "donotreply", "do-not-reply":
			return true
		}
		switch domain {
		case "example.com", "example.net", "example.org":
			return true
		}
	}
	return slices.ContainsFunc(r.patterns, func(re *regexp.Regexp) bool { return re.MatchString(v) })
}

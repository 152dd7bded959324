package quality

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/seed-9cb3708a/clientele/crm"
)

// fieldNames are the fields of a [Report], and the order in which they stand.
var fieldNames = []string{"name", "email", "phone", "address", "birthday", "locale", "time_zone"}

// maxAge is beyond what anybody has reached, but for one in a billion.
const maxAge = 120

// marks are the faults of one person's field, each once.
type marks []mark

type mark struct {
	field    string
	fault    Fault
	severity Severity
}

func (m *marks) add(field string, what Fault, s Severity) {
	if w := (mark{field, what, s}); !slices.Contains(*m, w) {
		*m = append(*m, w)
	}
}

// check counts a person.
func (c *checker) check(ctx context.Context, p *person) error {
	c.persons++
	emails, phones := p.values(crm.IdentityEmail, p.Email), p.values(crm.IdentityPhone, p.Phone)
	c.field(p, "name", p.Name() != "", c.name(p))
	c.field(p, "email", len(emails) > 0, c.emails(p, emails))
	c.field(p, "phone", len(phones) > 0, c.phones(p, phones))
	addressed := slices.ContainsFunc(p.Addresses, func(a crm.Address) bool { return !a.IsZero() })
	c.field(p, "address", addressed, c.addresses(p, addressed))
	c.field(p, "birthday", p.Birthday != "", c.birthday(p))
	c.field(p, "locale", p.Locale != "", c.locale(p))
	c.field(p, "time_zone", p.TimeZone != "", c.timeZone(p))
	if len(emails)+len(phones) == 0 && !addressed {
		c.count(p, "customer", Unreachable, Medium, 1)
	}
	c.count(p, "consent", Unproven, High, p.unproven)
	unverified := map[crm.IdentityKind]int{}
	for _, i := range p.identities {
		if !i.Verified {
			unverified[i.Kind]++
		}
		if country := p.country(); i.Kind == crm.IdentityPhone {
			if form, ok := c.book.Identities.E164(i.Value, country); ok {
				i.Value = form
			}
		}
		if err := c.double(ctx, p, i); err != nil {
			return err
		}
	}
	for kind, n := range unverified {
		c.count(p, "identity."+string(kind), Unverified, Low, n)
	}
	return nil
}

// field counts a field of a person.
func (c *checker) field(p *person, name string, have bool, faults marks) {
	f := &c.fields[slices.Index(fieldNames, name)]
	if !have {
		c.count(p, name, Missing, Low, 1)
		return
	}
	f.Have++
	bad := false
	for _, m := range faults {
		c.count(p, m.field, m.fault, m.severity, 1)
		if m.fault == Stale {
			f.Stale++
		} else if m.severity != Low {
			bad = true
		}
	}
	if bad {
		f.Bad++
	}
}

// values returns what is known of a kind: in the record, and beside it.
func (p *person) values(kind crm.IdentityKind, own string) (list []string) {
	if own != "" {
		list = append(list, own)
	}
	for _, i := range p.identities {
		if i.Kind == kind && !slices.Contains(list, i.Value) {
			list = append(list, i.Value)
		}
	}
	return list
}

// country is where a national phone number of a person is dialed, as the book
// takes it.
func (p *person) country() string {
	if len(p.Addresses) == 0 {
		return ""
	}
	return p.Addresses[0].Country
}

// confirmed reports whether anything of a kind was verified lately.
func (c *checker) confirmed(p *person, kind crm.IdentityKind) bool {
	return slices.ContainsFunc(p.identities, func(i crm.Identity) bool {
		return i.Kind == kind && i.Verified && !c.stale(i.VerifiedAt)
	})
}

// blank reports whether a text stands for nothing, by the words that the book
// takes for nobody's.
func (c *checker) blank(s string) bool {
	return c.book.Identities.Blocked(crm.Identity{Kind: "text", Value: s})
}

func (c *checker) name(p *person) (m marks) {
	parts := slices.DeleteFunc([]string{p.GivenName, p.FamilyName, p.Company}, func(s string) bool { return s == "" })
	words := strings.Fields(p.Name())
	if len(words) > 0 && !slices.ContainsFunc(words, func(s string) bool { return !c.blank(s) }) {
		m.add("name", Placeholder, Medium) // Test Test; but somebody may be called Guest
		return m
	}
	for _, s := range parts {
		digits := !strings.ContainsFunc(s, unicode.IsLetter) && s != p.Company
		if digits && !c.blank(s) || strings.Contains(s, "@") || strings.Contains(s, "://") {
			m.add("name", NotName, Medium)
		}
	}
	return m
}

func (c *checker) emails(p *person, values []string) (m marks) {
	for _, s := range values {
		s = strings.TrimSpace(s)
		switch {
		case c.book.Identities.Blocked(crm.Identity{Kind: crm.IdentityEmail, Value: s}):
			m.add("email", Placeholder, High)
		case !validEmail(s):
			m.add("email", Invalid, High)
		case c.opts.Disposable != nil && c.opts.Disposable(domainOf(s)):
			m.add("email", Disposable, Medium)
		case roleEmail(s):
			m.add("email", Role, Low)
		}
	}
	if c.stale(p.last) && !c.confirmed(p, crm.IdentityEmail) {
		m.add("email", Stale, Medium)
	}
	return m
}

func (c *checker) phones(p *person, values []string) (m marks) {
	for _, s := range values {
		if c.book.Identities.Blocked(crm.Identity{Kind: crm.IdentityPhone, Value: s}) {
			m.add("phone", Placeholder, Medium)
			continue
		}
		if _, ok := c.book.Identities.E164(s, p.country()); ok {
			continue
		}
		if _, err := c.book.Identities.Normalize(crm.Identity{Kind: crm.IdentityPhone, Value: s}); err == nil && !c.dialable(s, p.country()) {
			m.add("phone", Unknown, Low)
		} else {
			m.add("phone", Invalid, Medium)
		}
	}
	if c.stale(p.last) && !c.confirmed(p, crm.IdentityPhone) {
		m.add("phone", Stale, Medium)
	}
	return m
}

// dialable reports whether the book knows from where a number is dialed: it is
// international, or the country is one that it can dial in.
func (c *checker) dialable(number, country string) bool {
	if number = strings.TrimSpace(number); strings.HasPrefix(number, "+") || strings.HasPrefix(number, "00") {
		return true
	}
	known, ok := c.dials[country]
	if !ok {
		for n := 5; n <= 14 && !known; n++ { // some length is right there
			_, known = c.book.Identities.E164(strings.Repeat("2", n), country)
		}
		if len(c.dials) < 10_000 {
			c.dials[country] = known
		}
	}
	return known
}

func (c *checker) addresses(p *person, have bool) (m marks) {
	for _, a := range p.Addresses {
		if a.IsZero() {
			continue
		}
		switch {
		case a.Line1+a.Line2 == "" || a.City == "":
			m.add("address", Incomplete, Medium)
		case a.Line1 != "" && c.blank(a.Line1) || c.blank(a.City):
			m.add("address", Placeholder, Medium)
		}
		switch {
		case a.Country == "":
			m.add("address.country", Missing, Low)
		case !countries[a.Country]:
			m.add("address.country", Unknown, Medium)
		case a.Postcode == "" && postcodes[a.Country] != nil:
			m.add("address.postcode", Missing, Low)
		case a.Postcode != "" && !validPostcode(a.Postcode, a.Country):
			m.add("address.postcode", Invalid, Medium)
		}
	}
	if have && c.stale(p.last) {
		m.add("address", Stale, Medium)
	}
	return m
}

func (c *checker) birthday(p *person) (m marks) {
	years, known := p.Age(c.at)
	_, comes := p.NextBirthday(c.at)
	_, err := time.Parse(time.DateOnly, p.Birthday)
	switch {
	case known && years > maxAge:
		m.add("birthday", TooOld, Medium)
	case !known && !comes && err == nil:
		m.add("birthday", Future, Medium)
	case !comes && p.Birthday != "":
		m.add("birthday", Invalid, Medium)
	}
	return m
}

var localeForm = regexp.MustCompile(`^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$`)

func (c *checker) locale(p *person) (m marks) {
	if p.Locale != "" && !localeForm.MatchString(p.Locale) {
		m.add("locale", Invalid, Low)
	}
	return m
}

func (c *checker) timeZone(p *person) (m marks) {
	if p.TimeZone == "" {
		return nil
	}
	known, ok := c.zones[p.TimeZone]
	if !ok {
		_, err := time.LoadLocation(p.TimeZone)
		if known = err == nil; len(c.zones) < 10_000 {
			c.zones[p.TimeZone] = known
		}
	}
	if !known {
		m.add("time_zone", Unknown, Low)
	}
	return m
}

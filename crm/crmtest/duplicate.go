package crmtest

import (
	"iter"
	"strconv"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A DuplicateKind says how a shop came to a [Duplicate].
type DuplicateKind string

// The kinds of duplicates: first those of the same person, then those of others.
const (
	DuplicateTypo    DuplicateKind = "typo"    // written down again, with slips of the pen
	DuplicateSwapped DuplicateKind = "swapped" // given and family name in each other's place
	DuplicateMoved   DuplicateKind = "moved"   // lives elsewhere
	DuplicateMarried DuplicateKind = "married" // has another family name
	DuplicateGuest   DuplicateKind = "guest"   // ordered without an account: name and e-mail, or name and address
	DuplicateAgain   DuplicateKind = "again"   // registered again, with another e-mail address

	DuplicateHousehold   DuplicateKind = "household"    // shares address, and often family name and telephone
	DuplicateFamilyPhone DuplicateKind = "family_phone" // shares the telephone, and lives elsewhere
	DuplicateTwin        DuplicateKind = "twin"         // brother or sister, born on the same day
	DuplicateNamesake    DuplicateKind = "namesake"     // shares the name and nothing else
)

// A Duplicate is a customer that a shop has twice, or one who only looks like it.
type Duplicate struct {
	Kind     DuplicateKind
	Same     bool          // the same person as Of
	Of       crm.Ref       // of a customer of the shop
	Customer *crm.Customer // with a Ref of its own, of source "demo"
}

// Duplicates returns customers to be recorded beside those of Records and the
// truth about them: about one for each tenth customer who is the same person, and
// one for each twelfth who is not. Its error is that of Records.
func (d *Demo) Duplicates() iter.Seq2[Duplicate, error] {
	return func(yield func(Duplicate, error) bool) {
		g, err := d.open()
		if err != nil {
			yield(Duplicate{}, err)
			return
		}
		for who := g.cast; who < g.n; who++ {
			dice := throw(g.seed, streamDuplicate, who, 0)
			kinds := [...]DuplicateKind{
				DuplicateTypo, DuplicateTypo, DuplicateTypo, DuplicateSwapped, DuplicateMoved, DuplicateMoved,
				DuplicateMarried, DuplicateGuest, DuplicateGuest, DuplicateAgain,
				DuplicateHousehold, DuplicateHousehold, DuplicateHousehold, DuplicateHousehold, DuplicateFamilyPhone,
				DuplicateFamilyPhone, DuplicateTwin, DuplicateNamesake,
			}
			if x := dice.below(100 * len(kinds) / 18); x < len(kinds) {
				if dup, ok := g.duplicate(&dice, who, kinds[x]); ok && !yield(dup, nil) {
					return
				}
			}
		}
	}
}

// duplicate makes one of a kind. It is false when the customer has not what it
// takes.
func (g *generator) duplicate(d *dice, who int, kind DuplicateKind) (Duplicate, bool) {
	t := g.traits(who)
	var v crm.Customer
	g.person(&v, who, &t, t.account || t.converts)
	dup := Duplicate{Kind: kind, Of: v.Refs[0], Customer: &v}
	v.Refs = []crm.Ref{{Source: source, ID: g.key(who) + "b"}}
	v.Tags, v.Company = nil, ""
	v.Account = d.chance(300)
	if kind == DuplicateGuest {
		v.Account = false
	}
	home := &v.Addresses[0]
	home.Company = ""
	given, family := g.name(d, t.country)
	switch kind {
	case DuplicateHousehold, DuplicateTwin, DuplicateFamilyPhone, DuplicateNamesake:
		return dup, g.other(d, who, kind, &t, &v, given, family)
	}
	dup.Same = true
	if d.chance(300) {
		v.Birthday = ""
	}
	if d.chance(250) {
		v.Phone = ""
	}
	switch kind {
	case DuplicateTypo:
		slips := [...]*string{&v.GivenName, &v.FamilyName, &home.Line1, &home.City, &v.FamilyName}
		for range d.between(1, 2) {
			s := slips[d.below(len(slips))]
			*s = slip(d, *s)
		}
		g.remail(d, &v, 200, 0, 0, 400)
	case DuplicateSwapped:
		v.GivenName, v.FamilyName = v.FamilyName, v.GivenName
		g.remail(d, &v, 300, 250, 0, 300)
	case DuplicateMoved:
		g.move(d, &t, &v)
		g.remail(d, &v, 600, 250, 150, 0)
	case DuplicateMarried:
		v.FamilyName = family.text
		if d.chance(300) {
			g.move(d, &t, &v)
			break
		}
		g.remail(d, &v, 500, 150, 0, 200)
	case DuplicateGuest:
		v.Birthday, v.Phone, v.Locale, v.TimeZone = "", "", "", ""
		if d.chance(500) {
			v.Email = ""
			break
		}
		v.Addresses = nil
		g.remail(d, &v, 500, 300, 200, 0)
	case DuplicateAgain:
		v.Account = true
		g.remail(d, &v, 0, 300, 0, 0)
	}
	if len(v.Addresses) > 0 {
		v.Addresses[0].Name = v.Name()
	}
	return dup, true
}

// other makes somebody else of v.
func (g *generator) other(d *dice, who int, kind DuplicateKind, t *traits, v *crm.Customer, given, family name) bool {
	if kind == DuplicateFamilyPhone && v.Phone == "" || kind == DuplicateTwin && len(v.Birthday) < 10 || given.text == v.GivenName && kind != DuplicateNamesake {
		return false
	}
	switch kind {
	case DuplicateNamesake:
		given, family = name{v.GivenName, plain(v.GivenName)}, name{v.FamilyName, plain(v.FamilyName)}
		v.Phone = ""
		g.move(d, t, v)
	case DuplicateFamilyPhone:
		if d.chance(500) {
			family = name{v.FamilyName, plain(v.FamilyName)}
		}
		g.move(d, t, v)
	default:
		if kind == DuplicateTwin || d.chance(700) {
			family = name{v.FamilyName, plain(v.FamilyName)}
		}
		if d.chance(300) {
			v.Phone = ""
		}
	}
	if kind != DuplicateTwin && v.Birthday != "" {
		v.Birthday = strconv.Itoa(d.between(1945, 2008)) + date(d)
	}
	v.GivenName, v.FamilyName = given.text, family.text
	v.Addresses[0].Name = v.Name()
	if kind == DuplicateNamesake || !d.chance(150) {
		v.Email = ""
		if d.chance(800) {
			g.mailbox(d, v, given.mail, family.mail, d.between(10, 99999))
		}
	}
	return true
}

// remail gives somebody another e-mail address: in so many of a thousand cases the
// same, the same at another provider, the same with a slip, none, and else one
// made anew.
func (g *generator) remail(d *dice, v *crm.Customer, same, provider, slipped, none int) {
	local, domain, _ := strings.Cut(v.Email, "@")
	switch x := d.below(1000); {
	case x < same:
	case x < same+provider:
		v.Email = local + map[bool]string{true: "@example.net", false: "@example.org"}[domain == "example.org"]
	case x < same+provider+slipped:
		v.Email = slip(d, local) + "@" + domain
	case x < same+provider+slipped+none:
		v.Email = ""
	default:
		g.mailbox(d, v, plain(v.GivenName), plain(v.FamilyName), d.between(10, 9999))
	}
}

// mailbox gives somebody an address made of a name and a number.
func (g *generator) mailbox(d *dice, v *crm.Customer, given, family string, number int) {
	k := &g.ink
	k.put('c')
	k.number(number)
	k.end()
	k.mail(d, given, family)
	v.Email = k.dry()[1]
}

// move gives somebody another address in their country.
func (g *generator) move(d *dice, t *traits, v *crm.Customer) {
	a := g.ink.address(d, t.country)
	texts := g.ink.dry()
	a.Postcode, a.Line1, a.Name = texts[0], texts[1], v.Name()
	v.Addresses = []crm.Address{a}
}

// plain is a name as it goes into an address of mail.
func plain(s string) string {
	return folding.Replace(strings.ToLower(strings.ReplaceAll(s, " ", "")))
}

// slip makes one slip of the pen: a letter replaced, left out, doubled, or swapped
// with the next.
func slip(d *dice, s string) string {
	r := []rune(s)
	if len(r) < 3 {
		return s
	}
	i := d.between(1, len(r)-2)
	if d.chance(100) {
		i = 0
	}
	switch d.below(4) {
	case 0:
		r[i] = rune("abcdefghijklmnoprstuvwz"[d.below(23)])
	case 1:
		r = append(r[:i], r[i+1:]...)
	case 2:
		r = append(r[:i+1], r[i:]...)
	default:
		r[i], r[i+1] = r[i+1], r[i]
	}
	return string(r)
}

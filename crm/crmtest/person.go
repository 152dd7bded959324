package crmtest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// key is the Ref.ID of a customer.
func (g *generator) key(who int) string {
	if who < g.cast {
		return g.story[who].customer.Refs[0].ID
	}
	return "c" + strconv.Itoa(who+1)
}

// person fills in who somebody is. All of it is what the shop's accounts
// tell, else what stands on an order.
func (g *generator) person(c *crm.Customer, who int, t *traits, all bool) {
	if who < g.cast {
		*c = g.story[who].customer
		c.Refs, c.Addresses, c.Tags = slices.Clone(c.Refs), slices.Clone(c.Addresses), slices.Clone(c.Tags)
		if !all {
			c.Refs, c.Tags, c.Birthday = c.Refs[:1:1], nil, ""
		}
		return
	}
	d := throw(g.seed, streamPerson, who, 0)
	given, family := g.name(&d, t.country)
	k := &g.ink
	k.put('c')
	k.number(who + 1)
	k.end()
	k.mail(&d, given.mail, family.mail)
	g.phone(&d, t.country, who)
	k.name(given, family)
	a := k.address(&d, t.country)
	if t.trade {
		k.write(family.text)
		k.write([...]string{" & Co.", " Trading", " Studio", " Café"}[d.below(4)])
	}
	k.end()
	texts := k.dry()
	c.Refs = append(c.Refs, crm.Ref{Source: source, ID: texts[0]})
	c.GivenName, c.FamilyName = given.text, family.text
	c.Email, c.Phone, c.Company = texts[1], texts[2], texts[6]
	a.Name, a.Postcode, a.Line1, a.Company = texts[3], texts[4], texts[5], texts[6]
	c.Addresses = append(c.Addresses, a)
	if !all {
		return
	}
	c.Account = true
	c.Locale, c.TimeZone = t.country.locale, t.country.zone
	switch x := d.below(100); {
	case x < 45:
		year := 1945 + (d.below(64)+d.below(64))/2
		c.Birthday = strconv.Itoa(year) + date(&d)
	case x < 53:
		c.Birthday = "-" + date(&d)
	}
	if t.channel == crm.ChannelApp {
		c.Tags = append(c.Tags, "app")
	}
	if t.newsletter {
		c.Tags = append(c.Tags, "newsletter")
	}
	if t.trade {
		c.Tags = append(c.Tags, "trade")
	}
}

// date returns "-01-02".
func date(d *dice) string {
	month, date := d.between(1, 12), d.between(1, 28)
	return string([]byte{'-', '0' + byte(month/10), '0' + byte(month%10), '-', '0' + byte(date/10), '0' + byte(date%10)})
}

func (g *generator) name(d *dice, c *country) (given, family name) {
	culture := c.culture
	if d.chance(c.others) {
		culture = d.below(cultures)
	}
	names := &g.names[culture]
	return names[0][d.below(len(names[0]))], names[1][d.below(len(names[1]))]
}

func (k *ink) name(given, family name) {
	k.write(given.text)
	k.put(' ')
	k.write(family.text)
	k.end()
}

// mail writes an address that nobody else has, as the number in the text
// before ends it.
func (k *ink) mail(d *dice, given, family string) {
	digits := k.b[1:k.from()]
	switch d.below(5) {
	case 0, 1:
		k.write(given)
		k.put('.')
		k.write(family)
	case 2:
		k.put(given[0])
		k.put('.')
		k.write(family)
	case 3:
		k.write(family)
		k.put('.')
		k.write(given)
	default:
		k.write(given)
	}
	k.b = append(k.b, digits...)
	k.write([...]string{"@example.com", "@example.org", "@example.net"}[d.below(3)])
	k.end()
}

// phone writes a number that is set aside for fiction, each for one customer
// at most. As there are few, a larger shop has them for fewer of its customers.
func (g *generator) phone(d *dice, c *country, who int) {
	k := &g.ink
	defer k.end()
	u := d.below(100)
	if len(c.phones) == 0 || u >= 70 {
		return
	}
	all := c.each * len(c.phones)
	apart := (g.n + all - 1) / all
	if who%apart != 0 {
		return
	}
	i := who / apart
	pattern := c.phones[i%len(c.phones)]
	if u < 20 { // as written at home
		_, pattern, _ = strings.Cut(pattern, " ")
		k.write(c.trunk)
	}
	k.write(pattern)
	i /= len(c.phones)
	b := k.since()
	for j := len(b) - 1; j >= 0; j-- {
		if b[j] == '#' {
			b[j] = '0' + byte(i%10)
			i /= 10
		}
	}
}

// address writes the postcode and the first line, and returns the rest.
func (k *ink) address(d *dice, c *country) crm.Address {
	p := &c.cities[min(d.below(len(c.cities)), d.below(len(c.cities)))]
	a := crm.Address{Country: c.code, City: p.city, Region: p.region}
	k.write(p.postcode)
	u := d.pcg.Uint64()
	for b := k.since(); len(b) > 0; b, u = b[1:], u>>8 {
		switch b[0] {
		case '#':
			b[0] = '0' + byte(u&0xFF*10>>8)
		case '@':
			b[0] = "ABDEFGHJLNPQRSTUWXYZ"[u&0xFF*20>>8]
		}
	}
	k.end()
	street := &c.streets[d.below(len(c.streets))]
	k.write(street[0])
	k.number(1 + min(d.below(140), d.below(140)))
	k.write(street[1])
	k.end()
	if d.chance(120) {
		a.Line2 = [...]string{"2nd floor", "Flat 3", "c/o Reception", "Apt. 12"}[d.below(4)]
	}
	return a
}

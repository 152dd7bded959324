package crmtest

import "github.com/seed-9cb3708a/clientele/crm"

// A tale is the life of somebody whom every shop knows, whatever its seed.
type tale struct {
	traits   traits
	customer crm.Customer
	arrives  int
	chapters []chapter
}

// A chapter is one order of a tale.
type chapter struct {
	at       int
	channel  crm.Channel
	coupon   string
	lines    []line
	canceled bool
	returned bool // the last line
}

func (t *tale) next(s *shopper) (at int, refill uint8, ok bool) {
	if int(s.k) >= len(t.chapters) {
		return 0, 0, false
	}
	s.k++
	return t.chapters[s.k-1].at, 0, true
}

// tales returns the people in the order of the customers they are.
func tales(g *generator) []tale {
	home := func(code string) (t traits) {
		for i := range countries {
			if countries[i].code == code {
				t = traits{country: &countries[i], tariff: g.pays[i], account: true, channel: crm.ChannelWeb}
			}
		}
		return t
	}
	// part is a fraction of the shop's life, in the evening.
	part := func(permille int) int { return g.days*permille/1000*day + 19*hour + 25*minute }

	ada := tale{
		traits:  home("GB"),
		arrives: 9*hour + 12*minute,
		customer: crm.Customer{
			Refs:    []crm.Ref{{Source: source, ID: "ada"}, {Source: "loyalty", ID: "1815"}},
			Account: true, GivenName: "Ada", FamilyName: "Byron",
			Email: "ada.byron@example.com", Phone: "+44 7700 900181",
			Locale: "en-GB", TimeZone: "Europe/London", Birthday: "1985-12-10",
			Addresses: []crm.Address{{Name: "Ada Byron", Line1: "12 St James's Square", City: "London", Postcode: "SW1Y 4JH", Country: "GB"}},
			Tags:      []string{"newsletter", "vip"},
		},
	}
	// A kilogram of coffee every four weeks, and now and then something more.
	for at := 10 * hour; at < g.end()-2*day; at += 28 * day {
		c := chapter{at: at + len(ada.chapters)%3*day, channel: crm.ChannelApp, lines: []line{{good: coffee, variant: 1, units: 1}}}
		switch k := len(ada.chapters); {
		case k == 0:
			c.channel, c.coupon = crm.ChannelWeb, "WELCOME5"
			c.lines = append(c.lines, line{good: mokaPot, units: 1})
		case k%6 == 5:
			c.lines[0].units = 2
		}
		ada.chapters = append(ada.chapters, c)
	}
	ada.insert(chapter{at: part(310), channel: crm.ChannelWeb, returned: true, lines: []line{{good: glasses, units: 1}, {good: shirt, variant: 2, units: 2}}})
	ada.insert(chapter{at: part(620), channel: crm.ChannelStore, lines: []line{{good: shirt, variant: 1, units: 1}}})
	ada.insert(chapter{at: part(800), channel: crm.ChannelWeb, canceled: true, lines: []line{{good: blanket, units: 1}}})
	ada.insert(chapter{at: part(805), channel: crm.ChannelWeb, lines: []line{{good: blanket, units: 2}}})

	george := tale{
		traits:  home("IE"),
		arrives: 14*hour + 3*minute,
		customer: crm.Customer{
			Refs:    []crm.Ref{{Source: source, ID: "george"}},
			Account: true, GivenName: "George", FamilyName: "Boole",
			Email: "george.boole@example.org", Locale: "en-IE", TimeZone: "Europe/Dublin", Birthday: "--11-02",
			Addresses: []crm.Address{{Name: "George Boole", Line1: "5 Grenville Place", City: "Cork", Postcode: "T12 X002", Country: "IE"}},
		},
	}
	// A good customer who stayed away.
	for i, at := range []int{10, 60, 110, 170, 240} {
		george.chapters = append(george.chapters, chapter{at: part(at), channel: crm.ChannelWeb, lines: []line{
			{good: shirt, variant: 3, units: int64(1 + i%2)}, {good: []int32{mokaPot, blanket, glasses}[i%3], units: 1},
		}})
	}

	mary := tale{
		traits:  home("GB"),
		arrives: part(500) - 20*minute,
		customer: crm.Customer{
			Refs:      []crm.Ref{{Source: source, ID: "mary"}},
			GivenName: "Mary", FamilyName: "Somerville",
			Email: "mary.somerville@example.net", Phone: "07700 900178",
			Addresses: []crm.Address{{Name: "Mary Somerville", Line1: "26 Burntisland Road", City: "Edinburgh", Postcode: "EH6 4AA", Country: "GB", Region: "Scotland"}},
		},
	}
	// A guest who telephoned once, and sent it back.
	mary.traits.account, mary.traits.channel = false, crm.ChannelPhone
	mary.chapters = []chapter{{at: part(500), channel: crm.ChannelPhone, returned: true, lines: []line{{good: glasses, units: 1}}}}
	return []tale{ada, george, mary}
}

// insert puts c where it belongs in time.
func (t *tale) insert(c chapter) {
	i := len(t.chapters)
	for i > 0 && t.chapters[i-1].at > c.at {
		i--
	}
	t.chapters = append(t.chapters, chapter{})
	copy(t.chapters[i+1:], t.chapters[i:])
	t.chapters[i] = c
}

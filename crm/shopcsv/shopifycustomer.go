package shopcsv

import (
	"cmp"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// shopifyCustomers reads customers_export.csv, old and new.
type shopifyCustomers struct {
	*sheet
	id, given, family, email, phone, tags, note, birthday col
	emailing, texting, whatsapp                           col
	address                                               addressCols
}

func openShopifyCustomers(s *sheet) (parser, error) {
	p := &shopifyCustomers{
		sheet: s, id: s.col("Customer ID"), given: s.col("First Name"), family: s.col("Last Name"),
		email: s.col("Email"), phone: s.col("Phone", "Default Address Phone"), tags: s.col("Tags"), note: s.col("Note"),
		emailing: s.col("Accepts Email Marketing", "Accepts Marketing"),
		texting:  s.col("Accepts SMS Marketing"), whatsapp: s.col("Accepts WhatsApp Marketing"),
	}
	at := func(name string) col { return s.col("Default Address "+name, name) }
	p.address = addressCols{
		given: p.given, family: p.family, company: at("Company"), line1: at("Address1"), line2: at("Address2"),
		city: at("City"), region: at("Province Code"), postcode: at("Zip"), country: at("Country Code"),
		phone: s.col("Default Address Phone"),
	}
	p.address.region = cmp.Or(p.address.region, at("Province"))
	p.address.country = cmp.Or(p.address.country, at("Country"))
	for i, name := range s.names {
		if key, ok := metafieldOf(name); ok && key == "facts.birth_date" && p.birthday == 0 {
			p.birthday = col(i + 1)
		}
	}
	p.birthday = cmp.Or(p.birthday, s.col("Birth date ("+metafield+"facts.birth_date)")) // renamed
	if err := s.findAttributes(); err != nil {
		return nil, err
	}
	s.leaveOut(p.birthday)
	return p, nil
}

func (p *shopifyCustomers) grouping() grouping { return grouping{rowed: true} }

func (p *shopifyCustomers) key(r *row) string { return r.code(p.id) }

func (p *shopifyCustomers) records(rows []*row) []crm.Record {
	r := rows[0]
	c := &crm.Customer{
		GivenName: r.text(p.given), FamilyName: r.text(p.family), Company: r.text(p.address.company),
		Email: r.code(p.email), Phone: r.code(p.phone), Tags: sortedSet(r.list(p.tags, ",")), Note: r.text(p.note),
	}
	if id := r.code(p.id); id != "" {
		c.Refs = []crm.Ref{p.ref(id)}
	} else if c.Email == "" {
		r.fail(p.name(p.email), "", "want an e-mail address or a Customer ID, by which the customer is found again")
	}
	a := p.address.read(r)
	if named := (crm.Address{Name: a.Name, Company: a.Company}); a != named || a.Company != "" {
		c.Addresses = []crm.Address{a}
	}
	if text := r.text(p.birthday); text != "" {
		if t, err := time.Parse(time.DateOnly, text); err == nil {
			c.Birthday = t.Format(time.DateOnly)
		} else {
			r.fail(p.name(p.birthday), text, "want a date such as 1980-12-31")
		}
	}
	c.Attributes = p.values(r)
	var consents []crm.Consent
	for _, told := range []struct {
		c       col
		channel crm.Channel
	}{{p.emailing, crm.ChannelEmail}, {p.texting, crm.ChannelSMS}, {p.whatsapp, ChannelWhatsApp}} {
		consents = append(consents, p.consents(p.answer(r, told.c), told.channel, time.Time{})...)
	}
	if faulty(rows) {
		return nil
	}
	return []crm.Record{{Customer: c, Consents: consents}}
}

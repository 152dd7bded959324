package shopcsv

import (
	"cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

// wooCustomers reads customers of the analytics report and of plug-ins.
type wooCustomers struct {
	*sheet
	id, login, email, phone, name, given, family, since col
	country, region, city, postcode                     col
	billing, delivery                                   addressCols
}

func openWooCustomers(s *sheet) (parser, error) {
	if err := s.findAttributes(); err != nil {
		return nil, err
	}
	return &wooCustomers{
		sheet: s, id: s.any(wooCustomer + "|id"), login: s.any(wooLogin), email: s.any("email|user_email|" + wooEmail),
		phone: s.any("billing_phone|phone"), name: s.any("name|display_name|customer_name"),
		given: s.any("first_name|billing_first_name"), family: s.any("last_name|billing_last_name"),
		since:   s.any(wooSince),
		country: s.any("country / region|country|country_region"), region: s.any("region|state"), city: s.any("city"),
		postcode: s.any("postal_code|postcode"),
		billing:  wooAddress(s, "billing"), delivery: wooAddress(s, "shipping"),
	}, nil
}

func (p *wooCustomers) grouping() grouping { return grouping{rowed: true} }

func (p *wooCustomers) key(r *row) string { return r.code(p.id) }

func (p *wooCustomers) records(rows []*row) []crm.Record {
	r := rows[0]
	c := &crm.Customer{
		GivenName: r.text(p.given), FamilyName: r.text(p.family), Email: r.text(p.email), Phone: r.code(p.phone),
		FirstSeenAt: p.time(r, p.since),
	}
	if c.GivenName == "" && c.FamilyName == "" {
		c.GivenName, c.FamilyName = splitName(r.text(p.name))
	}
	if id := integral(r.code(p.id)); id != "" && id != "0" {
		c.Refs = []crm.Ref{p.ref(id)}
	}
	c.Account = len(c.Refs) > 0 || r.text(p.login) != ""
	billing, delivery := p.billing.read(r), p.delivery.read(r)
	if billing.IsZero() {
		billing = crm.Address{
			City: r.text(p.city), Region: r.text(p.region), Postcode: r.code(p.postcode), Country: r.text(p.country),
		}
		if !billing.IsZero() {
			billing.Name = c.Name()
		}
	}
	c.Company = cmp.Or(billing.Company, delivery.Company)
	for _, a := range []crm.Address{billing, delivery} {
		if !a.IsZero() && (len(c.Addresses) == 0 || a != c.Addresses[0]) {
			c.Addresses = append(c.Addresses, a)
		}
	}
	if len(c.Refs) == 0 && c.Email == "" {
		r.fail(p.sheet.name(p.email), "", "want an e-mail address or an id, by which the customer is found again")
	}
	c.Attributes = p.values(r)
	if faulty(rows) {
		return nil
	}
	return []crm.Record{{Customer: c}}
}

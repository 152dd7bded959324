package shopcsv

import (
	"cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

// addressCols are the columns of an address.
type addressCols struct {
	name, given, family, company, line1, line2, city, region, postcode, country, phone col
}

func (a *addressCols) read(r *row) crm.Address {
	name := r.text(a.name)
	if name == "" {
		name = join(r.text(a.given), r.text(a.family))
	}
	return crm.Address{
		Name: name, Company: r.text(a.company), Line1: r.text(a.line1), Line2: r.text(a.line2), City: r.text(a.city),
		Region: r.text(a.region), Postcode: r.code(a.postcode), Country: r.text(a.country), Phone: r.code(a.phone),
	}
}

// join puts a space between two words that are not blank.
func join(a, b string) string {
	if a != "" && b != "" {
		return a + " " + b
	}
	return a + b
}

// buyer makes the customer of an order from what the order says; nil when it
// has no key by which the same customer is found again.
func buyer(o *crm.Order, ref crm.Ref) *crm.Customer {
	if o.Email == "" && ref.IsZero() {
		return nil
	}
	c := &crm.Customer{Email: o.Email, FirstSeenAt: o.OccurredAt}
	if !ref.IsZero() {
		c.Refs = []crm.Ref{ref}
	}
	c.Phone = cmp.Or(o.Phone, o.Billing.Phone, o.Delivery.Phone)
	c.GivenName, c.FamilyName = splitName(cmp.Or(o.Billing.Name, o.Delivery.Name))
	c.Company = o.Billing.Company
	if !o.Billing.IsZero() {
		c.Addresses = append(c.Addresses, o.Billing)
	}
	if !o.Delivery.IsZero() && o.Delivery != o.Billing {
		c.Addresses = append(c.Addresses, o.Delivery)
	}
	return c
}

// head returns the row that holds what is said once for a document: the first
// with text in column c, else the first.
func head(rows []*row, c col) *row {
	for _, r := range rows {
		if r.text(c) != "" {
			return r
		}
	}
	return rows[0]
}

// faulty reports whether a row has a fault.
func faulty(rows []*row) bool {
	for _, r := range rows {
		if r.faults != nil {
			return true
		}
	}
	return false
}

package shopcsv

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// customerColumns are those of a customer of our own.
func customerColumns() columns[crm.Customer] {
	type c = crm.Customer
	first := func(v *c) *crm.Address {
		if len(v.Addresses) == 0 {
			return new(crm.Address)
		}
		return &v.Addresses[0]
	}
	cs := columns[c]{
		text("id", func(v *c) *crm.CustomerID { return &v.ID }),
		{"refs", func(v *c) string {
			refs := make([]string, len(v.Refs))
			for i, r := range v.Refs {
				refs[i] = r.String()
			}
			return strings.Join(refs, " ") // which no ref holds
		}, func(v *c, s string) error {
			for part := range strings.FieldsSeq(s) {
				r, err := crm.ParseRef(part)
				if err != nil {
					return errRef
				}
				v.Refs = append(v.Refs, r)
			}
			return nil
		}},
		flag("account", func(v *c) *bool { return &v.Account }),
		text("given_name", func(v *c) *string { return &v.GivenName }),
		text("family_name", func(v *c) *string { return &v.FamilyName }),
		text("company", func(v *c) *string { return &v.Company }),
		text("email", func(v *c) *string { return &v.Email }),
		text("phone", func(v *c) *string { return &v.Phone }),
		text("locale", func(v *c) *string { return &v.Locale }),
		text("time_zone", func(v *c) *string { return &v.TimeZone }),
		text("birthday", func(v *c) *string { return &v.Birthday }),
	}
	for _, part := range postal("address_", first) {
		// The address is made when its first cell is met.
		set := part.set
		part.set = func(v *c, s string) error {
			if len(v.Addresses) == 0 {
				v.Addresses = make([]crm.Address, 1)
			}
			return set(v, s)
		}
		cs = append(cs, part)
	}
	return append(cs,
		column[c]{"more_addresses", func(v *c) string {
			more := v.Addresses
			if len(more) > 0 && !more[0].IsZero() {
				more = more[1:]
			}
			if len(more) == 0 {
				return ""
			}
			return toJSON(more)
		}, func(v *c, s string) error {
			var more []crm.Address
			err := fromJSON(s, &more)
			v.Addresses = append(v.Addresses, more...)
			return err
		}},
		words("tags", func(v *c) *[]string { return &v.Tags }),
		text("note", func(v *c) *string { return &v.Note }),
		moment("first_seen_at", func(v *c) *time.Time { return &v.FirstSeenAt }),
		moment("version", func(v *c) *time.Time { return &v.Version }),
		column[c]{"attributes", func(v *c) string {
			if len(v.Attributes) == 0 {
				return ""
			}
			return toJSON(v.Attributes)
		}, func(v *c, s string) error {
			if json.Unmarshal([]byte(s), &v.Attributes) != nil {
				return errors.New("a JSON object as it was written")
			}
			return nil
		}},
	)
}

var errRef = errors.New("refs such as shopify:5123, with spaces between them")

// ownCustomers reads what WriteCustomers wrote.
type ownCustomers struct {
	*sheet
	columns columns[crm.Customer]
	at      []col
}

func openOwnCustomers(s *sheet) (parser, error) {
	cs := customerColumns()
	return &ownCustomers{s, cs, cs.find(s.header)}, nil
}

func (p *ownCustomers) grouping() grouping { return grouping{rowed: true} }

func (p *ownCustomers) key(r *row) string { return r.exact(p.at[0]) }

func (p *ownCustomers) records(rows []*row) []crm.Record {
	c := new(crm.Customer)
	p.columns.read(p.sheet, rows[0], p.at, c)
	if c.ID == "" && len(c.Refs) == 0 && c.Email == "" {
		i := slices.IndexFunc(p.at, func(c col) bool { return c != 0 })
		rows[0].fail(p.name(p.at[i]), "", "want an id, a ref or an e-mail address, by which the customer is found again")
	}
	if faulty(rows) {
		return nil
	}
	return []crm.Record{{Customer: c}}
}

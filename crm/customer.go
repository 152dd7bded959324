package crm

import (
	"log/slog"
	"time"
)

// A Customer is somebody who bought or may buy: a guest or the holder of an
// account. What they bought stands in their [Aggregates] and orders.
type Customer struct {
	ID         CustomerID `json:"id"`
	Refs       []Ref      `json:"refs,omitzero"`    // at most one a source
	Account    bool       `json:"account,omitzero"` // registered with the shop; false is a guest
	GivenName  string     `json:"given_name,omitzero"`
	FamilyName string     `json:"family_name,omitzero"`
	Company    string     `json:"company,omitzero"`
	Email      string     `json:"email,omitzero"`     // as written; looked up without regard to case
	Phone      string     `json:"phone,omitzero"`     // as written; looked up by its digits
	Locale     string     `json:"locale,omitzero"`    // BCP 47, such as "en-GB"
	TimeZone   string     `json:"time_zone,omitzero"` // IANA, such as "Europe/London"
	Birthday   string     `json:"birthday,omitzero"`  // "2006-01-02", or "--01-02" without the year
	Addresses  []Address  `json:"addresses,omitzero"` // the first is the default
	Tags       []string   `json:"tags,omitzero"`      // sorted, without doubles
	Note       string     `json:"note,omitzero"`

	Attributes map[string]Value `json:"attributes,omitzero"` // as they are declared: see [Customers.Declare]

	FirstSeenAt time.Time `json:"first_seen_at,omitzero"` // in the world
	Version     time.Time `json:"version,omitzero"`       // when the source last changed it; zero: it does not say
	CreatedAt   time.Time `json:"created_at,omitzero"`    // recorded here
	UpdatedAt   time.Time `json:"updated_at,omitzero"`    // last written here
	ErasedAt    time.Time `json:"erased_at,omitzero"`     // by [Privacy.Erase]: nothing but the id and its times is left
}

// Name returns given and family name, else the company, else "".
func (c *Customer) Name() string {
	switch {
	case c.GivenName != "" && c.FamilyName != "":
		return c.GivenName + " " + c.FamilyName
	case c.GivenName != "" || c.FamilyName != "":
		return c.GivenName + c.FamilyName
	}
	return c.Company
}

// LogValue keeps personal data out of logs: a Customer logs as its id.
func (c Customer) LogValue() slog.Value { return slog.StringValue(string(c.ID)) }

// An Address is a postal address. Country is ISO 3166-1 alpha-2 where the
// source knows it, else the source's own word.
type Address struct {
	Name     string `json:"name,omitzero"`
	Company  string `json:"company,omitzero"`
	Line1    string `json:"line1,omitzero"`
	Line2    string `json:"line2,omitzero"`
	City     string `json:"city,omitzero"`
	Region   string `json:"region,omitzero"` // state or province
	Postcode string `json:"postcode,omitzero"`
	Country  string `json:"country,omitzero"`
	Phone    string `json:"phone,omitzero"`
}

// IsZero reports whether a says nothing.
func (a Address) IsZero() bool { return a == Address{} }

// LogValue keeps personal data out of logs: an Address logs as its country.
func (a Address) LogValue() slog.Value { return slog.StringValue(a.Country) }

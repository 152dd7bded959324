package intake

import (
	"cmp"
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// roomTraits are names of rules that traits of rooms answer, else the declared
// attributes of their own names: name · trait.
var roomTraits = [...][2]string{
	{"predicted_spend_tier", "traits.predict.spend_tier"},
	{"product_subscription_status", ""},
}

// valuesOf returns all that rules may ask of a person beside facts. V is the
// whole of whom was merged.
func valuesOf(ctx context.Context, tx *crm.Tx, v *crm.Customer) (values, error) {
	all := make(values, 0, 24)
	all.date("customer_added_date", cmp.Or(v.FirstSeenAt, v.CreatedAt))
	all.list("customer_tags", v.Tags)
	all.addresses(v.Addresses)
	all.text("customer_language", strings.ReplaceAll(v.Locale, "_", "-"))
	status := "DISABLED"
	if v.Account {
		status = "ENABLED"
	}
	all.text("customer_account_status", status)
	all.text("time_zone", v.TimeZone)
	if day, ok := birthday(v.Birthday); ok {
		all.date("birthday", day)
	}
	if len(v.Refs) > 0 {
		all.text("created_by_app_id", v.Refs[0].Source)
		var sources []string
		for _, r := range v.Refs {
			sources = append(sources, r.Source)
		}
		all.list("sources", sources)
	}
	all.addAll("attributes.", v.Attributes, func(m crm.Money) (crm.Money, bool) {
		return m, m.IsZero() || m.Currency == tx.Book().Currency()
	})
	for _, read := range []func(context.Context, *crm.Tx, *crm.Customer) error{all.reach, all.groups, all.consents, all.traits} {
		if err := read(ctx, tx, v); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// reach adds by what a customer can be reached.
func (v *values) reach(ctx context.Context, tx *crm.Tx, c *crm.Customer) error {
	email, phone := c.Email, c.Phone
	if email == "" || phone == "" {
		ids, err := tx.Identities.List(ctx, c.ID)
		if err != nil {
			return err
		}
		for _, i := range ids {
			switch {
			case !i.Verified:
			case i.Kind == crm.IdentityEmail:
				email = cmp.Or(email, i.Value)
			case i.Kind == crm.IdentityPhone:
				phone = cmp.Or(phone, i.Value)
			}
		}
	}
	v.bool("has_email", email != "")
	v.bool("has_phone", phone != "")
	if at := strings.LastIndexByte(email, '@'); at >= 0 {
		v.text("customer_email_domain", strings.ToLower(strings.TrimSpace(email[at+1:])))
	}
	return nil
}

// groups adds the companies and households of a person.
func (v *values) groups(ctx context.Context, tx *crm.Tx, c *crm.Customer) error {
	groups, err := tx.Groups.Of(ctx, c.ID)
	if err != nil || len(groups) == 0 {
		return err
	}
	var companies, households []string
	for _, g := range groups {
		switch g.Kind {
		case crm.GroupCompany:
			companies = append(companies, string(g.ID), g.Ref.ID)
		case crm.GroupHousehold:
			households = append(households, string(g.ID), g.Ref.ID)
		}
	}
	v.list("companies", companies)
	v.list("households", households)
	return nil
}

// traits adds the traits that are on record, what the customer stated, and what
// follows from these.
func (v *values) traits(ctx context.Context, tx *crm.Tx, c *crm.Customer) error {
	traits, err := tx.Traits.Recorded(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, t := range traits {
		if w, ok := (*rule.Vocabulary)(nil).Field("", traitName(t.Room, t.Name)); ok && w.Type != rule.IsAny {
			continue // it is worked out: what somebody wrote is not asked for
		}
		v.add(traitName(t.Room, t.Name), t.Value, func(m crm.Money) (crm.Money, bool) { return tx.Book().Convert(m, t.At) })
	}
	for _, n := range roomTraits {
		text := cmp.Or(v.find(n[1]), v.find("attributes."+n[0]))
		if n[0] == "predicted_spend_tier" {
			text = strings.ToUpper(text)
		}
		v.text(n[0], text)
	}
	return nil
}

// traitName is what rules call a trait.
func traitName(room, name string) string {
	if room == crm.Stated {
		return "stated." + name
	}
	return "traits." + room + "." + name
}

// addresses adds where a person is at home.
func (v *values) addresses(list []crm.Address) {
	var countries, regions, cities []string
	for i := range list {
		a := &list[i]
		home, region, city := country(a.Country), unspaced(a.Region), unspaced(a.City)
		if rest, ok := strings.CutPrefix(region, home+"-"); ok && home != "" {
			region = rest // of ISO 3166-2
		}
		countries = append(countries, home)
		if region != "" {
			regions = append(regions, joined(home, region))
		}
		if city != "" {
			cities = append(cities, joined(home, region, city))
		}
	}
	v.list("customer_countries", countries)
	v.list("customer_regions", regions)
	v.list("customer_cities", cities)
}

// country returns a country as rules name it: two capital letters where the
// source has a code.
func country(s string) string {
	s = strings.TrimSpace(s)
	if len(s) == 2 {
		return strings.ToUpper(s)
	}
	return s
}

func unspaced(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// joined returns what is not empty, with - between.
func joined(parts ...string) string {
	known := parts[:0]
	for _, p := range parts {
		if p != "" {
			known = append(known, p)
		}
	}
	return strings.Join(known, "-")
}

// birthday returns the day of birth, in the year 0 when its year is not known.
func birthday(s string) (time.Time, bool) {
	if rest, ok := strings.CutPrefix(s, "--"); ok {
		s = "0000-" + rest
	}
	day, err := time.Parse(time.DateOnly, s)
	return day, err == nil
}

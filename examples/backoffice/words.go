package main

import (
	"cmp"
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// funcs are what templates can say.
func (o *office) funcs() template.FuncMap {
	return template.FuncMap{
		"money": money, "count": count, "name": name, "words": words, "share": share,
		"day": o.day, "when": o.when, "clock": o.clock, "stamp": stamp, "age": o.age, "birthday": birthday,
		"customer": customerPath, "order": orderPath, "product": productPath, "segment": segmentPath, "price": price, "stock": stock, "date": dateWords, "seen": o.seen,
		"join": func(list []string) string { return strings.Join(list, ", ") }, "capital": capital, "plural": plural,
		"channel": onChannel, "via": via, "kind": kindName, "field": fieldWords, "ordername": orderName, "lines": lines, "place": place,
	}
}

// count writes a whole number with narrow spaces between thousands.
func count(n any) string { return group(fmt.Sprint(n)) }

// group puts a narrow space, that does not break, before every third digit
// from the end or the point, and a true minus in front.
func group(digits string) string {
	whole, fraction, point := strings.Cut(strings.TrimPrefix(digits, "-"), ".")
	var b strings.Builder
	if digits[0] == '-' {
		b.WriteRune('−')
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteRune('\u202f')
		}
		b.WriteRune(r)
	}
	if point {
		b.WriteString("." + fraction)
	}
	return b.String()
}

// money writes an amount, and "–" for none.
func money(m crm.Money) string {
	if m.IsZero() {
		return "–"
	}
	return group(m.Decimal()) + "\u00a0" + string(m.Currency)
}

// share is a part of a whole in percent; neither of few nor of nearly all it says
// that there is nobody, or nobody else.
func share(part, whole int) string {
	switch {
	case whole == 0:
		return "–"
	case part > 0 && 200*part < whole:
		return "under 1 %"
	case part < whole && 200*(whole-part) <= whole:
		return "over 99 %"
	}
	return strconv.Itoa((100*part+whole/2)/whole) + " %"
}

// words makes a name such as "page_view" readable.
func words(s any) string { return strings.ReplaceAll(fmt.Sprint(s), "_", " ") }

// name is what to call a customer: some exports hold only numbers.
func name(c *crm.Customer) string {
	switch {
	case c.Name() != "":
		return c.Name()
	case c.Email != "":
		return c.Email
	case len(c.Refs) > 0:
		return "No. " + c.Refs[0].ID
	}
	return cmp.Or(c.Phone, "Somebody without a name")
}

func (o *office) day(t time.Time) string   { return o.format(t, "2 Jan 2006") }
func (o *office) when(t time.Time) string  { return o.format(t, "2 Jan 2006, 15:04") }
func (o *office) clock(t time.Time) string { return o.format(t, "15:04") }

// format writes a time on the shop's clock, and "–" for none.
func (o *office) format(t time.Time, layout string) string {
	if t.IsZero() {
		return "–"
	}
	return strings.ReplaceAll(t.In(o.zone).Format(layout), " ", "\u00a0")
}

// dateWords writes "2006-01-02" for people.
func dateWords(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return strings.ReplaceAll(t.Format("2 Jan 2006"), " ", "\u00a0")
}

// stamp writes a time for programs.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// age is how old somebody is today who tells the year of their birth.
func (o *office) age(c *crm.Customer) string {
	years, ok := c.Age(o.now().In(o.zone))
	if !ok {
		return ""
	}
	return plural(years, "year") + " old"
}

// birthday writes "2006-01-02" or "--01-02" for people.
func birthday(s string) string {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t.Format("2 January 2006")
	}
	if t, err := time.Parse("2006--01-02", "2000"+s); err == nil {
		return t.Format("2 January")
	}
	return s
}

// customerPath is the page of a customer, whose id may be the shop's own.
func customerPath(id crm.CustomerID) string { return "/customers/" + url.PathEscape(string(id)) }

// orderPath is the page of an order.
func orderPath(id crm.OrderID) string { return "/orders/" + url.PathEscape(string(id)) }

// lines are those of an address, without empty ones.
func lines(a crm.Address) []string {
	var list []string
	for _, s := range []string{a.Name, a.Company, a.Line1, a.Line2, strings.TrimSpace(a.Postcode + " " + a.City), a.Region, a.Country, a.Phone} {
		if s != "" {
			list = append(list, s)
		}
	}
	return list
}

// kindName is what people call a kind of identities.
func kindName(k crm.IdentityKind) string {
	switch k {
	case crm.IdentityExternal:
		return "key"
	case crm.IdentityEmail:
		return "e-mail"
	case crm.IdentityLoyalty:
		return "card"
	}
	return words(k)
}

// place is where somebody lives, in a few words.
func place(c *crm.Customer) string {
	if len(c.Addresses) == 0 {
		return ""
	}
	a := c.Addresses[0]
	return strings.Trim(a.Line1+", "+strings.TrimSpace(a.Postcode+" "+a.City), ", ")
}

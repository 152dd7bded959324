package shopcsv

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// metafield is how the columns of Shopify's metafields of customers are named:
// "Birth date (customer.metafields.facts.birth_date)".
const metafield = "customer.metafields."

// metafieldOf returns namespace and key of a column that is a metafield.
func metafieldOf(column string) (key string, ok bool) {
	_, key, ok = strings.Cut(strings.ToLower(column), "("+metafield)
	return strings.TrimRight(key, ") "), ok
}

// A property is a column that is an attribute of customers.
type property struct {
	col  col
	name string
	kind crm.ValueType
}

// findAttributes finds the columns that Options.Attributes names, and says of what
// it names in vain, and of metafields that nothing names.
func (s *sheet) findAttributes() error {
	keys := make(map[string]col)
	for i, name := range s.names {
		if key, ok := metafieldOf(name); ok {
			if _, twice := keys[fold(key)]; !twice {
				keys[fold(key)] = col(i + 1)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.opts.Attributes)) {
		a := s.opts.Attributes[name]
		switch a.Type {
		case "":
			a.Type = crm.TypeText
		case crm.TypeText, crm.TypeNumber, crm.TypeBool, crm.TypeTime, crm.TypeMoney, crm.TypeWords:
		default:
			return invalid("Attributes", string(a.Type), "types of package crm")
		}
		if a.Name == "" {
			return invalid("Attributes", name, "a name for the attribute")
		}
		if slices.ContainsFunc(s.attributes, func(b crm.Attribute) bool { return b.Name == a.Name }) {
			return invalid("Attributes", a.Name, "each attribute once")
		}
		c := s.col(name)
		if c == 0 {
			c = keys[fold(name)]
		}
		if c == 0 {
			s.warn(fmt.Sprintf("Options.Attributes names %q, a column that the file lacks", name))
			continue
		}
		s.properties = append(s.properties, property{c, a.Name, a.Type})
		s.attributes = append(s.attributes, a)
	}
	return nil
}

// leaveOut says which metafields nothing reads.
func (s *sheet) leaveOut(read ...col) {
	for i, name := range s.names {
		c := col(i + 1)
		_, ok := metafieldOf(name)
		if ok && !slices.Contains(read, c) && !slices.ContainsFunc(s.properties, func(p property) bool { return p.col == c }) {
			s.warn(fmt.Sprintf("the metafield %q is left out: Options.Attributes can take it", name))
		}
	}
}

func (s *sheet) warn(text string) { s.warnings = append(s.warnings, text) }

// values reads the attributes of a row; a blank cell takes one back.
func (s *sheet) values(r *row) map[string]crm.Value {
	if len(s.properties) == 0 {
		return nil
	}
	values := make(map[string]crm.Value, len(s.properties))
	for _, p := range s.properties {
		values[p.name] = crm.Value{}
		if r.text(p.col) != "" {
			values[p.name] = s.value(r, p)
		}
	}
	return values
}

// value reads a cell that is not blank.
func (s *sheet) value(r *row, p property) crm.Value {
	text := r.text(p.col)
	switch p.kind {
	case crm.TypeNumber:
		d, code, err := parseDecimal(text, s.opts.Decimal)
		if err == nil && code != "" {
			err = errDecimal
		}
		if err != nil {
			r.fail(s.name(p.col), text, "want "+err.Error())
			return crm.Value{}
		}
		f := d.float()
		if d.scale == 0 && int64(f) != d.coef { // which is a long id
			r.fail(s.name(p.col), text, "want a whole number that a float64 holds; longer ones as text")
			return crm.Value{}
		}
		return crm.Number(f)
	case crm.TypeBool:
		switch strings.ToLower(text) {
		case "yes", "true", "1", "y", "t":
			return crm.Bool(true)
		case "no", "false", "0", "n", "f":
			return crm.Bool(false)
		}
		r.fail(s.name(p.col), text, "want yes or no")
	case crm.TypeTime:
		if t := s.time(r, p.col); !t.IsZero() {
			return crm.Moment(t)
		}
	case crm.TypeMoney:
		m, err := s.price(text)
		if err != nil {
			r.fail(s.name(p.col), text, "want "+err.Error())
			return crm.Value{}
		}
		return crm.Amount(m)
	case crm.TypeWords:
		return crm.Words(wordsOf(text)...)
	default:
		return crm.Text(text)
	}
	return crm.Value{}
}

// price reads an amount with its currency, or in that of the options. Shopify
// writes {"amount":"12.50","currency_code":"EUR"}.
func (s *sheet) price(text string) (crm.Money, error) {
	var object struct {
		Amount   json.Number  `json:"amount"`
		Currency crm.Currency `json:"currency_code"`
	}
	code := s.opts.Currency
	mark := s.opts.Decimal
	if text[0] == '{' {
		if json.Unmarshal([]byte(text), &object) != nil || !object.Currency.Valid() {
			return crm.Money{}, errPrice
		}
		text, code, mark = object.Amount.String(), object.Currency, '.'
	}
	d, said, err := parseDecimal(text, mark)
	switch {
	case err != nil:
		return crm.Money{}, err
	case said != "":
		code = said
	case code == "":
		return crm.Money{}, errPrice
	}
	return d.money(code)
}

var errPrice = errors.New("an amount with its currency, such as 12.50 EUR, or Options.Currency")

// wordsOf parts a list: a JSON array, or words with commas between them, which
// may stand in quotes. Blank ones and doubles are dropped.
func wordsOf(text string) []string {
	var list []string
	if text == "" || text[0] != '[' || json.Unmarshal([]byte(text), &list) != nil {
		in := csv.NewReader(strings.NewReader(text))
		in.LazyQuotes, in.TrimLeadingSpace = true, true
		list, _ = in.Read() // of no text, none
	}
	var out []string
	for _, w := range list {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// float returns d as the nearest float64.
func (d decimal) float() float64 {
	f, err := strconv.ParseFloat(fmt.Sprintf("%de-%d", d.coef, d.scale), 64)
	if err != nil { // never: at most 18 digits
		return 0
	}
	return f
}

package shopcsv

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A column is one of our own files, in both directions.
type column[T any] struct {
	name string
	get  func(*T) string
	set  func(*T, string) error // not called for a blank cell
}

type columns[T any] []column[T]

func (cs columns[T]) header() []string {
	names := make([]string, len(cs))
	for i, c := range cs {
		names[i] = c.name
	}
	return names
}

func (cs columns[T]) cells(v *T) []string {
	cells := make([]string, len(cs))
	for i, c := range cs {
		cells[i] = c.get(v)
	}
	return cells
}

// find returns where the columns stand in a file.
func (cs columns[T]) find(h *header) []col {
	at := make([]col, len(cs))
	for i, c := range cs {
		at[i] = h.col(c.name)
	}
	return at
}

// read fills v from the cells, exactly as they are.
func (cs columns[T]) read(s *sheet, r *row, at []col, v *T) {
	for i, c := range cs {
		if text := r.exact(at[i]); text != "" {
			if err := c.set(v, text); err != nil {
				r.fail(s.name(at[i]), text, "want "+err.Error())
			}
		}
	}
}

// exact returns the cell with all its spaces.
func (r *row) exact(c col) string {
	if c <= 0 || int(c) > len(r.cells) {
		return ""
	}
	return infuse(r.cells[c-1])
}

// text is a column of words of any string type.
func text[T any, S ~string](name string, at func(*T) *S) column[T] {
	return column[T]{
		name,
		func(v *T) string { return string(*at(v)) },
		func(v *T, s string) error { *at(v) = S(s); return nil },
	}
}

func flag[T any](name string, at func(*T) *bool) column[T] {
	return column[T]{
		name,
		func(v *T) string { return strconv.FormatBool(*at(v)) },
		func(v *T, s string) error {
			b, err := strconv.ParseBool(s)
			if err != nil {
				return errors.New("true or false")
			}
			*at(v) = b
			return nil
		},
	}
}

func moment[T any](name string, at func(*T) *time.Time) column[T] {
	return column[T]{
		name,
		func(v *T) string { return formatTime(*at(v)) },
		func(v *T, s string) (err error) { *at(v), err = exactTime(s); return err },
	}
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func exactTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, errTime
	}
	return t.UTC(), nil
}

// amount is a column of money, with its currency's code when that is not the
// usual one.
func amount[T any](name string, currency func(*T) crm.Currency, at func(*T) *crm.Money) column[T] {
	return column[T]{
		name,
		func(v *T) string {
			switch m := *at(v); {
			case m.IsZero():
				return ""
			case m.Currency == currency(v):
				return m.Decimal()
			default:
				return m.String()
			}
		},
		func(v *T, s string) error {
			number, code, ok := strings.Cut(s, " ")
			if !ok {
				code = string(currency(v))
			}
			m, err := crm.ParseMoney(number, crm.Currency(code))
			if err != nil {
				return errors.New("an amount such as 12.50 or 12.50 EUR")
			}
			*at(v) = m
			return nil
		},
	}
}

// words is a column of a list, parted by commas; one whose parts hold commas
// or spaces at their ends is written as JSON.
func words[T any](name string, at func(*T) *[]string) column[T] {
	return column[T]{
		name,
		func(v *T) string {
			list := *at(v)
			plain := !slices.ContainsFunc(list, func(s string) bool {
				return s == "" || strings.Contains(s, ",") || strings.TrimSpace(s) != s || s[0] == '['
			})
			if plain {
				return strings.Join(list, ", ")
			}
			return toJSON(list)
		},
		func(v *T, s string) error {
			if s[0] == '[' {
				return fromJSON(s, at(v))
			}
			*at(v) = strings.Split(s, ", ")
			return nil
		},
	}
}

// object is a column of JSON, blank for nothing.
func object[T, V any](name string, at func(*T) *[]V) column[T] {
	return column[T]{
		name,
		func(v *T) string {
			if len(*at(v)) == 0 {
				return ""
			}
			return toJSON(*at(v))
		},
		func(v *T, s string) error { return fromJSON(s, at(v)) },
	}
}

func toJSON(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // never: plain structs and strings
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func fromJSON(s string, v any) error {
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return errors.New("a JSON array as it was written")
	}
	return nil
}

// postal are the columns of an address.
func postal[T any](prefix string, at func(*T) *crm.Address) columns[T] {
	part := func(name string, of func(*crm.Address) *string) column[T] {
		return text(prefix+name, func(v *T) *string { return of(at(v)) })
	}
	return columns[T]{
		part("name", func(a *crm.Address) *string { return &a.Name }),
		part("company", func(a *crm.Address) *string { return &a.Company }),
		part("line1", func(a *crm.Address) *string { return &a.Line1 }),
		part("line2", func(a *crm.Address) *string { return &a.Line2 }),
		part("city", func(a *crm.Address) *string { return &a.City }),
		part("region", func(a *crm.Address) *string { return &a.Region }),
		part("postcode", func(a *crm.Address) *string { return &a.Postcode }),
		part("country", func(a *crm.Address) *string { return &a.Country }),
		part("phone", func(a *crm.Address) *string { return &a.Phone }),
	}
}

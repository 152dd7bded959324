package shopcsv

import (
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A row is a line of the file, cut into cells.
type row struct {
	line   int64
	cells  []string
	fee    bool   // its item is no product
	faults *fault // what is wrong with it
}

// A fault is one thing that is wrong with a row.
type fault struct {
	field, value, reason string
	next                 *fault
}

// fail notes a fault; the order of the faults is kept.
func (r *row) fail(field, value, reason string) {
	at := &r.faults
	for *at != nil {
		at = &(*at).next
	}
	*at = &fault{field: field, value: value, reason: reason}
}

// text returns the cell in column c without the spaces around it, and without
// the apostrophe with which spreadsheets and [defuse] mark text.
func (r *row) text(c col) string {
	if c <= 0 || int(c) > len(r.cells) {
		return ""
	}
	return infuse(strings.TrimSpace(r.cells[c-1]))
}

// code returns the cell as a code, such as an id, a postcode or a phone
// number, which never begins with an apostrophe.
func (r *row) code(c col) string { return strings.TrimLeft(r.text(c), "'") }

// blank reports whether no cell holds text.
func (r *row) blank() bool {
	for _, cell := range r.cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// A sheet is what the parsers share: the header and how to read its cells.
type sheet struct {
	*header
	opts   Options
	stamps map[string]time.Time // the last times read, by their text

	properties []property
	attributes []crm.Attribute // of the properties
	warnings   []string
}

// name returns the name of column c as the file has it.
func (s *sheet) name(c col) string {
	if c <= 0 || int(c) > len(s.names) {
		return ""
	}
	return s.names[c-1]
}

// ref returns the source's key for a thing.
func (s *sheet) ref(id string) crm.Ref {
	return crm.Ref{Source: s.opts.Source, ID: refID(id)}
}

func (s *sheet) time(r *row, c col) time.Time {
	text := r.text(c)
	if text == "" {
		return time.Time{}
	}
	if t, ok := s.stamps[text]; ok {
		return t
	}
	t, err := parseTime(text, s.opts.DateOrder, s.opts.Location)
	if err != nil {
		r.fail(s.name(c), text, "want "+err.Error())
		return time.Time{}
	}
	if len(s.stamps) >= 64 {
		clear(s.stamps)
	}
	s.stamps[text] = t
	return t
}

// decimal reads a number; blank is 0.
func (s *sheet) decimal(r *row, c col, currency crm.Currency) decimal {
	text := r.text(c)
	if text == "" {
		return decimal{}
	}
	d, code, err := parseDecimal(text, s.opts.Decimal)
	switch {
	case err != nil:
		r.fail(s.name(c), text, "want "+err.Error())
	case code != "" && code != currency:
		r.fail(s.name(c), text, "want an amount in "+string(currency))
	}
	return d
}

// money reads an amount; blank is the zero Money.
func (s *sheet) money(r *row, c col, currency crm.Currency) crm.Money {
	text := r.text(c)
	if text == "" || currency == "" {
		return crm.Money{}
	}
	d := s.decimal(r, c, currency)
	m, err := d.money(currency)
	if err != nil {
		r.fail(s.name(c), text, "want "+err.Error())
	}
	return m
}

// whole reads a whole number; blank is n.
func (s *sheet) whole(r *row, c col, n int64) int64 {
	text := r.text(c)
	if text == "" {
		return n
	}
	d, code, err := parseDecimal(text, s.opts.Decimal)
	switch {
	case err == nil && code == "":
		n, err = d.whole()
	case err != errAmbiguous && err != errRange:
		err = errWhole
	}
	if err != nil {
		r.fail(s.name(c), text, "want "+err.Error())
	}
	return n
}

// currency reads a currency's code; blank is that of the options.
func (s *sheet) currency(r *row, c col) crm.Currency {
	text := r.text(c)
	if text == "" {
		if s.opts.Currency == "" {
			r.fail(s.name(c), "", "want a currency, here or in Options.Currency")
		}
		return s.opts.Currency
	}
	code := crm.Currency(strings.ToUpper(text))
	if !code.Valid() {
		r.fail(s.name(c), text, "want a currency code of three letters")
		return ""
	}
	return code
}

// flag reads yes and no in their usual forms; blank and all else is no.
func (r *row) flag(c col) bool {
	switch strings.ToLower(r.text(c)) {
	case "yes", "true", "1", "y", "t":
		return true
	}
	return false
}

// list parts a cell at sep, trims its parts and drops the blank ones.
func (r *row) list(c col, sep string) []string {
	var out []string
	for part := range strings.SplitSeq(r.text(c), sep) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

package shopcsv

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A decimal is coef / 10^scale, with scale from 0 to 18.
type decimal struct {
	coef  int64
	scale int
}

// The errors of this package's parsers say what was wanted.
var (
	errDecimal   = errors.New("a decimal such as 12.50")
	errAmbiguous = errors.New("a number that can be read in one way only, or Options.Decimal to say which mark is the decimal one")
	errWhole     = errors.New("a whole number")
	errRange     = errors.New("a number within range")
)

// parseDecimal reads a number as shops and spreadsheets write it: with a
// decimal point or comma, groups of three, a currency sign or code, a sign in
// front or behind, or in parentheses. code is the currency code that stands
// with it, if any.
//
// A lone mark before exactly three digits, as in 1,234, may be either mark;
// mark, '.' or ',', then tells which is the decimal one, and 0 refuses it.
func parseDecimal(s string, mark byte) (d decimal, code crm.Currency, err error) {
	if d, ok := plainDecimal(s, mark); ok {
		return d, "", nil
	}
	s, code, negative := bare(s)
	whole, fraction, err := halves(s, mark)
	if err != nil {
		return decimal{}, "", err
	}
	fraction = strings.TrimRight(fraction, "0")
	whole = strings.TrimLeft(whole, "0")
	if len(whole)+len(fraction) > 18 {
		return decimal{}, "", errRange
	}
	for _, digits := range []string{whole, fraction} {
		for i := range len(digits) {
			d.coef = d.coef*10 + int64(digits[i]-'0')
		}
	}
	d.scale = len(fraction)
	if negative {
		d.coef = -d.coef
	}
	return d, code, nil
}

// plainDecimal reads the plain form, digits with at most one point, and
// reports whether s has it and can be read in one way only.
func plainDecimal(s string, mark byte) (d decimal, ok bool) {
	digits := strings.TrimPrefix(s, "-")
	if len(digits) == 0 || len(digits) > 17 {
		return decimal{}, false
	}
	point := -1
	for i := range len(digits) {
		switch c := digits[i]; {
		case c >= '0' && c <= '9':
			d.coef = d.coef*10 + int64(c-'0')
		case c == '.' && point < 0 && i > 0 && i < len(digits)-1:
			point = i
		default:
			return decimal{}, false
		}
	}
	if point >= 0 {
		d.scale = len(digits) - 1 - point
		if d.scale == 3 && mark != '.' {
			return decimal{}, false
		}
	}
	if len(digits) < len(s) {
		d.coef = -d.coef
	}
	return d, true
}

// bare strips signs, currency and spaces off a number.
func bare(s string) (number string, code crm.Currency, negative bool) {
	if inner, ok := strings.CutPrefix(s, "("); ok {
		if inner, ok = strings.CutSuffix(inner, ")"); ok {
			s, negative = inner, true
		}
	}
	s = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2009", " ", "\u2212", "-").Replace(s)
	signs := 0
	for range 8 { // each of: currency, sign and spaces, in any order, in front and behind
		before := s
		s = strings.TrimSpace(s)
		for _, sign := range []string{"£", "$", "€", "¥", "₹", "kr.", "kr", "zł", "Kč", "R$"} {
			s = strings.TrimSuffix(strings.TrimPrefix(s, sign), sign)
		}
		for _, cut := range []func(string, string) (string, bool){strings.CutPrefix, strings.CutSuffix} {
			if t, ok := cut(s, "-"); ok && signs == 0 && !negative {
				s, negative = t, true
				signs++
			} else if t, ok := cut(s, "+"); ok && signs == 0 {
				s = t
				signs++
			}
		}
		if code == "" && len(s) > 3 {
			if c := crm.Currency(s[:3]); c.Valid() {
				s, code = s[3:], c
			} else if c := crm.Currency(s[len(s)-3:]); c.Valid() {
				s, code = s[:len(s)-3], c
			}
		}
		if s == before {
			break
		}
	}
	return s, code, negative
}

// halves parts a number without sign into the digits before and behind the
// decimal mark.
func halves(s string, mark byte) (whole, fraction string, err error) {
	point, comma := strings.Count(s, "."), strings.Count(s, ",")
	decimal := byte(0)
	switch {
	case point > 0 && comma > 0:
		decimal = ','
		if strings.LastIndexByte(s, '.') > strings.LastIndexByte(s, ',') {
			decimal = '.'
		}
	case point+comma == 1:
		c := byte('.')
		if comma == 1 {
			c = ','
		}
		before, after, _ := strings.Cut(s, string(c))
		digit := utf8.RuneCountInString(before)
		switch {
		case len(after) != 3 || digit == 0 || digit > 3 || before[0] == '0':
			decimal = c // it cannot stand between groups
		case mark == 0:
			return "", "", errAmbiguous
		case mark == c:
			decimal = c
		}
	}
	if whole = s; whole == "" {
		return "", "", errDecimal
	}
	if decimal != 0 {
		whole, fraction, _ = strings.Cut(s, string(decimal))
		if !allDigits(fraction) || whole+fraction == "" || fraction == "" {
			return "", "", errDecimal
		}
	}
	if whole, err = ungroup(whole); err != nil {
		return "", "", err
	}
	return whole, fraction, nil
}

// ungroup takes the separators out of groups of three digits. They must all be
// the same.
func ungroup(s string) (string, error) {
	if allDigits(s) {
		return s, nil
	}
	i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	mark, size := utf8.DecodeRuneInString(s[i:])
	if !strings.ContainsRune(".,' ’", mark) || i == 0 || i > 3 {
		return "", errDecimal
	}
	var b strings.Builder
	b.WriteString(s[:i])
	for s = s[i:]; s != ""; s = s[size+3:] {
		if len(s) < size+3 || !strings.HasPrefix(s, string(mark)) || !allDigits(s[size:size+3]) {
			return "", errDecimal
		}
		b.WriteString(s[size : size+3])
	}
	return b.String(), nil
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// whole returns d as a whole number.
func (d decimal) whole() (int64, error) {
	p := int64(math.Pow10(d.scale))
	if d.coef%p != 0 {
		return 0, errWhole
	}
	return d.coef / p, nil
}

// times returns n × d in the currency, rounded to its minor unit, halves away
// from zero.
func (d decimal) times(n int64, c crm.Currency) (crm.Money, error) {
	num, den := n, int64(1)
	switch up := c.Exponent() - d.scale; {
	case up < 0:
		den = int64(math.Pow10(-up))
	default:
		p := int64(math.Pow10(up))
		if num > math.MaxInt64/p || num < -(math.MaxInt64/p) {
			return crm.Money{}, errRange
		}
		num *= p
	}
	m, err := crm.Money{Amount: d.coef, Currency: c}.Mul(num, den)
	if err != nil {
		return crm.Money{}, errRange
	}
	return m, nil
}

// money returns d in the currency, which must be able to hold it.
func (d decimal) money(c crm.Currency) (crm.Money, error) {
	if c.Exponent() < d.scale {
		if p := int64(math.Pow10(d.scale - c.Exponent())); d.coef%p != 0 {
			return crm.Money{}, fmt.Errorf("at most %d decimals in %s", c.Exponent(), c)
		}
	}
	return d.times(1, c)
}

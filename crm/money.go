package crm

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// ErrOverflow reports an amount beyond ±9,223,372,036,854,775,807 minor units.
var ErrOverflow = errors.New("amount out of range")

// A Currency is an ISO 4217 code in capitals, such as "GBP".
type Currency string

// exponents holds the minor-unit digits of ISO 4217 where they are not 2.
var exponents = map[Currency]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0,
	"PYG": 0, "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// Exponent returns how many decimal digits the minor unit has: 2 for GBP, 0
// for JPY, and 2 for a code it does not know.
func (c Currency) Exponent() int {
	if e, ok := exponents[c]; ok {
		return e
	}
	return 2
}

// Valid reports whether c has the form of a code: three capital letters.
func (c Currency) Valid() bool {
	return len(c) == 3 && strings.IndexFunc(string(c), func(r rune) bool { return r < 'A' || r > 'Z' }) < 0
}

// Money is an amount in minor units of a currency: {1250, "GBP"} is £12.50.
// The zero Money is neutral: it adds to any currency. There are no floats.
type Money struct {
	Amount   int64    `json:"amount"`
	Currency Currency `json:"currency"`
}

// ParseMoney reads a decimal such as "-12.5" with a point and without
// grouping. It refuses what the currency cannot hold: more digits after the
// point than its exponent (zeros aside). Its errors wrap [ErrInvalid] or
// [ErrOverflow].
func ParseMoney(s string, c Currency) (Money, error) {
	if !c.Valid() {
		return Money{}, fmt.Errorf("currency %q: %w", c, ErrInvalid)
	}
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if whole+fraction == "" || point && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return Money{}, fmt.Errorf("amount %q: %w: want a decimal such as 12.50", s, ErrInvalid)
	}
	exp := c.Exponent()
	if len(fraction) > exp {
		if strings.Trim(fraction[exp:], "0") != "" {
			return Money{}, fmt.Errorf("amount %q: %w: %s has %d decimals", s, ErrInvalid, c, exp)
		}
		fraction = fraction[:exp]
	}
	if negative {
		whole = "-" + whole
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", exp-len(fraction)), 10, 64)
	if err != nil {
		return Money{}, fmt.Errorf("amount %q: %w", s, ErrOverflow)
	}
	return Money{n, c}, nil
}

// Decimal returns the amount as a decimal: "12.50".
func (m Money) Decimal() string {
	exp := m.Currency.Exponent()
	s := strconv.FormatUint(magnitude(m.Amount), 10)
	if exp > 0 {
		if len(s) <= exp {
			s = strings.Repeat("0", exp+1-len(s)) + s
		}
		s = s[:len(s)-exp] + "." + s[len(s)-exp:]
	}
	if m.Amount < 0 {
		s = "-" + s
	}
	return s
}

// String returns the amount and the currency: "12.50 GBP".
func (m Money) String() string {
	if m.Currency == "" {
		return m.Decimal()
	}
	return m.Decimal() + " " + string(m.Currency)
}

// IsZero reports whether m is the zero Money, of no currency.
func (m Money) IsZero() bool { return m == Money{} }

// Sign returns -1, 0 or 1.
func (m Money) Sign() int {
	switch {
	case m.Amount < 0:
		return -1
	case m.Amount > 0:
		return 1
	}
	return 0
}

// Neg returns -m. The least amount has no negative and stays as it is.
func (m Money) Neg() Money { return Money{-m.Amount, m.Currency} }

// Add returns m + n. It returns an error that wraps [ErrInvalid] when the
// currencies differ (the zero Money aside), or [ErrOverflow].
func (m Money) Add(n Money) (Money, error) {
	c, err := m.common(n)
	if err != nil {
		return Money{}, err
	}
	sum := m.Amount + n.Amount
	if (sum > m.Amount) != (n.Amount > 0) {
		return Money{}, fmt.Errorf("%v + %v: %w", m, n, ErrOverflow)
	}
	return Money{sum, c}, nil
}

// Sub returns m - n, with the errors of Add.
func (m Money) Sub(n Money) (Money, error) {
	c, err := m.common(n)
	if err != nil {
		return Money{}, err
	}
	rest := m.Amount - n.Amount
	if (rest < m.Amount) != (n.Amount > 0) {
		return Money{}, fmt.Errorf("%v - %v: %w", m, n, ErrOverflow)
	}
	return Money{rest, c}, nil
}

// Sum adds any number of amounts, with the errors of Add.
func Sum(amounts ...Money) (Money, error) {
	var sum Money
	for _, m := range amounts {
		var err error
		if sum, err = sum.Add(m); err != nil {
			return Money{}, err
		}
	}
	return sum, nil
}

// Compare orders two amounts of one currency, with the error of Add when the
// currencies differ.
func (m Money) Compare(n Money) (int, error) {
	if _, err := m.common(n); err != nil {
		return 0, err
	}
	switch {
	case m.Amount < n.Amount:
		return -1, nil
	case m.Amount > n.Amount:
		return 1, nil
	}
	return 0, nil
}

// Mul returns m × num / den, rounded to the nearest minor unit, halves away
// from zero, so that what is negative rounds as what is positive. It returns
// [ErrOverflow], also for den = 0.
func (m Money) Mul(num, den int64) (Money, error) {
	n, err := mulDiv(m.Amount, num, den)
	if err != nil {
		return Money{}, fmt.Errorf("%v × %d / %d: %w", m, num, den, err)
	}
	return Money{n, m.Currency}, nil
}

// Allocate splits m by weights, which must not be negative and not all zero.
// The parts add up to m to the last minor unit: what rounding leaves over goes
// one unit each to the parts with the largest remainders, the earlier first.
func (m Money) Allocate(weights ...int64) ([]Money, error) {
	var total uint64
	for _, w := range weights {
		if w < 0 || total+uint64(w) > math.MaxInt64 {
			return nil, fmt.Errorf("weights %v: %w: want 0 or more, and a sum within range", weights, ErrInvalid)
		}
		total += uint64(w)
	}
	if total == 0 {
		return nil, fmt.Errorf("weights %v: %w: want one above 0", weights, ErrInvalid)
	}
	parts, rests, order := make([]Money, len(weights)), make([]uint64, len(weights)), make([]int, len(weights))
	left, size := magnitude(m.Amount), magnitude(m.Amount)
	shares := make([]uint64, len(weights))
	for i, w := range weights {
		hi, lo := bits.Mul64(size, uint64(w))
		shares[i], rests[i] = bits.Div64(hi, lo, total) // w <= total, so the quotient fits
		left -= shares[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case rests[i] > rests[j]:
			return -1
		case rests[i] < rests[j]:
			return 1
		}
		return 0
	})
	for _, i := range order[:left] {
		shares[i]++
	}
	for i, s := range shares {
		parts[i] = Money{int64(s), m.Currency}
		if m.Amount < 0 {
			parts[i] = parts[i].Neg()
		}
	}
	return parts, nil
}

// common returns the currency that m and n share.
func (m Money) common(n Money) (Currency, error) {
	switch {
	case m.Currency == n.Currency, n.IsZero():
		return m.Currency, nil
	case m.IsZero():
		return n.Currency, nil
	}
	return "", fmt.Errorf("%v and %v: %w: want one currency", m, n, ErrInvalid)
}

// A Rate is a price of one currency in another as a ratio of whole numbers:
// {117, 100} says that one unit costs 1.17. The zero Rate is unknown.
type Rate struct {
	Num int64 `json:"num"`
	Den int64 `json:"den"`
}

// ParseRate reads a decimal such as "1.1735". Its error wraps [ErrInvalid].
func ParseRate(s string) (Rate, error) {
	whole, digits, point := strings.Cut(s, ".")
	fraction := strings.TrimRight(digits, "0")
	num, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil || num <= 0 || len(fraction) > 15 || strings.Trim(whole+digits, "0123456789") != "" || point && digits == "" {
		return Rate{}, fmt.Errorf("rate %q: %w: want a decimal above 0 such as 1.1735", s, ErrInvalid)
	}
	r := Rate{num, 1}
	for range fraction {
		r.Den *= 10
	}
	return r, nil
}

// IsZero reports whether the rate is unknown.
func (r Rate) IsZero() bool { return r == Rate{} }

// Convert returns m in currency to at the rate, rounded as [Money.Mul] does.
func (r Rate) Convert(m Money, to Currency) (Money, error) {
	num, den := r.Num, r.Den
	var err error
	for range to.Exponent() - m.Currency.Exponent() {
		if num, err = mulDiv(num, 10, 1); err != nil {
			return Money{}, err
		}
	}
	for range m.Currency.Exponent() - to.Exponent() {
		if den, err = mulDiv(den, 10, 1); err != nil {
			return Money{}, err
		}
	}
	c, err := m.Mul(num, den)
	c.Currency = to
	return c, err
}

// mulDiv returns a × b / c to the nearest, halves away from zero.
func mulDiv(a, b, c int64) (int64, error) {
	if c == 0 {
		return 0, ErrOverflow
	}
	negative := (a < 0) != (b < 0) != (c < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	div := magnitude(c)
	if hi >= div {
		return 0, ErrOverflow
	}
	n, rest := bits.Div64(hi, lo, div)
	if n < math.MaxUint64 && rest >= div-rest {
		n++
	}
	switch {
	case negative && n <= 1<<63:
		return -int64(n), nil
	case !negative && n <= math.MaxInt64:
		return int64(n), nil
	}
	return 0, ErrOverflow
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

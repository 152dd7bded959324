package rule

import (
	"cmp"
	"math/bits"
	"strconv"
	"strings"
)

// ParseDecimal reads a number such as -12.50, of at most 18 digits, 9 of them
// behind the point.
func ParseDecimal(s string) (Decimal, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if whole == "" || point && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return Decimal{}, false
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(whole) > 1 && whole[0] == '0' || len(fraction) > 9 || len(whole)+len(fraction) > 18 {
		return Decimal{}, false
	}
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil {
		return Decimal{}, false
	}
	if negative {
		n = -n
	}
	return Decimal{n, uint8(len(fraction))}, true
}

// String returns the number as ParseDecimal reads it: "-12.5".
func (d Decimal) String() string {
	s := strconv.FormatInt(d.Digits, 10)
	if d.Scale == 0 {
		return s
	}
	digits, negative := strings.CutPrefix(s, "-")
	if n := int(d.Scale) + 1 - len(digits); n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	point := len(digits) - int(d.Scale)
	s = digits[:point] + "." + digits[point:]
	if negative {
		s = "-" + s
	}
	return s
}

// Compare returns -1, 0 or 1 as d is less than, equal to or greater than e.
func (d Decimal) Compare(e Decimal) int {
	if a, b := cmp.Compare(d.Digits, 0), cmp.Compare(e.Digits, 0); a != b || a == 0 {
		return cmp.Compare(a, b)
	}
	high, low := bits.Mul64(magnitude(d.Digits), power(e.Scale))
	high2, low2 := bits.Mul64(magnitude(e.Digits), power(d.Scale))
	order := cmp.Or(cmp.Compare(high, high2), cmp.Compare(low, low2))
	if d.Digits < 0 {
		return -order
	}
	return order
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// power returns 10^n of a scale.
func power(n uint8) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// valid reports whether the number is one that ParseDecimal returns.
func (d Decimal) valid() bool {
	e, ok := ParseDecimal(d.String())
	return d.Scale <= 9 && ok && e == d
}

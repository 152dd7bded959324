package evaltest

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// compare reports whether a value is there and stands to literals as op says.
func (w *World) compare(v Value, word rule.Word, op rule.Op, y []rule.Literal) bool {
	switch {
	case op == rule.IsNull:
		return v.Type == 0
	case v.Type == 0:
		return false
	case op == rule.Between:
		return w.compare(v, word, rule.AtLeast, y[:1]) && w.compare(v, word, rule.AtMost, y[1:])
	case op == rule.In:
		for _, l := range y {
			if w.compare(v, word, rule.Equal, []rule.Literal{l}) {
				return true
			}
		}
		return false
	}
	l := y[0]
	switch {
	case v.Type == rule.IsBool && l.Kind == rule.Bool:
		return stands(compareBool(v.Bool, l.Bool), op)
	case (v.Type == rule.IsNumber || v.Type == rule.IsMoney) && l.Kind == rule.Number:
		return stands(w.compareNumber(v, l.Number), op)
	case v.Type == rule.IsDate && (l.Kind == rule.Day || l.Kind == rule.Moment || l.Kind == rule.Offset):
		return stands(w.compareDate(v.Time, l), op)
	case v.Type == rule.IsText && l.Kind == rule.Text:
		return slices.ContainsFunc(v.Texts, func(names []string) bool { return compareText(names, l.Text, op, word.Folded) })
	case v.Type == rule.IsList && l.Kind == rule.Text && (op == rule.Equal || op == rule.Contains):
		return slices.ContainsFunc(v.Texts, func(e []string) bool {
			return same(e[0], l.Text, word.Folded) || word.Name == "categories" && within(e[0], l.Text)
		})
	}
	return false
}

// stands reports whether what compares as -1, 0 or 1 stands as op says.
func stands(order int, op rule.Op) bool {
	switch op {
	case rule.Equal:
		return order == 0
	case rule.NotEqual:
		return order != 0
	case rule.Less:
		return order < 0
	case rule.AtMost:
		return order <= 0
	case rule.Greater:
		return order > 0
	case rule.AtLeast:
		return order >= 0
	}
	return false
}

func compareBool(a, b bool) int {
	if a == b {
		return 0
	}
	return 1
}

// compareNumber compares exactly, and floats with the float nearest to the
// decimal.
func (w *World) compareNumber(v Value, d rule.Decimal) int {
	switch {
	case v.Exact == nil:
		f, _ := strconv.ParseFloat(d.String(), 64)
		return cmp.Compare(v.Float, f)
	case v.Type == rule.IsMoney:
		return v.Exact.Cmp(ratio(d, w.Digits))
	}
	return v.Exact.Cmp(ratio(d, 0))
}

// ratio returns a decimal times ten as often as there are digits.
func ratio(d rule.Decimal, digits int) *big.Rat {
	ten := func(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
	return new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(d.Digits), ten(digits)), ten(int(d.Scale)))
}

// compareText compares a text that has several names: one of them is as asked,
// with != all are.
func compareText(names []string, s string, op rule.Op, folded bool) bool {
	one := func(f func(name string) bool) bool { return slices.ContainsFunc(names, f) }
	part := func(f func(name, s string) bool) bool {
		return one(func(name string) bool {
			if folded {
				return f(fold(name), fold(s))
			}
			return f(name, s)
		})
	}
	switch op {
	case rule.Equal:
		return one(func(name string) bool { return same(name, s, folded) })
	case rule.NotEqual:
		return !one(func(name string) bool { return same(name, s, folded) })
	case rule.Contains:
		return part(strings.Contains)
	case rule.StartsWith:
		return part(strings.HasPrefix)
	case rule.EndsWith:
		return part(strings.HasSuffix)
	}
	return false
}

func same(a, b string, folded bool) bool { return a == b || folded && strings.EqualFold(a, b) }

// fold returns a text with each letter as the least of those that differ from
// it in case only.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
			least = min(least, o)
		}
		return least
	}, s)
}

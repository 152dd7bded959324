package eval

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A ratio is the sum of whole numbers, and how many they are.
type ratio interface {
	ratio(x *frame, sel []uint32, sums, counts []int64)
	change(x *frame, id uint32) int64
	weight() int
}

// An average is a ratio, which is compared as it is. As a value it is rounded
// to the nearest number, halves away from 0.
type average struct {
	ratio
	is shape
}

func (e *average) shape() shape { return e.is }

func (e *average) values(x *frame, sel []uint32, out []int64) {
	counts := x.takeWide(len(sel))
	e.ratio.ratio(x, sel, out, counts)
	for i, n := range counts {
		out[i] = rounded(out[i], n)
	}
	x.giveWide(counts)
}

func rounded(sum, n int64) int64 {
	if n == 0 {
		return column.Lacking
	}
	v, rest := sum/n, sum%n
	switch {
	case rest >= n-n/2:
		v++
	case -rest >= n-n/2:
		v--
	}
	return v
}

// aggregateRatio is the ratio of an aggregate.
type aggregateRatio struct{ *aggregate }

func (r aggregateRatio) ratio(x *frame, sel []uint32, sums, counts []int64) {
	r.aggregate.sum(x, sel, sums, counts)
}

// A ratioCond is true of those whose ratio passes a test.
type ratioCond struct {
	of   *average
	test func(sum, n int64) bool
}

func (c *ratioCond) weight() int { return c.of.weight() + 4 }

func (c *ratioCond) filter(x *frame, sel []uint32) []uint32 {
	sums, counts := x.takeWide(len(sel)), x.takeWide(len(sel))
	c.of.ratio.ratio(x, sel, sums, counts)
	n := 0
	for i, id := range sel {
		sel[n] = id
		n += one(counts[i] > 0 && c.test(sums[i], counts[i]))
	}
	x.giveWide(sums)
	x.giveWide(counts)
	return sel[:n]
}

func (c *ratioCond) next(x *frame, id uint32) (bool, int64) {
	return x.holds(c, id), c.of.change(x, id)
}

// products compares a·b with c·d.
func products(a, b, c, d int64) int {
	s, t := cmp.Compare(a, 0)*cmp.Compare(b, 0), cmp.Compare(c, 0)*cmp.Compare(d, 0)
	if s != t || s == 0 {
		return cmp.Compare(s, t)
	}
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	high2, low2 := bits.Mul64(magnitude(c), magnitude(d))
	return s * cmp.Or(cmp.Compare(high, high2), cmp.Compare(low, low2))
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func power(n uint8) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

func ratioComparison(e *average, op rule.Op, numbers []rule.Decimal) (cond, error) {
	scale := power(e.is.scale)
	compare := func(sum, n int64, d rule.Decimal) int { return products(sum, power(d.Scale), d.Digits, n*scale) }
	first := numbers[0]
	var test func(sum, n int64) bool
	switch op {
	case rule.Equal:
		test = func(sum, n int64) bool { return compare(sum, n, first) == 0 }
	case rule.NotEqual:
		test = func(sum, n int64) bool { return compare(sum, n, first) != 0 }
	case rule.Less:
		test = func(sum, n int64) bool { return compare(sum, n, first) < 0 }
	case rule.AtMost:
		test = func(sum, n int64) bool { return compare(sum, n, first) <= 0 }
	case rule.Greater:
		test = func(sum, n int64) bool { return compare(sum, n, first) > 0 }
	case rule.AtLeast:
		test = func(sum, n int64) bool { return compare(sum, n, first) >= 0 }
	case rule.Between:
		test = func(sum, n int64) bool { return compare(sum, n, first) >= 0 && compare(sum, n, numbers[1]) <= 0 }
	case rule.In:
		test = func(sum, n int64) bool {
			return slices.ContainsFunc(numbers, func(d rule.Decimal) bool { return compare(sum, n, d) == 0 })
		}
	default:
		return nil, fmt.Errorf("a number is not compared by %v", op)
	}
	return &ratioCond{e, test}, nil
}

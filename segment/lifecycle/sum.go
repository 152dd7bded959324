package lifecycle

import (
	"math"
	"math/bits"
)

// plus returns a + b, or the end of int64 that it is beyond.
func plus(a, b int64) int64 {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	}
	return sum
}

// less returns a - b, or the end of int64 that it is beyond.
func less(a, b int64) int64 {
	rest := a - b
	switch {
	case a >= 0 && b < 0 && rest < 0:
		return math.MaxInt64
	case a < 0 && b >= 0 && rest >= 0:
		return math.MinInt64
	}
	return rest
}

// times returns n·a/b rounded to the nearest, or the greatest int64. None of
// them may be negative, nor b 0.
func times(n, a, b int64) int64 {
	hi, lo := bits.Mul64(uint64(n), uint64(a))
	lo, carry := bits.Add64(lo, uint64(b)/2, 0)
	hi += carry
	if hi >= uint64(b) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, uint64(b))
	return int64(min(q, math.MaxInt64))
}

package eval

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// comparison compiles what compares an expr with literals.
func (c *compiler) comparison(e expr, op rule.Op, lits []rule.Literal) (cond, error) {
	s := e.shape()
	if op == rule.IsNull {
		return &notOf{&presentCond{e}}, nil
	}
	if want := 1 + one(op == rule.Between); op != rule.In && len(lits) != want {
		return nil, fmt.Errorf("%v wants %d literals, not %d", op, want, len(lits))
	}
	switch s.kind {
	case whole, real:
		return c.numeric(e, s, op, lits)
	case instant:
		return c.dated(e, op, lits)
	case truth:
		return c.logical(e, op, lits)
	case text, list:
		return c.textual(e, s, op, lits)
	}
	return nil, fmt.Errorf("nothing is compared with that")
}

// decimals returns the numbers of literals.
func decimals(lits []rule.Literal) ([]rule.Decimal, error) {
	all := make([]rule.Decimal, len(lits))
	for i, l := range lits {
		if l.Kind != rule.Number {
			return nil, fmt.Errorf("a number is compared with numbers")
		}
		all[i] = l.Number
	}
	return all, nil
}

func (c *compiler) numeric(e expr, s shape, op rule.Op, lits []rule.Literal) (cond, error) {
	numbers, err := decimals(lits)
	if err != nil {
		return nil, err
	}
	if avg, ok := unshared(e).(*average); ok {
		return ratioComparison(avg, op, numbers)
	}
	if s.kind == real {
		return realComparison(e, op, numbers)
	}
	r, ok := between(op, numbers, s.scale)
	if ok {
		return r.of(e), nil
	}
	if op != rule.In {
		return nil, fmt.Errorf("a number is not compared by %v", op)
	}
	set := &inCond{expr: e}
	for _, d := range numbers {
		if low, high := round(d, s.scale); low == high {
			set.values = append(set.values, low)
		}
	}
	slices.Sort(set.values)
	return set, nil
}

// round returns d in units of 10^-scale, rounded down and up, within int64.
func round(d rule.Decimal, scale uint8) (low, high int64) {
	n := big.NewInt(d.Digits)
	if scale >= d.Scale {
		n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale-d.Scale)), nil))
		return limited(n), limited(n)
	}
	var rest big.Int
	n.DivMod(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale-scale)), nil), &rest)
	low = limited(n)
	if rest.Sign() == 0 {
		return low, low
	}
	return low, limited(n.Add(n, big.NewInt(1)))
}

func limited(n *big.Int) int64 {
	switch {
	case n.IsInt64():
		return n.Int64()
	case n.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

// A numberRange is the whole numbers from low to high, or all others.
type numberRange struct {
	low, high int64
	outside   bool
}

// between returns the numbers that a comparison is true of. What is lacking is
// none of them.
func between(op rule.Op, d []rule.Decimal, scale uint8) (numberRange, bool) {
	const least, most = column.Lacking + 1, math.MaxInt64
	r := numberRange{low: least, high: most}
	low, high := round(d[0], scale)
	switch op {
	case rule.Equal, rule.NotEqual:
		r = numberRange{low: high, high: low, outside: op == rule.NotEqual} // empty when it is no whole number
	case rule.Less:
		if r.high = high - 1; high == math.MinInt64 {
			r.low, r.high = most, least
		}
	case rule.AtMost:
		r.high = low
	case rule.Greater:
		if r.low = low + 1; low == math.MaxInt64 {
			r.low, r.high = most, least
		}
	case rule.AtLeast:
		r.low = high
	case rule.Between:
		r.low = high
		r.high, _ = round(d[1], scale)
	default:
		return r, false
	}
	r.low = max(r.low, least)
	return r, true
}

func (r numberRange) of(e expr) cond { return &rangeCond{expr: e, numberRange: r} }

// holds reports whether a number is one of those.
func (r numberRange) holds(v int64) bool {
	return v != column.Lacking && (v >= r.low && v <= r.high) != r.outside
}

// A rangeCond is true of what has an expr in a range.
type rangeCond struct {
	expr expr
	numberRange
}

func (c *rangeCond) weight() int { return c.expr.weight() + 1 }

func (c *rangeCond) filter(x *frame, sel []uint32) []uint32 {
	if v, ok := c.expr.(vector); ok {
		if v := v.vector(x); v != nil {
			return c.byVector(v, sel)
		}
	}
	if a, ok := unshared(c.expr).(*aggregate); ok && !c.outside && c.low > 1 {
		sel = a.atLeast(x, sel, c.low)
	}
	v := x.takeWide(len(sel))
	c.expr.values(x, sel, v)
	n := 0
	if c.outside {
		for i, id := range sel {
			sel[n] = id
			n += one(c.holds(v[i]))
		}
	} else {
		low, high := c.low, c.high
		for i, id := range sel {
			sel[n] = id
			n += one(v[i] >= low) & one(v[i] <= high)
		}
	}
	x.giveWide(v)
	return sel[:n]
}

func (c *rangeCond) byVector(v []int64, sel []uint32) []uint32 {
	n := 0
	if c.outside {
		for _, id := range sel {
			sel[n] = id
			n += one(c.holds(v[id]))
		}
		return sel[:n]
	}
	low, high := c.low, c.high
	for _, id := range sel {
		sel[n] = id
		n += one(v[id] >= low) & one(v[id] <= high)
	}
	return sel[:n]
}

// flipping is an expr that knows when it enters or leaves a range by time
// alone.
type flipping interface {
	flips(x *frame, id uint32, now int64, r numberRange) int64
}

func (c *rangeCond) next(x *frame, id uint32) (bool, int64) {
	now := x.value(c.expr, id)
	if f, ok := unshared(c.expr).(flipping); ok {
		return c.holds(now), f.flips(x, id, now, c.numberRange)
	}
	return c.holds(now), c.expr.change(x, id)
}

// A presentCond is true of what has an expr.
type presentCond struct{ expr expr }

func (c *presentCond) weight() int { return c.expr.weight() + 1 }

func (c *presentCond) filter(x *frame, sel []uint32) []uint32 {
	v := x.takeWide(len(sel))
	c.expr.values(x, sel, v)
	n := 0
	for i, id := range sel {
		sel[n] = id
		n += one(v[i] != column.Lacking)
	}
	x.giveWide(v)
	return sel[:n]
}

func (c *presentCond) next(x *frame, id uint32) (bool, int64) {
	return x.holds(c, id), c.expr.change(x, id)
}

// An inCond is true of what has an expr that is one of some numbers.
type inCond struct {
	expr   expr
	values []int64 // sorted
}

func (c *inCond) weight() int { return c.expr.weight() + 4 }

func (c *inCond) filter(x *frame, sel []uint32) []uint32 {
	v := x.takeWide(len(sel))
	c.expr.values(x, sel, v)
	n := 0
	for i, id := range sel {
		_, found := slices.BinarySearch(c.values, v[i])
		sel[n] = id
		n += one(found && v[i] != column.Lacking)
	}
	x.giveWide(v)
	return sel[:n]
}

func (c *inCond) next(x *frame, id uint32) (bool, int64) {
	return x.holds(c, id), c.expr.change(x, id)
}

// A testCond is true of what has an expr that passes a test.
type testCond struct {
	expr expr
	test func(v int64) bool // of what is not lacking
}

func (c *testCond) weight() int { return c.expr.weight() + 5 }

func (c *testCond) filter(x *frame, sel []uint32) []uint32 {
	v := x.takeWide(len(sel))
	c.expr.values(x, sel, v)
	n := 0
	for i, id := range sel {
		sel[n] = id
		n += one(v[i] != column.Lacking && c.test(v[i]))
	}
	x.giveWide(v)
	return sel[:n]
}

func (c *testCond) next(x *frame, id uint32) (bool, int64) {
	return x.holds(c, id), c.expr.change(x, id)
}

func (c *compiler) logical(e expr, op rule.Op, lits []rule.Literal) (cond, error) {
	set := &inCond{expr: e}
	for _, l := range lits {
		if l.Kind != rule.Bool {
			return nil, fmt.Errorf("true or false is compared with true or false")
		}
		v := int64(one(l.Bool))
		if op == rule.NotEqual {
			v = 1 - v
		}
		set.values = append(set.values, v)
	}
	if op != rule.Equal && op != rule.NotEqual && op != rule.In {
		return nil, fmt.Errorf("true and false are not compared by %v", op)
	}
	slices.Sort(set.values)
	return set, nil
}

func realComparison(e expr, op rule.Op, numbers []rule.Decimal) (cond, error) {
	f := make([]float64, len(numbers))
	for i, d := range numbers {
		f[i], _ = new(big.Rat).SetFrac(big.NewInt(d.Digits), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale)), nil)).Float64()
	}
	var test func(v float64) bool
	switch op {
	case rule.Equal:
		test = func(v float64) bool { return v == f[0] }
	case rule.NotEqual:
		test = func(v float64) bool { return v != f[0] }
	case rule.Less:
		test = func(v float64) bool { return v < f[0] }
	case rule.AtMost:
		test = func(v float64) bool { return v <= f[0] }
	case rule.Greater:
		test = func(v float64) bool { return v > f[0] }
	case rule.AtLeast:
		test = func(v float64) bool { return v >= f[0] }
	case rule.Between:
		test = func(v float64) bool { return v >= f[0] && v <= f[1] }
	case rule.In:
		test = func(v float64) bool { return slices.Contains(f, v) }
	default:
		return nil, fmt.Errorf("a number is not compared by %v", op)
	}
	return &testCond{e, func(v int64) bool { return test(column.Number(v)) }}, nil
}

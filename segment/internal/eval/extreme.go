package eval

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// An Edge is the value of the last who are among the highest, or the lowest.
type Edge struct {
	Nobody bool  `json:"nobody,omitzero"` // has a value
	Value  int64 `json:"value"`
	Of     int64 `json:"of,omitzero"` // of an average: Value is a sum of so many
}

// An extremeCond compares an expr with an edge.
type extremeCond struct {
	expr   expr
	lowest bool
	number int // of the plan's extremes
}

func (c *extremeCond) weight() int { return c.expr.weight() + 3 }

func (c *extremeCond) filter(x *frame, sel []uint32) []uint32 {
	edge := x.edges[c.number]
	if edge.Nobody {
		return sel[:0]
	}
	v, of := x.takeWide(len(sel)), x.takeWide(len(sel))
	read(x, c.expr, sel, v, of)
	n := 0
	for i, id := range sel {
		sel[n] = id
		order := rank(c.expr.shape().kind, ranked{v[i], of[i]}, ranked{edge.Value, edge.Of})
		n += one(v[i] != column.Lacking && (order == 0 || order < 0 == c.lowest))
	}
	x.giveWide(v)
	x.giveWide(of)
	return sel[:n]
}

func (c *extremeCond) next(x *frame, id uint32) (bool, int64) {
	return x.holds(c, id), c.expr.change(x, id)
}

// A ranked is a value, or a sum of so many.
type ranked struct{ value, of int64 }

// read returns values, of averages the sums and of how many they are.
func read(x *frame, e expr, sel []uint32, v, of []int64) {
	avg, ok := unshared(e).(*average)
	if !ok {
		e.values(x, sel, v)
		clear(of[:len(sel)])
		return
	}
	avg.ratio.ratio(x, sel, v, of)
	for i, n := range of[:len(sel)] {
		if n == 0 {
			v[i] = column.Lacking
		}
	}
}

func rank(k kind, a, b ranked) int {
	switch {
	case a.of > 0 && b.of > 0:
		return products(a.value, b.of, b.value, a.of)
	case k == real:
		return cmp.Compare(column.Number(a.value), column.Number(b.value))
	}
	return cmp.Compare(a.value, b.value)
}

// nth returns the value that would stand at a place if all were sorted. It
// changes their order.
func nth(all []ranked, place int, compare func(a, b ranked) int) ranked {
	low, high := 0, len(all)
	for high-low > 16 {
		a, b, c := all[low], all[low+(high-low)/2], all[high-1]
		if compare(a, b) > 0 {
			a, b = b, a
		}
		if compare(b, c) > 0 {
			b = c
			if compare(a, b) > 0 {
				b = a
			}
		}
		less, more := low, high // of less than b, and of more
		for i := low; i < more; {
			switch order := compare(all[i], b); {
			case order < 0:
				all[i], all[less] = all[less], all[i]
				less++
				i++
			case order > 0:
				more--
				all[i], all[more] = all[more], all[i]
			default:
				i++
			}
		}
		switch {
		case place < less:
			high = less
		case place >= more:
			low = more
		default:
			return b
		}
	}
	slices.SortFunc(all[low:high], compare)
	return all[place]
}

// edgeOf returns the edge of an extreme among the values of all.
func edgeOf(all []ranked, e extreme) Edge {
	n := e.of.Count
	if n <= 0 { // of a percent the number is rounded up
		parts := 100 * uint64(power(e.of.Percent.Scale))
		if n = int64(len(all)); uint64(e.of.Percent.Digits) < parts {
			high, low := bits.Mul64(uint64(len(all)), uint64(e.of.Percent.Digits))
			share, rest := bits.Div64(high, low, parts)
			n = int64(share) + int64(one(rest > 0))
		}
	}
	n = min(n, int64(len(all)))
	if n == 0 {
		return Edge{Nobody: true}
	}
	k := e.expr.shape().kind
	last := nth(all, int(n-1), func(a, b ranked) int {
		if e.of.Lowest {
			return rank(k, a, b)
		}
		return rank(k, b, a)
	})
	return Edge{Value: last.value, Of: last.of}
}

package eval

import (
	"cmp"
	"math"
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
	if v := x.recent(c.number); v != nil {
		return beyond(v, sel, edge.Value, c.lowest)
	}
	v, of := x.takeWide(len(sel)), x.takeWide(len(sel))
	read(x, c.expr, sel, v, of)
	n := 0
	switch k := c.expr.shape().kind; {
	case edge.Of > 0 || k == real:
		for i, id := range sel {
			sel[n] = id
			order := rank(k, ranked{v[i], of[i]}, ranked{edge.Value, edge.Of})
			n += one(v[i] != column.Lacking && (order == 0 || order < 0 == c.lowest))
		}
	case c.lowest:
		for i, id := range sel {
			sel[n] = id
			n += one(v[i] != column.Lacking) & one(v[i] <= edge.Value)
		}
	default:
		for i, id := range sel { // what is lacking is less than all
			sel[n] = id
			n += one(v[i] >= edge.Value)
		}
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

// rankings are values of those who have one: sums of so many, or, where of is
// nil, in an order of their own.
type rankings struct{ values, of []int64 }

// rankingsOf returns the values of an expr that are not lacking.
func rankingsOf(e expr, v, of []int64) rankings {
	r, k := rankings{values: make([]int64, 0, len(v))}, e.shape().kind
	if _, ok := unshared(e).(*average); ok {
		r.of = make([]int64, 0, len(v))
	}
	for i, value := range v {
		if value == column.Lacking {
			continue
		}
		if r.values = append(r.values, ordered(k, value)); r.of != nil {
			r.of = append(r.of, of[i])
		}
	}
	return r
}

// ordered returns a number that stands among those of its kind as the value
// does, and of such a number the value.
func ordered(k kind, v int64) int64 {
	if k == real && v < 0 {
		return v ^ math.MaxInt64
	}
	return v
}

// edgeOf returns the edge of an extreme among the values of all.
func edgeOf(all []rankings, e extreme) Edge {
	size := 0
	for _, r := range all {
		size += len(r.values)
	}
	n := e.of.Count
	if n <= 0 { // of a percent the number is rounded up
		parts := 100 * uint64(power(e.of.Percent.Scale))
		if n = int64(size); uint64(e.of.Percent.Digits) < parts {
			high, low := bits.Mul64(uint64(size), uint64(e.of.Percent.Digits))
			share, rest := bits.Div64(high, low, parts)
			n = int64(share) + int64(one(rest > 0))
		}
	}
	n = min(n, int64(size))
	if n == 0 {
		return Edge{Nobody: true}
	}
	k, place := e.expr.shape().kind, int(n-1)
	if !e.of.Lowest {
		place = size - int(n)
	}
	if _, ok := unshared(e.expr).(*average); !ok {
		lists := make([][]int64, len(all))
		for i, r := range all {
			lists[i] = r.values
		}
		return Edge{Value: ordered(k, nthOf(lists, place))}
	}
	list := make([]ranked, 0, size)
	for _, r := range all {
		for i, v := range r.values {
			list = append(list, ranked{v, r.of[i]})
		}
	}
	last := nth(list, place, func(a, b ranked) int { return rank(k, a, b) })
	return Edge{Value: last.value, Of: last.of}
}

// nthOf returns the number that would stand at a place if those of all lists
// were sorted. It counts how many are in each of some spans of equal length, and
// looks again into the one that has the place.
func nthOf(lists [][]int64, place int) int64 {
	const spans = 14 // 2 to the power of it
	counts := make([]int, 1<<spans)
	for {
		low, high := int64(math.MaxInt64), int64(math.MinInt64)
		for _, list := range lists {
			for _, v := range list {
				low, high = min(low, v), max(high, v)
			}
		}
		length := max(0, bits.Len64(uint64(high)-uint64(low))-spans)
		clear(counts)
		for _, list := range lists {
			for _, v := range list {
				counts[(uint64(v)-uint64(low))>>length]++
			}
		}
		span := 0
		for place >= counts[span] {
			place -= counts[span]
			span++
		}
		if length == 0 {
			return int64(uint64(low) + uint64(span))
		}
		rest := make([]int64, 0, counts[span])
		for _, list := range lists {
			for _, v := range list {
				if (uint64(v)-uint64(low))>>length == uint64(span) {
					rest = append(rest, v)
				}
			}
		}
		lists = [][]int64{rest}
	}
}

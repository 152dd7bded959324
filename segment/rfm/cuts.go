package rfm

import (
	"math"
	"math/bits"
	"slices"
)

// Cuts are the frozen edges of one value. The zero Cuts score nobody.
type Cuts struct {
	Low    bool    `json:"low,omitzero"` // little is best
	Values []int64 `json:"values"`       // the greatest value below each edge, ascending; one fewer than bins

	// Last is of RankFirst: of those who have exactly the value beside it,
	// whose tie is at most this gets the lower of the two scores.
	Last []int64 `json:"last,omitzero"`
}

// IsZero reports whether the cuts score nobody.
func (c Cuts) IsZero() bool { return len(c.Values) == 0 }

// Bins is how many scores there are, 0 of the zero Cuts.
func (c Cuts) Bins() int {
	if len(c.Values) == 0 {
		return 0
	}
	return len(c.Values) + 1
}

// Score returns the score of a value, 1 to Bins, or 0 of the zero Cuts. The tie
// matters for cuts by RankFirst only. A better value never has a lower score.
func (c Cuts) Score(value, tie int64) int {
	if len(c.Values) == 0 {
		return 0
	}
	above := 0
	if len(c.Last) == 0 {
		for _, cut := range c.Values { // to the end: guessing where to stop costs more
			if value > cut {
				above++
			}
		}
	} else {
		for above < len(c.Values) && c.above(value, tie, above) {
			above++
		}
	}
	if c.Low {
		return len(c.Values) + 1 - above
	}
	return above + 1
}

// above reports whether a value is beyond an edge.
func (c Cuts) above(value, tie int64, edge int) bool {
	cut := c.Values[edge]
	if value != cut || edge >= len(c.Last) {
		return value > cut
	}
	return (tie <= c.Last[edge]) == c.Low
}

// Bounds returns the least and the greatest value that get a score; the ends
// are those of int64. Of RankFirst, a value on an edge may get either score.
// ok is false when no value gets the score.
func (c Cuts) Bounds(score int) (least, most int64, ok bool) {
	if score < 1 || score > c.Bins() {
		return 0, 0, false
	}
	bin := score - 1
	if c.Low {
		bin = len(c.Values) - bin
	}
	least, most = math.MinInt64, math.MaxInt64
	if bin < len(c.Values) {
		most = c.Values[bin]
	}
	if bin > 0 {
		if least = c.Values[bin-1]; len(c.Last) == 0 {
			if least == math.MaxInt64 {
				return 0, 0, false
			}
			least++
		}
	}
	return least, most, least <= most
}

// Next returns the least value beyond a value that has another score: for
// recency, the age at which it falls by time alone. ok is false when there is
// none.
func (c Cuts) Next(value, tie int64) (next int64, ok bool) {
	now := c.Score(value, tie)
	for _, cut := range c.Values {
		for _, v := range [2]int64{cut, cut + 1} {
			if v > value && c.Score(v, tie) != now {
				return v, true
			}
		}
	}
	return 0, false
}

// cut cuts the values of those who count, of whom there is at least one.
func (s Scale) cut(low bool, values []int64, m *Measures) Cuts {
	c := Cuts{Low: low}
	if s.Method == Fixed {
		c.Values = slices.Clone(s.Edges)
		if !low {
			for i := range c.Values {
				c.Values[i]--
			}
		}
		return c
	}
	sample := make([]int64, 0, len(values))
	for i, n := range m.Frequency {
		if n > 0 {
			sample = append(sample, values[i])
		}
	}
	if s.Method == RankFirst {
		c.rank(s.bins(), sample, values, m)
		return c
	}
	c.Values = quantiles(sample, s.bins())
	return c
}

// quantiles returns what parts a sample into bins, rounded down to whole
// numbers. The sample must not be empty.
//
// The quantile of k/bins stands at (n-1)·k/bins in the sorted sample, counted
// from 0, and between two values in proportion.
func quantiles(sample []int64, bins int) []int64 {
	last := len(sample) - 1
	var places []int
	place := func(k int) (int, uint64) {
		n := int64(last) * int64(k)
		return int(n / int64(bins)), uint64(n % int64(bins))
	}
	for k := 1; k < bins; k++ {
		p, _ := place(k)
		places = append(places, p, min(p+1, last))
	}
	slices.Sort(places)
	places = slices.Compact(places)
	values := pick(sample, places)
	at := func(place int) int64 {
		i, _ := slices.BinarySearch(places, place)
		return values[i]
	}
	cuts := make([]int64, bins-1)
	for k := range cuts {
		p, part := place(k + 1)
		low, high := at(p), at(min(p+1, last))
		hi, lo := bits.Mul64(uint64(high)-uint64(low), part)
		whole, _ := bits.Div64(hi, lo, uint64(bins))
		cuts[k] = int64(uint64(low) + whole)
	}
	return cuts
}

// rank parts a sample into bins of equal size.
func (c *Cuts) rank(bins int, sample, values []int64, m *Measures) {
	n := len(sample)
	c.Values, c.Last = make([]int64, bins-1), make([]int64, bins-1)
	lower := make([]int, bins-1) // how many are below each edge, by score
	places := make([]int, 0, bins-1)
	for k, sum := 0, 0; k < bins-1; k++ {
		size := n / bins
		if k < n%bins {
			size++
		}
		sum += size
		lower[k] = sum
		places = append(places, c.place(sum, n))
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(places)))
	found := pick(sample, sorted)
	for k, place := range places {
		i, _ := slices.BinarySearch(sorted, place)
		value, edge := found[i], k
		if c.Low {
			edge = bins - 2 - k
		}
		worse := 0
		for _, v := range sample {
			if v != value && (v > value) == c.Low {
				worse++
			}
		}
		c.Values[edge] = value
		var equal []int64
		for i, v := range values {
			if v == value && m.Frequency[i] > 0 {
				equal = append(equal, m.tie(i))
			}
		}
		last := lower[k] - worse - 1
		settle(equal, []int{last})
		c.Last[edge] = equal[last]
	}
}

// place is where the last of the sum worst stands among n in ascending order.
func (c *Cuts) place(sum, n int) int {
	if c.Low {
		return n - sum
	}
	return sum - 1
}

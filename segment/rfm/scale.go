package rfm

import (
	"fmt"
	"math"
)

// A Method says how values are cut into bins.
type Method string

// The methods. The zero Method is Quantile.
const (
	// Quantile cuts at sample quantiles, of type 7 in the count of R. Equal
	// values get equal scores; where many are equal some scores go to nobody.
	Quantile Method = "quantile"
	// RankFirst makes bins of equal size, those of low scores one larger where
	// the number does not divide, as NTILE of SQL does. Of equal values those of
	// lower index get the lower score.
	RankFirst Method = "rank_first"
	// Fixed cuts where the shop says.
	Fixed Method = "fixed"
)

// mostDays is a hundred years.
const mostDays = 36_525

// How many bins there can be.
const (
	fewestBins  = 2
	defaultBins = 5
	mostBins    = 10
)

// A Scale says how one value is scored. The zero Scale has five bins between
// quantiles.
type Scale struct {
	Method Method `json:"method,omitzero"`
	Bins   int    `json:"bins,omitzero"` // 2 to 10; 0: 5, or of Fixed what Edges makes

	// Edges are of Fixed: 1 to 9 values, each greater than the one before. A
	// value on an edge gets the better score: at most 30 days ago, at least 5
	// orders, at least 100.00.
	Edges []int64 `json:"edges,omitzero"`
}

// A Scheme says how the three values are scored. The zero Scheme makes five
// quantiles of each, over the whole history.
type Scheme struct {
	// Days is for how many days what happened counts, as date >= -365d does in
	// rules: from the beginning of the day so many days ago. Who has not bought
	// in them has no scores. 0 is for good. The caller measures so.
	Days int `json:"days,omitzero"`

	Recency   Scale `json:"recency,omitzero"`   // little is best
	Frequency Scale `json:"frequency,omitzero"` // much is best
	Monetary  Scale `json:"monetary,omitzero"`  // much is best
}

// Check returns what is wrong with a scheme as [Faults], nil for nothing.
func (s Scheme) Check() error {
	var faults Faults
	if s.Days < 0 || s.Days > mostDays {
		faults.add("days", fmt.Sprintf("0 to %d", mostDays), "%d", s.Days)
	}
	s.Recency.check("recency", &faults)
	s.Frequency.check("frequency", &faults)
	s.Monetary.check("monetary", &faults)
	return faults.err()
}

func (s Scale) check(path string, faults *Faults) {
	switch s.Method {
	case "", Quantile, RankFirst:
		if s.Bins != 0 && (s.Bins < fewestBins || s.Bins > mostBins) {
			faults.add(path+".bins", "2 to 10", "%d", s.Bins)
		}
		if len(s.Edges) > 0 {
			faults.add(path+".edges", "none, except with the method fixed", "%d", len(s.Edges))
		}
	case Fixed:
		if n := len(s.Edges); n < fewestBins-1 || n >= mostBins {
			faults.add(path+".edges", "1 to 9 of them", "%d", n)
		} else if s.Bins != 0 && s.Bins != n+1 {
			faults.add(path+".bins", fmt.Sprintf("%d, one more than edges", n+1), "%d", s.Bins)
		}
		for i, e := range s.Edges {
			if i > 0 && e <= s.Edges[i-1] {
				faults.add(fmt.Sprintf("%s.edges[%d]", path, i), "more than the edge before it", "%d", e)
			} else if e == math.MinInt64 {
				faults.add(fmt.Sprintf("%s.edges[%d]", path, i), "more than the least number", "%d", e)
			}
		}
	default:
		faults.add(path+".method", "quantile, rank_first or fixed", "%q", s.Method)
	}
}

// bins is how many bins there will be.
func (s Scale) bins() int {
	switch {
	case s.Method == Fixed:
		return len(s.Edges) + 1
	case s.Bins == 0:
		return defaultBins
	}
	return s.Bins
}

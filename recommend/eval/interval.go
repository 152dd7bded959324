package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// An Interval is a mean with what it could have been, had other customers of
// the same shop been in the test: the bounds hold the middle share of the
// means of resampled cases (percentile bootstrap). All cases of one customer
// are drawn together, because they are not independent. Of fewer than some thirty
// customers it is too narrow: of one it has no width at all.
type Interval struct {
	Mean, Low, High float64
}

// String shows the interval with four digits: 0.1234 [0.1200, 0.1260].
func (i Interval) String() string {
	return fmt.Sprintf("%.4f [%.4f, %.4f]", i.Mean, i.Low, i.High)
}

// bootstrap returns the interval of the mean of values, one a case. Cases with
// equal non-negative cluster are drawn together.
func bootstrap(values []float64, cluster []int, o *Options) Interval {
	var sums, counts []float64
	place := map[int]int{}
	var total float64
	for i, v := range values {
		total += v
		at, ok := place[cluster[i]]
		if !ok || cluster[i] < 0 {
			at = len(sums)
			place[cluster[i]] = at
			sums, counts = append(sums, 0), append(counts, 0)
		}
		sums[at] += v
		counts[at]++
	}
	mean := total / float64(len(values))
	if len(values) == 0 {
		return Interval{math.NaN(), math.NaN(), math.NaN()}
	}
	draw := rand.New(rand.NewPCG(o.Seed, 0x626f6f74))
	means := make([]float64, o.resamples())
	for i := range means {
		var s, n float64
		for range sums {
			j := draw.IntN(len(sums))
			s += sums[j]
			n += counts[j]
		}
		means[i] = s / n
	}
	slices.Sort(means)
	tail := (1 - o.level()) / 2
	return Interval{mean, quantile(means, tail), quantile(means, 1-tail)}
}

// quantile interpolates between the two nearest of sorted values.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

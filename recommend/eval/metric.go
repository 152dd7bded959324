package eval

import (
	"math"
	"slices"
)

// A Metric is a number that says how good lists are; more is better.
type Metric string

// The metrics of a [Report], from 0 to 1, of a list cut after k products. Each is
// computed for every case, over the whole catalog, and the mean of the cases is
// reported.
const (
	// Recall is the share of the targets that is in the list.
	Recall Metric = "recall"
	// Precision is the share of k that are targets; k, also when the list is
	// shorter.
	Precision Metric = "precision"
	// NDCG is the discounted gain, 1/log2(place+1) for each target found,
	// over that of the ideal list. The ideal list has min(k, targets)
	// targets, all at its head, so that 1 can be reached.
	NDCG Metric = "ndcg"
	// MAP is the mean over min(k, targets) of the precision at each target
	// found.
	MAP Metric = "map"
	// HitRate is 1 when at least one target is in the list, else 0.
	HitRate Metric = "hit_rate"
	// MRR is one over the place of the first target, 0 when there is none.
	MRR Metric = "mrr"
)

var metrics = []Metric{Recall, Precision, NDCG, MAP, HitRate, MRR}

// measure returns the metrics of a list in the order of metrics.
func measure(c *Case, list []string, k int) []float64 {
	var found, gain, precision, first float64
	for i, product := range list[:min(k, len(list))] {
		_, target := slices.BinarySearch(c.Targets, product)
		if !target || !c.Query.Eligible(product) || slices.Contains(list[:i], product) {
			continue
		}
		place := float64(i + 1)
		found++
		gain += 1 / math.Log2(place+1)
		precision += found / place
		if first == 0 {
			first = 1 / place
		}
	}
	best := min(k, len(c.Targets))
	var ideal float64
	for i := range best {
		ideal += 1 / math.Log2(float64(i+2))
	}
	return []float64{
		found / float64(len(c.Targets)), found / float64(k), gain / ideal,
		precision / float64(best), min(found, 1), first,
	}
}

// AveragePrecision returns the area under the curve of precision over recall
// of scored pairs, say of customer and product, of which some came true: the
// mean, over those, of the precision at the place of each. The best score is
// first; pairs with equal scores share their places, so that their order
// changes nothing. It returns NaN when no pair came true, and when a score is
// NaN. The slices have equal length.
func AveragePrecision(scores []float64, came []bool) float64 {
	places := make([]int, len(scores))
	for i, s := range scores {
		if math.IsNaN(s) {
			return math.NaN()
		}
		places[i] = i
	}
	slices.SortFunc(places, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
	var sum, found, seen float64
	for i := 0; i < len(places); {
		end, hits := i, 0.0
		for ; end < len(places) && scores[places[end]] == scores[places[i]]; end++ {
			if came[places[end]] {
				hits++
			}
		}
		found += hits
		seen += float64(end - i)
		sum += hits * found / seen
		i = end
	}
	return sum / found
}

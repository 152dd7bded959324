package rfm

import (
	"math/bits"
	"slices"
)

// settle reorders values so that each of the places, which ascend, holds what
// it would hold if all were sorted. It looks only where a place is.
func settle(values []int64, places []int) {
	depth := 2 * bits.Len(uint(len(values)))
	settleFrom(values, places, 0, depth)
}

// settleFrom settles values of which the first stands at place first.
func settleFrom(values []int64, places []int, first, depth int) {
	for len(places) > 0 {
		if len(values) <= 24 || depth == 0 {
			slices.Sort(values)
			return
		}
		depth--
		low, high := part(values, pivot(values))
		i, _ := slices.BinarySearch(places, first+low)
		j, _ := slices.BinarySearch(places, first+high)
		settleFrom(values[:low], places[:i], first, depth)
		values, places, first = values[high:], places[j:], first+high
	}
}

// part reorders values so that those before low are less than the pivot, and
// those from high on more.
func part(values []int64, pivot int64) (low, high int) {
	high = len(values)
	for i := 0; i < high; {
		switch v := values[i]; {
		case v < pivot:
			values[i], values[low] = values[low], v
			low++
			i++
		case v > pivot:
			high--
			values[i], values[high] = values[high], v
		default:
			i++
		}
	}
	return low, high
}

// pivot returns the median of three medians of three.
func pivot(values []int64) int64 {
	step := len(values) / 9
	var m [3]int64
	for i := range m {
		at := values[step*3*i:]
		m[i] = median(at[0], at[step], at[2*step])
	}
	return median(m[0], m[1], m[2])
}

func median(a, b, c int64) int64 { return max(min(a, b), min(max(a, b), c)) }

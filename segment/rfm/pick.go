package rfm

import (
	"math/bits"
	"slices"
)

// lots is how many lots pick parts values into, at most.
const lots = 1 << 12

// pick returns what would stand at each of the places, which ascend, if all
// values were sorted. There is at least one value. It counts how many are in each
// of many lots of equal width, and looks closely at those with a place only.
func pick(values []int64, places []int) []int64 {
	least, most := slices.Min(values), slices.Max(values)
	shift := max(0, bits.Len64(uint64(most)-uint64(least))-bits.Len(lots-1))
	lot := func(v int64) uint64 { return (uint64(v) - uint64(least)) >> shift }
	var counts [lots]int
	for _, v := range values {
		counts[lot(v)]++
	}
	picked := make([]int64, len(places))
	if shift == 0 { // a lot is of one value
		n, i := 0, 0
		for l, count := range counts {
			for n += count; i < len(places) && places[i] < n; i++ {
				picked[i] = int64(uint64(least) + uint64(l))
			}
		}
		return picked
	}
	var wanted [lots]bool
	firsts, of := make([]int, len(places)), make([]uint64, len(places)) // where the lot of a place begins, and which it is
	n, i := 0, 0
	for l, count := range counts {
		for ; i < len(places) && places[i] < n+count; i++ {
			wanted[l], firsts[i], of[i] = true, n, uint64(l)
		}
		n += count
	}
	groups := map[uint64][]int64{}
	var last uint64
	var group []int64
	for _, v := range values {
		l := lot(v)
		if !wanted[l] {
			continue
		}
		if l != last {
			groups[last] = group
			last, group = l, groups[l]
		}
		group = append(group, v)
	}
	groups[last] = group
	for i, place := range places {
		group, within := groups[of[i]], place-firsts[i]
		settle(group, []int{within})
		picked[i] = group[within]
	}
	return picked
}

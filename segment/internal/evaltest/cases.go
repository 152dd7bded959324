package evaltest

import "testing"

// Cases returns how many cases a test goes through: n, and with -short an eighth
// of n, at least one.
func Cases[N int | uint64](n N) N {
	if testing.Short() {
		return max(1, n/8)
	}
	return n
}

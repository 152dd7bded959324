//go:build race

package crm_test

// twinRuns is how many lives TestTwin runs under the race detector, which is
// an order of magnitude slower.
const twinRuns = 200

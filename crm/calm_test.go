//go:build !race

package crm_test

// twinRuns is how many lives TestTwin runs.
const twinRuns = 10_000

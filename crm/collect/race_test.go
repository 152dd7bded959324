//go:build race

package collect_test

// offlineEvents is how many events TestOffline sends under the race detector,
// which is an order of magnitude slower.
const offlineEvents = 4_000

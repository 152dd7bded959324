//go:build !race

package collect_test

// offlineEvents is how many events TestOffline sends.
const offlineEvents = 100_000

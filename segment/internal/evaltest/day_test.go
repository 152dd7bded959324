package evaltest_test

import (
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
)

// TestWorldStart tests that each day of twenty years begins once, where the one
// before it ends, in all locations: also where midnight is skipped, and where it
// comes twice.
func TestWorldStart(t *testing.T) {
	for _, zone := range evaltest.Zones {
		w := &evaltest.World{At: time.UnixMilli(0), Location: location(t, zone)}
		for d := time.Date(2007, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() < 2027; d = d.AddDate(0, 0, 1) {
			start := w.Start(d.Date())
			for _, want := range []struct {
				ms  int64
				day time.Time
			}{{start, d}, {start - 1, d.AddDate(0, 0, -1)}, {start + 30*60_000, d}, {start - 30*60_000, d.AddDate(0, 0, -1)}} {
				year, month, day := w.DayOf(want.ms)
				if got := time.Date(year, month, day, 0, 0, 0, 0, time.UTC); !got.Equal(want.day) {
					t.Fatalf("%s: %s is on %s, want %s", zone, time.UnixMilli(want.ms).UTC(), got.Format(time.DateOnly), want.day.Format(time.DateOnly))
				}
			}
		}
	}
}

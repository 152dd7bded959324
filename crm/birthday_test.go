package crm_test

import (
	"testing"
	"time"
	_ "time/tzdata" // for machines without it

	"github.com/seed-9cb3708a/clientele/crm"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestAge(t *testing.T) {
	on := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	midnight := time.Date(2025, 5, 17, 0, 0, 0, 0, zone(t, "Asia/Tokyo"))
	for _, tc := range []struct {
		name     string
		birthday string
		at       time.Time
		want     int
		ok       bool
	}{
		{"the day before", "1990-05-17", on(2025, 5, 16).Add(24*time.Hour - 1), 34, true},
		{"on the day", "1990-05-17", on(2025, 5, 17), 35, true},
		{"the day after", "1990-05-17", on(2025, 5, 18), 35, true},
		{"the month before", "1990-05-17", on(2025, 4, 30), 34, true},
		{"the day has begun where the shop is", "1990-05-17", midnight, 35, true},
		{"and not in London", "1990-05-17", midnight.UTC(), 34, true},
		{"on the day of birth", "2025-05-17", on(2025, 5, 17), 0, true},
		{"not born yet", "2025-05-18", on(2025, 5, 17), 0, false},
		{"not born for years", "2030-01-01", on(2025, 5, 17), 0, false},
		{"29 February in a leap year", "2000-02-29", on(2024, 2, 29), 24, true},
		{"29 February, 28 February of a common year", "2000-02-29", on(2025, 2, 28), 24, true},
		{"29 February, 1 March of a common year", "2000-02-29", on(2025, 3, 1), 25, true},
		{"without the year", "--05-17", on(2025, 5, 17), 0, false},
		{"unknown", "", on(2025, 5, 17), 0, false},
		{"no day", "1990-02-30", on(2025, 5, 17), 0, false},
		{"before years were counted", "0001-01-01", on(2025, 1, 1), 2024, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := crm.Customer{Birthday: tc.birthday}
			if got, ok := c.Age(tc.at); got != tc.want || ok != tc.ok {
				t.Errorf("Age(%v) = %d, %t, want %d, %t", tc.at, got, ok, tc.want, tc.ok)
			}
		})
	}
}

func TestNextBirthday(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	santiago := zone(t, "America/Santiago") // where clocks go from 24:00 to 1:00
	on := func(loc *time.Location, y int, m time.Month, d, h int) time.Time {
		return time.Date(y, m, d, h, 0, 0, 0, loc)
	}
	for _, tc := range []struct {
		name     string
		birthday string
		at       time.Time
		want     time.Time // zero: not ok
	}{
		{"later this year", "1990-05-17", on(berlin, 2025, 3, 1, 12), on(berlin, 2025, 5, 17, 0)},
		{"today", "1990-05-17", on(berlin, 2025, 5, 17, 23), on(berlin, 2025, 5, 17, 0)},
		{"yesterday", "1990-05-17", on(berlin, 2025, 5, 18, 0), on(berlin, 2026, 5, 17, 0)},
		{"without the year", "--01-02", on(berlin, 2025, 12, 31, 12), on(berlin, 2026, 1, 2, 0)},
		{"29 February of a common year", "2000-02-29", on(berlin, 2025, 1, 1, 12), on(berlin, 2025, 3, 1, 0)},
		{"29 February, on 1 March of a common year", "2000-02-29", on(berlin, 2025, 3, 1, 12), on(berlin, 2025, 3, 1, 0)},
		{"29 February, after it", "--02-29", on(berlin, 2027, 3, 2, 12), on(berlin, 2028, 2, 29, 0)},
		{"born this year", "2025-01-10", on(berlin, 2025, 5, 17, 12), on(berlin, 2026, 1, 10, 0)},
		{"not born yet", "2025-05-18", on(berlin, 2025, 5, 17, 12), time.Time{}},
		{"a day without midnight", "1990-09-07", on(santiago, 2025, 9, 1, 12), on(santiago, 2025, 9, 7, 1)},
		{"unknown", "", on(berlin, 2025, 5, 17, 12), time.Time{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := crm.Customer{Birthday: tc.birthday}
			got, ok := c.NextBirthday(tc.at)
			if !got.Equal(tc.want) || ok != !tc.want.IsZero() {
				t.Fatalf("NextBirthday(%v) = %v, %t, want %v", tc.at, got, ok, tc.want)
			}
			// It is when a year more is counted.
			if age, known := c.Age(got); known && ok && got.After(tc.at) {
				if before, _ := c.Age(got.Add(-time.Second)); before != age-1 {
					t.Errorf("the age goes from %d to %d then", before, age)
				}
			}
		})
	}
}

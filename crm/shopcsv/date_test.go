package shopcsv_test

import (
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

func TestTime(t *testing.T) {
	berlin := time.FixedZone("Berlin", 3600)
	for _, c := range []struct {
		text  string
		order shopcsv.DateOrder
		want  string // "" is an error
	}{
		{"2012-01-01 11:13:25 -0500", "", "2012-01-01T16:13:25Z"},
		{"2026-07-03 11:02:00 -0400", "", "2026-07-03T15:02:00Z"},
		{"2026-07-03T11:02:00-04:00", "", "2026-07-03T15:02:00Z"},
		{"2026-07-03T11:02:00Z", "", "2026-07-03T11:02:00Z"},
		{"2026-07-03 11:02:00 UTC", "", "2026-07-03T11:02:00Z"},
		{"2026-07-03T11:02:00.1234Z", "", "2026-07-03T11:02:00.123Z"},
		{"2010-12-01 08:26:00", "", "2010-12-01T07:26:00Z"},
		{"2010-12-01 08:26", "", "2010-12-01T07:26:00Z"},
		{"2010-12-01T08:26:00", "", "2010-12-01T07:26:00Z"},
		{"2010-12-01", "", "2010-11-30T23:00:00Z"}, {"20101201", "", "2010-11-30T23:00:00Z"},
		{"2010/12/01 08:26:00", "", "2010-12-01T07:26:00Z"}, {"2010.12.01", "", "2010-11-30T23:00:00Z"},
		{"31.12.2010 08:26", "", "2010-12-31T07:26:00Z"}, {"1.2.2010", "", "2010-01-31T23:00:00Z"},
		{"12/1/2010 8:26", "", ""}, {"25/12/2010", "", ""}, {"01-02-2010", "", ""},
		{"12/1/2010 8:26", shopcsv.MonthFirst, "2010-12-01T07:26:00Z"}, {"12/1/2010 8:26", shopcsv.DayFirst, "2010-01-12T07:26:00Z"},
		{"01/02/2006 15:04", shopcsv.DayFirst, "2006-02-01T14:04:00Z"}, {"01/02/2006 3:04 PM", shopcsv.MonthFirst, "2006-01-02T14:04:00Z"},
		{"25/12/2010", shopcsv.MonthFirst, ""}, {"25-12-2010", shopcsv.DayFirst, "2010-12-24T23:00:00Z"},
		{"May 5, 2026", "", "2026-05-04T23:00:00Z"}, {"5 May 2026 10:00", "", "2026-05-05T09:00:00Z"},
		{"2010-02-30", "", ""}, {"2010-13-01", "", ""}, {"", "", ""}, {"soon", "", ""}, {"1/2/10", shopcsv.DayFirst, ""}, {"2010", "", ""},
		{"99999999", "", ""}, {"2010-12-01 08:26:00 nonsense", "", ""}, {"/", "", ""}, {"1/", "", ""},
	} {
		got, err := shopcsv.ParseTime(c.text, c.order, berlin)
		switch {
		case err != nil && c.want != "":
			t.Errorf("%q (%s): %v, want %s", c.text, c.order, err, c.want)
		case err == nil && got.Format(time.RFC3339Nano) != c.want:
			t.Errorf("%q (%s) = %v, want %q", c.text, c.order, got, c.want)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, seed := range []string{"2012-01-01 11:13:25 -0500", "31.12.2010 08:26", "1/2/2006", "May 5, 2026", "2006-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, order := range []shopcsv.DateOrder{"", shopcsv.DayFirst, shopcsv.MonthFirst} {
			got, err := shopcsv.ParseTime(text, order, time.UTC)
			if err == nil && got.Year() > 9999 {
				t.Errorf("%q = %v", text, got)
			}
		}
	})
}

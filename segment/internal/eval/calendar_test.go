package eval_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A calendar has the days that lie between two changes of clocks without looking
// at each.
func TestStarts(t *testing.T) {
	for _, name := range []string{
		"UTC", "Europe/London", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kwajalein",
		"Africa/Casablanca", "Africa/Cairo", "Africa/Monrovia", "Asia/Beirut", "Asia/Kathmandu", "Asia/Gaza", "Antarctica/Troll",
	} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		all, each := eval.Starts(loc)
		for i, want := range each {
			if all[i] != want {
				t.Fatalf("%s: day %d begins at %s, want %s", name, i, time.UnixMilli(all[i]).In(loc), time.UnixMilli(want).In(loc))
			}
		}
	}
}

// Days are added as package time adds them, also where clocks are changed, at
// midnight or by half an hour, and where a day was left out.
func TestAdd(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu"} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		add, r := eval.Add(loc), rand.New(rand.NewPCG(1, 2))
		from, to := time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), time.Date(2070, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
		for range evaltest.Cases(20_000) {
			at, n := from+r.Int64N(to-from), r.Int32N(800)-400
			for unit, days := range map[rule.Unit]int{rule.Date: 1, rule.Week: 7} {
				want := time.UnixMilli(at).In(loc).AddDate(0, 0, days*int(n)).UnixMilli()
				if got := add(at, rule.Span{N: n, Unit: unit}); got != want {
					t.Fatalf("%s: %v and %d of unit %d is %v, want %v", name, time.UnixMilli(at).In(loc), n, unit, time.UnixMilli(got).In(loc), time.UnixMilli(want).In(loc))
				}
			}
		}
	}
}

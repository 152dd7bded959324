package lifecycle_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
)

// second returns the curve of the time to the second day with an order.
func second(orders map[string][]int64, now int64) lifecycle.Curve {
	var durations []int64
	var happened []bool
	for _, days := range orders {
		days = slices.Compact(slices.Clone(days))
		if len(days) > 1 {
			durations, happened = append(durations, days[1]-days[0]), append(happened, true)
		} else {
			durations, happened = append(durations, now-days[0]), append(happened, false)
		}
	}
	return lifecycle.KaplanMeier(durations, happened)
}

// The wanted numbers are those of survfit of the R package survival.
func TestTimeToSecondOrder(t *testing.T) {
	type figures struct {
		Customers, Events int
		Median, Low, High int64
		Survival          []string // after 7, 30, 60, 90, 180, 270 and 360 days
		Err               string   // after 30 days
	}
	read := func(c lifecycle.Curve) figures {
		f := figures{Customers: c.Subjects, Events: c.Events}
		if m, ok := c.Reached(0.5); ok {
			f.Median = m
			f.Low, f.High = c.Interval(0.5)
		}
		for _, d := range []int64{7, 30, 60, 90, 180, 270, 360} {
			s, _ := c.At(d)
			f.Survival = append(f.Survival, round(s))
		}
		_, err := c.At(30)
		f.Err = round(err)
		return f
	}
	t.Run("Online Retail", func(t *testing.T) {
		want := figures{
			Customers: 4338, Events: 2790,
			Median: 104, Low: 98, High: 109,
			Survival: []string{"0.946269", "0.808398", "0.644931", "0.540088", "0.342439", "0.248886", "0.157869"},
			Err:      "0.006053",
		}
		got := read(second(onlineRetail(t), day(t, "2011-12-09")))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
	t.Run("CDNOW", func(t *testing.T) {
		want := []string{"0.941281", "0.825414", "0.748451", "0.707807", "0.625499", "0.575986", "0.543106"}
		got := read(second(cdnow(t), day(t, "1998-06-30")))
		if got.Customers != 23570 || got.Events != 11516 {
			t.Errorf("%d customers and %d events, want 23570 and 11516", got.Customers, got.Events)
		}
		if diff := cmp.Diff(want, got.Survival); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// Remission of leukemia under 6-MP, in weeks (Freireich et al. 1963): the
// example of most textbooks, whose table this is.
func TestKaplanMeier(t *testing.T) {
	durations := []int64{6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35}
	censored := map[int]bool{3: true, 5: true, 7: true, 8: true, 11: true, 12: true, 13: true, 16: true, 17: true, 18: true, 19: true, 20: true}
	var happened []bool
	for i := range durations {
		happened = append(happened, !censored[i])
	}
	type step struct {
		Time           int64
		AtRisk, Events int
		Survival, Err  string
	}
	want := []step{
		{6, 21, 3, "0.857143", "0.076360"},
		{7, 17, 1, "0.806723", "0.086935"},
		{10, 15, 1, "0.752941", "0.096350"},
		{13, 12, 1, "0.690196", "0.106815"},
		{16, 11, 1, "0.627451", "0.114054"},
		{22, 7, 1, "0.537815", "0.128234"},
		{23, 6, 1, "0.448179", "0.134591"},
	}
	c := lifecycle.KaplanMeier(durations, happened)
	var got []step
	for _, s := range c.Steps {
		got = append(got, step{s.Time, s.AtRisk, s.Events, round(s.Survival), round(s.Err)})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if median, ok := c.Reached(0.5); median != 23 || !ok {
		t.Errorf("median %d, %v, want 23", median, ok)
	}
	if low, high := c.Interval(0.5); low != 16 || high != math.MaxInt64 {
		t.Errorf("median from %d to %d, want 16 and no end", low, high)
	}
}

func TestCurveOfLittle(t *testing.T) {
	for _, c := range []struct {
		name      string
		durations []int64
		happened  []bool
		want      lifecycle.Curve
	}{
		{"nobody", nil, nil, lifecycle.Curve{}},
		{"to nobody", []int64{3, 5}, []bool{false, false}, lifecycle.Curve{Subjects: 2}},
		{"to all at once", []int64{4, 4}, []bool{true, true}, lifecycle.Curve{Subjects: 2, Events: 2, Steps: []lifecycle.Step{{Time: 4, AtRisk: 2, Events: 2}}}},
		{"before it began", []int64{-4}, []bool{true}, lifecycle.Curve{Subjects: 1, Events: 1, Steps: []lifecycle.Step{{AtRisk: 1, Events: 1}}}},
		{"who left at the time of an event was there", []int64{4, 4}, []bool{false, true}, lifecycle.Curve{Subjects: 2, Events: 1, Steps: []lifecycle.Step{{Time: 4, AtRisk: 2, Events: 1, Survival: 0.5, Err: 0.5 * math.Sqrt(0.5)}}}},
		{"slices of two lengths", []int64{4, 9, 9}, []bool{false}, lifecycle.Curve{Subjects: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, lifecycle.KaplanMeier(c.durations, c.happened)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	var none lifecycle.Curve
	if share, err := none.At(7); share != 1 || err != 0 {
		t.Errorf("the zero curve is %v ± %v, want 1", share, err)
	}
	if at, ok := none.Reached(0.5); ok {
		t.Errorf("the zero curve has its median at %d", at)
	}
}

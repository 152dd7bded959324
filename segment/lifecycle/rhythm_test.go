package lifecycle_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
)

// steady adds customers who buy every so many days, of whom some stop after
// their first order.
func steady(g *lifecycle.Gaps, customers, every, orders, stop int, now int64) {
	for i := range customers {
		var days []int64
		for k := range orders {
			days = append(days, int64(i%every+k*every))
		}
		if i < stop {
			days = days[:1]
		}
		g.Add(days, now)
	}
}

func TestLearn(t *testing.T) {
	usual := lifecycle.Policy{}.Default()
	for _, c := range []struct {
		name   string
		policy lifecycle.Policy
		add    func(g *lifecycle.Gaps)
		want   lifecycle.Rhythm
	}{
		{"nobody", lifecycle.Policy{}, func(*lifecycle.Gaps) {}, lifecycle.Rhythm{Thresholds: usual, Why: "not enough data: 0 returns, want 100"}},
		{"a new shop", lifecycle.Policy{}, func(g *lifecycle.Gaps) { steady(g, 10, 10, 3, 4, 30) }, lifecycle.Rhythm{
			Thresholds: usual, Why: "not enough data: 12 returns, want 100",
			Customers: 10, Repeaters: 6, Returns: 12, Days: 30, Ever: 12.0 / 16, Typical: 10, Mean: 10}},
		{"a few buy all the time", lifecycle.Policy{}, func(g *lifecycle.Gaps) { steady(g, 5, 7, 50, 0, 400) }, lifecycle.Rhythm{
			Thresholds: usual, Why: "not enough data: 5 customers who came back, want 30",
			Customers: 5, Repeaters: 5, Returns: 245, Days: 400, Ever: 245.0 / 250, Typical: 7, Mean: 7}},
		{"a busy quarter", lifecycle.Policy{}, func(g *lifecycle.Gaps) { steady(g, 100, 10, 5, 0, 90) }, lifecycle.Rhythm{
			Thresholds: usual, Why: "not enough data: 90 days of history, want 180",
			Customers: 100, Repeaters: 100, Returns: 400, Days: 90, Ever: 400.0 / 500, Typical: 10, Mean: 10}},
		{"just enough", lifecycle.Policy{Returns: 400, Customers: 100, Days: 90}, func(g *lifecycle.Gaps) { steady(g, 100, 10, 5, 0, 90) }, lifecycle.Rhythm{
			Thresholds: lifecycle.Thresholds{AtRisk: 10, Lapsed: 11, Lost: 12}, Learned: true,
			Customers: 100, Repeaters: 100, Returns: 400, Days: 90, Ever: 400.0 / 500, Typical: 10, Mean: 10}},
		{"in milliseconds", lifecycle.Policy{Day: 86_400_000}, func(*lifecycle.Gaps) {}, lifecycle.Rhythm{
			Thresholds: lifecycle.Thresholds{AtRisk: 90 * 86_400_000, Lapsed: 180 * 86_400_000, Lost: 365 * 86_400_000}, Why: "not enough data: 0 returns, want 100"}},
		{"like clockwork", lifecycle.Policy{}, func(g *lifecycle.Gaps) { steady(g, 100, 30, 10, 50, 365) }, lifecycle.Rhythm{
			Thresholds: lifecycle.Thresholds{AtRisk: 30, Lapsed: 31, Lost: 32}, Learned: true,
			Customers: 100, Repeaters: 50, Returns: 450, Days: 365, Ever: 450.0 / 550, Typical: 30, Mean: 30}},
		{"as the policy says", lifecycle.Policy{Returns: 1, Customers: 1, Days: 1, AtRisk: 0.5, Lapsed: 0.75, Lost: 1}, func(g *lifecycle.Gaps) {
			g.Add([]int64{0, 10, 30, 60, 100}, 100)
		}, lifecycle.Rhythm{
			Thresholds: lifecycle.Thresholds{AtRisk: 20, Lapsed: 30, Lost: 40}, Learned: true,
			Customers: 1, Repeaters: 1, Returns: 4, Days: 100, Ever: 1, Typical: 20, Mean: 25}},
		{"orders of one day are one, in any order, and none is to come", lifecycle.Policy{Returns: 1, Customers: 1, Days: 1}, func(g *lifecycle.Gaps) {
			g.Add([]int64{30, 10, 10, 30, 99}, 50)
			g.Add([]int64{99}, 50)
			g.Add(nil, 50)
		}, lifecycle.Rhythm{
			Thresholds: lifecycle.Thresholds{AtRisk: 20, Lapsed: 21, Lost: 22}, Learned: true,
			Customers: 1, Repeaters: 1, Returns: 1, Days: 40, Ever: 0.5, Typical: 20, Mean: 20}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := new(lifecycle.Gaps)
			c.add(g)
			got := c.policy.Learn(g)
			got.Ever, c.want.Ever = math.Round(got.Ever*1e9), math.Round(c.want.Ever*1e9)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Customers who come back after exponential times, with a mean of 40 days, or
// never: most gaps are still open, and the open ones are the long ones. Who
// leaves them out finds the shop far faster than it is.
func TestLearnCountsOpenGaps(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	const now, mean = 730, 40.0
	g, closed, n := new(lifecycle.Gaps), 0.0, 0.0
	for range 20_000 {
		at := now - 120*r.Float64() // bought first in the last four months
		days := []int64{int64(at)}
		for r.Float64() < 0.7 {
			gap := mean * r.ExpFloat64()
			if at += gap; at > now {
				break
			}
			closed, n = closed+gap, n+1
			days = append(days, int64(at))
		}
		g.Add(days, now)
	}
	g.Add([]int64{0}, now)
	rhythm := lifecycle.Policy{}.Learn(g)
	if !rhythm.Learned {
		t.Fatal(rhythm.Why)
	}
	// Of what can be seen within 120 days: F(t)/F(120), F of the exponential.
	seen := 1 - math.Exp(-120/mean)
	want := -mean * math.Log(1-0.8*seen)
	if got := float64(rhythm.AtRisk); math.Abs(got-want) > 2 {
		t.Errorf("at risk after %v days, want %.1f", got, want)
	}
	if ever := 0.7 * seen; math.Abs(rhythm.Ever-ever) > 0.02 {
		t.Errorf("%.3f ever come back, want %.3f", rhythm.Ever, ever)
	}
	if naive := closed / n; float64(rhythm.Mean) < naive+3 {
		t.Errorf("mean of %d days, no more than %.1f of the closed gaps", rhythm.Mean, naive)
	}
}

// One customer who bought before all others, and comes back today, is not how a
// shop's customers come back.
func TestLearnWithoutTheFirstOfAll(t *testing.T) {
	for _, shop := range []struct {
		name string
		days map[string][]int64
		now  int64
	}{{"Online Retail", onlineRetail(t), day(t, "2011-12-09")}, {"CDNOW", cdnow(t), day(t, "1998-06-30")}} {
		t.Run(shop.name, func(t *testing.T) {
			g, first := new(lifecycle.Gaps), shop.now
			for _, days := range shop.days {
				g.Add(days, shop.now)
				first = min(first, days[0])
			}
			want := lifecycle.Policy{}.Learn(g)
			g.Add([]int64{first - 1, shop.now}, shop.now)
			got := lifecycle.Policy{}.Learn(g)
			if diff := cmp.Diff(want.Thresholds, got.Thresholds); diff != "" || got.Typical != want.Typical || got.Mean != want.Mean {
				t.Errorf("typically %d, mean %d, were %d, %d (-without +with):\n%s", got.Typical, got.Mean, want.Typical, want.Mean, diff)
			}
		})
	}
}

// The wanted numbers were worked out by another program in another language,
// the stages aside.
func TestOnlineRetailRhythm(t *testing.T) {
	g := new(lifecycle.Gaps)
	customers := onlineRetail(t)
	now := day(t, "2011-12-09")
	for _, days := range customers {
		g.Add(days, now)
	}
	r := lifecycle.Policy{}.Learn(g)
	got := fmt.Sprintf("%d customers, %d came back %d times in %d days, typically after %d; at risk %d, lapsed %d, lost %d; %v",
		r.Customers, r.Repeaters, r.Returns, r.Days, r.Typical, r.AtRisk, r.Lapsed, r.Lost, r.Learned)
	want := "4338 customers, 2790 came back 12425 times in 373 days, typically after 36; at risk 103, lapsed 258, lost 350; true"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	counts := map[string]int{}
	for _, days := range customers {
		stage, _, _ := r.Stage(now, history(days))
		counts[string(stage)]++
	}
	stages := map[string]int{"new": 698, "active": 2198, "at_risk": 880, "lapsed": 343, "lost": 119, "won_back": 100}
	if diff := cmp.Diff(stages, counts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// history returns what stages depend on, of days in order.
func history(days []int64) lifecycle.History {
	h := lifecycle.History{Orders: 1, First: days[0], Last: days[0]}
	for _, d := range days[1:] {
		if d > h.Last {
			h.Orders, h.Gap, h.Last = h.Orders+1, d-h.Last, d
		}
	}
	return h
}

func TestOwnRhythm(t *testing.T) {
	shop := lifecycle.Rhythm{Thresholds: lifecycle.Thresholds{AtRisk: 30, Lapsed: 60, Lost: 120, WonBack: 15}, Learned: true, Mean: 20}
	for _, c := range []struct {
		name string
		r    lifecycle.Rhythm
		h    lifecycle.History
		want lifecycle.Thresholds
	}{
		{"one order", shop, lifecycle.History{Orders: 1}, shop.Thresholds},
		{"two gaps", shop, lifecycle.History{Orders: 3, Last: 200}, shop.Thresholds},
		{"three gaps, half as fast", shop, lifecycle.History{Orders: 4, Last: 120}, lifecycle.Thresholds{AtRisk: 43, Lapsed: 86, Lost: 171, WonBack: 21}},
		{"as the shop", shop, lifecycle.History{Orders: 5, Last: 80}, shop.Thresholds},
		{"half as fast", shop, lifecycle.History{Orders: 5, Last: 160}, lifecycle.Thresholds{AtRisk: 45, Lapsed: 90, Lost: 180, WonBack: 23}},
		{"every day", shop, lifecycle.History{Orders: 17, Last: 16}, lifecycle.Thresholds{AtRisk: 10, Lapsed: 20, Lost: 40, WonBack: 5}},
		{"once in three years, but not more than three times", shop, lifecycle.History{Orders: 10, Last: 10_000}, lifecycle.Thresholds{AtRisk: 90, Lapsed: 180, Lost: 360, WonBack: 45}},
		{"a shop that has not learned", lifecycle.Rhythm{Thresholds: shop.Thresholds}, lifecycle.History{Orders: 9, Last: 9}, shop.Thresholds},
		{"numbers without end", lifecycle.Rhythm{Thresholds: lifecycle.Thresholds{AtRisk: math.MaxInt64, Lapsed: math.MaxInt64, Lost: math.MaxInt64}, Learned: true, Mean: math.MaxInt64},
			lifecycle.History{Orders: math.MaxInt64, First: math.MinInt64, Last: math.MaxInt64}, lifecycle.Thresholds{AtRisk: math.MaxInt64, Lapsed: math.MaxInt64, Lost: math.MaxInt64}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.r.Own(c.h)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestPolicyFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"nothing said", lifecycle.Policy{}.Check(), ""},
		{"the default", lifecycle.Policy{}.Default().Check(), ""},
		{"shares that fall", lifecycle.Policy{AtRisk: 0.96}.Check(), "lapsed: 0.95: want more than 0.96, up to 1"},
		{"percent, and no number", lifecycle.Policy{AtRisk: 80, Lapsed: math.NaN()}.Check(), "at_risk: 80: want more than 0, up to 1; lapsed: NaN: want more than 80, up to 1; lost: 0.99: want more than NaN, up to 1"},
		{"below 0", lifecycle.Policy{Day: -1, Returns: -1, Customers: -1, Days: -1}.Check(), "day: -1: want 0 or more; returns: -1: want 0 or more; customers: -1: want 0 or more; days: -1: want 0 or more"},
		{"no thresholds", lifecycle.Thresholds{WonBack: -1}.Check(), "at_risk: 0: want 1 or more; lapsed: 0: want more than at_risk; lost: 0: want more than lapsed; won_back: -1: want 0 or more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if c.err != nil {
				got = c.err.Error()
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Whatever a policy says, what follows is thresholds.
func TestLearnedThresholdsAscend(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 10))
	some := []float64{0, 0.5, 0.9, 1, 7, -1, math.NaN()}
	for range 300 {
		g := new(lifecycle.Gaps)
		for range r.IntN(5) {
			days := make([]int64, r.IntN(20))
			for i := range days {
				days[i] = r.Int64N(60)
			}
			g.Add(days, 40)
		}
		p := lifecycle.Policy{
			Day:    r.Int64N(4) - 1,
			AtRisk: some[r.IntN(len(some))], Lapsed: some[r.IntN(len(some))], Lost: some[r.IntN(len(some))],
			Returns: r.IntN(3) - 1, Customers: 1, Days: 1,
		}
		rhythm := p.Learn(g)
		if err := rhythm.Check(); err != nil || rhythm.Learned != (rhythm.Why == "") {
			t.Fatalf("%+v: %+v: %v", p, rhythm, err)
		}
		own := rhythm.Own(lifecycle.History{Orders: r.Int64N(9), Last: r.Int64N(50)})
		if err := own.Check(); err != nil {
			t.Fatalf("%+v: %+v: %v", rhythm, own, err)
		}
	}
}

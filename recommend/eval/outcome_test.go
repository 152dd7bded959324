package eval_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seed-9cb3708a/clientele/recommend/eval"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func act(kind eval.ActKind, arm, customer, product string, minutes int) eval.Act {
	return eval.Act{Kind: kind, Arm: arm, Customer: customer, Product: product, Time: noon.Add(time.Duration(minutes) * time.Minute)}
}

func TestCame(t *testing.T) {
	type sums struct{ Shown, Clicked, AfterClick, AfterView, Ordered int }
	for _, test := range []struct {
		name string
		acts []eval.Act
		want map[string]sums
	}{
		{"nothing", nil, map[string]sums{}},
		{"shown alone", []eval.Act{act(eval.Shown, "home", "a", "tea", 0)}, map[string]sums{"home": {Shown: 1}}},
		{"a click, and an order after it", []eval.Act{
			act(eval.Ordered, "", "a", "tea", 9), act(eval.Clicked, "", "a", "tea", 5), act(eval.Shown, "home", "a", "tea", 0),
		}, map[string]sums{"home": {1, 1, 1, 0, 1}}},
		{"an order after a view", []eval.Act{act(eval.Shown, "home", "a", "tea", 0), act(eval.Ordered, "", "a", "tea", 5)}, map[string]sums{"home": {1, 0, 0, 1, 1}}},
		{"an order before it was shown", []eval.Act{act(eval.Ordered, "", "a", "tea", -5), act(eval.Shown, "home", "a", "tea", 0)}, map[string]sums{"home": {Shown: 1}}},
		{"an order after the window", []eval.Act{act(eval.Shown, "home", "a", "tea", 0), act(eval.Ordered, "", "a", "tea", 60)}, map[string]sums{"home": {Shown: 1}}},
		{"another product is no merit", []eval.Act{act(eval.Shown, "home", "a", "tea", 0), act(eval.Ordered, "", "a", "mug", 5)}, map[string]sums{"home": {Shown: 1, Ordered: 1}}},
		{"somebody else's order", []eval.Act{act(eval.Shown, "home", "a", "tea", 0), act(eval.Ordered, "", "b", "tea", 5)}, map[string]sums{"home": {Shown: 1}}},
		{"nobody's", []eval.Act{act(eval.Shown, "home", "", "tea", 0)}, map[string]sums{}},
		{"one order has one cause", []eval.Act{
			act(eval.Shown, "home", "a", "tea", 0), act(eval.Clicked, "home", "a", "tea", 1), act(eval.Shown, "cart", "a", "tea", 2), act(eval.Ordered, "", "a", "tea", 5),
			act(eval.Ordered, "", "a", "tea", 6),
		}, map[string]sums{"home": {1, 1, 1, 0, 2}, "cart": {1, 0, 0, 0, 2}}},
		{"a click of nothing shown", []eval.Act{act(eval.Clicked, "home", "a", "tea", 0)}, map[string]sums{}},
		{"two clicks on one place", []eval.Act{
			act(eval.Shown, "home", "a", "tea", 0), act(eval.Clicked, "", "a", "tea", 1), act(eval.Clicked, "", "a", "tea", 2),
			act(eval.Shown, "home", "a", "tea", 3), act(eval.Clicked, "", "a", "tea", 4),
		}, map[string]sums{"home": {Shown: 2, Clicked: 2}}},
		{"shown again after the click", []eval.Act{
			act(eval.Shown, "home", "a", "tea", 0), act(eval.Clicked, "", "a", "tea", 1), act(eval.Shown, "home", "a", "tea", 3), act(eval.Ordered, "", "a", "tea", 4),
		}, map[string]sums{"home": {2, 1, 1, 0, 1}}},
		{"a holdout orders too", []eval.Act{act(eval.Entered, "without", "a", "", 0), act(eval.Ordered, "", "a", "tea", 4)}, map[string]sums{"without": {Ordered: 1}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := map[string]sums{}
			for _, r := range eval.Came(test.acts, time.Hour, nil).Arms {
				got[r.Arm] = sums{r.Shown, r.Clicked, r.AfterClick, r.AfterView, r.Ordered}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error("(-want +got)\n" + diff)
			}
		})
	}
}

// What came of an arm is what came of its products.
func TestProducts(t *testing.T) {
	o := eval.Came([]eval.Act{
		act(eval.Entered, "home", "d", "", 0),
		act(eval.Shown, "home", "a", "tea", 0), act(eval.Shown, "home", "a", "mug", 0), act(eval.Shown, "home", "b", "tea", 0), act(eval.Shown, "home", "b", "mug", 1),
		act(eval.Shown, "home", "c", "cup", 0), act(eval.Shown, "cart", "a", "tea", 2), act(eval.Clicked, "home", "a", "tea", 3), act(eval.Clicked, "", "b", "mug", 3),
		act(eval.Ordered, "", "a", "tea", 5), act(eval.Ordered, "", "b", "tea", 6), act(eval.Ordered, "", "b", "tea", 7), act(eval.Ordered, "", "b", "pot", 8),
	}, time.Hour, nil)
	want := []eval.Result{
		{Arm: "home", Product: "tea", Customers: 2, Shown: 2, Clicked: 1, AfterClick: 1, AfterView: 1, Ordered: 3},
		{Arm: "home", Product: "mug", Customers: 2, Shown: 2, Clicked: 1},
		{Arm: "home", Product: "cup", Customers: 1, Shown: 1},
	}
	if diff := cmp.Diff(want, o.Products("home")); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
	if diff := cmp.Diff([]eval.Result{{Arm: "cart", Product: "tea", Customers: 1, Shown: 1, Ordered: 1}}, o.Products("cart")); diff != "" {
		t.Error("in the cart (-want +got)\n" + diff)
	}
	if got := o.Products("nowhere"); len(got) > 0 {
		t.Errorf("nowhere: %+v", got)
	}
	var shown, clicked, after int
	for _, p := range o.Products("home") {
		shown, clicked, after = shown+p.Shown, clicked+p.Clicked, after+p.AfterClick+p.AfterView
	}
	if home := o.Arms[1]; home.Shown != shown || home.Clicked != clicked || home.AfterClick+home.AfterView != after {
		t.Errorf("products come to %d shown, %d chosen, %d ordered, the place to %+v", shown, clicked, after, home)
	}
}

func TestArm(t *testing.T) {
	counts := map[int]int{}
	same := 0
	const n = 20_000
	for i := range n {
		who := fmt.Sprint("customer ", i)
		arm := eval.Arm("mail", who, .5, 0, .3)
		counts[arm]++
		if arm != eval.Arm("mail", who, .5, 0, .3) {
			t.Fatal("a customer changed arms")
		}
		if arm == eval.Arm("page", who, .5, 0, .3) {
			same++
		}
	}
	for arm, share := range map[int]float64{0: .5, 1: 0, 2: .3, -1: .2} {
		if got := float64(counts[arm]) / n; math.Abs(got-share) > .015 {
			t.Errorf("arm %d has %.3f of the customers, want %.3f", arm, got, share)
		}
	}
	if got := float64(same) / n; math.Abs(got-.38) > .02 { // .5² + .3² + .2²
		t.Errorf("%.3f of the customers are in the same arm of two experiments, want .38", got)
	}
	if got := eval.Arm("mail", "", 1); got != -1 {
		t.Errorf("nobody is in arm %d, want the holdout", got)
	}
}

// trial returns acts of two arms whose customers order with some chances.
func trial(seed uint64, n int, a, b float64) []eval.Act {
	draw := rand.New(rand.NewPCG(seed, 1))
	var acts []eval.Act
	for i := range n {
		for _, arm := range []string{"a", "b"} {
			chance := a
			if arm == "b" {
				chance = b
			}
			who := fmt.Sprint(arm, i)
			acts = append(acts, act(eval.Entered, arm, who, "", 0))
			if draw.Float64() < chance {
				acts = append(acts, act(eval.Ordered, "", who, "tea", 1))
			}
		}
	}
	return acts
}

func TestDifference(t *testing.T) {
	holds, wide := 0, 0
	const trials = 60
	for seed := range uint64(trials) {
		o := eval.Came(trial(seed, 400, .30, .20), time.Hour, &eval.Options{Resamples: 300, Seed: seed})
		d, s := o.Difference("a", "b", eval.PerHead), o.Anytime("a", "b", eval.PerHead)
		if d.Low <= .1 && .1 <= d.High {
			holds++
		}
		if s.Low < d.Low && s.High > d.High && s.Mean == d.Mean {
			wide++
		}
	}
	if holds < 51 {
		t.Errorf("%d of %d intervals hold the truth, want 95 %%", holds, trials)
	}
	if wide != trials {
		t.Errorf("%d of %d intervals for any time are wider, want all", wide, trials)
	}
	o := eval.Came(trial(1, 10, .3, .2), time.Hour, nil)
	if d := o.Difference("a", "none", eval.PerHead); !math.IsNaN(d.Mean) {
		t.Errorf("the difference to no arm is %v, want NaN", d)
	}
}

// Whoever looks every day finds a difference between equal arms, but by Anytime.
func TestPeeking(t *testing.T) {
	fooled, sure := 0, 0
	const trials = 40
	for seed := range uint64(trials) {
		once, always := false, false
		for n := 80; n <= 800; n += 80 {
			acts := trial(seed, n, .3, .3)
			o := eval.Came(acts, time.Hour, &eval.Options{Resamples: 150, Seed: seed})
			d, s := o.Difference("a", "b", eval.PerHead), o.Anytime("a", "b", eval.PerHead)
			once = once || d.Low > 0 || d.High < 0
			always = always || s.Low > 0 || s.High < 0
		}
		if once {
			fooled++
		}
		if always {
			sure++
		}
	}
	if fooled < 5 || sure > 4 {
		t.Errorf("of %d equal pairs looked at 10 times, %d differ for one look and %d at any time; want many, and no more than 1 in 20", trials, fooled, sure)
	}
}

func TestNeeded(t *testing.T) {
	for _, test := range []struct {
		rate, better float64
		want         int
	}{{.1, .2, 3841}, {.05, .1, 31234}, {0, .1, 0}, {.5, 0, 0}, {.9, .5, 0}} {
		if got := eval.Needed(test.rate, test.better); got != test.want {
			t.Errorf("a rate of %g that becomes %g better needs %d customers, want %d", test.rate, test.better, got, test.want)
		}
	}
}

func ExampleCame() {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	var acts []eval.Act
	for i := range 200 {
		who, arm := fmt.Sprint("customer ", i), "holdout"
		if eval.Arm("home page", who, .5) == 0 {
			arm = "recommended"
			acts = append(acts, eval.Act{Kind: eval.Shown, Arm: arm, Customer: who, Product: "tea", Time: at})
		}
		acts = append(acts, eval.Act{Kind: eval.Entered, Arm: arm, Customer: who, Time: at})
		if i%10 == 0 {
			acts = append(acts, eval.Act{Kind: eval.Ordered, Customer: who, Product: "tea", Time: at.Add(time.Hour)})
		}
	}
	outcome := eval.Came(acts, 7*24*time.Hour, nil)
	fmt.Println(len(outcome.Arms), "arms")
	fmt.Println(strings.Split(outcome.Warning(eval.Needed(.1, .2)), ":")[0])
	// Output:
	// 2 arms
	// too early to compare
}

package lifecycle_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
)

func TestStage(t *testing.T) {
	usual := lifecycle.Thresholds{AtRisk: 30, Lapsed: 60, Lost: 90}
	brief := lifecycle.Thresholds{AtRisk: 30, Lapsed: 60, Lost: 90, WonBack: 10}
	once := lifecycle.History{Orders: 1, First: 100, Last: 100}
	twice := lifecycle.History{Orders: 2, First: 80, Last: 100, Gap: 20}
	back := lifecycle.History{Orders: 2, First: 39, Last: 100, Gap: 61}
	late := lifecycle.History{Orders: 2, First: 40, Last: 100, Gap: 60}
	for _, c := range []struct {
		name string
		t    lifecycle.Thresholds
		h    lifecycle.History
		at   int64
		want string
	}{
		{"has not bought", usual, lifecycle.History{}, 100, "prospect"},
		{"first order", usual, once, 100, "new till 131"},
		{"last day of new", usual, once, 130, "new till 131"},
		{"first order, and no second", usual, once, 131, "at_risk till 161"},
		{"second order", usual, twice, 100, "active till 131"},
		{"last day of active", usual, twice, 130, "active till 131"},
		{"at risk", usual, twice, 131, "at_risk till 161"},
		{"last day at risk", usual, twice, 160, "at_risk till 161"},
		{"lapsed", usual, twice, 161, "lapsed till 191"},
		{"last day lapsed", usual, twice, 190, "lapsed till 191"},
		{"lost for good", usual, twice, 191, "lost"},
		{"back after a lapse", usual, back, 100, "won_back till 131"},
		{"back after being at risk", usual, late, 100, "active till 131"},
		{"won back and away again", usual, back, 131, "at_risk till 161"},
		{"won back for a while", brief, back, 110, "won_back till 111"},
		{"won back, and active since", brief, back, 111, "active till 131"},
		{"order after the instant", usual, once, 90, "new till 131"},
		{"no thresholds", lifecycle.Thresholds{}, twice, 101, "lost"},
		{"thresholds that fall", lifecycle.Thresholds{AtRisk: 90, Lapsed: 60, Lost: 30}, twice, 190, "active till 191"},
		{"at the end of time", lifecycle.Thresholds{AtRisk: math.MaxInt64, Lapsed: math.MaxInt64, Lost: math.MaxInt64}, twice, math.MaxInt64, "active till 9223372036854775807"},
		{"since the beginning of time", usual, lifecycle.History{Orders: 2, First: math.MinInt64, Last: math.MinInt64}, math.MaxInt64, "lost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stage, until, ok := c.t.Stage(c.at, c.h)
			got := stage.String()
			if ok {
				got += fmt.Sprintf(" till %d", until)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Day by day the stage changes when the one before said so, and not before.
func TestStageTellsWhenItChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 8))
	for range 500 {
		th := lifecycle.Thresholds{AtRisk: r.Int64N(20), Lapsed: r.Int64N(40), Lost: r.Int64N(60), WonBack: r.Int64N(25)}
		h := lifecycle.History{Orders: r.Int64N(4), First: 5, Last: 5 + r.Int64N(10)}
		if h.Orders > 1 {
			h.Gap = r.Int64N(70)
		}
		stage, until, ok := th.Stage(h.Last, h)
		for at := h.Last + 1; at < h.Last+80; at++ {
			s, u, more := th.Stage(at, h)
			if due := ok && at >= until; due != (s != stage) {
				t.Fatalf("%+v %+v: %v at %d, and was %v till %d, %v", th, h, s, at, stage, until, ok)
			}
			if s == stage && (u != until || more != ok) {
				t.Fatalf("%+v %+v: %v till %d at %d, and was till %d", th, h, s, u, at, until)
			}
			stage, until, ok = s, u, more
		}
		if ok {
			t.Fatalf("%+v %+v: still %v till %d", th, h, stage, until)
		}
	}
}

func TestStageNames(t *testing.T) {
	for s := range lifecycle.WonBack + 1 {
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var got lifecycle.Stage
		if err := json.Unmarshal(data, &got); err != nil || got != s {
			t.Errorf("%s is stage %d, %v, want %d", data, got, err, s)
		}
	}
	s := lifecycle.Lost
	if err := s.UnmarshalText([]byte("churned")); err == nil || s != lifecycle.Lost {
		t.Errorf("churned is %v, %v", s, err)
	}
	if name := lifecycle.Stage(200).String(); name != "" {
		t.Errorf("stage 200 is %q", name)
	}
}

func TestFlow(t *testing.T) {
	before := []lifecycle.Stage{lifecycle.New, lifecycle.New, lifecycle.Active, lifecycle.Lost, lifecycle.Prospect, lifecycle.AtRisk, 0}
	after := []lifecycle.Stage{lifecycle.Active, lifecycle.AtRisk, lifecycle.Active, lifecycle.WonBack, lifecycle.New, 0, 0, lifecycle.New, 99}
	f := lifecycle.NewFlow(before, after)
	var got []string
	for m := range f.Moves() {
		got = append(got, fmt.Sprintf("%d %v→%v", m.Customers, m.From, m.To))
	}
	want := []string{"1 →new", "1 prospect→new", "1 new→active", "1 new→at_risk", "1 at_risk→", "1 lost→won_back"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if f.From(lifecycle.New) != 2 || f.To(lifecycle.New) != 2 || f.To(lifecycle.Active) != 2 || f[lifecycle.Active][lifecycle.Active] != 1 || f[0][0] != 0 || f.From(99) != 0 || f.To(99) != 0 {
		t.Errorf("from new %d, to new %d, to active %d, active stayed %d, never there %d", f.From(lifecycle.New), f.To(lifecycle.New), f.To(lifecycle.Active), f[lifecycle.Active][lifecycle.Active], f[0][0])
	}
}

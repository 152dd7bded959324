package lifecycle_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
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
			got := string(stage)
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

func TestFlow(t *testing.T) {
	before := []lifecycle.Stage{lifecycle.New, lifecycle.New, lifecycle.Active, lifecycle.Lost, lifecycle.Prospect, lifecycle.AtRisk, ""}
	after := []lifecycle.Stage{lifecycle.Active, lifecycle.AtRisk, lifecycle.Active, lifecycle.WonBack, lifecycle.New, "", "", lifecycle.New, "churned"}
	f := lifecycle.NewFlow(before, after)
	want := lifecycle.Flow{
		{From: "", To: lifecycle.New, Customers: 1},
		{From: lifecycle.Prospect, To: lifecycle.New, Customers: 1},
		{From: lifecycle.New, To: lifecycle.Active, Customers: 1},
		{From: lifecycle.New, To: lifecycle.AtRisk, Customers: 1},
		{From: lifecycle.Active, To: lifecycle.Active, Customers: 1},
		{From: lifecycle.AtRisk, To: "", Customers: 1},
		{From: lifecycle.Lost, To: lifecycle.WonBack, Customers: 1},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	moves := slices.DeleteFunc(slices.Clone(want), func(m lifecycle.Move) bool { return m.From == m.To })
	if diff := cmp.Diff(moves, lifecycle.Flow(slices.Collect(f.Moves()))); diff != "" {
		t.Errorf("who moved (-want +got)\n%s", diff)
	}
	if f.From(lifecycle.New) != 2 || f.To(lifecycle.New) != 2 || f.To(lifecycle.Active) != 2 || f.From("churned") != 0 || f.To("churned") != 0 {
		t.Errorf("from new %d, to new %d, to active %d", f.From(lifecycle.New), f.To(lifecycle.New), f.To(lifecycle.Active))
	}
}

// What is kept as JSON is read again, in words that other programs know.
func TestFlowJSON(t *testing.T) {
	f := lifecycle.NewFlow([]lifecycle.Stage{lifecycle.New, ""}, []lifecycle.Stage{lifecycle.AtRisk, lifecycle.Prospect})
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"from":"","to":"prospect","customers":1},{"from":"new","to":"at_risk","customers":1}]`
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var kept lifecycle.Flow
	if err := json.Unmarshal(data, &kept); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, kept); diff != "" {
		t.Errorf("kept as JSON (-want +got)\n%s", diff)
	}
	if data, err := json.Marshal(lifecycle.NewFlow(nil, nil)); err != nil || string(data) != "[]" {
		t.Errorf("of nobody: %s, %v", data, err)
	}
}

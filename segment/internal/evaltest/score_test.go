package evaltest_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// scored are rules about scores and stages only.
var scored = []string{
	"traits.rfm.recency >= 3", "traits.rfm.recency IN (1, 5)", "traits.rfm.frequency = 2", "traits.rfm.frequency IS NULL",
	"traits.rfm.monetary < 4", "rfm_group = 'gold'", "rfm_group IN ('champions', 'at_risk', 'PROSPECTS')", "traits.rfm.group IS NOT NULL",
	"rfm_group STARTS WITH 'h'", "life_cycle_stage = 'at_risk'", "life_cycle_stage IN ('new', 'won_back')", "traits.life_cycle.stage != 'prospect'",
	"traits.rfm.recency IN TOP 30% AND NOT life_cycle_stage = 'active'",
}

// TestScores holds scores and stages to the slow ones, of everybody now and of
// each person while time passes, and what they follow from of all.
func TestScores(t *testing.T) {
	compared, faults := 0, 0
	for seed := range scale(4, 2_000) {
		d := evaltest.NewDraw(2_000_000 + seed)
		w := d.World(12)
		var rules []rule.Node
		for _, text := range scored {
			rules = append(rules, parse(t, text))
		}
		a, err := ask(t, w, rules...)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if diff := a.difference(t, w, rules...); diff != "" {
			t.Fatalf("seed %d: %+v: %s", seed, w.Scores, diff)
		}
		for i, n := range rules {
			if (uint64(i)+seed)%4 != 0 { // the others at other seeds
				continue
			}
			diff, hours, _ := a.kept(t, evaltest.Case{World: w, Rule: n})
			compared += hours
			if diff != "" {
				t.Errorf("seed %d: %s: %+v: %s", seed, scored[i], w.Scores, diff)
				if faults++; faults == 5 {
					t.FailNow()
				}
			}
		}
	}
	t.Logf("%d answers compared", compared)
}

// TestComplete holds edges to what they promise: what others have stays, and
// what they lack is added.
func TestComplete(t *testing.T) {
	d := evaltest.NewDraw(5)
	w := d.World(40)
	a := settle(w)
	at := w.At.UnixMilli()
	few, err := a.engine.Compile(parse(t, "amount_spent IN TOP 10%"))
	if err != nil {
		t.Fatal(err)
	}
	first, err := few.Edges(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	if first.Scores != nil || first.Rhythm != nil || len(first.Values) != 1 || first.People != 40 {
		t.Errorf("edges of one condition are %+v", first)
	}
	many, err := a.engine.Compile(parse(t, "amount_spent IN TOP 10% OR rfm_group = 'a' OR number_of_orders IN BOTTOM 3"), parse(t, "life_cycle_stage = 'new'"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := many.Run(t.Context(), at, first); err == nil {
		t.Error("a run by edges that lack something has no error")
	}
	change(d, w, a, 40)
	later := at + 86_400_000
	second, err := many.Complete(t.Context(), later, first)
	if err != nil {
		t.Fatal(err)
	}
	if second.At != first.At || second.Scores == nil || second.Rhythm == nil || len(second.Values) != 2 || len(first.Values) != 1 {
		t.Errorf("completed edges are %+v, of %+v", second, first)
	}
	for key, e := range first.Values {
		if diff := cmp.Diff(e, second.Values[key]); diff != "" {
			t.Errorf("%s (-first +second):\n%s", key, diff)
		}
	}
	if third, err := many.Complete(t.Context(), later+1, second); err != nil || third != second {
		t.Errorf("edges that lack nothing become others: %v", err)
	}
	fresh, err := many.Edges(t.Context(), later)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fmt.Sprint(*fresh.Scores, *fresh.Rhythm), fmt.Sprint(*second.Scores, *second.Rhythm)); diff != "" {
		t.Errorf("what was added (-fresh +second):\n%s", diff)
	}
}

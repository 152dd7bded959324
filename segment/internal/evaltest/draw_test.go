package evaltest_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// scale returns how many cases a test goes through: few, of which -short leaves
// an eighth, or with CLIENTELE_SCALE=full many.
func scale(few, many uint64) uint64 {
	if os.Getenv("CLIENTELE_SCALE") == "full" {
		return many
	}
	return evaltest.Cases(few)
}

// somewhere leaves out where in a text the parts of a tree stand.
var somewhere = cmp.Options{
	cmpopts.IgnoreTypes(rule.Pos(0)), cmpopts.EquateEmpty(),
}

// TestDrawRule holds the three faces of rules to each other, and draws to
// making rules that are there, of which many tell people apart.
func TestDrawRule(t *testing.T) {
	rules, telling := 0, 0
	for seed := range scale(60, 20_000) {
		d := evaltest.NewDraw(seed)
		w := d.World(12)
		for range 10 {
			n, err := d.Rule()
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			text := rule.Print(n)
			again, err := rule.Parse(text, d.Vocabulary)
			if err != nil {
				t.Fatalf("seed %d: %s: %v", seed, text, err)
			}
			if diff := cmp.Diff(n, again, somewhere); diff != "" {
				t.Fatalf("seed %d: %s: parsed (-want +got):\n%s", seed, text, diff)
			}
			data := rule.Encode(n)
			if again, err = rule.Decode(data, d.Vocabulary); err != nil {
				t.Fatalf("seed %d: %s: %v", seed, data, err)
			}
			if diff := cmp.Diff(n, again, somewhere); diff != "" {
				t.Fatalf("seed %d: %s: decoded (-want +got):\n%s", seed, data, diff)
			}
			members := 0
			for _, p := range w.People {
				if w.Is(n, p) {
					members++
				}
			}
			if rules++; members > 0 && members < len(w.People) {
				telling++
			}
		}
	}
	if telling < rules/4 {
		t.Errorf("%d of %d rules tell people apart", telling, rules)
	}
	t.Logf("%d of %d rules tell people apart", telling, rules)
}

// TestDrawReach holds draws to making everything that rules are made of.
func TestDrawReach(t *testing.T) {
	drawn := map[string]int{}
	note := func(format string, args ...any) { drawn[fmt.Sprintf(format, args...)]++ }
	for seed := range uint64(300) {
		d := evaltest.NewDraw(seed)
		for range 10 {
			n, err := d.Rule()
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			facts, in := 0, "" // how many of the fields that follow are of a source
			rule.Walk(n, func(x any) {
				note("%T", x)
				switch x := x.(type) {
				case *rule.Source:
					in = x.Name
					rule.Walk(x.Where, func(x any) {
						if _, ok := x.(*rule.Field); ok {
							facts++
						}
					})
				case *rule.Field:
					if facts == 0 {
						note("field %s", x.Name)
						return
					}
					facts--
					note("%s.%s", in, x.Name)
				case *rule.Compare:
					note("%s", x.Op)
					for _, l := range x.Y {
						note("literal %d", l.Kind)
						for _, s := range l.Offsets {
							note("offset %d", s.Unit)
						}
					}
				case *rule.Aggregate:
					note("%s of %s", x.Func, x.Source.Name)
					note("%s by %d", x.Func, x.Span.Unit)
				case *rule.Extreme:
					note("%T lowest %t, percent %t", x.X, x.Lowest, x.Count == 0)
				case *rule.Sequence:
					for i, s := range x.Steps[1:] {
						note("step not %t, after %t, within %t, last %t", s.Not, s.After.N > 0, s.Within.N > 0, i == len(x.Steps)-2)
					}
				}
			})
		}
	}
	want := []string{"*rule.All", "*rule.Any", "*rule.Not", "*rule.Compare", "*rule.Match", "*rule.Sequence", "*rule.Extreme", "*rule.Source", "*rule.Field", "*rule.Aggregate", "*rule.Days", "*rule.Bucket"}
	for op := rule.Equal; op <= rule.IsNull; op++ {
		want = append(want, op.String())
	}
	for kind := rule.Text; kind <= rule.Offset; kind++ {
		want = append(want, fmt.Sprintf("literal %d", kind))
	}
	for unit := rule.Minute; unit <= rule.Year; unit++ {
		want = append(want, fmt.Sprintf("offset %d", unit))
		if unit >= rule.Date {
			want = append(want, fmt.Sprintf("%s by %d", rule.Periods, unit))
		}
	}
	for _, w := range rule.Fields("") {
		if !w.Prefix() {
			want = append(want, "field "+w.Name)
		}
	}
	for _, s := range rule.Sources() {
		for f := rule.Count; f <= rule.Periods; f++ {
			want = append(want, fmt.Sprintf("%s of %s", f, s.Name))
		}
		for _, w := range rule.Fields(s.Name) {
			if !w.Prefix() {
				want = append(want, s.Name+"."+w.Name)
			}
		}
	}
	for n := range 16 {
		want = append(want, fmt.Sprintf("step not %t, after %t, within %t, last %t", n&1 > 0, n&2 > 0, n&4 > 0, n&8 > 0))
	}
	for n := range 4 {
		for _, x := range []rule.Expr{&rule.Field{}, &rule.Aggregate{}, &rule.Days{}} {
			want = append(want, fmt.Sprintf("%T lowest %t, percent %t", x, n&1 > 0, n&2 > 0))
		}
	}
	for _, what := range want {
		if drawn[what] == 0 {
			t.Errorf("%s: never drawn", what)
		}
	}
	t.Logf("%d things drawn of %d wanted", len(drawn), len(want))
}

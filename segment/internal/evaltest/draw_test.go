package evaltest_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// scale returns how many cases a test goes through: few, of which -race leaves
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

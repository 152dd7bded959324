package rfm_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// best are the highest scores with a number of bins each.
func best(n uint8) rfm.Scores { return rfm.Scores{R: n, F: n, M: n} }

// usual are the bounds that the R package rfm and Putler publish. They overlap:
// the first that fits is meant.
var usual = rfm.Map{Groups: []rfm.Group{
	{Name: "Champions", R: rfm.Range{From: 4, To: 5}, F: rfm.Range{From: 4, To: 5}, M: rfm.Range{From: 4, To: 5}},
	{Name: "Loyal Customers", R: rfm.Range{From: 2, To: 5}, F: rfm.Range{From: 3, To: 5}, M: rfm.Range{From: 3, To: 5}},
	{Name: "Potential Loyalist", R: rfm.Range{From: 3, To: 5}, F: rfm.Range{From: 1, To: 3}, M: rfm.Range{From: 1, To: 3}},
	{Name: "Needs Attention", R: rfm.Range{From: 2, To: 3}, F: rfm.Range{From: 2, To: 3}, M: rfm.Range{From: 2, To: 3}},
	{Name: "About To Sleep", R: rfm.Range{From: 2, To: 3}, F: rfm.Range{From: 1, To: 2}, M: rfm.Range{From: 1, To: 2}},
	{Name: "At Risk", R: rfm.Range{From: 1, To: 2}, F: rfm.Range{From: 2, To: 5}, M: rfm.Range{From: 2, To: 5}},
	{Name: "Hibernating", R: rfm.Range{From: 1, To: 2}, F: rfm.Range{From: 1, To: 2}, M: rfm.Range{From: 1, To: 2}},
}}

func TestPublishedGroups(t *testing.T) {
	_, published := published(t)
	grid := usual.Grid(best(5))
	got := map[string]int{}
	for _, s := range published {
		name := grid.Name(rfm.Scores{R: s[0] - '0', F: s[1] - '0', M: s[2] - '0'})
		if name == "" {
			name = "Others"
		}
		got[name]++
	}
	want := map[string]int{
		"Loyal Customers": 278, "Potential Loyalist": 229, "Champions": 158, "Hibernating": 111,
		"At Risk": 86, "About To Sleep": 50, "Others": 48, "Needs Attention": 35,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The grid as it is usually drawn, from old to recent, and in it from little
// to much.
func TestTenCoverEveryCombinationOnce(t *testing.T) {
	want := [5][5]string{
		{"hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"},
		{"hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"},
		{"about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"},
		{"promising", "potential_loyalist", "potential_loyalist", "loyal", "loyal"},
		{"new", "potential_loyalist", "potential_loyalist", "champions", "champions"},
	}
	ten := rfm.Ten()
	if err := ten.Check(); err != nil {
		t.Fatal(err)
	}
	grid := ten.Grid(best(5))
	combinations(5, func(s rfm.Scores) {
		fm := (int(s.F)+int(s.M)+1)/2 - 1
		if name := grid.Name(s); name != want[s.R-1][fm] {
			t.Errorf("%v is %q, want %q", s, name, want[s.R-1][fm])
		}
		has := 0
		for _, g := range ten.Groups {
			if (rfm.Map{Groups: []rfm.Group{g}}).Grid(best(5)).Group(s) == 0 {
				has++
			}
		}
		if has != 1 {
			t.Errorf("%d groups have %v, want one", has, s)
		}
	})
	if name := grid.Name(rfm.Scores{}); name != "" {
		t.Errorf("who has not bought is %q", name)
	}
}

func combinations(bins uint8, f func(rfm.Scores)) {
	for r := uint8(1); r <= bins; r++ {
		for n := uint8(1); n <= bins; n++ {
			for m := uint8(1); m <= bins; m++ {
				f(rfm.Scores{R: r, F: n, M: m})
			}
		}
	}
}

func TestTenOfOtherBins(t *testing.T) {
	for _, c := range []struct {
		bins   uint8
		groups int // that somebody can be in
	}{{2, 6}, {3, 9}, {4, 8}, {5, 10}, {6, 10}, {7, 10}, {8, 10}, {9, 10}, {10, 10}} {
		t.Run(fmt.Sprint(c.bins), func(t *testing.T) {
			grid := rfm.Ten().Grid(best(c.bins))
			seen := map[string]bool{}
			combinations(c.bins, func(s rfm.Scores) {
				name := grid.Name(s)
				if name == "" {
					t.Errorf("%v is in no group", s)
				}
				seen[name] = true
			})
			if len(seen) != c.groups {
				t.Errorf("%d groups %v, want %d", len(seen), seen, c.groups)
			}
			for s, want := range map[rfm.Scores]string{
				best(c.bins):                 "champions",
				{R: 1, F: 1, M: 1}:           "hibernating",
				{R: c.bins, F: 1, M: 1}:      "new",
				{R: 1, F: c.bins, M: c.bins}: "cant_lose",
			} {
				if name := grid.Name(s); name != want {
					t.Errorf("%v is %q, want %q", s, name, want)
				}
			}
		})
	}
	t.Run("of ten, two make one of five", func(t *testing.T) {
		ten, five := rfm.Ten().Grid(best(10)), rfm.Ten().Grid(best(5))
		half := func(n uint8) uint8 { return (n + 1) / 2 }
		combinations(10, func(s rfm.Scores) {
			if a, b := ten.Name(s), five.Name(rfm.Scores{R: half(s.R), F: half(s.F), M: half(s.M)}); a != b {
				t.Errorf("%v is %q, want %q", s, a, b)
			}
		})
	})
	t.Run("each value with bins of its own", func(t *testing.T) {
		grid := rfm.Ten().Grid(rfm.Scores{R: 4, F: 2, M: 10})
		if name := grid.Name(rfm.Scores{R: 4, F: 2, M: 9}); name != "champions" {
			t.Errorf("got %q, want champions", name)
		}
		if name := grid.Name(rfm.Scores{R: 5, F: 2, M: 9}); name != "" {
			t.Errorf("a score that there is not is %q", name)
		}
	})
}

func TestShopifyGroups(t *testing.T) {
	m := rfm.Shopify()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	grid := m.Grid(best(5))
	for _, c := range []struct {
		rfm  rfm.Scores
		want string
	}{
		{rfm.Scores{}, "PROSPECTS"},
		{rfm.Scores{R: 5, F: 5, M: 5}, "CHAMPIONS"},
		{rfm.Scores{R: 5, F: 1, M: 1}, "NEW"},
		{rfm.Scores{R: 4, F: 1, M: 1}, "PROMISING"},
		{rfm.Scores{R: 4, F: 3, M: 3}, "ACTIVE"},
		{rfm.Scores{R: 3, F: 5, M: 5}, "LOYAL"},
		{rfm.Scores{R: 3, F: 3, M: 3}, "NEEDS_ATTENTION"},
		{rfm.Scores{R: 3, F: 1, M: 2}, "ALMOST_LOST"},
		{rfm.Scores{R: 2, F: 4, M: 4}, "AT_RISK"},
		{rfm.Scores{R: 1, F: 5, M: 5}, "PREVIOUSLY_LOYAL"},
		{rfm.Scores{R: 1, F: 1, M: 2}, "DORMANT"},
	} {
		if name := grid.Name(c.rfm); name != c.want {
			t.Errorf("%v is %q, want %q", c.rfm, name, c.want)
		}
	}
}

func TestMapFaults(t *testing.T) {
	all := rfm.Group{Name: "all"}
	for _, c := range []struct {
		name string
		m    rfm.Map
		want string
	}{
		{"bins", rfm.Map{Bins: 11, Groups: []rfm.Group{all}}, "bins: 11: want 2 to 10"},
		{"nameless", rfm.Map{Groups: []rfm.Group{{}}}, "groups[0].name: nothing: want a name"},
		{"bounds", rfm.Map{Bins: 3, Groups: []rfm.Group{{Name: "a", R: rfm.Range{From: 2, To: 4}, F: rfm.Range{From: 3, To: 2}, FM: rfm.Range{To: 2}}, all}},
			"groups[0].r: 2-4: want from 1 to 3, in this order; groups[0].f: 3-2: want from 1 to 3, in this order; groups[0].fm: 0-2: want from 1 to 3, in this order"},
		{"uncovered", rfm.Map{Bins: 2, Groups: []rfm.Group{{Name: "a", R: rfm.Range{From: 2, To: 2}}, {Name: "b", F: rfm.Range{From: 2, To: 2}}, {Name: "c", M: rfm.Range{From: 1, To: 1}}}},
			"groups: none has R1 F1 M2: want a group for every combination"},
		{"never reached", rfm.Map{Groups: []rfm.Group{all, {Name: "late", R: rfm.Range{From: 5, To: 5}}}}, `groups[1]: "late" is never reached: want scores that no group before it has`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.m.Check()
			if err == nil {
				t.Fatalf("no error, want %s", c.want)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	t.Run("many", func(t *testing.T) {
		err := usual.Check()
		if err == nil || !strings.HasSuffix(err.Error(), "groups: none has 16 more: want a group for every combination") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("one name in several groups, and a last one for the rest", func(t *testing.T) {
		m := rfm.Map{Groups: []rfm.Group{{Name: "vip", M: rfm.Range{From: 5, To: 5}}, {Name: "vip", F: rfm.Range{From: 5, To: 5}}, {Name: "others"}}}
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		want := `{"groups":[{"name":"vip","m":{"from":5,"to":5}},{"name":"vip","f":{"from":5,"to":5}},{"name":"others"}]}`
		if diff := cmp.Diff(want, string(data)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestGridOfAnything(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var none *rfm.Grid
	if n := none.Group(best(5)); n != -1 || none.Name(rfm.Scores{}) != "" {
		t.Errorf("nil has a group: %d", n)
	}
	for range 200 {
		some := func() rfm.Range { return rfm.Range{From: r.IntN(14) - 2, To: r.IntN(14) - 2} }
		m := rfm.Map{Bins: r.IntN(14) - 2, Groups: []rfm.Group{{Name: "a", R: some(), FM: some()}, {Name: "b", F: some(), M: some()}}}
		err := m.Check()
		draw := func() rfm.Scores {
			return rfm.Scores{R: uint8(r.IntN(12)), F: uint8(r.IntN(12)), M: uint8(r.IntN(12))}
		}
		top := draw()
		grid := m.Grid(top)
		s := draw()
		if n := grid.Group(s); n < -1 || n > 1 || n >= 0 && (s.R > top.R || s.F > top.F || s.M > top.M) || n < 0 && err == nil && s.R > 0 && s.R <= top.R && s.F > 0 && s.F <= top.F && s.M > 0 && s.M <= top.M {
			t.Fatalf("%+v: %v of %v is in group %d", m, s, top, n)
		}
	}
}

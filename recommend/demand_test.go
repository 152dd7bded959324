package recommend_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
)

// A reach is how well an order of customers tells who buys a product: how many of the
// first ten and fifty do, and how likely one who does stands before one who does not.
type reach struct{ ten, fifty, before float64 }

// reached measures customers by their scores; of equal ones each may come first.
func reached(scores map[string]float64, among []string, bought map[string]bool) (r reach) {
	list := slices.Clone(among)
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(a, b)) })
	var right, before float64
	for i := 0; i < len(list); {
		j, hits := i, 0.0
		for ; j < len(list) && scores[list[j]] == scores[list[i]]; j++ {
			if bought[list[j]] {
				hits++
			}
		}
		share := func(k int) float64 { return hits * float64(max(0, min(j, k)-i)) / float64(j-i) / float64(k) }
		r.ten += share(10)
		r.fifty += share(50)
		misses := float64(j-i) - hits
		before += misses * (right + hits/2)
		right += hits
		i = j
	}
	r.before = before / max(1, right*(float64(len(list))-right))
	return r
}

// reaches asks who would buy each of the products that were bought most in the thirty
// days after a cut, and compares with who bought it before, and with who buys most
// often. It returns the means by question and system.
func reaches(t *testing.T, shop *past, products, customers int) map[string]reach {
	t.Helper()
	cut := shop.cut
	had, later := map[string]map[string]int{}, map[string]map[string]bool{}
	days := map[string]map[string]bool{}
	latest := map[string]map[string]time.Time{}
	for _, r := range shop.rows {
		switch {
		case r.Customer == "":
		case r.Time.Before(cut):
			if had[r.Product] == nil {
				had[r.Product], latest[r.Product] = map[string]int{}, map[string]time.Time{}
			}
			had[r.Product][r.Customer]++
			if r.Time.After(latest[r.Product][r.Customer]) {
				latest[r.Product][r.Customer] = r.Time
			}
			if days[r.Customer] == nil {
				days[r.Customer] = map[string]bool{}
			}
			if r.Time.After(cut.AddDate(0, 0, -90)) {
				days[r.Customer][r.Time.Format(time.DateOnly)] = true
			}
		case r.Time.Before(cut.AddDate(0, 0, 30)):
			if later[r.Product] == nil {
				later[r.Product] = map[string]bool{}
			}
			later[r.Product][r.Customer] = true
		}
	}
	var everybody []string
	for c := range days {
		everybody = append(everybody, c)
	}
	slices.Sort(everybody)
	var asked []string
	for p := range later {
		if had[p] != nil {
			asked = append(asked, p)
		}
	}
	slices.SortFunc(asked, func(a, b string) int { return cmp.Or(len(later[b])-len(later[a]), cmp.Compare(a, b)) })
	asked = asked[:min(products, len(asked))]
	sums := map[string]reach{}
	cases := map[string]float64{}
	for _, p := range asked {
		for _, policy := range []recommend.Repeat{recommend.RepeatAllow, recommend.RepeatExclude, recommend.RepeatOnly} {
			of := slices.DeleteFunc(slices.Clone(everybody), func(c string) bool {
				return policy == recommend.RepeatExclude && had[p][c] > 0 || policy == recommend.RepeatOnly && had[p][c] == 0
			})
			hits := 0
			for _, c := range of {
				if later[p][c] {
					hits++
				}
			}
			if hits < 3 || hits == len(of) {
				continue
			}
			ours := map[string]float64{}
			for b, err := range shop.rec.WhoWouldBuy(t.Context(), crm.ProductID(p), &recommend.Query{N: customers, Repeat: policy}) {
				if err != nil {
					t.Fatal(err)
				}
				ours[string(b.CustomerID)] = b.Score
			}
			own, active, both := map[string]float64{}, map[string]float64{}, map[string]float64{}
			for _, c := range of {
				own[c] = float64(had[p][c])
				if had[p][c] > 0 {
					own[c] += 1 / (2 + cut.Sub(latest[p][c]).Hours())
				}
				active[c] = float64(len(days[c]))
				both[c] = 1000*own[c] + active[c]
			}
			for name, scores := range map[string]map[string]float64{"ours": ours, "bought it": own, "most active": active, "bought it, most active": both} {
				name = cmp.Or(string(policy), "all") + ": " + name
				r, s := reached(scores, of, later[p]), sums[name]
				sums[name] = reach{s.ten + r.ten, s.fifty + r.fifty, s.before + r.before}
				cases[name]++
			}
		}
	}
	for name, s := range sums {
		sums[name] = reach{s.ten / cases[name], s.fifty / cases[name], s.before / cases[name]}
	}
	var lines []string
	for name, s := range sums {
		lines = append(lines, fmt.Sprintf("%-32s of 10 %.3f  of 50 %.3f  before %.3f  (%.0f products)", name, s.ten, s.fifty, s.before, cases[name]))
	}
	slices.Sort(lines)
	t.Logf("%d customers, cut %s\n%s", len(everybody), cut.Format(time.DateOnly), strings.Join(lines, "\n"))
	return sums
}

// Who would buy on the Online Retail data.
func TestRetailDemand(t *testing.T) {
	got := reaches(t, retailPast(t), 25, 50)
	for _, name := range []string{"bought it", "most active"} {
		if ours, other := got["all: ours"].fifty, got["all: "+name].fifty; !(ours > other) {
			t.Errorf("of fifty customers %.3f buy, of those of %q %.3f", ours, name, other)
		}
	}
}

// Who would buy in the demo shop is told better than by what they had, and than by how
// often they come.
func TestDemoDemand(t *testing.T) {
	got := reaches(t, demoPast(t, 1), 100, 100_000)
	for _, name := range []string{"bought it", "most active"} {
		if ours, other := got["all: ours"].before, got["all: "+name].before; !(ours > other) {
			t.Errorf("who buys stands before who does not in %.3f, by %q in %.3f", ours, name, other)
		}
	}
}

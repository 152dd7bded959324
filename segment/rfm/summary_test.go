package rfm_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// A summary is what the scores of one customer after the other add up to.
func TestSummarize(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 100 {
		m := draws(r, r.IntN(80))
		for i := range m.Frequency { // sums of those end at int64
			m.Frequency[i], m.Monetary[i] = m.Frequency[i]%1e6, m.Monetary[i]%1e12
		}
		groups := []rfm.Map{rfm.Ten(), rfm.Shopify(), {Groups: []rfm.Group{{Name: "a", R: rfm.Range{From: 5, To: 5}}, {Name: "b", M: rfm.Range{From: 1, To: 2}}, {Name: "a"}}, None: "a"}}[r.IntN(3)]
		e := freeze(t, schemes(r)[r.IntN(3)], m)
		grid := groups.Grid(e.Best())
		var want []rfm.Summary
		names := groups.Names()
		if !slices.Contains(names, groups.None) {
			names = append(names, groups.None)
		}
		for _, name := range names {
			row := rfm.Summary{Name: name}
			for _, g := range slices.Backward(groups.Groups) {
				if g.Name == name {
					row.Title = g.Title
				}
			}
			var recencies []int64
			for i, s := range e.Scores(m) {
				if grid.Name(s) != name {
					continue
				}
				row.Customers++
				if m.Frequency[i] > 0 {
					row.Orders, row.Spent, recencies = row.Orders+m.Frequency[i], row.Spent+m.Monetary[i], append(recencies, m.Recency[i])
				}
			}
			slices.Sort(recencies)
			if n := len(recencies); n > 0 {
				row.Recency = recencies[(n-1)/2]
			}
			if row.Customers > 0 || name != groups.None {
				want = append(want, row)
			}
		}
		if diff := cmp.Diff(want, e.Summarize(groups, m)); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	}
}

// Of equal values the ties tell who is lower, in whatever order they come.
func TestRankFirstByTies(t *testing.T) {
	m := rfm.Measures{Recency: []int64{5, 5, 5, 5}, Frequency: []int64{1, 1, 1, 1}, Monetary: []int64{9, 9, 9, 9}, Ties: []int64{70, -3, 8, 1 << 50}}
	e := freeze(t, everywhere(rfm.Scale{Method: rfm.RankFirst, Bins: 2}), m)
	want := []rfm.Scores{{R: 2, F: 2, M: 2}, {R: 1, F: 1, M: 1}, {R: 1, F: 1, M: 1}, {R: 2, F: 2, M: 2}}
	if diff := cmp.Diff(want, e.Scores(m)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := e.Score(5, 1, 9, 9); got != want[0] {
		t.Errorf("one of tie 9 scores %v, want %v", got, want[0])
	}
}

package lifecycle_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
)

// The wanted rows were counted by another program in another language.
func TestOnlineRetailCohorts(t *testing.T) {
	table := lifecycle.Cohorts{Last: 12, Open: true} // December 2011 has nine days
	for _, days := range onlineRetail(t) {
		var months []int
		for _, d := range days {
			at := time.Unix(d*24*60*60, 0).UTC()
			months = append(months, (at.Year()-2010)*12+int(at.Month())-12)
		}
		table.Add(months)
	}
	want := []lifecycle.Cohort{
		{Period: 0, Size: 885, Active: []int{885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235}},
		{Period: 1, Size: 417, Active: []int{417, 92, 111, 96, 134, 120, 103, 101, 125, 136, 152, 49}},
	}
	if diff := cmp.Diff(want, table.Rows[:2]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := len(table.Rows); n != 13 {
		t.Errorf("%d cohorts, want 13", n)
	}
	size := 0
	for _, row := range table.Rows {
		size += row.Size
	}
	if size != 4338 {
		t.Errorf("%d customers, want 4338", size)
	}
	if rate, ok := table.Rate(table.Rows[0], 11); !ok || round(rate) != "0.502825" {
		t.Errorf("%v, %v of December 2010 bought in November 2011, want 445 of 885", rate, ok)
	}
	if rate, ok := table.Rate(table.Rows[0], 12); ok {
		t.Errorf("%v of December 2010 bought in a month that is not over", rate)
	}
}

func TestCohorts(t *testing.T) {
	for _, c := range []struct {
		name      string
		table     lifecycle.Cohorts
		customers [][]int
		want      []lifecycle.Cohort
	}{
		{"nobody", lifecycle.Cohorts{Last: 3}, nil, nil},
		{"no orders", lifecycle.Cohorts{Last: 3}, [][]int{{}}, nil},
		{"customers, not orders", lifecycle.Cohorts{Last: 3}, [][]int{{1, 1, 1, 3, 3}, {1}}, []lifecycle.Cohort{{Period: 1, Size: 2, Active: []int{2, 0, 1}}}},
		{"in any order", lifecycle.Cohorts{Last: 4}, [][]int{{3, 2}, {2}, {4, 1, 2}}, []lifecycle.Cohort{
			{Period: 1, Size: 1, Active: []int{1, 1, 0, 1}},
			{Period: 2, Size: 2, Active: []int{2, 1, 0}},
		}},
		{"not happened yet", lifecycle.Cohorts{Last: 2}, [][]int{{2, 3}, {3}}, []lifecycle.Cohort{{Period: 2, Size: 1, Active: []int{1}}}},
		{"before the years are counted", lifecycle.Cohorts{Last: -1}, [][]int{{-3, -1}}, []lifecycle.Cohort{{Period: -3, Size: 1, Active: []int{1, 0, 1}}}},
		{"longer ago than a table has room", lifecycle.Cohorts{Last: math.MaxInt}, [][]int{{math.MinInt}, {math.MaxInt - 65536}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, periods := range c.customers {
				c.table.Add(periods)
			}
			if diff := cmp.Diff(c.want, c.table.Rows, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestRetentionLeavesOutPeriodsThatAreNotOver(t *testing.T) {
	table := lifecycle.Cohorts{Last: 2, Open: true}
	for _, periods := range [][]int{{0, 1}, {0}, {1, 2}, {2}} {
		table.Add(periods)
	}
	want := []string{"100 % of 3", "50 % of 2", "0 % of 0"}
	var got []string
	for later := range 3 {
		share, customers := table.Retention(later)
		got = append(got, fmt.Sprintf("%.0f %% of %d", 100*share, customers))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

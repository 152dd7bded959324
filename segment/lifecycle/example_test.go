package lifecycle_test

import (
	"fmt"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
)

// Forty customers buy every two weeks or every four, day after day, for a year.
func ExamplePolicy_Learn() {
	gaps := new(lifecycle.Gaps)
	for i := range 40 {
		var days []int64
		for day := int64(i % 14); day <= 365; day += 14 * int64(1+i%2) {
			days = append(days, day)
		}
		gaps.Add(days, 365)
	}
	rhythm := lifecycle.Policy{}.Learn(gaps)
	fmt.Println("typically", rhythm.Typical, "at risk after", rhythm.AtRisk, "lapsed after", rhythm.Lapsed)

	stage, until, _ := rhythm.Stage(365, lifecycle.History{Orders: 3, First: 290, Last: 340, Gap: 14})
	fmt.Println(stage, "till day", until)
	// Output:
	// typically 14 at risk after 28 lapsed after 29
	// active till day 369
}

// Of three customers who bought first in January, one came back in February.
func ExampleCohorts() {
	january := lifecycle.Month(2025, time.January)
	table := lifecycle.Cohorts{Last: january + 2}
	for _, months := range [][]int{{0, 1, 1}, {0, 2}, {0}, {1, 2}} {
		for i := range months {
			months[i] += january
		}
		table.Add(months)
	}
	for _, c := range table.Rows {
		fmt.Print(c.Month(), ", ", c.Size, " new:")
		for later := range c.Active {
			share, _ := table.Rate(c, later)
			fmt.Printf(" %.0f %%", 100*share)
		}
		fmt.Println()
	}
	// Output:
	// 2025-01, 3 new: 100 % 33 % 33 %
	// 2025-02, 1 new: 100 % 100 %
}

// Two of three new customers bought again.
func ExampleNewFlow() {
	june := []lifecycle.Stage{lifecycle.New, lifecycle.New, lifecycle.New, lifecycle.Lost}
	july := []lifecycle.Stage{lifecycle.Active, lifecycle.Active, lifecycle.AtRisk, lifecycle.Lost}
	for m := range lifecycle.NewFlow(june, july).Moves() {
		fmt.Println(m.From, "→", m.To, m.Customers)
	}
	// Output:
	// new → active 2
	// new → at_risk 1
}

// Of five visitors, three were seen to buy: after 2, 5 and 5 days.
func ExampleKaplanMeier() {
	c := lifecycle.KaplanMeier([]int64{2, 3, 5, 5, 9}, []bool{true, false, true, true, false})
	for _, s := range c.Steps {
		fmt.Printf("day %d: %.2f have not\n", s.Time, s.Survival)
	}
	half, _ := c.Reached(0.5)
	fmt.Println("half have by day", half)
	// Output:
	// day 2: 0.80 have not
	// day 5: 0.27 have not
	// half have by day 5
}

// A shop that knows its thresholds need not learn them.
func ExampleThresholds_Stage() {
	shop := lifecycle.Thresholds{AtRisk: 60, Lapsed: 120, Lost: 365}
	once := lifecycle.History{Orders: 1, First: 100, Last: 100}
	for _, day := range []int64{100, 161, 221, 466} {
		stage, _, _ := shop.Stage(day, once)
		fmt.Println(day, stage)
	}
	again, until, _ := shop.Stage(470, lifecycle.History{Orders: 2, First: 100, Last: 470, Gap: 370})
	fmt.Println(470, again, "till day", until)
	// Output:
	// 100 new
	// 161 at_risk
	// 221 lapsed
	// 466 lost
	// 470 won_back till day 531
}

package score_test

import (
	"fmt"

	"github.com/seed-9cb3708a/clientele/segment/internal/score"
)

// Five customers are scored, and one who comes later by the same edges.
func ExampleScheme_Freeze() {
	customers := score.Measures{
		Recency:   []int64{3, 40, 12, 300, 90},            // days
		Frequency: []int64{12, 1, 4, 9, 2},                // orders
		Monetary:  []int64{95000, 2500, 18000, 70000, 99}, // cents
	}
	edges, err := score.Scheme{}.Freeze(customers)
	if err != nil {
		fmt.Println(err)
		return
	}
	groups := score.Ten().Grid(edges.Best())
	for _, s := range edges.Scores(customers) {
		fmt.Println(s, groups.Name(s))
	}
	late := edges.Score(5, 0, 1, 4000)
	fmt.Println(late, groups.Name(late))
	// Output:
	// 555 champions
	// 312 about_to_sleep
	// 433 potential_loyalist
	// 144 at_risk
	// 221 hibernating
	// 512 potential_loyalist
}

// A group of the shop's own leaves some customers out.
func ExampleMap_Check() {
	m := score.Map{Bins: 2, Groups: []score.Group{
		{Name: "vip", M: score.Range{From: 2, To: 2}},
		{Name: "recent", R: score.Range{From: 2, To: 2}},
	}}
	fmt.Println(m.Check())
	m.Groups = append(m.Groups, score.Group{Name: "others"})
	fmt.Println(m.Check())
	// Output:
	// groups: none has R1 F1 M1: want a group for every combination; groups: none has R1 F2 M1: want a group for every combination
	// <nil>
}

// Forty customers buy every two weeks or every four, day after day, for a year.
func ExamplePolicy_Learn() {
	gaps := new(score.Gaps)
	for i := range 40 {
		var days []int64
		for day := int64(i % 14); day <= 365; day += 14 * int64(1+i%2) {
			days = append(days, day)
		}
		gaps.Add(days, 365)
	}
	rhythm := score.Policy{}.Learn(gaps)
	fmt.Println("typically", rhythm.Typical, "at risk after", rhythm.AtRisk, "lapsed after", rhythm.Lapsed)

	stage, until, _ := rhythm.Stage(365, score.History{Orders: 3, First: 290, Last: 340, Gap: 14})
	fmt.Println(stage, "till day", until)
	// Output:
	// typically 14 at risk after 28 lapsed after 29
	// active till day 369
}

// Of three customers who bought first in January, one came back in February.
func ExampleCohorts() {
	table := score.Cohorts{Last: 3}
	for _, months := range [][]int{{1, 2, 2}, {1, 3}, {1}, {2, 3}} {
		table.Add(months)
	}
	for _, c := range table.Rows {
		fmt.Print("month ", c.Period, ", ", c.Size, " new:")
		for later := range c.Active {
			share, _ := table.Rate(c, later)
			fmt.Printf(" %.0f %%", 100*share)
		}
		fmt.Println()
	}
	// Output:
	// month 1, 3 new: 100 % 33 % 33 %
	// month 2, 1 new: 100 % 100 %
}

// Two of three new customers bought again.
func ExampleNewFlow() {
	june := []score.Stage{score.New, score.New, score.New, score.Lost}
	july := []score.Stage{score.Active, score.Active, score.AtRisk, score.Lost}
	for m := range score.NewFlow(june, july).Moves() {
		fmt.Println(m.From, "→", m.To, m.Customers)
	}
	// Output:
	// new → active 2
	// new → at_risk 1
}

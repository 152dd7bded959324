package rfm_test

import (
	"fmt"

	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// customers are five, of days, orders and cents.
var customers = rfm.Measures{
	Recency:   []int64{3, 40, 12, 300, 90},
	Frequency: []int64{12, 1, 4, 9, 2},
	Monetary:  []int64{95000, 2500, 18000, 70000, 99},
}

// Five customers are scored, and one who comes later by the same edges.
func ExampleScheme_Freeze() {
	edges, err := rfm.Scheme{}.Freeze(customers)
	if err != nil {
		fmt.Println(err)
		return
	}
	groups := rfm.Ten().Grid(edges.Best())
	for _, s := range edges.Scores(customers) {
		fmt.Println(s, groups.Name(s))
	}
	late := edges.Score(0, 1, 4000, 5)
	fmt.Println(late, groups.Name(late))
	// Output:
	// 555 champions
	// 312 about_to_sleep
	// 433 potential_loyalist
	// 144 at_risk
	// 221 hibernating
	// 512 potential_loyalist
}

// A shop knows its own edges: a month, a quarter, half a year.
func ExampleScale() {
	scheme := rfm.Scheme{Recency: rfm.Scale{Method: rfm.Fixed, Edges: []int64{30, 90, 180}}}
	edges, err := scheme.Freeze(customers)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(edges.Recency.Score(30, 0), edges.Recency.Score(31, 0), edges.Recency.Score(200, 0))
	age, _ := edges.Recency.Next(31, 0)
	fmt.Println("falls at", age, "days")
	// Output:
	// 4 3 1
	// falls at 91 days
}

// What is wrong is told all at once.
func ExampleScheme_Check() {
	fmt.Println(rfm.Scheme{
		Recency:   rfm.Scale{Method: "fixed", Edges: []int64{30, 20}},
		Frequency: rfm.Scale{Bins: 20},
	}.Check())
	// Output:
	// recency.edges[1]: 20: want more than the edge before it; frequency.bins: 20: want 2 to 10
}

// A group of the shop's own leaves some customers out.
func ExampleMap_Check() {
	m := rfm.Map{Bins: 2, Groups: []rfm.Group{
		{Name: "vip", M: rfm.Range{From: 2, To: 2}},
		{Name: "recent", R: rfm.Range{From: 2, To: 2}},
	}}
	fmt.Println(m.Check())
	m.Groups = append(m.Groups, rfm.Group{Name: "others"})
	fmt.Println(m.Check())
	// Output:
	// groups: none has R1 F1 M1: want a group for every combination; groups: none has R1 F2 M1: want a group for every combination
	// <nil>
}

// What each group brought.
func ExampleEdges_Summarize() {
	edges, err := rfm.Scheme{}.Freeze(customers)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, g := range edges.Summarize(rfm.Ten(), customers) {
		if g.Customers > 0 {
			fmt.Println(g.Title, g.Customers, g.Orders, g.Spent, g.Recency)
		}
	}
	// Output:
	// Champions 1 12 95000 3
	// Potential Loyalist 1 4 18000 12
	// About To Sleep 1 1 2500 40
	// At Risk 1 9 70000 300
	// Hibernating 1 2 99 90
}

package segment_test

import (
	"context"
	"fmt"
	"log"

	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// A small shop gives its own edges: a month, a quarter, half a year. What is told
// of a group is how many are in it, how often and for how much they bought, and
// how many days ago.
func ExampleCatalog_Groups() {
	book, _ := newShop()
	catalog, err := segment.New(book, &segment.Options{RFM: rfm.Scheme{
		Recency:   rfm.Scale{Method: rfm.Fixed, Edges: []int64{30, 90, 180}},
		Frequency: rfm.Scale{Method: rfm.Fixed, Edges: []int64{2, 3, 5}},
		Monetary:  rfm.Scale{Method: rfm.Fixed, Edges: []int64{5000, 20000, 80000}},
	}})
	if err != nil {
		log.Fatal(err)
	}
	groups, err := catalog.Groups(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, g := range groups {
		if g.Customers > 0 {
			fmt.Println(g.Title, g.Customers, g.Orders, g.Spent, g.Recency)
		}
	}
	for id, err := range catalog.Select(context.Background(), segment.MustParse("rfm_group = 'cant_lose'")) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("do not lose", id)
	}
	// Output:
	// Champions 1 6 72000 5
	// New 1 1 4000 29
	// Can't Lose Them 1 3 90000 200
	// do not lose Grace
}

// Without enough history the shop has the usual thresholds.
func ExampleCatalog_Rhythm() {
	_, catalog := newShop()
	rhythm, since, err := catalog.Rhythm(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("at risk after", rhythm.AtRisk, "days, lapsed after", rhythm.Lapsed, "lost after", rhythm.Lost)
	fmt.Println(rhythm.Why)
	fmt.Println("since", since.Format("2 January"))
	// Output:
	// at risk after 90 days, lapsed after 180 lost after 365
	// not enough data: 7 returns, want 100
	// since 28 November
}

// Who moved from which stage to which in the last half year.
func ExampleCatalog_Flow() {
	_, catalog := newShop()
	flow, err := catalog.Flow(context.Background(), today.AddDate(0, -6, 0), today)
	if err != nil {
		log.Fatal(err)
	}
	for m := range flow.Moves() {
		fmt.Printf("%v → %v: %d\n", m.From, m.To, m.Customers)
	}
	// Output:
	//  → new: 1
	//  → active: 1
	// active → lapsed: 1
}

// Of those who bought first in a month, how many came back in the next ones.
func ExampleCatalog_Cohorts() {
	_, catalog := newShop()
	table, err := catalog.Cohorts(context.Background(), segment.MustParse("number_of_orders >= 3"))
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range table.Rows {
		fmt.Println(c.Month(), c.Size, c.Active)
	}
	// Output:
	// 2025-03 1 [1 1 1 0 0 0 0 0 0]
	// 2025-06 1 [1 1 1 1 1 1]
}

// Grace was a good customer once.
func ExampleCatalog_At() {
	_, catalog := newShop()
	rule := segment.MustParse("orders MATCHES (date >= -90d)")
	for _, back := range []int{0, 6} {
		fmt.Print(back, " months ago:")
		for id, err := range catalog.At(today.AddDate(0, -back, 0)).Select(context.Background(), rule) {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Print(" ", id)
		}
		fmt.Println()
	}
	// Output:
	// 0 months ago: Ada Joan
	// 6 months ago: Grace
}

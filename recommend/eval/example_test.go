package eval_test

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-9cb3708a/clientele/recommend/eval"
)

func day(d int) time.Time { return time.Date(2026, 3, d, 12, 0, 0, 0, time.UTC) }

// A small shop: customers buy coffee or tea again and again, and at last some of
// them a grinder.
func shop() []eval.Row {
	return []eval.Row{
		{Customer: "ann", Basket: "1", Product: "coffee", Time: day(1)},
		{Customer: "ann", Basket: "1", Product: "filter", Time: day(1)},
		{Customer: "ben", Basket: "2", Product: "coffee", Time: day(2)},
		{Customer: "ben", Basket: "2", Product: "filter", Time: day(2)},
		{Customer: "cem", Basket: "3", Product: "tea", Time: day(3)},
		{Customer: "cem", Basket: "3", Product: "kettle", Time: day(3)},
		{Customer: "ann", Basket: "4", Product: "coffee", Time: day(9)},
		{Customer: "ann", Basket: "4", Product: "grinder", Time: day(9)},
		{Customer: "cem", Basket: "10", Product: "tea", Time: day(12)},
		{Customer: "ann", Basket: "5", Product: "coffee", Time: day(21)},
		{Customer: "ben", Basket: "6", Product: "coffee", Time: day(22)},
		{Customer: "ben", Basket: "6", Product: "grinder", Time: day(22)},
		{Customer: "cem", Basket: "7", Product: "tea", Time: day(23)},
		{Customer: "dora", Basket: "8", Product: "tea", Time: day(24)},
	}
}

// What the baselines achieve is known before anything is built.
func ExampleTask_Run() {
	split := eval.Cut(shop(), day(20), 0)
	report, err := split.Task(eval.NextAny, 1).Run(context.Background(), nil, &eval.Options{K: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range report.Lines {
		fmt.Printf("%-12s hits %.2f, covers %.0f%%\n", line.Name, line.Metrics[eval.HitRate].Mean, 100*line.Coverage)
	}
	fmt.Println("strangers left out:", report.Strangers)
	// Output:
	// popularity   hits 0.67, covers 20%
	// own history  hits 1.00, covers 40%
	// strangers left out: 1
}

// A recommender is a function that knows what was sold before the cut. Here it
// follows a rule of thumb: who has a filter wants a grinder.
func ExampleFunc() {
	split := eval.Cut(shop(), day(20), 0)
	has := map[string]bool{}
	for _, r := range split.Train {
		if r.Product == "filter" {
			has[r.Customer] = true
		}
	}
	rule := eval.Func(func(q eval.Query, k int) []string {
		if has[q.Customer] && q.Eligible("grinder") {
			return []string{"grinder"}
		}
		return nil
	})
	report, err := split.Task(eval.NextNew, 1).Run(context.Background(), []eval.System{{Name: "thumb", Recommender: rule}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	line, _ := report.Line("thumb")
	fmt.Println("cases:", report.Cases, "without anything new:", report.Empty)
	fmt.Println("first place:", line.Metrics[eval.MRR].Mean)
	// Output:
	// cases: 1 without anything new: 2
	// first place: 1
}

// Two systems are compared on the same cases.
func ExampleReport_Difference() {
	split := eval.Cut(shop(), day(20), 0)
	report, err := split.Task(eval.NextAny, 1).Run(context.Background(), nil, &eval.Options{K: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	d := report.Difference(eval.Own, eval.Popularity, eval.HitRate)
	fmt.Printf("better by %.2f, and hardly by chance: %t\n", d.Mean, d.Low > 0)
	// Output: better by 0.33, and hardly by chance: false
}

// Carts lose one product, which the rest of the cart is to bring back.
func ExampleSplit_Task() {
	split := eval.Cut(shop(), day(20), 0)
	for _, kind := range []eval.Kind{eval.NextAny, eval.NextNew, eval.NextAgain, eval.Cart} {
		task := split.Task(kind, 1)
		fmt.Printf("%-10s %d cases\n", kind, len(task.Cases))
	}
	// Output:
	// next_any   3 cases
	// next_new   1 cases
	// next_again 3 cases
	// cart       1 cases
}

// Heavy buyers are looked at apart from those who bought once.
func ExampleReport_Group() {
	split := eval.Cut(shop(), day(20), 0)
	orders := map[string]map[string]bool{}
	for _, r := range split.Train {
		if orders[r.Customer] == nil {
			orders[r.Customer] = map[string]bool{}
		}
		orders[r.Customer][r.Basket] = true
	}
	group := func(q eval.Query) int { return len(orders[q.Customer]) }
	report, err := split.Task(eval.NextAny, 1).Run(context.Background(), nil, &eval.Options{K: 1, Group: group})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, g := range report.Groups() {
		line, _ := report.Group(g).Line(eval.Popularity)
		fmt.Printf("%d orders before: hits %.2f\n", g, line.Metrics[eval.HitRate].Mean)
	}
	// Output:
	// 1 orders before: hits 1.00
	// 2 orders before: hits 0.50
}

// Who is due is asked of all pairs of customer and product at once.
func ExampleAveragePrecision() {
	fmt.Printf("%.3f\n", eval.AveragePrecision([]float64{.9, .8, .3, .1}, []bool{true, false, true, false}))
	// Output: 0.833
}

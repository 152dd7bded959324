package eval_test

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// Who bought for more than 50 in the last 30 days, and until when that is so if
// nothing else happens.
func Example() {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	base := column.New()
	ada := base.Put(&column.Person{ID: "ada", Orders: []column.Order{
		{Time: noon.AddDate(0, 0, -20).UnixMilli(), Amount: 40_00},
		{Time: noon.AddDate(0, 0, -3).UnixMilli(), Amount: 30_00},
	}})
	base.Put(&column.Person{ID: "ben"})

	engine := eval.New(base, &eval.Options{Location: time.UTC, Digits: 2})
	spenders, err := rule.Parse("sum(orders.amount MATCHES (date >= -30d)) > 50", nil)
	if err != nil {
		panic(err)
	}
	program, err := engine.Compile(spenders)
	if err != nil {
		panic(err)
	}
	members, err := program.Run(context.Background(), noon.UnixMilli(), nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(members[0].GetCardinality(), "member")

	answers, err := program.Ask(ada, noon.UnixMilli(), nil, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(answers[0].Holds, time.UnixMilli(answers[0].Until).UTC())
	// Output:
	// 1 member
	// true 2026-03-12 00:00:00 +0000 UTC
}

package evaltest_test

import (
	"slices"
	"testing"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
)

// TestWorldLaws holds rules to others that say the same in other words.
func TestWorldLaws(t *testing.T) {
	for _, tt := range []struct{ name, rule, same string }{
		{"followed within and after", "orders FOLLOWED BY interactions", "orders FOLLOWED BY interactions WITHIN 3d OR orders FOLLOWED BY interactions AFTER 3d"},
		{"not followed in time", "orders MATCHES (position = 1) NOT FOLLOWED BY refunds WITHIN 24h", "first(orders.date) < -24h AND NOT orders MATCHES (position = 1) FOLLOWED BY refunds WITHIN 24h"},
		{"not followed", "orders NOT FOLLOWED BY orders", "orders MATCHES ()"},
		{"a match is a count", "items MATCHES (quantity > 1)", "count(items MATCHES (quantity > 1)) >= 1"},
		{"a filter and its complement", "count(orders) = 2", "count(orders) = 2 AND (count(orders MATCHES (amount > 10)) = 0 AND count(orders MATCHES (NOT amount > 10)) = 2 OR count(orders MATCHES (amount > 10)) = 1 AND count(orders MATCHES (NOT amount > 10)) = 1 OR count(orders MATCHES (amount > 10)) = 2 AND count(orders MATCHES (NOT amount > 10)) = 0)"},
		{"between", "amount_spent BETWEEN 10 AND 50", "amount_spent >= 10 AND amount_spent <= 50"},
		{"the top of all", "average_order_value IN TOP 100%", "average_order_value IS NOT NULL"},
		{"the bottom of many", "days_since(last_order_date) IN BOTTOM 1000", "number_of_orders > 0"},
		{"days since and dates", "days_since(last_order_date) <= 30", "last_order_date >= -30d"},
		{"days of hours that begin", "last_order_date = today", "days_since(last_order_date) = 0"},
		{"periods of one day", "periods(orders, 1d) = 1", "orders MATCHES (date = today)"},
		{"periods of a week", "periods(orders, 1w) = 1", "orders MATCHES (date > -7d)"},
		{"periods of a month", "periods(interactions, 1m) = 1", "interactions MATCHES (date > -1m)"},
		{"periods, days apart", "periods(orders, 30d) = 2", "distinct(orders.day MATCHES (date > -30d)) = 2"},
		{"the last is the highest date", "last(orders.date) = -3d", "last_order_date = -3d"},
		{"positions", "first(orders.position) = 1", "orders MATCHES (position = 1)"},
		{"buckets part everybody", "bucket('x') < 50", "NOT bucket('x') BETWEEN 50 AND 100"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := parse(t, tt.rule), parse(t, tt.same)
			differ := func(c evaltest.Case) bool {
				return c.Rule == a && slices.ContainsFunc(c.World.People, func(p *column.Person) bool { return c.World.Is(a, p) != c.World.Is(b, p) })
			}
			for seed := range scale(30, 5_000) {
				if c := (evaltest.Case{World: evaltest.NewDraw(seed).World(10), Rule: a}); differ(c) {
					t.Fatalf("seed %d: not the same as %s:\n%s", seed, tt.same, evaltest.Shrink(c, differ))
				}
			}
		})
	}
}

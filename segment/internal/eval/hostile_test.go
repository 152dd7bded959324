package eval_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// largest returns rules that are as large as a rule can be, or ask for what is
// far away.
func largest(t *testing.T) []rule.Node {
	repeat := func(n int, joint, format string) string {
		list := make([]string, n)
		for i := range list {
			list[i] = strings.ReplaceAll(format, "%", fmt.Sprint(i))
		}
		return strings.Join(list, joint)
	}
	deep := "age > 1"
	for i := range 30 {
		deep = fmt.Sprintf("NOT (orders MATCHES (amount > %d, date >= -%dd) AND %s)", i, i, deep)
	}
	texts := []string{
		repeat(499, " OR ", "number_of_orders > %"),
		repeat(199, " OR ", "count(orders MATCHES (date >= -%d)) > %"),
		repeat(120, " OR ", "sum(orders.amount MATCHES (date >= -%d, amount > 1)) > %"),
		repeat(30, " AND ", "orders NOT FOLLOWED BY refunds AFTER %1min WITHIN %2h"),
		"orders " + repeat(15, " ", "FOLLOWED BY orders WITHIN 1%y"),
		"orders " + repeat(14, " ", "FOLLOWED BY interactions AFTER 1%min") + " NOT FOLLOWED BY orders AFTER 1d WITHIN 1000y",
		"customer_id IN (" + repeat(500, ", ", "'c%'") + ")",
		"items MATCHES (product NOT IN (" + repeat(500, ", ", "'p%'") + "))",
		"amount_spent IN (" + repeat(500, ", ", "%.99") + ")",
		deep,
	}
	for _, x := range []string{"last_order_date", "attributes.when", "birthday", "first(refunds.date)", "max(interactions.date)", "last(interactions.properties.when)"} {
		for _, y := range []string{"0001-01-01", "9999-12-31", "9999-12-31T23:59:59", "0001-01-01T00:00:00", "-1000y", "+1000y -1000y", "-1000y -12000m -52000w -365000d -1000y -1000y -1000y -1000y", "+525600000min", "-8760000h +1d", "now", "today", "-1d +1min"} {
			for _, op := range []string{"=", "!=", "<", "<=", ">", ">="} {
				texts = append(texts, x+" "+op+" "+y)
			}
			if y[0] != '-' || y == "-1d +1min" {
				texts = append(texts, x+" BETWEEN -1000y AND "+y)
			}
		}
		texts = append(texts, "days_since("+x+") > 999999999999999999", "days_since("+x+") >= -3", "days_since("+x+") BETWEEN -999999999999999999 AND 730000", "days_between("+x+", last_seen_date) < 5")
	}
	for _, x := range []string{"amount_spent", "units_bought", "average_order_value", "amount_refunded", "sum(spend.amount MATCHES (date >= -30d))", "average(items.amount)", "min(orders.units)", "attributes.n", "sum(interactions.properties.n)", "average(interactions.properties.n)", "attributes.money", "max(interactions.properties.money)"} {
		for _, y := range []string{"0", "999999999999999999", "-999999999999999999", "9999999999999999.99", "-9999999999999999.99", "0.000000001", "12.345"} {
			texts = append(texts, x+" = "+y, x+" != "+y, x+" < "+y, x+" >= "+y, x+" IN ("+y+", 1)", x+" BETWEEN -999999999999999999 AND "+y)
		}
		texts = append(texts, x+" IN TOP 33.333333333%", x+" IN BOTTOM 999999999", x+" IS NULL")
	}
	texts = append(texts, "periods(orders, 1000y) > 1", "periods(interactions, 1000d) >= 2", "distinct(interactions.properties.n) > 1", "distinct(orders.week) > 1", "orders MATCHES (week = '2024-W05')",
		"attributes.name = 'O''Reilly'", `attributes.name CONTAINS '\\'`, "attributes.name = '�'",
		"attributes.name IN TOP 5%", "last(interactions.properties.nothing) IN BOTTOM 3", "days_since(attributes.name) > 1", "days_between(attributes.name, last(interactions.properties.money)) IS NULL")
	var nodes []rule.Node
	for _, text := range texts {
		nodes = append(nodes, parse(t, text))
	}
	return nodes
}

// hostile returns a base of people whose facts are at the ends of what there is.
func hostile() *column.Base {
	b := column.New()
	const least, most = math.MinInt64, math.MaxInt64
	year1, year9999 := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).UnixMilli()
	times := []int64{least, least + 1, year1, -1, 0, 1_700_000_000_000, 1_767_225_600_000, year9999, most - 1, most}
	var orders []column.Order
	var refunds []column.Refund
	var interactions []column.Interaction
	for i, at := range times {
		for j, amount := range []int64{least, least + 1, -1, 0, 100, most} {
			orders = append(orders, column.Order{Time: at, Role: column.Role((i + j) % 3), Amount: amount, Discount: amount, Items: []column.Item{{Product: "p1", Quantity: amount, Amount: amount}, {Title: "\xff'\x00"}}})
			refunds = append(refunds, column.Refund{Time: at, Amount: amount})
			interactions = append(interactions, column.Interaction{Time: at, Kind: "begin_checkout", Direction: "inbound", Value: amount, Rating: -5, Products: []string{"", "p2"}, Properties: []column.Value{
				{Name: "properties.n", Type: rule.IsNumber, Number: []float64{math.NaN(), math.Inf(1), -math.MaxFloat64, math.MaxFloat64, math.SmallestNonzeroFloat64, 0}[j]},
				{Name: "properties.when", Type: rule.IsDate, Int: at}, {Name: "properties.money", Type: rule.IsMoney, Int: amount},
				{Name: "properties.money", Type: rule.IsText, Text: "several"},
			}})
		}
	}
	b.Put(&column.Person{ID: "c1", Orders: orders, Refunds: refunds, Interactions: interactions})
	b.Put(&column.Person{ID: "nothing"})
	for i, at := range times {
		b.Put(&column.Person{ID: fmt.Sprintf("'\\\x00\xff%d", i), Orders: []column.Order{{Time: at, Amount: 1}, {Time: at, Amount: most}}, Interactions: []column.Interaction{{Time: at}}, Values: []column.Value{
			{Name: "birthday", Type: rule.IsDate, Int: at}, {Name: "attributes.when", Type: rule.IsDate, Int: at}, {Name: "attributes.money", Type: rule.IsMoney, Int: at},
			{Name: "attributes.n", Type: rule.IsNumber, Number: float64(at)}, {Name: "attributes.name", Type: rule.IsText, Text: "O'Reilly \\ \x00\xff"},
		}})
	}
	return b
}

// TestHostile asks the largest rules of people with the strangest facts, at
// instants from the year 1 to 9999: all ways of asking say the same, and an answer holds
// until it is said to.
func TestHostile(t *testing.T) {
	nodes := largest(t)
	zones := []string{"UTC", "America/St_Johns", "Pacific/Apia"}
	for _, zone := range zones[:evaltest.Cases(len(zones))] {
		for _, at := range []int64{-62_135_596_800_000, 0, 1_325_203_200_000, 1_767_225_600_000, 253_402_300_799_999} {
			t.Run(fmt.Sprint(zone, " ", at), func(t *testing.T) {
				e := eval.New(hostile(), &eval.Options{Location: location(t, zone), Digits: 2})
				p, err := e.Compile(nodes...)
				if err != nil {
					t.Fatal(err)
				}
				edges, err := p.Edges(t.Context(), at)
				if err != nil {
					t.Fatal(err)
				}
				all, err := p.Run(t.Context(), at, edges)
				if err != nil {
					t.Fatal(err)
				}
				for ordinal := range uint32(12) {
					has, err := p.Has(ordinal, at, edges, nil)
					if err != nil {
						t.Fatal(err)
					}
					answers, err := p.Ask(ordinal, at, edges, nil)
					if err != nil {
						t.Fatal(err)
					}
					for i, a := range answers {
						if in := all[i].Contains(ordinal); in != has[i] || in != a.Holds {
							t.Errorf("%.100s: of %d Run says %v, Has %v, Ask %v", rule.Print(nodes[i]), ordinal, in, has[i], a.Holds)
						}
						if a.Until <= at {
							t.Errorf("%.100s: of %d until %d, which is not after %d", rule.Print(nodes[i]), ordinal, a.Until, at)
						}
					}
					lasts(t, e, nodes, ordinal, at, edges, answers)
				}
			})
		}
	}
}

// lasts holds some of the answers of one person against those just before the
// instant until which they hold.
func lasts(t *testing.T, e *eval.Engine, nodes []rule.Node, ordinal uint32, at int64, edges *eval.Edges, answers []eval.Answer) {
	for i, a := range answers {
		if a.Until > 1<<55 || i%4 != int(ordinal%4) { // a million years ahead is never
			continue
		}
		p, err := e.Compile(nodes[i])
		if err != nil {
			t.Fatal(err)
		}
		has, err := p.Has(ordinal, a.Until-1, edges, nil)
		if err != nil {
			t.Fatal(err)
		}
		if has[0] != a.Holds {
			t.Errorf("%.100s: of %d it is %v at %d until %d, but not just before", rule.Print(nodes[i]), ordinal, a.Holds, at, a.Until)
		}
	}
}

func TestHostileExplanations(t *testing.T) {
	b, at := hostile(), int64(1_767_225_600_000)
	e := eval.New(b, &eval.Options{Location: location(t, "America/St_Johns"), Digits: 2})
	for _, n := range largest(t) {
		p, err := e.Compile(n)
		if err != nil {
			t.Fatal(err)
		}
		edges, err := p.Edges(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		for _, ordinal := range []uint32{0, 1, 5} {
			has, err := p.Has(ordinal, at, edges, nil)
			if err != nil {
				t.Fatal(err)
			}
			x, err := e.Explain(n, ordinal, at, edges, rule.Print)
			if err != nil || x.Holds != has[0] {
				t.Errorf("%.100s: explained %+v, %v, want %v", rule.Print(n), x, err, has[0])
			}
		}
	}
}

// TestNobody asks the largest rules of an empty base.
func TestNobody(t *testing.T) {
	b := column.New()
	for i, ids := range members(t, b, eval.New(b, nil), 5, largest(t)...) {
		if len(ids) > 0 {
			t.Errorf("rule %d has %v", i, ids)
		}
	}
}

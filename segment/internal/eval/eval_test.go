package eval_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func parse(t testing.TB, text string) rule.Node {
	t.Helper()
	n, err := rule.Parse(text, nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

// clock returns the milliseconds of a time by the clock of a location.
func clock(t testing.TB, loc *time.Location, s string) int64 {
	t.Helper()
	layout := "2006-01-02T15:04:05"
	if len(s) == len("2006-01-02") {
		layout = "2006-01-02"
	} else if len(s) == len("2006-01-02T15:04") {
		layout = "2006-01-02T15:04"
	}
	at, err := time.ParseInLocation(layout, s, loc)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

// members returns the ids of those of whom each of some rules is true.
func members(t testing.TB, b *column.Base, e *eval.Engine, at int64, nodes ...rule.Node) [][]string {
	t.Helper()
	p, err := e.Compile(nodes...)
	if err != nil {
		t.Fatal(err)
	}
	edges, err := p.Edges(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	bitmaps, err := p.Run(t.Context(), at, edges)
	if err != nil {
		t.Fatal(err)
	}
	all := make([][]string, len(nodes))
	b.RLock()
	for i, m := range bitmaps {
		for _, ordinal := range m.ToArray() {
			all[i] = append(all[i], b.ID(ordinal))
		}
		slices.Sort(all[i])
	}
	b.RUnlock()
	for i := range bitmaps { // one person gives the same answer, both ways
		for ordinal := range uint32(200) {
			has, err := p.Has(ordinal, at, edges, nil)
			if err != nil {
				t.Fatal(err)
			}
			answers, err := p.Ask(ordinal, at, edges, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(has) == 0 {
				continue
			}
			if in := bitmaps[i].Contains(ordinal); has[i] != in || answers[i].Holds != in {
				t.Errorf("%s: ordinal %d: Run says %v, Has %v, Ask %v", rule.Print(nodes[i]), ordinal, in, has[i], answers[i].Holds)
			}
			if answers[i].Until <= at {
				t.Errorf("%s: ordinal %d: until %d, which is not after %d", rule.Print(nodes[i]), ordinal, answers[i].Until, at)
			}
		}
	}
	return all
}

func TestRules(t *testing.T) {
	london := location(t, "Europe/London")
	on := func(s string) int64 { return clock(t, london, s) }
	b := column.New()
	b.SetProduct(&column.Product{ID: "prd_tea", Keys: []string{"1"}, Title: "Green tea", Brand: "Acme", Categories: []string{"Home >Kitchen"}, Tags: []string{"Bio"}})
	b.SetProduct(&column.Product{ID: "prd_pot", Keys: []string{"2"}, Title: "Pot", Brand: "ACME", Categories: []string{"Home > Kitchen > Pots"}})
	b.SetProduct(&column.Product{ID: "prd_ring", Keys: []string{"3"}, Title: "Ring", Brand: "Gold", Categories: []string{"Homeware"}})
	text := func(name, v string) column.Value { return column.Value{Name: name, Type: rule.IsText, Text: v} }
	list := func(name string, v ...string) column.Value {
		return column.Value{Name: name, Type: rule.IsList, List: v}
	}
	for _, p := range []*column.Person{
		{ID: "ada", Values: []column.Value{
			list("customer_tags", "VIP", "early"), text("customer_language", "en-GB"), text("attributes.size", "M"),
			{Name: "birthday", Type: rule.IsDate, Int: time.Date(1990, 2, 28, 0, 0, 0, 0, time.UTC).UnixMilli()},
			{Name: "attributes.points", Type: rule.IsNumber, Number: 0.1}, {Name: "attributes.credit", Type: rule.IsMoney, Int: 1250},
			{Name: "has_email", Type: rule.IsBool, Int: 1}, {Name: "customer_added_date", Type: rule.IsDate, Int: on("2025-01-31T23:59:59")},
		}, Orders: []column.Order{
			{Time: on("2026-02-20T10:00"), Amount: 10_00, Channel: "web", Coupons: []string{"TEN"}, Items: []column.Item{{Product: "prd_tea", Quantity: 2, Amount: 10_00, Price: 5_00}}},
			{Time: on("2026-01-10T10:00"), Amount: 20_01, Channel: "store", Items: []column.Item{{Product: "prd_pot", Quantity: 1, Amount: 20_01}, {Title: "Gift wrap", Quantity: 1}}},
			{Time: on("2025-12-01T10:00"), Amount: 5_00, Role: column.Canceled},
			{Time: on("2026-01-11T10:00"), Amount: -1_00, Role: column.Adjustment},
		}, Refunds: []column.Refund{{Time: on("2026-02-21"), Amount: 3_00}}},
		{ID: "ben", Values: []column.Value{
			list("customer_tags", "late"), text("attributes.size", "L"), {Name: "has_email", Type: rule.IsBool},
			{Name: "birthday", Type: rule.IsDate, Int: time.Date(0, 2, 29, 0, 0, 0, 0, time.UTC).UnixMilli()},
		}, Orders: []column.Order{
			{Time: on("2025-06-01T10:00"), Amount: 100_00, Channel: "web", Items: []column.Item{{Product: "prd_ring", SKU: "R-7", Quantity: 1, Amount: 100_00}}},
			{Time: on("2025-07-01T10:00"), Unpriced: true, Channel: "web"},
		}, Interactions: []column.Interaction{
			{Time: on("2026-02-25T09:00"), Kind: "view_item", Direction: "inbound", Products: []string{"prd_tea", "prd_ring"}, Properties: []column.Value{text("properties.color", "red")}},
			{Time: on("2026-02-26T09:00"), Kind: "add_to_cart", Direction: "inbound", Products: []string{"prd_tea"}, Value: 7_50},
			{Time: on("2026-02-26T10:00"), Kind: "begin_checkout", Direction: "inbound"},
			{Time: on("2026-02-27T10:00"), Kind: "message_sent", Direction: "outbound", Rating: 4},
		}},
		{ID: "cleo", Orders: []column.Order{
			{Time: on("2026-03-05T10:00"), Amount: 50_00}, // not yet
			{Time: on("2026-02-28T23:30"), Amount: 15_00, Channel: "web"},
		}, Interactions: []column.Interaction{
			{Time: on("2026-02-20T09:00"), Kind: "begin_checkout", Direction: "inbound"},
		}},
		{ID: "dan"},
	} {
		b.Put(p)
	}
	gone := b.Put(&column.Person{ID: "eve", Orders: []column.Order{{Time: on("2026-02-28"), Amount: 1}}})
	b.Remove(gone)
	e := eval.New(b, &eval.Options{Location: london, Digits: 2, Segment: func(name string) (rule.Node, error) {
		switch name {
		case "tagged":
			return rule.Parse("customer_tags IS NOT NULL", nil)
		case "tagged buyers":
			return rule.Parse("segments CONTAINS 'tagged' AND number_of_orders > 0", nil)
		case "circle":
			return rule.Parse("segments CONTAINS 'tagged' OR segments CONTAINS 'circle'", nil)
		}
		return nil, fmt.Errorf("no segment %s", name)
	}})
	at := on("2026-03-01T12:00")
	const nobody = ""
	for text, want := range map[string]string{
		"EVERYONE": "ada ben cleo dan", "NOBODY": nobody,
		// Null is false, with != too, and NOT turns the whole.
		"attributes.size = 'M'": "ada", "attributes.size != 'M'": "ben", "NOT attributes.size = 'M'": "ben cleo dan",
		"attributes.size NOT IN ('M', 'L')": "cleo dan", "attributes.size IS NULL": "cleo dan", "attributes.none IS NULL": "ada ben cleo dan",
		"attributes.none != 'x'": nobody, "attributes.size = 5": nobody,
		"attributes.size STARTS WITH 'M' OR attributes.size ENDS WITH 'L'": "ada ben",
		"attributes.points = 0.1": "ada", "attributes.points < 0.1": nobody, "attributes.credit = 12.5": "ada", "attributes.credit > 12.499": "ada", "attributes.credit >= 12.501": nobody,
		"has_email = true": "ada", "has_email != true": "ben", "has_email IS NULL": "cleo dan",
		"customer_tags CONTAINS 'vip'": "ada", "customer_tags NOT CONTAINS 'vip'": "ben cleo dan", "customer_tags IN ('x', 'LATE')": "ben",
		"customer_language = 'EN-gb'": "ada", "customer_id = 'dan'": "dan", "customer_id IN ('dan', 'ada', 'eve')": "ada dan",
		// Kept columns; what is later than now does not count.
		"number_of_orders = 1": "cleo", "number_of_orders = 0": "dan", "number_of_orders BETWEEN 1 AND 2": "ada ben cleo", "number_of_orders IN (0, 2)": "ada ben dan",
		"amount_spent = 26.01": "ada", "amount_spent <= 15": "cleo dan", "amount_spent < 15.001": "cleo dan", "amount_spent != 15": "ada ben dan",
		"average_order_value = 15.005": "ada", "average_order_value >= 100": "ben", "average_order_value < 15.01": "ada cleo", "average_order_value IS NULL": "dan",
		"amount_refunded > 0": "ada", "canceled_orders = 1": "ada", "units_bought = 4": "ada",
		"last_order_date = 2026-02-28": "cleo", "last_order_date >= -9d": "ada cleo", "last_order_date > -9d": "cleo", "last_order_date IS NULL": "dan",
		"first_order_date < 2026-01-01": "ben", "last_order_date = yesterday": "cleo", "last_order_date > -13h": "cleo", "last_order_date > -12h": nobody,
		"abandoned_checkout_date >= -7d": "ben", "abandoned_checkout_date IS NOT NULL": "ben", "last_seen_date = 2026-02-26": "ben",
		"age = 36": "ada", "age IS NULL": "ben cleo dan", "birthday = today": "ben", "birthday BETWEEN today AND +7d": "ben", "birthday > +300d": "ada",
		// Facts.
		"orders MATCHES (date >= -9d)": "ada cleo", "orders MATCHES (date >= -9d, channel = 'web')": "ada cleo", "orders NOT MATCHES ()": "dan",
		"orders MATCHES (channel = 'web', NOT amount > 10)": "ada ben", "orders MATCHES (amount IS NULL)": "ben", "orders MATCHES (coupons CONTAINS 'ten')": "ada",
		"items MATCHES (categories CONTAINS 'home')": "ada", "items MATCHES (categories CONTAINS 'Home>kitchen > pots')": "ada", "items MATCHES (categories CONTAINS 'Homeware')": "ben",
		"items MATCHES (brand = 'acme', quantity >= 2)": "ada", "items MATCHES (product = 3)": "ben", "items MATCHES (product = 'prd_ring', channel = 'web')": "ben",
		"items MATCHES (title = 'Gift wrap')": "ada", "items MATCHES (product IS NULL)": "ada", "items MATCHES (product_tags CONTAINS 'bio')": "ada", "items MATCHES (sku = 'R-7')": "ben",
		"count(items MATCHES (date >= -60d)) >= 3": "ada", "sum(items.quantity MATCHES (brand = 'ACME')) = 3": "ada",
		"sum(orders.amount MATCHES (date >= -60d)) = 30.01": "ada", "sum(spend.amount) = 26.01": "ada", "sum(spend.amount MATCHES (date >= -9d)) = 7": "ada", "count(spend) = 4": "ada", "count(spend MATCHES (amount < 0)) = 2": "ada",
		"average(orders.amount) = 100": "ben", "min(orders.amount) = 10": "ada", "max(orders.amount MATCHES (channel != 'store')) = 10": "ada",
		"first(orders.channel) = 'store'": "ada", "last(orders.channel) = 'web'": "ada ben cleo", "first(items.brand) = 'acme'": "ada", "last(spend.amount) = -3": "ada",
		"distinct(items.brand) = 1": "ada ben", "distinct(items.product) = 2": "ada", "distinct(orders.month) = 2": "ada ben", "distinct(items.categories) = 2": "ada", "distinct(orders.week) = 2": "ada ben",
		"orders MATCHES (position = 2, channel = 'web')": "ada ben", "orders MATCHES (position = 1, date >= -9d)": "cleo", "last(orders.position MATCHES (channel = 'web')) = 2": "ada ben",
		"orders MATCHES (month = '2026-02')": "ada cleo", "orders MATCHES (week = '2026-W08', day = '2026-02-20')": "ada",
		"interactions MATCHES (kind = 'view_item', product = 'prd_ring')": "ben", "interactions MATCHES (kind = 'add_to_cart', product = 'prd_ring')": nobody,
		"interactions MATCHES (kind = 'view_item', product != 1)": "ben", "interactions MATCHES (categories CONTAINS 'home', value = 7.5)": "ben",
		"interactions MATCHES (properties.color = 'red')": "ben", "interactions MATCHES (properties.color IS NULL, kind = 'view_item')": nobody, "interactions MATCHES (rating >= 4)": "ben",
		"count(interactions MATCHES (direction = 'inbound', date >= -4d)) = 3": "ben", "distinct(interactions.product) = 2": "ben",
		"days_since(last_order_date) = 1": "cleo", "days_between(first_order_date, last_order_date) = 41": "ada", "days_since(last_order_date) > 200": "ben",
		"periods(orders, 2m) = 2": "ada", "periods(orders, 2d) = 1": "cleo", "periods(orders, 3w) >= 1": "ada cleo",
		// Extremes, with ties, and chance.
		"amount_spent IN TOP 1": "ben", "amount_spent IN TOP 50%": "ada ben", "number_of_orders IN TOP 1": "ada ben", "amount_spent IN BOTTOM 25%": "dan", "average_order_value IN BOTTOM 1": "cleo", "last_order_date IN TOP 1": "cleo",
		"average_order_value IN TOP 2": "ada ben", "average_order_value NOT IN TOP 100%": "dan",
		"bucket('x') < 100": "ada ben cleo dan", "bucket('x') >= 100": nobody,
		// Segments.
		"segments CONTAINS 'tagged'": "ada ben", "NOT segments CONTAINS 'tagged buyers'": "cleo dan", "segments IN ('tagged', 'tagged buyers') AND has_email = true": "ada",
		// Sequences.
		"interactions MATCHES (kind = 'view_item') FOLLOWED BY interactions MATCHES (kind = 'add_to_cart') WITHIN 7d":                                                      "ben",
		"interactions MATCHES (kind = 'view_item') FOLLOWED BY interactions MATCHES (kind = 'add_to_cart') WITHIN 23h":                                                     nobody,
		"interactions MATCHES (kind = 'view_item') FOLLOWED BY interactions MATCHES (kind = 'begin_checkout') AFTER 25h WITHIN 25h":                                        "ben",
		"interactions MATCHES (kind = 'view_item') NOT FOLLOWED BY interactions MATCHES (kind = 'add_to_cart') FOLLOWED BY interactions MATCHES (kind = 'begin_checkout')": nobody,
		"interactions MATCHES (kind = 'begin_checkout') NOT FOLLOWED BY orders":                                                                                            "ben",
		"interactions MATCHES (kind = 'begin_checkout') NOT FOLLOWED BY orders WITHIN 7d":                                                                                  "cleo",
		"interactions MATCHES (kind = 'begin_checkout') NOT FOLLOWED BY orders WITHIN 3d":                                                                                  "ben cleo",
		"orders FOLLOWED BY orders AFTER 30d": "ada ben", "orders FOLLOWED BY orders WITHIN 41d": "ada ben", "orders FOLLOWED BY orders FOLLOWED BY orders": nobody,
	} {
		t.Run(text, func(t *testing.T) {
			got := members(t, b, e, at, parse(t, text))[0]
			if diff := cmp.Diff(strings.Fields(want), got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a circle", func(t *testing.T) {
		if _, err := e.Compile(parse(t, "segments CONTAINS 'circle'")); err == nil || !strings.Contains(err.Error(), "circle > circle") {
			t.Errorf("error %v, want one with the path", err)
		}
	})
	t.Run("what came later", func(t *testing.T) {
		p, err := e.Compile(parse(t, "attributes.new = 'y' OR orders MATCHES (channel = 'app') OR interactions MATCHES (properties.new = true) OR items MATCHES (brand = 'Late')"))
		if err != nil {
			t.Fatal(err)
		}
		ask := func(ordinal uint32) bool {
			t.Helper()
			has, err := p.Has(ordinal, at, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			m, err := p.Run(t.Context(), at, nil)
			if err != nil {
				t.Fatal(err)
			}
			if m[0].Contains(ordinal) != has[0] {
				t.Errorf("Has says %v, Run not", has[0])
			}
			return has[0]
		}
		for name, change := range map[string]func(ordinal uint32){
			"attribute": func(n uint32) { b.SetValues(n, []column.Value{text("attributes.new", "y")}) },
			"channel":   func(n uint32) { b.AppendOrder(n, &column.Order{Time: at, Channel: "app"}) },
			"property": func(n uint32) {
				b.AppendInteraction(n, &column.Interaction{Time: at, Kind: "k", Properties: []column.Value{{Name: "properties.new", Type: rule.IsBool, Int: 1}}})
			},
			"brand": func(n uint32) {
				b.AppendOrder(n, &column.Order{Time: at, Items: []column.Item{{Product: "prd_" + b.ID(n), Quantity: 1}}})
				if ask(n) {
					t.Error("it is true before the product has a brand")
				}
				b.SetProduct(&column.Product{ID: "prd_" + b.ID(n), Brand: "late"})
			},
		} {
			n := b.Put(&column.Person{ID: "new " + name})
			if ask(n) {
				t.Errorf("%s: it is true before", name)
			}
			change(n)
			if !ask(n) {
				t.Errorf("%s: it is not true after", name)
			}
			b.Remove(n)
		}
	})
}

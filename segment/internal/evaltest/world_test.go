package evaltest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// ms reads a time of a location, such as "2026-06-15 12:00".
func ms(t *testing.T, in *time.Location, s string) int64 {
	t.Helper()
	layout := "2006-01-02 15:04:05.000"
	at, err := time.ParseInLocation(layout[:len(s)], s, in)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

func parse(t *testing.T, text string) rule.Node {
	t.Helper()
	n, err := rule.Parse(text, nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// The catalog of these tests.
var products = []*column.Product{
	{ID: "prd_1", Keys: []string{"100", "BOOT"}, Title: "Boots", Brand: "Acme", Categories: []string{"Home > Shoes > Boots", "Sale"}, Tags: []string{"Winter"}},
	{ID: "prd_2", Keys: []string{"200"}, Title: "Pan", Brand: "acme", Categories: []string{"Home>Kitchen"}},
	{ID: "prd_3", Title: "Lamp"},
	{ID: "prd_4", Categories: []string{"home > kitchen", "Garden"}},
}

// TestWorld holds the slow evaluator to answers that were worked out by hand.
// Unless a case says otherwise it is Monday, 15 June 2026, 12:00 in London, and
// the currency has two digits of minor units.
func TestWorld(t *testing.T) {
	london := location(t, "Europe/London")
	at := func(s string) int64 { return ms(t, london, s) }
	sale := func(when string, amount int64, items ...column.Item) column.Order {
		return column.Order{Time: at(when), Amount: amount, State: "paid", Channel: "web", Items: items}
	}
	did := func(when, kind string, products ...string) column.Interaction {
		return column.Interaction{Time: at(when), Kind: kind, Direction: "inbound", Products: products}
	}
	orders := func(o ...column.Order) column.Person { return column.Person{ID: "cus_1", Orders: o} }
	acts := func(i ...column.Interaction) column.Person { return column.Person{ID: "cus_1", Interactions: i} }
	has := func(v ...column.Value) column.Person { return column.Person{ID: "cus_1", Values: v} }
	tags := func(tags ...string) column.Person {
		return has(column.Value{Name: "customer_tags", Type: rule.IsList, List: tags})
	}
	named := func(name, s string) column.Value { return column.Value{Name: name, Type: rule.IsText, Text: s} }
	number := func(name string, f float64) column.Value {
		return column.Value{Name: name, Type: rule.IsNumber, Number: f}
	}
	born := func(year int, month time.Month, day int) column.Person {
		return has(column.Value{Name: "birthday", Type: rule.IsDate, Int: time.Date(year, month, day, 0, 0, 0, 0, time.UTC).UnixMilli()})
	}
	nobody := column.Person{ID: "cus_1"}
	two := orders(sale("2026-06-01 09:00", 2000), sale("2026-05-01 09:00", 1001))
	canceled := column.Order{Time: at("2026-06-10 09:00"), Amount: 9900, Role: column.Canceled, State: "canceled"}
	adjusted := column.Order{Time: at("2026-06-02 09:00"), Amount: -300, Role: column.Adjustment, State: "placed"}
	unpriced := sale("2026-06-03 09:00", 7777)
	unpriced.Unpriced = true
	netted := column.Person{ID: "cus_1", Orders: []column.Order{sale("2026-06-01 09:00", 5000), adjusted, canceled, unpriced},
		Refunds: []column.Refund{{Time: at("2026-06-05 09:00"), Amount: 1200}, {Time: at("2026-06-16 09:00"), Amount: 999}}}
	boots := orders(sale("2026-06-01 09:00", 5000, column.Item{Product: "prd_1", SKU: "B-42", Quantity: 2, Amount: 4000, Price: 2000}, column.Item{Title: "Gift wrap", Quantity: 1, Amount: 1000}))
	funnel := acts(did("2026-06-01 09:00", "view_item", "prd_1"), did("2026-06-05 09:00", "add_to_cart", "prd_1"))

	for _, tt := range []struct {
		name   string
		rule   string
		person column.Person
		want   bool
	}{
		{"everyone", "EVERYONE", nobody, true},
		{"nobody", "NOBODY", nobody, false},
		{"not nobody", "NOT NOBODY", nobody, true},

		// What is lacking.
		{"lacking is not equal", "attributes.size = 'M'", nobody, false},
		{"lacking is not unequal either", "attributes.size != 'M'", nobody, false},
		{"not in a list is true of whoever lacks it", "attributes.size NOT IN ('M')", nobody, true},
		{"not containing is true of whoever lacks it", "customer_tags NOT CONTAINS 'vip'", nobody, true},
		{"is null", "attributes.size IS NULL", nobody, true},
		{"an empty text is no value", "attributes.size IS NULL", has(named("attributes.size", "")), true},
		{"a list without texts is no value", "customer_tags IS NULL", tags(), true},
		{"an amount that is lacking is no value", "attributes.budget IS NULL", has(column.Value{Name: "attributes.budget", Type: rule.IsMoney, Int: column.Lacking}), true},
		{"a value of another type is not there", "attributes.size != 5", has(named("attributes.size", "M")), false},
		{"sum of nothing is 0", "sum(orders.amount) = 0", nobody, true},
		{"count of nothing is 0", "count(refunds) = 0", nobody, true},
		{"distinct of nothing is 0", "distinct(items.product) = 0", nobody, true},
		{"average of nothing is lacking", "average(orders.amount) IS NULL", nobody, true},
		{"extreme of nothing is lacking", "max(orders.amount) >= 0", nobody, false},
		{"not less is true of whoever lacks it", "NOT average(orders.amount) < 10", nobody, true},

		// Texts and lists.
		{"texts tell letters of either case apart", "attributes.size = 'm'", has(named("attributes.size", "M")), false},
		{"tags do not", "customer_tags CONTAINS 'VIP'", tags("a", "vip"), true},
		{"a list has whole elements", "customer_tags CONTAINS 'vi'", tags("vip"), false},
		{"a text contains a part", "attributes.size CONTAINS 'arg'", has(named("attributes.size", "Large")), true},
		{"starts with", "attributes.size STARTS WITH 'La'", has(named("attributes.size", "Large")), true},
		{"ends with, by letters of any case", "customer_email_domain ENDS WITH '.DE'", has(named("customer_email_domain", "shop.de")), true},
		{"quotes and letters beyond ASCII", "customer_tags CONTAINS 'É''s'", tags("é's"), true},
		{"one of a list", "customer_tags IN ('x', 'B')", tags("a", "b"), true},
		{"a list equals by its elements, of any type too", "stated.color = 'red'", has(column.Value{Name: "stated.color", Type: rule.IsList, List: []string{"blue", "red"}}), true},
		{"a list is not unequal", "stated.color != 'red'", has(column.Value{Name: "stated.color", Type: rule.IsList, List: []string{"blue"}}), false},
		{"nor does it start with a letter", "stated.color STARTS WITH 'b'", has(column.Value{Name: "stated.color", Type: rule.IsList, List: []string{"blue"}}), false},
		{"a text is not above a number", "stated.color > 5", has(named("stated.color", "red")), false},

		// Numbers and amounts.
		{"floats are those nearest to the decimal", "attributes.x = 0.1", has(number("attributes.x", 0.1)), true},
		{"between includes its ends", "attributes.x BETWEEN 0.1 AND 0.1", has(number("attributes.x", 0.1)), true},
		{"a number that is none", "attributes.x != 1", has(number("attributes.x", nan())), false},
		{"amounts are in major units", "amount_spent = 30.01", two, true},
		{"amounts are exact", "amount_spent > 30.009", two, true},
		{"an average is not rounded", "average_order_value > 15", two, true},
		{"an average is not rounded up", "average_order_value < 15.01", two, true},
		{"refunds and adjustments are in what was spent, canceled orders are not", "amount_spent = 35", netted, true},
		{"an order without amounts counts", "number_of_orders = 2", netted, true},
		{"and has none", "orders MATCHES (amount = 77.77)", netted, false},
		{"not even for a NOT within the filter", "count(orders MATCHES (NOT amount = 77.77)) = 2", netted, true},
		{"averages leave it out", "average(orders.amount) = 50", netted, true},
		{"refunds to come have not happened", "number_of_refunds = 1 AND amount_refunded = 12", netted, true},
		{"refunds are negative in spend", "min(spend.amount) = -12", netted, true},
		{"and positive by themselves", "min(refunds.amount) = 12", netted, true},
		{"canceled orders stand apart", "canceled_orders MATCHES (amount = 99) AND canceled_orders = 1", netted, true},
		{"an adjustment is no order", "orders MATCHES (amount < 0)", netted, false},

		// Days.
		{"-14d is a day, whole", "last_order_date >= -14d", two, true},
		{"-14d is that day", "last_order_date = -14d", two, true},
		{"later than that day is not on it", "last_order_date > -14d", two, false},
		{"an offset of hours is an instant", "last_order_date >= -339h", two, true},
		{"to the millisecond", "last_order_date > -339h", two, false},
		{"the clock by which a moment is", "last_order_date = 2026-06-01T09:00:00", two, true},
		{"a day at its end", "last_order_date = 2026-06-01", orders(sale("2026-06-01 23:59:59.999", 1)), true},
		{"today", "last_order_date = today", orders(sale("2026-06-15 00:00", 1)), true},
		{"yesterday", "last_order_date = yesterday", orders(sale("2026-06-14 23:59", 1)), true},
		{"spans are added one by one", "last_order_date = -1m -15d", orders(sale("2026-04-30 10:00", 1)), true},
		{"what is later than now has not happened", "last_order_date IS NULL AND number_of_orders = 0 AND NOT orders MATCHES ()", orders(sale("2026-06-15 12:00:00.001", 1)), true},
		{"what is now has", "number_of_orders = 1", orders(sale("2026-06-15 12:00", 1)), true},
		{"days since", "days_since(last_order_date) = 14", two, true},
		{"days are of the calendar", "days_since(last_order_date) = 1", orders(sale("2026-06-14 23:59", 1)), true},
		{"days between", "days_between(first_order_date, last_order_date) = 31", two, true},
		{"days back are below 0", "days_between(last_order_date, first_order_date) = -31", two, true},
		{"birthday today", "birthday = today AND age = 36", born(1990, 6, 15), true},
		{"birthday was yesterday", "birthday = +1y -1d AND age = 36", born(1990, 6, 14), true},
		{"birthday is tomorrow", "birthday <= +1d AND age = 35", born(1990, 6, 16), true},
		{"the year of birth is not known", "birthday = today AND age IS NULL", born(0, 6, 15), true},
		{"who is not born yet has no age and no birthday", "age IS NULL AND birthday IS NULL", born(2026, 6, 16), true},
		{"who is born today has both", "age = 0 AND birthday = today", born(2026, 6, 15), true},
		{"29 February is 1 March", "birthday = 2027-03-01", born(2000, 2, 29), true},
		{"a birthday begins with its day", "birthday < 2026-06-16T00:00:01", born(2000, 6, 16), true},

		// What follows from facts.
		{"a checkout without a sale is abandoned", "abandoned_checkout_date = 2026-06-10", acts(did("2026-06-09 10:00", "begin_checkout"), did("2026-06-10 10:00", "begin_checkout")), true},
		{"one that a sale followed is not", "abandoned_checkout_date IS NULL", column.Person{ID: "cus_1", Interactions: []column.Interaction{did("2026-06-01 08:00", "begin_checkout")}, Orders: []column.Order{sale("2026-06-01 08:00", 1)}}, true},
		{"a canceled order does not follow it", "abandoned_checkout_date IS NOT NULL", column.Person{ID: "cus_1", Interactions: []column.Interaction{did("2026-06-01 08:00", "begin_checkout")}, Orders: []column.Order{canceled}}, true},
		{"what the shop sends is not seen", "last_seen_date IS NULL", acts(column.Interaction{Time: at("2026-06-10 10:00"), Kind: "message_sent", Direction: "outbound"}), true},
		{"a canceled order is seen", "last_seen_date = 2026-06-10", orders(canceled), true},

		// Facts.
		{"match", "orders MATCHES (amount > 19.99, channel = 'web')", two, true},
		{"a match is of one fact", "orders MATCHES (amount = 20, date = 2026-05-01)", two, false},
		{"not match", "orders NOT MATCHES (channel = 'app')", two, true},
		{"a filter or another", "count(orders MATCHES (amount = 20 OR date = 2026-05-01)) = 2", two, true},
		{"position is by time", "orders MATCHES (position = 1, amount = 10.01)", two, true},
		{"position is whatever the rule filters by", "first(orders.position MATCHES (amount = 20)) = 2", two, true},
		{"of one time the first is as given", "first(orders.amount) = 2", orders(sale("2026-05-01 09:00", 200), sale("2026-05-01 09:00", 100)), true},
		{"first and last", "first(orders.amount) = 10.01 AND last(orders.amount) = 20", two, true},
		{"the last may lack it", "last(orders.amount) IS NULL", orders(sale("2026-06-01 09:00", 1), unpriced), true},
		{"the last has a list, all of it", "last(orders.coupons) CONTAINS 'B'", orders(column.Order{Time: at("2026-06-01 09:00"), State: "paid", Coupons: []string{"A", "b"}}), true},
		{"units", "units_bought = 3 AND orders MATCHES (units = 3)", boots, true},
		{"a product by its id or a key", "items MATCHES (product = 'prd_1') AND items MATCHES (product = 100) AND items MATCHES (product = 'BOOT')", boots, true},
		{"none of its names is unequal", "items MATCHES (product != 'BOOT')", boots, false},
		{"the title of a line without product", "items MATCHES (title = 'Gift wrap', product IS NULL)", boots, true},
		{"brands in letters of any case", "items MATCHES (brand = 'ACME')", boots, true},
		{"a category contains those below it", "items MATCHES (categories CONTAINS 'home')", boots, true},
		{"with or without blanks", "items MATCHES (categories CONTAINS 'Home>Shoes', categories CONTAINS 'Home >Shoes')", boots, true},
		{"but not those beside it", "items MATCHES (categories CONTAINS 'Shoes')", boots, false},
		{"distinct elements of lists, each path one of them", "distinct(items.categories) = 2", boots, true},
		{"with blanks or without it is the same one", "distinct(interactions.categories) = 2", acts(did("2026-06-01 09:00", "view_item", "prd_2", "prd_4")), true},
		{"distinct in letters of any case", "distinct(interactions.brand) = 1", acts(did("2026-06-01 09:00", "view_item", "prd_1", "prd_2")), true},
		{"one of several products", "interactions MATCHES (product = 200, title = 'Boots')", acts(did("2026-06-01 09:00", "view_item", "prd_1", "prd_2")), true},
		{"one of several is unequal", "interactions MATCHES (product != 200)", acts(did("2026-06-01 09:00", "view_item", "prd_1", "prd_2")), true},
		{"no value and no rating", "interactions MATCHES (value IS NULL, rating IS NULL, direction IS NOT NULL)", acts(did("2026-06-01 09:00", "view_item")), true},
		{"distinct periods", "distinct(orders.day) = 3 AND distinct(orders.week) = 2 AND distinct(orders.month) = 2", orders(sale("2026-05-31 09:00", 1), sale("2026-06-01 09:00", 1), sale("2026-06-07 23:00", 1)), true},
		{"names of periods", "first(orders.day) = '2026-06-01' AND first(orders.week) = '2026-W23' AND first(orders.month) = '2026-06'", orders(sale("2026-06-01 09:00", 1)), true},
		{"days back from today, today the first", "periods(orders, 2d) = 2", orders(sale("2026-06-15 09:00", 1), sale("2026-06-14 00:00", 1), sale("2026-06-13 23:59", 1)), true},
		{"weeks are of seven days, the last one today", "periods(orders, 2w) = 2", orders(sale("2026-06-09 00:00", 1), sale("2026-06-08 23:00", 1), sale("2026-06-02 00:00", 1), sale("2026-06-01 09:00", 1)), true},
		{"months go to this day", "periods(orders, 1m) = 1", orders(sale("2026-05-16 00:00", 1)), true},
		{"and not to the one before", "periods(orders, 1m) = 0", orders(sale("2026-05-15 23:59", 1)), true},

		// Sequences.
		{"followed", "interactions MATCHES (kind = 'view_item') FOLLOWED BY interactions MATCHES (kind = 'add_to_cart')", funnel, true},
		{"in this order", "interactions MATCHES (kind = 'add_to_cart') FOLLOWED BY interactions MATCHES (kind = 'view_item')", funnel, false},
		{"within, its end included", "interactions FOLLOWED BY interactions WITHIN 4d", funnel, true},
		{"not within", "interactions FOLLOWED BY interactions WITHIN 95h", funnel, false},
		{"after, its beginning included", "interactions FOLLOWED BY interactions AFTER 96h", funnel, true},
		{"not after", "interactions FOLLOWED BY interactions AFTER 97h", funnel, false},
		{"equal instants do not follow each other", "interactions FOLLOWED BY interactions", acts(did("2026-06-01 09:00", "a"), did("2026-06-01 09:00", "b")), false},
		{"another first fact may do", "interactions MATCHES (kind = 'a') FOLLOWED BY interactions MATCHES (kind = 'b') WITHIN 1d", acts(did("2026-06-01 09:00", "a"), did("2026-06-04 09:00", "a"), did("2026-06-05 09:00", "b")), true},
		{"not followed, and its time is over", "interactions MATCHES (kind = 'add_to_cart') NOT FOLLOWED BY orders WITHIN 7d", funnel, true},
		{"its time is not over", "interactions MATCHES (kind = 'add_to_cart') NOT FOLLOWED BY orders WITHIN 11d", funnel, false},
		{"not followed until now", "interactions MATCHES (kind = 'add_to_cart') NOT FOLLOWED BY orders", funnel, true},
		{"followed too late is not followed", "interactions NOT FOLLOWED BY orders WITHIN 2d", column.Person{ID: "cus_1", Interactions: []column.Interaction{did("2026-06-01 09:00", "a")}, Orders: []column.Order{sale("2026-06-03 09:00:00.001", 1)}}, true},
		{"followed at the end of its time", "interactions NOT FOLLOWED BY orders WITHIN 2d", column.Person{ID: "cus_1", Interactions: []column.Interaction{did("2026-06-01 09:00", "a")}, Orders: []column.Order{sale("2026-06-03 09:00", 1)}}, false},
		{"nothing in between", "interactions MATCHES (kind = 'a') NOT FOLLOWED BY interactions MATCHES (kind = 'b') FOLLOWED BY orders", column.Person{ID: "cus_1", Interactions: []column.Interaction{did("2026-06-01 09:00", "a"), did("2026-06-02 09:00", "b")}, Orders: []column.Order{sale("2026-06-03 09:00", 1)}}, false},
		{"what comes later is not in between", "interactions MATCHES (kind = 'a') NOT FOLLOWED BY interactions MATCHES (kind = 'b') FOLLOWED BY orders", column.Person{ID: "cus_1", Interactions: []column.Interaction{did("2026-06-01 09:00", "a"), did("2026-06-03 09:00", "b")}, Orders: []column.Order{sale("2026-06-03 09:00", 1)}}, true},
		{"a gap is counted from the step before the NOT", "orders NOT FOLLOWED BY refunds FOLLOWED BY interactions WITHIN 1d", column.Person{ID: "cus_1", Orders: []column.Order{sale("2026-06-01 09:00", 1)}, Interactions: []column.Interaction{did("2026-06-02 09:00", "a")}}, true},

		// Segments and chance.
		{"in a segment", "segments CONTAINS 'vip' AND segments NOT CONTAINS 'staff'", nobody, true},
		{"in one of them", "segments IN ('staff', 'vip')", nobody, true},
		{"a bucket", "bucket('spring') = 2.496522", nobody, true},
		{"another draw", "bucket('autumn') = 78.577494", nobody, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := parse(t, tt.rule)
			w := &evaltest.World{At: time.UnixMilli(at("2026-06-15 12:00")), Location: london, Digits: 2, Products: products, People: []*column.Person{&tt.person},
				Segments: map[string]rule.Node{"vip": parse(t, "customer_id = 'cus_1'"), "staff": parse(t, "NOBODY")}}
			if got := w.Is(n, &tt.person); got != tt.want {
				t.Errorf("%s is %t, want %t", tt.rule, got, tt.want)
			}
		})
	}
}

func nan() float64 {
	zero := 0.0
	return zero / zero
}

// TestWorldDays holds it to days on which clocks change.
func TestWorldDays(t *testing.T) {
	for _, tt := range []struct {
		name, zone, at, order, rule string
		want                        bool
	}{
		{"30 days are not 720 hours in spring", "Europe/London", "2026-04-10 00:30", "2026-03-11 00:10", "last_order_date >= -30d", true},
		{"nor in autumn", "America/New_York", "2026-11-20 23:30", "2026-10-21 00:10", "last_order_date = -30d", true},
		{"an hour that is not there", "Europe/London", "2026-03-29 02:30", "2026-03-29 00:45", "last_order_date >= -1h", true},
		{"a day without midnight begins at one", "America/Sao_Paulo", "2017-10-15 12:00", "2017-10-15 01:00", "last_order_date = today AND last_order_date = 2017-10-15", true},
		{"and the day before ends there", "America/Sao_Paulo", "2017-10-15 12:00", "2017-10-14 23:59:59.999", "last_order_date = yesterday", true},
		{"days since over it", "America/Sao_Paulo", "2017-10-16 00:00", "2017-10-14 23:59", "days_since(last_order_date) = 2", true},
		{"half hours", "Asia/Kolkata", "2026-06-15 00:10", "2026-06-14 23:59", "last_order_date = yesterday", true},
		{"a month from the 31st", "Asia/Kolkata", "2026-03-31 12:00", "2026-02-28 12:00", "last_order_date = -1m", true},
		{"a year from 29 February", "UTC", "2024-02-29 12:00", "2023-02-28 12:00", "last_order_date = -1y", true},
		{"spans one by one, days then months", "UTC", "2026-03-31 12:00", "2026-02-28 00:00", "last_order_date = -3d -1m", true},
		{"months then days", "UTC", "2026-03-31 12:00", "2026-02-25 00:00", "last_order_date = -1m -3d", true},
		{"a day and an hour is an instant", "UTC", "2026-03-31 12:00", "2026-03-30 11:00", "last_order_date <= -1d -1h AND last_order_date >= -1d -1h", true},
		{"a day keeps the time of day", "Europe/London", "2026-03-29 12:00", "2026-03-28 12:00", "orders NOT FOLLOWED BY refunds WITHIN 1d", false},
		{"and is over a moment later", "Europe/London", "2026-03-29 12:00:00.001", "2026-03-28 12:00", "orders NOT FOLLOWED BY refunds WITHIN 1d", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			zone := location(t, tt.zone)
			n := parse(t, tt.rule)
			p := &column.Person{ID: "cus_1", Orders: []column.Order{{Time: ms(t, zone, tt.order), State: "paid"}}}
			w := &evaltest.World{At: time.UnixMilli(ms(t, zone, tt.at)), Location: zone, Digits: 2, People: []*column.Person{p}}
			if got := w.Is(n, p); got != tt.want {
				t.Errorf("%s is %t, want %t", tt.rule, got, tt.want)
			}
		})
	}
}

// TestWorldExtreme holds it to populations.
func TestWorldExtreme(t *testing.T) {
	spent := map[string]int64{"a": 100, "b": 200, "c": 300, "d": 300, "e": 0} // e bought nothing
	var people []*column.Person
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		p := &column.Person{ID: id}
		if spent[id] > 0 {
			p.Orders = []column.Order{{Amount: spent[id], State: "paid"}}
		}
		people = append(people, p)
	}
	for _, tt := range []struct{ name, rule, want string }{
		{"the highest, with its equal", "amount_spent IN TOP 1", "cd"},
		{"three", "amount_spent IN TOP 3", "bcd"},
		{"more than there are", "amount_spent IN TOP 10", "abcde"},
		{"the lowest of all: 0 is a sum", "amount_spent IN BOTTOM 1", "e"},
		{"of those who have one", "average_order_value IN BOTTOM 1", "a"},
		{"a fifth of five", "amount_spent IN TOP 20%", "cd"},
		{"a percentage is rounded up", "amount_spent IN TOP 40.01%", "bcd"},
		{"of those who have one, rounded up", "average_order_value IN BOTTOM 25.5%", "ab"},
		{"not in the top", "average_order_value NOT IN TOP 1", "abe"},
		{"nobody has one", "attributes.x IN TOP 1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := parse(t, tt.rule)
			w := &evaltest.World{At: time.UnixMilli(1), Location: time.UTC, Digits: 2, People: people}
			var got strings.Builder
			for _, p := range people {
				if w.Is(n, p) {
					got.WriteString(p.ID)
				}
			}
			if got.String() != tt.want {
				t.Errorf("%s is true of %q, want %q", tt.rule, got.String(), tt.want)
			}
		})
	}
}

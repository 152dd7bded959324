package segment_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

// built are rules as they are built in Go, and their texts.
var built = []struct {
	text string
	rule segment.Rule
}{
	{"number_of_orders >= 2", segment.Field("number_of_orders").AtLeast(2)},
	{"number_of_orders = 2", segment.Field("number_of_orders").Is(int64(2))},
	{"number_of_orders != 2", segment.Field("number_of_orders").IsNot(uint8(2))},
	{"number_of_orders IN (1, 2, -3)", segment.Field("number_of_orders").In(1, 2, -3)},
	{"amount_spent BETWEEN 100 AND 999.99", segment.Field("amount_spent").Between(100, segment.Decimal("999.99"))},
	{"amount_spent > 12.5 GBP", segment.Field("amount_spent").More(crm.Money{Amount: 1250, Currency: "GBP"})},
	{"amount_spent < 500 JPY", segment.Field("amount_spent").Less(crm.Money{Amount: 500, Currency: "JPY"})},
	{"amount_spent <= 0", segment.Field("amount_spent").AtMost(crm.Money{})},
	{"amount_spent IN TOP 100", segment.Field("amount_spent").Top(100)},
	{"amount_spent IN TOP 2.5%", segment.Field("amount_spent").TopPercent("2.5")},
	{"amount_spent NOT IN BOTTOM 10", segment.Not(segment.Field("amount_spent").Bottom(10))},
	{"amount_spent IN BOTTOM 10%", segment.Field("amount_spent").BottomPercent("10")},
	{"last_order_date >= 2024-01-31", segment.Field("last_order_date").AtLeast(time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC))},
	{"last_order_date >= 2024-01-31T16:00:05", segment.Field("last_order_date").AtLeast(time.Date(2024, 1, 31, 16, 0, 5, 7, time.UTC))},
	{"last_order_date < -30d -3m", segment.Field("last_order_date").Less(segment.Days(-30).Plus(segment.Months(-3)))},
	{"last_order_date BETWEEN -1y AND today", segment.Field("last_order_date").Between(segment.Years(-1), segment.Days(0))},
	{"last_order_date = yesterday", segment.Field("last_order_date").Is(segment.Days(-1))},
	{"last_seen_date >= -12h -30min", segment.Field("last_seen_date").AtLeast(segment.Hours(-12).Plus(segment.Minutes(-30)))},
	{"last_seen_date <= now", segment.Field("last_seen_date").AtMost(segment.Span{})},
	{"birthday <= +2w", segment.Field("birthday").AtMost(segment.Weeks(2))},
	{"last_order_date IS NULL", segment.Field("last_order_date").IsNull()},
	{"last_order_date IS NOT NULL", segment.Not(segment.Field("last_order_date").IsNull())},
	{"customer_tags CONTAINS 'it''s'", segment.Field("customer_tags").Contains("it's")},
	{"customer_tags CONTAINS 'vip'", segment.Field("customer_tags").Is("vip")},
	{"customer_tags NOT IN ('a', 'b')", segment.Not(segment.Field("customer_tags").In("a", "b"))},
	{"customer_tags IN ('a', 'b', 'c', 'd')", segment.Field("customer_tags").In([]string{"a", "b"}, "c", []any{"d"}, []crm.CustomerID{})},
	{"time_zone STARTS WITH 'Europe/' AND customer_email_domain ENDS WITH '.org'", segment.All(segment.Field("time_zone").StartsWith("Europe/"), segment.Field("customer_email_domain").EndsWith(".org"))},
	{"has_email = true", segment.Field("has_email").Is(true)},
	{"consents.email.marketing = 'granted'", segment.Field("consents.email.marketing").Is(crm.ConsentGranted)},
	{"segments CONTAINS 'vip'", segment.Field("segments").Contains("vip")},
	{"bucket('spring') < 10", segment.Bucket("spring").Less(10)},
	{"EVERYONE", segment.All()},
	{"NOBODY", segment.Any()},
	{"NOT (age > 1 OR age < 0)", segment.Not(segment.Any(segment.Field("age").More(1), segment.Field("age").Less(0)))},
	{"age > 1 AND age < 5 AND age != 3", segment.All(segment.All(segment.Field("age").More(1), segment.Field("age").Less(5)), segment.Field("age").IsNot(3))},
	{"orders MATCHES ()", segment.Orders().Exist()},
	{"orders NOT MATCHES (date >= -90d)", segment.Not(segment.Orders(segment.Field("date").AtLeast(segment.Days(-90))).Exist())},
	{"items MATCHES (product = '5', quantity >= 2)", segment.Facts("products_purchased", segment.Field("id").Is(5), segment.Field("quantity").AtLeast(2)).Exist()},
	{"count(orders MATCHES (date >= -90d, (channel = 'web' OR state = 'paid'))) >= 2", segment.Orders(segment.Field("date").AtLeast(segment.Days(-90)), segment.Any(segment.Field("channel").Is("web"), segment.Field("state").Is(crm.StatePaid))).Count().AtLeast(2)},
	{"sum(spend.amount) > 500", segment.Facts("spend").Sum("amount").More(500)},
	{"average(items.price) > 5 OR min(items.price) > 1 OR max(items.price) > 10", segment.Any(segment.Items().Average("price").More(5), segment.Items().Min("price").More(1), segment.Items().Max("price").More(10))},
	{"distinct(items.product) >= 3", segment.Items().Distinct("product").AtLeast(3)},
	{"first(orders.channel) = 'web' AND last(interactions.channel) = 'phone'", segment.All(segment.Orders().First("channel").Is("web"), segment.Interactions().Last("channel").Is("phone"))},
	{"periods(orders, 6m) >= 3", segment.Orders().Periods(segment.Months(6)).AtLeast(3)},
	{"days_since(last(orders.date)) > 120", segment.DaysSince(segment.Orders().Last("date")).More(120)},
	{"days_between(first_order_date, last_order_date) < 30", segment.DaysBetween(segment.Field("first_order_date"), segment.Field("last_order_date")).Less(30)},
	{"interactions MATCHES (kind = 'view_item', date >= -30d) FOLLOWED BY interactions MATCHES (kind = 'add_to_cart') WITHIN 7d NOT FOLLOWED BY orders WITHIN 7d",
		segment.Interactions(segment.Field("kind").Is(crm.KindViewItem), segment.Field("date").AtLeast(segment.Days(-30))).
			FollowedBy(segment.Interactions(segment.Field("kind").Is(crm.KindAddToCart))).Within(segment.Days(7)).
			NotFollowedBy(segment.Orders()).Within(segment.Days(7)).Exist()},
	{"orders NOT FOLLOWED BY refunds AFTER 1d WITHIN 1m", segment.Orders().NotFollowedBy(segment.Facts("refunds")).After(segment.Days(1)).Within(segment.Months(1)).Exist()},
}

func TestFaces(t *testing.T) {
	for _, tt := range built {
		t.Run(tt.text, func(t *testing.T) {
			if err := tt.rule.Check(); err != nil {
				t.Fatal(err)
			}
			parsed, err := segment.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(parsed, tt.rule); diff != "" {
				t.Errorf("built (-want +got):\n%s", diff)
			}
			if got := tt.rule.String(); got != tt.text {
				t.Errorf("text %s, want %s", got, tt.text)
			}
			data, err := json.Marshal(tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			var decoded segment.Rule
			if err := json.Unmarshal(data, &decoded); err != nil {
				t.Fatalf("%s: %v", data, err)
			}
			if diff := cmp.Diff(parsed, decoded); diff != "" {
				t.Errorf("decoded (-want +got):\n%s", diff)
			}
			text, err := tt.rule.MarshalText()
			if err != nil || string(text) != tt.text {
				t.Errorf("MarshalText: %s, %v", text, err)
			}
		})
	}
}

func TestBuilderFaults(t *testing.T) {
	for _, tt := range []struct {
		name string
		rule segment.Rule
		want []string
	}{
		{"zero", segment.Rule{}, []string{"missing: want a condition"}},
		{"a duration", segment.Field("number_of_orders").More(24 * time.Hour), []string{"value: unexpected `a time.Duration`: want a number, such as 2"}},
		{"an empty list", segment.Field("customer_tags").In([]string{}), []string{"values: unexpected `0 values`: want 1 to 500 values"}},
		{"zero in all", segment.All(segment.Rule{}), []string{"all[0]: missing: want a condition"}},
		{"zero filter", segment.Orders(segment.Rule{}).Exist(), []string{"match.where.all[0]: missing: want a condition"}},
		{"zero expr", segment.Expr{}.Is(1), []string{"missing: want a field, an aggregate, days_since, days_between or bucket"}},
		{"zero source", segment.Source{}.Exist(), []string{"match: missing: want a source, such as orders"}},
		{"zero source counted", segment.Source{}.Count().Is(1), []string{"missing: want a source, such as orders"}},
		{"zero sequence", segment.Sequence{}.Within(segment.Days(1)).Exist(), []string{"missing: want the steps of a sequence"}},
		{"names, all at once", segment.All(
			segment.Field("numbr_of_orders").Is(1),
			segment.Not(segment.Orders(segment.Field("chanel").Is("web")).Exist()),
			segment.Facts("order").Count().Is(1),
		), []string{
			"all[0].field: unexpected `numbr_of_orders`: want a field of customers; did you mean `number_of_orders`?",
			"all[1].not.match.where.field: unexpected `chanel`: want a field of orders; did you mean `channel`?",
			"all[2].source: unexpected `order`: want facts: orders, canceled_orders, items, refunds, spend or interactions; did you mean `orders`?",
		}},
		{"float", segment.Field("amount_spent").More(1.5), []string{"value: unexpected `a float64`: want an amount, such as 12.50"}},
		{"nil", segment.Field("amount_spent").More(nil), []string{"value: unexpected `a <nil>`: want an amount, such as 12.50"}},
		{"decimal", segment.Field("amount_spent").More(segment.Decimal("1,5")), []string{"value: unexpected `1,5`: want an amount, such as 12.50"}},
		{"large number", segment.Field("amount_spent").More(uint64(math.MaxUint64)), []string{"value: unexpected `18446744073709551615`: want an amount, such as 12.50"}},
		{"amount without a currency", segment.Field("amount_spent").More(crm.Money{Amount: 5}), []string{"value: unexpected `an amount of no currency`: want an amount, such as 12.50"}},
		{"zero time", segment.Field("birthday").Is(time.Time{}), []string{"value: unexpected `0001-01-01 00:00:00 +0000 UTC`: want a date, such as 2024-01-31, -30d or today"}},
		{"text for a number", segment.Field("age").Is("5"), []string{"value: unexpected `'5'`: want a number, such as 2; did you mean `5`?"}},
		{"no value", segment.Field("age").In(), []string{"values: unexpected `0 values`: want 1 to 500 values"}},
		{"ends", segment.Field("age").Between(5, 1), []string{"values: unexpected `5 AND 1`: want the lower end first; did you mean `1 AND 5`?"}},
		{"top", segment.Field("age").Top(0), []string{"top: unexpected `0`: want at least one, such as 100 or 5%"}},
		{"share", segment.Field("age").TopPercent("half"), []string{"top: unexpected `-9223372036854775808%`: want more than 0% and at most 100%"}},
		{"bucket", segment.Bucket("").Less(5), []string{"bucket: unexpected `''`: want a text that names the draw, such as 'spring'"}},
		{"other date", segment.DaysBetween(segment.Field("birthday"), segment.Expr{}).Is(5), []string{"days_between[1].field: missing: want a field of customers"}},
		{"gap", segment.Orders().FollowedBy(segment.Orders()).Within(segment.Days(-1)).Exist(), []string{"sequence[1].within: unexpected `-1d`: want a length of time, such as 7d"}},
		{"gap of two units", segment.Orders().FollowedBy(segment.Orders()).Within(segment.Days(1).Plus(segment.Hours(1))).Exist(), []string{"sequence[1].within: unexpected `-1d`: want a length of time, such as 7d"}},
		{"no gap", segment.Orders().FollowedBy(segment.Orders()).After(segment.Span{}).Exist(), []string{"sequence[1].after: unexpected `-1d`: want a length of time, such as 7d"}},
		{"long span", segment.Field("birthday").Is(segment.Days(math.MaxInt)), []string{"value: unexpected `2147483647d`: want a length of time of at most 1000 years, in min, h, d, w, m or y, such as 30d"}},
		{"periods", segment.Orders().Periods(segment.Hours(5)).Is(1), []string{"span: unexpected `5h`: want 1 to 1000 days, weeks, months or years, such as 6m"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.rule.Check()
			if !errors.Is(err, crm.ErrInvalid) {
				t.Errorf("error %v does not wrap ErrInvalid", err)
			}
			e, ok := errors.AsType[*segment.RuleError](err)
			if !ok {
				t.Fatalf("got %T", err)
			}
			var got []string
			for _, f := range e.Faults {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if _, err := tt.rule.MarshalText(); err == nil && !tt.rule.IsZero() {
				t.Error("MarshalText: no error")
			}
			if _, err := tt.rule.MarshalJSON(); err == nil && !tt.rule.IsZero() {
				t.Error("MarshalJSON: no error")
			}
			_ = tt.rule.String() // does not panic
		})
	}
}

func TestRuleJSON(t *testing.T) {
	type saved struct {
		Rule segment.Rule `json:"rule,omitzero"`
	}
	for _, tt := range []struct{ name, json, want string }{
		{"tree", `{"rule":{"field":"age","op":"more","value":1}}`, `{"rule":{"field":"age","op":"more","value":1}}`},
		{"marks", `{"rule":{"field":"age","op":">","value":1}}`, `{"rule":{"field":"age","op":"more","value":1}}`},
		{"text", `{"rule":"age > 1"}`, `{"rule":{"field":"age","op":"more","value":1}}`},
		{"null", `{"rule":null}`, `{}`},
		{"none", `{}`, `{}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s saved
			if err := json.Unmarshal([]byte(tt.json), &s); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(s)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
		})
	}
	t.Run("faults", func(t *testing.T) {
		var s saved
		err := json.Unmarshal([]byte(`{"rule":{"all":[{"field":"agee","op":">","value":1}]}}`), &s)
		e, ok := errors.AsType[*segment.RuleError](err)
		if !ok {
			t.Fatalf("got %v", err)
		}
		want := []segment.Fault{{Path: "all[0].field", Got: "agee", Want: "a field of customers", Suggestion: "age"}}
		if diff := cmp.Diff(want, e.Faults); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("text of none", func(t *testing.T) {
		r := segment.MustParse("age > 1")
		if err := r.UnmarshalText(nil); err != nil || !r.IsZero() {
			t.Errorf("got %s, %v", r, err)
		}
		if err := r.UnmarshalText([]byte("age >")); err == nil || !r.IsZero() {
			t.Errorf("got %s, %v", r, err)
		}
	})
}

func TestMustParse(t *testing.T) {
	defer func() {
		if _, ok := recover().(*segment.RuleError); !ok {
			t.Error("no panic with a RuleError")
		}
	}()
	segment.MustParse("age >")
}

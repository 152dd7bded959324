package rule_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// badJSON are rules as JSON that are none, and their faults.
var badJSON = []struct {
	name, json string
	want       []string
}{
	{"nothing", ``, []string{"unexpected `EOF`: want JSON"}},
	{"no JSON", `{"all":[}`, []string{"unexpected `invalid character '}' looking for beginning of value`: want JSON"}},
	{"two values", `{"all":[]} {}`, []string{"unexpected `more than one value`: want JSON"}},
	{"null", `null`, []string{"unexpected `null`: want an object"}},
	{"empty", `{}`, []string{"unexpected `{}`: want one of all, any, not, match, sequence, aggregate, days_since, days_between, bucket, field"}},
	{"unknown key", `{"feild":"age","op":">","value":1}`, []string{"feild: unexpected `feild`: want one of all, any, not, match, sequence, aggregate, days_since, days_between, bucket, field; did you mean `field`?"}},
	{"further key", `{"field":"age","op":">","valeu":1}`, []string{"valeu: unexpected `valeu`: want no other key than field, op, value, values, top, bottom; did you mean `value`?"}},
	{"key twice", `{"field":"age","field":"age","op":">","value":1}`, []string{"field: unexpected `field`: want each key once"}},
	{"two conditions in one", `{"all":[],"any":[]}`, []string{"any: unexpected `any`: want no other key than all"}},
	{"names and types, all at once", `{"all":[{"field":"agee","op":">","value":1},{"not":{"field":"last_order_date","op":"<","value":"2024-01-31"}},{"match":{"source":"orders","where":{"any":[{"field":"chanel","op":"=","value":"web"}]}}}]}`, []string{
		"all[0].field: unexpected `agee`: want a field of customers; did you mean `age`?",
		"all[1].not.value: unexpected `'2024-01-31'`: want a date, such as 2024-01-31, -30d or today; did you mean `2024-01-31`?",
		"all[2].match.where.any[0].field: unexpected `chanel`: want a field of orders; did you mean `channel`?",
	}},
	{"operator", `{"field":"age","op":"contain","value":1}`, []string{"op: unexpected `\"contain\"`: want an operator: is, is_not, less, at_most, more, at_least, between, in, contains, starts_with, ends_with, is_null; did you mean `contains`?"}},
	{"no operator", `{"field":"age","value":1}`, []string{"op: unexpected `null`: want a string"}},
	{"no value", `{"field":"age","op":"="}`, []string{"value: missing: want a value"}},
	{"values", `{"field":"age","op":"=","values":[1]}`, []string{"values: unexpected `a list`: want no values with is, but value"}},
	{"no values", `{"field":"age","op":"in","values":[]}`, []string{"values: unexpected `0 values`: want 1 to 500 values"}},
	{"one end", `{"field":"age","op":"between","values":[1]}`, []string{"values: unexpected `1 values`: want two values"}},
	{"value of null", `{"field":"age","op":"is_null","value":1}`, []string{"unexpected `1`: want no value behind IS NULL"}},
	{"kind of a value", `{"field":"age","op":"in","values":[1,null,[2],"x"]}`, []string{
		"values[1]: unexpected `null`: want a value: a string, a number, true, false, {\"date\": \"-30d\"} or {\"amount\": 12.50, \"currency\": \"GBP\"}",
		"values[2]: unexpected `a list`: want a value: a string, a number, true, false, {\"date\": \"-30d\"} or {\"amount\": 12.50, \"currency\": \"GBP\"}",
	}},
	{"number", `{"field":"age","op":"=","value":1e3}`, []string{"value: unexpected `1e3`: want a number of at most 18 digits, 9 of them behind a point, such as 12.50"}},
	{"date", `{"field":"birthday","op":"=","value":{"date":"tomorrow"}}`, []string{"value.date: unexpected `\"tomorrow\"`: want a date, such as 2024-01-31, -30d or today"}},
	{"amount", `{"field":"amount_spent","op":"=","value":{"amount":"5","curency":"GBP"}}`, []string{
		"value.curency: unexpected `curency`: want no other key than amount, currency; did you mean `currency`?",
		"value.currency: missing: want a value",
	}},
	{"currency", `{"field":"amount_spent","op":"=","value":{"amount":5,"currency":"pounds"}}`, []string{"value: unexpected `5 pounds`: want a currency of three capital letters, such as GBP"}},
	{"no currency", `{"field":"amount_spent","op":"=","value":{"amount":5,"currency":""}}`, []string{"value.currency: missing: want a currency, such as GBP"}},
	{"top", `{"field":"amount_spent","top":"five"}`, []string{"top: unexpected `\"five\"`: want how many, such as 100 or \"5%\""}},
	{"top of all", `{"field":"amount_spent","top":"100.5%"}`, []string{"top: unexpected `100.5%`: want more than 0% and at most 100%"}},
	{"aggregate", `{"aggregate":"cuont","source":"orders","op":"=","value":1}`, []string{"aggregate: unexpected `\"cuont\"`: want one of count, sum, average, min, max, distinct, first, last, periods; did you mean `count`?"}},
	{"source", `{"aggregate":"count","source":5,"op":"=","value":1}`, []string{"source: unexpected `5`: want a string"}},
	{"no source", `{"match":{}}`, []string{"match.source: missing: want a value"}},
	{"span", `{"aggregate":"periods","source":"orders","span":"-6m","op":"=","value":1}`, []string{"span: unexpected `\"-6m\"`: want a length of time, such as \"7d\""}},
	{"step", `{"sequence":[{"source":"orders","not":true},{"source":"order","within":"0d","not":1}]}`, []string{
		"sequence[1].within: unexpected `\"0d\"`: want a length of time, such as \"7d\"",
		"sequence[1].not: unexpected `1`: want true or false",
		"sequence[0]: unexpected `NOT, AFTER or WITHIN`: want a first step that is a fact that there is, at any time",
		"sequence[1].source: unexpected `order`: want facts: orders, canceled_orders, items, refunds, spend or interactions; did you mean `orders`?",
	}},
	{"no steps", `{"sequence":[]}`, []string{"missing: want the steps of a sequence"}},
	{"days", `{"days_between":[{"field":"birthday"}],"op":">","value":1}`, []string{"days_between: unexpected `a list`: want a list of two values"}},
	{"days of a number", `{"days_since":{"field":"age"},"op":">","value":1}`, []string{"days_since: unexpected `age`: want a date, such as last_order_date, not a number"}},
	{"text", `"agee > 1 AND"`, []string{
		"1:1: unexpected `agee`: want a field of customers; did you mean `age`?",
		"1:13: unexpected end: want a condition, such as number_of_orders > 1",
	}},
	{"deep", strings.Repeat(`{"not":`, 300), []string{"unexpected `more`: want at most 64 conditions in conditions"}},
	{"deep nots", strings.Repeat(`{"not":`, 64) + `{"all":[]}` + strings.Repeat("}", 64), []string{strings.Repeat("not.", 63) + "not: unexpected `more`: want at most 64 conditions in conditions"}},
	{"long", strings.Repeat(" ", 513<<10), []string{"unexpected `525312 bytes`: want JSON of at most 512 KiB"}},
	{"key on two lines", `{"field":"age","op":">","value":{"\n":1}}`, []string{
		"value. : unexpected ` `: want no other key than amount, currency",
		"value.amount: missing: want a value",
		"value.currency: missing: want a value",
	}},
	{"long key", `{"field":"age","op":">","value":1,"` + strings.Repeat("x", 1000) + `":1}`, []string{
		strings.Repeat("x", 60) + "…: unexpected `" + strings.Repeat("x", 60) + "…`: want no other key than field, op, value, values, top, bottom",
	}},
	{"many keys", `{"field":"age","op":">"` + strings.Repeat(`,"value":1`, 1000) + `}`, []string{"value: unexpected `value`: want each key once"}},
}

func TestDecode(t *testing.T) {
	for _, tt := range badJSON {
		t.Run(tt.name, func(t *testing.T) {
			n, err := rule.Decode([]byte(tt.json), nil)
			faults, ok := errors.AsType[rule.Faults](err)
			if !ok {
				t.Fatalf("got %s, %v", rule.Print(n), err)
			}
			var got []string
			for _, f := range faults {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("names of others", func(t *testing.T) {
		for _, tt := range []struct{ json, want string }{
			{`{"match":{"source":"products_purchased","where":{"field":"id","op":"=","value":5}}}`, "items MATCHES (product = '5')"},
			{`{"all":[{"all":[{"field":"age","op":">","value":1}]}]}`, "age > 1"},
			{`{"sequence":[{"source":"orders"}]}`, "orders MATCHES ()"},
			{`{"field":"metafields.a.b","op":"=","value":true}`, "attributes.a.b = true"},
			{`{"match":{"source":"orders","where":{"all":[]}}}`, "orders MATCHES ()"},
			{`"age > 1"`, "age > 1"},
			{`{"match":{"source":"shopify_email.opened","where":{"all":[]}}}`, "interactions MATCHES (kind = 'message_opened')"},
			{`{"field":"birthday","op":"<=","value":{"date":"30_days_ago"}}`, "birthday <= -30d"},
		} {
			n, err := rule.Decode([]byte(tt.json), nil)
			if err != nil {
				t.Fatalf("%s: %v", tt.json, err)
			}
			if got := rule.Print(n); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.json, got, tt.want)
			}
			roundTrip(t, n)
		}
	})
}

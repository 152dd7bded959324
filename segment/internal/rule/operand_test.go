package rule_test

import (
	"strings"
	"testing"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// What can be compared with what: field · the operators that take the values.
const comparable = `
	has_email         · true  · = !=
	number_of_orders  · 5     · = != < <= > >= BETWEEN IN
	number_of_orders  · -5.25 · = != < <= > >= BETWEEN IN
	amount_spent      · 5     · = != < <= > >= BETWEEN IN
	amount_spent      · 5 GBP · = != < <= > >= BETWEEN IN
	last_order_date   · 2024-01-31 · = != < <= > >= BETWEEN
	last_order_date   · 2024-01-31T16:00:00 · = != < <= > >= BETWEEN
	last_order_date   · -30d  · = != < <= > >= BETWEEN
	last_order_date   · now   · = != < <= > >= BETWEEN
	customer_language · 'en'  · = != IN CONTAINS STARTS-WITH ENDS-WITH
	customer_id       · 5     · = != IN CONTAINS STARTS-WITH ENDS-WITH
	customer_tags     · 'vip' · = IN CONTAINS
	companies         · 5     · = IN CONTAINS
	attributes.x      · true  · = != IN
	attributes.x      · 5     · = != < <= > >= BETWEEN IN
	attributes.x      · 5 GBP · = != < <= > >= BETWEEN IN
	attributes.x      · -30d  · = != < <= > >= BETWEEN IN
	attributes.x      · 'a'   · = != IN CONTAINS STARTS-WITH ENDS-WITH
`

// TestTypes compares a field of each type with a value of each kind by each
// operator: what the table has is a rule, and nothing else.
func TestTypes(t *testing.T) {
	takes := map[[3]string]bool{}
	var fields, values []string
	for line := range strings.Lines(strings.TrimSpace(comparable)) {
		cells := strings.Split(line, "·")
		field, value := strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1])
		fields, values = append(fields, field), append(values, value)
		for op := range strings.FieldsSeq(cells[2]) {
			takes[[3]string{field, value, strings.ReplaceAll(op, "-", " ")}] = true
		}
		if field == "attributes.x" && value == "-30d" {
			for _, other := range []string{"now", "2024-01-31", "2024-01-31T16:00:00"} {
				for op := range strings.FieldsSeq(cells[2]) {
					takes[[3]string{field, other, op}] = true
				}
			}
		}
	}
	for i := range takes { // a whole number and a decimal are numbers, and a text is one
		switch field, value, op := i[0], i[1], i[2]; {
		case value == "5" && (field == "amount_spent" || field == "attributes.x"):
			takes[[3]string{field, "-5.25", op}] = true
		case field == "customer_id" || field == "companies" || field == "customer_language" || field == "customer_tags":
			for _, text := range []string{"'en'", "'vip'", "'a'"} {
				takes[[3]string{field, text, op}] = true
			}
		case value == "'a'":
			takes[[3]string{field, "'en'", op}], takes[[3]string{field, "'vip'", op}] = true, true
		}
	}
	for _, field := range fields {
		for _, value := range values {
			for _, op := range []string{"=", "!=", "<", "<=", ">", ">=", "BETWEEN", "IN", "CONTAINS", "STARTS WITH", "ENDS WITH"} {
				text := field + " " + op + " " + value
				switch op {
				case "BETWEEN":
					text += " AND " + value
				case "IN":
					text = field + " IN (" + value + ", " + value + ")"
				}
				n, err := rule.Parse(text, nil)
				if want := takes[[3]string{field, value, op}]; (err == nil) != want {
					t.Errorf("%s: %v, want a rule: %v", text, err, want)
				} else if want {
					roundTrip(t, n)
				}
			}
		}
		for _, text := range []string{field + " IS NULL", field + " IS NOT NULL"} {
			n, err := rule.Parse(text, nil)
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			roundTrip(t, n)
		}
	}
}

package segment

import (
	"math"
	"reflect"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// An Expr is a value of a customer, or of a fact in the filters of a [Source],
// which rules compare. Its methods give rules; what does not fit, such as a
// text for a number, Check of the rule tells.
//
// What it is compared with is a string, an int of any size, a [Decimal], a
// bool, a [Span] from when the rule is asked, a [time.Time] or a [crm.Money],
// never a float or a [time.Duration]. A time says the day and the time that it
// reads in its own location, to the second: at midnight the whole day, else the
// moment by the shop's clock. An amount is in the currency of the book; a catalog refuses
// another.
type Expr struct{ x rule.Expr }

// Field is what a customer has, or a fact in the filters of a [Source]:
// Field("number_of_orders"), Field("attributes.shoe_size").
func Field(name string) Expr { return Expr{&rule.Field{Name: name}} }

// Bucket is a number from 0 to below 100 that every customer
// is given by chance and keeps: Bucket("spring").Less(10) is a tenth of them.
// Another salt is another draw.
func Bucket(salt string) Expr { return Expr{&rule.Bucket{Salt: salt}} }

// DaysSince is the number of full calendar days from a date until now.
func DaysSince(date Expr) Expr { return Expr{&rule.Days{From: date.x}} }

// DaysBetween is the number of full calendar days from one date to another,
// below 0 when the other is earlier.
func DaysBetween(from, to Expr) Expr {
	if to.x == nil {
		to.x = &rule.Field{} // which Check refuses, where none would be today
	}
	return Expr{&rule.Days{From: from.x, To: to.x}}
}

// Is is true when the value is v. Of a list it is true when v is one of its
// elements.
func (e Expr) Is(v any) Rule { return e.compare(rule.Equal, v) }

// IsNot is true when the value is there and not v.
func (e Expr) IsNot(v any) Rule { return e.compare(rule.NotEqual, v) }

// Less is true when the value is below v; of a date, before the day.
func (e Expr) Less(v any) Rule { return e.compare(rule.Less, v) }

// AtMost is true when the value is v or less; of a date, until the day's end.
func (e Expr) AtMost(v any) Rule { return e.compare(rule.AtMost, v) }

// More is true when the value is above v; of a date, after the day.
func (e Expr) More(v any) Rule { return e.compare(rule.Greater, v) }

// AtLeast is true when the value is v or more; of a date, from the day's
// beginning: Field("date").AtLeast(Days(-30)).
func (e Expr) AtLeast(v any) Rule { return e.compare(rule.AtLeast, v) }

// Between is true when the value is from low to high, both included; of
// dates, whole days.
func (e Expr) Between(low, high any) Rule { return e.compare(rule.Between, low, high) }

// In is true when the value is one of at most 500; of a list, when it has one
// of them. A slice among them, such as a []string, stands for its elements.
func (e Expr) In(values ...any) Rule {
	var list []any
	for _, v := range values {
		of := reflect.ValueOf(v)
		if !of.IsValid() || of.Kind() != reflect.Slice {
			list = append(list, v)
			continue
		}
		for i := range of.Len() {
			list = append(list, of.Index(i).Interface())
		}
	}
	return e.compare(rule.In, list...)
}

// Contains is true when a list has v as an element, or a text has it in it.
func (e Expr) Contains(v string) Rule { return e.compare(rule.Contains, v) }

// StartsWith is true when a text begins with s.
func (e Expr) StartsWith(s string) Rule { return e.compare(rule.StartsWith, s) }

// EndsWith is true when a text ends with s.
func (e Expr) EndsWith(s string) Rule { return e.compare(rule.EndsWith, s) }

// IsNull is true when the value is lacking; of a list, when it is empty.
func (e Expr) IsNull() Rule { return e.compare(rule.IsNull) }

// Top is true of the n customers with the highest values, and of whoever has
// the same as the last of them.
func (e Expr) Top(n int) Rule { return e.extreme(false, n, "") }

// TopPercent is Top of a share of all customers who have a value, over 0 to
// 100: TopPercent("2.5").
func (e Expr) TopPercent(percent Decimal) Rule { return e.extreme(false, 0, percent) }

// Bottom is Top from the lowest value.
func (e Expr) Bottom(n int) Rule { return e.extreme(true, n, "") }

// BottomPercent is TopPercent from the lowest value.
func (e Expr) BottomPercent(percent Decimal) Rule { return e.extreme(true, 0, percent) }

func (e Expr) compare(op rule.Op, values ...any) Rule {
	n := &rule.Compare{X: e.x, Op: op}
	for _, v := range values {
		n.Y = append(n.Y, literal(v))
	}
	return Rule{node: n}
}

func (e Expr) extreme(lowest bool, n int, percent Decimal) Rule {
	x := &rule.Extreme{X: e.x, Lowest: lowest, Count: int64(n)}
	if percent != "" {
		ok := false
		if x.Percent, ok = rule.ParseDecimal(string(percent)); !ok {
			x.Percent = rule.Decimal{Digits: math.MinInt64} // which Check refuses
		}
	}
	return Rule{node: x}
}

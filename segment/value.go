package segment

import (
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A Decimal is a number as its text, such as "-12.50": at most 18 digits, 9 of
// them behind the point.
type Decimal string

// literal returns a value as it stands in a rule. What it cannot be is a
// literal of no kind, which Check refuses.
func literal(v any) rule.Literal {
	switch v := v.(type) {
	case string:
		return rule.Literal{Kind: rule.Text, Text: v}
	case bool:
		return rule.Literal{Kind: rule.Bool, Bool: v}
	case Decimal:
		return number(string(v), "")
	case Span:
		return rule.Literal{Kind: rule.Offset, Offsets: v.spans}
	case time.Time:
		return date(v)
	case time.Duration: // which would be a number of nanoseconds
		return none("a time.Duration")
	case crm.Money:
		if v.Currency == "" && v.Amount != 0 {
			return none("an amount of no currency")
		}
		return number(v.Decimal(), string(v.Currency))
	}
	switch of := reflect.ValueOf(v); {
	case of.IsValid() && of.CanInt():
		return number(strconv.FormatInt(of.Int(), 10), "")
	case of.IsValid() && of.CanUint():
		return number(strconv.FormatUint(of.Uint(), 10), "")
	case of.IsValid() && of.Kind() == reflect.String:
		return rule.Literal{Kind: rule.Text, Text: of.String()}
	}
	return none(fmt.Sprintf("a %T", v))
}

func none(what string) rule.Literal { return rule.Literal{Text: what} }

func number(s, currency string) rule.Literal {
	d, ok := rule.ParseDecimal(s)
	if !ok {
		return none(s)
	}
	return rule.Literal{Kind: rule.Number, Number: d, Currency: currency}
}

// date returns the day of a time, or the moment when it is not midnight.
func date(t time.Time) rule.Literal {
	year, month, day := t.Date()
	if t.IsZero() || year < 1 || year > 9999 {
		return none(t.String())
	}
	hour, minute, second := t.Clock()
	l := rule.Literal{Kind: rule.Moment, Time: rule.Clock{
		Year: int16(year), Month: uint8(month), Day: uint8(day),
		Hour: uint8(hour), Minute: uint8(minute), Second: uint8(second),
	}}
	if hour == 0 && minute == 0 && second == 0 {
		l.Kind = rule.Day
	}
	return l
}

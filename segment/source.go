package segment

import "github.com/seed-9cb3708a/clientele/segment/internal/rule"

// A Source selects facts of a customer: sales, products in them, refunds,
// whatever happened. Rules say that there are some, or how many, or what they
// add up to.
//
// A property may be of one type in some facts and of another in others. First,
// Last and Distinct take whatever it is; Sum, Average, Min and Max take values of
// one type: numbers if there are any in the shop, else amounts, else dates.
type Source struct{ source *rule.Source }

// Facts are those of a source for which all of where is true. The sources are
// "orders" (sales that count), "canceled_orders", "items" (products in sales),
// "refunds", "spend" (sales, and refunds as negative amounts) and
// "interactions".
func Facts(source string, where ...Rule) Source {
	s := &rule.Source{Name: source}
	if len(where) == 1 && !where[0].IsZero() {
		s.Where = where[0].node
	} else if len(where) > 0 {
		s.Where = All(where...).node
	}
	return Source{s}
}

// Orders are the sales for which all of where is true.
func Orders(where ...Rule) Source { return Facts("orders", where...) }

// Items are the lines of products of sales for which all of where is true.
func Items(where ...Rule) Source { return Facts("items", where...) }

// Interactions are whatever happened between shop and customer for which all
// of where is true.
func Interactions(where ...Rule) Source { return Facts("interactions", where...) }

// Exist is the rule that there is such a fact.
func (s Source) Exist() Rule { return Rule{node: &rule.Match{Source: s.source}} }

// Count is how many facts there are.
func (s Source) Count() Expr { return s.aggregate(rule.Count, "") }

// Sum is what a field, a number or an amount, of the facts adds up to; 0
// without facts.
func (s Source) Sum(field string) Expr { return s.aggregate(rule.Sum, field) }

// Average is the mean of a field, a number or an amount; lacking without facts.
func (s Source) Average(field string) Expr { return s.aggregate(rule.Average, field) }

// Min is the least number, amount or date of the facts; lacking without facts.
func (s Source) Min(field string) Expr { return s.aggregate(rule.Min, field) }

// Max is the greatest number, amount or date of the facts; lacking without
// facts.
func (s Source) Max(field string) Expr { return s.aggregate(rule.Max, field) }

// Distinct is how many different values a field of the facts has.
func (s Source) Distinct(field string) Expr { return s.aggregate(rule.Distinct, field) }

// First is a field of the earliest of the facts; lacking without facts.
func (s Source) First(field string) Expr { return s.aggregate(rule.First, field) }

// Last is a field of the latest of the facts; lacking without facts.
func (s Source) Last(field string) Expr { return s.aggregate(rule.Last, field) }

// Periods is in how many of the last periods there is a fact: Months(6) are six
// of a month each, of which the last ends today; 1 to 1000 days, weeks,
// months or years.
func (s Source) Periods(last Span) Expr {
	return Expr{&rule.Aggregate{Func: rule.Periods, Source: s.source, Span: last.length()}}
}

func (s Source) aggregate(f rule.Func, field string) Expr {
	return Expr{&rule.Aggregate{Func: f, Source: s.source, Field: field}}
}

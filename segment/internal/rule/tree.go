// Package rule is the language that segments are written in: one typed tree,
// which is read from text and JSON and printed as both. It knows the words, not
// the customers: rooms evaluate the tree over their own columns.
//
// The logic is two-valued. A comparison with something that a customer lacks is
// false, with != too; Not turns the answer of the whole that it stands before,
// so x NOT IN (…) and NOT x CONTAINS '…' are true of whoever lacks x. Counts and
// sums of no fact at all are 0; averages, extremes, first and last are lacking.
package rule

// A Node is a condition: yes or no of a customer, and within the filter of a
// [Source] of a fact.
type Node interface{ node() }

// All is true when all of its nodes are; without any, it is true: everyone. In
// a tree that was checked none of its nodes is an All, and one is never alone.
type All struct{ Nodes []Node }

// Any is true when one of its nodes is; without any, it is false: nobody. It
// is nested as little as All.
type Any struct{ Nodes []Node }

// Not is true when its node is false.
type Not struct{ Node Node }

// Compare is true when X is there and stands to Y as Op says. What is of no
// type that Y can be is not there; of a list of any type, = and IN say that it
// has the element, and no other comparison but CONTAINS holds.
type Compare struct {
	X  Expr
	Op Op
	Y  []Literal // one; two for Between, 1 to 500 for In, none for IsNull
	At Pos       // of the operator
}

// Extreme is true of those whose X is among the highest of all customers who
// have one, or the lowest. Whoever has the same X as the last of them is in.
type Extreme struct {
	X       Expr
	Lowest  bool
	Count   int64   // how many, 0 when Percent is given
	Percent Decimal // over 0 to 100
	At      Pos     // of the operator
}

// Match is true when there is a fact.
type Match struct{ Source *Source }

// Sequence is true when there are facts for its steps, in their order.
type Sequence struct{ Steps []Step }

// A Step is the next fact of a [Sequence], later than the one before it. With
// Not, there must be none until the next step, or, for the last one, until now;
// a last one with Within holds only after that time has passed. The first step
// has neither Not nor After and Within, and there are at least two.
type Step struct {
	Not    bool
	Source *Source
	After  Span // at least this long after the step before that is not Not; zero: any time
	Within Span // at most this long after it; zero: any time. Both ends are included
}

func (*All) node()      {}
func (*Any) node()      {}
func (*Not) node()      {}
func (*Compare) node()  {}
func (*Extreme) node()  {}
func (*Match) node()    {}
func (*Sequence) node() {}

// An Expr is a value of a customer or a fact, which may be lacking.
type Expr interface{ expr() }

// A Field is what a customer or a fact has. Its name is one of the vocabulary.
// It is the only Expr within the filter of a [Source].
type Field struct {
	Name string
	At   Pos
}

// An Aggregate is what facts add up to.
type Aggregate struct {
	Func   Func
	Source *Source
	Field  string // "" for Count and Periods
	Span   Span   // of Periods: how many periods back from now, each of one unit
	At     Pos
}

// Days is the number of full calendar days from one date to another.
type Days struct {
	From Expr
	To   Expr // nil: today
	At   Pos
}

// Bucket is a number from 0 to below 100 that a customer is given by chance,
// always the same for one Salt.
type Bucket struct {
	Salt string
	At   Pos
}

func (*Field) expr()     {}
func (*Aggregate) expr() {}
func (*Days) expr()      {}
func (*Bucket) expr()    {}

// A Source selects facts of a customer.
type Source struct {
	Name  string
	Where Node // All, Any, Not and Compare of the facts' fields; nil: all of them
	At    Pos
}

// An Op is a comparison. What is written with NOT is a [Not] of these.
type Op uint8

// The comparisons.
const (
	Equal      Op = iota + 1 // =
	NotEqual                 // !=
	Less                     // <
	AtMost                   // <=
	Greater                  // >
	AtLeast                  // >=
	Between                  // BETWEEN a AND b, both included
	In                       // IN (a, b): equal to one; a list has one of them as an element
	Contains                 // CONTAINS: a list has the element, a text the part
	StartsWith               // STARTS WITH
	EndsWith                 // ENDS WITH
	IsNull                   // IS NULL
)

// A Func is a way of adding facts up.
type Func uint8

// The aggregates.
const (
	Count    Func = iota + 1 // how many facts
	Sum                      // of a number or an amount
	Average                  // of a number or an amount
	Min                      // of a number, an amount or a date
	Max                      // of a number, an amount or a date
	Distinct                 // how many different values
	First                    // the value of the earliest fact, of a list all of it
	Last                     // the value of the latest fact, of a list all of it
	Periods                  // how many of the last Span.N periods, of one Span.Unit each, have a fact
)

// A Pos is a place in a text: bytes from its beginning, plus one. 0 is unknown.
type Pos int32

// A Kind tells what a [Literal] is. A Day, and an Offset of days or longer, is
// the whole day of the shop: a date that is = it lies within it, one that is >
// it on a later day, one that is <= it on it or before, and Between goes from
// the beginning of the first to the end of the second. A Moment and any other
// Offset is an instant, and compared as such.
type Kind uint8

// The kinds of literals.
const (
	Text   Kind = iota + 1 // 'vip'
	Number                 // 12.50; of amounts in the currency of the book
	Bool                   // true, false
	Day                    // 2024-01-31, a calendar day of the shop
	Moment                 // 2024-01-31T16:00:00 by the shop's clock
	Offset                 // -30d, or today, yesterday and now: from when the rule is asked
)

// A Literal is a value that stands in a rule.
type Literal struct {
	Kind   Kind
	Text   string  // of Text
	Number Decimal // of Number

	Currency string // of Number: "" or the currency of the book, to which a check holds it
	Bool     bool   // of Bool
	Time     Clock  // of Day and Moment
	Offsets  []Span // of Offset, added in their order; none is now, the instant; 0 days alone are today
	At       Pos
}

// A Clock is a calendar day, with a time of it in a Moment.
type Clock struct {
	Year                 int16
	Month, Day           uint8
	Hour, Minute, Second uint8
}

// A Decimal is an exact number: Digits / 10^Scale, without trailing zeros, so
// equal numbers are equal Decimals.
type Decimal struct {
	Digits int64
	Scale  uint8 // at most 9
}

// A Span is a length of time: days and longer by the calendar of the shop. In
// an offset days and longer count whole days, so -30d is a day, not an instant;
// an offset with minutes or hours is an instant. Only an offset counts back.
type Span struct {
	N    int32
	Unit Unit
}

// A Unit is what a [Span] counts.
type Unit uint8

// The units.
const (
	Minute Unit = iota + 1 // min
	Hour                   // h
	Date                   // d
	Week                   // w
	Month                  // m
	Year                   // y
)

// Package column keeps what rules may ask of customers in compact columns.
package column

import (
	"math"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// Lacking is the time or the amount of what has none. No person has it in a
// Value, and no fact happened then.
const Lacking = math.MinInt64

// A Person is all that rules may ask of one customer, with the facts of
// everyone who was merged into them. Times are milliseconds since 1970, amounts
// minor units of the book's currency.
type Person struct {
	ID           string   // the survivor's
	Values       []Value  // what does not follow from the facts, by name
	Orders       []Order  // in any order of time, as are all facts
	Refunds      []Refund // those that count
	Interactions []Interaction
}

// A Value is something that a person has, or a property of an interaction,
// under the name that rules give it: "customer_tags", "attributes.size",
// "consents.email.marketing", "properties.color". An empty text or list, a
// number that is none and a time or an amount of [Lacking] are no values.
//
// "birthday" is a date: midnight UTC of the day of birth, in the year 0 when
// its year is not known. Who is born later than today has neither birthday
// nor age. What follows from facts is not told: number_of_orders,
// last_order_date, abandoned_checkout_date, last_seen_date; nor customer_id,
// age and segments.
type Value struct {
	Name   string
	Type   rule.Type // never IsAny; zero in [Base.SetValues]: the person has no such value any more
	Int    int64     // of IsBool (1 is true), IsMoney and IsDate
	Number float64   // of IsNumber; neither infinite nor NaN
	Text   string    // of IsText
	List   []string  // of IsList
}

// A Role tells how an order counts.
type Role uint8

// The roles of orders.
const (
	Sale       Role = iota // in orders, items and spend
	Canceled               // in canceled_orders
	Adjustment             // in spend
)

// An Order is a sales document. It counts from its Time on, as all facts do:
// what is later than the time a rule is asked at has not happened yet.
type Order struct {
	Time     int64
	Role     Role
	Unpriced bool // amounts are unknown, for want of a rate, those of its items too: they are lacking
	Amount   int64
	Discount int64 // of the order and its lines
	Channel  string
	State    string // never "": "placed" when nothing is known
	Source   string
	Country  string
	Coupons  []string
	Tags     []string
	Items    []Item // of products; only a Sale has them in items
}

// An Item is a line of an order.
type Item struct {
	Product  string // id, "" when the line names none
	SKU      string
	Title    string // where there is no product
	Quantity int64
	Amount   int64
	Price    int64 // of one
	Discount int64
}

// A Refund is money given back.
type Refund struct {
	Time   int64
	Amount int64 // positive
}

// An Interaction is one contact or behavior. Where it has several products, or
// SKUs, a comparison is true when it is true of one of them, != too.
type Interaction struct {
	Time       int64
	Kind       string
	Channel    string
	Direction  string
	Source     string
	Products   []string // ids
	SKUs       []string
	Value      int64   // 0 is none
	Rating     int     // 0 is none
	Properties []Value // by name
}

// A Product is what rules may ask of a product that facts name.
type Product struct {
	ID         string
	Keys       []string // of its refs: what is true of one of them is true of the id, != of all
	Title      string
	Brand      string
	Categories []string // "Home > Kitchen" is also in "Home", with or without blanks about the >, and counted as one
	Tags       []string
}

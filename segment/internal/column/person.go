// Package column keeps what rules may ask of customers in compact columns.
package column

import "github.com/seed-9cb3708a/clientele/segment/internal/rule"

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
// "consents.email.marketing", "properties.color".
type Value struct {
	Name   string
	Type   rule.Type // never IsAny
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

// An Order is a sales document.
type Order struct {
	Time     int64
	Role     Role
	Unpriced bool // Amount is unknown, for want of a rate: it counts, and adds nothing up
	Amount   int64
	Discount int64 // of the order and its lines
	Channel  string
	State    string
	Source   string
	Country  string
	Coupons  []string
	Tags     []string
	Items    []Item // of products
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

// An Interaction is one contact or behavior.
type Interaction struct {
	Time       int64
	Kind       string
	Channel    string
	Direction  string
	Source     string
	Products   []string // ids
	SKUs       []string
	Value      int64
	Rating     int     // 0 is none
	Properties []Value // by name
}

// A Product is what rules may ask of a product that facts name.
type Product struct {
	ID         string
	Keys       []string // of its refs: by what else rules may name it
	Title      string
	Brand      string
	Categories []string // "Home > Kitchen" is also in "Home"
	Tags       []string
}

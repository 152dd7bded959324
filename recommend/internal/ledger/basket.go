package ledger

import (
	"time"
)

// A Kind says what customers did with the products of a basket. Its numbers
// stand in saved ledgers and are never given to another kind.
type Kind uint8

// The kinds.
const (
	Bought   Kind = iota // an order, or what was given back of one
	Carted               // put into a cart and not bought
	Viewed               // looked at, one session a basket
	Searched             // chosen from the results of a search
	Tried                // tried on
	Rated                // rated well
	Wished               // put on a list of wishes
	Disliked             // rated badly
	kinds                // how many there are
)

// A Basket is an order, or a session of another kind.
type Basket struct {
	// ID tells baskets apart. Who puts the same again replaces it.
	ID string
	// Customer is "" when the shop does not know who it was.
	Customer string
	// Kind is what was done.
	Kind Kind
	// Time is when, in seconds since 1970. Of equal times the ID decides
	// which came first.
	Time int64
	// Day is the shop's calendar day of Time, in days since 1970-01-01.
	Day int32
	// Lines are the products, those of the same product added up.
	Lines []Line
}

// A Line is a product of a basket.
type Line struct {
	Product string
	// Quantity is how many; below zero they were given back, and are taken
	// off what the same customer bought before, the last first. 0 counts for
	// nothing.
	Quantity int32
}

// Day returns the calendar day of an instant, in days since 1970-01-01.
func Day(t time.Time) int32 {
	y, m, d := t.Date()
	return int32(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

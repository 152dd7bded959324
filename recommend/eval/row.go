package eval

import (
	"cmp"
	"slices"
	"time"
)

// A Row says that a customer took a product: bought it, or watched, rated or
// put it into a cart, whatever the question is about. Keys are the shop's own.
type Row struct {
	// Customer is who took it; "" for somebody whom the shop does not know.
	Customer string
	// Basket is the order or session to which the row belongs. Rows with ""
	// belong together when customer and day (UTC) are the same.
	Basket string
	// Product is what was taken, and never "".
	Product string
	// Time is when. Rows without times can be divided by [Draw] only.
	Time time.Time
	// Weight is how much the row counts for the baselines; 0 counts 1, and of
	// rows of one product in a basket the one that counts most. What is given
	// back has no row: a row below zero is left out.
	Weight float64
}

// basket returns what keeps a basket apart from others.
func (r *Row) basket() string {
	if r.Basket != "" {
		return r.Basket
	}
	return "\x00" + r.Customer + "\x00" + r.Time.UTC().Format(time.DateOnly)
}

// buyer returns who took it: each basket of nobody known has its own buyer.
func (r *Row) buyer() string {
	if r.Customer != "" {
		return r.Customer
	}
	return "\x00" + r.basket()
}

func (r *Row) weight() float64 {
	if r.Weight == 0 {
		return 1
	}
	return r.Weight
}

// order compares rows by time, and rows of one instant by what they hold, so
// that the order in which rows arrive changes nothing. Two products of one
// basket and instant keep the order in which they came.
func order(a, b Row) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Basket, b.Basket))
}

// ordered returns the rows that count, in order.
func ordered(rows []Row) []Row {
	kept := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Product == "" || !(r.Weight >= 0) })
	slices.SortStableFunc(kept, order)
	return kept
}

package crm

import "time"

// Aggregates are what a customer's orders and refunds add up to, exact at
// every commit. What counts in which state of an order stands in the package
// documentation.
type Aggregates struct {
	Orders       int       `json:"orders"`               // sales that count
	Units        int64     `json:"units"`                // of products in them
	Canceled     int       `json:"canceled,omitzero"`    // sales called off or expired
	Refunds      int       `json:"refunds,omitzero"`     // that count
	Unconverted  int       `json:"unconverted,omitzero"` // orders and refunds that Base lacks, for want of a rate
	FirstOrderAt time.Time `json:"first_order_at,omitzero"`
	LastOrderAt  time.Time `json:"last_order_at,omitzero"`
	Base         Totals    `json:"base"`                 // in the book's currency, at the rates of the orders
	ByCurrency   []Totals  `json:"by_currency,omitzero"` // sorted by currency
}

// Totals are sums in one currency.
type Totals struct {
	Spent    Money `json:"spent"`             // the totals of the orders that count
	Refunded Money `json:"refunded,omitzero"` // what was given back of it
	Margin   Money `json:"margin,omitzero"`   // goods without tax, less their cost, of items whose cost is known; before refunds
}

// Net returns what was spent less what was refunded.
func (t Totals) Net() Money {
	net, err := t.Spent.Sub(t.Refunded)
	if err != nil { // never: the book adds up one currency and refuses overflow
		return Money{}
	}
	return net
}

package crm

import "time"

// A Refund is money given back, dated by itself. It may belong to one order, to
// several (by its lines), or to none that is known.
type Refund struct {
	ID         RefundID     `json:"id"`
	Ref        Ref          `json:"ref,omitzero"`
	OrderID    OrderID      `json:"order_id,omitzero"`    // "" when it names none: its lines are then matched, see [Refunds.Record]
	CustomerID CustomerID   `json:"customer_id,omitzero"` // the order's when left empty
	Currency   Currency     `json:"currency"`
	Rate       Rate         `json:"rate,omitzero"` // zero: the order's, else 1 in the book's own currency, else unknown
	Lines      []RefundLine `json:"lines,omitzero"`
	Amount     Money        `json:"amount"`               // positive; zero: the sum of the lines
	BaseAmount Money        `json:"base_amount,omitzero"` // Amount in the book's currency; worked out
	Reason     string       `json:"reason,omitzero"`

	OccurredAt time.Time `json:"occurred_at"`
	Version    time.Time `json:"version,omitzero"`    // when the source last changed it; zero: it does not say
	CreatedAt  time.Time `json:"created_at,omitzero"` // recorded here
	UpdatedAt  time.Time `json:"updated_at,omitzero"` // last written here
}

// A RefundLine is what was given back for one product.
type RefundLine struct {
	Kind      ItemKind  `json:"kind,omitzero"`
	OrderID   OrderID   `json:"order_id,omitzero"`   // the order it was bought with; "" is unmatched
	ProductID ProductID `json:"product_id,omitzero"` // found by SKU when left empty
	SKU       string    `json:"sku,omitzero"`
	Title     string    `json:"title,omitzero"`
	Quantity  int64     `json:"quantity,omitzero"` // units that came back, positive
	Amount    Money     `json:"amount"`            // positive; negative takes a discount back
}

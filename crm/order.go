package crm

import (
	"log/slog"
	"time"
)

// An OrderKind says what sort of sales document an Order is.
type OrderKind string

// The kinds of orders. Only a sale counts in [Aggregates] as an order.
const (
	KindSale       OrderKind = ""           // goods sold: the zero value
	KindAdjustment OrderKind = "adjustment" // a correction of money, such as a bad debt; may be negative
	KindWriteOff   OrderKind = "write_off"  // goods lost, damaged or given away
)

// An OrderState tells how far an order is. Money given back is no state but a
// [Refund].
type OrderState string

// The states of an order, in the order they are usually gone through. What
// counts in which state stands in the package documentation.
const (
	StatePlaced    OrderState = ""          // ordered, nothing else is known: the zero value
	StateDraft     OrderState = "draft"     // not yet ordered: a quote, an unfinished checkout
	StatePending   OrderState = "pending"   // ordered, payment is awaited
	StatePaid      OrderState = "paid"      // paid, not yet sent
	StateFulfilled OrderState = "fulfilled" // handed to the carrier or the customer
	StateDelivered OrderState = "delivered" // arrived
	StateCanceled  OrderState = "canceled"  // called off
	StateExpired   OrderState = "expired"   // never paid
)

// An Order is a sales document: what somebody ordered, for how much, and what
// became of it. Amounts are in Currency.
type Order struct {
	ID         OrderID       `json:"id"`
	Ref        Ref           `json:"ref,omitzero"`
	Number     string        `json:"number,omitzero"` // as people say it: "#1001"
	Kind       OrderKind     `json:"kind,omitzero"`
	CustomerID CustomerID    `json:"customer_id,omitzero"` // "" is an anonymous order
	Email      string        `json:"email,omitzero"`       // contact given with the order
	Phone      string        `json:"phone,omitzero"`
	Channel    Channel       `json:"channel,omitzero"`
	State      OrderState    `json:"state,omitzero"`
	States     []StateChange `json:"states,omitzero"` // history, oldest first

	Currency    Currency `json:"currency"`
	Rate        Rate     `json:"rate,omitzero"` // one unit of Currency in the book's; zero: 1 in the book's own currency, else unknown
	Items       []Item   `json:"items,omitzero"`
	Discount    Money    `json:"discount,omitzero"` // of the whole order beyond the items' own, positive
	Shipping    Money    `json:"shipping,omitzero"`
	Tax         Money    `json:"tax,omitzero"`
	TaxIncluded bool     `json:"tax_included,omitzero"` // the amounts of the items and Shipping hold Tax already
	Adjustment  Money    `json:"adjustment,omitzero"`   // what Total is more than its parts; worked out
	Total       Money    `json:"total"`                 // what the customer owes; zero: the sum of the parts
	BaseTotal   Money    `json:"base_total,omitzero"`   // Total in the book's currency at Rate; worked out
	Coupons     []string `json:"coupons,omitzero"`

	Billing   Address    `json:"billing,omitzero"`
	Delivery  Address    `json:"delivery,omitzero"`
	Shipments []Shipment `json:"shipments,omitzero"`
	Tags      []string   `json:"tags,omitzero"` // sorted, without doubles
	Note      string     `json:"note,omitzero"`

	OccurredAt time.Time `json:"occurred_at"`         // when it was placed
	Version    time.Time `json:"version,omitzero"`    // when the source last changed it; zero: it does not say
	CreatedAt  time.Time `json:"created_at,omitzero"` // recorded here
	UpdatedAt  time.Time `json:"updated_at,omitzero"` // last written here
}

// LogValue keeps personal data out of logs: an Order logs as its id.
func (o Order) LogValue() slog.Value { return slog.StringValue(string(o.ID)) }

// A StateChange is when an order came into a state.
type StateChange struct {
	State OrderState `json:"state"`
	At    time.Time  `json:"at"`
}

// An ItemKind says what an [Item] is.
type ItemKind string

// The kinds of items.
const (
	ItemProduct  ItemKind = ""          // goods: the zero value
	ItemFee      ItemKind = "fee"       // postage, bank charges, samples: no product
	ItemDiscount ItemKind = "discount"  // a reduction written as a line, negative
	ItemGiftCard ItemKind = "gift_card" // money in another form
)

// An Item is a line of an order.
type Item struct {
	Kind      ItemKind  `json:"kind,omitzero"`
	ProductID ProductID `json:"product_id,omitzero"` // found by SKU when left empty
	SKU       string    `json:"sku,omitzero"`
	Title     string    `json:"title,omitzero"`
	Quantity  int64     `json:"quantity"`
	Price     Money     `json:"price,omitzero"`     // of one unit before Discount, rounded to minor units
	Discount  Money     `json:"discount,omitzero"`  // of the line, positive
	Tax       Money     `json:"tax,omitzero"`       // of the line, part of the order's Tax
	Total     Money     `json:"total"`              // of the line after Discount; authoritative; zero: Quantity × Price − Discount
	UnitCost  Money     `json:"unit_cost,omitzero"` // what the shop paid; taken from the product when zero
}

// A Shipment is one parcel of an order.
type Shipment struct {
	Ref         string    `json:"ref,omitzero"` // the source's key, unique in the order
	Carrier     string    `json:"carrier,omitzero"`
	Tracking    string    `json:"tracking,omitzero"`
	ShippedAt   time.Time `json:"shipped_at,omitzero"`
	PromisedAt  time.Time `json:"promised_at,omitzero"` // by when it was to arrive
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
}

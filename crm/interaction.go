package crm

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"
)

// An InteractionKind says what an [Interaction] was. Shops may use words of
// their own beside these: 1 to 64 small letters, digits and _, a letter first.
type InteractionKind string

// The kinds of interactions of a shop's pages and apps, with the names that
// Google Analytics 4 gives them. A purchase or a refund is what the page told
// of: what counts are an [Order] and a [Refund].
const (
	KindPageView          InteractionKind = "page_view"
	KindViewItemList      InteractionKind = "view_item_list"
	KindSelectItem        InteractionKind = "select_item"
	KindViewItem          InteractionKind = "view_item"
	KindViewPromotion     InteractionKind = "view_promotion"
	KindSelectPromotion   InteractionKind = "select_promotion"
	KindAddToWishlist     InteractionKind = "add_to_wishlist"
	KindAddToCart         InteractionKind = "add_to_cart"
	KindRemoveFromCart    InteractionKind = "remove_from_cart"
	KindViewCart          InteractionKind = "view_cart"
	KindBeginCheckout     InteractionKind = "begin_checkout"
	KindAddShippingInfo   InteractionKind = "add_shipping_info"
	KindAddPaymentInfo    InteractionKind = "add_payment_info"
	KindPurchase          InteractionKind = "purchase"
	KindRefund            InteractionKind = "refund"
	KindSearch            InteractionKind = "search"
	KindViewSearchResults InteractionKind = "view_search_results"
	KindGenerateLead      InteractionKind = "generate_lead"
	KindSignUp            InteractionKind = "sign_up"
	KindLogin             InteractionKind = "login"
	KindShare             InteractionKind = "share"
)

// The kinds of interactions elsewhere.
const (
	KindStoreVisit      InteractionKind = "store_visit"
	KindCall            InteractionKind = "call"
	KindChat            InteractionKind = "chat"
	KindARSession       InteractionKind = "ar_session"     // see [ARSession]
	KindDeviceReading   InteractionKind = "device_reading" // see [DeviceReading]
	KindMessageSent     InteractionKind = "message_sent"
	KindMessageOpened   InteractionKind = "message_opened"
	KindMessageClicked  InteractionKind = "message_clicked"
	KindNote            InteractionKind = "note"   // what somebody of the shop wrote down
	KindRating          InteractionKind = "rating" // wants a Rating
	KindReview          InteractionKind = "review" // wants a Rating or a Text
	KindTicketOpened    InteractionKind = "ticket_opened"
	KindTicketReplied   InteractionKind = "ticket_replied"
	KindTicketResolved  InteractionKind = "ticket_resolved"
	KindTicketReopened  InteractionKind = "ticket_reopened"
	KindSurveyAnswered  InteractionKind = "survey_answered"
	KindReturnRequested InteractionKind = "return_requested"
)

// A Direction tells who turned to whom.
type Direction string

// The directions of interactions.
const (
	DirectionNone Direction = ""         // to neither, or unknown; the zero value
	Inbound       Direction = "inbound"  // the customer to the shop
	Outbound      Direction = "outbound" // the shop to the customer
)

// direction is the usual one of a kind.
func (k InteractionKind) direction() Direction {
	switch k {
	case KindMessageSent:
		return Outbound
	case KindPageView, KindViewItemList, KindSelectItem, KindViewItem, KindViewPromotion, KindSelectPromotion,
		KindAddToWishlist, KindAddToCart, KindRemoveFromCart, KindViewCart, KindBeginCheckout, KindAddShippingInfo,
		KindAddPaymentInfo, KindPurchase, KindSearch, KindViewSearchResults, KindGenerateLead, KindSignUp, KindLogin,
		KindShare, KindStoreVisit, KindARSession, KindDeviceReading, KindMessageOpened, KindMessageClicked,
		KindRating, KindReview, KindTicketOpened, KindTicketReopened, KindSurveyAnswered, KindReturnRequested:
		return Inbound
	}
	return DirectionNone
}

// An Interaction is anything that happened between the shop and a customer or
// an anonymous visitor, in either direction. Amounts are in one currency.
type Interaction struct {
	ID         InteractionID     `json:"id"`                   // given by the book
	Ref        Ref               `json:"ref,omitzero"`         // the source's key; the same Ref at the same time is the same interaction
	CustomerID CustomerID        `json:"customer_id,omitzero"` // whom it was recorded of, for ever; "": the anonymous visitor with this Device
	Device     string            `json:"device,omitzero"`      // what the shop knows a browser, an app or a machine by; personal, at most 255 bytes
	Kind       InteractionKind   `json:"kind"`
	Channel    Channel           `json:"channel,omitzero"`
	Direction  Direction         `json:"direction,omitzero"`  // "": the usual one of its kind
	ProductID  ProductID         `json:"product_id,omitzero"` // found by SKU when left empty
	SKU        string            `json:"sku,omitzero"`
	OrderID    OrderID           `json:"order_id,omitzero"` // which the book need not know yet
	Value      Money             `json:"value,omitzero"`
	Rating     int               `json:"rating,omitzero"`     // 1 to 5; 0 is none
	Text       string            `json:"text,omitzero"`       // of a note, a review, a call; personal, at most 16 kB
	Items      []InteractionItem `json:"items,omitzero"`      // the products it is about, when there are several; at most 200
	Properties map[string]Value  `json:"properties,omitzero"` // whatever else; personal; at most 50

	OccurredAt time.Time `json:"occurred_at"`         // zero in a live Record without Ref: now
	Version    time.Time `json:"version,omitzero"`    // when the source last changed it; zero: it does not say
	CreatedAt  time.Time `json:"created_at,omitzero"` // recorded here
	UpdatedAt  time.Time `json:"updated_at,omitzero"` // last written here
}

// LogValue keeps personal data out of logs: an Interaction logs as its id.
func (i Interaction) LogValue() slog.Value { return slog.StringValue(string(i.ID)) }

// An InteractionItem is one of the products that an [Interaction] is about: an
// element of items in Google Analytics 4. What the catalog knows of the product,
// such as its brand, is left to it.
type InteractionItem struct {
	ProductID  ProductID        `json:"product_id,omitzero"` // item_id; found by SKU when left empty
	SKU        string           `json:"sku,omitzero"`        // item_id, when that is a variant's
	Title      string           `json:"title,omitzero"`      // item_name
	Quantity   int64            `json:"quantity,omitzero"`
	Price      Money            `json:"price,omitzero"`    // of one unit
	Discount   Money            `json:"discount,omitzero"` // of one unit, positive
	Coupon     string           `json:"coupon,omitzero"`
	List       string           `json:"list,omitzero"`       // item_list_id: where it was shown
	Index      int64            `json:"index,omitzero"`      // its place there
	Promotion  string           `json:"promotion,omitzero"`  // promotion_id
	Location   string           `json:"location,omitzero"`   // location_id: which shop or shelf
	Properties map[string]Value `json:"properties,omitzero"` // custom parameters, at most 27
}

// copy returns an interaction as it is stored, which shares nothing with i.
func (i *Interaction) copy() *Interaction {
	c := *i
	c.Items = nil
	if len(i.Items) > 0 {
		c.Items = slices.Clone(i.Items)
	}
	c.Properties = cleanValues(i.Properties)
	for n := range c.Items {
		c.Items[n].Properties = cleanValues(c.Items[n].Properties)
	}
	c.Device = strings.TrimSpace(i.Device)
	c.OccurredAt, c.Version = utc(i.OccurredAt), utc(i.Version)
	return &c
}

// complete gives i what it leaves out and old has.
func (i *Interaction) complete(old *Interaction) {
	if i.SKU == "" || i.SKU == old.SKU {
		if i.SKU = old.SKU; i.ProductID == "" {
			i.ProductID = old.ProductID
		}
	}
	fill := func(to *string, from string) {
		if *to == "" {
			*to = from
		}
	}
	fill((*string)(&i.Channel), string(old.Channel))
	fill((*string)(&i.Direction), string(old.Direction))
	fill((*string)(&i.OrderID), string(old.OrderID))
	fill(&i.Text, old.Text)
	fill(&i.Device, old.Device)
	if i.Value.IsZero() {
		i.Value = old.Value
	}
	if i.Rating == 0 {
		i.Rating = old.Rating
	}
	if i.Items == nil {
		i.Items = old.Items
	}
	for n := range i.Items {
		it := &i.Items[n]
		if m := slices.IndexFunc(old.Items, func(o InteractionItem) bool { return o.SKU == it.SKU }); it.ProductID == "" && m >= 0 {
			it.ProductID = old.Items[m].ProductID
		}
	}
	if i.Properties == nil {
		i.Properties = old.Properties
	} else if old.Properties != nil {
		all := maps.Clone(old.Properties)
		maps.Copy(all, i.Properties)
		i.Properties = all
	}
}

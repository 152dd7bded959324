package crm

import "time"

// A Recommendation is a product to offer, with what speaks for it.
type Recommendation struct {
	ProductID ProductID `json:"product_id"`
	SKU       string    `json:"sku,omitzero"` // the variant to offer: the cheapest that may be sold
	// Score compares the products of one list, the best highest. It has no unit,
	// and says nothing across lists.
	Score float64 `json:"score"`
	// Reasons are what the score comes from, the strongest first: at least one.
	Reasons []Reason `json:"reasons"`
	// Due is the day on which the customer is expected to buy it again, and
	// Confidence how likely it is among what they buy next, between 0 and 1; both
	// are zero where that is not known.
	Due        time.Time `json:"due,omitzero"`
	Confidence float64   `json:"confidence,omitzero"`
}

// A Reason says why a product is recommended, for people and for programs: Key is
// the sentence, and the rest is what stands in it.
type Reason struct {
	Key ReasonKey `json:"key"`
	// Products are those that it comes from, the strongest first: what this
	// customer bought, looked at or has in the cart, or what was asked about.
	Products []ProductID `json:"products,omitzero"`
	// Count is how many: orders of the shop that have both, times it was bought,
	// customers who bought it lately, as the key says.
	Count int `json:"count,omitzero"`
	// At is when: last bought, due, first for sale.
	At time.Time `json:"at,omitzero"`
	// Name is what the key speaks of: a category, a brand, a country, a campaign.
	Name string `json:"name,omitzero"`
	// Share is the part of what speaks for the product, between 0 and 1.
	Share float64 `json:"share,omitzero"`
}

// A ReasonKey is a sentence that a shop puts into words of its own language.
type ReasonKey string

// The sentences of recommendations.
const (
	BecauseBoughtBefore ReasonKey = "bought_before"   // you bought it Count times, last At
	BecauseDue          ReasonKey = "due"             // you buy it every few weeks, and are due At
	BecauseBought       ReasonKey = "because_bought"  // because you bought Products
	BecauseViewed       ReasonKey = "because_viewed"  // because you looked at Products
	BecauseInCart       ReasonKey = "in_cart"         // goes with Products in your cart
	BecauseTogether     ReasonKey = "bought_together" // Count orders have it beside Products
	BecauseNext         ReasonKey = "bought_next"     // what is taken after Products
	BecauseSimilar      ReasonKey = "similar"         // described like Products
	BecauseAlike        ReasonKey = "alike"           // customers who buy as you do take it
	BecauseBetter       ReasonKey = "better"          // what Products is, and better
	BecausePopular      ReasonKey = "popular"         // Count customers bought it; in Name, if any
	BecauseTrending     ReasonKey = "trending"        // Count customers bought it of late, more than before; in Name, if any
	BecauseNew          ReasonKey = "new"             // for sale since At
	BecauseCurated      ReasonKey = "curated"         // the shop says that it goes with Products
	BecausePinned       ReasonKey = "pinned"          // the shop wants it here
	BecauseBoosted      ReasonKey = "boosted"         // the shop wants it seen, such as for Name
)

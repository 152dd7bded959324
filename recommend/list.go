package recommend

import (
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A List is an answer: products, the best first.
type List struct {
	Items []crm.Recommendation `json:"items"`
	// Stage is what the list comes from: the best that there was to go by.
	Stage Stage `json:"stage"`
	// Fallback is how many of the items come from less than Stage says, as
	// nothing of it spoke for them.
	Fallback int `json:"fallback,omitzero"`
	// Lack says why it is not a better Stage, or why there are fewer products than
	// were asked for; "" when nothing is lacking.
	Lack Lack `json:"lack,omitzero"`
	// CustomerID is whom the list is for, "" for nobody known, and Place where it
	// is shown, as the query said.
	CustomerID crm.CustomerID `json:"customer_id,omitzero"`
	Place      string         `json:"place,omitzero"`
	// At is when it was made, and Built when the models that ranked it were.
	At    time.Time `json:"at"`
	Built time.Time `json:"built,omitzero"`
}

// Products returns what is in the list, for the [Query.Seen] of what stands beside it.
func (l *List) Products() []crm.ProductID {
	ids := make([]crm.ProductID, len(l.Items))
	for i := range l.Items {
		ids[i] = l.Items[i].ProductID
	}
	return ids
}

// A Stage is what a list comes from, the rungs of a ladder: a list is made on the
// highest on which there is something to go by.
type Stage string

// The stages, from the highest to the lowest.
const (
	StagePersonal Stage = "personal" // what this customer bought
	StageSession  Stage = "session"  // what they looked at, in this visit or before
	StageProduct  Stage = "product"  // the cart, or the product asked about
	StagePopular  Stage = "popular"  // what many bought of late: the same for all
	StageNew      Stage = "new"      // what is for sale since lately, as nothing was sold yet
	StageNone     Stage = "none"     // nothing: there is no product that may be sold
)

// A Lack says what was missing for a better list.
type Lack string

// What may be missing.
const (
	LackOrders    Lack = "orders"    // the shop has too few to learn from
	LackHistory   Lack = "history"   // the customer has bought nothing, and looked at nothing
	LackObjection Lack = "objection" // the customer objected to profiling, and is treated as a stranger
	LackProducts  Lack = "products"  // no more products may be sold by the rules of the query
)

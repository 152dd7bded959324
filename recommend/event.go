package recommend

import "github.com/seed-9cb3708a/clientele/crm"

// The events of a recommender.
const (
	// Due says that a customer is due to buy a product again: ProductID, and
	// OccurredAt the day. It is told once for each purchase, by [Recommender.Run].
	Due crm.EventKind = "replenishment.due"
	// Learned says that models were made anew and saved. Name is who did.
	Learned crm.EventKind = "recommend.learned"
)

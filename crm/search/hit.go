package search

import (
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A Kind is how something that was asked for was found.
type Kind string

// The kinds of matches, the best first.
const (
	KindExact  Kind = "exact"
	KindSuffix Kind = "suffix" // of a phone number, or of that of an order
	KindPrefix Kind = "prefix"
	KindTypo   Kind = "typo"
)

// A Match is a word of a query that a customer has.
type Match struct {
	Word  int   `json:"word"` // which one, from 0; a phone number is as many as were typed
	Field Field `json:"field"`
	Kind  Kind  `json:"kind"`
}

// A Hit is a customer who was found: a person, whom all that were merged into
// one are found as. It holds nothing personal.
type Hit struct {
	CustomerID crm.CustomerID `json:"customer_id"` // the survivor's
	Score      float64        `json:"score"`       // 1 is all words as they are; below 0.5 is some of the words
	Matches    []Match        `json:"matches"`     // in the order of the words
	Partial    bool           `json:"partial,omitzero"`
}

// A Result is who was found.
type Result struct {
	Hits     []Hit `json:"hits"`              // the best first
	Total    int   `json:"total"`             // how many have all words, typos included only if Hits has any
	More     bool  `json:"more,omitzero"`     // Total counts not all of them
	Building bool  `json:"building,omitzero"` // the index is not built yet: some may be missing
}

// A Row is a hit with what a list of customers shows: personal data.
type Row struct {
	Hit
	Customer  *crm.Customer `json:"customer"`
	Orders    int           `json:"orders,omitzero"`     // how many count
	LastOrder time.Time     `json:"last_order,omitzero"` // when the last of these was; zero for none
}

// how much a match counts of 100, before its field does.
func (k Kind) base(typos int) int {
	switch k {
	case KindExact:
		return 100
	case KindSuffix:
		return 75
	case KindPrefix:
		return 70
	}
	return max(55-10*typos, 1)
}

package segment

import (
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// Entered and Left are the events of memberships. Name is the segment's id,
// OccurredAt the instant from which it is so, and Changes has the "cause": the
// kind of the event that made it so, such as "order.recorded", or a word of
// [Transition].
const (
	Entered crm.EventKind = "segment.entered"
	Left    crm.EventKind = "segment.left"
)

// The causes of transitions that are no event of the book.
const (
	CauseTime  = "time"  // nothing happened but that time passed
	CauseEdges = "edges" // what follows from all customers, such as the top 5 %, was worked out anew: see [Refreshed]
	CauseFound = "found" // it was found when somebody began to look: see [Catalog.Run]
)

// A Transition is that somebody came into a segment or left it.
type Transition struct {
	SegmentID  ID             `json:"segment_id"`
	CustomerID crm.CustomerID `json:"customer_id"`
	Left       bool           `json:"left,omitzero"` // false is entered
	Cause      string         `json:"cause,omitzero"`
	At         time.Time      `json:"at"` // from when on it is so
}

var transitionTable = store.MustTable(store.Schema[Transition]{
	Number: tableTransitions, Name: "segment.transitions",
	Fields: transitionFields,
	Key:    func(k store.Key, t *Transition) store.Key { return transitionKey(k, t, t.Left) },
	Indexes: []store.Index[Transition]{
		{Number: 1, Name: "customer", Keys: func(k store.Key, t *Transition, add func(store.Key)) {
			add(k.String(string(t.CustomerID)).Time(t.At))
		}},
	},
	Subject: func(t *Transition) string { return string(t.CustomerID) },
	Owner:   "customer",
})

func transitionKey(k store.Key, t *Transition, left bool) store.Key {
	return k.String(string(t.SegmentID)).Time(t.At).String(string(t.CustomerID)).Bool(left)
}

func transitionFields(c *store.Coder, t *Transition) {
	store.String(c, 1, &t.SegmentID)
	store.String(c, 2, &t.CustomerID)
	store.Bool(c, 3, &t.Left)
	store.String(c, 4, &t.Cause)
	store.Time(c, 5, &t.At)
}

// A Day is what became of a segment on a calendar day of the shop.
type Day struct {
	SegmentID ID     `json:"segment_id"`
	Date      string `json:"date"` // "2025-06-15"
	Joined    int    `json:"joined"`
	Left      int    `json:"left"`
	Members   int    `json:"members"` // at its end, or now
}

var dayTable = store.MustTable(store.Schema[Day]{
	Number: tableDays, Name: "segment.days",
	Fields: dayFields,
	Key:    func(k store.Key, d *Day) store.Key { return k.String(string(d.SegmentID)).String(d.Date) },
})

func dayFields(c *store.Coder, d *Day) {
	store.String(c, 1, &d.SegmentID)
	store.String(c, 2, &d.Date)
	store.Int(c, 3, &d.Joined)
	store.Int(c, 4, &d.Left)
	store.Int(c, 5, &d.Members)
}

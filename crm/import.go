package crm

import "time"

// A Record is one thing to import: a customer, a product, an order, a refund, an
// interaction, consents or identities. A Customer beside an Order, a Refund or an
// Interaction that names no CustomerID is whom it is of: looked up by refs, then
// by e-mail, and created when there is none; what is known about them already is
// completed, never overwritten. So is one beside Consents or Identities alone
// that has nothing but ID and Refs; any other is recorded as [Customers.Record]
// does. A Refund beside an Order, that names no OrderID, is of that order.
//
// A Consent without a State is one that its source, Proof.Source, does not have:
// what the same source granted before is withdrawn, and else nothing is written,
// as never to have agreed is no objection.
//
// Identities are verified, as their source says that they are of the Customer
// beside them: [Identities.Identify] takes them in, so that whoever has one of
// them verified too becomes one with the Customer, if the rules let them. One
// that is refused is warned of.
type Record struct {
	Customer    *Customer
	Product     *Product
	Order       *Order
	Refund      *Refund
	Interaction *Interaction // with its OccurredAt
	Consents    []Consent    // of the Customer, when they name nobody
	Identities  []Identity   // of the Customer; of the source of the Customer's first Ref, when they name none
	Line        int64        // where it stands in its source; kept for messages
}

// ImportOptions tell how to import. The zero value is a good default.
type ImportOptions struct {
	// Progress is called after every batch, from the calling goroutine.
	Progress func(ImportReport)
	// Reject is called for each record that the book refuses, with the reason,
	// from the calling goroutine; the import goes on. Nil only counts them.
	Reject func(Record, error)
	// Warn is called for each record that was taken but is odd, such as totals
	// that do not add up. Nil only counts them.
	Warn func(Record, string)
	// DryRun does everything but commit. As nothing is kept, what is new in two
	// transactions, of some hundred records each, is counted as new twice.
	DryRun bool
}

// An ImportReport tells what an import did.
type ImportReport struct {
	Records      int64         `json:"records"` // read so far
	Customers    ImportCount   `json:"customers"`
	Products     ImportCount   `json:"products"`
	Orders       ImportCount   `json:"orders"`
	Refunds      ImportCount   `json:"refunds"`
	Interactions ImportCount   `json:"interactions,omitzero"`
	Consents     ImportCount   `json:"consents,omitzero"`
	Identities   ImportCount   `json:"identities,omitzero"` // Created is new with its customer
	Rejected     int64         `json:"rejected"`
	Warnings     int64         `json:"warnings"`
	Elapsed      time.Duration `json:"elapsed"`
}

// An ImportCount tells what became of the records of one kind.
type ImportCount struct {
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
}

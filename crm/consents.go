package crm

// Consents is the ledger of consents of a Book or a Tx. It is
// safe for concurrent use when it is a Book's.
type Consents struct {
	conn
}

package crm

// Identities is the collection of identities of a Book or a Tx. It is
// safe for concurrent use when it is a Book's.
type Identities struct {
	conn
}

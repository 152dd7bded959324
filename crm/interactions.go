package crm

// Interactions is the collection of interactions of a Book or a Tx. It is
// safe for concurrent use when it is a Book's.
type Interactions struct {
	conn
}

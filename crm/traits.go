package crm

// Traits is the collection of traits of a Book or a Tx. It is
// safe for concurrent use when it is a Book's.
type Traits struct {
	conn
}

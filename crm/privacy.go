package crm

// Privacy is what a person may ask for their data of a Book or a Tx. It is
// safe for concurrent use when it is a Book's.
type Privacy struct {
	conn
}

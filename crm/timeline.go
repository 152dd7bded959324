package crm

// Timeline is the story of customers of a Book or a Tx. It is
// safe for concurrent use when it is a Book's.
type Timeline struct {
	conn
}

package crm

// Groups is the collection of households and companies of a Book or a Tx. It is
// safe for concurrent use when it is a Book's.
type Groups struct {
	conn
}

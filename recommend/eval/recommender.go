package eval

// A Recommender is what is tested. It has learned from the training rows of
// the split and from nothing after them.
type Recommender interface {
	// Recommend returns at most k products, the best first: eligible ones,
	// each once. Fewer are counted as short. It may be asked from several
	// goroutines at once.
	Recommend(q Query, k int) []string
}

// A Func is a function that recommends.
type Func func(q Query, k int) []string

// Recommend calls f.
func (f Func) Recommend(q Query, k int) []string { return f(q, k) }

// A System is a recommender with the name under which reports show it.
type System struct {
	Name string // not empty, and not that of another system or of a baseline
	Recommender
}

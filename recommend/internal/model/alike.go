package model

// Alike writes how much each product is taken by the customers who take those of
// the query.
func (s *Shop) Alike(q *Query, out []float32) { s.Blends[Fresh].Models[customers].Score(q, out) }

// Content returns what tells which products are described in the same words.
func (s *Shop) Content() *Content { return s.Blends[Any].Models[content].(*Content) }

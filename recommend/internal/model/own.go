package model

// Own tells what the customer took before: the logarithm of one more than the
// number of their baskets with a product, each counted less the older it is.
type Own struct {
	decay decay
}

// NewOwn returns the model with a half-life in days; 0 counts all baskets the
// same.
func NewOwn(halfLife float64) *Own { return &Own{newDecay(halfLife)} }

// Score writes how often the customer took each product.
func (o *Own) Score(q *Query, out []float32) { directly(o, q, out) }

// Reason says that the product itself was taken before.
func (o *Own) Reason(q *Query, product int32) []Part {
	return alone(o, q, product)
}

func (o *Own) scores(a *asked, dst []source) []source {
	for i, s := range a.faded(&o.decay, a.day) {
		if s > 0 {
			dst = append(dst, source{product: a.had[i].product, weight: log1p(s)})
		}
	}
	return dst
}

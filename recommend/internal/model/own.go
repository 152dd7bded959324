package model

import (
	"math"
)

// Own tells what the customer took before: the logarithm of one more than the
// number of their baskets with a product, each counted less the older it is.
type Own struct {
	halfLife float64
}

// NewOwn returns the model with a half-life in days; 0 counts all baskets the
// same.
func NewOwn(halfLife float64) *Own { return &Own{halfLife} }

// Score writes how often the customer took each product.
func (o *Own) Score(q *Query, out []float32) {
	clear(out)
	for _, i := range q.Past {
		out[i.Product] += float32(fade(q.Day-i.Day, o.halfLife))
	}
	for _, i := range q.Past {
		if s := out[i.Product]; s > 0 {
			out[i.Product] = -float32(math.Log1p(float64(s))) // done
		}
	}
	for _, i := range q.Past {
		if s := out[i.Product]; s < 0 {
			out[i.Product] = -s
		}
	}
}

// Reason says that the product itself was taken before.
func (o *Own) Reason(q *Query, product int32) []Part {
	var s float64
	for _, i := range q.Past {
		if i.Product == product {
			s += fade(q.Day-i.Day, o.halfLife)
		}
	}
	if s == 0 {
		return nil
	}
	return []Part{{Product: product, Score: float32(math.Log1p(s))}}
}

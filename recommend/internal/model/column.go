package model

// A Column tells how much each product that a customer took speaks for one
// product: what a list for many products asks of a customer, asked of many
// customers.
type Column struct {
	// Weights are by product; that of the product itself is 0.
	Weights []float32
	// Similar says that they tell how products are described, as nothing is known
	// of who takes this one.
	Similar bool
	decay   decay
}

// Fade returns what counts of a product that was last taken so many days ago.
func (c *Column) Fade(age int32) float32 { return c.decay.at(max(0, age)) }

// Column returns that of a product, all of whose weights are 0 when nothing at all is
// known of it.
func (s *Shop) Column(product int32) *Column {
	c := &Column{Weights: make([]float32, len(s.Products))}
	if uint32(product) >= uint32(len(s.Products)) {
		return c
	}
	taste := s.Model(Names[customers]).(*Ease)
	c.decay = taste.decay
	known := false
	for from := range c.Weights {
		if w := taste.value(int32(from), product); w != 0 && int32(from) != product {
			c.Weights[from], known = w, true
		}
	}
	if known {
		return c
	}
	c.Similar = true
	words := s.Content()
	for from := range c.Weights {
		if int32(from) != product {
			c.Weights[from] = words.Like(int32(from), product)
		}
	}
	return c
}

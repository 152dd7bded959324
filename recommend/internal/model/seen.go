package model

import (
	"cmp"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Seen tells what the customer lately did with products beside buying them:
// the logarithm of one more than how often, each time counted less the older
// it is.
type Seen struct {
	kinds uint16 // a bit each
	decay decay
}

// NewSeen returns the model of some kinds with a half-life in days; 0 counts
// all the same.
func NewSeen(halfLife float64, kinds ...ledger.Kind) *Seen {
	s := &Seen{decay: newDecay(halfLife)}
	for _, k := range kinds {
		s.kinds |= 1 << k
	}
	return s
}

// Score writes how often the customer did something with each product.
func (s *Seen) Score(q *Query, out []float32) { directly(s, q, out) }

// Reason says that the product itself was seen before.
func (s *Seen) Reason(q *Query, product int32) []Part {
	return alone(s, q, product)
}

func (s *Seen) scores(a *asked, dst []source) []source {
	from := len(dst)
sights:
	for _, x := range a.seen {
		w := s.decay.at(a.day - x.Day)
		if x.Kind >= 16 || s.kinds>>x.Kind&1 == 0 || w <= 0 {
			continue
		}
		for i := range dst[from:] {
			if dst[from+i].product == x.Product {
				dst[from+i].weight += w
				continue sights
			}
		}
		dst = append(dst, source{product: x.Product, weight: w})
	}
	for i := range dst[from:] {
		dst[from+i].weight = log1p(dst[from+i].weight)
	}
	return dst
}

// timed is a sight with its time.
type timed struct {
	Sight
	time int64
}

// latest returns the last sights in the order of time.
func latest(list []timed) []Sight {
	slices.SortStableFunc(list, func(a, b timed) int { return cmp.Compare(a.time, b.time) })
	var sights []Sight
	for _, s := range list[max(0, len(list)-mostSeen):] {
		sights = append(sights, s.Sight)
	}
	return sights
}

package model

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/matrix"
)

// Ease tells by which other products a product is foreseen: the weights B of
// a linear model that restores each set of products from the rest of it, in
// closed form (Steck, "Embarrassingly Shallow Autoencoders", 2019). A set is
// a basket or all that a customer took.
//
// The weights are found among the products with most sets, the head, which
// costs head³/2 multiplications; of each product the weights farthest from
// zero are kept.
type Ease struct {
	pairs
	of    Sets
	decay decay
}

// Sets says over which sets of products a model learns.
type Sets uint8

// The sets.
const (
	OfCustomers Sets = iota // all that one customer took, and each basket of nobody known
	OfBaskets               // what was taken at once
)

// EaseOptions are the settings of an Ease; all of them are set by the caller.
type EaseOptions struct {
	Sets Sets
	// Ridge is added to the diagonal: more trusts the many and less the few.
	Ridge float64
	// Head is the number of products; 0 is all.
	Head int
	// HalfLife is the days after which a basket counts half; 0 counts all the
	// same.
	HalfLife float64
	// Most is the largest set: of larger ones each product counts as much
	// less as they are larger. 0 has no limit.
	Most int
	// Fade is the days after which what a customer took counts half as a sign
	// of what they will take, for who comes within so many days; 0 counts all
	// the same.
	Fade float64
	// Keep is how many weights of a product are kept; 0 is all.
	Keep int
	// Sample is how many sets are learned from at most, taken evenly from all;
	// 0 is all.
	Sample int
}

// NewEase learns from the baskets of a log before a day. It returns the error
// of ctx when it ends first.
func NewEase(ctx context.Context, l *ledger.Log, day int32, o EaseOptions) (*Ease, error) {
	made, err := newEases(ctx, l, day, o, o.Ridge)
	if err != nil {
		return nil, err
	}
	return made[0], nil
}

// newEases makes one for each of some ridges. Where a ridge is too small for
// float32 to find an inverse, one ten times as large is taken.
func newEases(ctx context.Context, l *ledger.Log, day int32, o EaseOptions, ridges ...float64) ([]*Ease, error) {
	sets := setsOf(l, day, o)
	head, row := headOf(l, sets, o.Head)
	g, err := gram(ctx, sets, head, row)
	if err != nil {
		return nil, err
	}
	var made []*Ease
	for k, ridge := range ridges {
		inverse := g
		if k+1 < len(ridges) {
			inverse = &matrix.Symmetric{Size: g.Size, Values: slices.Clone(g.Values)}
		}
		for i := range g.Size {
			inverse.Row(i)[i] += float32(ridge)
		}
		err := inverse.Invert(ctx)
		var singular *matrix.SingularError
		if errors.As(err, &singular) && ridge < mostRidge {
			again, err := newEases(ctx, l, day, o, 10*max(0, ridge)+1)
			if err != nil {
				return nil, err
			}
			made = append(made, again...)
			continue
		}
		if err != nil {
			return nil, err
		}
		weights, err := easeRows(ctx, inverse, head, row, o.Keep)
		if err != nil {
			return nil, err
		}
		made = append(made, &Ease{pairs{weights}, o.Sets, newDecay(o.Fade)})
	}
	return made, nil
}

// mostRidge is the largest ridge that is tried where there is no inverse.
const mostRidge = 1e9

// easeRows returns the weights that an inverse holds, by product.
func easeRows(ctx context.Context, g *matrix.Symmetric, head, row []int32, keep int) (*rows, error) {
	diagonal := make([]float32, len(head))
	for i := range diagonal {
		diagonal[i] = g.Row(i)[i]
	}
	return makeRows(ctx, len(row), keep, func() func(int, func(int32, float32)) {
		return func(product int, add func(int32, float32)) {
			if r := row[product]; r >= 0 {
				for j, v := range g.Row(int(r)) {
					if j != int(r) {
						add(head[j], -v/diagonal[j])
					}
				}
			}
		}
	})
}

// A set is a list of products, ascending, with how much it counts.
type set struct {
	products []int32
	weights  []float32 // of each product; nil when all count 1
	weight   float32
}

func setsOf(l *ledger.Log, day int32, o EaseOptions) []set {
	var sets []set
	keep := func(s set) {
		if o.Most > 0 && len(s.products) > o.Most {
			s.weight *= float32(o.Most) / float32(len(s.products))
		}
		if s.weight > 0 && len(s.products) > 0 {
			sets = append(sets, s)
		}
	}
	total := l.Baskets()
	if o.Sets == OfCustomers {
		total = len(l.Customers) + total - int(l.Of[len(l.Customers)])
	}
	step := int32(1)
	if o.Sample > 0 {
		step = int32(max(1, (total+o.Sample-1)/o.Sample))
	}
	baskets := func(from, to int32) {
		for b := from; b < to; b += step {
			if l.Day[b] < day {
				keep(set{l.Lines(b), nil, float32(fade(day-l.Day[b], o.HalfLife))})
			}
		}
	}
	if o.Sets == OfBaskets {
		baskets(0, int32(l.Baskets()))
		return sets
	}
	for c := int32(0); c < int32(len(l.Customers)); c += step {
		keep(taken(l, c, day, o.HalfLife))
	}
	baskets(l.Of[len(l.Customers)], int32(l.Baskets()))
	return sets
}

// taken returns what a customer took before a day, each product with what the
// last time of it counts.
func taken(l *ledger.Log, customer, day int32, halfLife float64) set {
	s := set{weight: 1}
	for b := l.Of[customer]; b < l.Of[customer+1] && l.Day[b] < day; b++ {
		s.products = append(s.products, l.Lines(b)...)
	}
	slices.Sort(s.products)
	s.products = slices.Compact(s.products)
	if halfLife > 0 {
		s.weights = make([]float32, len(s.products))
		for b := l.Of[customer]; b < l.Of[customer+1] && l.Day[b] < day; b++ {
			f := float32(fade(day-l.Day[b], halfLife))
			for _, p := range l.Lines(b) {
				i, _ := slices.BinarySearch(s.products, p)
				s.weights[i] = max(s.weights[i], f)
			}
		}
	}
	return s
}

// headOf returns the products that are in most sets, ascending, and their
// place by product.
func headOf(l *ledger.Log, sets []set, most int) (head, row []int32) {
	counts := make([]float64, len(l.Products))
	for _, s := range sets {
		for _, p := range s.products {
			counts[p]++
		}
	}
	for p := range counts {
		if counts[p] > 0 {
			head = append(head, int32(p))
		}
	}
	slices.SortFunc(head, func(a, b int32) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	if most > 0 && len(head) > most {
		head = head[:most]
	}
	slices.Sort(head)
	row = make([]int32, len(l.Products))
	for i := range row {
		row[i] = -1
	}
	for i, p := range head {
		row[p] = int32(i)
	}
	return head, row
}

// gram returns how much each two products are in the same sets. Every
// processor has rows of its own, so that sums have one order.
func gram(ctx context.Context, sets []set, head, row []int32) (*matrix.Symmetric, error) {
	n := len(head)
	g := matrix.New(n)
	of := make([][]int32, n) // by row, the sets
	for i, s := range sets {
		for _, p := range s.products {
			if r := row[p]; r >= 0 {
				of[r] = append(of[r], int32(i))
			}
		}
	}
	each(n, func() func(int) {
		return func(i int) {
			if ctx.Err() != nil {
				return
			}
			r := n - 1 - i // the long rows first
			sums := g.Row(r)
			for _, at := range of[r] {
				s := &sets[at]
				w := s.weight
				if s.weights != nil {
					i, _ := slices.BinarySearch(s.products, head[r])
					w *= s.weights[i]
				}
				for i, p := range s.products {
					c := row[p]
					if c > int32(r) {
						break // rows ascend with products
					}
					if c < 0 {
						continue
					}
					if s.weights != nil {
						sums[c] += w * s.weights[i]
					} else {
						sums[c] += w
					}
				}
			}
		}
	})
	return g, ctx.Err()
}

// Score writes what the query's products foretell.
func (e *Ease) Score(q *Query, out []float32) { linearly(e, q, out) }

// Reason returns what each product of the query foretells.
func (e *Ease) Reason(q *Query, product int32) []Part { return explained(e, q, product) }

// hears appends the products that the query has: of customers all they took,
// of baskets what is in the cart.
func (e *Ease) hears(a *asked, dst []source) []source {
	for _, p := range a.cart {
		dst = append(dst, source{p, 1, true})
	}
	if e.of == OfBaskets && len(a.cart) > 0 {
		return dst
	}
	day := a.heardOn(&e.decay)
	for _, i := range a.heard {
		h := &a.had[i]
		if w := e.decay.at(day - h.day); w > 0 && !h.cart {
			dst = append(dst, source{h.product, w, false})
		}
	}
	return dst
}

package model

import (
	"cmp"
	"context"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/matrix"
)

// Ease tells by which other products a product is foreseen: the weights B of
// a linear model that restores each set of products from the rest of it, in
// closed form (Steck, "Embarrassingly Shallow Autoencoders", 2019). A set is
// a basket or all that a customer took.
//
// The weights are dense among the products with most sets, the head; it
// costs head³/2 multiplications to find them.
type Ease struct {
	head    []int32 // by row, the product
	row     []int32 // by product, -1 beyond the head
	weights []float32
	of      Sets
	fade    float64
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
	// of what they will take; 0 counts all the same.
	Fade float64
}

// NewEase learns from the baskets of a log before a day. It returns the error
// of ctx when it ends first.
func NewEase(ctx context.Context, l *ledger.Log, day int32, o EaseOptions) (*Ease, error) {
	e := &Ease{of: o.Sets, fade: o.Fade}
	sets := setsOf(l, day, o)
	e.head, e.row = headOf(l, sets, o.Head)
	n := len(e.head)
	g := gram(sets, e.head, e.row)
	for i := range n {
		g.Row(i)[i] += float32(o.Ridge)
	}
	if err := g.Invert(ctx); err != nil {
		return nil, err
	}
	diagonal := make([]float32, n)
	for i := range n {
		diagonal[i] = g.Row(i)[i]
	}
	for i := range n {
		row := g.Row(i)
		for j := range row {
			row[j] = -row[j] / diagonal[j]
		}
		row[i] = 0
	}
	e.weights = g.Values
	return e, nil
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
	baskets := func(from, to int32) {
		for b := from; b < to; b++ {
			if l.Day[b] < day {
				keep(set{l.Lines(b), nil, float32(fade(day-l.Day[b], o.HalfLife))})
			}
		}
	}
	if o.Sets == OfBaskets {
		baskets(0, int32(l.Baskets()))
		return sets
	}
	for c := range l.Customers {
		keep(taken(l, int32(c), day, o.HalfLife))
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
func gram(sets []set, head, row []int32) *matrix.Symmetric {
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
	return g
}

// Score writes what the query's products foretell.
func (e *Ease) Score(q *Query, out []float32) {
	clear(out)
	sums := make([]float32, len(e.head))
	e.each(q, func(product int32, weight float32, _ bool) {
		for j, w := range e.weights[int(e.row[product])*len(e.head):][:len(e.head)] {
			sums[j] += weight * w
		}
	})
	for j, p := range e.head {
		out[p] = sums[j]
	}
}

// Reason returns what each product of the query foretells.
func (e *Ease) Reason(q *Query, product int32) []Part {
	to := e.row[product]
	if to < 0 {
		return nil
	}
	var parts []Part
	e.each(q, func(from int32, weight float32, cart bool) {
		if w := e.weights[int(e.row[from])*len(e.head)+int(to)]; w != 0 {
			parts = append(parts, Part{from, weight * w, cart})
		}
	})
	return sorted(parts)
}

// each calls f for the products of the head that the query has: of customers
// all they took, of baskets what is in the cart.
func (e *Ease) each(q *Query, f func(product int32, weight float32, cart bool)) {
	for _, p := range q.Cart {
		if e.row[p] >= 0 {
			f(p, 1, true)
		}
	}
	if e.of == OfBaskets && len(q.Cart) > 0 {
		return
	}
	for _, s := range last(q) {
		if e.row[s.Product] >= 0 && !slices.Contains(q.Cart, s.Product) {
			f(s.Product, float32(fade(q.Day-s.Day, e.fade)), false)
		}
	}
}

// last returns each product of the past once, when it was last taken, in the
// order of products.
func last(q *Query) []Item {
	list := slices.Clone(q.Past)
	slices.SortStableFunc(list, func(a, b Item) int { return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(b.Day, a.Day)) })
	return slices.CompactFunc(list, func(a, b Item) bool { return a.Product == b.Product })
}

package model

import (
	"context"
	"math"
	"slices"
	"sync"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Neighbors tells what the most alike customers take: how often, and how
// lately, they took each product, times how alike they are. Customers are
// alike when they take the same products in the same measure (cosine).
type Neighbors struct {
	o     NeighborsOptions
	decay decay
	rare  []float32 // by product: what it counts for in likeness
	taken *rows     // by customer, the products
	posts *rows     // by product, the customers with what it is of all that they take
	pool  sync.Pool // of *crowd
}

// NeighborsOptions are the settings of Neighbors; all of them are set by the
// caller.
type NeighborsOptions struct {
	// Most is the number of neighbors that are asked.
	Most int
	// HalfLife is the days after which a basket counts half; 0 counts all the
	// same.
	HalfLife float64
	// Posts is how many customers of a product are looked at, those of whose
	// taste it is most; 0 is all.
	Posts int
	// Customers is how many are asked at most, taken evenly from all; 0 is
	// all.
	Customers int
}

// NewNeighbors learns from the baskets of a log before a day.
func NewNeighbors(l *ledger.Log, day int32, o NeighborsOptions) *Neighbors {
	n, _ := newNeighbors(context.Background(), l, day, o)
	return n
}

func newNeighbors(ctx context.Context, l *ledger.Log, day int32, o NeighborsOptions) (*Neighbors, error) {
	n := &Neighbors{o: o, decay: newDecay(o.HalfLife), rare: make([]float32, len(l.Products))}
	step := 1
	if o.Customers > 0 {
		step = max(1, (len(l.Customers)+o.Customers-1)/o.Customers)
	}
	n.taken = &rows{starts: []int32{0}}
	counts := make([]int32, len(l.Products))
	for c := 0; c < len(l.Customers); c += step {
		if c/step%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		a := prepare(&Query{Day: day, Past: Past(l, int32(c), day)}, len(l.Products))
		from := len(n.taken.at)
		order := a.order()
		sums := a.faded(&n.decay, a.day)
		for _, i := range order {
			if v := log1p(sums[i]); v > 0 {
				n.taken.at = append(n.taken.at, a.had[i].product)
				n.taken.values = append(n.taken.values, v)
			}
		}
		a.done()
		if len(n.taken.at) == from {
			continue // nothing is known of them
		}
		for _, p := range n.taken.at[from:] {
			counts[p]++
		}
		n.taken.starts = append(n.taken.starts, int32(len(n.taken.at)))
	}
	customers := float64(len(n.taken.starts) - 1)
	for p := range n.rare {
		n.rare[p] = float32(math.Log1p(customers / float64(counts[p]+1)))
	}
	return n, n.post(ctx)
}

// post lists the customers of each product.
func (n *Neighbors) post(ctx context.Context) (err error) {
	sizes := make([]int32, len(n.rare))
	for _, p := range n.taken.at {
		sizes[p]++
	}
	of := lists(sizes)
	lengths := make([]float32, len(n.taken.starts)-1)
	for c := range int32(len(lengths)) {
		at, values := n.taken.of(c)
		var s float64
		for i, p := range at {
			of.add(p, c)
			v := float64(values[i] * n.rare[p])
			s += v * v
		}
		lengths[c] = float32(math.Sqrt(s) + 1e-9)
	}
	n.posts, err = makeRows(ctx, len(n.rare), n.o.Posts, func() func(int, func(int32, float32)) {
		return func(p int, add func(int32, float32)) {
			for _, c := range of.of(int32(p)) {
				add(c, n.taken.value(c, int32(p))*n.rare[p]/lengths[c])
			}
		}
	})
	return err
}

// A crowd is room for finding who is alike.
type crowd struct {
	sums    []float32 // by customer, zero between uses
	touched []int32
	values  []float32
	top     []int32
}

// hears appends the customers that are most alike, each with its share of what
// is heard of all.
func (n *Neighbors) hears(a *asked, dst []source) []source {
	c, _ := n.pool.Get().(*crowd)
	if c == nil {
		c = &crowd{sums: make([]float32, len(n.taken.starts)-1)}
	}
	defer n.pool.Put(c)
	from := len(dst)
	for i, s := range a.faded(&n.decay, a.day) {
		if h := &a.had[i]; h.cart {
			s++ // as if taken today
		}
		dst = append(dst, source{product: a.had[i].product, weight: log1p(s)})
	}
	for _, p := range a.cart {
		if a.marks[p] == inCart {
			dst = append(dst, source{product: p, weight: log1p(1)})
		}
	}
	row := dst[from:]
	var length float64
	for i := range row {
		row[i].weight *= n.rare[row[i].product]
		length += float64(row[i].weight) * float64(row[i].weight)
	}
	if length = math.Sqrt(length); !(length > 0) {
		return dst[:from]
	}
	if len(row) > mostShared {
		slices.SortFunc(row, func(x, y source) int {
			switch {
			case x.weight > y.weight:
				return -1
			case x.weight < y.weight:
				return 1
			}
			return int(x.product) - int(y.product)
		})
		row = row[:mostShared]
	}
	c.touched = c.touched[:0]
	for _, x := range row {
		at, values := n.posts.of(x.product)
		w := x.weight / float32(length)
		for i, who := range at {
			if c.sums[who] == 0 {
				c.touched = append(c.touched, who)
			}
			c.sums[who] += w * values[i]
		}
	}
	dst = dst[:from]
	c.values = c.values[:0]
	for _, who := range c.touched {
		v := c.sums[who]
		c.sums[who] = 0
		if v >= same {
			v = -1
		}
		c.values = append(c.values, v)
	}
	c.top = Top(c.top[:0], c.values, n.o.Most, nil)
	var total float32
	for _, i := range c.top {
		if v := c.values[i]; v > 0 {
			total += v
			dst = append(dst, source{product: c.touched[i], weight: v})
		}
	}
	for i := from; i < len(dst); i++ {
		dst[i].weight /= total
	}
	return dst
}

// mostShared is by how many products of a customer others are found: those that
// count for most.
const mostShared = 60

// same is the likeness from which on somebody is the customer, or tells
// nothing more.
const same = .9999

// Score writes what the neighbors take, a mean weighted by likeness.
func (n *Neighbors) Score(q *Query, out []float32) { linearly(n, q, out) }

func (n *Neighbors) table() *rows  { return n.taken }
func (n *Neighbors) products() int { return len(n.rare) }

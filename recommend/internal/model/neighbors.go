package model

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Neighbors tells what the most alike customers take: how often, and how
// lately, they took each product, times how alike they are. Customers are
// alike when they take the same products in the same measure (cosine).
type Neighbors struct {
	o      NeighborsOptions
	rare   []float32 // by product: what it counts for in likeness
	starts []int32   // of the customers' cells
	cells  []cell    // by customer; trust is the weight over the customer's length
	posted []int32   // of the products' cells
	posts  []cell    // by product, the customers
	pool   sync.Pool
}

// NeighborsOptions are the settings of Neighbors; all of them are set by the
// caller.
type NeighborsOptions struct {
	// Most is the number of neighbors that are asked.
	Most int
	// HalfLife is the days after which a basket counts half; 0 counts all the
	// same.
	HalfLife float64
	// Posts is how many customers of a product are looked at, the last ones
	// of its buyers; 0 is all.
	Posts int
}

// NewNeighbors learns from the baskets of a log before a day.
func NewNeighbors(l *ledger.Log, day int32, o NeighborsOptions) *Neighbors {
	n := &Neighbors{o: o, starts: []int32{0}}
	n.rare = make([]float32, len(l.Products))
	for i := range n.rare {
		n.rare[i] = 1
	}
	counts := make([]int32, len(l.Products)+1)
	for c := range l.Customers {
		row := n.row(Past(l, int32(c), day), day)
		n.cells = append(n.cells, row...)
		n.starts = append(n.starts, int32(len(n.cells)))
		for _, x := range row {
			counts[x.at+1]++
		}
	}
	customers := float64(len(l.Customers))
	for p := range n.rare {
		n.rare[p] = float32(math.Log1p(customers / float64(counts[p+1]+1)))
	}
	n.posted = counts
	for i := 1; i < len(counts); i++ {
		counts[i] += counts[i-1]
	}
	n.posts = make([]cell, len(n.cells))
	at := slices.Clone(counts)
	for c := range l.Customers {
		row := n.cells[n.starts[c]:n.starts[c+1]]
		length := n.length(row)
		for _, x := range row {
			n.posts[at[x.at]] = cell{int32(c), x.trust * n.rare[x.at] / length}
			at[x.at]++
		}
	}
	return n
}

// row returns the products of a past, ascending, with their weights.
func (n *Neighbors) row(past []Item, day int32) []cell {
	list := slices.Clone(past)
	slices.SortStableFunc(list, func(a, b Item) int { return cmp.Compare(a.Product, b.Product) })
	var row []cell
	for i := 0; i < len(list); {
		var s float64
		p := list[i].Product
		for ; i < len(list) && list[i].Product == p; i++ {
			s += fade(day-list[i].Day, n.o.HalfLife)
		}
		row = append(row, cell{p, float32(math.Log1p(s))})
	}
	return row
}

func (n *Neighbors) length(row []cell) float32 {
	var s float64
	for _, x := range row {
		v := float64(x.trust * n.rare[x.at])
		s += v * v
	}
	return float32(math.Sqrt(s) + 1e-9)
}

// nearest returns the customers with the highest likeness below a limit, at
// most so many, the most alike first.
func nearest(customers []int32, likeness []float32, most int, below float32) []alike {
	values := make([]float32, len(customers))
	slices.Sort(customers)
	for i, c := range customers {
		values[i] = likeness[c]
	}
	top := Top(nil, values, most, func(i int32) bool { return values[i] < below })
	list := make([]alike, len(top))
	for i, at := range top {
		list[i] = alike{values[at], customers[at]}
	}
	return list
}

type alike struct {
	likeness float32
	customer int32
}

// Score writes what the neighbors take, a mean weighted by likeness.
func (n *Neighbors) Score(q *Query, out []float32) {
	clear(out)
	past := q.Past
	for _, p := range q.Cart {
		past = append(past[:len(past):len(past)], Item{Product: p, Quantity: 1, Day: q.Day})
	}
	row := n.row(past, q.Day)
	if len(row) == 0 {
		return
	}
	size := len(n.starts) - 1
	kept, _ := n.pool.Get().(*[]float32)
	if kept == nil {
		kept = new(make([]float32, size))
	}
	sums := *kept
	length := n.length(row)
	var touched []int32
	for _, x := range row {
		posts := n.posts[n.posted[x.at]:n.posted[x.at+1]]
		if n.o.Posts > 0 && len(posts) > n.o.Posts {
			posts = posts[len(posts)-n.o.Posts:]
		}
		w := x.trust * n.rare[x.at] / length
		for _, c := range posts {
			if sums[c.at] == 0 {
				touched = append(touched, c.at)
			}
			sums[c.at] += w * c.trust
		}
	}
	// Who is equal is the customer, or tells nothing more.
	list := nearest(touched, sums, n.o.Most, .9999)
	for _, c := range touched {
		sums[c] = 0
	}
	n.pool.Put(kept)
	var total float32
	for _, a := range list {
		w := a.likeness
		total += w
		for _, x := range n.cells[n.starts[a.customer]:n.starts[a.customer+1]] {
			out[x.at] += w * x.trust
		}
	}
	if total > 0 {
		for i := range out {
			out[i] /= total
		}
	}
}

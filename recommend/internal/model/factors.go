package model

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Factors tells what customers of a like taste take: a vector of taste for
// each customer and each product, whose product is near 1 where the customer
// took the product and near 0 elsewhere, the first being more certain than the
// second (Hu, Koren and Volinsky, "Collaborative Filtering for Implicit
// Feedback Datasets", 2008). A customer's vector is worked out from what they
// took when they are asked for, so that who came a minute ago has one.
type Factors struct {
	rank    int
	vectors []float32 // of products, one after another
	square  []float64 // vectors' × vectors, with the ridge on the diagonal
	o       FactorsOptions
}

// FactorsOptions are the settings of Factors; all of them are set by the
// caller.
type FactorsOptions struct {
	// Rank is the length of the vectors and Rounds how often both sides are
	// solved.
	Rank, Rounds int
	// Ridge draws vectors to zero, the more the fewer products they have.
	Ridge float64
	// Trust is how much more certain a product taken is than one that was
	// not; each further time adds its logarithm.
	Trust float64
	// HalfLife is the days after which a basket counts half; 0 counts all the
	// same.
	HalfLife float64
}

// A cell is a product with how certain it is.
type cell struct {
	at    int32
	trust float32
}

// NewFactors learns from the baskets of a log before a day. It returns the
// error of ctx when it ends first.
func NewFactors(ctx context.Context, l *ledger.Log, day int32, o FactorsOptions) (*Factors, error) {
	f := &Factors{rank: o.Rank, o: o}
	var rows [][]cell
	for c := range l.Customers {
		past := Past(l, int32(c), day)
		if len(past) > 0 {
			rows = append(rows, f.cells(past, day))
		}
	}
	columns := make([][]cell, len(l.Products))
	for i, row := range rows {
		for _, x := range row {
			columns[x.at] = append(columns[x.at], cell{int32(i), x.trust})
		}
	}
	draw := rand.New(rand.NewPCG(1, 2))
	f.vectors = make([]float32, len(l.Products)*f.rank)
	for i := range f.vectors {
		f.vectors[i] = float32(draw.NormFloat64() / math.Sqrt(float64(f.rank)) / 10)
	}
	customers := make([]float32, len(rows)*f.rank)
	for range o.Rounds {
		if err := f.solve(ctx, customers, f.vectors, rows); err != nil {
			return nil, err
		}
		if err := f.solve(ctx, f.vectors, customers, columns); err != nil {
			return nil, err
		}
	}
	f.square = f.gram(f.vectors)
	return f, nil
}

// cells returns the products of a past, ascending, and how certain each is.
func (f *Factors) cells(past []Item, day int32) []cell {
	list := slices.Clone(past)
	slices.SortStableFunc(list, func(a, b Item) int { return cmp.Compare(a.Product, b.Product) })
	var row []cell
	for i := 0; i < len(list); {
		var n float64
		p := list[i].Product
		for ; i < len(list) && list[i].Product == p; i++ {
			n += fade(day-list[i].Day, f.o.HalfLife)
		}
		row = append(row, cell{p, float32(f.o.Trust * math.Log2(1+n))})
	}
	return row
}

// gram returns the product of vectors with themselves, and the ridge on the
// diagonal.
func (f *Factors) gram(vectors []float32) []float64 {
	k := f.rank
	g := make([]float64, k*k)
	for at := 0; at < len(vectors); at += k {
		v := vectors[at : at+k]
		for i, x := range v {
			row := g[i*k : i*k+k]
			for j, y := range v[:i+1] {
				row[j] += float64(x) * float64(y)
			}
		}
	}
	for i := range k {
		for j := range i {
			g[j*k+i] = g[i*k+j]
		}
		g[i*k+i] += f.o.Ridge
	}
	return g
}

// solve works out the vectors of one side from those of the other.
func (f *Factors) solve(ctx context.Context, to, from []float32, rows [][]cell) error {
	g := f.gram(from)
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			w := newSolver(f.rank)
			for {
				i := int(next.Add(1)) - 1
				if i >= len(rows) || i%64 == 0 && ctx.Err() != nil {
					return
				}
				x := to[i*f.rank : (i+1)*f.rank]
				if len(rows[i]) == 0 {
					clear(x)
					continue
				}
				w.solve(x, g, from, rows[i])
			}
		})
	}
	wait.Wait()
	return ctx.Err()
}

// A solver has room for one system of equations.
type solver struct {
	k           int
	x, r, p, ap []float64
	steps       int
}

func newSolver(k int) *solver {
	return &solver{k, make([]float64, k), make([]float64, k), make([]float64, k), make([]float64, k), 4}
}

// enough is what may be left of the square of the error.
const enough = 1e-10

// solve improves x by conjugate gradients: (g + Σ trust v v') x = Σ (1 + trust) v.
func (s *solver) solve(x []float32, g []float64, vectors []float32, row []cell) {
	k := s.k
	for i, v := range x {
		s.x[i] = float64(v)
	}
	s.apply(s.r, s.x, g, vectors, row)
	for i := range s.r {
		s.r[i] = -s.r[i]
	}
	for _, c := range row {
		t := 1 + float64(c.trust)
		for i, v := range vectors[int(c.at)*k : int(c.at)*k+k] {
			s.r[i] += t * float64(v)
		}
	}
	copy(s.p, s.r)
	rr := scalar(s.r, s.r)
	enough := enough * rr
	for step := 0; step < s.steps && rr > enough; step++ {
		s.apply(s.ap, s.p, g, vectors, row)
		a := rr / scalar(s.p, s.ap)
		for i := range s.x {
			s.x[i] += a * s.p[i]
			s.r[i] -= a * s.ap[i]
		}
		was := rr
		rr = scalar(s.r, s.r)
		for i := range s.p {
			s.p[i] = s.r[i] + rr/was*s.p[i]
		}
	}
	for i, v := range s.x {
		x[i] = float32(v)
	}
}

func (s *solver) apply(out, x, g []float64, vectors []float32, row []cell) {
	k := s.k
	for i := range out {
		out[i] = scalar(g[i*k:i*k+k], x)
	}
	for _, c := range row {
		v := vectors[int(c.at)*k : int(c.at)*k+k]
		var d float64
		for i, y := range v {
			d += float64(y) * x[i]
		}
		d *= float64(c.trust)
		for i, y := range v {
			out[i] += d * float64(y)
		}
	}
}

func scalar(a, b []float64) float64 {
	var s float64
	b = b[:len(a)]
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

// cellsOf returns the products of a query, the cart as if taken today.
func (f *Factors) cellsOf(q *Query) []cell {
	past := q.Past
	for _, p := range q.Cart {
		past = append(past[:len(past):len(past)], Item{Product: p, Quantity: 1, Day: q.Day})
	}
	return f.cells(past, q.Day)
}

// Score writes how near the customer's vector is to that of each product.
func (f *Factors) Score(q *Query, out []float32) {
	clear(out)
	row := f.cellsOf(q)
	if len(row) == 0 {
		return
	}
	x := make([]float32, f.rank)
	s := newSolver(f.rank)
	s.steps = 2 * f.rank // to the end
	s.solve(x, f.square, f.vectors, row)
	for p := range out {
		var d float32
		for i, v := range f.vectors[p*f.rank : (p+1)*f.rank] {
			d += v * x[i]
		}
		out[p] = d
	}
}

// Reason returns what each product of the query adds: the equations of the
// customer's vector are linear in them.
func (f *Factors) Reason(q *Query, product int32) []Part {
	row := f.cellsOf(q)
	if len(row) == 0 {
		return nil
	}
	// One vector y with (g + Σ trust v v') y = that of the product serves all.
	k := f.rank
	s := newSolver(k)
	s.steps = 2 * k
	y := s.against(f.square, f.vectors, row, f.vectors[int(product)*k:int(product)*k+k])
	var parts []Part
	for _, c := range row {
		var d float64
		for i, v := range f.vectors[int(c.at)*k : int(c.at)*k+k] {
			d += float64(v) * y[i]
		}
		parts = append(parts, Part{c.at, float32((1 + float64(c.trust)) * d), slices.Contains(q.Cart, c.at)})
	}
	return sorted(parts)
}

// against solves (g + Σ trust v v') y = b from zero.
func (s *solver) against(g []float64, vectors []float32, row []cell, b []float32) []float64 {
	clear(s.x)
	for i, v := range b {
		s.r[i] = float64(v)
	}
	copy(s.p, s.r)
	rr := scalar(s.r, s.r)
	enough := enough * rr
	for step := 0; step < s.steps && rr > enough; step++ {
		s.apply(s.ap, s.p, g, vectors, row)
		a := rr / scalar(s.p, s.ap)
		for i := range s.x {
			s.x[i] += a * s.p[i]
			s.r[i] -= a * s.ap[i]
		}
		was := rr
		rr = scalar(s.r, s.r)
		for i := range s.p {
			s.p[i] = s.r[i] + rr/was*s.p[i]
		}
	}
	return s.x
}

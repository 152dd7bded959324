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
	vectors []float32 // of products, one after another, turned so that the equations of who took nothing are those of one
	o       FactorsOptions
	decay   decay
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
	// Customers is how many are learned from at most, taken evenly from all;
	// 0 is all.
	Customers int
}

// A cell is a product with how certain it is.
type cell struct {
	at    int32
	trust float32
}

// NewFactors learns from the baskets of a log before a day. It returns the
// error of ctx when it ends first.
func NewFactors(ctx context.Context, l *ledger.Log, day int32, o FactorsOptions) (*Factors, error) {
	f := &Factors{rank: o.Rank, o: o, decay: newDecay(o.HalfLife)}
	step := 1
	if o.Customers > 0 {
		step = max(1, (len(l.Customers)+o.Customers-1)/o.Customers)
	}
	var rows [][]cell
	sizes := make([]int32, len(l.Products))
	for c := 0; c < len(l.Customers); c += step {
		if c/step%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		a := prepare(&Query{Day: day, Past: Past(l, int32(c), day)}, len(l.Products))
		if row := f.cells(a); len(row) > 0 {
			rows = append(rows, row)
			for _, x := range row {
				sizes[x.at]++
			}
		}
		a.done()
	}
	columns := make([][]cell, len(l.Products))
	for p, n := range sizes {
		columns[p] = make([]cell, 0, n)
	}
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
	f.turn()
	return f, nil
}

// turn multiplies the vectors with the inverse of the root of their square and the
// ridge.
func (f *Factors) turn() {
	k := f.rank
	r := root(f.gram(f.vectors), k)
	x := make([]float64, k)
	for at := 0; at < len(f.vectors); at += k {
		v := f.vectors[at : at+k]
		for i, y := range v {
			x[i] = float64(y)
		}
		forward(r, x)
		for i, y := range x {
			v[i] = float32(y)
		}
	}
}

// root makes of the lower half of a square matrix its root (Cholesky's).
func root(m []float64, k int) []float64 {
	for i := range k {
		for j := range i + 1 {
			s := m[i*k+j] - scalar(m[i*k:i*k+j], m[j*k:j*k+j])
			if i == j {
				m[i*k+i] = math.Sqrt(max(s, 1e-12))
			} else {
				m[i*k+j] = s / m[j*k+j]
			}
		}
	}
	return m
}

// forward solves root y = x in place of x.
func forward(root, x []float64) {
	k := len(x)
	for i := range x {
		x[i] = (x[i] - scalar(root[i*k:i*k+i], x[:i])) / root[i*k+i]
	}
}

// backward solves root' y = x in place of x.
func backward(root, x []float64) {
	k := len(x)
	for i := k - 1; i >= 0; i-- {
		x[i] /= root[i*k+i]
		for j, r := range root[i*k : i*k+i] {
			x[j] -= r * x[i]
		}
	}
}

// cells returns the products of a query, and how certain each is, the cart as
// if taken today.
func (f *Factors) cells(a *asked) []cell {
	row := make([]cell, 0, len(a.had)+len(a.cart))
	for i, n := range a.faded(&f.decay, a.heardOn(&f.decay)) {
		if a.had[i].cart {
			n++
		}
		row = append(row, cell{a.had[i].product, float32(f.o.Trust * math.Log2(1+float64(n)))})
	}
	for _, p := range a.cart {
		if a.marks[p] == inCart {
			row = append(row, cell{p, float32(f.o.Trust)})
		}
	}
	if len(row) > mostHeard {
		slices.SortFunc(row, func(x, y cell) int { return cmp.Or(cmp.Compare(y.trust, x.trust), cmp.Compare(x.at, y.at)) })
		row = row[:mostHeard]
	}
	slices.SortFunc(row, func(x, y cell) int { return cmp.Compare(x.at, y.at) })
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
				if i%16 == 0 {
					runtime.Gosched() // who is asked a question need not wait
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
	s.weigh(out, x, vectors, row)
}

// weigh adds Σ trust v v' x to out.
func (s *solver) weigh(out, x []float64, vectors []float32, row []cell) {
	k := s.k
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

// Score writes how near the customer's vector is to that of each product.
func (f *Factors) Score(q *Query, out []float32) {
	clear(out)
	a := prepare(q, len(f.vectors)/max(1, f.rank))
	defer a.done()
	f.add(a, out, 1, nil)
}

// add adds the scores to out, each times the gain of its product, or one for all where
// there are no gains.
func (f *Factors) add(a *asked, out []float32, flat float32, gains []float32) {
	k := f.rank
	row := f.cells(a)
	if len(row) == 0 || k == 0 {
		return
	}
	s := newSolver(k)
	b := make([]float64, k)
	for _, c := range row {
		t := 1 + float64(c.trust)
		for i, v := range f.vectors[int(c.at)*k : int(c.at)*k+k] {
			b[i] += t * float64(v)
		}
	}
	x := make([]float32, k)
	for i, v := range s.against(f.vectors, row, b) {
		x[i] = float32(v)
	}
	for p := range len(f.vectors) / k {
		if gains != nil {
			flat = gains[p]
		}
		out[p] += flat * near(f.vectors[p*k:p*k+k], x)
	}
}

// near is the product of two vectors, in four sums at a time.
func near(v, x []float32) float32 {
	var a, b, c, d float32
	for len(v) >= 8 && len(x) >= 8 {
		a += v[0] * x[0]
		b += v[1] * x[1]
		c += v[2] * x[2]
		d += v[3] * x[3]
		a += v[4] * x[4]
		b += v[5] * x[5]
		c += v[6] * x[6]
		d += v[7] * x[7]
		v, x = v[8:], x[8:]
	}
	for len(v) >= 4 && len(x) >= 4 {
		a += v[0] * x[0]
		b += v[1] * x[1]
		c += v[2] * x[2]
		d += v[3] * x[3]
		v, x = v[4:], x[4:]
	}
	for i, y := range v {
		a += y * x[i]
	}
	return a + b + (c + d)
}

// Reason returns what each product of the query adds: the equations of the
// customer's vector are linear in them.
func (f *Factors) Reason(q *Query, product int32) []Part {
	if uint32(product) >= uint32(len(f.vectors)/max(1, f.rank)) {
		return nil
	}
	a := prepare(q, len(f.vectors)/f.rank)
	defer a.done()
	return sorted(f.hears(a).explain(nil, product, 1))
}

// An ear has the equations of the vector of who asks, to be solved for many products.
type ear struct {
	f    *Factors
	a    *asked
	row  []cell
	root []float64 // of 1 + Σ trust v v'
	y    []float64
}

func (f *Factors) hears(a *asked) *ear {
	k := f.rank
	e := &ear{f, a, f.cells(a), make([]float64, k*k), make([]float64, k)}
	for i := range k {
		e.root[i*k+i] = 1
	}
	for _, c := range e.row {
		v := f.vectors[int(c.at)*k : int(c.at)*k+k]
		for i, x := range v {
			row, t := e.root[i*k:i*k+i+1], float64(c.trust)*float64(x)
			for j := range row {
				row[j] += t * float64(v[j])
			}
		}
	}
	root(e.root, k)
	return e
}

// explain appends what each product of the query adds to the score of one, times by.
// One vector y with (1 + Σ trust v v') y = that of the product serves all.
func (e *ear) explain(dst []Part, product int32, by float32) []Part {
	k := e.f.rank
	for i, v := range e.f.vectors[int(product)*k : int(product)*k+k] {
		e.y[i] = float64(v)
	}
	forward(e.root, e.y)
	backward(e.root, e.y)
	for _, c := range e.row {
		var d float64
		for i, v := range e.f.vectors[int(c.at)*k : int(c.at)*k+k] {
			d += float64(v) * e.y[i]
		}
		if v := by * float32((1+float64(c.trust))*d); v != 0 {
			dst = append(dst, Part{c.at, v, e.a.marks[c.at]&inCart != 0})
		}
	}
	return dst
}

// against solves (1 + Σ trust v v') x = b from zero.
func (s *solver) against(vectors []float32, row []cell, b []float64) []float64 {
	clear(s.x)
	copy(s.r, b)
	copy(s.p, b)
	rr := scalar(s.r, s.r)
	enough := enough * rr
	for step := 0; step < 2*s.k && rr > enough && rr > 0; step++ {
		copy(s.ap, s.p)
		s.weigh(s.ap, s.p, vectors, row)
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

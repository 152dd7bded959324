package model

import (
	"context"
	"io"
	"math"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Repeat tells how likely a customer who comes within the next window takes a
// product again, for all their products at once and comparable between
// customers: a logistic regression on how often and how lately they took it,
// how often they come, how others come back to it, when it is due, and how it
// sells of late.
type Repeat struct {
	// Known says that enough was taken again in the last window to learn
	// from. Otherwise chances are those of a customer's habit and visits.
	Known bool

	habit             *Habit
	due               *Due
	days, week, month *Popularity
	popular           *Popularity
	window            float64
	weights           []float64 // of the facts, the last that of 1
	mean, scale       []float64
}

// fewRepeats is how many products must have been taken again for weights to be
// told from them, and mostRepeats of how many customers they are told.
const (
	fewRepeats  = 50
	mostRepeats = 30_000
)

// facts is how many numbers are known of a customer and a product.
const facts = 19

// NewRepeat learns from the baskets of a log before a day: the weights from
// who came in the last window, by what was known before it. It returns the
// error of ctx when it ends first.
func NewRepeat(ctx context.Context, l *ledger.Log, day, window int32) (*Repeat, error) {
	if window <= 0 {
		window = Settings{}.filled().Window
	}
	some := thinned(l, mostTuned)
	before, after, cut := halves(some, day, window)
	if cut == day {
		before, after = byLot(some)
	}
	r, err := newRepeat(ctx, before, cut, window)
	if err != nil {
		return nil, err
	}
	var rows [][]float64
	var came []bool
	var of []int32
	for c := range int32(len(after.Customers)) {
		if after.Of[c] < after.Of[c+1] && before.Of[c] < before.Of[c+1] {
			of = append(of, c)
		}
	}
	for i, c := range evenly(of, mostRepeats) {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		taken := slices.Sorted(slices.Values(after.Product[after.Start[after.Of[c]]:after.Start[after.Of[c+1]]]))
		r.each(Past(before, c, math.MaxInt32), cut, nil, func(product int32, f []float64) {
			_, ok := slices.BinarySearch(taken, product)
			rows, came = append(rows, f), append(came, ok)
		})
	}
	now, err := newRepeat(ctx, l, day, window)
	if err != nil {
		return nil, err
	}
	right := 0
	for _, c := range came {
		if c {
			right++
		}
	}
	if now.Known = right >= fewRepeats && right < len(came); now.Known {
		now.mean, now.scale, now.weights = logistic(ctx, rows, came)
	}
	return now, ctx.Err()
}

func newRepeat(ctx context.Context, l *ledger.Log, day, window int32) (*Repeat, error) {
	w := float64(window)
	due, err := NewDue(ctx, l, day, DueOptions{})
	if err != nil {
		return nil, err
	}
	return &Repeat{
		habit: NewHabit(l, day), due: due, window: w,
		days: NewPopularity(l, day, w/10), week: NewPopularity(l, day, w/4), month: NewPopularity(l, day, w), popular: NewPopularity(l, day, 0),
	}, nil
}

// Chances returns how likely each product of a past is taken again in the
// window after a day, in the order of products. The past is as in [Due.Dates].
func (r *Repeat) Chances(past []Item, day int32) (products []int32, chances []float64) {
	r.each(past, day, nil, func(product int32, f []float64) {
		products, chances = append(products, product), append(chances, r.chance(f))
	})
	return products, chances
}

// Chance returns what [Repeat.Chances] has of one product; 0 of what is not in the
// past.
func (r *Repeat) Chance(past []Item, day, product int32) (chance float64) {
	r.each(past, day, func(p int32) bool { return p == product }, func(_ int32, f []float64) { chance = r.chance(f) })
	return chance
}

func (r *Repeat) chance(f []float64) float64 {
	if !r.Known { // in one basket, and in as many as are foreseen
		return 1 - math.Pow(1-min(.99, math.Exp(f[0])), math.Exp(f[1]))
	}
	z := r.weights[facts]
	for i, v := range f {
		z += r.weights[i] * (v - r.mean[i]) / r.scale[i]
	}
	return 1 / (1 + math.Exp(-z))
}

// Dates returns what [Due.Dates] does.
func (r *Repeat) Dates(past []Item, least int32) []Date { return r.due.Dates(past, least) }

// repeatMagic is what a saved Repeat begins with; its last byte is the version.
const repeatMagic = "repeat\x00\x01"

// WriteTo writes what tells repeats, so that [ReadRepeat] makes one that tells
// the same, to the last bit. There is no customer in it.
func (r *Repeat) WriteTo(w io.Writer) (int64, error) {
	return write(w, func(c *coder) { r.code(c, len(r.habit.again)) })
}

// ReadRepeat reads what [Repeat.WriteTo] wrote of so many products. It returns
// what [ReadShop] does.
func ReadRepeat(rd io.Reader, products int) (*Repeat, error) {
	r := &Repeat{habit: &Habit{}, due: &Due{}, days: &Popularity{}, week: &Popularity{}, month: &Popularity{}, popular: &Popularity{}}
	if err := read(rd, func(c *coder) { r.code(c, products) }); err != nil {
		return nil, err
	}
	return r, nil
}

// code writes or reads it, of n products.
func (r *Repeat) code(c *coder, n int) {
	c.head(repeatMagic)
	c.float(&r.window)
	c.chances(&r.habit.again, n)
	for _, p := range []*Popularity{r.days, r.week, r.month, r.popular} {
		c.floats(&p.scores, n)
	}
	r.due.code(c, n)
	known := int32(len(r.weights))
	c.int32(&known)
	if known != 0 && known != facts+1 {
		c.fail("other facts")
	}
	if r.Known = known != 0; r.Known && c.err == nil {
		c.chances(&r.mean, facts)
		c.chances(&r.scale, facts)
		c.chances(&r.weights, facts+1)
	}
	c.checksum()
}

// each calls f with the facts of each product of a past that of lets in; nil lets
// all in.
func (r *Repeat) each(past []Item, day int32, of func(product int32) bool, f func(product int32, facts []float64)) {
	unknown := func(i Item) bool { return uint32(i.Product) >= uint32(len(r.habit.again)) }
	if slices.ContainsFunc(past, unknown) {
		past = slices.DeleteFunc(slices.Clone(past), unknown)
	}
	if len(past) == 0 {
		return
	}
	last := past[len(past)-1]
	last.Basket = max(0, last.Basket)
	since := func(d int32) float64 { return max(0, float64(day)-float64(d)) }
	tenure := since(past[0].Day) + r.window
	visits := float64(last.Basket+1) / tenure * r.window // in a window
	type taken struct {
		n, day        int32
		first, last   int32 // baskets
		faded, lately float64
		quantity      float64
	}
	seen := map[int32]*taken{}
	for _, i := range past {
		t := seen[i.Product]
		if t == nil {
			t = &taken{first: i.Basket, day: i.Day}
			seen[i.Product] = t
		}
		t.n++
		t.last = i.Basket
		t.faded += fade(day-i.Day, 3*r.window)
		t.lately += fade(day-i.Day, r.window)
		t.quantity += max(1, float64(i.Quantity))
	}
	rhythms := gapsOf(past)
	customer := gapsIn(rhythms)
	again := float64(len(past) - len(seen)) // how often something was taken again
	size := float64(len(past)) / float64(last.Basket+1)
	for _, g := range rhythms {
		if of != nil && !of(g.product) {
			continue
		}
		t := seen[g.product]
		age := since(g.last)
		chance := r.habit.chance(g.product, float64(t.n-1), float64(last.Basket)-float64(t.first))
		gap, _ := r.due.foresee(g.product, g.days, customer)
		off := math.Log((age + 3) / (gap + 3))
		f(g.product, []float64{
			math.Log(chance),
			math.Log(visits),
			math.Log((float64(t.n) + .3) / (since(t.day) + r.window)),
			math.Log1p(age / r.window),
			math.Exp(-math.Abs(off)),
			off,
			float64(r.week.scores[g.product]),
			float64(r.month.scores[g.product]),
			float64(r.popular.scores[g.product]),
			math.Log(float64(t.n)),
			math.Log(t.faded + .01),
			math.Log(float64(len(rhythms))),
			math.Log1p(t.quantity / float64(t.n)),
			float64(r.days.scores[g.product]),
			math.Log(t.lately + .01),
			math.Log1p(max(0, float64(last.Basket)-float64(t.last))),
			math.Log(size),
			math.Log((again + 1) / (float64(len(past)) + 5)),
			off * off,
		})
	}
}

// logistic fits a logistic regression by Newton's steps on facts over their
// spread, with a little ridge, until ctx ends. The last weight is that of 1.
func logistic(ctx context.Context, rows [][]float64, came []bool) (mean, scale, weights []float64) {
	mean, scale = make([]float64, facts), make([]float64, facts)
	n := max(1, float64(len(rows)))
	for _, r := range rows {
		for i, v := range r {
			mean[i] += v / n
		}
	}
	for _, r := range rows {
		for i, v := range r {
			scale[i] += (v - mean[i]) * (v - mean[i]) / n
		}
	}
	for i := range scale {
		scale[i] = max(math.Sqrt(scale[i]), 1e-9)
	}
	const size = facts + 1
	weights = make([]float64, size)
	x := make([]float64, size)
	for range 12 {
		if ctx.Err() != nil {
			break
		}
		gradient, hessian := make([]float64, size), make([]float64, size*size)
		for k, r := range rows {
			z := weights[facts]
			for i, v := range r {
				x[i] = (v - mean[i]) / scale[i]
				z += weights[i] * x[i]
			}
			x[facts] = 1
			p := 1 / (1 + math.Exp(-z))
			d := p
			if came[k] {
				d--
			}
			for i, v := range x {
				gradient[i] += d * v
				row := hessian[i*size : i*size+i+1]
				for j := range row {
					row[j] += p * (1 - p) * v * x[j]
				}
			}
		}
		for i, w := range weights {
			gradient[i] += w
			for j := range i {
				hessian[j*size+i] = hessian[i*size+j]
			}
			hessian[i*size+i]++
		}
		moved := 0.0
		for i, s := range solved(hessian, gradient) {
			s = max(-3, min(s, 3))
			weights[i] -= s
			moved = max(moved, math.Abs(s))
		}
		if moved < 1e-6 {
			break
		}
	}
	return mean, scale, weights
}

// Package alike finds who is most like some people, by what all of them bought,
// when, how often and for how much.
//
// What somebody bought is a vector of products, brands and categories, each
// weighed by how often they bought it and how few others did (tf-idf), of length
// one. How like it is to a seed is its product with the difference between the
// mean vector of the seed and that of everybody (J. J. Rocchio, Relevance feedback
// in information retrieval, 1971). Recency, frequency and money are each the
// tenth of all buyers in which somebody is, so that outliers do not count; how
// like one is, is the logarithm of how much more of the seed is in that tenth.
// The two are added with the weights by which they set the seed apart from all,
// each in proportion to its spread (R. A. Fisher, The use of multiple measurements
// in taxonomic problems, 1936). Who belongs to the seed is measured against a mean
// without themselves, as all others are.
package alike

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// A Found is who is like a seed.
type Found struct {
	Ordinal  uint32
	Likeness float64 // the share of the seed that is less like it
	Why      []Feature
}

// A Kind tells what a feature is of.
type Kind uint8

// The kinds of features.
const (
	Product   Kind = iota + 1 // Text is its id
	Brand                     // that of a product bought
	Category                  // that of a product bought
	Title                     // of what was bought and is no product
	Recency                   // Low and High are times of the last sale
	Frequency                 // how many sales
	Money                     // what was spent
)

// A Feature is what somebody has in common with a seed: a text, or a range of
// which both ends are included, and math.MinInt64 and math.MaxInt64 are open.
type Feature struct {
	Kind      Kind
	Text      string
	Title     string // of a product
	Low, High int64
}

// mostWhy is how many features are told of.
const mostWhy = 3

// Find returns who of a base is most like a seed and not of it, at most n of
// them, by the facts up to a time: the most like first, of those who are equally
// like whoever came to the base first. It uses all cores and is the same for the
// same base. It takes the lock of the base, again and again for a short time.
func Find(ctx context.Context, base *column.Base, at int64, seed *roaring.Bitmap, n int) ([]Found, error) {
	if n <= 0 || seed.IsEmpty() {
		return nil, nil
	}
	f := newFinder(base, at, seed)
	for _, pass := range []func() error{
		func() error { return f.count(ctx) },
		func() error { return f.center(ctx) },
		func() error { return f.measure(ctx) },
	} {
		if err := pass(); err != nil {
			return nil, err
		}
	}
	f.weigh()
	return f.best(min(n, f.size)), nil
}

// A finder holds what is worked out in the passes over the base.
type finder struct {
	base   *column.Base
	at     int64
	seed   *roaring.Bitmap
	tokens *tokens
	size   int // how many ordinals there are

	buyers  int
	among   int       // of the seed
	rarity  []float64 // of each token: the logarithm of how many buyers there are for one who bought it
	habits  [3]habit
	mean    []float64 // of the seed, by token, times scale
	diff    []float64 // from everybody to the seed, times scale, of length one
	scale   float64
	taste   []float64 // how like what somebody bought is, by ordinal
	custom  []float64 // how like when, how often and for how much is
	weights [2]float64
	scores  []float64
	logs    [64]float64 // of small numbers: see often
}

func newFinder(base *column.Base, at int64, seed *roaring.Bitmap) *finder {
	base.RLock()
	defer base.RUnlock()
	f := &finder{base: base, at: at, seed: seed, tokens: newTokens(base), size: base.Chunks() * column.ChunkSize}
	f.taste, f.custom = make([]float64, f.size), make([]float64, f.size)
	for i := range f.habits {
		f.habits[i].of = make([]int64, f.size)
	}
	for i := range f.logs {
		f.logs[i] = 1 + math.Log(float64(max(i, 1)))
	}
	return f
}

// count counts who bought what, and parts habits in tenths.
func (f *finder) count(ctx context.Context) error {
	sums := make([][]int64, workers())
	err := f.each(ctx, func(worker int, c *column.Chunk, p uint32) {
		if sums[worker] == nil {
			sums[worker] = make([]int64, f.tokens.len())
		}
		for _, t := range f.tokens.bought(worker, c, p, f.at) {
			sums[worker][t.number]++
		}
		ordinal := uint32(c.Number)*column.ChunkSize + p
		last, orders, spent := habitsOf(c, p, f.at)
		for i, v := range [...]int64{last, orders, spent} {
			if orders == 0 {
				v = column.Lacking
			}
			f.habits[i].of[ordinal] = v
		}
	})
	if err != nil {
		return err
	}
	for i := range f.habits {
		f.habits[i].part()
		f.habits[i].compare(f.live, f.seed)
	}
	f.buyers = f.habits[0].there
	f.rarity = make([]float64, f.tokens.len())
	for t, n := range total(sums, f.tokens.len()) {
		if n > 0 {
			f.rarity[t] = math.Log(float64(max(f.buyers, 1)) / float64(min(n, int64(f.buyers))))
		}
	}
	return nil
}

// one is 1 in the fixed-point numbers that are added up: sums of them are the
// same in any order.
const one = 1 << 30

// center works out the mean of all buyers and that of the seed.
func (f *finder) center(ctx context.Context) error {
	all, own := make([][]int64, workers()), make([][]int64, workers())
	err := f.each(ctx, func(worker int, c *column.Chunk, p uint32) {
		if all[worker] == nil {
			all[worker], own[worker] = make([]int64, f.tokens.len()), make([]int64, f.tokens.len())
		}
		in := f.seed.Contains(uint32(c.Number)*column.ChunkSize + p)
		for _, t := range f.vector(worker, c, p) {
			x := int64(math.Round(t.weight * one))
			all[worker][t.number] += x
			if in {
				own[worker][t.number] += x
			}
		}
	})
	if err != nil {
		return err
	}
	f.mean, f.diff = make([]float64, f.tokens.len()), make([]float64, f.tokens.len())
	f.among = int(f.seed.GetCardinality())
	everybody, seeds := total(all, f.tokens.len()), total(own, f.tokens.len())
	length := 0.0
	for t := range f.diff {
		f.mean[t] = float64(seeds[t]) / one / float64(f.among)
		f.diff[t] = f.mean[t] - float64(everybody[t])/one/float64(max(f.buyers, 1))
		length += f.diff[t] * f.diff[t]
	}
	if length = math.Sqrt(length); length > 0 {
		f.scale = 1 / length
		for t := range f.diff {
			f.mean[t] /= length
			f.diff[t] /= length
		}
	}
	f.live(func(ordinal uint32) {
		for i := range f.habits {
			h := &f.habits[i]
			f.custom[ordinal] += h.more[h.in(h.of[ordinal])]
		}
	})
	return nil
}

// often is how much it counts to have bought something so many times.
func (f *finder) often(times int32) float64 {
	if int(times) < len(f.logs) {
		return f.logs[times]
	}
	return 1 + math.Log(float64(times))
}

// vector returns what somebody bought as a vector of length one, nil when they
// bought nothing, or only what everybody did.
func (f *finder) vector(worker int, c *column.Chunk, p uint32) []token {
	list := f.tokens.bought(worker, c, p, f.at)
	length := 0.0
	for i, t := range list {
		list[i].weight = f.often(t.times) * f.rarity[t.number]
		length += list[i].weight * list[i].weight
	}
	if length == 0 {
		return nil
	}
	length = math.Sqrt(length)
	for i := range list {
		list[i].weight /= length
	}
	return list
}

// measure works out how like what each bought is.
func (f *finder) measure(ctx context.Context) error {
	return f.each(ctx, func(worker int, c *column.Chunk, p uint32) {
		ordinal := uint32(c.Number)*column.ChunkSize + p
		x := f.vector(worker, c, p)
		like, mean, square := 0.0, 0.0, 0.0
		for _, t := range x {
			like += t.weight * f.diff[t.number]
			mean += t.weight * f.mean[t.number]
			square += t.weight * t.weight
		}
		if n := float64(f.among); n > 1 && f.seed.Contains(ordinal) {
			// Without themselves in the mean: n times it less x, for n-1.
			like -= mean - (n*mean-square*f.scale)/(n-1)
		}
		f.taste[ordinal] = like
	})
}

// weigh adds both up with the weights by which they set the seed apart.
func (f *finder) weigh() {
	f.scores = make([]float64, f.size)
	for i, part := range [...][]float64{f.taste, f.custom} {
		mean, spread := f.spread(part)
		if spread == 0 {
			continue
		}
		apart, n := 0.0, 0.0
		for it := f.seed.Iterator(); it.HasNext(); {
			if ordinal := it.Next(); int(ordinal) < f.size {
				apart += (part[ordinal] - mean) / spread
				n++
			}
		}
		f.weights[i] = max(apart/max(n, 1), 0) / spread
	}
	for ordinal := range f.scores {
		f.scores[ordinal] = f.weights[0]*f.taste[ordinal] + f.weights[1]*f.custom[ordinal]
	}
}

// best returns who is not of the seed and has the highest scores.
func (f *finder) best(n int) []Found {
	type scored struct {
		ordinal uint32
		score   float64
	}
	before := func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.ordinal, b.ordinal)) }
	var own []float64
	var others []scored
	f.live(func(ordinal uint32) {
		if f.seed.Contains(ordinal) {
			own = append(own, f.scores[ordinal])
			return
		}
		others = append(others, scored{ordinal, f.scores[ordinal]})
		if len(others) >= 2*n+1024 {
			slices.SortFunc(others, before)
			others = others[:n]
		}
	})
	slices.SortFunc(others, before)
	slices.Sort(own)
	list := make([]Found, 0, min(n, len(others)))
	f.base.RLock()
	defer f.base.RUnlock()
	for _, o := range others[:min(n, len(others))] {
		if !f.base.Has(o.ordinal) { // who left meanwhile
			continue
		}
		less, _ := slices.BinarySearch(own, o.score)
		list = append(list, Found{o.ordinal, float64(less) / float64(max(len(own), 1)), f.why(o.ordinal)})
	}
	return list
}

// spread returns the mean and the standard deviation of everybody.
func (f *finder) spread(part []float64) (mean, spread float64) {
	n := 0.0
	f.live(func(ordinal uint32) { mean += part[ordinal]; n++ })
	mean /= max(n, 1)
	f.live(func(ordinal uint32) { spread += (part[ordinal] - mean) * (part[ordinal] - mean) })
	return mean, math.Sqrt(spread / max(n, 1))
}

// why returns what counts most for somebody. The lock must be held.
func (f *finder) why(ordinal uint32) []Feature {
	type part struct {
		Feature
		counts float64
	}
	var parts []part
	c, p := f.base.Chunk(int(ordinal/column.ChunkSize)), ordinal%column.ChunkSize
	for _, t := range f.vector(0, c, p) {
		if counts := f.weights[0] * t.weight * f.diff[t.number]; counts > 0 {
			parts = append(parts, part{f.tokens.feature(t.number), counts})
		}
	}
	for i := range f.habits {
		h := &f.habits[i]
		v := h.of[ordinal]
		if counts := f.weights[1] * h.more[h.in(v)]; counts > 0 && v != column.Lacking {
			low, high := h.bounds(v)
			parts = append(parts, part{Feature{Kind: Recency + Kind(i), Low: low, High: high}, counts})
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.counts, a.counts) })
	var list []Feature
	for _, v := range parts[:min(len(parts), mostWhy)] {
		list = append(list, v.Feature)
	}
	return list
}

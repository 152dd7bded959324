package linkage

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// Options adjust Find. The zero value of every field is a good default.
type Options struct {
	// Offer is the probability from which a pair is offered; 0 is 0.5.
	Offer float64
	// Sure is the probability from which a pair is sure; 0 is 0.999.
	Sure float64
	// Apart tells which records are known not to be of one person; nil knows
	// none.
	Apart func(a, b int) bool
}

// A Pair is two records that may be of one person, the first below the second.
type Pair struct {
	A, B        int
	Probability float64
	Group       int   // the first record of those that are offered as one person, -1 when the two are not
	Sure        bool  // and so are all with whom they would be merged
	Conflict    Field // in what they or the others of their groups contradict each other; Fields for nothing
}

// A Report tells what a run has done.
type Report struct {
	Records  int
	Compared int            // pairs
	Skipped  map[string]int // blocks that too many share, by the name of the pass
	Limits   map[string]int // how many were not too many
	Expected float64        // share of records that are of one person with an earlier one, estimated
}

// A Linker is an index with its model and its blocks. It is not safe for
// concurrent use.
type Linker struct {
	Model  *Likelihoods
	Report Report

	index *Index
	cands *candidates
	mostM [Fields][levels]float64 // the largest weight that a level can have
}

// A hit is a pair worth to remember.
type hit struct {
	a, b uint32
	m, h float32 // bits
}

// New builds the blocks of an index and learns its model. With lookup, records that
// share their keys with nobody can be found by them too, as those that are added
// later may.
func New(ctx context.Context, x *Index, lookup bool) (*Linker, error) {
	x.tally()
	l := &Linker{index: x, cands: x.gather(lookup), Report: Report{Records: len(x.records), Limits: map[string]int{}}}
	for i, b := range l.cands.blocks {
		l.Report.Limits[passes[i].name] = b.limit
		if b.skipped > 0 {
			if l.Report.Skipped == nil {
				l.Report.Skipped = map[string]int{}
			}
			l.Report.Skipped[passes[i].name] = b.skipped
		}
	}
	var err error
	if l.Model, err = x.learn(ctx, l.cands); err != nil {
		return nil, err
	}
	n := float64(len(x.records))
	for f := range Fields {
		for v := Different; v < levels; v++ {
			least := l.Model.U[f][v]
			if v != Different {
				least = min(least, smoothing*unseen[f]/(n+smoothing))
			}
			if pm := max(l.Model.M[f][v], initialM); least > 0 {
				if v == Different {
					pm = l.Model.M[f][v]
				}
				l.mostM[f][v] = math.Log2(pm / least)
			}
		}
	}
	return l, nil
}

// Find compares all candidates and returns the pairs of all groups, and those
// between groups.
func (l *Linker) Find(ctx context.Context, opts Options) ([]Pair, error) {
	hits, err := l.score(ctx)
	if err != nil {
		return nil, err
	}
	l.count(hits)
	l.expect(hits, opts.Apart)
	g := &grouping{linker: l, bar: cmp.Or(opts.Offer, .5), sure: cmp.Or(opts.Sure, .999), apart: opts.Apart}
	hits = slices.DeleteFunc(hits, func(h hit) bool {
		p, _ := l.Model.posterior(float64(h.m), float64(h.h))
		return p < g.bar
	})
	slices.SortFunc(hits, func(s, t hit) int { return cmp.Or(cmp.Compare(s.a, t.a), cmp.Compare(s.b, t.b)) })
	return g.group(hits), nil
}

// score weighs all candidates and returns those that may be pairs.
func (l *Linker) score(ctx context.Context) ([]hit, error) {
	x, c := l.index, l.cands
	if len(x.records) < 2 {
		return nil, nil
	}
	// With no more pairs than records, these could not be likely.
	least := -6 - math.Log2(2/float64(len(x.records)))
	type task struct{ pass, from, to int }
	var tasks []task
	const chunk = 4096
	for p, b := range c.blocks {
		for from := 0; from < len(b.keys); from += chunk {
			tasks = append(tasks, task{p, from, min(from+chunk, len(b.keys))})
		}
	}
	for o, r := range c.orders {
		for from := 0; from < len(r.sorted); from += chunk {
			tasks = append(tasks, task{len(c.blocks) + o, from, min(from+chunk, len(r.sorted))})
		}
	}
	found := make([][]hit, len(tasks))
	var next, compared atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			n := 0
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(tasks) {
					break
				}
				t := tasks[i]
				look := func(a, b uint32) {
					if a > b {
						a, b = b, a
					}
					n++
					if h, ok := l.weigh(a, b, least); ok {
						found[i] = append(found[i], h)
					}
				}
				if t.pass >= len(c.blocks) {
					l.walk(t.pass-len(c.blocks), t.from, t.to, look)
				} else {
					l.pairs(t.pass, t.from, t.to, look)
				}
			}
			compared.Add(int64(n))
		})
	}
	wg.Wait()
	l.Report.Compared = int(compared.Load())
	return slices.Concat(found...), ctx.Err()
}

// pairs calls look with the pairs of some blocks of a pass that no earlier pass
// has.
func (l *Linker) pairs(pass, from, to int, look func(a, b uint32)) {
	b := l.cands.blocks[pass]
	for k := from; k < to; k++ {
		block := b.members[b.starts[k]:b.starts[k+1]]
		for i, v := range block {
		next:
			for _, w := range block[i+1:] {
				for _, e := range l.cands.blocks[:pass] {
					if e.together(v, w) != 0 {
						continue next
					}
				}
				if len(b.of) > 1 && b.together(v, w) != uint32(k+1) {
					continue
				}
				look(v, w)
			}
		}
	}
}

// walk calls look with the pairs that stand close in an order and in no block.
func (l *Linker) walk(which, from, to int, look func(a, b uint32)) {
	o := l.cands.orders[which]
	for i := from; i < to; i++ {
	next:
		for j := i + 1; j <= min(i+neighbors, len(o.sorted)-1); j++ {
			v, w := o.sorted[i], o.sorted[j]
			for _, e := range l.cands.blocks {
				if e.together(v, w) != 0 {
					continue next
				}
			}
			for _, e := range l.cands.orders[:which] {
				if e.close(v, w) {
					continue next
				}
			}
			look(v, w)
		}
	}
}

// weigh compares two records; it is false when they cannot be a pair.
func (l *Linker) weigh(a, b uint32, least float64) (hit, bool) {
	r, s := &l.index.records[a], &l.index.records[b]
	lv, on := l.index.compare(r, s)
	most := 0.0
	for f, v := range lv {
		most += l.mostM[f][v]
	}
	if most < least {
		return hit{}, false
	}
	m, h := l.index.weigh(l.Model, r, s, &lv, &on)
	e := hit{a: a, b: b, m: float32(sum(&m)), h: float32(sum(&h))}
	return e, float64(e.m) >= least
}

func sum(w *[Fields]float64) (s float64) {
	for _, v := range w {
		s += v
	}
	return s
}

// count estimates how many pairs and households there are, from what all
// candidates together say.
func (l *Linker) count(hits []hit) {
	n := float64(l.index.Len())
	if n < 2 {
		return
	}
	const records = 100 // that what was known before counts as
	odds := make([][2]float64, len(hits))
	for i, h := range hits {
		odds[i] = [2]float64{math.Exp2(float64(h.m)), math.Exp2(float64(h.h))}
	}
	for range 20 {
		pairs, houses := records*firstPairs, records*firstHouse
		for _, o := range odds {
			p, q := l.Model.Pairs*o[0], l.Model.Households*o[1]
			all := p + q + 1
			pairs, houses = pairs+p/all, houses+q/all
		}
		l.Model.Pairs = min(pairs/(n+records), 2) * 2 / (n - 1)
		l.Model.Households = min(houses/(n+records), 2) * 2 / (n - 1)
	}
}

// expect estimates how many records are of one person with an earlier one: each is
// so with the probability of the best pair that it makes with any of these.
func (l *Linker) expect(hits []hit, apart func(a, b int) bool) {
	best := make([]float64, l.index.Len())
	for _, h := range hits {
		p, _ := l.Model.posterior(float64(h.m), float64(h.h))
		if p > best[h.b] && (apart == nil || !apart(int(h.a), int(h.b))) {
			best[h.b] = p
		}
	}
	l.Report.Expected = 0
	for _, p := range best {
		l.Report.Expected += p / float64(len(best))
	}
}

// judge turns a hit into a pair.
func (l *Linker) judge(h hit) Pair {
	p, _ := l.Model.posterior(float64(h.m), float64(h.h))
	return Pair{A: int(h.a), B: int(h.b), Probability: p}
}

// compare judges any two records.
func (l *Linker) compare(a, b uint32) Pair {
	h, _ := l.weigh(a, b, math.Inf(-1))
	return l.judge(h)
}

// An Explanation tells how the probability of a pair comes about: the bits of
// Prior, of each Evidence and of Shared add up to the logarithm of its odds.
type Explanation struct {
	Prior       float64
	Evidence    []Evidence
	Shared      float64 // negative: how well it is explained by two who belong together
	Probability float64
}

// Explain explains what is said of two records.
func (l *Linker) Explain(a, b int) Explanation {
	r, s := &l.index.records[a], &l.index.records[b]
	lv, on := l.index.compare(r, s)
	m, h := l.index.weigh(l.Model, r, s, &lv, &on)
	e := Explanation{Prior: math.Log2(l.Model.Pairs), Shared: -math.Log2(1 + l.Model.Households*math.Exp2(sum(&h)))}
	for f, v := range lv {
		if v != Missing {
			e.Evidence = append(e.Evidence, Evidence{Field(f), v, m[f]})
		}
	}
	e.Probability, _ = l.Model.posterior(sum(&m), sum(&h))
	return e
}

// Estimate counts how many pairs there are without telling them, as Find does, for
// those who ask for single ones.
func (l *Linker) Estimate(ctx context.Context) error {
	hits, err := l.score(ctx)
	if err == nil {
		l.count(hits)
	}
	return err
}

// Clear reports whether nothing speaks against two records being one when all
// else agrees: they neither contradict each other nor leave a doubt.
func (l *Linker) Clear(a, b int) bool {
	return !l.index.Contradict(a, b) && !l.index.Doubtful(a, b)
}

// Add appends a record to the index after the model was learned. Similar finds it,
// Find does not.
func (l *Linker) Add(p *Person) int { return l.index.Add(p) }

// Similar returns the records that may be of the same person as one that is in
// the index, with a probability of at least least, best first. Records from added
// on are in no block: all of them are compared.
func (l *Linker) Similar(a int, least float64, added int) []Pair {
	x := l.index
	r := &x.records[a]
	seen := map[uint32]bool{uint32(a): true}
	var list []Pair
	look := func(b uint32) {
		if !seen[b] {
			seen[b] = true
			if p := l.compare(min(uint32(a), b), max(uint32(a), b)); p.Probability >= least {
				p.Conflict = x.Conflict(p.A, p.B)
				list = append(list, p)
			}
		}
	}
	for i, b := range l.cands.blocks {
		for slot := range passes[i].slots {
			if k, ok := slices.BinarySearch(b.keys, passes[i].key(x, r, slot)); ok {
				for _, o := range b.members[b.starts[k]:b.starts[k+1]] {
					look(o)
				}
			}
		}
	}
	for _, o := range l.cands.orders {
		if at := int(o.at(uint32(a))); at > 0 {
			for _, b := range o.sorted[max(at-1-neighbors, 0):min(at+neighbors, len(o.sorted))] {
				look(b)
			}
		}
	}
	for b := added; b < len(x.records); b++ {
		look(uint32(b))
	}
	slices.SortFunc(list, func(p, q Pair) int {
		return cmp.Or(cmp.Compare(q.Probability, p.Probability), cmp.Compare(p.A+p.B, q.A+q.B))
	})
	return list
}

// at returns where in the order a record stands, counted from 1, 0 for nowhere.
func (o *order) at(a uint32) uint32 {
	if int(a) < len(o.rank) {
		return o.rank[a]
	}
	return 0
}

func sortedKeys[V any](m map[uint32]V) []uint32 { return slices.Sorted(maps.Keys(m)) }

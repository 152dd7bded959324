package linkage

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

const (
	randomPairs = 300_000 // of which u is counted
	samplePairs = 40_000  // of each pass, which EM looks at
	rounds      = 30      // of EM
)

// learn estimates the model.
func (x *Index) learn(ctx context.Context, c *candidates) (*Likelihoods, error) {
	mo := newLikelihoods(len(x.records))
	if len(x.records) < 2 {
		return mo, nil
	}
	mo.learnU(x.random())
	samples := make([]sample, len(passes)+2)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for p := w; p < len(samples) && ctx.Err() == nil; p += workers {
				switch p - len(passes) {
				case 0:
					samples[p] = x.namesakes(Given, func(r *record) uint32 { return r.given })
				case 1:
					samples[p] = x.namesakes(Family, func(r *record) uint32 { return r.family })
				default:
					samples[p] = sample{about: passes[p].about, patterns: x.sample(c.blocks[p])}
				}
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	mo.fit(samples)
	return mo, nil
}

// random counts the levels of pairs drawn at random.
func (x *Index) random() *[Fields][levels]float64 {
	n := len(x.records)
	pairs := randomPairs
	if n < 1000 { // else there are more, and too many to be counted in 32 bits
		pairs = min(pairs, n*(n-1)/2)
	}
	counts := new([Fields][levels]float64)
	var parts [workers][Fields][levels]float64
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			dice := rand.New(rand.NewPCG(uint64(n), uint64(w)))
			for range pairs / workers {
				i, j := dice.IntN(n), dice.IntN(n-1)
				if j >= i {
					j++
				}
				l, _ := x.compare(&x.records[i], &x.records[j])
				for f, v := range l {
					parts[w][f][v]++
				}
			}
		})
	}
	wg.Wait()
	for w := range parts {
		for f := range counts {
			for v := range counts[f] {
				counts[f][v] += parts[w][f][v]
			}
		}
	}
	return counts
}

// sample counts the patterns of levels of some pairs of a pass, spread evenly.
func (x *Index) sample(b *blocks) map[uint32]float64 {
	total := 0
	for k := range b.keys {
		size := int(b.starts[k+1] - b.starts[k])
		total += size * (size - 1) / 2
	}
	most := ^uint64(0)
	if total > samplePairs {
		most = most / uint64(total) * samplePairs
	}
	patterns := map[uint32]float64{}
	for k := range b.keys {
		block := b.members[b.starts[k]:b.starts[k+1]]
		for i, a := range block {
			for _, o := range block[i+1:] {
				if most != ^uint64(0) && mix(uint64(a)<<32|uint64(o)) > most {
					continue
				}
				l, _ := x.compare(&x.records[a], &x.records[o])
				patterns[l.pattern()]++
			}
		}
	}
	return patterns
}

// A sample is pairs that agree in some fields, by the patterns of their levels.
type sample struct {
	about    []Field
	patterns map[uint32]float64
}

// namesakes samples pairs of which one name is the same: each record that it is
// drawn for, with others at random.
func (x *Index) namesakes(f Field, name func(*record) uint32) sample {
	s := sample{[]Field{f}, map[uint32]float64{}}
	sorted := make([]uint32, 0, len(x.records))
	for i := range x.records {
		if name(&x.records[i]) != 0 {
			sorted = append(sorted, uint32(i))
		}
	}
	slices.SortStableFunc(sorted, func(a, b uint32) int { return cmp.Compare(name(&x.records[a]), name(&x.records[b])) })
	var starts []int // of those with the same name
	var sums []int64 // of pairs up to there
	total := int64(0)
	for i := 0; i < len(sorted); {
		j := i + 1
		for j < len(sorted) && name(&x.records[sorted[j]]) == name(&x.records[sorted[i]]) {
			j++
		}
		if j-i > 1 {
			total += int64(j-i) * int64(j-i-1) / 2
			starts, sums = append(starts, i), append(sums, total)
		}
		i = j
	}
	dice := rand.New(rand.NewPCG(uint64(total), uint64(f)))
	for range min(samplePairs, total) {
		k, _ := slices.BinarySearch(sums, dice.Int64N(total)+1)
		n := sums[k]
		if k > 0 {
			n -= sums[k-1]
		}
		size := int(1+math.Sqrt(float64(1+8*n))) / 2
		i, j := dice.IntN(size), dice.IntN(size-1)
		if j >= i {
			j++
		}
		l, _ := x.compare(&x.records[sorted[starts[k]+i]], &x.records[sorted[starts[k]+j]])
		s.patterns[l.pattern()]++
	}
	return s
}

// A crowd is the classes of the pairs of one sample: their shares, and what is
// as it is only among those of them that have nothing to do with each other.
type crowd struct {
	shares [3]float64
	about  [Fields]bool
	u      [Fields][levels]float64
	free   []Field // of u, which are learned
	seen   []seen
}

type seen struct {
	levels Levels
	n      float64
}

// crowdOf prepares a sample.
func (mo *Likelihoods) crowdOf(s sample) *crowd {
	c := &crowd{shares: [3]float64{.3, .3, .4}, u: mo.U}
	for _, f := range s.about {
		c.about[f] = true
	}
	for _, k := range sortedKeys(s.patterns) {
		c.seen = append(c.seen, seen{levelsOf(k), s.patterns[k]})
	}
	for _, f := range [...]Field{Given, Family, Address} {
		if !c.about[f] && (c.about[Given] || c.about[Family]) && !c.about[Address] && !c.about[Birth] && !c.about[Company] {
			c.free = append(c.free, f)
			for v := Different + 1; v < levels; v++ {
				c.u[f][v] *= likely
			}
			c.u[f] = blend(f, c.u[f], [levels]float64{})
		}
	}
	return c
}

// learn does one round of EM: it adds to m and h what the sample says of them.
func (c *crowd) learn(mo *Likelihoods, m, h *[Fields][levels]float64) {
	var u [Fields][levels]float64
	sums := [3]float64{1, 1, 1}
	for _, s := range c.seen {
		like := c.shares
		for f, v := range s.levels {
			if !c.about[f] && !fixed(Field(f), v) {
				like[0] *= mo.M[f][v]
				like[1] *= mo.H[f][v]
				like[2] *= c.u[f][v]
			}
		}
		all := like[0] + like[1] + like[2]
		if all <= 0 {
			continue
		}
		for i := range like {
			like[i] *= s.n / all
			sums[i] += like[i]
		}
		for f, v := range s.levels {
			if !c.about[f] && !fixed(Field(f), v) {
				m[f][v] += like[0]
				h[f][v] += like[1]
				u[f][v] += like[2]
			}
		}
	}
	all := sums[0] + sums[1] + sums[2]
	c.shares = [3]float64{sums[0] / all, sums[1] / all, sums[2] / all}
	for _, f := range c.free {
		prior := mo.U[f]
		for v := Different + 1; v < levels; v++ {
			prior[v] *= likely
		}
		c.u[f] = blend(f, u[f], prior)
	}
}

// fit finds m, and what of h depends on the shop, by EM. Each sample has shares
// of the three classes of its own; of what its key is made of it says nothing.
func (mo *Likelihoods) fit(samples []sample) {
	crowds := make([]*crowd, len(samples))
	for i, s := range samples {
		crowds[i] = mo.crowdOf(s)
	}
	for range rounds {
		var m, h [Fields][levels]float64
		for _, c := range crowds {
			c.learn(mo, &m, &h)
		}
		for f := range Fields {
			mo.M[f] = blend(f, m[f], priorM[f])
			if over := mo.M[f][Different] - mostDifferent[f]; over > 0 {
				mo.M[f][Different] -= over
				mo.M[f][same[f]] += over
			}
			if f == Family || f == Phone || f == Company {
				mo.H[f] = blend(f, h[f], priorH[f])
			}
		}
	}
	for _, c := range crowds {
		for _, f := range c.free {
			for v := Different + 1; v < levels; v++ {
				if fixed(f, v) || mo.U[f][v] == 0 {
					continue
				}
				r := &mo.Names
				if f == Address {
					r = &mo.Home[b2i(c.about[Given] && c.about[Family])]
				}
				r[v] = max(r[v], c.u[f][v]/mo.U[f][v], 1)
			}
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// blend returns the shares of levels that were counted together with those that
// were known before.
func blend(f Field, counts, prior [levels]float64) (shares [levels]float64) {
	total, known := 0.0, 0.0
	for v := Different; v < levels; v++ {
		if !fixed(f, v) {
			total += counts[v]
			known += prior[v]
		}
	}
	for v := Different; v < levels; v++ {
		if !fixed(f, v) {
			shares[v] = (counts[v] + strength*prior[v]) / (total + strength*known)
		}
	}
	return shares
}

package recommend

import (
	"math"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// fill fills the list: the pins, then what boosts keep places for, then what the
// rungs say, one after another.
func (s *serving) fill(rungs []rung) {
	s.list, s.kept = slices.Grow(s.list[:0], s.q.N), s.kept[:0]
	if s.q.PerBrand+s.q.PerCategory > 0 {
		s.brands, s.groups = map[int32]int{}, map[int32]int{}
	}
	s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
		for _, id := range s.q.Pins {
			if n, ok := g.Number(id); ok && s.free(g, n) {
				s.list = append(s.list, candidate{number: n, model: s.state.model(n), pinned: true})
				s.charge(g, n, 1)
			}
		}
	})
	s.reserve(rungs)
	for i := 0; i < len(rungs) && len(s.list) < s.q.N; i++ {
		r := s.ranking(rungs, i)
		s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) { s.fillFrom(g, r) })
	}
}

// ranking returns that of a rung, which is made once.
func (s *serving) ranking(rungs []rung, i int) *ranking {
	for len(s.rankings) <= i {
		r := rungs[len(s.rankings)]()
		s.rankings = append(s.rankings, &r)
	}
	return s.rankings[i]
}

// reserve keeps places for the best of the boosts that have places of their own, as
// many as the pins leave them without.
func (s *serving) reserve(rungs []rung) {
	for b := range s.sieves {
		for i, full := 0, s.places(b) == 0; i < len(rungs) && !full; i++ {
			r := s.ranking(rungs, i)
			s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) { full = s.reserveFrom(g, r, b) })
		}
	}
}

// reserveFrom keeps places for a boost as a ranking says, and reports whether it has
// all.
func (s *serving) reserveFrom(g *goods.Goods, r *ranking, boost int) bool {
	for k := 4 * s.q.N; s.has(boost) < s.places(boost); k *= 4 {
		best := s.best(g, r, k, s.sieves[boost])
		for _, c := range best {
			if s.has(boost) < s.places(boost) && s.free(g, c.number) {
				s.kept = append(s.kept, c)
				s.charge(g, c.number, 1)
			}
		}
		if len(best) < k {
			return s.has(boost) >= s.places(boost)
		}
	}
	return true
}

// has returns how many places of the list are a boost's, those that are kept with
// them. Like what follows it is asked while the catalog is read.
func (s *serving) has(boost int) (n int) {
	for _, list := range [][]candidate{s.list, s.kept} {
		for _, c := range list {
			if s.sieves[boost](c.number) {
				n++
			}
		}
	}
	return n
}

// places returns how many places of the list are a boost's own.
func (s *serving) places(boost int) int {
	return int(s.q.Boosts[boost].Share*float64(s.q.N) + 1e-9)
}

// free reports whether a product may come into the list as it stands, at a place
// that is not kept.
func (s *serving) free(g *goods.Goods, n int32) bool {
	if len(s.list)+len(s.kept) >= s.q.N || !s.may(g, n) || at(s.list, n) >= 0 || at(s.kept, n) >= 0 {
		return false
	}
	b, c := g.Brand(n), g.Category(n)
	return !(s.q.PerBrand > 0 && b != goods.None && s.brands[b] >= s.q.PerBrand) &&
		!(s.q.PerCategory > 0 && c != goods.None && s.groups[c] >= s.q.PerCategory)
}

// at returns the place of a product, or -1.
func at(list []candidate, n int32) int {
	return slices.IndexFunc(list, func(c candidate) bool { return c.number == n })
}

// charge counts a product to its brand and category, where these have limits, or takes
// it off with -1.
func (s *serving) charge(g *goods.Goods, n int32, by int) {
	if s.brands == nil {
		return
	}
	s.brands[g.Brand(n)] += by
	s.groups[g.Category(n)] += by
}

// add puts a candidate at the end of the list. One that is in it in place of another
// that was kept lets that one go.
func (s *serving) add(g *goods.Goods, c candidate) {
	if i := at(s.kept, c.number); i >= 0 {
		s.kept = slices.Delete(s.kept, i, i+1)
		s.list = append(s.list, c)
		return
	}
	s.list = append(s.list, c)
	s.charge(g, c.number, 1)
	for i := len(s.kept) - 1; i >= 0; i-- {
		n := s.kept[i].number
		needed := false
		for b, in := range s.sieves {
			needed = needed || s.places(b) > 0 && in(n) && s.has(b) <= s.places(b)
		}
		if !needed {
			s.charge(g, n, -1)
			s.kept = slices.Delete(s.kept, i, i+1)
		}
	}
}

// spare is how many more candidates than places are looked at first.
const spare = 10

// fillFrom adds what a ranking says: of ever more candidates, until the list is
// full or there are no more.
func (s *serving) fillFrom(g *goods.Goods, r *ranking) {
	k := s.q.N + spare
	if s.q.Variety > 0 || s.q.PerBrand+s.q.PerCategory+len(s.kept) > 0 {
		k = 4*s.q.N + 20
	}
	for ; len(s.list) < s.q.N; k *= 4 {
		best := s.best(g, r, k, nil)
		more := len(best) == k
		for _, c := range s.kept {
			if c.from == r && at(best, c.number) < 0 {
				best = append(best, c)
			}
		}
		s.choose(g, best)
		if !more {
			return
		}
	}
}

// best returns the k first candidates of a ranking, of those that in lets in; nil
// lets all.
func (s *serving) best(g *goods.Goods, r *ranking, k int, in func(int32) bool) []candidate {
	may := func(n int32) bool { return s.may(g, n) && (in == nil || in(n)) }
	if r.score == nil {
		var list []candidate
		for i, n := range r.order {
			if len(list) == k {
				break
			}
			if may(n) {
				list = append(list, candidate{number: n, model: s.state.model(n), score: float32(-i), from: r})
			}
		}
		return list
	}
	s.boost(r)
	numbers := s.state.of
	keep := func(p int32) bool { return may(numbers[p]) && (r.keep == nil || r.keep(p)) }
	var top []int32
	if r.of == nil {
		top = model.Top(nil, r.boosted, k, keep)
	} else {
		some := make([]float32, len(r.of))
		for i, p := range r.of {
			some[i] = r.boosted[p]
		}
		top = model.Top(nil, some, k, func(i int32) bool { return keep(r.of[i]) })
		for i, at := range top {
			top[i] = r.of[at]
		}
	}
	list := make([]candidate, len(top), len(top)+len(s.kept))
	for i, p := range top {
		list[i] = candidate{number: numbers[p], model: p, score: r.boosted[p], from: r}
	}
	return list
}

// boost works out the scores of a ranking with what boosts add, once.
func (s *serving) boost(r *ranking) {
	if r.boosted != nil {
		return
	}
	r.boosted = r.score
	own := false // a copy, not the ranking's
	for i, in := range s.sieves {
		times := s.q.Boosts[i].Times
		if times == 0 || times == 1 {
			continue
		}
		if !own {
			r.boosted, own = slices.Clone(r.score), true
		}
		for p, n := range s.state.of {
			switch {
			case n < 0 || !in(n):
			case r.chance:
				r.boosted[p] *= float32(times)
			default:
				r.boosted[p] += float32(math.Log(times))
			}
		}
	}
}

// choose adds candidates, the best first, as far as the query lets them in.
// Unlike ones come earlier when it wants variety.
func (s *serving) choose(g *goods.Goods, best []candidate) {
	fits := func(c candidate) bool { return at(s.kept, c.number) >= 0 || s.free(g, c.number) }
	if s.q.Variety == 0 { // they are in their order
		for _, c := range best {
			if len(s.list) == s.q.N {
				return
			}
			if fits(c) {
				s.add(g, c)
			}
		}
		return
	}
	var low, spread float32
	for i, c := range best {
		if i == 0 || c.score < low {
			low = c.score
		}
	}
	for _, c := range best {
		spread = max(spread, c.score-low)
	}
	left := slices.Clone(best)                   // what does not fit now may, when a place is no longer kept
	likest := make(map[int32]float32, len(left)) // by number: how like to anything in the list, at most
	for _, o := range s.list {
		s.liken(g, left, o, likest)
	}
	for len(s.list) < s.q.N && len(left) > 0 {
		pick, most := -1, float32(0)
		for i, c := range left {
			if !fits(c) {
				continue
			}
			var value float32
			if spread > 0 {
				value = (c.score - low) / spread
			}
			v := float32(s.q.Variety)
			if value = (1-v)*value - v*likest[c.number]; pick < 0 || value > most {
				pick, most = i, value
			}
		}
		if pick < 0 {
			return
		}
		c := left[pick]
		s.add(g, c)
		left = slices.Delete(left, pick, pick+1)
		s.liken(g, left, c, likest)
	}
}

// liken notes how like candidates are to one that came into the list, between 0 and 1.
func (s *serving) liken(g *goods.Goods, left []candidate, o candidate, likest map[int32]float32) {
	b, k := g.Brand(o.number), g.Category(o.number)
	for _, c := range left {
		like := likest[c.number]
		if c.model >= 0 && o.model >= 0 {
			like = max(like, s.state.shop.Content().Like(c.model, o.model))
		}
		if b != goods.None && b == g.Brand(c.number) {
			like = max(like, .3)
		}
		if k != goods.None && k == g.Category(c.number) {
			like = max(like, .6)
		}
		likest[c.number] = like
	}
}

// numbers returns those of the list.
func (s *serving) numbers() []int32 {
	out := make([]int32, len(s.list))
	for i, c := range s.list {
		out[i] = c.number
	}
	return out
}

// ids returns the products that have numbers.
func (s *serving) ids(numbers []int32) []crm.ProductID {
	out := make([]crm.ProductID, len(numbers))
	s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
		for i, n := range numbers {
			out[i] = g.ID(n)
		}
	})
	return out
}

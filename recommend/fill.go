package recommend

import (
	"math"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// fill fills the list: the pins, then what the rungs say, one after another.
func (s *serving) fill(rungs []rung) {
	s.list, s.brands, s.groups = s.list[:0], map[int32]int{}, map[int32]int{}
	s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
		for _, id := range s.q.Pins {
			if n, ok := g.Number(id); ok && s.free(g, n) {
				s.add(g, candidate{number: n, model: s.state.model(n), pinned: true})
			}
		}
	})
	for i := 0; i < len(rungs) && len(s.list) < s.q.N; i++ {
		if i == len(s.rankings) {
			r := rungs[i]()
			s.rankings = append(s.rankings, &r)
		}
		s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) { s.fillFrom(g, s.rankings[i]) })
	}
}

// free reports whether a product may come into the list as it stands.
func (s *serving) free(g *goods.Goods, n int32) bool {
	if len(s.list) == s.q.N || int(n) >= len(s.allowed) || !s.allowed[n] ||
		slices.ContainsFunc(s.list, func(c candidate) bool { return c.number == n }) {
		return false
	}
	b, c := g.Brand(n), g.Category(n)
	return !(s.q.PerBrand > 0 && b != goods.None && s.brands[b] >= s.q.PerBrand) &&
		!(s.q.PerCategory > 0 && c != goods.None && s.groups[c] >= s.q.PerCategory)
}

func (s *serving) add(g *goods.Goods, c candidate) {
	s.list = append(s.list, c)
	s.brands[g.Brand(c.number)]++
	s.groups[g.Category(c.number)]++
}

// fillFrom adds what a ranking says: of ever more candidates, until the list is
// full or there are no more.
func (s *serving) fillFrom(g *goods.Goods, r *ranking) {
	for k := 4*s.q.N + 20; len(s.list) < s.q.N; k *= 4 {
		best := s.best(r, k)
		s.choose(g, best)
		if len(best) < k {
			return
		}
	}
}

// best returns the k first candidates of a ranking, and with them as many of each
// boost that has places of its own.
func (s *serving) best(r *ranking, k int) []candidate {
	if r.score == nil {
		var list []candidate
		for i, n := range r.order {
			if len(list) < k && s.allowed[n] {
				list = append(list, candidate{number: n, model: s.state.model(n), score: float32(-i), from: r})
			}
		}
		return list
	}
	of := s.state.of
	scores := r.score
	if len(s.sieves) > 0 {
		scores = slices.Clone(scores)
		for p := range scores {
			for i, in := range s.sieves {
				if times := s.q.Boosts[i].Times; times > 0 && of[p] >= 0 && in(of[p]) {
					scores[p] += float32(math.Log(times))
				}
			}
		}
	}
	keep := func(p int32) bool { return of[p] >= 0 && s.allowed[of[p]] && (r.keep == nil || r.keep(p)) }
	top := model.Top(nil, scores, k, keep)
	for i, in := range s.sieves {
		if places := s.places(i); places > 0 {
			for _, p := range model.Top(nil, scores, places, func(p int32) bool { return keep(p) && in(of[p]) }) {
				if !slices.Contains(top, p) {
					top = append(top, p)
				}
			}
		}
	}
	list := make([]candidate, len(top))
	for i, p := range top {
		list[i] = candidate{number: of[p], model: p, score: scores[p], from: r}
	}
	return list
}

// places returns how many places of the list are a boost's own.
func (s *serving) places(boost int) int {
	return int(s.q.Boosts[boost].Share*float64(s.q.N) + 1e-9)
}

// choose adds candidates, the best first, as far as the query lets them in.
// Unlike ones come earlier when it wants variety, and the last places are kept for
// boosts that have fewer than are theirs.
func (s *serving) choose(g *goods.Goods, best []candidate) {
	var low, spread float32
	for i, c := range best {
		if i == 0 || c.score < low {
			low = c.score
		}
	}
	for _, c := range best {
		spread = max(spread, c.score-low)
	}
	left := slices.Clone(best)
	for len(s.list) < s.q.N && len(left) > 0 {
		at, most := -1, float32(0)
		wanted := s.wanted(left)
		for i := range left {
			c := &left[i]
			if !s.free(g, c.number) || wanted != nil && !wanted(c.number) {
				continue
			}
			value := c.score
			if s.q.Variety > 0 && spread > 0 {
				v := float32(s.q.Variety)
				value = (1-v)*(c.score-low)/spread - v*s.likest(g, c)
			}
			if at < 0 || value > most {
				at, most = i, value
			}
			if s.q.Variety == 0 {
				break // they are in their order
			}
		}
		if at < 0 {
			return
		}
		s.add(g, left[at])
		left = slices.Delete(left, at, at+1)
	}
}

// wanted returns what the next place is kept for, nil for anything: when no more
// places are left than boosts lack of their own, and have candidates for.
func (s *serving) wanted(left []candidate) func(n int32) bool {
	open := 0
	var lacking []func(int32) bool
	for i, in := range s.sieves {
		lack := s.places(i)
		for _, c := range s.list {
			if in(c.number) {
				lack--
			}
		}
		n := 0
		for _, c := range left {
			if n < lack && s.allowed[c.number] && in(c.number) {
				n++
			}
		}
		if n > 0 {
			open += n
			lacking = append(lacking, in)
		}
	}
	if open == 0 || s.q.N-len(s.list) > open {
		return nil
	}
	return func(n int32) bool {
		return slices.ContainsFunc(lacking, func(in func(int32) bool) bool { return in(n) })
	}
}

// likest returns how like a candidate is to what is in the list, at most, between
// 0 and 1.
func (s *serving) likest(g *goods.Goods, c *candidate) float32 {
	var most float32
	for _, o := range s.list {
		var like float32
		if c.model >= 0 && o.model >= 0 {
			like = s.state.shop.Content().Like(c.model, o.model)
		}
		if b := g.Brand(c.number); b != goods.None && b == g.Brand(o.number) {
			like = max(like, .3)
		}
		if k := g.Category(c.number); k != goods.None && k == g.Category(o.number) {
			like = max(like, .6)
		}
		most = max(most, like)
	}
	return most
}

// ids returns the products of candidates.
func (s *serving) ids(list []candidate) []crm.ProductID {
	out := make([]crm.ProductID, len(list))
	s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
		for i, c := range list {
			out[i] = g.ID(c.number)
		}
	})
	return out
}

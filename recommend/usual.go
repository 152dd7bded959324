package recommend

import (
	"context"
	"errors"
	"slices"
	"sort"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
)

// bands are the names of a third each of the products of a category, by price.
var bands = []string{"low", "middle", "high"}

// A usual is what is bought in a shop: the shares of all that customers took.
type usual struct {
	of              *state
	category, brand map[int32]float64 // by number
	band            []int8            // by product of the models: the place in bands, -1 without a price
	bands           [3]float64
}

// usually returns what is bought in the shop, worked out once for each state.
func (r *Recommender) usually(st *state, g *goods.Goods) *usual {
	if u := r.usual.Load(); u != nil && u.of == st {
		return u
	}
	u := &usual{of: st, category: map[int32]float64{}, brand: map[int32]float64{}, band: make([]int8, len(st.of))}
	lines := make([]float64, len(st.of))
	for _, p := range st.log.Product {
		lines[p]++
	}
	prices := map[int32][]int64{} // by category
	for p, n := range st.of {
		if u.band[p] = -1; n < 0 {
			continue
		}
		if low, _, ok := g.Price(n); ok {
			prices[g.Category(n)] = append(prices[g.Category(n)], low)
		}
	}
	for _, list := range prices {
		slices.Sort(list)
	}
	var categories, brands, banded float64
	for p, n := range st.of {
		if n < 0 {
			continue
		}
		for i, c := range g.Categories(n) {
			if u.category[c] += lines[p]; i == 0 {
				categories += lines[p]
			}
		}
		if b := g.Brand(n); b != goods.None {
			u.brand[b] += lines[p]
			brands += lines[p]
		}
		if low, _, ok := g.Price(n); ok {
			u.band[p] = band(prices[g.Category(n)], low)
			if u.band[p] >= 0 {
				u.bands[u.band[p]] += lines[p]
				banded += lines[p]
			}
		}
	}
	for c := range u.category {
		u.category[c] /= max(1, categories)
	}
	for b := range u.brand {
		u.brand[b] /= max(1, brands)
	}
	for i := range u.bands {
		u.bands[i] /= max(1, banded)
	}
	r.usual.Store(u)
	return u
}

// band returns in which third of some prices, ascending, one is: of products of one
// price in the middle of these. Fewer than three have no thirds.
func band(prices []int64, price int64) int8 {
	if len(prices) < len(bands) {
		return -1
	}
	from := sort.Search(len(prices), func(i int) bool { return prices[i] >= price })
	to := sort.Search(len(prices), func(i int) bool { return prices[i] > price })
	return int8(min(len(bands)-1, (from+to)*len(bands)/(2*len(prices))))
}

// An affinitySource answers for affinities as traits, from what is in memory.
type affinitySource struct{ r *Recommender }

// Room is "affinity".
func (affinitySource) Room() string { return "affinity" }

// Traits returns what [crm.TraitSource] says.
func (s affinitySource) Traits(ctx context.Context, tx *crm.Tx, ids []crm.CustomerID) ([]crm.Trait, error) {
	st := s.r.state.Load()
	if st == nil || len(ids) == 0 {
		return nil, nil
	}
	who, err := s.r.person(ctx, tx, st, ids[0], &Query{At: tx.Now()})
	if errors.Is(err, crm.ErrNotFound) || errors.Is(err, crm.ErrErased) {
		return nil, nil
	}
	if err != nil || who.objected {
		return nil, err
	}
	list, err := stated(ctx, tx, who.id, s.r.leans(st, who.bought))
	if err != nil {
		return nil, err
	}
	var traits []crm.Trait
	for _, kind := range leanings {
		var names []string
		for _, a := range list {
			if a.Of == kind {
				names = append(names, a.Name)
			}
		}
		if len(names) > 0 {
			traits = append(traits, crm.Trait{Name: kind, Value: crm.Words(names...), At: tx.Now()})
		}
	}
	return traits, nil
}

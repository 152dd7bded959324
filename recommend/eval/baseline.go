package eval

import (
	"cmp"
	"math"
	"slices"
)

// The baselines, which are in every report. A recommender that does not beat
// both is of no use, and the second is harder to beat than it looks.
const (
	// Popularity recommends to everybody what most customers took, and for
	// Cart and Session what is in most baskets.
	Popularity = "popularity"
	// Own recommends what the customer took most often, then the popular. In
	// the cart of somebody unknown it is Popularity.
	Own = "own history"
)

// A learned is what every task of a split needs of its training rows.
type learned struct {
	baselines []System
	bits      map[string]float64 // see surprises
}

// baselines learns both from training rows.
func (s *Split) baselines(kind Kind) []System {
	type sale struct{ who, product string }
	seen := map[sale]bool{}
	popularity := map[string]float64{} // number of customers, or of baskets
	own := map[string]map[string]float64{}
	counted := map[[3]string]float64{}
	for _, r := range s.Train {
		who := r.buyer()
		if kind == Cart || kind == Session {
			who = r.basket()
		}
		if k := (sale{who, r.Product}); !seen[k] {
			seen[k] = true
			popularity[r.Product]++
		}
		if r.Customer == "" {
			continue
		}
		k := [3]string{r.Customer, r.basket(), r.Product}
		counted[k] = max(counted[k], r.weight())
	}
	for _, r := range s.Train {
		k := [3]string{r.Customer, r.basket(), r.Product}
		if weight, ok := counted[k]; ok {
			if own[r.Customer] == nil {
				own[r.Customer] = map[string]float64{}
			}
			own[r.Customer][r.Product] += weight
			delete(counted, k)
		}
	}
	popular := slices.Clone(s.Catalog)
	byPopularity := func(a, b string) int {
		return cmp.Or(cmp.Compare(popularity[b], popularity[a]), cmp.Compare(a, b))
	}
	slices.SortFunc(popular, byPopularity)
	fill := func(list []string, q *Query, k int) []string {
		for _, p := range popular {
			if len(list) >= k {
				break
			}
			if q.Eligible(p) && !slices.Contains(list, p) {
				list = append(list, p)
			}
		}
		return list
	}
	return []System{
		{Popularity, Func(func(q Query, k int) []string { return fill(nil, &q, k) })},
		{Own, Func(func(q Query, k int) []string {
			counts := own[q.Customer]
			list := slices.DeleteFunc(sortedKeys(counts), func(p string) bool { return !q.Eligible(p) })
			slices.SortFunc(list, func(a, b string) int {
				return cmp.Or(cmp.Compare(counts[b], counts[a]), byPopularity(a, b))
			})
			return fill(list[:min(k, len(list))], &q, k)
		})},
	}
}

// surprises returns for each product of the catalog how many bits it tells
// that somebody took it: minus the binary logarithm of the share of training
// customers who did, one more customer added so that none is infinite. Each
// basket of nobody known is a customer.
func (s *Split) surprises() map[string]float64 {
	buyers := map[string]float64{}
	seen := map[[2]string]bool{}
	everybody := map[string]bool{}
	for _, r := range s.Train {
		who := r.buyer()
		everybody[who] = true
		if k := [2]string{who, r.Product}; !seen[k] {
			seen[k] = true
			buyers[r.Product]++
		}
	}
	bits := make(map[string]float64, len(s.Catalog))
	for _, p := range s.Catalog {
		bits[p] = -math.Log2((buyers[p] + 1) / float64(len(everybody)+1))
	}
	return bits
}

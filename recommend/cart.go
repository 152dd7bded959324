package recommend

import (
	"cmp"
	"context"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// ForCart returns what else belongs into a cart: first what the shop itself says
// goes with it, then what orders say; where these know nothing of the cart, what
// [Recommender.ForCustomer] returns. The id may be "". What is in the cart is not in
// the list.
//
// It returns the errors of [Recommender.ForCustomer].
func (r *Recommender) ForCart(ctx context.Context, id crm.CustomerID, cart []crm.ProductID, q *Query) (*List, error) {
	return r.answer(ctx, "ForCart", id, cart, q, func(s *serving) []rung {
		rungs := s.curated(crm.RelationCrossSell)
		if s.ask(cart) {
			rungs = append(append(rungs, s.blended(StageProduct, model.Cart)), s.anybody()...)
		} else {
			rungs = append(rungs, s.forCustomer()...)
		}
		s.wants = StageProduct
		return rungs
	})
}

// surely is how surprising it must be that two products share baskets as often as
// they do, for them to be said to belong together: less than one pair in a thousand
// is so by chance (the likelihood ratio of Dunning, 1993, against χ² of 1 degree of
// freedom).
const surely = 10.83

// BoughtTogether returns what is in the same orders as some products, more often
// than by chance, with the number of orders. Products for which that cannot be
// said are not in the list, which may be short or empty.
//
// It returns the errors of [Recommender.ForCustomer].
func (r *Recommender) BoughtTogether(ctx context.Context, products []crm.ProductID, q *Query) (*List, error) {
	return r.answer(ctx, "BoughtTogether", "", products, q, func(s *serving) []rung {
		s.wants, s.short = StageProduct, LackOrders
		s.ask(products)
		return append(s.curated(crm.RelationCrossSell), s.together)
	})
}

// A bond is how many orders a product shares with one that is asked about.
type bond struct {
	with   crm.ProductID
	both   int
	strong float64 // how surprising that is
}

// bonds returns what shares orders with the cart of the query, by the numbers of the
// models: for each product its strongest bonds first. Single orders say nothing.
func (s *serving) bonds() map[int32][]bond {
	all := map[int32][]bond{}
	st := s.state
	s.state.known.Read(func(*ledger.Ledger, *goods.Goods) {
		pairs := s.state.known.Pairs()
		for _, p := range s.query.Cart {
			id := st.log.Products[p]
			n := int64(pairs.Of(id))
			for other, both := range pairs.With(id) {
				if o, ok := st.numbers[other]; ok && both > 1 {
					all[o] = append(all[o], bond{crm.ProductID(id), both, model.Ratio(int64(both), n, int64(pairs.Of(other)), pairs.Baskets())})
				}
			}
		}
	})
	for _, list := range all {
		slices.SortStableFunc(list, func(a, b bond) int { return cmp.Compare(b.strong, a.strong) })
	}
	return all
}

// together ranks what surely shares orders with the cart of the query.
func (s *serving) together() ranking {
	bonds := s.bonds()
	r := s.blend(StageProduct, model.Cart)
	r.of = []int32{}
	for p, list := range bonds {
		if list[0].strong >= surely {
			r.of = append(r.of, p)
		}
	}
	slices.Sort(r.of)
	r.why = each(func(c candidate) crm.Reason {
		why := crm.Reason{Key: crm.BecauseTogether, Share: 1}
		for _, b := range bonds[c.model] {
			if b.strong >= surely && len(why.Products) < mostReasons {
				why.Products, why.Count = append(why.Products, b.with), max(why.Count, b.both)
			}
		}
		return why
	})
	return r
}

// ask puts products into the query, and reports whether models know any of them.
func (s *serving) ask(products []crm.ProductID) bool {
	s.query.Cart = nil
	for _, id := range products {
		if p, ok := s.state.numbers[string(id)]; ok && !slices.Contains(s.query.Cart, p) {
			s.query.Cart = append(s.query.Cart, p)
		}
	}
	return len(s.query.Cart) > 0
}

// curated ranks what the shop itself says goes with what is asked about, in its
// order; nothing when it says nothing.
func (s *serving) curated(kind crm.RelationKind) []rung {
	r := ranking{stage: StageProduct}
	from := map[int32][]crm.ProductID{}
	s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
		for _, id := range s.about {
			n, ok := g.Number(id)
			if !ok {
				continue
			}
			for _, to := range g.Related(n) {
				if to.Kind == kind {
					if len(from[to.Product]) == 0 {
						r.order = append(r.order, to.Product)
					}
					from[to.Product] = append(from[to.Product], id)
				}
			}
		}
	})
	if len(r.order) == 0 {
		return nil
	}
	r.why = each(func(c candidate) crm.Reason {
		return crm.Reason{Key: crm.BecauseCurated, Products: from[c.number], Name: string(kind), Share: 1}
	})
	return []rung{func() ranking { return r }}
}

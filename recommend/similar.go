package recommend

import (
	"context"
	"errors"
	"math"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Similar returns what somebody may take instead of a product: what the shop itself
// says, then what is described in the same words and taken by the same customers.
// It knows a product as soon as it is in the catalog and models were made since.
//
// It returns the errors of [Recommender.ForCustomer], and one that wraps
// [crm.ErrNotFound] for a product that is not in the catalog.
func (r *Recommender) Similar(ctx context.Context, product crm.ProductID, q *Query) (*List, error) {
	return r.about(ctx, "Similar", product, q, func(s *serving) []rung {
		return append(append(s.curated(crm.RelationSimilar), func() ranking { return s.alike() }), s.anybody()...)
	})
}

// UpSell returns what is like a product, and better: of a category that it is in,
// and dearer, by no more than the price again.
//
// It returns the errors of [Recommender.Similar].
func (r *Recommender) UpSell(ctx context.Context, product crm.ProductID, q *Query) (*List, error) {
	return r.about(ctx, "UpSell", product, q, func(s *serving) []rung {
		like := s.alike()
		s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
			var low int64
			category, priced := goods.None, false
			if n, ok := g.Number(product); ok {
				low, _, priced = g.Price(n)
				category = g.Category(n)
			}
			like.keep = func(p int32) bool { // while the catalog is read
				o := s.state.of[p]
				price, _, ok := g.Price(o)
				return priced && ok && price > low && price <= 2*low && category != goods.None && g.In(o, category)
			}
		})
		like.why = each(func(candidate) crm.Reason {
			return crm.Reason{Key: crm.BecauseBetter, Products: []crm.ProductID{product}, Share: 1}
		})
		return append(s.curated(crm.RelationUpSell), func() ranking { return like })
	})
}

// about answers a question about one product.
func (r *Recommender) about(ctx context.Context, op string, product crm.ProductID, q *Query, ask func(*serving) []rung) (*List, error) {
	if q != nil {
		if _, err := q.filled(r.now(), r.currency()); err != nil {
			return nil, wrap(op, "", err)
		}
	}
	err := r.view(ctx, func(ctx context.Context, tx *crm.Tx) error {
		if tx != nil {
			_, err := tx.Products.Get(ctx, product)
			if errors.Is(err, crm.ErrNotFound) {
				return noProduct(op, product)
			}
			return err
		}
		found := false
		r.rows.Read(func(_ *ledger.Ledger, g *goods.Goods) { _, found = g.Number(product) })
		if !found {
			return noProduct(op, product)
		}
		return nil
	})
	if err != nil {
		return nil, wrap(op, "", err)
	}
	return r.answer(ctx, op, "", []crm.ProductID{product}, q, func(s *serving) []rung {
		s.wants = StageProduct
		s.ask(s.about)
		return ask(s)
	})
}

// nothing is the score of what is in no list.
var nothing = float32(math.NaN())

// alike ranks by how alike products are to the cart of the query: by their words,
// and by who takes them.
func (s *serving) alike() ranking {
	st := s.state
	words, taken := s.room.score(len(st.of)), s.room.score(len(st.of))
	st.shop.Content().Score(&s.query, words)
	st.shop.Alike(&s.query, taken)
	score := s.room.score(len(st.of))
	var most float32
	for _, v := range taken {
		if v > most {
			most = v
		}
	}
	for p, v := range words {
		if t := taken[p]; t > 0 {
			v += t / most / 2
		}
		if score[p] = v; !(v > 0) {
			score[p] = nothing
		}
	}
	return ranking{
		stage: StageProduct, chance: true, score: score,
		why: each(func(c candidate) crm.Reason {
			key := crm.BecauseSimilar
			if words[c.model] < score[c.model]/2 {
				key = crm.BecauseAlike
			}
			return crm.Reason{Key: key, Products: s.about, Share: 1}
		}),
	}
}

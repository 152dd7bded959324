package recommend

import (
	"context"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// ForCustomer returns what a customer takes next: from what they bought, else from
// what they looked at, else what many buy. Whoever objected to profiling gets the
// last, and so does "", which is nobody known. Nil q is the zero query.
//
// It returns an [*crm.InvalidError] for a query, an error that wraps
// [crm.ErrNotFound] for an id of nobody or [crm.ErrErased], or one of the store.
func (r *Recommender) ForCustomer(ctx context.Context, id crm.CustomerID, q *Query) (*List, error) {
	return r.answer(ctx, "ForCustomer", id, nil, q, (*serving).forCustomer)
}

// forCustomer returns the rankings for what a customer takes next.
func (s *serving) forCustomer() []rung {
	s.wants = StagePersonal
	switch {
	case len(s.query.Past) > 0:
		question := model.Any
		switch s.q.Repeat {
		case RepeatExclude:
			question = model.Fresh
		case RepeatOnly:
			question = model.Again
		}
		return append([]rung{s.blended(StagePersonal, question)}, s.anybody()...)
	case s.q.Repeat == RepeatOnly:
		return nil
	case s.look(nil):
		return append([]rung{s.blended(StageSession, model.Next)}, s.anybody()...)
	}
	return s.anybody()
}

// Next returns what comes next in a visit: from the products that were looked at in
// it, in their order, and what is known of the visitor before it. The id is that of
// a customer, of a visitor as [crm.Consents.Visitor] returns it, or "". What is
// given in seen is not in the list.
//
// It returns the errors of [Recommender.ForCustomer].
func (r *Recommender) Next(ctx context.Context, id crm.CustomerID, seen []crm.ProductID, q *Query) (*List, error) {
	return r.answer(ctx, "Next", id, seen, q, func(s *serving) []rung {
		if s.wants = StageSession; s.look(seen) {
			return append([]rung{s.blended(StageSession, model.Next)}, s.anybody()...)
		}
		return s.anybody()
	})
}

// mostSeen is how many of the products that were looked at last are asked about.
const mostSeen = 20

// look puts what was looked at before and in this visit into the query, the last at
// the end, and reports whether there is anything.
func (s *serving) look(now []crm.ProductID) bool {
	var list []int32
	see := func(id string) {
		if p, ok := s.state.numbers[id]; ok {
			if i := slices.Index(list, p); i >= 0 {
				list = slices.Delete(list, i, i+1)
			}
			list = append(list, p)
		}
	}
	if s.known() {
		for _, b := range s.who.seen {
			for _, line := range b.Lines {
				see(line.Product)
			}
		}
	}
	for _, id := range now {
		see(string(id))
	}
	s.session = true
	s.query.Cart = list[max(0, len(list)-mostSeen):]
	return len(list) > 0
}

// anybody are the rankings for whom nothing is known of: what many buy, then what
// is new.
func (s *serving) anybody() []rung {
	return []rung{s.popularly, func() ranking { return s.newest(0) }}
}

// popularly ranks by what many bought of late.
func (s *serving) popularly() ranking {
	if s.among != nil {
		return s.popularAmong()
	}
	score := make([]float32, len(s.state.of))
	s.state.shop.Blends[model.Any].Score(&model.Query{Day: s.query.Day}, score)
	return ranking{
		stage: StagePopular, score: score, keep: func(p int32) bool { return s.state.sold[p] },
		why: each(func(c candidate) crm.Reason { return s.popular(c.model) }),
	}
}

// newest ranks by how lately products came, those of the last days; 0 is all.
func (s *serving) newest(days int) ranking {
	r := ranking{stage: StageNew}
	s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
		since := make([]int64, g.Len())
		for n := range int32(g.Len()) {
			since[n] = g.Since(n).UnixMilli()
			if days == 0 || since[n] >= s.q.At.AddDate(0, 0, -days).UnixMilli() {
				r.order = append(r.order, n)
			}
		}
		slices.SortFunc(r.order, func(a, b int32) int {
			if since[a] != since[b] {
				return int(min(1, max(-1, since[b]-since[a])))
			}
			if g.ID(a) < g.ID(b) {
				return -1
			}
			return 1
		})
		r.why = each(func(c candidate) crm.Reason { return crm.Reason{Key: crm.BecauseNew, At: g.Since(c.number), Share: 1} })
	})
	return r
}

// each returns reasons of which each product has one of its own.
func each(reason func(candidate) crm.Reason) func([]candidate) ([][]crm.Reason, []bool) {
	return func(list []candidate) ([][]crm.Reason, []bool) {
		reasons, own := make([][]crm.Reason, len(list)), make([]bool, len(list))
		for i, c := range list {
			reasons[i], own[i] = []crm.Reason{reason(c)}, true
		}
		return reasons, own
	}
}

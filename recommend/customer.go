package recommend

import (
	"context"
	"slices"
	"sort"

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
// it, in their order, and what is known of the visitor before it; where nothing was
// looked at, it is what [Recommender.ForCustomer] returns. The id is that of a
// customer, of a visitor as [crm.Consents.Visitor] returns it, or "". What is given
// in seen is not in the list.
//
// It returns the errors of [Recommender.ForCustomer].
func (r *Recommender) Next(ctx context.Context, id crm.CustomerID, seen []crm.ProductID, q *Query) (*List, error) {
	return r.answer(ctx, "Next", id, seen, q, func(s *serving) []rung {
		if s.look(seen) {
			s.wants = StageSession
			return append([]rung{s.blended(StageSession, model.Next)}, s.anybody()...)
		}
		rungs := s.forCustomer()
		s.wants = StageSession
		return rungs
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
	rungs := []rung{func() ranking { return s.popularly(s.crowd.all()) }, func() ranking { return s.newest(0) }}
	if !s.crowd.all() {
		rungs = slices.Insert(rungs, 0, s.popularAmong)
	}
	return rungs
}

// popularly ranks by what many bought of late, which may be what was asked for.
func (s *serving) popularly(asked bool) ranking {
	score := s.room.score(len(s.state.of))
	s.state.shop.Blends[model.Any].Score(&model.Query{Day: s.query.Day}, score)
	return ranking{
		stage: StagePopular, score: score, keep: func(p int32) bool { return s.state.sold[p] },
		why: func(list []candidate) ([][]crm.Reason, []bool) {
			reasons, _ := each(func(c candidate) crm.Reason { return s.popular(c.model) })(list)
			return reasons, slices.Repeat([]bool{asked}, len(list))
		},
	}
}

// newest ranks by how lately products came, those of the last days; 0 is all.
func (s *serving) newest(days int) ranking {
	r := ranking{stage: StageNew}
	s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
		if r.order = g.Newest(); days > 0 {
			from := s.q.At.AddDate(0, 0, -days)
			r.order = r.order[:sort.Search(len(r.order), func(i int) bool { return g.Since(r.order[i]).Before(from) })]
		}
	})
	r.why = each(func(c candidate) (why crm.Reason) {
		s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
			why = crm.Reason{Key: crm.BecauseNew, At: g.Since(c.number), Share: 1}
		})
		return why
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

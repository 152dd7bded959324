package recommend

import (
	"cmp"
	"context"
	"math"

	"github.com/seed-9cb3708a/clientele/crm"
)

// before is how many times as long as the time looked at the time is with which it
// is compared.
const before = 4

// Trending returns what is bought more of late than before: within q.Days, by more
// customers than in the time before let expect. Where too little is sold to tell,
// it is what most customers bought.
//
// It returns the errors of [Recommender.ForCustomer].
func (r *Recommender) Trending(ctx context.Context, q *Query) (*List, error) {
	return r.answer(ctx, "Trending", "", nil, q, func(s *serving) []rung {
		s.wants = StagePopular
		now, old := s.counts()
		score := s.room.score(len(now))
		for p, n := range now {
			score[p] = nothing
			expected := float64(old[p]) / before
			if n >= 3 && float64(n) > expected {
				score[p] = float32((float64(n) - expected) / math.Sqrt(expected+1))
			}
		}
		rising := ranking{
			stage: StagePopular, chance: true, score: score,
			why: each(func(c candidate) crm.Reason {
				return crm.Reason{Key: crm.BecauseTrending, Count: int(now[c.model]), Name: s.where(), Share: 1}
			}),
		}
		return append([]rung{func() ranking { return rising }}, s.anybody()...)
	})
}

// New returns what came into the catalog within q.Days, the newest first.
//
// It returns the errors of [Recommender.ForCustomer].
func (r *Recommender) New(ctx context.Context, q *Query) (*List, error) {
	return r.answer(ctx, "New", "", nil, q, func(s *serving) []rung {
		s.wants = StageNew
		return []rung{func() ranking { return s.newest(s.q.Days) }}
	})
}

// where returns of what the query asks what is taken: the country, else the category.
func (s *serving) where() string {
	if c := s.q.Only.Categories; s.q.Country == "" && len(c) == 1 {
		return c[0]
	}
	return s.q.Country
}

// counts returns how many customers of the crowd bought each product in the days
// looked at, and in the time before.
func (s *serving) counts() (now, old []int32) {
	from := s.query.Day - int32(s.q.Days) + 1
	return s.buyers(from, s.today), s.buyers(from-before*int32(s.q.Days), from-1)
}

// buyers returns how many customers of the crowd bought each product from one day
// to another, both included. It must not be changed.
func (s *serving) buyers(from, to int32) []int32 {
	l := s.state.log
	count := func() []int32 { return buyers(l, from, to, s.crowd.has) }
	if s.crowd.among != nil || s.r.tx != nil && !s.crowd.all() { // not for others
		return count()
	}
	return s.state.spans.of(span{from, to, s.crowd.land}, count)
}

// popularAmong ranks by how many of the crowd bought products, those first that
// they bought of late.
func (s *serving) popularAmong() ranking {
	late, ever := s.buyers(s.query.Day-s.state.window, s.today), s.buyers(math.MinInt32, s.today)
	score := make([]float32, len(late))
	for p := range score {
		score[p] = float32(late[p]) + float32(ever[p])/float32(len(s.state.log.Customers)+1)
	}
	return ranking{
		stage: StagePopular, chance: true, score: score, keep: func(p int32) bool { return ever[p] > 0 },
		why: each(func(c candidate) crm.Reason {
			return crm.Reason{Key: crm.BecausePopular, Count: int(cmp.Or(late[c.model], ever[c.model])), Name: s.q.Country, Share: 1}
		}),
	}
}

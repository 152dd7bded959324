package recommend

import (
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
		now, old := s.counts()
		score := make([]float32, len(now))
		for p, n := range now {
			expected := float64(old[p]) / before
			if n >= 3 && float64(n) > expected {
				score[p] = float32((float64(n) - expected) / math.Sqrt(expected+1))
			}
		}
		rising := ranking{
			stage: StagePopular, score: score, keep: func(p int32) bool { return score[p] > 0 },
			why: each(func(c candidate) crm.Reason {
				return crm.Reason{Key: crm.BecauseTrending, Count: int(now[c.model]), Share: 1}
			}),
		}
		return append([]rung{func() ranking { return rising }}, s.anybody()...)
	})
}

// New returns what came into the catalog within q.Days, the newest first.
//
// It returns the errors of [Recommender.ForCustomer].
func (r *Recommender) New(ctx context.Context, q *Query) (*List, error) {
	return r.answer(ctx, "New", "", nil, q, func(s *serving) []rung { return []rung{func() ranking { return s.newest(s.q.Days) }} })
}

// counts returns how many customers of the audience bought each product in the days
// looked at, and in the time before.
func (s *serving) counts() (now, old []int32) {
	from := s.query.Day - int32(s.q.Days) + 1
	return buyers(s.state.log, from), buyers(s.state.log.Keep(func(b int32) bool { return s.state.log.Day[b] < from }), from-before*int32(s.q.Days))
}

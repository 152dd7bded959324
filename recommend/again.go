package recommend

import (
	"context"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// BuyAgain returns what a customer bought and takes again, the likeliest first.
// Confidence is how likely a product is among what they buy within the horizon,
// provided that they buy anything, and Score the same with what the query boosts.
// Due is the day on which it is expected, also when that is over; it is zero for
// what they bought on one day only. There is no fallback: the list may be short or
// empty.
//
// The day follows from the gaps between purchases of this customer and this
// product, of this customer and others, and of others and this product, each heard
// the less the more is known of those before it; a mean of few gaps misleads.
//
// It returns the errors of [Recommender.ForCustomer].
func (r *Recommender) BuyAgain(ctx context.Context, id crm.CustomerID, q *Query) (*List, error) {
	only := Query{}
	if q != nil {
		only = *q
	}
	only.Repeat = RepeatOnly
	var asked *serving
	var due map[int32]model.Date
	var chances map[int32]float64
	list, err := r.answer(ctx, "BuyAgain", id, nil, &only, func(s *serving) []rung {
		if s.wants = StagePersonal; len(s.query.Past) == 0 {
			return nil
		}
		var again ranking
		asked = s
		again, due, chances = s.again()
		return []rung{func() ranking { return again }}
	})
	if err != nil {
		return nil, err
	}
	for i := range list.Items {
		item := &list.Items[i]
		if p, ok := asked.numberOf(item.ProductID); ok {
			item.Confidence = chances[p]
			if d, ok := due[p]; ok {
				item.Due = date(d.Day, r.opts.Location)
			}
		}
	}
	return list, nil
}

// again ranks what the customer bought by how likely they buy it again, and returns
// when that is due, and how likely.
func (s *serving) again() (ranking, map[int32]model.Date, map[int32]float64) {
	due := map[int32]model.Date{}
	for _, d := range s.state.again.Dates(s.query.Past, 2) {
		due[d.Product] = d
	}
	score := s.room.score(len(s.state.of))
	products, chances := s.state.again.Chances(s.query.Past, s.query.Day)
	likely := make(map[int32]float64, len(products))
	for i, p := range products {
		score[p], likely[p] = float32(chances[i]), chances[i]
	}
	return ranking{
		stage: StagePersonal, chance: true, score: score, of: products, keep: func(p int32) bool { return score[p] > 0 },
		why: each(func(c candidate) crm.Reason {
			why := s.boughtBefore(c.model)
			if d, ok := due[c.model]; ok {
				why.Key, why.At = crm.BecauseDue, date(d.Day, s.r.opts.Location)
			}
			return why
		}),
	}, due, likely
}

// numberOf returns the number by which the models know a product; of nothing that
// was never asked.
func (s *serving) numberOf(id crm.ProductID) (p int32, ok bool) {
	if s != nil {
		p, ok = s.state.numbers[string(id)]
	}
	return p, ok
}

// A dueness is a product that a customer is due to buy.
type dueness struct {
	product crm.ProductID
	bought  int32 // the day of the last purchase
	day     int32
}

// surelyDue is how likely it must be that a product is bought within the horizon
// for anybody to be told: what was bought twice by chance is not missed.
const surelyDue = .2

// dues returns what a customer is due to buy on a day, or was in the week before.
func (s *state) dues(bought, disliked []ledger.Basket, day int32) []dueness {
	past, sour := s.items(bought, day), s.sour(disliked, day)
	dates := slices.DeleteFunc(s.again.Dates(past, 2), func(d model.Date) bool {
		bad, ok := sour[d.Product]
		return d.Day > day || d.Day <= day-7 || ok && bad >= d.Last
	})
	if len(dates) == 0 {
		return nil
	}
	products, chances := s.again.Chances(past, day)
	var out []dueness
	for _, d := range dates {
		if i, ok := slices.BinarySearch(products, d.Product); ok && chances[i] >= surelyDue {
			out = append(out, dueness{crm.ProductID(s.log.Products[d.Product]), d.Last, d.Day})
		}
	}
	return out
}

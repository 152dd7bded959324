package recommend

import (
	"iter"
	"math"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/eval"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// taken returns what rows tell, and the time of the last one.
func taken(rows iter.Seq[eval.Row], loc *time.Location) (*still, time.Time) {
	s := &still{ledger: ledger.New(), goods: goods.New(nil)}
	s.pairs = s.ledger.Pairs(largeBasket)
	type key struct{ basket, customer string }
	baskets := map[key]*ledger.Basket{}
	var last time.Time
	for row := range rows {
		if row.Product == "" || math.IsNaN(row.Weight) {
			continue
		}
		of := key{row.Basket, row.Customer}
		if of.basket == "" {
			of.basket = "\x00" + row.Time.UTC().Format(time.DateOnly)
		}
		b := baskets[of]
		if b == nil {
			b = &ledger.Basket{ID: of.basket + "\x00" + of.customer, Customer: row.Customer, Time: math.MaxInt64}
			baskets[of] = b
		}
		if at := row.Time.Unix(); at < b.Time {
			b.Time, b.Day = at, ledger.Day(row.Time.In(loc))
		}
		b.Lines = append(b.Lines, ledger.Line{Product: row.Product, Quantity: quantity(row.Weight)})
		if row.Time.After(last) {
			last = row.Time
		}
		if _, ok := s.goods.Number(crm.ProductID(row.Product)); !ok {
			s.goods.Put(&crm.Product{ID: crm.ProductID(row.Product), Published: true})
		}
	}
	for _, b := range baskets {
		s.ledger.Put(*b)
	}
	return s, last
}

// quantity returns a weight as a number of pieces.
func quantity(weight float64) int32 {
	switch {
	case weight == 0:
		return 1
	case math.Abs(weight) < 1:
		return int32(math.Copysign(1, weight))
	}
	return int32(max(-1<<30, min(math.Round(weight), 1<<30)))
}

// Recommend answers a question of [eval], so that a recommender can be put to the
// test: at most k products, the best first. It returns nothing when it cannot
// answer, as of a recommender of a book that was never asked before.
func (r *Recommender) Recommend(q eval.Query, k int) []string {
	s := r.state.Load()
	if s == nil {
		return nil
	}
	return s.foresee(r, &q, k)
}

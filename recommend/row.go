package recommend

import (
	"fmt"
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
	baskets := map[string]*ledger.Basket{}
	var last time.Time
	for row := range rows {
		if row.Product == "" {
			continue
		}
		id := row.Basket
		if id == "" {
			id = fmt.Sprintf("%s\x00%d", row.Customer, ledger.Day(row.Time.UTC()))
		}
		b := baskets[id]
		if b == nil {
			b = &ledger.Basket{ID: id, Customer: row.Customer, Time: row.Time.Unix(), Day: ledger.Day(row.Time.In(loc))}
			baskets[id] = b
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
	case weight == 0 || weight != weight:
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

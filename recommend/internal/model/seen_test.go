package model_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

func TestSeen(t *testing.T) {
	l := baskets([]string{"cup", "pot", "tea"})
	q := &model.Query{Day: 30, Seen: []model.Sight{
		{Product: 0, Day: 0, Kind: ledger.Viewed}, {Product: 2, Day: 30, Kind: ledger.Viewed}, {Product: 2, Day: 0, Kind: ledger.Searched},
		{Product: 1, Day: 30, Kind: ledger.Carted}, {Product: 1, Day: 31, Kind: ledger.Viewed},
	}}
	m := model.NewSeen(30, ledger.Viewed, ledger.Searched)
	want := map[string]float32{"cup": float32(math.Log(1.5)), "pot": 0, "tea": float32(math.Log(2.5))}
	if diff := cmp.Diff(want, scores(m, l, q), cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]model.Part{{Product: 2, Score: float32(math.Log(2.5))}}, m.Reason(q, 2), cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Errorf("reason (-want +got)\n%s", diff)
	}
}

// Who looked at the kettle buys the pot within a week; the cup comes a month
// later, and the tea before.
func TestLead(t *testing.T) {
	book := ledger.New()
	for c := range 20 {
		who := string(rune('A' + c))
		put := func(kind ledger.Kind, day int, product string) {
			book.Put(ledger.Basket{ID: fmt.Sprint(who, kind, day), Customer: who, Kind: kind, Day: int32(day), Time: int64(day), Lines: []ledger.Line{{Product: product, Quantity: 1}}})
		}
		put(ledger.Bought, 1, "tea")
		put(ledger.Viewed, 2, "kettle")
		put(ledger.Bought, 5, "pot")
		put(ledger.Bought, 40, "cup")
	}
	catalog := []string{"cup", "kettle", "pot", "tea"}
	l := book.Log(ledger.Bought, catalog)
	m := model.NewLead(l, book.Log(ledger.Viewed, catalog), 60, 7, 7)
	got := scores(m, l, &model.Query{Day: 60, Seen: []model.Sight{{Product: l.Number("kettle"), Day: 60, Kind: ledger.Viewed}}})
	for p, v := range got {
		if (v > 0) != (p == "pot") {
			t.Errorf("%s scores %v", p, v)
		}
	}
}

// Where sessions are known, what was seen together in them tells what comes
// next to a visitor of whom nothing is known, also of what nobody bought yet.
func TestSessions(t *testing.T) {
	known, without := seenShop.ready(t).shop, oldShop.ready(t).shop
	uses := func(s *model.Shop, name string) bool {
		for i, w := range s.Blends[model.Next].Weights {
			if model.Names[s.Blends[model.Next].Signals[i].Model] == name && w != 0 {
				return true
			}
		}
		return false
	}
	if !uses(known, "sessions") {
		t.Error("with sessions their weight is zero")
	}
	for _, name := range []string{"looked", "sessions", "paths", "leads"} {
		if uses(without, name) {
			t.Errorf("without sessions %s has a weight", name)
		}
	}

	book := ledger.New()
	for b := range 60 {
		who, day := string(rune('A'+b%20)), int32(2*b)
		book.Put(ledger.Basket{ID: fmt.Sprint("b", b), Customer: who, Day: day, Time: int64(day), Lines: []ledger.Line{{Product: "tea", Quantity: 1}, {Product: "cup", Quantity: 1}}})
		book.Put(ledger.Basket{ID: fmt.Sprint("v", b), Kind: ledger.Viewed, Day: day, Time: int64(day), Lines: []ledger.Line{{Product: "tea", Quantity: 1}, {Product: "new tea", Quantity: 1}}})
	}
	catalog := []string{"cup", "new rug", "new tea", "tea"}
	l := book.Log(ledger.Bought, catalog)
	shop := train(t, model.Goods{Log: l, Seen: map[ledger.Kind]*ledger.Log{ledger.Viewed: book.Log(ledger.Viewed, nil)}}, 120)
	got := scores(shop.Blends[model.Next], l, &model.Query{Day: 120, Cart: []int32{l.Number("tea")}})
	if got["new tea"] <= got["new rug"] {
		t.Errorf("what is seen with tea comes to %v", got)
	}
}

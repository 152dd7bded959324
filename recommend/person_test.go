package recommend_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
)

// What one id bought is bought by whoever it was merged into, until they are taken
// apart again.
func TestMerged(t *testing.T) {
	book, rec := newShop()
	ctx := t.Context()
	if _, err := book.Customers.Create(ctx, crm.Customer{ID: "twin"}); err != nil {
		t.Fatal(err)
	}
	q := &recommend.Query{N: 8, Repeat: recommend.RepeatExclude}
	check := func(at string, rec *recommend.Recommender, id crm.CustomerID, want crm.CustomerID, coffee bool) {
		t.Helper()
		list, err := rec.ForCustomer(ctx, id, q)
		if err != nil {
			t.Fatalf("%s: %v", at, err)
		}
		has := false
		for _, item := range list.Items {
			has = has || item.ProductID == "coffee"
		}
		if has != coffee || list.CustomerID != want {
			t.Errorf("%s: coffee is in the list of %s: %v, want %v for %s", at, list.CustomerID, has, coffee, want)
		}
	}
	check("before", rec, "twin", "twin", true)
	if err := book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		if _, err := tx.Customers.Merge(ctx, "ada", "twin"); err != nil {
			return err
		}
		check("within", rec.In(tx), "twin", "twin", false)
		check("within, by the old id", rec.In(tx), "ada", "twin", false)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	check("merged", rec, "twin", "twin", false)
	check("merged, by the old id", rec, "ada", "twin", false)
	if _, err := book.Customers.Unmerge(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	check("apart", rec, "twin", "twin", true)
	check("apart, the other", rec, "ada", "ada", false)
	if _, err := book.Privacy.Erase(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	if _, err := rec.ForCustomer(ctx, "ada", nil); !errors.Is(err, crm.ErrErased) {
		t.Errorf("of who was erased: %v", err)
	}
	if _, err := rec.ForCustomer(ctx, "nobody", nil); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
	list, err := rec.Next(ctx, book.Consents.Visitor("device"), []crm.ProductID{"tea", "unknown"}, &recommend.Query{N: 1})
	if err != nil || list.Items[0].ProductID != "honey" {
		t.Errorf("a visitor: %+v, %v", list, err)
	}
}

// What somebody rated badly is in no list of theirs, until they rate it well or buy
// it again.
func TestDisliked(t *testing.T) {
	book, rec := newShop()
	ctx := t.Context()
	check := func(at string, want bool) {
		t.Helper()
		pinned := &recommend.Query{Pins: []crm.ProductID{"coffee"}}
		for name, ask := range map[string]func() (*recommend.List, error){
			"ForCustomer": func() (*recommend.List, error) { return rec.ForCustomer(ctx, "ada", pinned) },
			"ForCart":     func() (*recommend.List, error) { return rec.ForCart(ctx, "ada", []crm.ProductID{"filters"}, nil) },
			"BuyAgain":    func() (*recommend.List, error) { return rec.BuyAgain(ctx, "ada", nil) },
		} {
			list, err := ask()
			if err != nil {
				t.Fatalf("%s: %s: %v", at, name, err)
			}
			if got := slices.ContainsFunc(list.Items, func(i crm.Recommendation) bool { return i.ProductID == "coffee" }); got != want {
				t.Errorf("%s: coffee is in %s: %v, want %v", at, name, got, want)
			}
		}
		buys := false
		for b, err := range rec.WhoWouldBuy(ctx, "coffee", &recommend.Query{N: 100}) {
			if err != nil {
				t.Fatal(err)
			}
			buys = buys || b.CustomerID == "ada"
		}
		if buys != want {
			t.Errorf("%s: ada would buy coffee: %v, want %v", at, buys, want)
		}
	}
	rate := func(rating, days int) {
		t.Helper()
		i := crm.Interaction{CustomerID: "ada", Kind: crm.KindRating, ProductID: "coffee", Rating: rating, OccurredAt: today.AddDate(0, 0, -days)}
		if _, err := book.Interactions.Record(ctx, i); err != nil {
			t.Fatal(err)
		}
	}
	check("before", true)
	rate(1, 20)
	check("rated 1", false)
	rate(5, 10)
	check("rated 5 since", true)
	rate(2, 5)
	check("rated 2 since", false)
	if _, err := book.Orders.Record(ctx, crm.Order{
		CustomerID: "ada", OccurredAt: today.AddDate(0, 0, -1), Currency: "EUR",
		Items: []crm.Item{{ProductID: "coffee", Quantity: 1, Price: crm.Money{Amount: 500, Currency: "EUR"}}},
	}); err != nil {
		t.Fatal(err)
	}
	check("bought since", true)
}

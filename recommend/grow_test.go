package recommend_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A shop that was asked while it was empty is known as soon as it is filled, and not
// only when models are due to be made anew.
func TestFilledLater(t *testing.T) {
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR", Now: func() time.Time { return today }})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := recommend.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if list, err := rec.ForCustomer(ctx, "", nil); err != nil || list.Stage != recommend.StageNone {
		t.Fatalf("of an empty shop: %+v, %v", list, err)
	}
	for _, id := range []crm.ProductID{"tea", "mug"} {
		if _, err := book.Products.Record(ctx, crm.Product{ID: id, Title: "Assam " + string(id), Categories: []string{"Tea"}, Published: true}); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := rec.Similar(ctx, "tea", nil); err != nil || list.Stage != recommend.StageProduct {
		t.Errorf("like what came since: %+v, %v", list, err)
	}
	var built time.Time
	for i := range 40 {
		id := crm.CustomerID(fmt.Sprint("customer-", i))
		if _, err := book.Customers.Create(ctx, crm.Customer{ID: id}); err != nil {
			t.Fatal(err)
		}
		if _, err := book.Orders.Record(ctx, crm.Order{CustomerID: id, OccurredAt: today.AddDate(0, 0, -i), Currency: "EUR", Items: []crm.Item{{ProductID: "tea", Quantity: 1}}}); err != nil {
			t.Fatal(err)
		}
		list, err := rec.ForCustomer(ctx, "", &recommend.Query{N: 1})
		if err != nil || list.Stage != recommend.StagePopular || list.Items[0].ProductID != "tea" {
			t.Fatalf("after %d orders: %+v, %v", i+1, list, err)
		}
		built = list.Built
	}
	if built.IsZero() {
		t.Error("it is not told when the models were made")
	}
	if n := rec.Tallies()["ForCustomer"].Lists; n != 41 {
		t.Errorf("%d lists", n)
	}
}

func TestLearnOfNil(t *testing.T) {
	if _, err := recommend.Learn(t.Context(), nil, nil); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("Learn of nil: %v, want %v", err, crm.ErrInvalid)
	}
}

// A shop of many orders is asked by the models that there are, and gets others in the
// next step of Run once it is more than twice as large.
func TestGrown(t *testing.T) {
	book, rec := newShop()
	ctx := t.Context()
	built := func() time.Time {
		list, err := rec.ForCustomer(ctx, "ada", nil)
		if err != nil {
			t.Fatal(err)
		}
		return list.Built
	}
	first := built()
	for i := range 300 {
		if _, err := book.Orders.Record(ctx, crm.Order{
			CustomerID: crm.CustomerID(fmt.Sprintf("customer-%02d", i%60)), OccurredAt: today.AddDate(0, 0, -i%90), Currency: "EUR", Items: []crm.Item{{ProductID: "tea", Quantity: 1}},
		}); err != nil {
			t.Fatal(err)
		}
		if i == 100 {
			if _, err := rec.Tick(ctx, today.Add(30*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if at := built(); !at.Equal(first) {
		t.Errorf("models of %v, want those of %v until Run makes others", at, first)
	}
	later := today.Add(time.Hour)
	if _, err := rec.Tick(ctx, later); err != nil {
		t.Fatal(err)
	}
	if at := built(); !at.Equal(later) {
		t.Errorf("models of %v after a step, want of %v", at, later)
	}
}

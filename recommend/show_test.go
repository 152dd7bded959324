package recommend_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/recommend/eval"
)

// shownIn returns the products and places of what was written down as shown.
func shownIn(t *testing.T, book *crm.Book, q crm.InteractionQuery) []string {
	t.Helper()
	q.Kinds = []crm.InteractionKind{crm.KindViewItemList}
	var list []string
	for i, err := range book.Interactions.List(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range i.Items {
			list = append(list, fmt.Sprint(item.List, " ", item.Index, " ", item.ProductID))
		}
	}
	return list
}

func TestShow(t *testing.T) {
	book, rec := newShop()
	ask := func(id crm.CustomerID) *recommend.List {
		list, err := rec.ForCustomer(t.Context(), id, &recommend.Query{N: 2, Place: "home"})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	list := ask("ada")
	for range 2 {
		if err := rec.Show(t.Context(), list, ""); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"home 1 coffee", "home 2 filters"}
	if diff := cmp.Diff(want, shownIn(t, book, crm.InteractionQuery{CustomerID: "ada"})); diff != "" {
		t.Error("shown twice (-want +got)\n" + diff)
	}
	list, err := rec.ForCustomer(t.Context(), "ada", &recommend.Query{N: 1, Fresh: 1})
	if err != nil {
		t.Fatal(err)
	}
	if list.Items[0].ProductID == "coffee" {
		t.Error("coffee, which was shown, is recommended again")
	}
	if err := rec.Show(t.Context(), ask(""), "device-1"); err != nil {
		t.Fatal(err)
	}
	if got := shownIn(t, book, crm.InteractionQuery{Device: "device-1"}); len(got) != 2 {
		t.Errorf("to the visitor %v was shown, want two products", got)
	}
	before := len(shownIn(t, book, crm.InteractionQuery{}))
	if _, err := book.Consents.Record(t.Context(), crm.Consent{CustomerID: "customer-01", Purpose: crm.PurposeProfiling, State: crm.ConsentDenied}); err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string]*recommend.List{"nobody": ask(""), "empty": {CustomerID: "ada", At: today}, "objected": ask("customer-01"), "none": nil} {
		if err := rec.Show(t.Context(), list, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	stale := ask("ada")
	stale.CustomerID, stale.Lack = "customer-01", "" // made before they objected
	if err := rec.Show(t.Context(), stale, ""); err != nil {
		t.Error(err)
	}
	if got := len(shownIn(t, book, crm.InteractionQuery{})); got != before {
		t.Errorf("%d products were shown, want %d", got, before)
	}
}

func TestOutcomes(t *testing.T) {
	book, rec := newShop()
	from := today.AddDate(0, 0, -20)
	for _, id := range []crm.CustomerID{"ada", "customer-00", "customer-01"} {
		list := &recommend.List{CustomerID: id, Place: "home", At: from.Add(time.Hour), Items: []crm.Recommendation{{ProductID: "mug"}, {ProductID: "honey"}}}
		if err := rec.Show(t.Context(), list, ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := book.Interactions.Record(t.Context(), crm.Interaction{CustomerID: "ada", Kind: crm.KindSelectItem, OccurredAt: from.Add(2 * time.Hour),
		Items: []crm.InteractionItem{{ProductID: "mug", List: "home", Index: 1}}}); err != nil {
		t.Fatal(err)
	}
	ordered(t, book, "ada", 18, "mug")
	ordered(t, book, "customer-00", 17, "honey")
	ordered(t, book, "customer-01", 2, "mug") // too late
	if _, err := book.Customers.Merge(t.Context(), "ada", "customer-00"); err != nil {
		t.Fatal(err)
	}
	ordered(t, book, "customer-00", 16, "mug") // nothing was shown of it since the last one
	o, err := rec.Outcomes(t.Context(), from, today, 7, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Arms) != 1 || o.Arms[0].Arm != "home" {
		t.Fatalf("places %v, want home", o.Arms)
	}
	a := o.Arms[0]
	got := []int{a.Customers, a.Shown, a.Clicked, a.AfterClick, a.AfterView}
	if diff := cmp.Diff([]int{2, 6, 1, 1, 1}, got); diff != "" {
		t.Error("customers, shown, clicked, ordered after a click and a view (-want +got)\n" + diff)
	}
	if i := a.Rates[eval.ClickRate]; i.Mean != 1./6 || i.Low > i.Mean || i.High < i.Mean {
		t.Errorf("a click rate of %v, want 1 in 6", i)
	}
	for name, f := range map[string]func() (*eval.Outcome, error){
		"no days": func() (*eval.Outcome, error) { return rec.Outcomes(t.Context(), from, today, 0, nil) },
		"options": func() (*eval.Outcome, error) {
			return rec.Outcomes(t.Context(), from, today, 7, &eval.Options{Level: 95, Resamples: -1})
		},
		"no time": func() (*eval.Outcome, error) { return rec.Outcomes(t.Context(), today, today, 7, nil) },
	} {
		if _, err := f(); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("%s: %v, want %v", name, err, crm.ErrInvalid)
		}
	}
}

// Within a transaction what it wrote is counted; a visitor is a customer of their own
// until somebody knows who they are.
func TestOutcomesWithin(t *testing.T) {
	book, rec := newShop()
	counts := func(r *recommend.Recommender, ctx context.Context) []int {
		o, err := r.Outcomes(ctx, today, today.Add(time.Hour), 7, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(o.Arms) == 0 {
			return nil
		}
		return []int{o.Arms[0].Customers, o.Arms[0].Shown, o.Arms[0].AfterView}
	}
	list := &recommend.List{Place: "home", At: today, Items: []crm.Recommendation{{ProductID: "mug"}}}
	if err := rec.Show(t.Context(), list, "device-9"); err != nil {
		t.Fatal(err)
	}
	list.CustomerID = "ada"
	if err := rec.Show(t.Context(), list, ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{2, 2, 0}, counts(rec, t.Context())); diff != "" {
		t.Error("a visitor and a customer (-want +got)\n" + diff)
	}
	err := book.Update(t.Context(), func(ctx context.Context, tx *crm.Tx) error {
		if _, err := tx.Orders.Record(ctx, crm.Order{CustomerID: "ada", OccurredAt: today.Add(time.Hour), Currency: "EUR", Items: []crm.Item{{ProductID: "mug", Quantity: 1}}}); err != nil {
			return err
		}
		if diff := cmp.Diff([]int{2, 2, 1}, counts(rec.In(tx), ctx)); diff != "" {
			t.Error("ordered within the transaction (-want +got)\n" + diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Identities.Link(t.Context(), "ada", crm.Identity{Kind: crm.IdentityDevice, Value: "device-9"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1, 2, 1}, counts(rec, t.Context())); diff != "" {
		t.Error("the visitor is ada (-want +got)\n" + diff)
	}
}

func ExampleRecommender_Show() {
	book, rec := newShop()
	ctx := context.Background()
	list, err := rec.ForCustomer(ctx, "ada", &recommend.Query{N: 2, Place: "home"})
	if err != nil {
		log.Fatal(err)
	}
	if err := rec.Show(ctx, list, ""); err != nil {
		log.Fatal(err)
	}
	if _, err := book.Orders.Record(ctx, crm.Order{CustomerID: "ada", OccurredAt: today.Add(time.Hour), Currency: "EUR", Items: []crm.Item{{ProductID: "filters", Quantity: 1}}}); err != nil {
		log.Fatal(err)
	}
	outcome, err := rec.Outcomes(ctx, today, today.Add(time.Hour), 7, nil)
	if err != nil {
		log.Fatal(err)
	}
	home := outcome.Arms[0]
	fmt.Println(home.Arm, home.Shown, "shown", home.AfterView, "ordered")
	// Output: home 2 shown 1 ordered
}

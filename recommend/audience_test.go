package recommend_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/segment"
)

// A segment is an audience, as it stands when it is asked.
func TestSegmentIsAudience(t *testing.T) {
	book, rec := newShop()
	ctx := t.Context()
	catalog, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := catalog.Create(ctx, segment.Segment{Name: "Tea", Rule: segment.MustParse("customer_tags CONTAINS 'tea'")})
	if err != nil {
		t.Fatal(err)
	}
	tag := func(ids ...crm.CustomerID) {
		t.Helper()
		for _, id := range ids {
			if _, err := book.Customers.Update(ctx, id, func(c *crm.Customer) error { c.Tags = append(c.Tags, "tea"); return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	popular := func(rec *recommend.Recommender, in *segment.Catalog) (ids []crm.ProductID) {
		t.Helper()
		list, err := rec.ForCustomer(t.Context(), "", &recommend.Query{N: 2, Among: in.Audience(s.ID)})
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range list.Items {
			ids = append(ids, item.ProductID)
		}
		slices.Sort(ids)
		return ids
	}
	q := &recommend.Query{Among: catalog.Audience(s.ID)}
	if got := buyersOf(t, rec, "honey", q); len(got) > 0 {
		t.Errorf("%d of nobody would buy", len(got))
	}
	tag("customer-01", "customer-06") // who take tea and honey
	if diff := cmp.Diff([]crm.CustomerID{"customer-01", "customer-06"}, slices.Sorted(slices.Values(names(buyersOf(t, rec, "honey", q))))); diff != "" {
		t.Errorf("who would buy (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]crm.ProductID{"honey", "tea"}, popular(rec, catalog)); diff != "" {
		t.Errorf("popular among them (-want +got):\n%s", diff)
	}
	if _, err := book.Privacy.Erase(ctx, "customer-06"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]crm.CustomerID{"customer-01"}, names(buyersOf(t, rec, "honey", q))); diff != "" {
		t.Errorf("after one was erased (-want +got):\n%s", diff)
	}
	err = book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		_, err := rec.In(tx).Trending(ctx, &recommend.Query{Among: catalog.In(tx).Audience(s.ID)})
		return err
	})
	if !errors.Is(err, crm.ErrNested) {
		t.Errorf("within a transaction: %v, want %v", err, crm.ErrNested)
	}
}

// Who of a segment would buy a product that they never bought, and what each member is
// shown in a mail.
func ExampleRecommender_WhoWouldBuy_segment() {
	ctx := context.Background()
	book, rec := newShop()
	catalog, err := segment.New(book, nil)
	if err != nil {
		log.Fatal(err)
	}
	few, err := catalog.Create(ctx, segment.Segment{Name: "Ordered a few times", Rule: segment.MustParse("number_of_orders < 4")})
	if err != nil {
		log.Fatal(err)
	}
	q := &recommend.Query{N: 500, Repeat: recommend.RepeatExclude, Among: catalog.Audience(few.ID)}
	for buyer, err := range rec.WhoWouldBuy(ctx, "filters", q) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(buyer.CustomerID, buyer.Reasons[0].Key, buyer.Reasons[0].Products)
	}
	for list, err := range rec.Batch(ctx, catalog.Members(ctx, few.ID), &recommend.Query{N: 2, Place: "mail"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(list.CustomerID, len(list.Items))
	}
	// Output:
	// ada because_bought [coffee]
	// ada 2
}

package recommend_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
)

// Whatever somebody does with a product changes their very next list, and is told as
// its reason; what they did not do does not.
func TestDeeds(t *testing.T) {
	book, rec := newShop()
	ctx := t.Context()
	item := []crm.InteractionItem{{ProductID: "tea"}}
	for name, test := range map[string]struct {
		deeds   []crm.Interaction
		changes bool
	}{
		"a view":                    {[]crm.Interaction{{Kind: crm.KindViewItem, ProductID: "tea"}}, true},
		"a search":                  {[]crm.Interaction{{Kind: crm.KindSearch, ProductID: "tea"}}, true},
		"a choice of search":        {[]crm.Interaction{{Kind: crm.KindSelectItem, Items: []crm.InteractionItem{{ProductID: "tea", List: "search"}}}}, true},
		"a try-on":                  {[]crm.Interaction{{Kind: crm.KindARSession, ProductID: "tea", Properties: crm.ARSession{Mode: crm.ARWebXR, Started: true}.Properties()}}, true},
		"a try-on that failed":      {[]crm.Interaction{{Kind: crm.KindARSession, ProductID: "tea", Properties: crm.ARSession{Mode: crm.ARWebXR, Error: "no camera"}.Properties()}}, false},
		"a rating":                  {[]crm.Interaction{{Kind: crm.KindRating, ProductID: "tea", Rating: 5}}, true},
		"a review":                  {[]crm.Interaction{{Kind: crm.KindReview, ProductID: "tea", Rating: 4, Text: "good"}}, true},
		"a cart":                    {[]crm.Interaction{{Kind: crm.KindAddToCart, Items: item}}, true},
		"a wish":                    {[]crm.Interaction{{Kind: crm.KindAddToWishlist, Items: item}}, true},
		"taken out of the cart":     {[]crm.Interaction{{Kind: crm.KindAddToCart, Items: item}, {Kind: crm.KindRemoveFromCart, Items: item}}, false},
		"a rating of no opinion":    {[]crm.Interaction{{Kind: crm.KindRating, ProductID: "tea", Rating: 3}}, false},
		"shown, and nothing chosen": {[]crm.Interaction{{Kind: crm.KindViewItemList, Items: item}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			id := crm.CustomerID(crm.NewID("cus_", today))
			if _, err := book.Customers.Create(ctx, crm.Customer{ID: id}); err != nil {
				t.Fatal(err)
			}
			q := &recommend.Query{N: 4}
			before, err := rec.ForCustomer(ctx, id, q)
			if err != nil {
				t.Fatal(err)
			}
			for i, deed := range test.deeds {
				deed.CustomerID, deed.OccurredAt = id, today.Add(time.Duration(i-5)*time.Minute)
				if _, err := book.Interactions.Record(ctx, deed); err != nil {
					t.Fatal(err)
				}
			}
			after, err := rec.ForCustomer(ctx, id, q)
			if err != nil {
				t.Fatal(err)
			}
			if !test.changes {
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("it changed the list (-before +after)\n%s", diff)
				}
				return
			}
			if after.Stage != recommend.StageSession || slices.Equal(before.Products(), after.Products()) {
				t.Errorf("%s %v, as before %s %v", after.Stage, after.Products(), before.Stage, before.Products())
			}
			told := slices.ContainsFunc(after.Items, func(i crm.Recommendation) bool {
				return slices.ContainsFunc(i.Reasons, func(r crm.Reason) bool { return slices.Contains(r.Products, "tea") })
			})
			if !told {
				t.Errorf("no reason tells of tea: %+v", after.Items)
			}
		})
	}
}

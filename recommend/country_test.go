package recommend_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
)

// whys returns products with the reason of each, how many customers, and where.
func whys(t *testing.T, list *recommend.List, err error) (out []string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Items {
		why := item.Reasons[0]
		out = append(out, fmt.Sprintf("%s %s %d %s", item.ProductID, why.Key, why.Count, why.Name))
	}
	return out
}

// What sells in a country is what those bought who live there, one customer once.
func TestCountry(t *testing.T) {
	book, rec := newShop()
	ctx := t.Context()
	trending := func(rec *recommend.Recommender, country string, n int) []string {
		t.Helper()
		list, err := rec.Trending(t.Context(), &recommend.Query{N: n, Country: country})
		return whys(t, list, err)
	}
	move := func(id crm.CustomerID, country string) {
		t.Helper()
		if _, err := book.Customers.Update(ctx, id, func(c *crm.Customer) error {
			c.Addresses = []crm.Address{{City: "Ulm"}, {Country: country}}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, want, got []string) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", what, diff)
		}
	}
	before := []string{"honey trending 24 FR", "green-tea trending 12 FR"}
	check("in France", before, trending(rec, "FR", 2))

	// Where nobody lives it is what all take, and counted as such.
	list, err := rec.Trending(ctx, &recommend.Query{N: 2, Country: "NL"})
	check("in no country", []string{"coffee popular 24 ", "filters popular 24 "}, whys(t, list, err))
	if list.Stage != recommend.StagePopular || list.Fallback != 2 {
		t.Errorf("stage %s, %d of a fallback, of a country without customers", list.Stage, list.Fallback)
	}

	// Who moves, is merged, objects, is erased or lives nowhere counts so in the next models.
	move("customer-00", "nl") // coffee and filters
	move("customer-05", "NL")
	move("customer-10", "NL")
	move("customer-15", "NL")
	move("customer-01", "")                                                            // tea and honey
	if _, err := book.Customers.Merge(ctx, "customer-03", "customer-08"); err != nil { // green tea and honey, both
		t.Fatal(err)
	}
	if _, err := book.Privacy.Erase(ctx, "customer-13"); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Consents.Record(ctx, crm.Consent{CustomerID: "customer-06", Purpose: crm.PurposeProfiling, State: crm.ConsentDenied}); err != nil {
		t.Fatal(err)
	}
	check("before models are made anew", before, trending(rec, "FR", 2))
	if err := rec.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	after := []string{"honey trending 20 FR", "green-tea trending 10 FR", "tea trending 10 FR"}
	check("in France since", after, trending(rec, "FR", 3))
	check("in the Netherlands", []string{"coffee trending 4 NL", "filters trending 4 NL"}, trending(rec, "NL", 2))
	scanned, err := recommend.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	check("of another process", after, trending(scanned, "FR", 3))

	// A list for anybody, and who would buy.
	list, err = rec.ForCustomer(ctx, "", &recommend.Query{N: 2, Country: "NL"})
	check("for anybody in the Netherlands", []string{"coffee popular 4 NL", "filters popular 4 NL"}, whys(t, list, err))
	if got := names(buyersOf(t, rec, "filters", &recommend.Query{Country: "NL", Repeat: recommend.RepeatOnly})); len(got) != 4 {
		t.Errorf("%v of the Netherlands would buy filters again, want 4", got)
	}
	list, err = rec.Trending(ctx, &recommend.Query{N: 1, Country: "NL", Among: club{"customer-00", "customer-01", "customer-02"}})
	if got := whys(t, list, err); got[0] != "coffee popular 1 NL" {
		t.Errorf("in the Netherlands among three: %s", got)
	}

	// What a transaction writes counts in it, and nowhere else.
	stop := errors.New("stop")
	err = book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		for _, id := range []crm.CustomerID{"customer-20", "customer-25"} {
			if _, err := tx.Customers.Update(ctx, id, func(c *crm.Customer) error {
				c.Addresses = []crm.Address{{Country: "NL"}}
				return nil
			}); err != nil {
				return err
			}
		}
		check("within a transaction", []string{"coffee trending 6 NL"}, trending(rec.In(tx), "NL", 1))
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	check("after it was undone", []string{"coffee trending 4 NL"}, trending(rec, "NL", 1))
}

// A category that is asked for is what the reason speaks of.
func TestTrendingInCategory(t *testing.T) {
	_, rec := newShop()
	list, err := rec.Trending(t.Context(), &recommend.Query{N: 1, Only: recommend.Filter{Categories: []string{"Drinks > Tea"}}})
	if diff := cmp.Diff([]string{"green-tea trending 12 Drinks > Tea"}, whys(t, list, err)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Whoever was absorbed counts as the one who absorbed them.
func TestAmongAbsorbed(t *testing.T) {
	for name, late := range map[string]bool{"before models were made": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			book, rec := newShop()
			ctx := t.Context()
			if late {
				if _, err := rec.Trending(ctx, nil); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := book.Customers.Create(ctx, crm.Customer{ID: "guest"}); err != nil {
				t.Fatal(err)
			}
			whole, err := book.Customers.Merge(ctx, "guest", "customer-01")
			if err != nil {
				t.Fatal(err)
			}
			merged, err := book.Customers.Merge(ctx, "customer-06", "customer-11")
			if err != nil {
				t.Fatal(err)
			}
			absorbed := crm.CustomerID("customer-06")
			if merged.ID == absorbed {
				absorbed = "customer-11"
			}
			if got := names(buyersOf(t, rec, "honey", &recommend.Query{Among: audience{"guest", absorbed}})); len(got) != 2 {
				t.Errorf("%v would buy, want %s and %s", got, whole.ID, merged.ID)
			}
			list, err := rec.ForCustomer(ctx, "", &recommend.Query{N: 1, Among: audience{"guest"}})
			if got := whys(t, list, err); got[0] != "honey popular 1 " {
				t.Errorf("popular among a guest who has an account: %s", got)
			}
		})
	}
}

package segment_test

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// shopped returns the catalog of a demo shop as it is when its life is over.
func shopped(t testing.TB, customers int, seed uint64) (*crm.Book, *segment.Catalog) {
	t.Helper()
	shop := crmtest.Shop(customers, seed)
	_, end := shop.Period()
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR", Now: func() time.Time { return end }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Import(t.Context(), shop.All(), nil); err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	return book, c
}

func TestLookalike(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	tea, mugs, nails := crm.Item{Title: "Tea", Quantity: 1}, crm.Item{Title: "Mug", Quantity: 1}, crm.Item{Title: "Nails", Quantity: 1}
	order := func(id crm.CustomerID, days int, pounds int64, items ...crm.Item) {
		t.Helper()
		for i := range items {
			items[i].Price = crm.Money{Amount: 100 * pounds / int64(len(items)), Currency: "GBP"}
		}
		if _, err := book.Orders.Record(ctx, crm.Order{CustomerID: id, OccurredAt: noon.AddDate(0, 0, -days), Items: items}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 12 {
		for _, of := range []string{"tea", "nail"} {
			customers(t, book, crm.CustomerID(fmt.Sprintf("%s%02d", of, i)))
		}
		order(crm.CustomerID(fmt.Sprintf("tea%02d", i)), 2+i, 20, tea, mugs)
		order(crm.CustomerID(fmt.Sprintf("nail%02d", i)), 2+i, 20, nails)
	}
	customers(t, book, "none", "both")
	order("both", 3, 20, tea, nails)
	if _, err := c.Create(ctx, segment.Segment{ID: "list", Name: "List"}); err != nil {
		t.Fatal(err)
	}
	if list, err := c.Lookalike(ctx, "list", 5); list != nil || err != nil {
		t.Errorf("Lookalike of nobody = %v, %v, want nil", list, err)
	}
	if err := c.Include(ctx, "list", "tea00", "tea03", "tea07"); err != nil {
		t.Fatal(err)
	}
	list, err := c.Lookalike(ctx, "list", 10)
	if err != nil {
		t.Fatal(err)
	}
	last := 1.0
	for i, l := range list {
		if l.Score > last || l.Score < 0 {
			t.Errorf("%s: score %v after %v", l.CustomerID, l.Score, last)
		}
		last = l.Score
		if want := i == 9; (l.CustomerID == "both") != want || !want && l.CustomerID[:3] != "tea" {
			t.Errorf("number %d is %s, want the others who drink tea, then both", i, l.CustomerID)
		}
		if len(l.Why) == 0 || l.Why[0].String() != "items MATCHES (title = 'Tea')" && l.Why[0].String() != "items MATCHES (title = 'Mug')" {
			t.Errorf("%s is like it for %v, want tea and mugs", l.CustomerID, l.Why)
		}
	}
	if more, err := c.Lookalike(ctx, "list", 1000); err != nil || len(more) != 23 || more[22].Score != 0 {
		t.Errorf("Lookalike = %d, %v, want the other 23, at last one who is not like them", len(more), err)
	}
	if _, err := c.Lookalike(ctx, "none", 5); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("Lookalike = %v, want %v", err, crm.ErrNotFound)
	}
}

// It is the same for the same book, and what is told of somebody is true of them.
func TestLookalikeIsTrue(t *testing.T) {
	_, c := shopped(t, 400, 1)
	ctx := t.Context()
	id := create(t, c, "Good", "number_of_orders >= 4 AND last_order_date >= -180d").ID
	list, err := c.Lookalike(ctx, id, 50)
	if err != nil || len(list) != 50 {
		t.Fatalf("%d, %v, want 50", len(list), err)
	}
	again, err := c.Lookalike(ctx, id, 50)
	if diff := gocmp.Diff(list, again); diff != "" || err != nil {
		t.Errorf("again: %v (-want +got):\n%s", err, diff)
	}
	for _, l := range list {
		if in, err := c.Has(ctx, id, l.CustomerID); in || err != nil {
			t.Errorf("%s is in the segment: %v", l.CustomerID, err)
		}
		for _, r := range l.Why {
			if x, err := c.Explain(ctx, r, l.CustomerID); err != nil || !x.Holds {
				t.Errorf("%s is not true of %s: %v", r, l.CustomerID, err)
			}
		}
	}
}

// However many are asked for, there are those that there are.
func TestLookalikeOfAll(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	var ids []crm.CustomerID
	for i := range 1500 {
		ids = append(ids, crm.CustomerID(fmt.Sprintf("c%04d", i)))
	}
	customers(t, book, ids...)
	buy(t, book, "c0000", 1, 10)
	buyers := create(t, c, "Buyers", "number_of_orders > 0").ID
	if list, err := c.Lookalike(ctx, buyers, math.MaxInt); len(list) != 1499 || err != nil {
		t.Errorf("Lookalike = %d, %v, want the other 1499", len(list), err)
	}
}

// As of a time it goes by what had been bought until then.
func TestLookalikeAt(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "seed", "then", "since", "other")
	order := func(id crm.CustomerID, days int, title string) {
		t.Helper()
		item := crm.Item{Title: title, Quantity: 1, Price: crm.Money{Amount: 1000, Currency: "GBP"}}
		if _, err := book.Orders.Record(ctx, crm.Order{CustomerID: id, OccurredAt: noon.AddDate(0, 0, -days), Items: []crm.Item{item}}); err != nil {
			t.Fatal(err)
		}
	}
	order("seed", 50, "Tea")
	order("then", 50, "Tea")
	order("since", 50, "Nails")
	order("other", 50, "Nails")
	for range 3 {
		order("since", 5, "Tea")
		order("then", 5, "Nails")
	}
	if _, err := c.Create(ctx, segment.Segment{ID: "list", Name: "List"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Include(ctx, "list", "seed"); err != nil {
		t.Fatal(err)
	}
	then := c.At(noon.AddDate(0, 0, -10))
	list, err := then.Lookalike(ctx, "list", 3)
	if err != nil || len(list) != 3 || list[0].CustomerID != "then" {
		t.Fatalf("Lookalike = %v, %v, want then first", list, err)
	}
	for _, r := range list[0].Why {
		if x, err := then.Explain(ctx, r, "then"); err != nil || !x.Holds {
			t.Errorf("%s was not true of them: %v", r, err)
		}
	}
}

// Half of those who buy in a category find the other half: how many of them are
// among the first so many, against chance.
func TestLookalikeFindsTheOtherHalf(t *testing.T) {
	book, c := shopped(t, 800, 5)
	ctx := t.Context()
	shop, _ := crmtest.Shop(800, 5).Catalog()
	var categories []string
	for _, p := range shop {
		categories = append(categories, p.Categories...)
	}
	slices.Sort(categories)
	categories = slices.Compact(categories)
	everybody, err := book.Customers.Count(ctx)
	if err != nil {
		t.Fatal(err)
	}
	tried, sum := 0, 0.0
	for i, category := range categories {
		var members []crm.CustomerID
		r := segment.Items(segment.Field("categories").Contains(category)).Count().AtLeast(3)
		for id, err := range c.Select(ctx, r) {
			if err != nil {
				t.Fatal(err)
			}
			members = append(members, id)
		}
		if len(members) < 30 {
			continue
		}
		rand.New(rand.NewPCG(uint64(i), 1)).Shuffle(len(members), func(a, b int) { members[a], members[b] = members[b], members[a] })
		seed, held := members[:len(members)/2], members[len(members)/2:]
		id := segment.ID(fmt.Sprint("seed", i))
		if _, err := c.Create(ctx, segment.Segment{ID: id, Name: string(id)}); err != nil {
			t.Fatal(err)
		}
		if err := c.Include(ctx, id, seed...); err != nil {
			t.Fatal(err)
		}
		found, err := c.Lookalike(ctx, id, len(held))
		if err != nil {
			t.Fatal(err)
		}
		hits := 0
		for _, l := range found {
			if slices.Contains(held, l.CustomerID) {
				hits++
			}
		}
		chance := float64(len(held)) / float64(everybody-len(seed))
		lift := float64(hits) / float64(len(held)) / chance
		t.Logf("%-30s %4d of %4d found, %.1f times as many as by chance", category, hits, len(held), lift)
		tried, sum = tried+1, sum+lift
	}
	if mean := sum / float64(cmp.Or(tried, 1)); tried < 3 || mean < 5 {
		t.Errorf("%d halves find their other halves %.1f times as well as chance, want 3, 5 times", tried, mean)
	}
}

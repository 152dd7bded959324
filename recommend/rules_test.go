package recommend_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// What the shop itself has put with a product comes first, with that as its reason, as
// long as it may be sold.
func TestCurated(t *testing.T) {
	book, rec := newShop()
	ctx := t.Context()
	if _, err := book.Products.Update(ctx, "coffee", func(p *crm.Product) error {
		p.Relations = []crm.Relation{
			{Kind: crm.RelationCrossSell, SKU: "sku-honey"}, {Kind: crm.RelationSimilar, SKU: "sku-mug"}, {Kind: crm.RelationUpSell, SKU: "sku-grinder"},
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	coffee := []crm.ProductID{"coffee"}
	q := &recommend.Query{N: 2}
	for name, test := range map[string]struct {
		ask  func() (*recommend.List, error)
		want crm.ProductID
		kind crm.RelationKind
	}{
		"ForCart":        {func() (*recommend.List, error) { return rec.ForCart(ctx, "", coffee, q) }, "honey", crm.RelationCrossSell},
		"BoughtTogether": {func() (*recommend.List, error) { return rec.BoughtTogether(ctx, coffee, q) }, "honey", crm.RelationCrossSell},
		"Similar":        {func() (*recommend.List, error) { return rec.Similar(ctx, "coffee", q) }, "mug", crm.RelationSimilar},
		"UpSell":         {func() (*recommend.List, error) { return rec.UpSell(ctx, "coffee", q) }, "grinder", crm.RelationUpSell},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := test.ask()
			if err != nil {
				t.Fatal(err)
			}
			want := []crm.Reason{{Key: crm.BecauseCurated, Products: coffee, Name: string(test.kind), Share: 1}}
			if first := list.Items[0]; first.ProductID != test.want || cmp.Diff(want, first.Reasons) != "" {
				t.Errorf("first is %+v, want %s %+v", first, test.want, want)
			}
			for _, item := range list.Items[1:] {
				if item.Reasons[0].Key == crm.BecauseCurated {
					t.Errorf("%s is curated, too", item.ProductID)
				}
			}
			if _, err := book.Products.AddStock(ctx, "sku-"+string(test.want), -10); err != nil {
				t.Fatal(err)
			}
			if list, err = test.ask(); err != nil || slices.Contains(list.Products(), test.want) {
				t.Errorf("sold out, and in the list: %v, %v", list.Products(), err)
			}
			if _, err := book.Products.AddStock(ctx, "sku-"+string(test.want), 10); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// What is wanted to be seen is, for the reason that it is; and what was bought lately, is
// of a full category or is like what stands above gives way.
func TestRules(t *testing.T) {
	book, rec := newShop()
	if _, err := book.Products.AddStock(t.Context(), "sku-mug", 990); err != nil {
		t.Fatal(err)
	}
	groups := func(list *recommend.List) int {
		in := map[string]bool{}
		for _, id := range list.Products() {
			p, err := book.Products.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			in[p.Categories[0]] = true
		}
		return len(in)
	}
	overstock := recommend.Boost{Of: recommend.Filter{Units: 500}, Times: 1e6, Name: "overstock"}
	for name, test := range map[string]struct {
		without, with recommend.Query
		holds         func(*recommend.List) bool
	}{
		"a pin": {recommend.Query{N: 2}, recommend.Query{N: 2, Pins: []crm.ProductID{"honey"}}, func(l *recommend.List) bool {
			return l.Items[0].ProductID == "honey" && l.Items[0].Reasons[0].Key == crm.BecausePinned
		}},
		"overstock": {recommend.Query{N: 2}, recommend.Query{N: 2, Boosts: []recommend.Boost{overstock}}, func(l *recommend.List) bool {
			last := l.Items[0].Reasons[len(l.Items[0].Reasons)-1]
			return l.Items[0].ProductID == "mug" && last.Key == crm.BecauseBoosted && last.Name == "overstock"
		}},
		"a promoted share": {recommend.Query{N: 2}, recommend.Query{N: 2, Boosts: []recommend.Boost{{Of: recommend.Filter{Categories: []string{"Pantry"}}, Share: .5}}}, func(l *recommend.List) bool {
			return slices.Contains(l.Products(), "honey")
		}},
		"a rest": {recommend.Query{N: 2, Rest: 30}, recommend.Query{N: 2, Rest: 31}, func(l *recommend.List) bool {
			return !slices.Contains(l.Products(), "coffee") // bought thirty days ago
		}},
		"one of a category": {recommend.Query{N: 4}, recommend.Query{N: 4, PerCategory: 1}, func(l *recommend.List) bool { return groups(l) == 4 }},
		"variety":           {recommend.Query{N: 4}, recommend.Query{N: 4, Variety: 1}, func(l *recommend.List) bool { return groups(l) == 4 }},
		"seen beside":       {recommend.Query{N: 2}, recommend.Query{N: 2, Seen: []crm.ProductID{"coffee"}}, func(l *recommend.List) bool { return !slices.Contains(l.Products(), "coffee") }},
	} {
		t.Run(name, func(t *testing.T) {
			for q, want := range map[*recommend.Query]bool{&test.without: false, &test.with: true} {
				list, err := rec.ForCustomer(t.Context(), "ada", q)
				if err != nil || len(list.Items) != q.N {
					t.Fatalf("%+v, %v", list, err)
				}
				if test.holds(list) != want {
					t.Errorf("with the rule %t: %+v", want, list.Items)
				}
			}
		})
	}
}

// A shop that sold nothing yet shows what is new, and says that it has no orders.
func TestNew(t *testing.T) {
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR", Now: func() time.Time { return today }})
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range []crm.ProductID{"old", "newest", "newer", "coming", "hidden"} {
		if _, err := book.Products.Record(t.Context(), crm.Product{
			ID: id, Title: fmt.Sprint("thing ", i), Published: id != "hidden", PublishedAt: today.AddDate(0, 0, []int{-40, -1, -9, 2, -3}[i]),
		}); err != nil {
			t.Fatal(err)
		}
	}
	rec, err := recommend.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := rec.New(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]crm.ProductID{"newest", "newer"}, list.Products()); diff != "" || list.Stage != recommend.StageNew {
		t.Errorf("stage %s (-want +got)\n%s", list.Stage, diff)
	}
	if diff := cmp.Diff([]crm.Reason{{Key: crm.BecauseNew, At: today.AddDate(0, 0, -1), Share: 1}}, list.Items[0].Reasons); diff != "" {
		t.Errorf("reason (-want +got)\n%s", diff)
	}
	list, err = rec.ForCustomer(t.Context(), "", &recommend.Query{N: 3})
	if err != nil || list.Stage != recommend.StageNew || list.Lack != recommend.LackOrders || len(list.Items) != 3 {
		t.Errorf("for anybody: %+v, %v", list, err)
	}
}

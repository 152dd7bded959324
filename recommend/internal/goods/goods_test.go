package goods_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
)

func eur(cents int64) crm.Money { return crm.Money{Amount: cents, Currency: "EUR"} }

// convert knows euros and dollars.
func convert(m crm.Money, _ time.Time) (crm.Money, bool) {
	switch m.Currency {
	case "EUR", "":
		return m, true
	case "USD":
		return eur(m.Amount * 9 / 10), true
	}
	return crm.Money{}, false
}

var launch = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func cup() *crm.Product {
	return &crm.Product{
		ID: "cup", Ref: crm.Ref{Source: "shop", ID: "7"}, Title: "Blue cup", Brand: "North Face", Published: true, PublishedAt: launch,
		Categories: []string{"Home > Kitchen", "Gifts"}, Tags: []string{"new"},
		Variants: []crm.Variant{
			{SKU: "cup-s", Options: []crm.Option{{Name: "Size", Value: "S"}, {Name: "Colour", Value: "Dark blue"}}, Price: eur(900), Tracked: true, Stock: 0},
			{SKU: "cup-l", Options: []crm.Option{{Name: "Size", Value: "L"}}, Price: crm.Money{Amount: 2000, Currency: "USD"}, Tracked: true, Stock: 4},
			{SKU: "cup-x", Price: crm.Money{Amount: 1, Currency: "SEK"}, Tracked: true, Stock: -2},
		},
		Relations: []crm.Relation{{Kind: crm.RelationCrossSell, SKU: "tea-1"}, {Kind: crm.RelationUpSell, Ref: crm.Ref{Source: "shop", ID: "9"}}, {Kind: crm.RelationSimilar, SKU: "cup-l"}, {Kind: crm.RelationSimilar, SKU: "gone"}},
	}
}

func TestGoods(t *testing.T) {
	g := goods.New(convert)
	p := cup()
	g.Put(p)
	g.Put(&crm.Product{ID: "tea", Ref: crm.Ref{Source: "shop", ID: "9"}, Categories: []string{"home>  KITCHEN > Tea"}, CreatedAt: launch, Variants: []crm.Variant{{SKU: "tea-1"}}})
	p.Title = "changed by the caller"
	n, ok := g.Number("cup")
	m, _ := g.Number("tea")
	if !ok || g.ID(n) != "cup" || g.Len() != 2 || g.Products() != 2 {
		t.Fatalf("number %d of %d", n, g.Len())
	}
	low, high, priced := g.Price(n)
	if low != 900 || high != 1800 || !priced {
		t.Errorf("price from %d to %d, %t", low, high, priced)
	}
	if _, _, priced := g.Price(m); priced {
		t.Error("a price out of nothing")
	}
	if !g.Published(n) || !g.InStock(n) || !g.Offered(n) || g.Units(n) != 4 || g.Published(m) || !g.InStock(m) || g.Offered(m) {
		t.Error("what may be sold")
	}
	if !g.Since(n).Equal(launch) || !g.Since(m).Equal(launch) {
		t.Errorf("since %v and %v", g.Since(n), g.Since(m))
	}
	kitchen, ok := g.FindCategory("HOME>kitchen")
	home := g.Parent(kitchen)
	if !ok || g.CategoryName(kitchen) != "Home > Kitchen" || g.CategoryName(home) != "Home" || g.Parent(home) != goods.None {
		t.Errorf("category %q below %q", g.CategoryName(kitchen), g.CategoryName(home))
	}
	if !g.In(n, kitchen) || !g.In(n, home) || !g.In(m, kitchen) || g.In(n, g.Category(m)) || g.Category(n) != kitchen || len(g.Within(n)) != 3 || len(g.Categories(n)) != 2 {
		t.Errorf("the cup is in %v, the tea in %v", g.Within(n), g.Within(m))
	}
	if b, ok := g.FindBrand("north face"); !ok || g.Brand(n) != b || g.BrandName(b) != "North Face" || g.Brand(m) != goods.None {
		t.Error("brand")
	}
	if tag, ok := g.FindTag("NEW"); !ok || !cmp.Equal(g.Tags(n), []int32{tag}) {
		t.Error("tag")
	}
	if sku, ok := g.SKU("cup-l"); !ok || sku != n {
		t.Error("a variant of another product")
	}
	want := "Blue cup brand:north_face category:home category:home_kitchen category:gifts tag:new size:s colour:dark_blue size:l"
	if diff := cmp.Diff(want, g.Text(n)); diff != "" {
		t.Errorf("text (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]goods.Related{{crm.RelationCrossSell, m}, {crm.RelationUpSell, m}}, g.Related(n)); diff != "" {
		t.Errorf("related (-want +got)\n%s", diff)
	}
}

func TestPutAgainAndRemove(t *testing.T) {
	g := goods.New(nil)
	g.Put(cup())
	n, _ := g.Number("cup")
	other := cup()
	other.Variants, other.Ref, other.Brand, other.Categories, other.Published = other.Variants[:1], crm.Ref{}, "", nil, false
	g.Put(other)
	if again, _ := g.Number("cup"); again != n || g.Len() != 1 || g.Products() != 1 {
		t.Errorf("number %d, then %d", n, again)
	}
	if _, ok := g.SKU("cup-l"); ok {
		t.Error("a variant that is gone is found")
	}
	if _, ok := g.Ref(crm.Ref{Source: "shop", ID: "7"}); ok {
		t.Error("a ref that is gone is found")
	}
	if g.InStock(n) || g.Units(n) != 0 || g.Brand(n) != goods.None || g.Category(n) != goods.None || len(g.Within(n)) > 0 {
		t.Error("what was known before is not forgotten")
	}
	if !g.Remove("cup") || g.Remove("cup") || g.Remove("tea") {
		t.Error("removed once, and what there is")
	}
	if _, ok := g.Number("cup"); ok || g.Has(n) || g.ID(n) != "cup" || g.Offered(n) || g.Products() != 0 {
		t.Error("what was removed is there")
	}
	g.Put(cup())
	if again, ok := g.Number("cup"); !ok || again != n {
		t.Error("who comes back has another number")
	}
}

// Whose a SKU is does not depend on who came last.
func TestSharedSKU(t *testing.T) {
	for _, order := range [][]crm.ProductID{{"a", "b", "c"}, {"c", "b", "a"}, {"b", "a", "c"}} {
		g := goods.New(nil)
		variants := []crm.Variant{{SKU: "s"}}
		for _, id := range order {
			g.Put(&crm.Product{ID: id, Variants: variants})
		}
		for _, want := range []crm.ProductID{"a", "b", "c"} {
			if n, ok := g.SKU("s"); !ok || g.ID(n) != want {
				t.Errorf("put as %v, it is of %s, want %s", order, g.ID(n), want)
			}
			g.Put(&crm.Product{ID: want})
		}
		if _, ok := g.SKU("s"); ok {
			t.Error("it is nobody's any more")
		}
	}
}

func TestSame(t *testing.T) {
	g := goods.New(convert)
	p := cup()
	g.Put(p)
	n, _ := g.Number("cup")
	if !g.Same(n, cup()) {
		t.Error("a record is not the same as itself")
	}
	for name, change := range map[string]func(*crm.Product){
		"written later": func(p *crm.Product) { p.UpdatedAt = launch },
		"hidden":        func(p *crm.Product) { p.Published = false },
		"sold out":      func(p *crm.Product) { p.Variants[1].Stock = 0 },
		"stock kept":    func(p *crm.Product) { p.Variants[0].Tracked = false },
		"a variant":     func(p *crm.Product) { p.Variants = p.Variants[:2] },
		"a price":       func(p *crm.Product) { p.Variants[1].Price.Amount++ },
		"a currency":    func(p *crm.Product) { p.Variants[1].Price.Currency = "EUR" },
		"a SKU":         func(p *crm.Product) { p.Variants[1].SKU = "cup-m" },
		"a brand":       func(p *crm.Product) { p.Brand = "South Face" },
		"a category":    func(p *crm.Product) { p.Categories[1] = "Gift" },
		"one more":      func(p *crm.Product) { p.Categories = append(p.Categories, "new") },
		"a tag":         func(p *crm.Product) { p.Tags = nil },
		"for sale":      func(p *crm.Product) { p.PublishedAt = launch.Add(time.Hour) },
	} {
		other := cup()
		if change(other); g.Same(n, other) {
			t.Errorf("%s: the same", name)
		}
	}
	if g.Coming(n, launch) || !g.Coming(n, launch.Add(-time.Millisecond)) {
		t.Error("for sale from the launch on")
	}
	if g.Remove("cup"); g.Same(n, cup()) {
		t.Error("what is gone is as it was")
	}
}

func TestNewest(t *testing.T) {
	g := goods.New(nil)
	put := func(id crm.ProductID, days int) {
		g.Put(&crm.Product{ID: id, PublishedAt: launch.AddDate(0, 0, days)})
	}
	for _, tt := range []struct {
		name   string
		change func()
		want   []crm.ProductID
	}{
		{"none", func() {}, nil},
		{"some", func() { put("b", 1); put("c", 3); put("a", 1) }, []crm.ProductID{"c", "a", "b"}},
		{"the same again", func() { put("c", 3) }, []crm.ProductID{"c", "a", "b"}},
		{"another date", func() { put("b", 2) }, []crm.ProductID{"c", "b", "a"}},
		{"of no date", func() { g.Put(&crm.Product{ID: "d", CreatedAt: time.UnixMilli(0)}) }, []crm.ProductID{"c", "b", "a", "d"}},
		{"gone", func() { g.Remove("c") }, []crm.ProductID{"b", "a", "d"}},
		{"back", func() { put("c", 0) }, []crm.ProductID{"b", "a", "c", "d"}},
	} {
		tt.change()
		var got []crm.ProductID
		for _, n := range g.Newest() {
			got = append(got, g.ID(n))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

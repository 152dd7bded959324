package crm_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

// cup has something in every field.
func cup() crm.Product {
	return crm.Product{
		Ref: ref("p1"), Title: "Cup", Description: "<p>For tea.</p>", Brand: "Potter", Categories: []string{"Home > Kitchen", "Gifts"},
		Tags: []string{"tea", "blue", "tea"}, Published: true, URL: "https://shop.example/cup", ImageURL: "https://shop.example/cup.jpg",
		Variants: []crm.Variant{
			{SKU: "cup-s", Barcode: "4006381333931", Title: "Small", Options: []crm.Option{{Name: "Size", Value: "S"}}, Price: gbp(800), UnitCost: gbp(300), Tracked: true, Stock: 5},
			{SKU: "cup-l", Barcode: "4006381333948", Title: "Large", Options: []crm.Option{{Name: "Size", Value: "L"}}, Price: gbp(1200), CompareAt: gbp(1500), UnitCost: gbp(450)},
		},
		Relations:   []crm.Relation{{Kind: crm.RelationCrossSell, SKU: "tea"}, {Kind: crm.RelationSimilar, Ref: ref("p2")}},
		PublishedAt: day(1), Version: day(2),
	}
}

func TestProductsCreate(t *testing.T) {
	for _, tt := range []struct {
		name string
		make crm.Product
		err  error
	}{
		{"a new one", crm.Product{ID: "new", Ref: ref("p2")}, nil},
		{"nothing in particular", crm.Product{}, nil},
		{"a SKU that another has", crm.Product{Variants: []crm.Variant{{SKU: "cup-s"}}}, nil},
		{"the id is taken", crm.Product{ID: "cup"}, crm.ErrExists},
		{"the ref is taken", crm.Product{Ref: ref("p1")}, crm.ErrExists},
		{"the ref is taken, the id is not", crm.Product{ID: "new", Ref: ref("p1")}, crm.ErrExists},
		{"invalid", crm.Product{ID: "a b"}, crm.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := memory(t)
			v := cup()
			v.ID = "cup"
			first, err := book.Products.Create(t.Context(), v)
			if err != nil {
				t.Fatal(err)
			}
			made, err := book.Products.Create(t.Context(), tt.make)
			if !errors.Is(err, tt.err) || (made == nil) != (err != nil) {
				t.Fatalf("got %v, %v, want %v", made, err, tt.err)
			}
			if e, ok := errors.AsType[*crm.Error](err); err != nil && (!ok || e.Op != "Products.Create" || e.Kind != "product") {
				t.Errorf("got %#v, want one of Products.Create", err)
			}
			got, err := book.Products.BySKU(t.Context(), "cup-s")
			if diff := cmp.Diff(first, got); err != nil || diff != "" {
				t.Errorf("BySKU: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestProductsInvalid(t *testing.T) {
	bad := crm.Product{
		ID: "a b", Ref: crm.Ref{Source: "a:b", ID: "x y"}, Title: strings.Repeat("x", 1001), Description: strings.Repeat("x", 300<<10),
		Brand: strings.Repeat("x", 201), URL: strings.Repeat("x", 2001), ImageURL: "\xff", Categories: []string{""}, Tags: []string{"ok", "\xff"},
		Variants: []crm.Variant{
			{SKU: "a"}, {SKU: "a", Barcode: strings.Repeat("x", 201), Title: "\xff"}, {}, {},
			{Price: crm.Money{Amount: -1, Currency: "GBP"}, CompareAt: crm.Money{Amount: 1}, UnitCost: crm.Money{Amount: -1, Currency: "gbp"}},
		},
		Relations:   []crm.Relation{{}, {Kind: crm.RelationGrouped, Ref: crm.Ref{Source: "shop"}}},
		PublishedAt: time.Date(12025, 1, 1, 0, 0, 0, 0, time.UTC), Version: time.Date(12025, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	want := []string{
		"id", "ref.source", "ref.id", "title", "description", "brand", "url", "image_url", "categories[0]", "tags[1]", "variants[1].sku",
		"variants[1].barcode", "variants[1].title", "variants[4].price", "variants[4].compare_at.currency",
		"variants[4].unit_cost.currency", "variants[4].unit_cost", "relations[0].kind", "relations[0]", "relations[1].ref.id",
		"published_at", "version",
	}
	book := memory(t)
	ctx := t.Context()
	_, created := book.Products.Create(ctx, bad)
	_, recorded := book.Products.Record(ctx, bad)
	putProduct(t, book, crm.Product{ID: "cup"})
	_, updated := book.Products.Update(ctx, "cup", func(p *crm.Product) error { *p = bad; return nil })
	for name, err := range map[string]error{"Create": created, "Record": recorded, "Update": updated} {
		t.Run(name, func(t *testing.T) {
			if !errors.Is(err, crm.ErrInvalid) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(want, fields(err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	_, many := book.Products.Create(ctx, crm.Product{Variants: make([]crm.Variant, 2001)})
	if diff := cmp.Diff([]string{"variants"}, fields(many)); diff != "" {
		t.Errorf("too many variants (-want +got):\n%s", diff)
	}
}

func TestProductsLookup(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	want := putProduct(t, book, cup())
	for name, lookup := range map[string]func() (*crm.Product, error){
		"Get":       func() (*crm.Product, error) { return book.Products.Get(ctx, want.ID) },
		"ByRef":     func() (*crm.Product, error) { return book.Products.ByRef(ctx, ref("p1")) },
		"BySKU":     func() (*crm.Product, error) { return book.Products.BySKU(ctx, "cup-l") },
		"ByBarcode": func() (*crm.Product, error) { return book.Products.ByBarcode(ctx, "4006381333948") },
	} {
		got, err := lookup()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	_, get := book.Products.Get(ctx, "none")
	_, byRef := book.Products.ByRef(ctx, ref("none"))
	_, bySKU := book.Products.BySKU(ctx, "none")
	_, byCode := book.Products.ByBarcode(ctx, "none")
	_, update := book.Products.Update(ctx, "none", func(*crm.Product) error { return nil })
	_, stock := book.Products.AddStock(ctx, "none", 1)
	for want, err := range map[string]error{
		"crm: Products.Get none: not found": get, "crm: Products.ByRef shop:none: not found": byRef,
		"crm: Products.BySKU none: not found": bySKU, "crm: Products.ByBarcode none: not found": byCode,
		"crm: Products.Update none: not found": update, "crm: Products.AddStock none: not found": stock,
	} {
		if !errors.Is(err, crm.ErrNotFound) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	second := putProduct(t, book, crm.Product{ID: "second", PublishedAt: day(0)})
	list := all(t, book.Products.List(ctx, crm.ProductQuery{}))
	if diff := cmp.Diff([]*crm.Product{want, second}, list); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	if n, err := book.Products.Count(ctx); n != 2 || err != nil {
		t.Errorf("Count is %d, %v", n, err)
	}
	p, err := book.Products.Page(ctx, crm.ProductQuery{Limit: 1})
	if err != nil || len(p.Items) != 1 || p.Next == "" {
		t.Fatalf("page of one: %+v, %v", p, err)
	}
	p, err = book.Products.Page(ctx, crm.ProductQuery{After: p.Next})
	if diff := cmp.Diff([]*crm.Product{second}, p.Items); err != nil || diff != "" || p.Next != "" {
		t.Errorf("the page after: %v, next %q (-want +got):\n%s", err, p.Next, diff)
	}
	if _, err := book.Products.Page(ctx, crm.ProductQuery{After: "?"}); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("after nonsense: %v", err)
	}
}

// TestProductsRecord tells what a change of a product leaves in the feed.
func TestProductsRecord(t *testing.T) {
	changed := func(f func(*crm.Product)) crm.Product {
		p := cup()
		p.Version = day(3)
		f(&p)
		return p
	}
	price := func(sku, from, to string) *crm.Event {
		return &crm.Event{Kind: crm.ProductPriceChanged, SKU: sku, Changes: []crm.Change{{Field: "price", From: from, To: to}}}
	}
	stock := func(sku, from, to string) *crm.Event {
		return &crm.Event{Kind: crm.ProductStockChanged, SKU: sku, Changes: []crm.Change{{Field: "stock", From: from, To: to}}}
	}
	update := func(names ...string) *crm.Event {
		e := &crm.Event{Kind: crm.ProductUpdated}
		for _, n := range names {
			e.Changes = append(e.Changes, crm.Change{Field: n})
		}
		return e
	}
	older := cup()
	older.Version, older.Title = day(1), "Mug"
	for _, tt := range []struct {
		name   string
		record crm.Product
		events []*crm.Event
	}{
		{"equal content", cup(), nil},
		{"older", older, nil},
		{"title", changed(func(p *crm.Product) { p.Title = "Mug" }), []*crm.Event{update("title")}},
		{"published at is left out", changed(func(p *crm.Product) { p.PublishedAt = time.Time{}; p.Brand = "" }), []*crm.Event{update("brand")}},
		{"price", changed(func(p *crm.Product) { p.Variants[1].Price = gbp(1100) }),
			[]*crm.Event{update("variants"), price("cup-l", "12.00 GBP", "11.00 GBP")}},
		{"no price", changed(func(p *crm.Product) { p.Variants[1].Price = crm.Money{} }),
			[]*crm.Event{update("variants"), price("cup-l", "12.00 GBP", "")}},
		{"stock", changed(func(p *crm.Product) { p.Variants[0].Stock = -1 }),
			[]*crm.Event{update("variants"), stock("cup-s", "5", "-1")}},
		{"stock is tracked from now on", changed(func(p *crm.Product) { p.Variants[1].Tracked = true }),
			[]*crm.Event{update("variants"), stock("cup-l", "0", "0")}},
		{"the other way round", changed(func(p *crm.Product) { p.Variants[0], p.Variants[1] = p.Variants[1], p.Variants[0] }),
			[]*crm.Event{update("variants")}},
		{"another variant", changed(func(p *crm.Product) {
			p.Variants = append(p.Variants, crm.Variant{SKU: "cup-xl", Price: gbp(1600), Tracked: true, Stock: 2})
		}), []*crm.Event{update("variants"), price("cup-xl", "", "16.00 GBP"), stock("cup-xl", "0", "2")}},
		{"one variant less", changed(func(p *crm.Product) { p.Variants = p.Variants[:1] }), []*crm.Event{update("variants")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := memory(t)
			stored := putProduct(t, book, cup())
			before := head(t, book)
			got := putProduct(t, book, tt.record)
			for _, e := range tt.events {
				e.ProductID, e.OccurredAt, e.CreatedAt = stored.ID, day(3), today
			}
			if diff := cmp.Diff(tt.events, since(t, book, before), facts); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			kept, err := book.Products.Get(t.Context(), stored.ID)
			if diff := cmp.Diff(kept, got); err != nil || diff != "" {
				t.Errorf("stored is another: %v (-want +got):\n%s", err, diff)
			}
			if len(tt.events) == 0 {
				if diff := cmp.Diff(stored, got); diff != "" {
					t.Errorf("changed (-want +got):\n%s", diff)
				}
			}
			before = head(t, book)
			if putProduct(t, book, tt.record); head(t, book) != before {
				t.Errorf("once more wrote %v", kinds(since(t, book, before)))
			}
		})
	}
}

// TestProductsWithoutSKU has variants that nothing but their place tells apart.
func TestProductsWithoutSKU(t *testing.T) {
	book := memory(t)
	p := putProduct(t, book, crm.Product{ID: "cup", Variants: []crm.Variant{{Price: gbp(800)}, {Price: gbp(1200)}}})
	before := head(t, book)
	if _, err := book.Products.Update(t.Context(), p.ID, func(p *crm.Product) error { p.Title = "Cup"; return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]crm.EventKind{crm.ProductUpdated}, kinds(since(t, book, before))); diff != "" {
		t.Errorf("a new title (-want +got):\n%s", diff)
	}
}

func TestProductsUpdate(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	p := putProduct(t, book, cup())
	stop := errors.New("stop")
	if _, err := book.Products.Update(ctx, p.ID, func(p *crm.Product) error { p.Title = ""; return stop }); !errors.Is(err, stop) {
		t.Errorf("f's error: got %v", err)
	}
	got, err := book.Products.Update(ctx, p.ID, func(p *crm.Product) error {
		p.ID, p.Title, p.Ref = "other", "Mug", crm.Ref{}
		return nil
	})
	want := *p
	want.Title = "Mug"
	if diff := cmp.Diff(&want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	_, err = book.Products.Update(ctx, p.ID, func(p *crm.Product) error { p.Ref = ref("p9"); return nil })
	if diff := cmp.Diff([]string{"ref"}, fields(err)); diff != "" {
		t.Errorf("another ref: %v (-want +got):\n%s", err, diff)
	}
}

func TestAddStock(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	p := putProduct(t, book, cup())
	before := head(t, book)
	for _, tt := range []struct {
		name  string
		sku   string
		units int64
		want  int64
		err   error
	}{
		{"goods come in", "cup-s", 10, 15, nil},
		{"and go out", "cup-s", -20, -5, nil},
		{"or stay", "cup-s", 0, -5, nil},
		{"not tracked", "cup-l", 1, 0, crm.ErrInvalid},
		{"unknown", "tea", 1, 0, crm.ErrNotFound},
		{"more than can be counted", "cup-s", math.MinInt64, 0, crm.ErrOverflow},
	} {
		got, err := book.Products.AddStock(ctx, tt.sku, tt.units)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: got %d, %v, want %d, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
	var changes []crm.Change
	for _, e := range since(t, book, before) {
		if e.Kind == crm.ProductStockChanged && e.ProductID == p.ID && e.SKU == "cup-s" {
			changes = append(changes, e.Changes...)
		}
	}
	if diff := cmp.Diff([]crm.Change{{Field: "stock", From: "5", To: "15"}, {Field: "stock", From: "15", To: "-5"}}, changes); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestListing follows a SKU that several products have: orders take product
// and cost from the one that had it first.
func TestListing(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	with := func(cost int64, skus ...string) (list []crm.Variant) {
		for _, s := range skus {
			list = append(list, crm.Variant{SKU: s, UnitCost: gbp(cost)})
		}
		return list
	}
	set := func(id crm.ProductID, v []crm.Variant) func() {
		return func() { putProduct(t, book, crm.Product{ID: id, Variants: v}) }
	}
	for _, step := range []struct {
		name string
		do   func()
		want crm.Item
	}{
		{"nobody has it", func() {}, crm.Item{}},
		{"one", set("b", with(300, "cup")), crm.Item{ProductID: "b", UnitCost: gbp(300)}},
		{"a second, whose id is smaller", set("a", with(200, "cup")), crm.Item{ProductID: "b", UnitCost: gbp(300)}},
		{"the first costs more", set("b", with(350, "cup", "mug")), crm.Item{ProductID: "b", UnitCost: gbp(350)}},
		{"the second costs less", set("a", with(100, "cup")), crm.Item{ProductID: "b", UnitCost: gbp(350)}},
		{"it leaves the first", set("b", with(350, "mug")), crm.Item{ProductID: "a", UnitCost: gbp(100)}},
		{"and comes back", set("b", with(350, "cup")), crm.Item{ProductID: "a", UnitCost: gbp(100)}},
		{"it leaves the second", set("a", nil), crm.Item{ProductID: "b", UnitCost: gbp(350)}},
		{"nobody has it any more", set("b", nil), crm.Item{}},
	} {
		step.do()
		p, err := book.Products.BySKU(ctx, "cup")
		if (err == nil) != (step.want.ProductID != "") || err == nil && p.ID != step.want.ProductID {
			t.Errorf("%s: BySKU: %v, %v, want %q", step.name, p, err, step.want.ProductID)
		}
		o := putOrder(t, book, goods("", "", day(1), "cup", 1, gbp(800)))
		step.want.SKU, step.want.Quantity, step.want.Price, step.want.Total = "cup", 1, gbp(800), gbp(800)
		if diff := cmp.Diff([]crm.Item{step.want}, o.Items); diff != "" {
			t.Errorf("%s: item (-want +got):\n%s", step.name, diff)
		}
	}
}

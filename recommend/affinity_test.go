package recommend_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// The shop of the tests of affinities: products of four brands and three categories,
// of which the last two digits are the price, each in five sizes.
var sizesSold = []string{"S", "M", "L", "XL", "XXL"}

const streetProducts = 48

func streetProduct(i int) crm.ProductID { return crm.ProductID(fmt.Sprintf("p%02d", i)) }

// newStreet returns that shop, of forty customers who buy by lot, and ada, who buys
// shirts of one brand, in L, by the app.
func newStreet() (*crm.Book, *recommend.Recommender) {
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR", Now: func() time.Time { return today }})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	for i := range streetProducts {
		p := crm.Product{
			ID: streetProduct(i), Title: fmt.Sprint("thing ", i), Published: true,
			Brand: []string{"North", "South", "East", "West"}[i%4], Categories: []string{[]string{"Shirts", "Shoes", "Hats"}[i/4%3]},
		}
		for _, size := range sizesSold {
			p.Variants = append(p.Variants, crm.Variant{SKU: string(p.ID) + "-" + size, Price: crm.Money{Amount: int64(1000 + 100*i), Currency: "EUR"}, Options: []crm.Option{{Name: "Size", Value: size}}})
		}
		if _, err := book.Products.Record(ctx, p); err != nil {
			log.Fatal(err)
		}
	}
	draw := rand.New(rand.NewPCG(1, 1))
	buy := func(id crm.CustomerID, days int, channel crm.Channel, size string, product int) {
		p := streetProduct(product)
		if _, err := book.Orders.Record(ctx, crm.Order{
			CustomerID: id, OccurredAt: today.AddDate(0, 0, -days), Currency: "EUR", Channel: channel,
			Items: []crm.Item{{ProductID: p, SKU: string(p) + "-" + size, Quantity: 1, Price: crm.Money{Amount: 900, Currency: "EUR"}}},
		}); err != nil {
			log.Fatal(err)
		}
	}
	for i := range 41 {
		id := crm.CustomerID(fmt.Sprintf("customer-%02d", i))
		if i == 40 {
			id = "ada"
		}
		if _, err := book.Customers.Create(ctx, crm.Customer{ID: id}); err != nil {
			log.Fatal(err)
		}
		for n := range 12 {
			if id == "ada" {
				buy(id, 10*n+1, crm.ChannelApp, "L", 36*(n%2)) // shirts of North
				continue
			}
			channel := crm.ChannelWeb
			if draw.IntN(10) == 0 {
				channel = crm.ChannelApp
			}
			buy(id, draw.IntN(120)+1, channel, sizesSold[draw.IntN(5)], draw.IntN(streetProducts))
		}
	}
	rec, err := recommend.New(book, nil)
	if err != nil {
		log.Fatal(err)
	}
	return book, rec
}

// leans returns to what a customer leans, as "kind name".
func leans(t *testing.T, rec *recommend.Recommender, id crm.CustomerID) (list []string) {
	t.Helper()
	all, err := rec.Affinities(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		list = append(list, a.Of+" "+a.Name)
		if a.Stated {
			continue
		}
		if a.Share <= a.Usual || a.Reason.Count < 2 || a.Reason.At.IsZero() || a.Reason.Name != a.Name {
			t.Errorf("%s leans to %s for a share of %.2f, usual are %.2f: %+v", id, a.Name, a.Share, a.Usual, a.Reason)
		}
	}
	return list
}

func TestAffinities(t *testing.T) {
	book, rec := newStreet()
	want := []string{"category Shirts", "brand North", "size L", "channel app"}
	if diff := cmp.Diff(want, leans(t, rec, "ada")); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
	traits := func() map[string][]string {
		all, err := book.Traits.Get(t.Context(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]string{}
		for _, trait := range all {
			if trait.Room == "affinity" {
				got[trait.Path()] = trait.Value.Words()
			}
		}
		return got
	}
	if diff := cmp.Diff(map[string][]string{"affinity.category": {"Shirts"}, "affinity.brand": {"North"}}, traits()); diff != "" {
		t.Error("traits (-want +got)\n" + diff)
	}
	if err := book.Traits.State(t.Context(), "ada", map[string]crm.Value{"brands": crm.Words("West", "East"), "size": crm.Text("XL")}, "account", today); err != nil {
		t.Fatal(err)
	}
	want = []string{"category Shirts", "brand West", "brand East", "size XL", "channel app"}
	if diff := cmp.Diff(want, leans(t, rec, "ada")); diff != "" {
		t.Error("stated (-want +got)\n" + diff)
	}
	if diff := cmp.Diff(map[string][]string{"affinity.category": {"Shirts"}, "affinity.brand": {"West", "East"}, "affinity.size": {"XL"}}, traits()); diff != "" {
		t.Error("stated traits (-want +got)\n" + diff)
	}
	if _, err := book.Consents.Record(t.Context(), crm.Consent{CustomerID: "ada", Purpose: crm.PurposeProfiling, State: crm.ConsentDenied}); err != nil {
		t.Fatal(err)
	}
	if got := leans(t, rec, "ada"); got != nil {
		t.Errorf("ada objected, and leans to %v", got)
	}
	if got := traits(); len(got) > 0 {
		t.Errorf("ada objected, and has the traits %v", got)
	}
}

// What everybody buys is no leaning, and neither is chance.
// What is in several categories tells of each of them.
func TestAffinitiesOfSeveralCategories(t *testing.T) {
	book, rec := newStreet()
	for _, i := range []int{0, 36, 12, 25} { // ada takes the first two
		if _, err := book.Products.Update(t.Context(), streetProduct(i), func(p *crm.Product) error {
			p.Categories = append(p.Categories, "Linen")
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"category Linen", "category Shirts", "brand North", "size L", "channel app"}
	if diff := cmp.Diff(want, leans(t, rec, "ada")); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
}

func TestAffinitiesChance(t *testing.T) {
	_, rec := newStreet()
	kinds := map[string]int{}
	for i := range 40 {
		for _, a := range leans(t, rec, crm.CustomerID(fmt.Sprintf("customer-%02d", i))) {
			kinds[a]++
		}
	}
	n := 0
	for _, k := range kinds {
		n += k
	}
	if n > 16 { // 200 kinds of customers, of which one in twenty may be wrong, and some luck
		t.Errorf("40 customers who buy by lot lean to %v", kinds)
	}
}

func TestAffinitiesOfNobody(t *testing.T) {
	book, rec := newStreet()
	if got := leans(t, rec, ""); got != nil {
		t.Errorf("nobody leans to %v", got)
	}
	if _, err := rec.Affinities(t.Context(), "none"); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("%v, want %v", err, crm.ErrNotFound)
	}
	if _, err := book.Customers.Create(t.Context(), crm.Customer{ID: "eve"}); err != nil {
		t.Fatal(err)
	}
	if got := leans(t, rec, "eve"); got != nil {
		t.Errorf("eve, who bought nothing, leans to %v", got)
	}
}

func ExampleRecommender_Affinities() {
	_, rec := newStreet()
	list, err := rec.Affinities(context.Background(), "ada")
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range list {
		fmt.Println(a.Of, a.Name, a.Reason.Count)
	}
	// Output:
	// category Shirts 12
	// brand North 12
	// size L 12
	// channel app 12
}

// Of what came into the catalog after the models were made nobody knows how usual it
// is.
func TestAffinitiesUnheardOf(t *testing.T) {
	book, rec := newStreet()
	if _, err := rec.Affinities(t.Context(), "ada"); err != nil { // the models are made
		t.Fatal(err)
	}
	for i := range 2 {
		p := crm.Product{ID: crm.ProductID(fmt.Sprint("novel-", i)), Title: "thing", Published: true, Brand: "Upcoming", Categories: []string{"Novelties"}, Variants: []crm.Variant{{SKU: fmt.Sprint("novel-", i)}}}
		if _, err := book.Products.Record(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		ordered(t, book, "customer-00", i, p.ID)
	}
	for _, a := range leans(t, rec, "customer-00") {
		if a == "category Novelties" || a == "brand Upcoming" {
			t.Errorf("two orders of what is new, and they lean to %s", a)
		}
	}
}

// A size that is sent back does not fit, and that of a gift fits somebody else.
func TestAffinitiesOfSizesKept(t *testing.T) {
	book, rec := newStreet()
	if _, err := book.Customers.Create(t.Context(), crm.Customer{ID: "bob"}); err != nil {
		t.Fatal(err)
	}
	p := streetProduct(0)
	for i := range 8 {
		item := func(size string) crm.Item {
			return crm.Item{ProductID: p, SKU: string(p) + "-" + size, Quantity: 1, Price: crm.Money{Amount: 900, Currency: "EUR"}}
		}
		o, err := book.Orders.Record(t.Context(), crm.Order{CustomerID: "bob", OccurredAt: today.AddDate(0, 0, -10*i-5), Currency: "EUR", Items: []crm.Item{item("L"), item("XL")}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := book.Refunds.Record(t.Context(), crm.Refund{OrderID: o.ID, OccurredAt: o.OccurredAt.AddDate(0, 0, 2), Currency: "EUR",
			Lines: []crm.RefundLine{{ProductID: p, SKU: string(p) + "-L", Quantity: 1, Amount: crm.Money{Amount: 900, Currency: "EUR"}}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := book.Orders.Record(t.Context(), crm.Order{CustomerID: "bob", OccurredAt: today.AddDate(0, 0, -10*i-4), Currency: "EUR", Tags: []string{"gift"}, Items: []crm.Item{item("S")}}); err != nil {
			t.Fatal(err)
		}
	}
	var sizes []string
	for _, a := range leans(t, rec, "bob") {
		if strings.HasPrefix(a, "size") {
			sizes = append(sizes, a)
		}
	}
	if diff := cmp.Diff([]string{"size XL"}, sizes); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
}

// To ask writes nothing; a merge joins leanings, and undone parts them; who is erased
// leans to nothing.
func TestAffinitiesWriteNothing(t *testing.T) {
	book, rec := newStreet()
	traits := func(id crm.CustomerID) []crm.Trait {
		all, err := book.Traits.Get(t.Context(), id)
		if err != nil && !errors.Is(err, crm.ErrErased) {
			t.Fatal(err)
		}
		return slices.DeleteFunc(all, func(t crm.Trait) bool { return t.Room != "affinity" })
	}
	want := leans(t, rec, "ada")
	before, err := book.Events.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := traits("ada")
	for range 3 {
		if diff := cmp.Diff(want, leans(t, rec, "ada")); diff != "" {
			t.Error("asked again (-want +got)\n" + diff)
		}
		if diff := cmp.Diff(first, traits("ada")); diff != "" {
			t.Error("traits read again (-want +got)\n" + diff)
		}
	}
	after, err := book.Events.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if before != after || len(first) == 0 {
		t.Errorf("the feed stands at %v, want %v; %d traits", after, before, len(first))
	}
	if _, err := book.Customers.Create(t.Context(), crm.Customer{ID: "ada-2"}); err != nil {
		t.Fatal(err)
	}
	if err := book.Traits.State(t.Context(), "ada-2", map[string]crm.Value{"brand": crm.Text("East")}, "account", today); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Customers.Merge(t.Context(), "ada-2", "ada"); err != nil {
		t.Fatal(err)
	}
	whole := []string{"category Shirts", "brand East", "size L", "channel app"}
	for _, id := range []crm.CustomerID{"ada", "ada-2"} {
		if diff := cmp.Diff(whole, leans(t, rec, id)); diff != "" {
			t.Errorf("%s, merged (-want +got)\n%s", id, diff)
		}
	}
	if _, err := book.Customers.Unmerge(t.Context(), "ada-2"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, leans(t, rec, "ada")); diff != "" {
		t.Error("no more merged (-want +got)\n" + diff)
	}
	if _, err := book.Privacy.Erase(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	if list, err := rec.Affinities(t.Context(), "ada"); len(list) > 0 || !errors.Is(err, crm.ErrErased) {
		t.Errorf("erased, and leans to %v: %v", list, err)
	}
	if got := traits("ada"); len(got) > 0 {
		t.Errorf("erased, and has %v", got)
	}
}

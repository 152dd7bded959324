package recommend_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
)

// buyersOf returns who would buy a product.
func buyersOf(t *testing.T, rec *recommend.Recommender, product crm.ProductID, q *recommend.Query) []recommend.Buyer {
	t.Helper()
	var list []recommend.Buyer
	for b, err := range rec.WhoWouldBuy(t.Context(), product, q) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, b)
	}
	return list
}

func names(list []recommend.Buyer) []crm.CustomerID {
	ids := make([]crm.CustomerID, len(list))
	for i, b := range list {
		ids[i] = b.CustomerID
	}
	return ids
}

func ordered(t *testing.T, book *crm.Book, id crm.CustomerID, days int, products ...crm.ProductID) {
	t.Helper()
	o := crm.Order{CustomerID: id, OccurredAt: today.AddDate(0, 0, -days), Currency: "EUR"}
	for _, p := range products {
		o.Items = append(o.Items, crm.Item{ProductID: p, Quantity: 1, Price: crm.Money{Amount: 500, Currency: "EUR"}})
	}
	if _, err := book.Orders.Record(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

func TestWhoWouldBuy(t *testing.T) {
	book, rec := newShop()
	list := buyersOf(t, rec, "filters", nil)
	if len(list) < 25 {
		t.Fatalf("%d customers would buy filters, want those who buy coffee", len(list))
	}
	bought := map[crm.CustomerID]map[crm.ProductID]bool{}
	for o, err := range book.Orders.List(t.Context(), crm.OrderQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range o.Items {
			if bought[o.CustomerID] == nil {
				bought[o.CustomerID] = map[crm.ProductID]bool{}
			}
			bought[o.CustomerID][item.ProductID] = true
		}
	}
	for i, b := range list {
		if i > 0 && b.Score > list[i-1].Score {
			t.Errorf("%s stands behind %s, and has a higher score", b.CustomerID, list[i-1].CustomerID)
		}
		if len(b.Reasons) == 0 {
			t.Errorf("%s has no reason", b.CustomerID)
		}
		for _, why := range b.Reasons {
			if (why.Key == crm.BecauseBoughtBefore || why.Key == crm.BecauseDue) && !bought[b.CustomerID]["filters"] {
				t.Errorf("%s never bought filters, but is told so", b.CustomerID)
			}
			for _, p := range why.Products {
				if !bought[b.CustomerID][p] {
					t.Errorf("%s never bought %s, which is the reason", b.CustomerID, p)
				}
			}
		}
	}
	if ids := names(list); !slices.Contains(ids, "ada") {
		t.Error("ada, who buys coffee, is not among them")
	} else if i := slices.Index(ids, "ada"); bought[ids[i-1]]["filters"] != true {
		t.Error("ada stands behind somebody who never bought filters")
	}
}

func TestWhoWouldBuyRepeat(t *testing.T) {
	_, rec := newShop()
	if got := names(buyersOf(t, rec, "filters", &recommend.Query{Repeat: recommend.RepeatExclude})); !cmp.Equal(got[:1], []crm.CustomerID{"ada"}) {
		t.Errorf("of those who never bought filters %v come first, want ada", got[:1])
	}
	for _, b := range buyersOf(t, rec, "filters", &recommend.Query{Repeat: recommend.RepeatOnly}) {
		if b.CustomerID == "ada" {
			t.Error("ada never bought filters, and is among those who buy them again")
		}
	}
	if got := len(buyersOf(t, rec, "filters", &recommend.Query{N: 3})); got != 3 {
		t.Errorf("%d customers, want 3", got)
	}
	for _, b := range buyersOf(t, rec, "filters", &recommend.Query{Rest: 8}) {
		for _, why := range b.Reasons {
			if why.Key == crm.BecauseBoughtBefore && why.At.After(today.AddDate(0, 0, -8)) {
				t.Errorf("%s bought filters on %v", b.CustomerID, why.At)
			}
		}
	}
}

// What was recorded a moment ago counts, whatever the models knew.
func TestWhoWouldBuyLeaks(t *testing.T) {
	for _, test := range []struct {
		name string
		q    *recommend.Query
		do   func(t *testing.T, book *crm.Book, id crm.CustomerID) error
	}{
		{"who objected", nil, func(t *testing.T, book *crm.Book, id crm.CustomerID) error {
			_, err := book.Consents.Record(t.Context(), crm.Consent{CustomerID: id, Purpose: crm.PurposeProfiling, State: crm.ConsentDenied})
			return err
		}},
		{"who was erased", nil, func(t *testing.T, book *crm.Book, id crm.CustomerID) error {
			_, err := book.Privacy.Erase(t.Context(), id)
			return err
		}},
		{"who bought it", &recommend.Query{Repeat: recommend.RepeatExclude}, func(t *testing.T, book *crm.Book, id crm.CustomerID) error {
			ordered(t, book, id, 0, "filters")
			return nil
		}},
		{"who bought it too lately", &recommend.Query{Rest: 5}, func(t *testing.T, book *crm.Book, id crm.CustomerID) error {
			ordered(t, book, id, 1, "filters")
			return nil
		}},
		{"to whom it was shown", &recommend.Query{Fresh: 5}, func(t *testing.T, book *crm.Book, id crm.CustomerID) error {
			_, err := book.Interactions.Record(t.Context(), crm.Interaction{CustomerID: id, Kind: crm.KindViewItemList, OccurredAt: today.AddDate(0, 0, -1),
				Items: []crm.InteractionItem{{ProductID: "filters"}}})
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			book, rec := newShop()
			if !slices.Contains(names(buyersOf(t, rec, "filters", test.q)), "ada") {
				t.Fatal("ada is not among the buyers before")
			}
			if err := test.do(t, book, "ada"); err != nil {
				t.Fatal(err)
			}
			if slices.Contains(names(buyersOf(t, rec, "filters", test.q)), "ada") {
				t.Error("ada is among the buyers")
			}
		})
	}
}

func TestWhoWouldBuyLimits(t *testing.T) {
	book, _ := newShop()
	limited, err := recommend.New(book, &recommend.Options{Limits: []recommend.Limit{{Of: recommend.Filter{Products: []crm.ProductID{"filters"}}, MinAge: 18}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := buyersOf(t, limited, "filters", nil); len(got) > 0 {
		t.Errorf("%d customers of unknown age, want none", len(got))
	}
	if _, err := book.Customers.Update(t.Context(), "ada", func(c *crm.Customer) error { c.Birthday = "1990-12-10"; return nil }); err != nil {
		t.Fatal(err)
	}
	if got := names(buyersOf(t, limited, "filters", nil)); !cmp.Equal(got, []crm.CustomerID{"ada"}) {
		t.Errorf("%v would buy, want ada, who is old enough", got)
	}
}

// audience are some customers.
type audience []crm.CustomerID

func (a audience) Members(context.Context) iter.Seq2[crm.CustomerID, error] {
	return func(yield func(crm.CustomerID, error) bool) {
		for _, id := range a {
			if !yield(id, nil) {
				return
			}
		}
	}
}

func TestWhoWouldBuyAmong(t *testing.T) {
	_, rec := newShop()
	got := names(buyersOf(t, rec, "filters", &recommend.Query{Among: audience{"ada", "customer-00", "nobody"}}))
	if diff := cmp.Diff([]crm.CustomerID{"customer-00", "ada"}, got); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
}

func TestWhoWouldBuyFaults(t *testing.T) {
	_, rec := newShop()
	for _, test := range []struct {
		name    string
		product crm.ProductID
		q       *recommend.Query
		want    error
	}{
		{"no such product", "none", nil, crm.ErrNotFound},
		{"too many", "tea", &recommend.Query{N: 100_001}, crm.ErrInvalid},
		{"below none", "tea", &recommend.Query{N: -1}, crm.ErrInvalid},
		{"a rest below none", "tea", &recommend.Query{Rest: -1}, crm.ErrInvalid},
		{"of no product", "", nil, crm.ErrNotFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := 0
			for _, err := range rec.WhoWouldBuy(t.Context(), test.product, test.q) {
				if n++; !errors.Is(err, test.want) {
					t.Errorf("%v, want %v", err, test.want)
				}
			}
			if n != 1 {
				t.Errorf("%d values, want one error", n)
			}
		})
	}
}

// All that is wrong with a query is told at once.
// What is not there is named, and after what is wrong with the query.
func TestUnknownProduct(t *testing.T) {
	_, rec := newShop()
	ctx := t.Context()
	similar := func(id crm.ProductID, q *recommend.Query) error { _, err := rec.Similar(ctx, id, q); return err }
	for want, err := range map[string]error{
		"crm: recommend.Similar none: not found":                                             similar("none", nil),
		`crm: recommend.Similar: not found: "of two" is an id of none`:                       similar("of two", nil),
		`crm: recommend.Similar: invalid: n "1000": want 0 to 100`:                           similar("none", &recommend.Query{N: 1000}),
		`crm: recommend.Similar: invalid: country "x": want two capital letters, such as DE`: similar("", &recommend.Query{Country: "x"}),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestWhoWouldBuyTellsAllFaults(t *testing.T) {
	_, rec := newShop()
	for _, err := range rec.WhoWouldBuy(t.Context(), "tea", &recommend.Query{N: -1, Rest: -1, Repeat: "never"}) {
		invalid, ok := errors.AsType[*crm.InvalidError](err)
		if !ok || len(invalid.Fields) != 3 {
			t.Errorf("%v, want three fields", err)
		}
	}
}

// Who stopped coming stands behind those who come, however often they took it once.
func TestWhoWouldBuyWhoComes(t *testing.T) {
	var rows []row
	take := func(who string, from, to, every int, products ...string) {
		for day := from; day > to; day -= every {
			for _, p := range products {
				rows = append(rows, row{Customer: who, Product: p, Time: closing.AddDate(0, 0, -day)})
			}
		}
	}
	for i := range 30 {
		take(fmt.Sprintf("gone-%02d", i), 700-i, 300, 5, "coffee", "filters")
		take(fmt.Sprintf("here-%02d", i), 400-i, 0, 14, []string{"coffee", "tea", "cocoa"}[i%3], "bread")
	}
	rec, err := recommend.Learn(t.Context(), slices.Values(rows), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range names(buyersOf(t, rec, "coffee", &recommend.Query{Repeat: recommend.RepeatOnly})) {
		if i < 10 != strings.HasPrefix(string(id), "here") {
			t.Errorf("%s stands at %d: those ten who come and take it should come first", id, i)
		}
	}
}

// As of a day of the past, nobody bought what they bought later.
func TestWhoWouldBuyThen(t *testing.T) {
	book, rec := newShop()
	ordered(t, book, "ada", 2, "filters")
	if err := rec.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		at   int
		want bool
	}{{0, false}, {3, true}} {
		q := &recommend.Query{At: today.AddDate(0, 0, -test.at), Repeat: recommend.RepeatExclude}
		if got := slices.Contains(names(buyersOf(t, rec, "filters", q)), "ada"); got != test.want {
			t.Errorf("%d days ago: ada is among those who never bought filters: %t", test.at, got)
		}
	}
}

// It ends when its caller does, or ctx, and says the same when it is asked again.
func TestWhoWouldBuyEnds(t *testing.T) {
	_, rec := newShop()
	all := buyersOf(t, rec, "filters", nil)
	if diff := cmp.Diff(all, buyersOf(t, rec, "filters", nil)); diff != "" {
		t.Errorf("asked again (-one +other):\n%s", diff)
	}
	n := 0
	for _, err := range rec.WhoWouldBuy(t.Context(), "filters", nil) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 2 {
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	n = 0
	for _, err := range rec.WhoWouldBuy(ctx, "filters", nil) {
		n++
		last = err
		cancel()
	}
	if n != 2 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d values, the last with %v: ctx ended after the first of %d customers", n, last, len(all))
	}
	n = 0
	for _, err := range rec.WhoWouldBuy(ctx, "filters", nil) {
		if n++; !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want that ctx ended", err)
		}
	}
	if n != 1 {
		t.Errorf("%d values once ctx ended, want the error alone", n)
	}
}

func ExampleRecommender_WhoWouldBuy() {
	_, rec := newShop()
	for b, err := range rec.WhoWouldBuy(context.Background(), "filters", &recommend.Query{N: 1, Repeat: recommend.RepeatExclude}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(b.CustomerID, b.Reasons[0].Key, b.Reasons[0].Products)
	}
	// Output: ada because_bought [coffee]
}

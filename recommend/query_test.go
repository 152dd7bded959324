package recommend_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
)

// All that is wrong with a query is told at once.
func TestQueryFaults(t *testing.T) {
	_, rec := newShop()
	_, err := rec.ForCustomer(t.Context(), "ada", &recommend.Query{
		N: 101, Rest: -1, Fresh: -1, PerBrand: -1, PerCategory: -1, Days: -1, Variety: math.NaN(), Repeat: "often", Country: "de", Seen: []crm.ProductID{"tea", "a b"}, Pins: []crm.ProductID{""},
		Only:   recommend.Filter{From: crm.Money{Amount: 5, Currency: "USD"}, Units: -1, Brands: []string{" "}},
		Not:    recommend.Filter{From: crm.Money{Amount: 5, Currency: "EUR"}, To: crm.Money{Amount: 4, Currency: "EUR"}, Products: []crm.ProductID{""}},
		Boosts: []recommend.Boost{{Times: -1, Share: .7}, {Share: .7}, {Share: 2}},
	})
	var invalid *crm.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatal(err)
	}
	var got []string
	for _, f := range invalid.Fields {
		got = append(got, f.Field)
	}
	want := []string{
		"n", "rest", "fresh", "per_brand", "per_category", "days", "variety", "repeat", "country", "seen[1]", "pins[0]", "only.from", "only.units", "only.brands",
		"not.to", "not.products[0]", "boosts[0].times", "boosts[2].share", "boosts",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got)\n%s", diff)
	}
}

func TestOptionsFaults(t *testing.T) {
	book, _ := newShop()
	_, err := recommend.New(book, &recommend.Options{Horizon: -1, Every: -1, Limits: []recommend.Limit{{MinAge: 151, Countries: []string{"de"}, Of: recommend.Filter{Units: -1}}}})
	var invalid *crm.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Fields) != 5 {
		t.Errorf("New = %v", err)
	}
}

func TestFilter(t *testing.T) {
	_, rec := newShop()
	eur := func(cents int64) crm.Money { return crm.Money{Amount: cents, Currency: "EUR"} }
	for name, tt := range map[string]struct {
		only, not recommend.Filter
		want      int
	}{
		"all":              {want: 8},
		"category":         {only: recommend.Filter{Categories: []string{"drinks"}}, want: 4},
		"category below":   {only: recommend.Filter{Categories: []string{"Drinks>TEA"}}, want: 2},
		"unknown category": {only: recommend.Filter{Categories: []string{"Toys"}}},
		"not a category":   {not: recommend.Filter{Categories: []string{"Drinks"}}, want: 4},
		"both":             {only: recommend.Filter{Categories: []string{"Drinks"}}, not: recommend.Filter{Products: []crm.ProductID{"tea"}}, want: 3},
		"price":            {only: recommend.Filter{From: eur(900), To: eur(1200)}, want: 4},
		"units":            {only: recommend.Filter{Units: 11}},
		"brand":            {only: recommend.Filter{Brands: []string{"North"}}},
		"tag":              {only: recommend.Filter{Tags: []string{"sale"}}},
		"since":            {only: recommend.Filter{Since: today.Add(time.Hour)}},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := rec.ForCustomer(t.Context(), "ada", &recommend.Query{Only: tt.only, Not: tt.not})
			if err != nil || len(list.Items) != tt.want {
				t.Errorf("%d items, want %d: %v", len(list.Items), tt.want, err)
			}
			if tt.want == 0 && (list.Stage != recommend.StageNone || list.Lack != recommend.LackProducts) {
				t.Errorf("stage %s, lack %s", list.Stage, list.Lack)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	book, _ := newShop()
	rec, err := recommend.New(book, &recommend.Options{Limits: []recommend.Limit{{Of: recommend.Filter{Products: []crm.ProductID{"espresso"}}, MinAge: 18, Countries: []string{"DE"}}}})
	if err != nil {
		t.Fatal(err)
	}
	german := []crm.Address{{Country: "DE"}}
	for id, c := range map[crm.CustomerID]crm.Customer{
		"grown":   {Birthday: "1980-01-01", Addresses: german},
		"written": {Birthday: "1980-01-01", Addresses: []crm.Address{{City: "Ulm"}, {Country: "de"}}},
		"young":   {Birthday: "2010-01-01", Addresses: german},
		"abroad":  {Birthday: "1980-01-01"},
		"ageless": {Addresses: german},
	} {
		c.ID = id
		if _, err := book.Customers.Create(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []crm.CustomerID{"", "grown", "written", "young", "abroad", "ageless"} {
		list, err := rec.ForCustomer(t.Context(), id, &recommend.Query{Pins: []crm.ProductID{"espresso"}})
		if err != nil {
			t.Fatal(err)
		}
		has := false
		for _, item := range list.Items {
			has = has || item.ProductID == "espresso"
		}
		if has != (id == "grown" || id == "written") {
			t.Errorf("espresso for %q: %v", id, has)
		}
		if list.Lack != recommend.LackHistory {
			t.Errorf("lack for %q: %q", id, list.Lack)
		}
	}
	if n := rec.Tallies()["ForCustomer"]; n.Lists != 6 || n.Stages[recommend.StagePopular] != 6 || n.Lacks[recommend.LackHistory] != 6 {
		t.Errorf("tally %+v", n)
	}
}

// Nobody comes of age before the day begins where the shop is.
func TestLimitByTheShopsDay(t *testing.T) {
	book, _ := newShop()
	if _, err := book.Customers.Create(t.Context(), crm.Customer{ID: "cus", Birthday: "2008-03-02"}); err != nil {
		t.Fatal(err)
	}
	for hours, want := range map[int]bool{-11: false, 0: true} { // it is 10 o'clock in UTC
		rec, err := recommend.New(book, &recommend.Options{
			Location: time.FixedZone("shop", hours*3600),
			Limits:   []recommend.Limit{{Of: recommend.Filter{Products: []crm.ProductID{"espresso"}}, MinAge: 18}},
		})
		if err != nil {
			t.Fatal(err)
		}
		list, err := rec.ForCustomer(t.Context(), "cus", &recommend.Query{Pins: []crm.ProductID{"espresso"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := list.Items[0].ProductID == "espresso"; got != want {
			t.Errorf("espresso %d hours from UTC: %t, want %t", hours, got, want)
		}
	}
}

// Nothing but what they bought is for who bought nothing.
func TestRepeatOnlyStrangers(t *testing.T) {
	_, rec := newShop()
	q := &recommend.Query{Repeat: recommend.RepeatOnly, Pins: []crm.ProductID{"tea"}}
	for _, ask := range []func() (*recommend.List, error){
		func() (*recommend.List, error) { return rec.ForCustomer(t.Context(), "", q) },
		func() (*recommend.List, error) { return rec.ForCart(t.Context(), "", []crm.ProductID{"coffee"}, q) },
	} {
		if list, err := ask(); err != nil || len(list.Items) > 0 {
			t.Errorf("%+v, %v", list, err)
		}
	}
}

func TestListJSON(t *testing.T) {
	_, rec := newShop()
	list, err := rec.ForCart(t.Context(), "ada", []crm.ProductID{"tea"}, &recommend.Query{N: 1, Place: "cart"})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var back recommend.List
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(list, &back); diff != "" {
		t.Errorf("%s (-want +got)\n%s", data, diff)
	}
}

func TestAmong(t *testing.T) {
	_, rec := newShop()
	list, err := rec.ForCustomer(t.Context(), "", &recommend.Query{N: 2, Among: club{"customer-01", "customer-06"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Items { // they buy tea with honey
		if item.ProductID != "tea" && item.ProductID != "honey" || item.Reasons[0].Count != 2 {
			t.Errorf("%+v", item)
		}
	}
}

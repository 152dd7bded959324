package recommend_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A market is a demo shop whose records are read anew to judge lists.
type market struct {
	book      *crm.Book
	rec       *recommend.Recommender
	customers []crm.CustomerID
	products  []crm.ProductID
}

func opened(t *testing.T) *market {
	t.Helper()
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR", Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	shop := crmtest.Shop(150, 3)
	shop.Products = 60
	if _, err := book.Import(t.Context(), shop.Records(), nil); err != nil {
		t.Fatal(err)
	}
	m := &market{book: book}
	for c, err := range book.Customers.List(t.Context(), crm.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		m.customers = append(m.customers, c.ID)
	}
	for p, err := range book.Products.List(t.Context(), crm.ProductQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		m.products = append(m.products, p.ID)
	}
	if m.rec, err = recommend.New(book, nil); err != nil {
		t.Fatal(err)
	}
	return m
}

// offered reports whether a product may be sold.
func offered(p *crm.Product, at time.Time) bool {
	ok := len(p.Variants) == 0
	for _, v := range p.Variants {
		ok = ok || !v.Tracked || v.Stock > 0
	}
	return ok && p.Published && !p.PublishedAt.After(at)
}

// group is the first category of a product.
func group(p *crm.Product) string {
	if len(p.Categories) == 0 {
		return ""
	}
	return p.Categories[0]
}

// bought returns what stands in the orders of a customer, and true for what they
// surely kept: canceled orders and those of which anything came back may not count.
func (m *market) bought(t *testing.T, id crm.CustomerID) map[crm.ProductID]bool {
	t.Helper()
	back := map[crm.OrderID]bool{}
	for r, err := range m.book.Refunds.List(t.Context(), crm.RefundQuery{CustomerID: id}) {
		if err != nil {
			t.Fatal(err)
		}
		back[r.OrderID] = true
	}
	all, unsure := map[crm.ProductID]bool{}, map[crm.ProductID]bool{}
	for o, err := range m.book.Orders.List(t.Context(), crm.OrderQuery{CustomerID: id}) {
		if err != nil {
			t.Fatal(err)
		}
		counts := o.Kind == crm.KindSale && o.State != crm.StateDraft && o.State != crm.StateCanceled && o.State != crm.StateExpired && !slices.Contains(o.Tags, "gift")
		for _, item := range o.Items {
			unsure[item.ProductID] = unsure[item.ProductID] || back[o.ID]
			all[item.ProductID] = all[item.ProductID] || counts
		}
	}
	for id := range all {
		all[id] = all[id] && !unsure[id]
	}
	return all
}

// looked returns what a customer did anything with.
func (m *market) looked(t *testing.T, id crm.CustomerID) map[crm.ProductID]bool {
	t.Helper()
	seen := map[crm.ProductID]bool{}
	for i, err := range m.book.Interactions.List(t.Context(), crm.InteractionQuery{CustomerID: id}) {
		if err != nil {
			t.Fatal(err)
		}
		seen[i.ProductID] = true
		for _, item := range i.Items {
			seen[item.ProductID] = true
		}
	}
	return seen
}

// act does something at random to the shop.
func (m *market) act(t *testing.T, r *rand.Rand) {
	t.Helper()
	ctx := t.Context()
	who, what := m.customers[r.IntN(len(m.customers))], m.products[r.IntN(len(m.products))]
	p, err := m.book.Products.Get(ctx, what)
	if err != nil {
		t.Fatal(err)
	}
	switch r.IntN(8) {
	case 0:
		for i := range p.Variants {
			p.Variants[i].Tracked, p.Variants[i].Stock = true, 0
		}
		_, err = m.book.Products.Record(ctx, *p)
	case 1:
		p.Published = !p.Published
		_, err = m.book.Products.Record(ctx, *p)
	case 2:
		for i := range p.Variants {
			p.Variants[i].Price.Amount = 100 + r.Int64N(9000)
		}
		p.Brand = fmt.Sprint("brand ", r.IntN(3))
		_, err = m.book.Products.Record(ctx, *p)
	case 3:
		_, err = m.book.Orders.Record(ctx, crm.Order{
			ID: crm.OrderID(fmt.Sprint("ord-", r.Uint64())), CustomerID: who, OccurredAt: m.book.Now(), Currency: "EUR",
			Items: []crm.Item{{ProductID: what, Quantity: 1, Price: crm.Money{Amount: 900, Currency: "EUR"}}},
		})
	case 4:
		_, err = m.book.Consents.Record(ctx, crm.Consent{CustomerID: who, Purpose: crm.PurposeProfiling, State: crm.ConsentDenied})
	case 5:
		_, err = m.book.Privacy.Erase(ctx, who)
	case 7:
		_, err = m.book.Customers.Merge(ctx, who, m.customers[r.IntN(len(m.customers))])
	case 6:
		_, err = m.book.Products.Record(ctx, crm.Product{ID: what + "-again", Title: p.Title, Brand: p.Brand, Categories: p.Categories, Published: true})
		m.products = append(m.products, what+"-again")
	}
	var invalid *crm.InvalidError
	if err != nil && !errors.As(err, &invalid) && !errors.Is(err, crm.ErrErased) && !errors.Is(err, crm.ErrNotFound) {
		t.Fatal(err)
	}
}

// Whatever happens to a shop, no list has what may not be in it, and none is shorter
// than it must be.
func TestNothingLeaks(t *testing.T) {
	m := opened(t)
	ctx := t.Context()
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 120 {
		m.act(t, r)
		who := m.customers[r.IntN(len(m.customers))]
		cart := []crm.ProductID{m.products[r.IntN(len(m.products))], "unknown"}
		promo := m.products[r.IntN(len(m.products)):]
		q := &recommend.Query{
			N: 1 + r.IntN(14), Repeat: []recommend.Repeat{"", "exclude", "only"}[r.IntN(3)], PerBrand: r.IntN(5), PerCategory: r.IntN(5),
			Variety: float64(r.IntN(3)) / 3, Seen: []crm.ProductID{m.products[r.IntN(len(m.products))]},
			Pins: []crm.ProductID{m.products[r.IntN(len(m.products))], "unknown"}, Rest: r.IntN(3) * 30,
			Boosts: []recommend.Boost{{Of: recommend.Filter{Products: promo}, Times: 2, Share: float64(r.IntN(5)) / 10}},
		}
		if r.IntN(3) == 0 {
			q.Only.To = crm.Money{Amount: 500 + r.Int64N(9000), Currency: "EUR"}
		}
		if r.IntN(4) == 0 {
			q.Allow = func(p *crm.Product) bool { return len(p.ID)%2 == 0 }
		}
		ask := map[string]func() (*recommend.List, error){
			"ForCustomer":    func() (*recommend.List, error) { return m.rec.ForCustomer(ctx, who, q) },
			"ForCart":        func() (*recommend.List, error) { return m.rec.ForCart(ctx, who, cart, q) },
			"Next":           func() (*recommend.List, error) { return m.rec.Next(ctx, who, cart, q) },
			"BuyAgain":       func() (*recommend.List, error) { return m.rec.BuyAgain(ctx, who, q) },
			"BoughtTogether": func() (*recommend.List, error) { return m.rec.BoughtTogether(ctx, cart, q) },
			"Similar":        func() (*recommend.List, error) { return m.rec.Similar(ctx, cart[0], q) },
			"UpSell":         func() (*recommend.List, error) { return m.rec.UpSell(ctx, cart[0], q) },
			"Trending":       func() (*recommend.List, error) { return m.rec.Trending(ctx, q) },
		}
		for name, ask := range ask {
			list, err := ask()
			if errors.Is(err, crm.ErrErased) {
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			again, err := ask()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(list, again); diff != "" {
				t.Fatalf("%s asked again (-first +second)\n%s", name, diff)
			}
			m.judge(t, fmt.Sprintf("round %d, %s of %s", round, name, who), list, q, name, cart)
		}
	}
}

// judge compares a list with the records of the shop.
func (m *market) judge(t *testing.T, at string, list *recommend.List, q *recommend.Query, name string, cart []crm.ProductID) {
	t.Helper()
	ctx := t.Context()
	personal := name == "ForCustomer" || name == "ForCart" || name == "Next" || name == "BuyAgain"
	var had map[crm.ProductID]bool
	if personal && list.Lack != recommend.LackObjection {
		had = m.bought(t, list.CustomerID)
	}
	seen := map[crm.ProductID]bool{}
	if personal && list.Lack != recommend.LackObjection && list.CustomerID != "" {
		seen = m.looked(t, list.CustomerID)
	}
	about := name != "ForCustomer" && name != "BuyAgain" && name != "Trending"
	asked := cart
	if name == "Similar" || name == "UpSell" {
		asked = cart[:1]
	}
	repeat := q.Repeat
	if name == "BuyAgain" {
		repeat = recommend.RepeatOnly
	}
	ever := func(id crm.ProductID) bool { _, ok := had[id]; return ok }
	may := func(p *crm.Product) bool {
		cheap := q.Only.To.IsZero()
		for _, v := range p.Variants {
			cheap = cheap || (!v.Tracked || v.Stock > 0) && !v.Price.IsZero() && v.Price.Amount <= q.Only.To.Amount
		}
		return offered(p, m.book.Now()) && cheap && (q.Allow == nil || q.Allow(p)) && !slices.Contains(q.Seen, p.ID) &&
			!(about && slices.Contains(asked, p.ID)) &&
			!(repeat == recommend.RepeatExclude && had[p.ID]) && !(repeat == recommend.RepeatOnly && !ever(p.ID))
	}
	brands, groups := map[string]int{}, map[string]int{}
	in := map[crm.ProductID]bool{}
	boosted := 0
	for _, item := range list.Items {
		p, err := m.book.Products.Get(ctx, item.ProductID)
		if err != nil {
			t.Fatalf("%s: %v", at, err)
		}
		if !may(p) || in[p.ID] {
			t.Errorf("%s: %s may not be in the list of %+v", at, p.ID, q)
		}
		in[p.ID] = true
		brands[p.Brand]++
		groups[group(p)]++
		if slices.Contains(q.Boosts[0].Of.Products, p.ID) {
			boosted++
		}
		if len(item.Reasons) == 0 {
			t.Errorf("%s: %s has no reason", at, p.ID)
		}
		for _, why := range item.Reasons {
			if why.Key == crm.BecauseTogether && why.Count == 0 || why.Key != crm.BecauseBoosted && why.Share < .01 {
				t.Errorf("%s: %s is there by what says nothing: %+v", at, p.ID, why)
			}
			for _, id := range why.Products {
				inCart, looked := about && name != "Next" && slices.Contains(asked, id), seen[id] || name == "Next" && slices.Contains(cart, id)
				switch {
				case why.Key == crm.BecauseInCart && !inCart, why.Key == crm.BecauseBought && !ever(id), why.Key == crm.BecauseViewed && !looked,
					!inCart && !looked && !ever(id):
					t.Errorf("%s: %s is there by %s of %s, which is not so", at, p.ID, why.Key, id)
				}
			}
			if why.Key == crm.BecauseBoughtBefore && !ever(p.ID) {
				t.Errorf("%s: %s was never bought", at, p.ID)
			}
		}
	}
	full := func(p *crm.Product) bool {
		return q.PerBrand > 0 && p.Brand != "" && brands[p.Brand] >= q.PerBrand || q.PerCategory > 0 && group(p) != "" && groups[group(p)] >= q.PerCategory
	}
	for name, n := range brands {
		if q.PerBrand > 0 && name != "" && n > q.PerBrand {
			t.Errorf("%s: %d of brand %s", at, n, name)
		}
	}
	for name, n := range groups {
		if q.PerCategory > 0 && name != "" && n > q.PerCategory {
			t.Errorf("%s: %d of category %s", at, n, name)
		}
	}
	if len(list.Items) > q.N {
		t.Errorf("%s: %d items of %d", at, len(list.Items), q.N)
	}
	if name == "BuyAgain" || name == "BoughtTogether" || name == "UpSell" || q.Rest > 0 || q.Repeat == recommend.RepeatOnly {
		return // they have no fallback
	}
	for p, err := range m.book.Products.List(ctx, crm.ProductQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if !may(p) || in[p.ID] || full(p) || repeat == recommend.RepeatExclude && ever(p.ID) {
			continue
		}
		if len(list.Items) < q.N {
			t.Errorf("%s: %d of %d, without %s", at, len(list.Items), q.N, p.ID)
			return
		}
		if q.PerBrand+q.PerCategory == 0 && slices.Contains(q.Boosts[0].Of.Products, p.ID) && boosted+1 <= int(q.Boosts[0].Share*float64(q.N)+1e-9) && len(q.Pins) < q.N {
			t.Errorf("%s: %d places of the boost in %d, without %s", at, boosted, q.N, p.ID)
			return
		}
	}
}

// What a transaction writes counts in it at once, and is forgotten with it.
func TestIn(t *testing.T) {
	book, rec := newShop()
	ctx := t.Context()
	if err := book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		_, err := rec.In(tx).ForCustomer(ctx, "ada", nil)
		return err
	}); !errors.Is(err, crm.ErrNested) {
		t.Errorf("before there are models: %v", err)
	}
	ids := func(list *recommend.List, err error) (out []crm.ProductID) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range list.Items {
			out = append(out, item.ProductID)
		}
		return out
	}
	q := &recommend.Query{N: 8, Repeat: recommend.RepeatExclude}
	before := ids(rec.ForCustomer(ctx, "ada", q))
	stop := errors.New("stop")
	err := book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		if _, err := tx.Products.AddStock(ctx, "sku-grinder", -10); err != nil {
			return err
		}
		if _, err := tx.Orders.Record(ctx, crm.Order{
			CustomerID: "ada", OccurredAt: today, Currency: "EUR",
			Items: []crm.Item{{ProductID: "filters", Quantity: 1, Price: crm.Money{Amount: 300, Currency: "EUR"}}},
		}); err != nil {
			return err
		}
		for _, id := range ids(rec.In(tx).ForCustomer(ctx, "ada", q)) {
			if id == "grinder" || id == "filters" {
				t.Errorf("%s is in the list within the transaction", id)
			}
		}
		if _, err := tx.Consents.Record(ctx, crm.Consent{CustomerID: "ada", Purpose: crm.PurposeProfiling, State: crm.ConsentDenied}); err != nil {
			return err
		}
		list, err := rec.In(tx).ForCustomer(ctx, "ada", &recommend.Query{At: today.AddDate(0, 0, -9)})
		if err != nil || list.Lack != recommend.LackObjection {
			t.Errorf("after the objection: %+v, %v", list, err)
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, ids(rec.ForCustomer(ctx, "ada", q))); diff != "" {
		t.Errorf("after what was rolled back (-before +after)\n%s", diff)
	}
}

// Questions go on while products come and models are made anew.
func TestMeanwhile(t *testing.T) {
	book, rec := newShop()
	ctx := t.Context()
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for range 60 {
				if _, err := rec.New(ctx, nil); err != nil {
					t.Error(err)
				}
				promoted := recommend.Boost{Of: recommend.Filter{Categories: []string{"Kitchen"}}, Times: 2, Share: .1}
				for _, id := range []crm.CustomerID{"ada", ""} {
					if list, err := rec.ForCustomer(ctx, id, &recommend.Query{N: 100, Boosts: []recommend.Boost{promoted}}); err != nil || len(list.Items) < 8 {
						t.Errorf("%+v, %v", list, err)
					}
				}
			}
		})
	}
	all.Go(func() {
		for i := range 60 {
			if _, err := book.Products.Record(ctx, crm.Product{ID: crm.ProductID(fmt.Sprint("new-", i)), Title: "new", Published: true}); err != nil {
				t.Error(err)
			}
		}
	})
	all.Go(func() {
		for range 2 {
			if err := rec.Rebuild(ctx); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
}

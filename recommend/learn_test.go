package recommend_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/recommend/eval"
	"github.com/seed-9cb3708a/clientele/recommend/internal/retail"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

type row = eval.Row

var _ eval.Recommender = (*recommend.Recommender)(nil)

// Rows may be anything, and give lists without what they do not have.
func TestLearn(t *testing.T) {
	pairs := func(day func(int) time.Time) (rows []row) {
		for i := range 40 {
			for _, p := range [][]string{{"Emma", "Persuasion"}, {"Dracula", "Carmilla"}}[i%2] {
				rows = append(rows, row{Customer: fmt.Sprint(i), Product: p, Time: day(i)})
			}
		}
		return rows
	}
	dated := func(i int) time.Time { return closing.AddDate(0, 0, -i) }
	for name, c := range map[string]struct {
		rows []row
		cart []string
		want []string // the head of the list
	}{
		"none":         {nil, []string{"Emma"}, nil},
		"one":          {[]row{{Customer: "ada", Product: "Emma"}}, nil, []string{"Emma"}},
		"no product":   {[]row{{Customer: "ada"}}, nil, nil},
		"nobody":       {[]row{{Product: "Emma"}, {Product: "Carmilla", Weight: math.NaN()}}, nil, []string{"Emma"}},
		"no times":     {pairs(func(int) time.Time { return time.Time{} }), []string{"Emma"}, []string{"Persuasion"}},
		"times":        {pairs(dated), []string{"Dracula"}, []string{"Carmilla"}},
		"twice":        {slices.Concat(pairs(dated), pairs(dated)), []string{"Emma"}, []string{"Persuasion"}},
		"given back":   {[]row{{Customer: "ada", Product: "Emma", Time: dated(9)}, {Customer: "ada", Product: "Emma", Weight: -1, Time: dated(8)}, {Customer: "bob", Product: "Dracula", Time: dated(9)}}, nil, []string{"Dracula"}},
		"far away":     {[]row{{Customer: "ada", Product: "Emma", Time: time.Unix(1<<40, 0)}, {Customer: "ada", Product: "Emma", Time: time.Unix(-1<<40, 0)}}, nil, []string{"Emma"}},
		"heavy":        {[]row{{Customer: "ada", Product: "Emma", Weight: math.Inf(1)}, {Customer: "ada", Product: "Emma", Weight: 1e300}}, nil, []string{"Emma"}},
		"shared names": {[]row{{Customer: "ada", Basket: "1", Product: "Emma"}, {Customer: "bob", Basket: "1", Product: "Emma"}}, nil, []string{"Emma"}},
	} {
		t.Run(name, func(t *testing.T) {
			rec, err := recommend.Learn(t.Context(), slices.Values(c.rows), nil)
			if err != nil {
				t.Fatal(err)
			}
			var cart []crm.ProductID
			for _, p := range c.cart {
				cart = append(cart, crm.ProductID(p))
			}
			list, err := rec.ForCart(t.Context(), "", cart, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, item := range list.Items {
				got = append(got, string(item.ProductID))
			}
			if diff := cmp.Diff(c.want, got[:min(len(c.want), len(got))]); diff != "" {
				t.Errorf("ForCart (-want +got):\n%s", diff)
			}
			list, err = rec.ForCustomer(t.Context(), "ada", nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range list.Items {
				if !slices.ContainsFunc(c.rows, func(r row) bool { return r.Product == string(item.ProductID) }) {
					t.Errorf("%q is in no row", item.ProductID)
				}
			}
			backwards := slices.Clone(c.rows)
			slices.Reverse(backwards)
			again, err := recommend.Learn(t.Context(), slices.Values(backwards), nil)
			if err != nil {
				t.Fatal(err)
			}
			other, err := again.ForCustomer(t.Context(), "ada", nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(list, other); diff != "" {
				t.Errorf("rows in another order (-one +other):\n%s", diff)
			}
		})
	}
}

func TestLearnRefuses(t *testing.T) {
	rows := []row{{Customer: "ada", Product: "Emma"}}
	if _, err := recommend.Learn(t.Context(), slices.Values(rows), &recommend.Options{Horizon: -1}); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("Learn = %v, want %v", err, crm.ErrInvalid)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := recommend.Learn(ctx, slices.Values(rows), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Learn = %v, want %v", err, context.Canceled)
	}
}

// A past is what a shop sold, and a recommender that knows what came before a cut.
type past struct {
	rows  []row
	known []row // by which customers are asked about
	cut   time.Time
	rec   *recommend.Recommender
}

// The pasts that several tests ask, each made by the first of them.
var pasts = struct {
	demo   map[uint64]*past
	retail *past
}{demo: map[uint64]*past{}}

func newPast(t *testing.T, rows, known []row, cut time.Time) *past {
	t.Helper()
	rec, err := recommend.Learn(t.Context(), slices.Values(eval.Cut(rows, cut, 0).Train), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &past{rows, known, cut, rec}
}

// demoPast is that of a demo shop.
func demoPast(t *testing.T, seed uint64) *past {
	t.Helper()
	if testing.Short() {
		t.Skip("learns from a thousand customers, and asks for all")
	}
	if shop := pasts.demo[seed]; shop != nil {
		return shop
	}
	at := hand{at: closing}
	shop := crmtest.Shop(1000, seed)
	shop.Products = 80
	book, _ := process(t, memstore.New(nil), at.now, nil)
	if _, err := book.Import(t.Context(), shop.Records(), nil); err != nil {
		t.Fatal(err)
	}
	var rows []row
	for o, err := range book.Orders.List(t.Context(), crm.OrderQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range o.Items {
			if item.ProductID != "" && item.Quantity > 0 && o.State != crm.StateCanceled {
				rows = append(rows, row{Customer: string(o.CustomerID), Basket: string(o.ID), Product: string(item.ProductID), Time: o.OccurredAt})
			}
		}
	}
	pasts.demo[seed] = newPast(t, rows, rows, time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC))
	return pasts.demo[seed]
}

// retailPast is that of Online Retail.
func retailPast(t *testing.T) *past {
	t.Helper()
	if testing.Short() {
		t.Skip("learns from half a million rows")
	}
	path, ok := retail.Path()
	if !ok {
		t.Skip("no Online Retail data")
	}
	if pasts.retail != nil {
		return pasts.retail
	}
	data, err := retail.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows, known []row
	for _, r := range data {
		if r.Sold() {
			rows = append(rows, row{Customer: r.Customer, Basket: r.Invoice, Product: r.Code, Time: r.Time})
			if r.Customer != "" {
				known = append(known, rows[len(rows)-1])
			}
		}
	}
	pasts.retail = newPast(t, rows, known, retail.Cut)
	return pasts.retail
}

// judged puts the recommender of a past to the test.
func (p *past) judged(t *testing.T, kind eval.Kind) *eval.Report {
	t.Helper()
	rows := p.known
	if kind == eval.Cart {
		rows = p.rows
	}
	task := eval.Cut(rows, p.cut, 30*24*time.Hour).Task(kind, 1)
	report, err := task.Run(t.Context(), []eval.System{{Name: "ours", Recommender: p.rec}}, &eval.Options{Resamples: 200})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s\n%s", kind, report)
	return report
}

// It beats what everybody buys, and what the customer had, in demo shops, where
// something new or a cart is asked for. What customers take again there is told
// by their history alone, and it is hardly worse at that. One such shop tells little,
// so that the cases of three are put together.
func TestDemoAccuracy(t *testing.T) {
	for kind, least := range map[eval.Kind]float64{eval.NextAny: -.01, eval.NextNew: .02, eval.NextAgain: -.01, eval.Cart: .02} {
		cases, popular, own := 0., 0., 0.
		for seed := range uint64(3) {
			report := demoPast(t, seed+1).judged(t, kind)
			n := float64(report.Cases)
			cases += n
			popular += n * report.Difference("ours", eval.Popularity, eval.NDCG).Mean
			own += n * report.Difference("ours", eval.Own, eval.NDCG).Mean
		}
		t.Logf("%s: over popularity %+.4f, over own history %+.4f", kind, popular/cases, own/cases)
		if !(popular/cases > least) || !(own/cases > least) {
			t.Errorf("%s: NDCG is %+.4f over popularity and %+.4f over own history, more than %+.4f is wanted", kind, popular/cases, own/cases, least)
		}
	}
}

// On the Online Retail data it beats both at everything, and the best that others
// were seen to reach there: with the customer's own history, alternating least
// squares and linear models of baskets.
func TestRetailAccuracy(t *testing.T) {
	shop := retailPast(t)
	for kind, least := range map[eval.Kind]map[eval.Metric]float64{
		eval.NextAny:   {eval.NDCG: .36, eval.Recall: .19},
		eval.NextNew:   {eval.NDCG: .105},
		eval.NextAgain: {eval.NDCG: .45},
		eval.Cart:      {eval.HitRate: .33},
	} {
		report := shop.judged(t, kind)
		ours, _ := report.Line("ours")
		for metric, least := range least {
			if got := ours.Metrics[metric].Mean; !(got >= least) {
				t.Errorf("%s: %s is %.4f, at least %.4f is wanted", kind, metric, got, least)
			}
		}
		for _, name := range []string{eval.Popularity, eval.Own} {
			if d := report.Difference("ours", name, eval.NDCG); !(d.Low > 0) {
				t.Errorf("%s: NDCG is %v over that of %s", kind, d, name)
			}
		}
	}
}

// Where nobody took anything twice, what a customer has is at the end of a list that
// has room for all, and nothing but that many buy it speaks for it; it changes nothing
// for the others, also where the list is to be a little varied.
func TestTakenOnce(t *testing.T) {
	at := hand{at: closing}
	book, rec := process(t, memstore.New(nil), at.now, nil)
	const products = 16
	volume := func(n int) crm.ProductID { return crm.ProductID(fmt.Sprintf("book-%02d", n%products)) }
	for n := range products {
		p := crm.Product{ID: volume(n), Title: fmt.Sprint("Book ", n), Brand: []string{"Old", "New"}[n%2], Published: true}
		if _, err := book.Products.Record(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	had := map[crm.CustomerID]map[crm.ProductID]bool{}
	for who := range 60 {
		id := crm.CustomerID(fmt.Sprintf("reader-%02d", who))
		if _, err := book.Customers.Create(t.Context(), crm.Customer{ID: id}); err != nil {
			t.Fatal(err)
		}
		had[id] = map[crm.ProductID]bool{}
		for k := range 4 {
			p := volume(who*5 + k*k)
			had[id][p] = true
			order(t, book, id, closing.AddDate(0, 0, who%9-30*(5-k)), p)
		}
	}
	for id, had := range had {
		var plain []crm.ProductID
		for _, variety := range []float64{0, .01} {
			list, err := rec.ForCustomer(t.Context(), id, &recommend.Query{N: products, Variety: variety})
			if err != nil {
				t.Fatal(err)
			}
			if len(list.Items) != products {
				t.Fatalf("%d of %d products are in a list", len(list.Items), products)
			}
			for i, item := range list.Items {
				if last := i >= products-len(had); had[item.ProductID] != last {
					t.Errorf("variety %v: place %d of %s is %s, which they have: %t", variety, i, id, item.ProductID, !last)
				}
				if had[item.ProductID] && item.Reasons[0].Key != crm.BecausePopular {
					t.Errorf("%s is there because %+v", item.ProductID, item.Reasons)
				}
			}
			if variety == 0 {
				plain = list.Products()[:2]
			} else if diff := cmp.Diff(plain, list.Products()[:2]); diff != "" {
				t.Errorf("the head of the list of %s (-plain +a little varied):\n%s", id, diff)
			}
		}
	}
}

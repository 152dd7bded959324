package recommend_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/recommend/eval"
	"github.com/seed-9cb3708a/clientele/recommend/internal/retail"
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

// compare puts a recommender to the test. At some kinds of questions it must be
// better than both baselines.
func compare(t *testing.T, rows, all []row, cut time.Time, better ...eval.Kind) {
	t.Helper()
	split := eval.Cut(all, cut, 30*24*time.Hour)
	rec, err := recommend.Learn(t.Context(), slices.Values(split.Train), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []eval.Kind{eval.NextAny, eval.NextNew, eval.NextAgain, eval.Cart} {
		of := split
		if kind != eval.Cart {
			of = eval.Cut(rows, cut, 30*24*time.Hour)
		}
		task := of.Task(kind, 1)
		report, err := task.Run(t.Context(), []eval.System{{Name: "ours", Recommender: rec}}, &eval.Options{Resamples: 200})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s\n%s", kind, report)
		ours, _ := report.Line("ours")
		if !slices.Contains(better, kind) {
			continue
		}
		for _, name := range []string{eval.Popularity, eval.Own} {
			line, ok := report.Line(name)
			if got, want := ours.Metrics[eval.NDCG].Mean, line.Metrics[eval.NDCG].Mean; ok && !(got > want) {
				t.Errorf("%s: NDCG is %.4f, that of %s %.4f", kind, got, name, want)
			}
		}
	}
}

// It beats what everybody buys, and what the customer had, on the demo shop, where
// something new or a cart is asked for. What customers buy again there is told as
// well by their history alone.
func TestDemoAccuracy(t *testing.T) {
	at := hand{at: closing}
	book, _ := process(t, demo(t, 1000, 80), at.now, nil)
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
	compare(t, rows, rows, time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC), eval.NextNew, eval.Cart)
}

// And on the Online Retail data.
func TestRetailAccuracy(t *testing.T) {
	if os.Getenv("CLIENTELE_DATA") == "" {
		t.Skip("it takes two minutes; CLIENTELE_DATA is not set")
	}
	path, ok := retail.Path()
	if !ok {
		t.Skip("no Online Retail data")
	}
	data, err := retail.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	var known, all []row
	for _, r := range data {
		if r.Sold() {
			all = append(all, row{Customer: r.Customer, Basket: r.Invoice, Product: r.Code, Time: r.Time})
			if r.Customer != "" {
				known = append(known, all[len(all)-1])
			}
		}
	}
	compare(t, known, all, retail.Cut, eval.NextAny, eval.NextNew, eval.NextAgain, eval.Cart)
}

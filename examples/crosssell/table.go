package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/recommend/eval"
)

// ours is the name of what is tested.
const ours = "recommend"

// evaluate learns from all but the last month, asks what is in it, and compares with
// what needs no models.
func evaluate(ctx context.Context, book *crm.Book, now time.Time) error {
	cut := now.AddDate(0, 0, -30)
	rows, err := taken(ctx, book, now, cut)
	if err != nil {
		return err
	}
	split := eval.Cut(rows, cut, 30*24*time.Hour)
	if len(split.Train) == 0 {
		return fmt.Errorf("not enough data: no order that counts is from before %s, from which to foresee the 30 days after it", split.Cut.Format(time.DateOnly))
	}
	rec, err := recommend.Learn(ctx, slices.Values(split.Train), nil)
	if err != nil {
		return err
	}
	fmt.Printf("Learned from %d lines of orders before %s, to foresee %d of the 30 days after\n\n", len(split.Train), split.Cut.Format(time.DateOnly), len(split.Test))
	orders := baskets(split.Train)
	group := func(q eval.Query) int {
		switch n := orders[q.Customer]; {
		case n < 2:
			return n
		case n < 5:
			return 2
		}
		return 3
	}
	for _, kind := range []eval.Kind{eval.NextAny, eval.NextNew, eval.NextAgain, eval.Cart} {
		task := split.Task(kind, 1)
		if len(task.Cases) == 0 {
			fmt.Printf("%s: not enough data, %d had nothing to be found and %d were strangers\n\n", kind, task.Empty, task.Strangers)
			continue
		}
		report, err := task.Run(ctx, []eval.System{{Name: ours, Recommender: rec}}, &eval.Options{Group: group})
		if err != nil {
			return err
		}
		tell(report)
	}
	return nil
}

// tell prints a report, what can be told from it, and the same by how much is known
// of customers.
func tell(report *eval.Report) {
	fmt.Print(report)
	if report.Empty+report.Strangers+report.Unknown > 0 {
		fmt.Printf("left out: %d with nothing to be found, %d strangers, %d lines of products never sold before\n", report.Empty, report.Strangers, report.Unknown)
	}
	for _, base := range []string{eval.Popularity, eval.Own} {
		d := report.Difference(ours, base, eval.NDCG)
		verdict := "no difference can be told"
		switch {
		case report.Cases < fewest:
			verdict = "too few cases to tell"
		case d.Low > 0:
			verdict = "better"
		case d.High < 0:
			verdict = "worse"
		}
		fmt.Printf("ndcg beyond %s: %v, %s\n", base, d, verdict)
	}
	if groups := report.Groups(); len(groups) > 1 {
		for _, g := range groups {
			of := report.Group(g)
			line, _ := of.Line(ours)
			fmt.Printf("  %-17s %5d cases, ndcg %v, beyond own history %v\n", known[g], of.Cases, line.Metrics[eval.NDCG], of.Difference(ours, eval.Own, eval.NDCG))
		}
	}
	fmt.Println()
}

// known is what customers are called by how many orders they have.
var known = []string{"of nobody known", "1 order before", "2 to 4 orders", "5 orders or more"}

// fewest is how many cases it takes to tell anything: the intervals of fewer are too
// narrow.
const fewest = 30

// baskets returns how many orders each customer has.
func baskets(rows []eval.Row) map[string]int {
	n := map[string]int{}
	seen := map[string]bool{}
	for _, r := range rows {
		if r.Customer != "" && !seen[r.Basket] {
			seen[r.Basket] = true
			n[r.Customer]++
		}
	}
	return n
}

// A unit is what an order has of a variant.
type unit struct {
	order crm.OrderID
	sku   string
}

// givenBack returns how many came back of what was sold, as far as it is known when it
// is learned from: of orders before the cut what came back before it.
func givenBack(ctx context.Context, book *crm.Book, cut time.Time) (map[unit]int64, error) {
	back := map[unit]int64{}
	for f, err := range book.Refunds.List(ctx, crm.RefundQuery{}) {
		if err != nil {
			return nil, err
		}
		for _, l := range f.Lines {
			id := cmp.Or(l.OrderID, f.OrderID)
			if id == "" || l.Quantity <= 0 {
				continue
			}
			if !f.OccurredAt.Before(cut) {
				o, err := book.Orders.Get(ctx, id)
				if errors.Is(err, crm.ErrNotFound) || err == nil && o.OccurredAt.Before(cut) {
					continue
				}
				if err != nil {
					return nil, err
				}
			}
			back[unit{id, l.SKU}] += l.Quantity
		}
	}
	return back, nil
}

// taken returns what customers took and kept. Merged ones are one; who objected to
// profiling, or was erased, is nobody known.
func taken(ctx context.Context, book *crm.Book, now, cut time.Time) ([]eval.Row, error) {
	back, err := givenBack(ctx, book, cut)
	if err != nil {
		return nil, err
	}
	people := map[crm.CustomerID]string{}
	who := func(id crm.CustomerID) (string, error) {
		if p, ok := people[id]; ok || id == "" {
			return p, nil
		}
		c, err := book.Customers.Get(ctx, id)
		switch {
		case errors.Is(err, crm.ErrNotFound) || errors.Is(err, crm.ErrErased):
			people[id] = ""
		case err != nil:
			return "", err
		default:
			may, err := book.Consents.MayProfile(ctx, c.ID, now)
			if err != nil && !errors.Is(err, crm.ErrNotFound) && !errors.Is(err, crm.ErrErased) {
				return "", err
			}
			if people[id] = ""; may {
				people[id] = string(c.ID)
			}
		}
		return people[id], nil
	}
	var rows []eval.Row
	for o, err := range book.Orders.List(ctx, crm.OrderQuery{}) {
		if err != nil {
			return nil, err
		}
		if o.Kind != crm.KindSale || o.State == crm.StateDraft || o.State == crm.StateCanceled || o.State == crm.StateExpired {
			continue
		}
		customer, err := who(o.CustomerID)
		if err != nil {
			return nil, err
		}
		for _, it := range o.Items {
			of := unit{o.ID, it.SKU}
			gone := min(back[of], max(0, it.Quantity))
			back[of] -= gone
			if product := cmp.Or(string(it.ProductID), it.SKU); it.Kind == crm.ItemProduct && product != "" && it.Quantity > gone {
				rows = append(rows, eval.Row{Customer: customer, Basket: string(o.ID), Product: product, Time: o.OccurredAt})
			}
		}
	}
	return rows, nil
}

// Crosssell shows what a shop can offer beside what somebody buys, and why: what is
// bought together, what goes with a cart, what a customer takes next; and that what
// sells out is gone from the next answer. With -table it tells how good that is on
// the shop's own last month, beside what needs no models.
//
//	go run ./examples/crosssell -table -db shop.db
//
// Without -db the shop is made up. Quickstart makes a book of an export.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/recommend/eval"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// sentences are reasons in the words of the shop: {p} are products, {n} is a
// number and {d} a day.
var sentences = map[crm.ReasonKey]string{
	crm.BecauseBoughtBefore: "orders with it: {n}, the last on {d}", crm.BecauseDue: "due on {d}", crm.BecauseNew: "new since {d}",
	crm.BecauseBought: "because of {p}", crm.BecauseViewed: "because {p} was looked at", crm.BecauseInCart: "goes with {p}",
	crm.BecauseTogether: "{n} orders have it beside {p}", crm.BecauseNext: "taken after {p}", crm.BecauseSimilar: "is like {p}",
	crm.BecauseAlike: "taken by who buys alike", crm.BecausePopular: "{n} customers bought it", crm.BecauseCurated: "the shop puts it with {p}",
}

func main() {
	db := flag.String("db", "", "the shop's book, a `file`; none makes up a shop")
	table := flag.Bool("table", false, "tell how good recommendations are on the shop's own past")
	flag.Parse()
	ctx := context.Background()
	var st store.Store = memstore.New(nil)
	var err error
	if *db != "" {
		st, err = boltstore.Open(*db, nil)
		check(err)
	}
	defer st.Close()
	book, err := crm.New(st, nil)
	check(err)
	if *db == "" {
		_, err = book.Import(ctx, crmtest.Shop(300, 1).All(), nil)
		check(err)
	}
	best, err := book.Customers.Best(ctx, crm.BestQuery{Limit: 1})
	check(err)
	for _, p := range best {
		last, err := book.Orders.Page(ctx, crm.OrderQuery{Newest: true, Limit: 1})
		check(err)
		now := last.Items[0].OccurredAt.Add(time.Second) // so that an old export is the same whenever it is read
		if *table {
			evaluate(ctx, book, now)
			return
		}
		offer(ctx, book, p.Customer, &recommend.Query{N: 4, At: now})
	}
}

// offer asks three questions, and one of them again when something is sold out.
func offer(ctx context.Context, book *crm.Book, customer *crm.Customer, q *recommend.Query) {
	rec, err := recommend.New(book, nil)
	check(err)
	titles := map[crm.ProductID]string{}
	for p, err := range book.Products.List(ctx, crm.ProductQuery{}) {
		check(err)
		titles[p.ID] = cmp.Or(p.Title, string(p.ID))
	}
	popular, err := rec.Trending(ctx, &recommend.Query{N: 1, At: q.At, Days: 365})
	check(err)
	if len(popular.Items) == 0 {
		return // nothing that was sold is in the catalog
	}
	cart := []crm.ProductID{popular.Items[0].ProductID}
	together, err := rec.BoughtTogether(ctx, cart, q)
	show("Bought together with "+titles[cart[0]], titles, together, err)
	for _, first := range together.Items[:min(1, len(together.Items))] {
		cart = append(cart, first.ProductID)
	}
	goes, err := rec.ForCart(ctx, "", cart, q)
	show("For a cart with the first of them, too", titles, goes, err)
	next, err := rec.ForCustomer(ctx, customer.ID, q)
	show("For "+cmp.Or(customer.Name(), string(customer.ID)), titles, next, err)

	// The first sells out, in a transaction that is not kept: the book may be yours.
	_ = book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		gone := cart[len(cart)-1]
		_, err := tx.Products.Update(ctx, gone, func(p *crm.Product) error {
			for i := range p.Variants {
				p.Variants[i].Tracked, p.Variants[i].Stock = true, 0
			}
			return nil
		})
		check(err)
		together, err := rec.In(tx).BoughtTogether(ctx, cart[:1], q)
		show(titles[gone]+" is sold out", titles, together, err)
		return context.Canceled // whatever it is, an error undoes it
	})
}

// show prints a list, with the first reason of each product in words.
func show(title string, titles map[crm.ProductID]string, list *recommend.List, err error) {
	check(err)
	fmt.Printf("%s (stage %s, lack %s)\n", title, list.Stage, cmp.Or(list.Lack, "none"))
	for _, item := range list.Items {
		why := item.Reasons[0]
		var products []string
		for _, id := range why.Products {
			products = append(products, titles[id])
		}
		fmt.Printf("  %-28s %s\n", titles[item.ProductID], strings.NewReplacer("{p}", strings.Join(products, " and "),
			"{n}", fmt.Sprint(why.Count), "{d}", why.At.Format(time.DateOnly)).Replace(cmp.Or(sentences[why.Key], string(why.Key))))
	}
	fmt.Println()
}

// evaluate learns from all but the last month, asks what is in it, and compares.
func evaluate(ctx context.Context, book *crm.Book, now time.Time) {
	var rows []eval.Row
	for o, err := range book.Orders.List(ctx, crm.OrderQuery{}) {
		check(err)
		sold := o.Kind == crm.KindSale && o.State != crm.StateDraft && o.State != crm.StateCanceled && o.State != crm.StateExpired
		for _, it := range o.Items {
			if product := cmp.Or(string(it.ProductID), it.SKU); sold && it.Kind == crm.ItemProduct && product != "" && it.Quantity > 0 {
				rows = append(rows, eval.Row{Customer: string(o.CustomerID), Basket: string(o.ID), Product: product, Time: o.OccurredAt, Weight: float64(it.Quantity)})
			}
		}
	}
	split := eval.Cut(rows, now.AddDate(0, 0, -30), 30*24*time.Hour)
	rec, err := recommend.Learn(ctx, slices.Values(split.Train), nil)
	check(err)
	for _, kind := range []eval.Kind{eval.NextAny, eval.NextNew, eval.Cart} {
		report, err := split.Task(kind, 1).Run(ctx, []eval.System{{Name: "recommend", Recommender: rec}}, nil)
		check(err)
		fmt.Print(report)
		fmt.Printf("ndcg beyond %s: %v, beyond %s: %v\n\n", eval.Popularity, report.Difference("recommend", eval.Popularity, eval.NDCG),
			eval.Own, report.Difference("recommend", eval.Own, eval.NDCG))
	}
}

func check(err error) {
	if err != nil {
		log.Panic(err)
	}
}

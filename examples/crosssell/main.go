// Crosssell shows what a shop can offer beside what somebody buys, and why: what is
// bought together, what goes with a cart, what a customer takes next; and that what
// sells out is gone from the next answer. With -table it tells how good that is on
// the shop's own last month, beside what needs no models.
//
//	go run ./examples/crosssell -table -db shop.db
//	go run ./examples/crosssell -table -orders orders_export.csv
//	go run ./examples/crosssell -table -orders till.csv -currency EUR -dates day_first \
//		-columns document=Bon,time=Datum,customer=Karte,sku=Artikel,quantity=Menge,price=Preis
//
// Without -db and -orders the shop is made up. Orders are kept in -db, or else in
// memory.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/recommend"
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
	log.SetFlags(0)
	db := flag.String("db", "", "the shop's book, a `file`; none makes up a shop")
	table := flag.Bool("table", false, "tell how good recommendations are on the shop's own past")
	var in input
	in.flags()
	flag.Parse()
	check(in.check())
	ctx := context.Background()
	var st store.Store = memstore.New(nil)
	if *db != "" {
		if _, err := os.Stat(*db); in.orders == "" {
			check(err) // a book that is not there would be made, and be empty
		}
		var err error
		st, err = boltstore.Open(*db, nil)
		check(err)
	}
	defer st.Close()
	book, err := crm.New(st, &crm.Options{Currency: in.money()})
	check(err)
	switch {
	case in.orders != "":
		check(in.read(ctx, book))
	case *db == "":
		_, err = book.Import(ctx, crmtest.Shop(300, 1).All(), nil)
		check(err)
	}
	last, err := book.Orders.Page(ctx, crm.OrderQuery{Newest: true, Limit: 1})
	check(err)
	if len(last.Items) == 0 {
		check(errors.New("there are no orders to learn from"))
	}
	now := last.Items[0].OccurredAt.Add(time.Second) // so that an old export is the same whenever it is read
	if *table {
		check(evaluate(ctx, book, now))
		return
	}
	best, err := book.Customers.Best(ctx, crm.BestQuery{Limit: 1})
	check(err)
	for _, p := range best {
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

func check(err error) {
	if err != nil {
		log.Fatal("crosssell: ", err)
	}
}

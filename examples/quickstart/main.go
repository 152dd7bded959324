// Quickstart is the main job: open a book in one file, pour in what the shop
// has sold, and ask who the customers are, all about one of them, who is like whom,
// and what they take next.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -orders orders.csv -format shopify -db shop.db
//
// Without -orders it makes up a small shop, and without -db it keeps the book
// in a temporary file that it removes.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

func main() {
	log.SetFlags(0)
	var in input
	flag.StringVar(&in.orders, "orders", "", "the shop's export, a CSV `file`, plain or .gz; none makes up a shop")
	flag.StringVar(&in.format, "format", "", "shopify, woocommerce or onlineretail; none goes by the header")
	flag.StringVar(&in.currency, "currency", "", "of the shop; `GBP` for onlineretail, else EUR")
	db := flag.String("db", "", "keep the book in this `file`")
	foresee := flag.Bool("next", true, "tell what somebody takes next; of 500,000 lines it takes a minute to learn that")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *db, in, *foresee); err != nil {
		log.Fatal("quickstart: ", err)
	}
}

func run(ctx context.Context, db string, in input, foresee bool) error {
	if db == "" {
		dir, err := os.MkdirTemp("", "quickstart")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		db = filepath.Join(dir, "shop.db")
	}
	source, err := in.open()
	if err != nil {
		return err
	}
	defer source.Close()

	// README
	// Open: the store is one file, the book is what we keep in it.
	st, err := boltstore.Open(db, nil)
	if err != nil {
		return err
	}
	defer st.Close()
	book, err := crm.New(st, &crm.Options{Currency: in.money()})
	if err != nil {
		return err
	}
	// Import: run it as often as you like, nothing is ever there twice.
	report, err := book.Import(ctx, source.records, &source.options)
	source.print(report)
	if err != nil {
		return err
	}
	// README
	if err := customers(ctx, book); err != nil {
		return err
	}
	if err := person(ctx, book); err != nil {
		return err
	}
	if err := segments(ctx, book); err != nil || !foresee {
		return err
	}
	return next(ctx, book)
}

// customers is the first chapter: who buys, who buys most, who does no more.
func customers(ctx context.Context, book *crm.Book) error {
	if err := total(ctx, book); err != nil {
		return err
	}
	// README
	best, err := book.Customers.Best(ctx, crm.BestQuery{Limit: 5})
	if err != nil {
		return err
	}
	show("Best customers", best)
	// README

	// Lapsed is who has been silent for half a year, as of the latest order.
	last, err := book.Orders.Page(ctx, crm.OrderQuery{Newest: true, Limit: 1})
	if err != nil || len(last.Items) == 0 {
		return err
	}
	since := last.Items[0].OccurredAt.AddDate(0, -6, 0)
	lapsed, err := book.Customers.Best(ctx, crm.BestQuery{Limit: 5, LastOrderBefore: since})
	if err != nil {
		return err
	}
	show("Lapsed since "+since.Format(time.DateOnly), lapsed)

	for _, b := range best[:min(1, len(best))] {
		p, err := book.Customers.Profile(ctx, b.Customer.ID)
		if err != nil {
			return err
		}
		fmt.Printf("\n%s: %d units since %s\n", name(p.Customer), p.Aggregates.Units, p.Aggregates.FirstOrderAt.Format(time.DateOnly))
		for _, o := range p.Orders[:min(3, len(p.Orders))] {
			fmt.Printf("  order %-16s %14v  %3d lines  %s\n", o.Ref.ID, o.Total, len(o.Items), o.OccurredAt.Format(time.DateOnly))
		}
	}
	return nil
}

// total adds up the whole book.
func total(ctx context.Context, book *crm.Book) error {
	customers, buyers, net := 0, 0, crm.Money{Currency: book.Currency()}
	for c, err := range book.Customers.List(ctx, crm.CustomerQuery{}) {
		if err != nil {
			return err
		}
		first, err := book.Orders.Page(ctx, crm.OrderQuery{CustomerID: c.ID, Limit: 1})
		if err != nil {
			return err
		}
		a, err := book.Customers.Aggregates(ctx, c.ID)
		if err != nil {
			return err
		}
		customers, buyers = customers+1, buyers+len(first.Items)
		if net, err = net.Add(a.Base.Net()); err != nil {
			return err
		}
	}
	fmt.Printf("%d customers, of whom %d ordered, brought %v\n", customers, buyers, net)
	return nil
}

func show(title string, profiles []*crm.Profile) {
	if len(profiles) == 0 {
		fmt.Printf("\n%s: nobody\n", title)
		return
	}
	fmt.Printf("\n%-24s %14s  orders  last\n", title, "net")
	for _, p := range profiles {
		a := p.Aggregates
		fmt.Printf("  %-22s %14v  %6d  %s\n", name(p.Customer), a.Base.Net(), a.Orders, a.LastOrderAt.Format(time.DateOnly))
	}
}

// name is what to call a customer: some exports hold only numbers.
func name(c *crm.Customer) string {
	if c.Name() == "" && len(c.Refs) > 0 {
		return c.Refs[0].ID
	}
	return c.Name()
}

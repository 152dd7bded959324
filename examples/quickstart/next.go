package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
)

// next is the fourth chapter: what the one of the best customers who orders most
// often takes next, and why, and what they are due to buy again. It is told as of
// the latest order, as the third is.
func next(ctx context.Context, book *crm.Book) error {
	best, err := book.Customers.Best(ctx, crm.BestQuery{Limit: 5})
	if err != nil || len(best) == 0 {
		return err
	}
	who := slices.MaxFunc(best, func(a, b *crm.Profile) int { return cmp.Compare(a.Aggregates.Orders, b.Aggregates.Orders) })
	last, err := book.Orders.Page(ctx, crm.OrderQuery{Newest: true, Limit: 1})
	if err != nil || len(last.Items) == 0 {
		return err
	}
	id, at := who.Customer.ID, last.Items[0].OccurredAt
	fmt.Printf("\n%s, next\n", name(who.Customer))
	// README
	rec, err := recommend.New(book, nil)
	if err != nil {
		return err
	}
	fresh, err := rec.ForCustomer(ctx, id, &recommend.Query{N: 3, At: at, Repeat: recommend.RepeatExclude}) // without At: now
	if err != nil {
		return err
	}
	again, err := rec.BuyAgain(ctx, id, &recommend.Query{N: 3, At: at})
	if err != nil {
		return err
	}
	for _, item := range append(again.Items, fresh.Items...) {
		if err := offer(ctx, book, item); err != nil {
			return err
		}
	}
	// README
	return nil
}

// because are reasons in the words of this shop: {n} is a number, {d} a day,
// {p} a product and {c} how likely it is in percent.
var because = map[crm.ReasonKey]string{
	crm.BecauseBoughtBefore: "in {n} orders of theirs, the last on {d}", crm.BecauseDue: "due on {d}, {c} % likely if they buy within 30 days",
	crm.BecauseBought: "because of {p}", crm.BecauseViewed: "because they looked at {p}", crm.BecauseNext: "taken after {p}",
	crm.BecauseSimilar: "is like {p}", crm.BecauseAlike: "taken by who buys as they do", crm.BecausePopular: "{n} customers bought it",
}

// offer shows on a line what to offer, and what speaks for it most.
func offer(ctx context.Context, book *crm.Book, item crm.Recommendation) error {
	p, err := book.Products.Get(ctx, item.ProductID)
	if err != nil {
		return err
	}
	why, from := item.Reasons[0], "it"
	if len(why.Products) > 0 && why.Products[0] != p.ID {
		other, err := book.Products.Get(ctx, why.Products[0])
		if err != nil {
			return err
		}
		from = cmp.Or(other.Title, string(other.ID))
	}
	words := strings.NewReplacer("{n}", fmt.Sprint(why.Count), "{d}", why.At.Format(time.DateOnly), "{p}", from, "{c}", fmt.Sprintf("%.0f", 100*item.Confidence))
	fmt.Printf("  %-28s %s\n", cmp.Or(p.Title, string(p.ID)), words.Replace(cmp.Or(because[why.Key], string(why.Key))))
	return nil
}

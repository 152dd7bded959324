package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
)

// A foresight tells what customers take next.
type foresight struct {
	*recommend.Recommender
	ready atomic.Bool // its models are made
}

// warm has the models made, so that pages need not wait for that.
func (f *foresight) warm(ctx context.Context) error {
	if _, err := f.ForCustomer(ctx, "", &recommend.Query{N: 1}); err != nil {
		return err
	}
	f.ready.Store(true)
	return nil
}

// A prospect is what the page of what a customer takes next shows.
type prospect struct {
	Customer *crm.Customer
	Stage    string
	Lack     string
	Next     []*proposal
	Again    []*proposal
	Waiting  bool // the models are not made yet
}

// A proposal is a product with what speaks for it, in words.
type proposal struct {
	crm.Recommendation
	Title string
	Why   []string
}

// Percent is how likely it is among what they buy within 30 days, if they buy.
func (v *proposal) Percent() string { return percent(v.Confidence) }

// rungs and lacks say what a list comes from, and what is missing, in words.
var (
	rungs = map[recommend.Stage]string{
		recommend.StagePersonal: "From what they bought.", recommend.StageSession: "From what they looked at.",
		recommend.StagePopular: "What many buy: the same for all.", recommend.StageNew: "What is new: the same for all.",
	}
	lacks = map[recommend.Lack]string{
		recommend.LackOrders: "The shop has too few orders to learn from.", recommend.LackHistory: "They have bought nothing and looked at nothing.",
		recommend.LackObjection: "They objected to profiling, and are treated as a stranger.", recommend.LackProducts: "No more products may be sold to them.",
	}
)

// sentences are reasons in words: {p} is a product, {n} a number and {d} a day.
var sentences = map[crm.ReasonKey]string{
	crm.BecauseBoughtBefore: "bought before, last on {d}", crm.BecauseDue: "due on {d}", crm.BecauseBought: "because they bought {p}",
	crm.BecauseViewed: "because they looked at {p}", crm.BecauseNext: "taken after {p}", crm.BecauseSimilar: "described like {p}",
	crm.BecauseTogether: "in {n} orders beside {p}", crm.BecauseAlike: "taken by who buys as they do", crm.BecausePopular: "bought by others: {n}",
	crm.BecauseNew: "for sale since {d}", crm.BecauseCurated: "the shop puts it with {p}", crm.BecauseInCart: "goes with {p}",
}

// next shows what a customer takes next and again, and why.
func (o *office) next(r *http.Request) (*page, error) {
	ctx, id := r.Context(), crm.CustomerID(r.PathValue("id"))
	c, err := o.book.Customers.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !c.ErasedAt.IsZero() {
		return nil, crm.ErrErased
	}
	v := &prospect{Customer: c, Waiting: !o.foresight.ready.Load()}
	p := &page{name: "next", Title: "What next for " + name(c), Here: "customers", Data: v}
	if v.Waiting {
		return p, nil
	}
	list, err := o.foresight.ForCustomer(ctx, id, nil)
	if err != nil {
		return nil, err
	}
	v.Stage, v.Lack = rungs[list.Stage], lacks[list.Lack]
	if v.Next, err = o.propose(ctx, list); err != nil {
		return nil, err
	}
	if list, err = o.foresight.BuyAgain(ctx, id, nil); err != nil {
		return nil, err
	}
	v.Again, err = o.propose(ctx, list)
	return p, err
}

// propose puts a list into words.
func (o *office) propose(ctx context.Context, list *recommend.List) ([]*proposal, error) {
	title := func(id crm.ProductID) (string, error) {
		p, err := o.book.Products.Get(ctx, id)
		if errors.Is(err, crm.ErrNotFound) {
			return string(id), nil
		} else if err != nil {
			return "", err
		}
		return firstOf(p.Title, string(id)), nil
	}
	var all []*proposal
	for _, item := range list.Items {
		v := &proposal{Recommendation: item}
		var err error
		if v.Title, err = title(item.ProductID); err != nil {
			return nil, err
		}
		for _, why := range item.Reasons {
			from := "something"
			if len(why.Products) > 0 {
				if from, err = title(why.Products[0]); err != nil {
					return nil, err
				}
			}
			text := strings.NewReplacer("{p}", from, "{n}", fmt.Sprint(why.Count), "{d}", o.day(why.At))
			v.Why = append(v.Why, text.Replace(cmp.Or(sentences[why.Key], words(why.Key))))
		}
		all = append(all, v)
	}
	return all, nil
}

package main

import (
	"context"
	"net/http"
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
	again, err := o.foresight.BuyAgain(ctx, id, nil)
	if err != nil {
		return nil, err
	}
	v.Stage, v.Lack = rungs[list.Stage], lacks[list.Lack]
	return p, o.book.View(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
		n := o.narrator(tx, "")
		if v.Next, err = n.propose(ctx, list); err != nil {
			return err
		}
		v.Again, err = n.propose(ctx, again)
		return err
	})
}

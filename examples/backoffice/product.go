package main

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
)

// An article is what the page of a product shows.
type article struct {
	*crm.Product
	Waiting                bool // the models are not made yet
	Together, Like, Better []*proposal
	Buyers                 []*buyer
}

// A buyer is somebody who may buy the product, and what speaks for it.
type buyer struct {
	recommend.Buyer
	Customer *crm.Customer
	Why      []string
	Letters  bool // the newsletter may be sent to them
}

// mostBuyers is how many are shown.
const mostBuyers = 20

// product shows a product, what goes with it, what there is instead, and who would
// buy it.
func (o *office) product(r *http.Request) (*page, error) {
	ctx, id := r.Context(), crm.ProductID(r.PathValue("id"))
	v := &article{Waiting: !o.foresight.ready.Load()}
	var err error
	if v.Product, err = o.book.Products.Get(ctx, id); err != nil {
		return nil, err
	}
	p := &page{name: "product", Title: firstOf(v.Title, string(v.ID)), Here: "products", Data: v}
	if v.Waiting {
		return p, nil
	}
	together, err := o.foresight.BoughtTogether(ctx, []crm.ProductID{v.ID}, nil)
	if err != nil {
		return nil, err
	}
	like, err := o.foresight.Similar(ctx, v.ID, nil)
	if err != nil {
		return nil, err
	}
	better, err := o.foresight.UpSell(ctx, v.ID, nil)
	if err != nil {
		return nil, err
	}
	var buyers []*buyer
	for b, err := range o.foresight.WhoWouldBuy(ctx, v.ID, &recommend.Query{N: mostBuyers}) {
		if err != nil {
			return nil, err
		}
		buyers = append(buyers, &buyer{Buyer: b})
	}
	return p, o.book.View(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
		n := o.narrator(tx, v.ID)
		if v.Together, err = n.propose(ctx, together); err != nil {
			return err
		}
		if v.Like, err = n.propose(ctx, like); err != nil {
			return err
		}
		v.Like = slices.DeleteFunc(v.Like, func(p *proposal) bool {
			return p.Reasons[0].Key == crm.BecausePopular || p.Reasons[0].Key == crm.BecauseNew
		}) // no likeness
		if v.Better, err = n.propose(ctx, better); err != nil {
			return err
		}
		v.Buyers = nil
		for _, b := range buyers {
			c, err := tx.Customers.Get(ctx, b.CustomerID)
			if err != nil {
				return err
			}
			if !c.ErasedAt.IsZero() {
				continue // a moment ago
			}
			b.Customer = c
			if b.Why, err = n.tell(ctx, b.Reasons); err != nil {
				return err
			}
			if b.Letters, err = tx.Consents.MaySend(ctx, c.ID, crm.ChannelEmail, crm.PurposeMarketing, time.Time{}); err != nil {
				return err
			}
			v.Buyers = append(v.Buyers, b)
		}
		return nil
	})
}

package main

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
)

// A proposal is a product with what speaks for it, in words.
type proposal struct {
	crm.Recommendation
	Title string
	Price string
	Why   []string
}

// Percent is how likely it is among what they buy within 30 days, if they buy.
func (v *proposal) Percent() string { return percent(v.Confidence) }

// sentences are reasons in words: {p} is what they come from, {n} how many customers,
// {o} how many orders and {d} a day.
var sentences = map[crm.ReasonKey]string{
	crm.BecauseBoughtBefore: "bought before, last on {d}", crm.BecauseDue: "due on {d}", crm.BecauseBought: "because they bought {p}",
	crm.BecauseViewed: "because they looked at {p}", crm.BecauseNext: "taken after {p}", crm.BecauseSimilar: "described like {p}",
	crm.BecauseTogether: "in {o} beside {p}", crm.BecauseAlike: "taken by who buys as they do", crm.BecausePopular: "bought by {n} of late",
	crm.BecauseTrending: "rising: {n} of late", crm.BecauseBetter: "of the same kind, and dearer",
	crm.BecauseNew: "for sale since {d}", crm.BecauseCurated: "the shop puts it with {p}", crm.BecauseInCart: "goes with {p}",
}

// ofIt are those of a product on its own page, where they differ.
var ofIt = map[crm.ReasonKey]string{crm.BecauseCurated: "the shop says so", crm.BecauseAlike: "taken by the same customers"}

// A narrator puts recommendations into words. It looks each product up once, and is
// good for one transaction.
type narrator struct {
	o        *office
	tx       *crm.Tx
	it       crm.ProductID                  // whose page it is, "" for none
	products map[crm.ProductID]*crm.Product // nil: not in the catalog
}

func (o *office) narrator(tx *crm.Tx, it crm.ProductID) *narrator {
	return &narrator{o, tx, it, map[crm.ProductID]*crm.Product{}}
}

// product returns the record of a product, nil for none.
func (n *narrator) product(ctx context.Context, id crm.ProductID) (*crm.Product, error) {
	p, ok := n.products[id]
	if ok || id == "" {
		return p, nil
	}
	p, err := n.tx.Products.Get(ctx, id)
	if err != nil && !errors.Is(err, crm.ErrNotFound) {
		return nil, err
	}
	n.products[id] = p
	return p, nil
}

// propose puts a list into words.
func (n *narrator) propose(ctx context.Context, list *recommend.List) ([]*proposal, error) {
	var all []*proposal
	for _, item := range list.Items {
		p, err := n.product(ctx, item.ProductID)
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue // taken out of the catalog a moment ago
		}
		v := &proposal{Recommendation: item, Title: firstOf(p.Title, string(p.ID)), Price: price(p)}
		if v.Why, err = n.tell(ctx, item.Reasons); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// mostNamed is how many products a reason names.
const mostNamed = 2

// tell puts reasons into words.
func (n *narrator) tell(ctx context.Context, reasons []crm.Reason) ([]string, error) {
	var list []string
	for _, why := range reasons {
		var from []string
		for _, id := range why.Products[:min(mostNamed, len(why.Products))] {
			if id == n.it {
				from = append(from, "it")
				continue
			}
			title := string(id)
			p, err := n.product(ctx, id)
			if err != nil {
				return nil, err
			}
			if p != nil {
				title = firstOf(p.Title, title)
			}
			from = append(from, title)
		}
		sentence := cmp.Or(sentences[why.Key], words(why.Key))
		switch {
		case slices.Equal(from, []string{"it"}):
			sentence = cmp.Or(ofIt[why.Key], sentence)
		case why.Key == crm.BecauseDue && why.At.Before(n.o.now().AddDate(0, 0, -1)):
			sentence = "was due on {d}"
		}
		text := strings.NewReplacer("{p}", cmp.Or(strings.Join(from, " and "), "something"), "{n}", plural(why.Count, "customer"), "{o}", plural(why.Count, "order"), "{d}", n.o.day(why.At))
		list = append(list, text.Replace(sentence))
	}
	return list, nil
}

// price is that of the cheapest variant.
func price(p *crm.Product) string {
	var low, high crm.Money
	for _, v := range p.Variants {
		if v.Price.IsZero() || !low.IsZero() && v.Price.Currency != low.Currency {
			continue
		}
		if low.IsZero() || v.Price.Amount < low.Amount {
			low = v.Price
		}
		if v.Price.Amount > high.Amount {
			high = v.Price
		}
	}
	if low.Amount < high.Amount {
		return "from\u00a0" + money(low)
	}
	return money(low)
}

// stock is how many pieces there are, "" where that is not kept.
func stock(p *crm.Product) string {
	kept, units := false, int64(0)
	for _, v := range p.Variants {
		if v.Tracked {
			kept, units = true, units+max(0, v.Stock)
		}
	}
	switch {
	case !kept:
		return ""
	case units == 0:
		return "sold out"
	}
	return count(units) + "\u00a0in stock"
}

// productPath is the page of a product, whose id may be the shop's own.
func productPath(id crm.ProductID) string { return "/products/" + url.PathEscape(string(id)) }

package peerbench

import (
	"context"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// Base returns the columns of the world. The ordinals of its customers are
// their numbers.
func (w *World) Base() *column.Base {
	b := column.New()
	for _, p := range w.Products {
		b.SetProduct(&column.Product{ID: p.ID, Title: p.Title, Brand: p.Brand, Categories: []string{p.Category}})
	}
	orders, lastOrders := owners(len(w.Customers), len(w.Orders), func(i int) uint32 { return w.Orders[i].Customer })
	events, lastEvents := owners(len(w.Customers), len(w.Events), func(i int) uint32 { return w.Events[i].Customer })
	var order, event uint32
	for i, c := range w.Customers {
		p := &column.Person{ID: fmt.Sprintf("cus_%012d", i), Values: []column.Value{
			{Name: "customer_language", Type: rule.IsText, Text: c.Language},
			{Name: "email_subscription_status", Type: rule.IsText, Text: c.Subscription},
			{Name: "customer_account_status", Type: rule.IsText, Text: c.Account},
			{Name: "customer_added_date", Type: rule.IsDate, Int: c.Added},
		}}
		for ; order < lastOrders[i]; order++ {
			n := int(orders[order])
			o := column.Order{Time: w.Orders[n].Time, Amount: w.Orders[n].Amount, Channel: Channels[w.Orders[n].Channel], State: "paid", Source: "shop", Country: "US"}
			for _, l := range w.lines(n) {
				o.Items = append(o.Items, column.Item{Product: w.Products[l.Product].ID, Quantity: int64(l.Quantity), Amount: l.Amount, Price: l.Amount / int64(l.Quantity)})
			}
			p.Orders = append(p.Orders, o)
		}
		for ; event < lastEvents[i]; event++ {
			e := &w.Events[events[event]]
			p.Interactions = append(p.Interactions, column.Interaction{
				Time: e.Time, Kind: Kinds[e.Kind], Channel: "web", Direction: "inbound", Source: "shop", Products: []string{w.Products[e.Product].ID},
			})
		}
		b.Put(p)
	}
	b.Compact()
	return b
}

// Members returns the ordinals of those of whom a rule is true, from its text,
// with the edges that it asks for worked out anew.
func Members(ctx context.Context, e *eval.Engine, text string) (*roaring.Bitmap, error) {
	n, err := rule.Parse(text, nil)
	if err != nil {
		return nil, err
	}
	p, err := e.Compile(n)
	if err != nil {
		return nil, err
	}
	edges, err := p.Edges(ctx, Now.UnixMilli())
	if err != nil {
		return nil, err
	}
	sets, err := p.Run(ctx, Now.UnixMilli(), edges)
	if err != nil {
		return nil, err
	}
	return sets[0], nil
}

// Values returns the values of everybody, from their texts.
func Values(ctx context.Context, e *eval.Engine, texts []string) (*eval.Table, error) {
	var values []rule.Expr
	for _, text := range texts {
		n, err := rule.Parse(text+" IS NULL", nil)
		if err != nil {
			return nil, err
		}
		values = append(values, n.(*rule.Compare).X)
	}
	p, err := e.CompileValues(values...)
	if err != nil {
		return nil, err
	}
	return p.Compute(ctx, Now.UnixMilli(), nil, nil)
}

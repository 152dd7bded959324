package intake

import (
	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// role returns how an order counts; false when it does not at all.
func role(o *crm.Order) (column.Role, bool) {
	dead := o.State == crm.StateCanceled || o.State == crm.StateExpired
	switch {
	case o.State == crm.StateDraft:
		return 0, false
	case o.Kind == crm.KindSale && dead:
		return column.Canceled, true
	case o.Kind == crm.KindSale:
		return column.Sale, true
	case o.Kind == crm.KindAdjustment && !dead:
		return column.Adjustment, true
	}
	return 0, false
}

// orderOf returns what rules may ask of an order in a book of a currency; false
// when it counts in nothing.
func orderOf(o *crm.Order, base crm.Currency) (column.Order, bool) {
	r, ok := role(o)
	if !ok {
		return column.Order{}, false
	}
	out := column.Order{Time: o.OccurredAt.UnixMilli(), Role: r, Unpriced: o.BaseTotal.IsZero(), Amount: o.BaseTotal.Amount}
	if r == column.Adjustment {
		return out, true
	}
	money := func(m crm.Money) int64 { return inBase(m, o, base) }
	out.Discount = money(discount(o))
	out.Channel, out.State, out.Source = string(o.Channel), string(o.State), o.Ref.Source
	if o.State == crm.StatePlaced {
		out.State = "placed"
	}
	if out.Country = country(o.Delivery.Country); o.Delivery.IsZero() {
		out.Country = country(o.Billing.Country)
	}
	out.Coupons, out.Tags = o.Coupons, o.Tags
	n := 0
	for i := range o.Items {
		if o.Items[i].Kind == crm.ItemProduct {
			n++
		}
	}
	if n == 0 {
		return out, true
	}
	out.Items = make([]column.Item, 0, n)
	for i := range o.Items {
		it := &o.Items[i]
		if it.Kind != crm.ItemProduct {
			continue
		}
		out.Items = append(out.Items, column.Item{
			Product: string(it.ProductID), SKU: it.SKU, Title: it.Title, Quantity: it.Quantity,
			Amount: money(it.Total), Price: money(price(it)), Discount: money(it.Discount),
		})
	}
	return out, true
}

// inBase returns an amount of an order in the book's currency, at its rate.
func inBase(m crm.Money, o *crm.Order, base crm.Currency) int64 {
	if m.Amount == 0 || o.Currency == base {
		return m.Amount
	}
	if o.Rate.IsZero() {
		return column.Lacking
	}
	m.Currency = o.Currency
	c, err := o.Rate.Convert(m, base)
	if err != nil {
		return column.Lacking
	}
	return c.Amount
}

// discount returns what was taken off an order in all ways.
func discount(o *crm.Order) crm.Money {
	sum := crm.Money{Amount: o.Discount.Amount, Currency: o.Currency}
	for i := range o.Items {
		it := &o.Items[i]
		sum.Amount = column.Add(sum.Amount, it.Discount.Amount)
		if it.Kind == crm.ItemDiscount {
			sum.Amount = column.Add(sum.Amount, it.Total.Neg().Amount)
		}
	}
	return sum
}

// price returns what one unit of a line cost before its discount.
func price(it *crm.Item) crm.Money {
	if !it.Price.IsZero() || it.Quantity == 0 {
		return it.Price
	}
	line, err := it.Total.Add(it.Discount)
	if err == nil {
		line, err = line.Mul(1, it.Quantity)
	}
	if err != nil {
		return crm.Money{}
	}
	return line
}

// refundOf returns what rules may ask of a refund; false when it does not count.
func refundOf(r *crm.Refund, amount, base crm.Money) (column.Refund, bool) {
	if amount.IsZero() {
		return column.Refund{}, false
	}
	out := column.Refund{Time: r.OccurredAt.UnixMilli(), Amount: base.Amount}
	if base.IsZero() {
		out.Amount = column.Lacking
	}
	return out, true
}

// productOf returns what rules may ask of a product.
func productOf(p *crm.Product) *column.Product {
	out := &column.Product{ID: string(p.ID), Title: p.Title, Brand: p.Brand, Categories: p.Categories, Tags: p.Tags}
	if p.Ref.ID != "" {
		out.Keys = []string{p.Ref.ID}
	}
	return out
}

package crmtest

import (
	"strconv"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A sheet is an order with all that hangs on it, so that one piece of memory
// holds it.
type sheet struct {
	order     crm.Order
	customer  crm.Customer
	refs      [1]crm.Ref
	addresses [1]crm.Address
	states    [4]crm.StateChange
	shipments [1]crm.Shipment
	coupons   [1]string
	tags      [1]string
}

var carriers = [...]string{"Swift Parcel", "Blue Van", "Post & Go"}

// write makes the records of an order as it stands at the end of the shop's
// life; while it has not been called off, as it stood when placed.
func (g *generator) write(o *occurrence, t *traits, b *bill, f *fate, off bool) (*crm.Order, *crm.Customer) {
	s := new(sheet)
	s.customer.Refs, s.customer.Addresses = s.refs[:0], s.addresses[:0]
	g.person(&s.customer, int(o.who), t, false)
	if t.account || t.converts && o.k >= 2 {
		s.customer.Account = true
	}
	cur := t.tariff.currency
	money := func(n int64) crm.Money {
		if n == 0 {
			return crm.Money{}
		}
		return crm.Money{Amount: n, Currency: cur}
	}
	r := &s.order
	k := &g.ink
	k.put('#')
	k.number(int(o.no))
	k.end()
	k.number(f.parcelNo)
	k.end()
	texts := k.dry()
	r.Number = texts[0]
	r.Ref = crm.Ref{Source: source, ID: texts[0][1:]}
	r.Channel = b.channel
	r.Currency = cur
	r.Rate = t.tariff.rates[int(o.placed)/day/30]
	r.Discount, r.Shipping, r.Tax = money(b.discount), money(b.shipping), money(b.tax)
	r.TaxIncluded = !t.country.onTop
	r.Total = crm.Money{Amount: b.total, Currency: cur}
	r.OccurredAt = g.time(int(o.placed))
	if b.coupon != "" {
		s.coupons[0] = b.coupon
		r.Coupons = s.coupons[:]
	}
	customer := &s.customer
	if b.unknown {
		customer = nil
	} else {
		r.Email, r.Phone = s.customer.Email, s.customer.Phone
		r.Billing = s.customer.Addresses[0]
	}
	r.Items = make([]crm.Item, b.n)
	for i := range b.lines() {
		l, x := &b.room[i], &g.catalog.goods[b.room[i].good]
		v := &x.variants[l.variant]
		r.Items[i] = crm.Item{
			SKU: v.sku, Title: v.title, Quantity: l.units,
			Price: money(l.price), Discount: money(l.discount), Tax: money(l.tax),
			Total: crm.Money{Amount: l.total, Currency: cur}, UnitCost: g.cost(x, int(l.variant), t.tariff),
		}
	}
	if !f.inPerson {
		r.Delivery = s.customer.Addresses[0]
		if b.gift {
			d := throw(g.seed, streamPerson, f.recipient, 1)
			given, family := g.name(&d, t.country)
			k.name(given, family)
			r.Delivery = k.address(&d, t.country)
			texts := k.dry()
			r.Delivery.Name, r.Delivery.Postcode, r.Delivery.Line1 = texts[0], texts[1], texts[2]
		}
	}
	if b.gift {
		s.tags[0] = "gift"
		r.Tags = s.tags[:]
	}
	r.States = s.states[:0]
	reach := func(state crm.OrderState, at int) bool {
		if at == 0 || at >= g.end() {
			return false
		}
		r.State, r.Version = state, g.time(at)
		r.States = append(r.States, crm.StateChange{State: state, At: r.Version})
		return true
	}
	switch {
	case f.pending:
		reach(crm.StatePending, int(o.placed))
	default:
		reach(crm.StatePaid, int(o.placed))
	}
	switch {
	case f.ended > 0 && !off:
		return r, customer
	case f.pending && f.paid > 0 && !reach(crm.StatePaid, f.paid):
		return r, customer
	case f.expired:
		reach(crm.StateExpired, f.ended)
		return r, customer
	case f.ended > 0:
		reach(crm.StateCanceled, f.ended)
		return r, customer
	case f.inPerson:
		reach(crm.StateDelivered, f.arrived)
		return r, customer
	}
	p := &s.shipments[0]
	p.PromisedAt = g.time(f.promised)
	if reach(crm.StateFulfilled, f.shipped) {
		p.Carrier, p.ShippedAt = carriers[f.carrier], g.time(f.shipped)
		p.Tracking = texts[1]
	}
	if reach(crm.StateDelivered, f.arrived) {
		p.DeliveredAt = g.time(f.arrived)
	}
	p.Ref = "1"
	r.Shipments = s.shipments[:]
	return r, customer
}

// refund makes the record of what is given back for an order.
func (g *generator) refund(o *occurrence, t *traits, b *bill, f *fate) *crm.Refund {
	cur := t.tariff.currency
	r := &crm.Refund{
		Ref:        crm.Ref{Source: source, ID: "r" + strconv.Itoa(int(o.no))},
		Currency:   cur,
		OccurredAt: g.time(f.refunded),
		Version:    g.time(f.refunded),
		Reason:     "returned",
	}
	if f.late {
		r.Reason = "late"
		amount := min(t.tariff.of(500), b.total)
		r.Amount = crm.Money{Amount: amount, Currency: cur}
		r.Lines = []crm.RefundLine{{Kind: crm.ItemFee, Title: "Late delivery", Amount: r.Amount}}
		return r
	}
	var sum int64
	for i, n := range f.returned[:b.n] {
		if n == 0 {
			continue
		}
		l := &b.room[i]
		v := &g.catalog.goods[l.good].variants[l.variant]
		amount := l.paid * n / l.units
		sum += amount
		r.Lines = append(r.Lines, crm.RefundLine{SKU: v.sku, Title: v.title, Quantity: n, Amount: crm.Money{Amount: amount, Currency: cur}})
	}
	r.Amount = crm.Money{Amount: sum, Currency: cur}
	return r
}

package shopcsv

import (
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// shopifyOrders reads orders_export.csv: a row is a line item, and what is
// said of the order stands on its first row only.
type shopifyOrders struct {
	*sheet
	number, email, phone, financial, fulfillment col
	created, paid, fulfilled, canceled           col
	money, subtotal, shipping, taxes, total      col
	code, discount, refunded, duties             col
	origin, note, tags, emailing                 col
	quantity, title, price, sku, lineDiscount    col
	taxValues                                    [5]col
	billing, delivery                            addressCols
}

func openShopifyOrders(s *sheet) (parser, error) {
	p := &shopifyOrders{
		sheet: s, number: s.col("Name"), email: s.col("Email"), phone: s.col("Phone"),
		financial: s.col("Financial Status"), fulfillment: s.col("Fulfillment Status"),
		created: s.col("Created at"), paid: s.col("Paid at"),
		fulfilled: s.col("Fulfilled at", "Fulfillment Date"), canceled: s.col("Cancelled at", "Canceled at"),
		money: s.col("Currency"), subtotal: s.col("Subtotal"), shipping: s.col("Shipping"),
		taxes: s.col("Taxes"), total: s.col("Total"), code: s.col("Discount Code"), discount: s.col("Discount Amount"),
		refunded: s.col("Refunded Amount"), duties: s.col("Duties"), origin: s.col("Source"),
		note: s.col("Notes", "Note"), tags: s.col("Tags"), emailing: s.col("Accepts Marketing"),
		quantity: s.col("Lineitem quantity"), title: s.col("Lineitem name"), price: s.col("Lineitem price"),
		sku: s.col("Lineitem sku", "SKU"), lineDiscount: s.col("Lineitem discount"),
	}
	for i := range p.taxValues {
		p.taxValues[i] = s.col("Tax " + string(rune('1'+i)) + " Value")
	}
	for _, a := range []struct {
		at   *addressCols
		name string
	}{{&p.billing, "Billing"}, {&p.delivery, "Shipping"}} {
		*a.at = addressCols{
			name: s.col(a.name + " Name"), company: s.col(a.name + " Company"),
			line1: s.col(a.name+" Address1", a.name+" Street"), line2: s.col(a.name + " Address2"),
			city: s.col(a.name + " City"), region: s.col(a.name + " Province"), postcode: s.col(a.name + " Zip"),
			country: s.col(a.name + " Country"), phone: s.col(a.name + " Phone"),
		}
	}
	return p, nil
}

func (p *shopifyOrders) grouping() grouping { return grouping{named: p.number} }

func (p *shopifyOrders) key(r *row) string { return r.code(p.number) }

func (p *shopifyOrders) records(rows []*row) []crm.Record {
	r := head(rows, p.created)
	number := p.key(r)
	o := &crm.Order{
		Ref: p.ref(number), Number: number, Email: r.text(p.email), Phone: r.code(p.phone),
		Channel: shopifyChannel(r.text(p.origin)), Currency: p.currency(r, p.money),
		OccurredAt: p.time(r, p.created), Note: r.text(p.note),
		Tags: sortedSet(r.list(p.tags, ",")), Coupons: r.list(p.code, ","),
		Billing: p.billing.read(r), Delivery: p.delivery.read(r),
	}
	if o.OccurredAt.IsZero() && r.faults == nil {
		r.fail(p.name(p.created), "", "want the time of the order on its first row")
	}
	o.Shipping, o.Tax = p.amount(r, p.shipping, o), p.amount(r, p.taxes, o)
	if r.text(p.taxes) == "" {
		for _, c := range p.taxValues {
			if sum, err := o.Tax.Add(p.amount(r, c, o)); err == nil {
				o.Tax = sum
			}
		}
	}
	for _, in := range rows {
		p.item(in, o)
	}
	if d := p.amount(r, p.duties, o); d.Sign() != 0 {
		o.Items = append(o.Items, crm.Item{Kind: crm.ItemFee, Title: "Duties", Quantity: 1, Price: d, Total: d})
	}
	o.Total = p.amount(r, p.total, o)
	discount := p.amount(r, p.discount, o)
	var subtotal *crm.Money
	if m := p.amount(r, p.subtotal, o); !m.IsZero() {
		for _, item := range o.Items {
			if item.Kind == crm.ItemFee && item.Title == "Duties" {
				m.Amount += item.Total.Amount
			}
		}
		subtotal = &m
	}
	settleOrder(o, discount, subtotal)
	p.states(r, o)
	refunded := p.amount(r, p.refunded, o)
	var consents []crm.Consent
	if p.opts.OrderConsents && o.Email != "" && p.answer(r, p.emailing) == agreed {
		consents = p.consents(agreed, crm.ChannelEmail, o.OccurredAt)
	}
	if faulty(rows) {
		return nil
	}
	rec := crm.Record{Order: o, Customer: buyer(o, crm.Ref{}), Consents: consents}
	if refunded.Sign() > 0 {
		rec.Refund = &crm.Refund{
			Ref: p.ref(number + "/refund"), Currency: o.Currency, Amount: refunded, OccurredAt: o.OccurredAt,
		}
		for _, s := range o.States {
			if s.At.After(rec.Refund.OccurredAt) {
				rec.Refund.OccurredAt = s.At
			}
		}
	}
	return []crm.Record{rec}
}

// amount reads an amount in the currency of the order.
func (p *shopifyOrders) amount(r *row, c col, o *crm.Order) crm.Money {
	return p.sheet.money(r, c, o.Currency)
}

// item adds the line item of a row, if it has one.
func (p *shopifyOrders) item(r *row, o *crm.Order) {
	item := crm.Item{SKU: r.code(p.sku), Title: r.text(p.title)}
	if item.SKU == "" && item.Title == "" && r.text(p.quantity) == "" && r.text(p.price) == "" {
		return
	}
	if r.text(p.quantity) == "" {
		r.fail(p.name(p.quantity), "", "want a quantity")
	}
	if item.SKU == "" && item.Title == "Tip" {
		item.Kind, r.fee = crm.ItemFee, true
	}
	item.Quantity = p.whole(r, p.quantity, 0)
	item.Price, item.Discount = p.amount(r, p.price, o), p.amount(r, p.lineDiscount, o)
	if item.Discount.Amount == 0 {
		item.Discount = crm.Money{}
	}
	gross, err := item.Price.Mul(item.Quantity, 1)
	if err == nil {
		item.Total, err = crm.Sum(crm.Money{Currency: o.Currency}, gross, item.Discount.Neg())
	}
	if err != nil && r.faults == nil {
		r.fail(p.name(p.price), r.text(p.price), "want "+errRange.Error())
	}
	o.Items = append(o.Items, item)
}

// states fills in how far the order is and when it came there.
func (p *shopifyOrders) states(r *row, o *crm.Order) {
	switch strings.ToLower(r.text(p.financial)) {
	case "paid", "refunded", "partially_refunded":
		o.State = crm.StatePaid
	case "pending", "authorized", "partially_paid":
		o.State = crm.StatePending
	case "voided":
		o.State = crm.StateCanceled
	case "expired":
		o.State = crm.StateExpired
	}
	live := o.State != crm.StateCanceled && o.State != crm.StateExpired
	if live && strings.EqualFold(r.text(p.fulfillment), "fulfilled") {
		o.State = crm.StateFulfilled
	}
	for _, s := range []struct {
		c  col
		to crm.OrderState
	}{{p.paid, crm.StatePaid}, {p.fulfilled, crm.StateFulfilled}, {p.canceled, crm.StateCanceled}} {
		if at := p.time(r, s.c); !at.IsZero() {
			o.States = append(o.States, crm.StateChange{State: s.to, At: at})
			if s.to == crm.StateCanceled {
				o.State = crm.StateCanceled
			}
		}
	}
	slices.SortStableFunc(o.States, func(a, b crm.StateChange) int { return a.At.Compare(b.At) })
}

// shopifyChannel tells the channel from the column Source. A number is the id
// of an app, which says nothing.
func shopifyChannel(source string) crm.Channel {
	switch source = strings.ToLower(source); source {
	case "web", "checkout_one", "buy_button", "online_store":
		return crm.ChannelWeb
	case "pos":
		return crm.ChannelStore
	case "iphone", "android", "shop", "shop_app":
		return crm.ChannelApp
	case "facebook", "instagram", "tiktok", "pinterest":
		return crm.ChannelSocial
	case "amazon", "ebay", "etsy", "google":
		return crm.ChannelMarketplace
	}
	return ""
}

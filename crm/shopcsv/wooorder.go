package shopcsv

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// The names by which the analytics report, WooCommerce's own fields and the
// common plug-ins know a column, parted by bars. Case and punctuation are
// passed over, so that order_id, Order ID and orderId are one.
const (
	wooNumber    = "order_id|order_number|order #|order no|order"
	wooDate      = "order_date|date_created|date_created_gmt|date|paid_date|post_date"
	wooTotal     = "order_total|total|order_total_amount|total_amount|n. revenue|net_revenue|net sales"
	wooLines     = "line_items|product(s)|products|items"
	wooItemTotal = "item_total|line_total|item total|line_item_total|product_total"
	wooEmail     = "billing_email|email|user_email|customer_email|email address"
	wooCustomer  = "customer_id|customer_user|user_id"
	wooLogin     = "username|user_login|customer_username"
	wooSince     = "date_registered|user_registered|sign up|date_created|registered"
)

// wooOrders reads orders of the analytics report and of plug-ins: one row an
// order, its items as text, or one row an item.
type wooOrders struct {
	*sheet
	id, number, date, status, customer, customerName, email, phone col
	money, total, shipping, tax, discount, refunded                col
	coupons, note, lines                                           col
	itemName, itemSKU, itemQuantity, itemPrice, itemTotal          col
	billing, delivery                                              addressCols
}

func openWooOrders(s *sheet) (parser, error) {
	p := &wooOrders{
		sheet: s, id: s.any(wooNumber), number: s.any("order_number|order #|order_number_formatted|order_id"),
		date: s.any(wooDate), status: s.any("status|order_status|post_status"),
		customer: s.any(wooCustomer), customerName: s.any("customer|customer_name|billing_name|billing_full_name"),
		email: s.any(wooEmail), phone: s.any("billing_phone|phone|customer_phone"),
		money: s.any("order_currency|currency"), total: s.any(wooTotal),
		shipping: s.any("order_shipping|shipping_total|shipping_cost|shipping_amount"),
		tax:      s.any("order_tax_total|tax_total|total_tax|order_tax|taxes"),
		discount: s.any("discount_total|order_discount|cart_discount|discount_amount"),
		refunded: s.any("refunded_total|total_refunded|order_refund|refund_total|refunded_amount"),
		coupons:  s.any("coupons|coupon(s)|coupon_codes|coupon_code|coupon_items"),
		note:     s.any("customer_note|order_comments|customer_message"), lines: s.any(wooLines),
		itemName:     s.any("item_name|product_name|line_item_name|order_item_name"),
		itemSKU:      s.any("item_sku|product_sku|line_item_sku|sku"),
		itemQuantity: s.any("item_quantity|quantity|product_quantity|line_item_quantity|qty|product_qty"),
		itemPrice:    s.any("item_price|product_price|line_item_price|unit_price"), itemTotal: s.any(wooItemTotal),
		billing: wooAddress(s, "billing"), delivery: wooAddress(s, "shipping"),
	}
	if p.money == 0 && s.opts.Currency == "" {
		return nil, invalid("Currency", "", "the currency of the orders, which the file does not tell")
	}
	return p, nil
}

func wooAddress(s *sheet, kind string) addressCols {
	c := func(names ...string) col {
		for i, name := range names {
			names[i] = kind + "_" + name
		}
		return s.col(names...)
	}
	return addressCols{
		given: c("first_name"), family: c("last_name"), name: c("full_name", "name"), company: c("company"),
		line1: c("address_1", "address1", "address"), line2: c("address_2", "address2"), city: c("city"), region: c("state"),
		postcode: c("postcode", "zip"), country: c("country"), phone: c("phone"),
	}
}

func (p *wooOrders) grouping() grouping { return grouping{named: p.id} }

func (p *wooOrders) key(r *row) string { return integral(strings.TrimPrefix(r.code(p.id), "#")) }

func (p *wooOrders) amount(r *row, c col, o *crm.Order) crm.Money {
	return p.sheet.money(r, c, o.Currency)
}

func (p *wooOrders) records(rows []*row) []crm.Record {
	r := head(rows, p.date)
	id := p.key(r)
	o := &crm.Order{
		Ref: p.ref(id), Number: cmp.Or(strings.TrimPrefix(r.code(p.number), "#"), id),
		Email: r.text(p.email), Phone: r.code(p.phone), Channel: crm.ChannelWeb,
		Currency: p.currency(r, p.money), OccurredAt: p.time(r, p.date),
		Note: r.text(p.note), Billing: p.billing.read(r), Delivery: p.delivery.read(r),
	}
	o.Coupons = p.codes(r)
	if o.Billing.Name == "" {
		o.Billing.Name = r.text(p.customerName)
	}
	if o.OccurredAt.IsZero() && r.faults == nil {
		r.fail(p.name(p.date), "", "want the time of the order")
	}
	o.Shipping, o.Tax, o.Total = p.amount(r, p.shipping, o), p.amount(r, p.tax, o), p.amount(r, p.total, o)
	refunded := p.amount(r, p.refunded, o)
	switch status := strings.TrimPrefix(strings.ToLower(r.text(p.status)), "wc-"); strings.NewReplacer(" ", "-", "_", "-").Replace(status) {
	case "pending", "pending-payment", "on-hold":
		o.State = crm.StatePending
	case "processing":
		o.State = crm.StatePaid
	case "completed", "complete":
		o.State = crm.StateFulfilled
	case "refunded":
		o.State = crm.StatePaid
		if refunded.Amount == 0 {
			refunded = o.Total
		}
	case "cancelled", "canceled", "trash":
		o.State = crm.StateCanceled
	case "failed":
		o.State = crm.StateExpired
	case "checkout-draft", "draft", "auto-draft":
		o.State = crm.StateDraft
	}
	if p.lines != 0 {
		p.text(r, o)
	} else if p.itemName != 0 || p.itemSKU != 0 {
		for _, in := range rows {
			p.item(in, o)
		}
	}
	p.settle(o, p.amount(r, p.discount, o))
	if faulty(rows) {
		return nil
	}
	var ref crm.Ref
	if customer := integral(r.code(p.customer)); customer != "" && customer != "0" {
		ref = p.ref(customer)
	}
	rec := crm.Record{Order: o, Customer: buyer(o, ref)}
	if rec.Customer != nil {
		rec.Customer.Account = !ref.IsZero()
	}
	if refunded.Sign() != 0 {
		if refunded.Sign() < 0 { // some plug-ins write it so
			refunded = refunded.Neg()
		}
		rec.Refund = &crm.Refund{
			Ref: p.ref(id + "/refund"), Currency: o.Currency, Amount: refunded, OccurredAt: o.OccurredAt,
		}
	}
	return []crm.Record{rec}
}

// settle works out the amounts; of an order whose items have none it leaves
// them alone.
func (p *wooOrders) settle(o *crm.Order, discount crm.Money) {
	for _, item := range o.Items {
		if item.Total.Amount != 0 {
			settleOrder(o, discount, nil)
			return
		}
	}
}

// item adds the item of a row.
func (p *wooOrders) item(r *row, o *crm.Order) {
	item := crm.Item{SKU: r.code(p.itemSKU), Title: r.text(p.itemName), Quantity: p.whole(r, p.itemQuantity, 1)}
	if item.SKU == "" && item.Title == "" && r.text(p.itemTotal) == "" {
		return
	}
	item.Price, item.Total = p.amount(r, p.itemPrice, o), p.amount(r, p.itemTotal, o)
	p.complete(r, &item, o)
	o.Items = append(o.Items, item)
}

// complete works out price from total or total from price.
func (p *wooOrders) complete(r *row, item *crm.Item, o *crm.Order) {
	var err error
	switch {
	case item.Total.IsZero() && !item.Price.IsZero():
		item.Total, err = item.Price.Mul(item.Quantity, 1)
	case item.Price.IsZero() && !item.Total.IsZero() && item.Quantity != 0:
		item.Price, err = item.Total.Mul(1, item.Quantity)
	}
	if err != nil && r.faults == nil {
		r.fail(p.name(p.itemPrice), r.text(p.itemPrice), "want "+errRange.Error())
	}
}

// counted is an item of the analytics report: "2× Cap".
var counted = regexp.MustCompile(`^(\d+)\s*[×x]\s+(.+)$`)

// text adds the items that a cell lists: as JSON; as name:value pairs with
// bars between them and semicolons between the items; or as "2× Cap, 1× Hat".
func (p *wooOrders) text(r *row, o *crm.Order) {
	text := r.text(p.lines)
	fail := func(value string) {
		if len(value) > 200 {
			value = value[:200]
		}
		r.fail(p.name(p.lines), strings.ToValidUTF8(value, ""), "want items as JSON, as name:Cap|sku:C1|quantity:2|total:9.98; or as 2× Cap, 1× Hat")
	}
	switch {
	case text == "":
	case text[0] == '[':
		var list []map[string]any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if d.Decode(&list) != nil {
			fail(text)
			return
		}
		for _, pairs := range list {
			flat := make(map[string]string, len(pairs))
			for name, value := range pairs {
				switch v := value.(type) {
				case string:
					flat[fold(name)] = v
				case json.Number:
					flat[fold(name)] = v.String()
				}
			}
			p.pairs(r, flat, o)
		}
	case strings.Contains(text, "|") && strings.Contains(text, ":"):
		for part := range strings.SplitSeq(text, ";") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			pairs := make(map[string]string)
			for pair := range strings.SplitSeq(part, "|") {
				name, value, _ := strings.Cut(pair, ":")
				pairs[fold(name)] = strings.TrimSpace(value)
			}
			p.pairs(r, pairs, o)
		}
	default:
		first := len(o.Items)
		for part := range strings.SplitSeq(text, ",") {
			m := counted.FindStringSubmatch(strings.TrimSpace(part))
			switch {
			case m != nil:
				n, err := strconv.ParseInt(m[1], 10, 32)
				if err != nil {
					fail(part)
					return
				}
				o.Items = append(o.Items, crm.Item{Title: m[2], Quantity: n})
			case len(o.Items) == first:
				fail(part)
				return
			default: // a comma within a title
				o.Items[len(o.Items)-1].Title += "," + strings.TrimRight(part, " ")
			}
		}
	}
}

// pairs adds the item that named values tell of.
func (p *wooOrders) pairs(r *row, v map[string]string, o *crm.Order) {
	item := crm.Item{SKU: v["sku"], Title: cmp.Or(v["name"], v["title"], v["productname"]), Quantity: 1}
	number := func(names ...string) decimal {
		for _, name := range names {
			if v[name] == "" {
				continue
			}
			d, _, err := parseDecimal(v[name], cmp.Or(p.opts.Decimal, '.')) // programs write points
			if err != nil {
				r.fail(p.name(p.lines), v[name], "want "+err.Error()+" as "+name)
			}
			return d
		}
		return decimal{}
	}
	var err error
	if v["quantity"]+v["qty"] != "" {
		if item.Quantity, err = number("quantity", "qty").whole(); err != nil {
			r.fail(p.name(p.lines), v["quantity"]+v["qty"], "want "+err.Error()+" as quantity")
		}
	}
	price, total, subtotal := number("price", "unitprice"), number("total", "linetotal"), number("subtotal", "linesubtotal")
	if item.Total, err = total.times(1, o.Currency); err == nil {
		item.Price, err = price.times(1, o.Currency)
	}
	if err == nil && subtotal.coef != 0 && item.Quantity != 0 {
		var gross crm.Money
		if gross, err = subtotal.times(1, o.Currency); err == nil {
			if item.Price, err = gross.Mul(1, item.Quantity); err == nil && gross.Amount > item.Total.Amount {
				item.Discount, err = gross.Sub(item.Total)
			}
		}
	}
	if err != nil {
		r.fail(p.name(p.lines), item.Title, "want amounts within range")
	}
	if v["total"]+v["linetotal"] == "" {
		item.Total = crm.Money{}
	}
	if item.Price.Amount == 0 {
		item.Price = crm.Money{}
	}
	p.complete(r, &item, o)
	o.Items = append(o.Items, item)
}

// codes lists the coupon codes; plug-ins write code:SUMMER|amount:5.00 too.
func (p *wooOrders) codes(r *row) []string {
	var out []string
	for _, part := range strings.FieldsFunc(r.text(p.coupons), func(c rune) bool { return c == ',' || c == ';' }) {
		for pair := range strings.SplitSeq(part, "|") {
			name, value, ok := strings.Cut(pair, ":")
			if !ok {
				name, value = "code", pair
			}
			if value = strings.TrimSpace(value); fold(name) == "code" && value != "" {
				out = append(out, value)
			}
		}
	}
	return out
}

package evaltest

import (
	"math"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// Person draws a person: a few have many facts, some none, and none has all
// values.
func (d *Draw) Person(id string) *column.Person {
	p := &column.Person{ID: id, Values: d.Values()}
	if d.one(8) {
		return p
	}
	for range d.many() {
		p.Orders = append(p.Orders, d.Order())
	}
	for range d.many() / 2 {
		p.Refunds = append(p.Refunds, d.Refund())
	}
	for range d.many() {
		p.Interactions = append(p.Interactions, d.Interaction())
	}
	return p
}

// many draws how many facts there are.
func (d *Draw) many() int {
	f := d.Float64()
	return int(f * f * f * 15)
}

// Values draws what a person has beside facts.
func (d *Draw) Values() []column.Value {
	var values []column.Value
	for _, word := range rule.Fields("") {
		names := []string{word.Name}
		if word.Prefix() {
			names = nil
			for _, end := range ends[word.Name] {
				names = append(names, word.Name+end)
			}
		}
		for _, name := range names {
			if !derived[name] && d.one(2) {
				values = append(values, d.value(name, word))
			}
		}
	}
	return values
}

// derived are the fields that persons are not given.
var derived = map[string]bool{
	"number_of_orders": true, "amount_spent": true, "average_order_value": true, "units_bought": true, "amount_refunded": true,
	"number_of_refunds": true, "canceled_orders": true, "first_order_date": true, "last_order_date": true,
	"abandoned_checkout_date": true, "last_seen_date": true, "customer_id": true, "age": true, "segments": true,
	"rfm_group": true, "life_cycle_stage": true, "traits.rfm.recency": true, "traits.rfm.frequency": true, "traits.rfm.monetary": true,
	"traits.rfm.group": true, "traits.life_cycle.stage": true,
}

// value draws a value of a name, which now and then is none.
func (d *Draw) value(name string, word rule.Word) column.Value {
	t, ok := types[name]
	switch {
	case !ok:
		t = word.Type
	case t == 0:
		t = pick(d, []rule.Type{rule.IsText, rule.IsNumber})
	}
	key := name
	if strings.HasPrefix(name, "consents.") {
		key = "consents."
	}
	v := column.Value{Name: name, Type: t}
	none := d.one(15)
	switch {
	case name == "birthday":
		year := 1950 + d.IntN(80)
		if d.one(6) {
			year = 0
		}
		today := dayAt(d.Now.In(d.Location))
		born := day{year, today.month, today.day + d.IntN(5) - 2}
		if d.one(3) {
			born = day{year, time.Month(1 + d.IntN(12)), 1 + d.IntN(29)}
		}
		v.Int = born.utc().UnixMilli()
		if year == 0 && born.utc().Year() != 0 { // the day before New Year
			v.Int = (day{0, 1, 1}).utc().UnixMilli()
		}
	case t == rule.IsBool:
		v.Int = int64(d.IntN(2))
	case t == rule.IsNumber && none:
		v.Number = math.NaN()
	case t == rule.IsNumber:
		v.Number = float64(d.IntN(40)-8) / 8
		if !strings.HasPrefix(name, "properties.") && d.one(3) { // not to be added up in another order
			v.Number = pick(d, []float64{0.1, 0.3, 1e15, 1.0 / 3, -2.5})
		}
	case (t == rule.IsMoney || t == rule.IsDate) && none:
		v.Int = column.Lacking
	case t == rule.IsMoney:
		v.Int = d.amount()
	case t == rule.IsDate:
		v.Int = d.time()
	case t == rule.IsText && !none:
		v.Text = d.text(key, word)
	case t == rule.IsList && !none:
		for range d.IntN(4) {
			v.List = append(v.List, d.text(key, word))
		}
	}
	return v
}

// Order draws an order.
func (d *Draw) Order() column.Order {
	o := column.Order{
		Time: d.time(), Amount: d.amount(), State: pick(d, []string{"placed", "pending", "paid", "fulfilled", "delivered"}), Unpriced: d.one(8),
		Channel: pick(d, append(texts["channel"], "")), Source: pick(d, append(texts["source"], "")), Country: pick(d, append(texts["country"], "")),
		Coupons: some(d, 2, texts["coupons"]), Tags: some(d, 2, texts["customer_tags"]),
	}
	switch d.IntN(7) {
	case 0:
		o.Role, o.State = column.Canceled, pick(d, []string{"canceled", "expired"})
	case 1:
		o.Role = column.Adjustment
		if d.one(2) {
			o.Amount = -o.Amount
		}
	}
	if d.one(2) {
		o.Discount = d.amount() / 10
	}
	for range d.many() / 2 {
		i := column.Item{Product: pick(d, []string{"prd_1", "prd_2", "prd_3", "prd_4", "prd_5", "prd_gone"}), Quantity: int64(1 + d.many()), Amount: d.amount(), Price: d.amount()}
		if d.one(6) {
			i.Product, i.Title = "", pick(d, append(texts["title"], ""))
		}
		if d.one(2) {
			i.SKU = pick(d, texts["sku"])
		}
		if d.one(3) {
			i.Discount = d.amount() / 10
		}
		o.Items = append(o.Items, i)
	}
	return o
}

// Refund draws a refund.
func (d *Draw) Refund() column.Refund {
	return column.Refund{Time: d.time(), Amount: 1 + d.amount()/2}
}

// Interaction draws an interaction.
func (d *Draw) Interaction() column.Interaction {
	i := column.Interaction{
		Time: d.time(), Kind: pick(d, texts["kind"]), Direction: pick(d, []string{"inbound", "inbound", "outbound", ""}),
		Channel: pick(d, append(texts["channel"], "")), Source: pick(d, append(texts["source"], "")),
	}
	switch d.IntN(4) {
	case 0, 1:
		i.Products = []string{pick(d, []string{"prd_1", "prd_2", "prd_3", "prd_4", "prd_5", "prd_gone"})}
	case 2:
		i.Products = some(d, 4, []string{"prd_1", "prd_2", "prd_3", "prd_4", "prd_5", "prd_gone"})
	}
	if d.one(3) {
		i.SKUs = some(d, 3, texts["sku"])
	}
	if d.one(3) {
		i.Value = d.amount()
	}
	if d.one(4) {
		i.Rating = 1 + d.IntN(5)
	}
	for _, end := range ends["properties."] {
		if d.one(4) {
			i.Properties = append(i.Properties, d.value("properties."+end, rule.Word{}))
		}
	}
	return i
}

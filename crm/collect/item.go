package collect

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// maxItems is how many items an event has at most, as in Google Analytics 4.
const maxItems = 200

// items reads the products that an event is about. One that is alone is the
// interaction's own.
func (e *event) items(r *reader, at string, v any, currency crm.Currency) {
	list, ok := v.([]any)
	if v != nil && !ok || len(list) > maxItems {
		r.fault(at, kindOf(v), "a list of at most "+strconv.Itoa(maxItems)+" items")
		return
	}
	for i, v := range list {
		field := at + "[" + strconv.Itoa(i) + "]"
		object, ok := v.(map[string]any)
		if !ok {
			r.fault(field, kindOf(v), "an object")
			continue
		}
		e.what.Items = append(e.what.Items, r.item(field, object, currency))
	}
	if len(e.what.Items) == 1 {
		it := e.what.Items[0]
		e.what.SKU = it.SKU
		if it.SKU != "" && it.Title == "" && bare(it) || e.what.Kind == crm.KindARSession {
			e.what.Items = nil
		}
	}
}

// bare reports whether nothing is known of an item but what it is.
func bare(it crm.InteractionItem) bool {
	return it.Quantity == 0 && it.Price.IsZero() && it.Discount.IsZero() && it.Index == 0 && len(it.Properties) == 0 &&
		it.Coupon+it.List+it.Promotion+it.Location == ""
}

func (r *reader) item(at string, object map[string]any, currency crm.Currency) crm.InteractionItem {
	it := crm.InteractionItem{
		SKU:       r.key(at+".item_id", object["item_id"], 200),
		Title:     r.text(at+".item_name", object["item_name"], 1000),
		Quantity:  r.count(at+".quantity", object["quantity"]),
		Price:     r.money(at+".price", object["price"], currency),
		Discount:  r.money(at+".discount", object["discount"], currency),
		Coupon:    r.text(at+".coupon", object["coupon"], 255),
		List:      r.key(at+".item_list_id", object["item_list_id"], 255),
		Index:     r.count(at+".index", object["index"]),
		Promotion: r.key(at+".promotion_id", object["promotion_id"], 255),
		Location:  r.key(at+".location_id", object["location_id"], 255),
	}
	if it.SKU == "" && it.Title == "" {
		r.fault(at, "neither item_id nor item_name", "at least one of them")
	}
	for _, name := range sorted(object) {
		switch name {
		case "item_id", "item_name", "quantity", "price", "discount", "coupon", "item_list_id", "index", "promotion_id", "location_id":
			continue
		}
		if p, ok := r.property(at+"."+name, name, object[name]); ok {
			if it.Properties == nil {
				it.Properties = map[string]crm.Value{}
			}
			it.Properties[name] = p
		}
	}
	if len(it.Properties) > 27 {
		r.fault(at, strconv.Itoa(len(it.Properties))+" parameters of its own", "at most 27")
	}
	return it
}

// currency reads the code of one, in whatever case.
func (r *reader) currency(field string, v any) crm.Currency {
	s, ok := v.(string)
	c := crm.Currency(strings.ToUpper(s))
	if v == nil || ok && s == "" {
		return ""
	}
	if !c.Valid() {
		r.fault(field, kindOf(v), "three letters of ISO 4217")
		return ""
	}
	return c
}

// maxMoney is what minor units a float64 holds exactly.
const maxMoney = 1 << 53

// money reads an amount that is written as a decimal number of a currency, and
// rounds what pages calculate with floats, such as 59.970000000000006.
func (r *reader) money(field string, v any, c crm.Currency) crm.Money {
	if v == nil {
		return crm.Money{}
	}
	n, ok := v.(json.Number)
	if !ok {
		r.fault(field, kindOf(v), "a number")
		return crm.Money{}
	}
	f, err := n.Float64()
	if err != nil || math.Abs(f)*math.Pow10(c.Exponent()) > maxMoney {
		r.fault(field, "a number out of range", "an amount of money")
		return crm.Money{}
	}
	m, err := crm.ParseMoney(strconv.FormatFloat(f, 'f', c.Exponent(), 64), c)
	if err != nil {
		r.fault(field, kindOf(v), "an amount of money")
	}
	return m
}

package evaltest

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A fact is one of a source, with what it is of.
type fact struct {
	source      string
	time        int64
	order       *column.Order
	item        *column.Item
	refund      *column.Refund
	interaction *column.Interaction
	position    int // of a sale
}

// facts returns the facts of a source that have happened, in the order of time,
// and of one time as the person was given: sales before adjustments, these
// before refunds.
func (w *World) facts(source string, p *column.Person) []fact {
	var facts []fact
	for i := range p.Orders {
		o := &p.Orders[i]
		f := fact{source: source, time: o.Time, order: o}
		switch {
		case source == "orders" && o.Role == column.Sale,
			source == "canceled_orders" && o.Role == column.Canceled,
			source == "spend" && o.Role != column.Canceled:
			facts = append(facts, f)
		case source == "items" && o.Role == column.Sale:
			for j := range o.Items {
				f.item = &o.Items[j]
				facts = append(facts, f)
			}
		}
	}
	for i := range p.Refunds {
		if source == "refunds" || source == "spend" {
			facts = append(facts, fact{source: source, time: p.Refunds[i].Time, refund: &p.Refunds[i]})
		}
	}
	for i := range p.Interactions {
		if source == "interactions" {
			facts = append(facts, fact{source: source, time: p.Interactions[i].Time, interaction: &p.Interactions[i]})
		}
	}
	now := w.At.UnixMilli()
	facts = slices.DeleteFunc(facts, func(f fact) bool { return f.time > now || f.time == column.Lacking })
	slices.SortStableFunc(facts, func(a, b fact) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.rank(), b.rank()))
	})
	for i := range facts {
		facts[i].position = i + 1
	}
	return facts
}

// rank orders the facts of spend of one time.
func (f fact) rank() int {
	switch {
	case f.refund != nil:
		return 2
	case f.order != nil && f.order.Role == column.Adjustment:
		return 1
	}
	return 0
}

// selected returns the facts of a source that its filter is true of.
func (w *World) selected(s *rule.Source, p *column.Person) []fact {
	return slices.DeleteFunc(w.facts(s.Name, p), func(f fact) bool { return !w.of(s.Where, f) })
}

// field returns a field of a fact.
func (w *World) field(f fact, name string) Value {
	switch name {
	case "date":
		return date(f.time)
	case "day", "week", "month":
		return text(w.period(f.time, name))
	}
	switch {
	case f.interaction != nil:
		return w.ofInteraction(f.interaction, name)
	case f.refund != nil && f.source == "spend":
		return money(-f.refund.Amount)
	case f.refund != nil:
		return money(f.refund.Amount)
	case f.item != nil:
		return w.ofItem(f.order, f.item, name)
	case name == "position":
		return exact(int64(f.position))
	}
	return w.ofOrder(f.order, name)
}

func (w *World) ofOrder(o *column.Order, name string) Value {
	switch name {
	case "amount", "discount":
		if o.Unpriced {
			return Value{}
		}
		return money(map[string]int64{"amount": o.Amount, "discount": o.Discount}[name])
	case "units":
		units := new(big.Int)
		for _, i := range o.Items {
			units.Add(units, big.NewInt(i.Quantity))
		}
		return Value{Type: rule.IsNumber, Exact: new(big.Rat).SetInt(units)}
	case "channel":
		return text(o.Channel)
	case "state":
		return text(o.State)
	case "source":
		return text(o.Source)
	case "country":
		return text(o.Country)
	case "coupons":
		return list(o.Coupons)
	case "tags":
		return list(o.Tags)
	}
	return Value{}
}

func (w *World) ofItem(o *column.Order, i *column.Item, name string) Value {
	switch name {
	case "amount", "price", "discount":
		if o.Unpriced {
			return Value{}
		}
		return money(map[string]int64{"amount": i.Amount, "price": i.Price, "discount": i.Discount}[name])
	case "quantity":
		return exact(i.Quantity)
	case "sku":
		return text(i.SKU)
	case "title":
		if i.Product == "" {
			return text(i.Title)
		}
	case "product", "brand", "categories", "product_tags":
	default:
		return w.ofOrder(o, name)
	}
	return w.ofProducts([]string{i.Product}, name)
}

func (w *World) ofInteraction(i *column.Interaction, name string) Value {
	switch name {
	case "kind":
		return text(i.Kind)
	case "channel":
		return text(i.Channel)
	case "direction":
		return text(i.Direction)
	case "source":
		return text(i.Source)
	case "sku":
		return text(i.SKUs...)
	case "value":
		if i.Value != 0 {
			return money(i.Value)
		}
		return Value{}
	case "rating":
		if i.Rating != 0 {
			return exact(int64(i.Rating))
		}
		return Value{}
	}
	if strings.HasPrefix(name, "properties.") {
		return given(i.Properties, name)
	}
	return w.ofProducts(i.Products, name)
}

// ofProducts returns a field of the products that a fact is about.
func (w *World) ofProducts(ids []string, name string) Value {
	var titles, brands, categories, tags []string
	var names [][]string
	for _, id := range ids {
		if id == "" {
			continue
		}
		own := []string{id}
		for _, p := range w.Products {
			if p.ID != id {
				continue
			}
			own = append(own, p.Keys...)
			titles, brands, tags = append(titles, p.Title), append(brands, p.Brand), append(tags, p.Tags...)
			for _, c := range p.Categories {
				categories = append(categories, path(c))
			}
		}
		names = append(names, own)
	}
	switch name {
	case "product":
		if names != nil {
			return Value{Type: rule.IsText, Texts: names}
		}
	case "title":
		return text(titles...)
	case "brand":
		return text(brands...)
	case "categories":
		return list(categories)
	case "product_tags":
		return list(tags)
	}
	return Value{}
}

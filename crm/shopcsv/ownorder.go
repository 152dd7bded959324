package shopcsv

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// orderColumns are those of an order of our own, but its items. The currency
// stands before the amounts, which are read by it.
func orderColumns() columns[crm.Order] {
	type o = crm.Order
	money := func(name string, at func(*o) *crm.Money) column[o] {
		return amount(name, func(v *o) crm.Currency { return v.Currency }, at)
	}
	cs := columns[o]{
		text("id", func(v *o) *crm.OrderID { return &v.ID }),
		{"ref", func(v *o) string { return v.Ref.String() }, func(v *o, s string) (err error) {
			if v.Ref, err = crm.ParseRef(s); err != nil {
				return errRef
			}
			return nil
		}},
		text("number", func(v *o) *string { return &v.Number }),
		text("kind", func(v *o) *crm.OrderKind { return &v.Kind }),
		text("customer_id", func(v *o) *crm.CustomerID { return &v.CustomerID }),
		text("email", func(v *o) *string { return &v.Email }),
		text("phone", func(v *o) *string { return &v.Phone }),
		text("channel", func(v *o) *crm.Channel { return &v.Channel }),
		moment("occurred_at", func(v *o) *time.Time { return &v.OccurredAt }),
		text("state", func(v *o) *crm.OrderState { return &v.State }),
		{"states", func(v *o) string {
			states := make([]string, len(v.States))
			for i, s := range v.States {
				states[i] = string(s.State) + "@" + formatTime(s.At)
			}
			return strings.Join(states, " ")
		}, func(v *o, s string) error {
			for part := range strings.SplitSeq(s, " ") {
				state, at, ok := strings.Cut(part, "@")
				var t time.Time
				var err error
				if at != "" {
					t, err = exactTime(at)
				}
				if !ok || err != nil {
					return errors.New("states such as paid@2012-01-31T11:13:25Z, with spaces between them")
				}
				v.States = append(v.States, crm.StateChange{State: crm.OrderState(state), At: t})
			}
			return nil
		}},
		text("currency", func(v *o) *crm.Currency { return &v.Currency }),
		{"rate", func(v *o) string {
			if v.Rate.IsZero() {
				return ""
			}
			return fmt.Sprintf("%d/%d", v.Rate.Num, v.Rate.Den)
		}, func(v *o, s string) error {
			num, den, _ := strings.Cut(s, "/")
			var err1, err2 error
			v.Rate.Num, err1 = strconv.ParseInt(num, 10, 64)
			v.Rate.Den, err2 = strconv.ParseInt(den, 10, 64)
			if err1 != nil || err2 != nil {
				return errors.New("a ratio such as 117/100")
			}
			return nil
		}},
		money("total", func(v *o) *crm.Money { return &v.Total }),
		money("discount", func(v *o) *crm.Money { return &v.Discount }),
		money("shipping", func(v *o) *crm.Money { return &v.Shipping }),
		money("tax", func(v *o) *crm.Money { return &v.Tax }),
		flag("tax_included", func(v *o) *bool { return &v.TaxIncluded }),
		money("adjustment", func(v *o) *crm.Money { return &v.Adjustment }),
		money("base_total", func(v *o) *crm.Money { return &v.BaseTotal }),
		words("coupons", func(v *o) *[]string { return &v.Coupons }),
	}
	cs = append(cs, postal("billing_", func(v *o) *crm.Address { return &v.Billing })...)
	cs = append(cs, postal("delivery_", func(v *o) *crm.Address { return &v.Delivery })...)
	return append(cs,
		object("shipments", func(v *o) *[]crm.Shipment { return &v.Shipments }),
		words("tags", func(v *o) *[]string { return &v.Tags }),
		text("note", func(v *o) *string { return &v.Note }),
		moment("version", func(v *o) *time.Time { return &v.Version }),
	)
}

// A line is an item with the currency of its order.
type line struct {
	*crm.Item
	currency crm.Currency
}

// itemColumns are those of an item. The quantity is never blank.
func itemColumns() columns[line] {
	money := func(name string, at func(*line) *crm.Money) column[line] {
		return amount(name, func(v *line) crm.Currency { return v.currency }, at)
	}
	return columns[line]{
		{"item_quantity", func(v *line) string { return strconv.FormatInt(v.Quantity, 10) }, func(v *line, s string) (err error) {
			if v.Quantity, err = strconv.ParseInt(s, 10, 64); err != nil {
				return errWhole
			}
			return nil
		}},
		text("item_kind", func(v *line) *crm.ItemKind { return &v.Kind }),
		text("item_product_id", func(v *line) *crm.ProductID { return &v.ProductID }),
		text("item_sku", func(v *line) *string { return &v.SKU }),
		text("item_title", func(v *line) *string { return &v.Title }),
		money("item_price", func(v *line) *crm.Money { return &v.Price }),
		money("item_discount", func(v *line) *crm.Money { return &v.Discount }),
		money("item_tax", func(v *line) *crm.Money { return &v.Tax }),
		money("item_total", func(v *line) *crm.Money { return &v.Total }),
		money("item_unit_cost", func(v *line) *crm.Money { return &v.UnitCost }),
	}
}

// ownOrders reads what WriteOrders wrote.
type ownOrders struct {
	*sheet
	columns        columns[crm.Order]
	items          columns[line]
	at, itemAt     []col
	occurred, kind col
}

func openOwnOrders(s *sheet) (parser, error) {
	p := &ownOrders{sheet: s, columns: orderColumns(), items: itemColumns()}
	p.at, p.itemAt = p.columns.find(s.header), p.items.find(s.header)
	p.occurred, p.kind = s.col("occurred_at"), s.col("item_kind")
	return p, nil
}

func (p *ownOrders) grouping() grouping { return grouping{named: p.at[0]} }

func (p *ownOrders) key(r *row) string {
	if id := r.exact(p.at[0]); id != "" {
		return id
	}
	return r.exact(p.at[1])
}

func (p *ownOrders) records(rows []*row) []crm.Record {
	o := new(crm.Order)
	p.columns.read(p.sheet, head(rows, p.occurred), p.at, o)
	for _, r := range rows {
		if r.exact(p.itemAt[0]) == "" {
			continue
		}
		o.Items = append(o.Items, crm.Item{})
		item := &o.Items[len(o.Items)-1]
		p.items.read(p.sheet, r, p.itemAt, &line{item, o.Currency})
		r.fee = item.Kind != crm.ItemProduct
	}
	if faulty(rows) {
		return nil
	}
	return []crm.Record{{Order: o}}
}

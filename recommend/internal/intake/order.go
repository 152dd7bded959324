package intake

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// A calendar tells the days of a shop.
type calendar struct{ location *time.Location }

func (c calendar) day(t time.Time) int32 { return ledger.Day(t.In(c.location)) }

// span returns between which times a day is. Where the clock is put forward or back
// near midnight there is also something of its neighbors.
func (c calendar) span(day int32) (from, to time.Time) {
	start := time.Unix(int64(day)*86400, 0).UTC()
	least, most := math.MaxInt, math.MinInt
	for n := -1; n <= 2; n++ {
		_, offset := start.Add(time.Duration(n) * 24 * time.Hour).In(c.location).Zone()
		least, most = min(least, offset), max(most, offset)
	}
	return start.Add(-time.Duration(most) * time.Second), start.Add(24*time.Hour - time.Duration(least)*time.Second)
}

// orderKey and refundKey return the ids of baskets. A shop that gives ids of its own
// may give one to an order and to a refund, and ids have no spaces.
func orderKey(id crm.OrderID) string {
	if strings.HasPrefix(string(id), "rfd_") || strings.HasPrefix(string(id), "int_") {
		return "order " + string(id)
	}
	return string(id)
}

func refundKey(id crm.RefundID) string {
	if !strings.HasPrefix(string(id), "rfd_") {
		return "refund " + string(id)
	}
	return string(id)
}

// skuPrefix begins the keys of products that are known by their SKU alone; ids
// have no space.
const skuPrefix = "sku "

// Key returns the key in a ledger of the product of a line: its id, or when the
// catalog did not have it its SKU behind "sku ", which counts as the product once
// the catalog has it. "" says that there is none.
func Key(id crm.ProductID, sku string) string {
	if id == "" && sku != "" {
		return skuPrefix + sku
	}
	return string(id)
}

// Product returns the number of the product that has a key, by what the catalog
// has now.
func Product(g *goods.Goods, key string) (int32, bool) {
	if sku, ok := strings.CutPrefix(key, skuPrefix); ok {
		return g.SKU(sku)
	}
	return g.Number(crm.ProductID(key))
}

// sold reports whether an order is a sale that counts.
func sold(o *crm.Order) bool {
	return o.Kind == crm.KindSale && o.State != crm.StateDraft && o.State != crm.StateCanceled && o.State != crm.StateExpired
}

// gift reports whether an order was made for somebody else.
func gift(o *crm.Order) bool {
	return slices.ContainsFunc(o.Tags, func(tag string) bool { return strings.EqualFold(tag, "gift") })
}

// basketOf returns the basket of an order, which is nobody's yet; false when it
// is none.
func (c calendar) basketOf(o *crm.Order) (ledger.Basket, bool) {
	if !sold(o) {
		return ledger.Basket{}, false
	}
	b := ledger.Basket{ID: orderKey(o.ID), Time: o.OccurredAt.Unix(), Day: c.day(o.OccurredAt)}
	for i := range o.Items {
		it := &o.Items[i]
		if it.Kind != crm.ItemProduct || it.ProductID == "" && ledger.Service(it.SKU, it.Title) {
			continue
		}
		b.Lines = line(b.Lines, Key(it.ProductID, it.SKU), it.Quantity)
	}
	return b, len(b.Lines) > 0
}

func line(lines []ledger.Line, key string, quantity int64) []ledger.Line {
	if key == "" || quantity == 0 {
		return lines
	}
	return append(lines, ledger.Line{Product: key, Quantity: int32(max(-math.MaxInt32, min(quantity, math.MaxInt32)))})
}

// keyIn returns the key of what came back, as the order that it is of has it:
// the catalog may have come to know the product since.
func keyIn(o *crm.Order, l *crm.RefundLine) string {
	if o != nil && l.SKU != "" {
		for i := range o.Items {
			if it := &o.Items[i]; it.Kind == crm.ItemProduct && it.SKU == l.SKU {
				return Key(it.ProductID, it.SKU)
			}
		}
	}
	return Key(l.ProductID, l.SKU)
}

// returnOf returns the basket of a refund, which is nobody's yet; false when
// nothing came back.
func (c calendar) returnOf(ctx context.Context, tx *crm.Tx, r *crm.Refund) (ledger.Basket, bool, error) {
	b := ledger.Basket{ID: refundKey(r.ID), Time: r.OccurredAt.Unix(), Day: c.day(r.OccurredAt)}
	orders := map[crm.OrderID]*crm.Order{}
	order := func(id crm.OrderID) (*crm.Order, error) {
		if o, ok := orders[id]; ok || id == "" {
			return o, nil
		}
		o, err := tx.Orders.Get(ctx, id)
		if errors.Is(err, crm.ErrNotFound) {
			o, err = nil, nil
		}
		orders[id] = o
		return o, err
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		if l.Kind != crm.ItemProduct || l.Quantity <= 0 {
			continue
		}
		id := l.OrderID
		if id == "" {
			id = r.OrderID
		}
		o, err := order(id)
		if err != nil {
			return b, false, err
		}
		if o == nil || sold(o) && !gift(o) {
			b.Lines = line(b.Lines, keyIn(o, l), -l.Quantity)
		}
	}
	if len(r.Lines) == 0 {
		o, err := order(r.OrderID)
		if err != nil {
			return b, false, err
		}
		if o != nil && !gift(o) && o.Currency == r.Currency && o.Total.Amount > 0 && r.Amount.Amount >= o.Total.Amount {
			whole, _ := c.basketOf(o)
			for _, l := range whole.Lines {
				b.Lines = line(b.Lines, l.Product, -max(0, int64(l.Quantity)))
			}
		}
	}
	return b, len(b.Lines) > 0, nil
}

package crm

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// completeOrder brings o into the form that is stored, with what can be worked
// out, or lists what is wrong. Old is the order as it is recorded, if it is.
func (tx *Tx) completeOrder(o, old *Order) error {
	b := tx.book
	if o.Currency == "" {
		o.Currency = cmp.Or(o.Total.Currency, b.currency)
	}
	if err := o.check(); err != nil {
		return err
	}
	o.OccurredAt, o.Version = utc(o.OccurredAt), utc(o.Version)
	o.Tags = sorted(o.Tags)
	tx.history(o, old)
	for i := range o.Shipments {
		s := &o.Shipments[i]
		s.ShippedAt, s.PromisedAt, s.DeliveredAt = utc(s.ShippedAt), utc(s.PromisedAt), utc(s.DeliveredAt)
	}
	if err := tx.keepErased(o, old); err != nil {
		return err
	}
	if old == nil || old.CustomerID != o.CustomerID {
		if err := tx.known(o.CustomerID); err != nil {
			return err
		}
	}
	if err := tx.completeItems(o, old); err != nil {
		return err
	}
	return tx.completeTotals(o)
}

// history notes when o came into its state.
func (tx *Tx) history(o, old *Order) {
	for i := range o.States {
		o.States[i].At = utc(o.States[i].At)
	}
	if old != nil {
		for _, s := range old.States {
			if !slices.ContainsFunc(o.States, func(t StateChange) bool { return t.State == s.State }) {
				o.States = append(o.States, s)
			}
		}
	}
	in := slices.ContainsFunc(o.States, func(t StateChange) bool { return t.State == o.State })
	if o.State != StatePlaced && !in {
		at := cmp.Or(o.Version, o.OccurredAt)
		if old != nil {
			at = cmp.Or(o.Version, tx.now)
		}
		o.States = append(o.States, StateChange{o.State, at})
	}
	slices.SortStableFunc(o.States, func(s, t StateChange) int { return s.At.Compare(t.At) })
}

// completeItems finds the products of the items. An item that was recorded
// before keeps the product and the cost that it was recorded with.
func (tx *Tx) completeItems(o, old *Order) error {
	skus, open := make([]string, 0, len(o.Items)), make([]*Item, 0, len(o.Items))
	for i := range o.Items {
		it := &o.Items[i]
		if it.Kind != ItemProduct || it.SKU == "" {
			continue
		}
		if was := old.item(i, it.SKU); was != nil {
			it.ProductID = cmp.Or(it.ProductID, was.ProductID)
			it.UnitCost = cmp.Or(it.UnitCost, was.UnitCost)
		} else if it.ProductID == "" || it.UnitCost.IsZero() {
			skus, open = append(skus, it.SKU), append(open, it)
		}
	}
	catalog, err := tx.lookup(skus)
	if err != nil {
		return err
	}
	for _, it := range open {
		l := catalog.listings[it.SKU]
		it.ProductID = cmp.Or(it.ProductID, l.ProductID)
		it.UnitCost = cmp.Or(it.UnitCost, l.UnitCost)
	}
	return nil
}

// item returns the item of a SKU: the one at i, else the first; nil when there
// is none.
func (o *Order) item(i int, sku string) *Item {
	if o == nil {
		return nil
	}
	is := func(it Item) bool { return it.Kind == ItemProduct && it.SKU == sku }
	if i >= len(o.Items) || !is(o.Items[i]) {
		i = slices.IndexFunc(o.Items, is)
	}
	if i < 0 {
		return nil
	}
	return &o.Items[i]
}

// completeTotals works out the amounts that o leaves out, the adjustment and
// the total in the book's currency.
func (tx *Tx) completeTotals(o *Order) error {
	sum := Money{0, o.Currency}
	var err error
	for i := range o.Items {
		it := &o.Items[i]
		if it.Total.IsZero() {
			if it.Total, err = it.Price.Mul(it.Quantity, 1); err == nil {
				it.Total, err = Sum(Money{0, o.Currency}, it.Total, it.Discount.Neg())
			}
			if err != nil {
				return fmt.Errorf("items[%d].total: %w", i, err)
			}
		}
		if sum, err = sum.Add(it.Total); err != nil {
			return fmt.Errorf("items[%d].total: %w", i, err)
		}
	}
	tax := o.Tax
	if o.TaxIncluded {
		tax = Money{}
	}
	if sum, err = Sum(sum, o.Shipping, tax, o.Discount.Neg()); err != nil {
		return fmt.Errorf("total: %w", err)
	}
	o.Adjustment = Money{}
	switch {
	case o.Total.IsZero():
		o.Total = sum
	case o.Total != sum:
		if o.Adjustment, err = o.Total.Sub(sum); err != nil {
			return fmt.Errorf("total: %w", err)
		}
		tx.warn(fmt.Sprintf("total %v is not the sum of its parts %v: the difference is kept as adjustment", o.Total, sum))
	}
	o.Rate, o.BaseTotal, err = tx.convert(o.Total, o.Rate, o.OccurredAt)
	return err
}

// check lists what is wrong with an order.
func (o *Order) check() error {
	var f faults
	if o.ID != "" {
		f.id("id", string(o.ID))
	}
	if !o.Ref.IsZero() {
		f.ref("ref", o.Ref)
	}
	if o.CustomerID != "" {
		f.id("customer_id", string(o.CustomerID))
	}
	oneOf(&f, "kind", o.Kind, KindSale, KindAdjustment, KindWriteOff)
	oneOf(&f, "state", o.State, StatePlaced, StateDraft, StatePending, StatePaid, StateFulfilled, StateDelivered, StateCanceled, StateExpired)
	if o.OccurredAt.IsZero() {
		f.add("occurred_at", "", "the time the order was placed")
	}
	f.time("occurred_at", o.OccurredAt)
	f.time("version", o.Version)
	if !o.Currency.Valid() {
		f.add("currency", string(o.Currency), "three capital letters of ISO 4217")
	}
	f.rate("rate", o.Rate)
	f.text("number", o.Number, 200)
	f.email("email", o.Email)
	f.text("phone", o.Phone, 64)
	f.text("channel", string(o.Channel), 64)
	f.text("note", o.Note, 64<<10)
	f.tags("tags", o.Tags)
	f.tags("coupons", o.Coupons)
	for _, m := range []struct {
		name string
		Money
	}{{"discount", o.Discount}, {"shipping", o.Shipping}, {"tax", o.Tax}, {"total", o.Total}} {
		f.money(m.name, m.Money, o.Currency)
	}
	if len(o.Items) > 5000 {
		f.add("items", strconv.Itoa(len(o.Items)), "at most 5000")
	}
	for i := range o.Items {
		f.in("items", i)
		f.item(&o.Items[i], o.Currency)
	}
	for i, s := range o.States {
		if s.State == StatePlaced || s.At.IsZero() {
			f.in("states", i)
			f.add("", string(s.State), "a state and its time")
		}
	}
	for i, s := range o.Shipments {
		f.in("shipments", i)
		f.text("ref", s.Ref, 200)
		f.text("carrier", s.Carrier, 200)
		f.text("tracking", s.Tracking, 200)
	}
	f.in("billing", -1)
	f.address(&o.Billing)
	f.in("delivery", -1)
	f.address(&o.Delivery)
	return f.err()
}

func (f *faults) item(it *Item, c Currency) {
	oneOf(f, "kind", it.Kind, ItemProduct, ItemFee, ItemDiscount, ItemGiftCard)
	f.text("sku", it.SKU, 200)
	f.text("title", it.Title, 1000)
	f.money("price", it.Price, c)
	f.money("discount", it.Discount, c)
	f.money("tax", it.Tax, c)
	f.money("total", it.Total, c)
	if !it.UnitCost.IsZero() && !it.UnitCost.Currency.Valid() {
		f.add("unit_cost.currency", string(it.UnitCost.Currency), "three capital letters of ISO 4217")
	}
}

func (f *faults) rate(field string, r Rate) {
	if !r.IsZero() && (r.Num <= 0 || r.Den <= 0) {
		f.add(field, fmt.Sprintf("%d/%d", r.Num, r.Den), "a ratio above 0")
	}
}

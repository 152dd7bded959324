package crm_test

import (
	"cmp"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// spends reports whether the money of an order counts, counts whether it is an
// order of its customer: the table in the package documentation.
func spends(o *crm.Order) bool {
	return o != nil && o.Kind != crm.KindWriteOff &&
		o.State != crm.StateDraft && o.State != crm.StateCanceled && o.State != crm.StateExpired
}

func counts(o *crm.Order) bool { return o.Kind == crm.KindSale && spends(o) }

// naive works out a customer's aggregates from all orders and refunds.
func naive(base crm.Currency, id crm.CustomerID, orders []*crm.Order, refunds []*crm.Refund) *crm.Aggregates {
	a := &crm.Aggregates{}
	sums := map[crm.Currency]*crm.Totals{base: {}}
	totals := func(c crm.Currency) *crm.Totals {
		if sums[c] == nil {
			sums[c] = &crm.Totals{}
		}
		return sums[c]
	}
	own := map[crm.Currency]*crm.Totals{}
	byID := map[crm.OrderID]*crm.Order{}
	for _, o := range orders {
		byID[o.ID] = o
		if o.CustomerID != id {
			continue
		}
		if counts(o) {
			a.Orders++
			for _, it := range o.Items {
				if it.Kind == crm.ItemProduct {
					a.Units += it.Quantity
				}
			}
			if a.FirstOrderAt.IsZero() || o.OccurredAt.Before(a.FirstOrderAt) {
				a.FirstOrderAt = o.OccurredAt
			}
			if o.OccurredAt.After(a.LastOrderAt) {
				a.LastOrderAt = o.OccurredAt
			}
		} else if o.Kind == crm.KindSale && (o.State == crm.StateCanceled || o.State == crm.StateExpired) {
			a.Canceled++
		}
		if !spends(o) {
			continue
		}
		if own[o.Currency] == nil {
			own[o.Currency] = &crm.Totals{}
		}
		margin := naiveMargin(base, o)
		own[o.Currency].Spent.Amount += o.Total.Amount
		own[o.Currency].Margin.Amount += margin
		switch {
		case o.Currency == base:
			totals(base).Spent.Amount += o.Total.Amount
			totals(base).Margin.Amount += margin
		case o.Rate.IsZero():
			a.Unconverted++
		default:
			totals(base).Spent.Amount += converted(o.Total.Amount, o.Currency, o.Rate, base)
			totals(base).Margin.Amount += converted(margin, o.Currency, o.Rate, base)
		}
	}
	for _, r := range refunds {
		if r.CustomerID != id {
			continue
		}
		var counted int64
		some, rest := false, r.Amount.Amount
		for _, l := range r.Lines {
			rest -= l.Amount.Amount
			if of := cmp.Or(l.OrderID, r.OrderID); of == "" || spends(byID[of]) {
				some, counted = true, counted+l.Amount.Amount
			}
		}
		if (rest != 0 || len(r.Lines) == 0) && (r.OrderID == "" || spends(byID[r.OrderID])) {
			some, counted = true, counted+rest
		}
		if !some {
			continue
		}
		a.Refunds++
		if own[r.Currency] == nil {
			own[r.Currency] = &crm.Totals{}
		}
		own[r.Currency].Refunded.Amount += counted
		switch {
		case r.Currency == base:
			totals(base).Refunded.Amount += counted
		case r.Rate.IsZero():
			a.Unconverted++
		default:
			totals(base).Refunded.Amount += converted(counted, r.Currency, r.Rate, base)
		}
	}
	a.Base = inCurrency(sums[base], base)
	for c, t := range own {
		if *t != (crm.Totals{}) {
			a.ByCurrency = append(a.ByCurrency, inCurrency(t, c))
		}
	}
	slices.SortFunc(a.ByCurrency, func(t, u crm.Totals) int {
		return strings.Compare(string(t.Spent.Currency), string(u.Spent.Currency))
	})
	return a
}

func inCurrency(t *crm.Totals, c crm.Currency) crm.Totals {
	t.Spent.Currency, t.Refunded.Currency, t.Margin.Currency = c, c, c
	return *t
}

// naiveMargin is what the goods of an order bring above their cost.
func naiveMargin(base crm.Currency, o *crm.Order) int64 {
	var margin, known, all, itemTax int64
	some := false
	for _, it := range o.Items {
		itemTax += it.Tax.Amount
		if it.Kind != crm.ItemProduct {
			continue
		}
		all += it.Total.Amount
		cost := it.UnitCost.Amount
		switch {
		case it.UnitCost.IsZero():
			continue
		case it.UnitCost.Currency == o.Currency:
		case it.UnitCost.Currency == base && !o.Rate.IsZero():
			cost = converted(cost, base, crm.Rate{Num: o.Rate.Den, Den: o.Rate.Num}, o.Currency)
		default:
			continue
		}
		some, known = true, known+it.Total.Amount
		margin += it.Total.Amount - cost*it.Quantity
		if o.TaxIncluded {
			margin -= it.Tax.Amount
		}
	}
	if !some {
		return 0
	}
	if bearing := all + o.Shipping.Amount; o.TaxIncluded && itemTax == 0 && bearing != 0 {
		margin -= nearest(big.NewRat(o.Tax.Amount, 1), big.NewRat(known, bearing))
	}
	return margin - o.Discount.Amount
}

// converted is what an amount in minor units of one currency is in another's.
func converted(amount int64, from crm.Currency, rate crm.Rate, to crm.Currency) int64 {
	scale := big.NewRat(1, 1)
	for range from.Exponent() {
		scale.Mul(scale, big.NewRat(1, 10))
	}
	for range to.Exponent() {
		scale.Mul(scale, big.NewRat(10, 1))
	}
	return nearest(big.NewRat(amount, 1), scale, big.NewRat(rate.Num, rate.Den))
}

// nearest is the product of its factors, rounded with halves away from zero.
func nearest(factors ...*big.Rat) int64 {
	product := big.NewRat(1, 1)
	for _, f := range factors {
		product.Mul(product, f)
	}
	return rounded(product).Int64()
}

func rounded(r *big.Rat) *big.Int {
	two := big.NewInt(2)
	n := new(big.Int).Mul(new(big.Int).Abs(r.Num()), two)
	n.Add(n, r.Denom()).Quo(n, new(big.Int).Mul(r.Denom(), two))
	if r.Sign() < 0 {
		n.Neg(n)
	}
	return n
}

// agrees reports where what a book answers differs from what its full lists
// say: aggregates, and every list by customer, order, time and ref.
func agrees(t *rapid.T, book *crm.Book) {
	ctx := t.Context()
	c := read(t, book)
	for _, v := range c.Customers {
		want := naive(book.Currency(), v.ID, c.Orders, c.Refunds)
		if got := c.Aggregates[v.ID]; !reflect.DeepEqual(want, got) {
			t.Fatalf("aggregates of %s (-want +got):\n%s", v.ID, gocmp.Diff(want, got))
		}
	}
	from, to := day(rapid.IntRange(0, 8).Draw(t, "from")), day(rapid.IntRange(2, 10).Draw(t, "to"))
	newest := rapid.Bool().Draw(t, "newest")
	for _, v := range append(c.Customers, &crm.Customer{}) {
		var want []*crm.Order
		for _, o := range c.Orders {
			if (v.ID == "" || o.CustomerID == v.ID) && !o.OccurredAt.Before(from) && o.OccurredAt.Before(to) {
				want = append(want, o)
			}
		}
		sortBy(want, newest, func(o *crm.Order) (time.Time, string) { return o.OccurredAt, string(o.ID) })
		got := all(t, book.Orders.List(ctx, crm.OrderQuery{CustomerID: v.ID, From: from, To: to, Newest: newest}))
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("orders of %q (-want +got):\n%s", v.ID, gocmp.Diff(want, got))
		}
		var given []*crm.Refund
		for _, r := range c.Refunds {
			if (v.ID == "" || r.CustomerID == v.ID) && !r.OccurredAt.Before(from) && r.OccurredAt.Before(to) {
				given = append(given, r)
			}
		}
		sortBy(given, newest, func(r *crm.Refund) (time.Time, string) { return r.OccurredAt, string(r.ID) })
		refunds := all(t, book.Refunds.List(ctx, crm.RefundQuery{CustomerID: v.ID, From: from, To: to, Newest: newest}))
		if !reflect.DeepEqual(given, refunds) {
			t.Fatalf("refunds of %q (-want +got):\n%s", v.ID, gocmp.Diff(given, refunds))
		}
	}
	for _, o := range c.Orders {
		byRef, err := book.Orders.ByRef(ctx, o.Ref)
		if err != nil || !reflect.DeepEqual(o, byRef) {
			t.Fatalf("order by ref %s: %v (-want +got):\n%s", o.Ref, err, gocmp.Diff(o, byRef))
		}
		var want []*crm.Refund
		for _, r := range c.Refunds {
			if r.OrderID == o.ID || slices.ContainsFunc(r.Lines, func(l crm.RefundLine) bool { return l.OrderID == o.ID }) {
				want = append(want, r)
			}
		}
		sortBy(want, false, func(r *crm.Refund) (time.Time, string) { return time.Time{}, string(r.ID) })
		got := all(t, book.Refunds.List(ctx, crm.RefundQuery{OrderID: o.ID}))
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("refunds of order %s (-want +got):\n%s", o.ID, gocmp.Diff(want, got))
		}
	}
	for _, sku := range skus {
		sold := slices.ContainsFunc(c.Products, func(p *crm.Product) bool { return p.Variant(sku) != nil })
		p, err := book.Products.BySKU(ctx, sku)
		if sold != (err == nil) || sold && p.Variant(sku) == nil {
			t.Fatalf("BySKU(%s) = %v, %v, and some product has it: %t", sku, p, err, sold)
		}
	}
}

// sortBy sorts as an index does: by time, then by id.
func sortBy[T any](list []*T, newest bool, key func(*T) (time.Time, string)) {
	slices.SortFunc(list, func(a, b *T) int {
		at, id := key(a)
		bt, jd := key(b)
		return cmp.Or(at.Compare(bt), strings.Compare(id, jd))
	})
	if newest {
		slices.Reverse(list)
	}
}

var (
	skus       = []string{"cup", "mug", "pot"}
	currencies = []crm.Currency{"GBP", "GBP", "EUR", "JPY", "KWD", "XTS"}
	states     = []crm.OrderState{
		crm.StatePlaced, crm.StatePlaced, crm.StateDraft, crm.StatePending, crm.StatePaid, crm.StateFulfilled,
		crm.StateDelivered, crm.StateCanceled, crm.StateExpired,
	}
	buyers = []crm.CustomerID{"", "ada", "ben", "cleo"}
)

// rates knows euros, yen and dinars, and not XTS.
func rates(from crm.Currency, _ time.Time) crm.Rate {
	return map[crm.Currency]crm.Rate{"EUR": {Num: 17, Den: 20}, "JPY": {Num: 53, Den: 10000}, "KWD": {Num: 5, Den: 2}}[from]
}

func drawMoney(t *rapid.T, label string, least, most int64, c crm.Currency) crm.Money {
	return crm.Money{Amount: rapid.Int64Range(least, most).Draw(t, label), Currency: c}
}

func drawOrder(t *rapid.T, id crm.Ref) crm.Order {
	c := rapid.SampledFrom(currencies).Draw(t, "currency")
	o := crm.Order{
		Ref: id, CustomerID: rapid.SampledFrom(buyers).Draw(t, "buyer"), Currency: c,
		State:       rapid.SampledFrom(states).Draw(t, "state"),
		Kind:        rapid.SampledFrom([]crm.OrderKind{"", "", "", crm.KindAdjustment, crm.KindWriteOff}).Draw(t, "kind"),
		TaxIncluded: rapid.Bool().Draw(t, "tax included"),
		OccurredAt:  day(rapid.IntRange(0, 9).Draw(t, "day")),
	}
	if rapid.Bool().Draw(t, "extras") {
		o.Discount, o.Shipping = drawMoney(t, "discount", 0, 500, c), drawMoney(t, "shipping", 0, 500, c)
		o.Tax = drawMoney(t, "tax", 0, 500, c)
	}
	if rapid.IntRange(0, 3).Draw(t, "authoritative") == 0 {
		o.Total = drawMoney(t, "total", -1000, 9000, c)
	}
	if rapid.IntRange(0, 3).Draw(t, "own rate") == 0 {
		o.Rate = crm.Rate{Num: rapid.Int64Range(1, 300).Draw(t, "num"), Den: rapid.Int64Range(1, 100).Draw(t, "den")}
	}
	for range rapid.IntRange(0, 3).Draw(t, "items") {
		it := crm.Item{
			Kind: rapid.SampledFrom([]crm.ItemKind{"", "", "", crm.ItemFee}).Draw(t, "item kind"),
			SKU:  rapid.SampledFrom(skus).Draw(t, "sku"), Quantity: rapid.Int64Range(1, 4).Draw(t, "quantity"),
			Price: drawMoney(t, "price", 0, 2000, c),
		}
		switch rapid.IntRange(0, 3).Draw(t, "item extras") {
		case 0:
			it.UnitCost = drawMoney(t, "cost", 0, 900, rapid.SampledFrom(currencies).Draw(t, "cost currency"))
		case 1:
			it.Tax, it.Discount = drawMoney(t, "item tax", 0, 200, c), drawMoney(t, "item discount", 0, 200, c)
		}
		o.Items = append(o.Items, it)
	}
	return o
}

func drawRefund(t *rapid.T, book *crm.Book, id crm.Ref) crm.Refund {
	c := rapid.SampledFrom(currencies).Draw(t, "currency")
	r := crm.Refund{Ref: id, Currency: c, OccurredAt: day(rapid.IntRange(2, 10).Draw(t, "day"))}
	orders := all(t, book.Orders.List(t.Context(), crm.OrderQuery{}))
	if len(orders) > 0 && rapid.Bool().Draw(t, "of an order") {
		o := orders[rapid.IntRange(0, len(orders)-1).Draw(t, "order")]
		r.OrderID = o.ID
		if rapid.Bool().Draw(t, "its currency") {
			r.Currency, c = o.Currency, o.Currency
		}
	}
	if rapid.Bool().Draw(t, "of a customer") {
		r.CustomerID = rapid.SampledFrom(buyers).Draw(t, "buyer")
	}
	for range rapid.IntRange(0, 3).Draw(t, "lines") {
		l := crm.RefundLine{
			SKU: rapid.SampledFrom(skus).Draw(t, "sku"), Quantity: rapid.Int64Range(0, 5).Draw(t, "quantity"),
			Amount: drawMoney(t, "amount", -100, 3000, c),
		}
		if len(orders) > 0 && rapid.IntRange(0, 3).Draw(t, "line of an order") == 0 {
			l.OrderID = orders[rapid.IntRange(0, len(orders)-1).Draw(t, "line order")].ID
		}
		r.Lines = append(r.Lines, l)
	}
	if len(r.Lines) == 0 || rapid.Bool().Draw(t, "authoritative") {
		r.Amount = drawMoney(t, "amount", 1, 5000, c)
	}
	return r
}

// TestModel runs a shop's life at random and compares the book with what its
// full lists add up to, after every commit.
func TestModel(t *testing.T) {
	for _, chaos := range []uint64{0, 11} {
		name := map[bool]string{true: "calm", false: "chaos"}[chaos == 0]
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { live(t, chaos) })
		})
	}
}

func live(t *rapid.T, chaos uint64) {
	clock := today
	book := open(t, memstore.New(&memstore.Options{Chaos: chaos}), &crm.Options{
		Rate: rates, Now: func() time.Time { clock = clock.Add(time.Second); return clock },
	})
	for _, id := range buyers[1:] {
		putCustomer(t, book, crm.Customer{ID: id})
	}
	some := func(t *rapid.T) crm.OrderID {
		orders := all(t, book.Orders.List(t.Context(), crm.OrderQuery{}))
		if len(orders) == 0 {
			t.Skip("no orders yet")
		}
		return orders[rapid.IntRange(0, len(orders)-1).Draw(t, "order")].ID
	}
	change := func(t *rapid.T, f func(*crm.Order)) {
		if _, err := book.Orders.Update(t.Context(), some(t), func(o *crm.Order) error { f(o); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	refs := []string{"1", "2", "3", "4", "5", "6"}
	t.Repeat(map[string]func(*rapid.T){
		"": func(t *rapid.T) { agrees(t, book) },
		"order": func(t *rapid.T) {
			putOrder(t, book, drawOrder(t, ref(rapid.SampledFrom(refs).Draw(t, "ref"))))
		},
		"state": func(t *rapid.T) {
			change(t, func(o *crm.Order) { o.State = rapid.SampledFrom(states).Draw(t, "state") })
		},
		"move": func(t *rapid.T) {
			change(t, func(o *crm.Order) { o.CustomerID = rapid.SampledFrom(buyers).Draw(t, "buyer") })
		},
		"redate": func(t *rapid.T) {
			change(t, func(o *crm.Order) { o.OccurredAt = day(rapid.IntRange(0, 9).Draw(t, "day")) })
		},
		"rate": func(t *rapid.T) {
			change(t, func(o *crm.Order) {
				o.Rate = rapid.SampledFrom([]crm.Rate{{}, {Num: 2, Den: 3}}).Draw(t, "rate")
			})
		},
		"currency": func(t *rapid.T) {
			change(t, func(o *crm.Order) {
				id := o.ID
				*o = drawOrder(t, o.Ref)
				o.ID = id
			})
		},
		"refund": func(t *rapid.T) {
			putRefund(t, book, drawRefund(t, book, ref(rapid.SampledFrom(refs).Draw(t, "ref"))))
		},
		"again": func(t *rapid.T) {
			c := read(t, book)
			before := head(t, book)
			for _, o := range c.Orders {
				putOrder(t, book, *o)
			}
			for _, r := range c.Refunds {
				if !r.Rate.IsZero() || r.Currency == "GBP" { // else it takes the rate that its order has got since
					putRefund(t, book, *r)
				}
			}
			if head(t, book) != before {
				t.Fatalf("recording what is recorded wrote %v", kinds(since(t, book, before)))
			}
		},
		"product": func(t *rapid.T) {
			p := crm.Product{Ref: ref(rapid.SampledFrom(refs[:3]).Draw(t, "ref"))}
			for _, sku := range skus {
				if rapid.Bool().Draw(t, "has "+sku) {
					p.Variants = append(p.Variants, crm.Variant{
						SKU: sku, UnitCost: drawMoney(t, "cost", 0, 900, rapid.SampledFrom(currencies).Draw(t, "currency")),
					})
				}
			}
			putProduct(t, book, p)
		},
	})
}

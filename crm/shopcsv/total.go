package shopcsv

import "github.com/seed-9cb3708a/clientele/crm"

// sums are what an export says about the amounts of an order, in minor units.
// Subtotal and total may be unknown.
type sums struct {
	items        int64 // after the discounts of the lines
	lineDiscount int64
	discount     int64 // as the export has it
	shipping     int64
	tax          int64
	subtotal     *int64
	total        *int64
}

// settle finds how the amounts add up: which part of the discount is beyond
// those of the lines (exports disagree on whether it holds them, and whether
// it is taken off already), and whether the tax is within the prices. The
// first reading that comes nearest the total, then the subtotal, is taken.
func (s sums) settle() (discount int64, taxIncluded bool) {
	type miss struct{ total, subtotal int64 }
	var best miss
	first := true
	for _, d := range []int64{s.discount, s.discount - s.lineDiscount, 0} {
		if d < 0 || d > s.discount {
			continue
		}
		for _, included := range []bool{false, true} {
			if included && s.tax == 0 {
				continue
			}
			sum := s.items - d + s.shipping
			if !included {
				sum += s.tax
			}
			var m miss
			if s.total != nil {
				m.total = distance(sum, *s.total)
			}
			if s.subtotal != nil {
				m.subtotal = distance(s.items-d, *s.subtotal)
			}
			if first || m.total < best.total || m.total == best.total && m.subtotal < best.subtotal {
				best, discount, taxIncluded, first = m, d, included, false
			}
		}
	}
	return discount, taxIncluded
}

// distance returns |a - b|. (Amounts near the ends of int64 wrap; they are
// refused later, and settle only chooses.)
func distance(a, b int64) int64 {
	if a < b {
		a, b = b, a
	}
	return a - b
}

// settleOrder fills in the order-wide discount and whether tax is within the
// prices from what the export says.
func settleOrder(o *crm.Order, discount crm.Money, subtotal *crm.Money) {
	s := sums{discount: discount.Amount, shipping: o.Shipping.Amount, tax: o.Tax.Amount}
	for _, item := range o.Items {
		s.items += item.Total.Amount
		s.lineDiscount += item.Discount.Amount
	}
	if subtotal != nil {
		s.subtotal = &subtotal.Amount
	}
	if !o.Total.IsZero() {
		s.total = &o.Total.Amount
	}
	d, included := s.settle()
	o.TaxIncluded = included
	if d != 0 {
		o.Discount = crm.Money{Amount: d, Currency: o.Currency}
	}
}

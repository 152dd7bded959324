package crm

import (
	"slices"

	"github.com/seed-9cb3708a/clientele/store"
)

// match ties the lines of a refund to the orders that the goods were bought
// with. A refund that was matched before stays so while its lines are the same.
func (tx *Tx) match(r, old *Refund) error {
	if old != nil && old.OccurredAt.Equal(r.OccurredAt) && old.CustomerID == r.CustomerID &&
		slices.Equal(unmatched(old.Lines), unmatched(r.Lines)) {
		r.Lines = slices.Clone(old.Lines)
		return nil
	}
	open := 0 // units that want an order
	for _, l := range r.Lines {
		if l.wants() {
			open++
		}
	}
	if open == 0 {
		return nil
	}
	ix := tx.book.orders.Index("customer")
	rg := window(ix.Key().String(string(r.CustomerID)), r.OccurredAt, r.OccurredAt, true, 0)
	rg.From = ix.Key().String(string(r.CustomerID))
	rg.To = store.After(rg.To)                  // what was bought in the same instant counts as before
	lines := make([][]RefundLine, len(r.Lines)) // what each line has become
	left := slices.Clone(r.Lines)
	for o, err := range ix.Scan(tx.st, rg) {
		if err != nil {
			return err
		}
		if !o.counts() || !o.sells(left) {
			continue
		}
		stock, err := tx.bought(o, r.ID)
		if err != nil {
			return err
		}
		for i := range left {
			l := &left[i]
			n := min(l.Quantity, stock[l.key()])
			if !l.wants() || n <= 0 {
				continue
			}
			stock[l.key()] -= n
			part := *l
			part.OrderID = o.ID
			if n < l.Quantity {
				amounts, err := l.Amount.Allocate(n, l.Quantity-n)
				if err != nil {
					return err
				}
				part.Quantity, part.Amount = n, amounts[0]
				l.Quantity, l.Amount = l.Quantity-n, amounts[1]
			} else {
				l.Quantity = 0
				open--
			}
			lines[i] = append(lines[i], part)
		}
		if open == 0 {
			break
		}
	}
	var all []RefundLine
	for i := range left {
		all = append(all, lines[i]...)
		if len(lines[i]) == 0 || left[i].Quantity > 0 {
			all = append(all, left[i])
		}
	}
	r.Lines = all
	return nil
}

// wants reports whether a line can be matched and is not.
func (l *RefundLine) wants() bool {
	return l.Kind == ItemProduct && l.OrderID == "" && l.Quantity > 0 && l.key() != ""
}

// key is what purchases and refunds of one thing share.
func (l *RefundLine) key() string {
	if l.SKU != "" {
		return l.SKU
	}
	return string(l.ProductID)
}

// sells reports whether an order has something that a line wants.
func (o *Order) sells(lines []RefundLine) bool {
	return slices.ContainsFunc(o.Items, func(it Item) bool {
		return it.Kind == ItemProduct && slices.ContainsFunc(lines, func(l RefundLine) bool {
			return l.wants() && (l.SKU != "" && l.SKU == it.SKU || l.SKU == "" && l.ProductID == it.ProductID)
		})
	})
}

// bought returns the units that an order sold and that no refund but the one
// named has given back, by SKU and by product.
func (tx *Tx) bought(o *Order, but RefundID) (map[string]int64, error) {
	units := map[string]int64{}
	add := func(sku string, id ProductID, n int64) {
		if sku != "" {
			units[sku] += n
		}
		if id != "" {
			units[string(id)] += n
		}
	}
	for _, it := range o.Items {
		if it.Kind == ItemProduct {
			add(it.SKU, it.ProductID, it.Quantity)
		}
	}
	ix := tx.book.refunds.Index("order")
	for r, err := range ix.Scan(tx.st, store.Prefix(ix.Key().String(string(o.ID)))) {
		if err != nil {
			return nil, err
		}
		if r.ID == but {
			continue
		}
		for _, l := range r.Lines {
			if l.Kind == ItemProduct && (l.OrderID == o.ID || l.OrderID == "" && r.OrderID == o.ID) {
				add(l.SKU, l.ProductID, -l.Quantity)
			}
		}
	}
	return units, nil
}

// unmatched returns lines as they were before they were matched.
func unmatched(lines []RefundLine) []RefundLine {
	var plain []RefundLine
	for _, l := range lines {
		l.OrderID = ""
		if n := len(plain); n > 0 {
			p := &plain[n-1]
			if p.Kind == l.Kind && p.ProductID == l.ProductID && p.SKU == l.SKU && p.Title == l.Title {
				if sum, err := p.Amount.Add(l.Amount); err == nil {
					p.Quantity, p.Amount = p.Quantity+l.Quantity, sum
					continue
				}
			}
		}
		plain = append(plain, l)
	}
	return plain
}

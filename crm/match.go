package crm

import (
	"cmp"
	"slices"

	"github.com/seed-9cb3708a/clientele/store"
)

// match ties the lines of a refund to the orders that the goods were bought
// with. A refund that was matched before stays so while its lines are the same.
func (tx *Tx) match(r, old *Refund) error {
	if old != nil && old.OccurredAt.Equal(r.OccurredAt) && old.CustomerID == r.CustomerID && old.matches(r.Lines) {
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
		stock, err := tx.bought(o, r)
		if err != nil {
			return err
		}
		for i := range left {
			l := &left[i]
			n := min(l.Quantity, stock[l.key()])
			if !l.wants() || n <= 0 {
				continue
			}
			stock.add(l.SKU, l.ProductID, -n)
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

// stock counts units by SKU and by product.
type stock map[string]int64

func (s stock) add(sku string, id ProductID, n int64) {
	if sku != "" {
		s[sku] += n
	}
	if id != "" {
		s[string(id)] += n
	}
}

// bought returns the units that an order sold and that no refund has given
// back; of r itself, which is about to be recorded, the lines that name o.
func (tx *Tx) bought(o *Order, r *Refund) (stock, error) {
	units := stock{}
	for _, it := range o.Items {
		if it.Kind == ItemProduct {
			units.add(it.SKU, it.ProductID, it.Quantity)
		}
	}
	give := func(r *Refund) {
		for _, l := range r.Lines {
			if l.Kind == ItemProduct && cmp.Or(l.OrderID, r.OrderID) == o.ID {
				units.add(l.SKU, l.ProductID, -l.Quantity)
			}
		}
	}
	give(r)
	ix := tx.book.refunds.Index("order")
	for other, err := range ix.Scan(tx.st, store.Prefix(ix.Key().String(string(o.ID)))) {
		if err != nil {
			return nil, err
		}
		if other.ID != r.ID {
			give(other)
		}
	}
	return units, nil
}

// matches reports whether lines are those of r, which may have been matched
// since.
func (r *Refund) matches(lines []RefundLine) bool {
	for _, l := range lines {
		if l.OrderID != "" && !slices.Contains(r.Lines, l) {
			return false
		}
	}
	return slices.Equal(unmatched(r.Lines), unmatched(lines))
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

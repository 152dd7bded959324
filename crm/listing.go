package crm

import (
	"errors"

	"github.com/seed-9cb3708a/clientele/store"
)

// A listing is what an order takes from the catalog for a SKU: small, so that
// recording an order reads no products.
type listing struct {
	SKU       string
	ProductID ProductID // "" when no product has it
	UnitCost  Money
}

// relist keeps the listings of a product's SKUs. A SKU that two products have
// is listed for the one that had it first.
func (tx *Tx) relist(old, v *Product) error {
	t := tx.book.listings
	clear(tx.catalog)
	if old != nil {
		for _, w := range old.Variants {
			if w.SKU == "" || v.Variant(w.SKU) != nil {
				continue
			}
			row, err := found(t.Load(tx.st, t.Key().String(w.SKU)))
			if err != nil || row == nil || row.Value.ProductID != v.ID {
				if err != nil {
					return err
				}
				continue
			}
			if err := t.Delete(tx.st, t.Key().String(w.SKU)); err != nil {
				return err
			}
			ix := tx.book.products.Index("sku")
			other, err := ix.Get(tx.st, ix.Key().String(w.SKU))
			if err == nil {
				err = tx.list(other, other.Variant(w.SKU))
			}
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
		}
	}
	for i := range v.Variants {
		if err := tx.list(v, &v.Variants[i]); err != nil {
			return err
		}
	}
	return nil
}

// list lists one variant, unless another product has its SKU.
func (tx *Tx) list(p *Product, v *Variant) error {
	if v.SKU == "" {
		return nil
	}
	t := tx.book.listings
	row, err := found(t.Load(tx.st, t.Key().String(v.SKU)))
	if err != nil || row != nil && row.Value.ProductID != p.ID {
		return err
	}
	_, err = t.Save(tx.st, row, &listing{v.SKU, p.ID, v.UnitCost})
	return err
}

// listed returns the row of the product that a SKU is listed for.
func (tx *Tx) listed(sku string) (*store.Row[Product], error) {
	l, err := tx.book.listings.Get(tx.st, tx.book.listings.Key().String(sku))
	if err != nil {
		return nil, err
	}
	return tx.book.products.Load(tx.st, tx.book.products.Key().String(string(l.ProductID)))
}

// lookup reads the listings of SKUs into tx.catalog, in one round trip. A SKU
// that no product has gets an empty one.
func (tx *Tx) lookup(skus []string) error {
	if tx.catalog == nil {
		tx.catalog = map[string]listing{}
	}
	var keys []store.Key
	var missing []string
	for _, sku := range skus {
		if _, ok := tx.catalog[sku]; !ok && sku != "" {
			tx.catalog[sku] = listing{}
			missing = append(missing, sku)
			keys = append(keys, tx.book.listings.Key().String(sku))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	listings, err := tx.book.listings.GetMany(tx.st, keys)
	for i, l := range listings {
		if l != nil {
			tx.catalog[missing[i]] = *l
		}
	}
	if err != nil {
		clear(tx.catalog)
	}
	return err
}

package crm

import (
	"errors"
	"slices"

	"github.com/seed-9cb3708a/clientele/store"
)

// A listing is what an order takes from the catalog for a SKU: small, so that
// recording an order reads no products.
type listing struct {
	SKU       string    `json:"sku"`
	ProductID ProductID `json:"product_id,omitzero"` // "" when no product has it
	UnitCost  Money     `json:"unit_cost,omitzero"`
}

// relist keeps the listings of a product's SKUs. A SKU that two products have
// is listed for the one that had it first.
func (tx *Tx) relist(old, v *Product) error {
	t := tx.book.listings
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
			if err := tx.renew(); err != nil {
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
	changed, err := t.Save(tx.st, row, &listing{v.SKU, p.ID, v.UnitCost})
	if err != nil || !changed {
		return err
	}
	return tx.renew()
}

// A catalog remembers listings that were read. It serves one transaction, and
// the next ones as long as no listing changes: then the generation does.
type catalog struct {
	generation string
	listings   map[string]listing // an empty one for a SKU that no product has
}

const maxCatalog = 200_000

// renew makes whoever remembers listings read them again.
func (tx *Tx) renew() error {
	tx.catalog = &catalog{listings: map[string]listing{}} // nobody else's, as we may fail
	t := tx.book.settings
	_, err := t.Update(tx.st, t.Key(), func(s *setting) error {
		s.Catalog = randomID("", tx.now)
		return nil
	})
	return err
}

// open returns the catalog of the transaction.
func (tx *Tx) open() (*catalog, error) {
	switch {
	case tx.catalog != nil:
	case tx.shared == nil:
		tx.catalog = &catalog{listings: map[string]listing{}}
	default:
		s, err := tx.book.settings.Get(tx.st, tx.book.settings.Key())
		if err != nil {
			return nil, err
		}
		if c := tx.shared; c.generation != s.Catalog || c.listings == nil || len(c.listings) > maxCatalog {
			*c = catalog{s.Catalog, map[string]listing{}}
		}
		tx.catalog = tx.shared
	}
	return tx.catalog, nil
}

// listed returns the row of the product that a SKU is listed for.
func (tx *Tx) listed(sku string) (*store.Row[Product], error) {
	l, err := tx.book.listings.Get(tx.st, tx.book.listings.Key().String(sku))
	if err != nil {
		return nil, err
	}
	return tx.book.products.Load(tx.st, keyOf(tx.book.products, l.ProductID))
}

// lookup returns a catalog that has the listings of SKUs, which it reads in one
// round trip at most.
func (tx *Tx) lookup(skus []string) (*catalog, error) {
	if len(skus) == 0 {
		return &catalog{}, nil
	}
	c, err := tx.open()
	if err != nil {
		return nil, err
	}
	var keys []store.Key
	var missing []string
	for _, sku := range skus {
		if _, ok := c.listings[sku]; !ok && sku != "" && !slices.Contains(missing, sku) {
			missing = append(missing, sku)
			keys = append(keys, tx.book.listings.Key().String(sku))
		}
	}
	if len(missing) == 0 {
		return c, nil
	}
	listings, err := tx.book.listings.GetMany(tx.st, keys)
	if err != nil {
		return nil, err
	}
	for i, l := range listings {
		if l == nil {
			l = &listing{}
		}
		c.listings[missing[i]] = *l
	}
	return c, nil
}

package crm

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/seed-9cb3708a/clientele/store"
)

// Products is the catalog of a Book or a Tx. It is safe for concurrent use
// when it is a Book's.
type Products struct {
	conn
}

// Create adds a product and returns it as recorded. An empty ID is given one.
// It returns [ErrExists] when the id or the ref is taken, and an
// [*InvalidError] that lists everything that is wrong.
func (c *Products) Create(ctx context.Context, v Product) (*Product, error) {
	return change(ctx, c.conn, "Products.Create", "product", string(v.ID), func(tx *Tx) (*Product, error) {
		v := *v.copy()
		if err := v.clean(); err != nil {
			return nil, err
		}
		row, err := find(tx, tx.book.products, v.ID, v.Ref)
		if err != nil {
			return nil, err
		}
		if row != nil {
			return nil, &Error{Op: "Products.Create", Kind: "product", ID: string(row.Value.ID), Err: ErrExists}
		}
		return tx.createProduct(&v)
	})
}

// Record takes what a source says of a product, and returns the product as
// recorded: the one with its ref brought up to date, or a new one. A Version
// older than what is recorded changes nothing, and equal content writes
// nothing. It returns an [*InvalidError] that lists everything that is wrong.
func (c *Products) Record(ctx context.Context, v Product) (*Product, error) {
	return change(ctx, c.conn, "Products.Record", "product", string(v.ID), func(tx *Tx) (*Product, error) {
		v, _, err := tx.recordProduct(*v.copy())
		return v, err
	})
}

// Get returns a product, or [ErrNotFound].
func (c *Products) Get(ctx context.Context, id ProductID) (*Product, error) {
	return see(ctx, c.conn, "Products.Get", "product", string(id), func(tx *Tx) (*Product, error) {
		return c.book.products.Get(tx.st, keyOf(c.book.products, id))
	})
}

// ByRef returns the product that a source knows by ref, or [ErrNotFound].
func (c *Products) ByRef(ctx context.Context, ref Ref) (*Product, error) {
	return see(ctx, c.conn, "Products.ByRef", "product", ref.String(), func(tx *Tx) (*Product, error) {
		return byRef(tx, tx.book.products, ref)
	})
}

// BySKU returns the product that has a variant with the SKU, or [ErrNotFound].
// If several have, the one that had it first answers.
func (c *Products) BySKU(ctx context.Context, sku string) (*Product, error) {
	return see(ctx, c.conn, "Products.BySKU", "product", sku, func(tx *Tx) (*Product, error) {
		row, err := tx.listed(sku)
		if err != nil {
			return nil, err
		}
		return row.Value, nil
	})
}

// ByBarcode returns the product that has a variant with the barcode, or
// [ErrNotFound]. If several have, the oldest answers.
func (c *Products) ByBarcode(ctx context.Context, code string) (*Product, error) {
	return see(ctx, c.conn, "Products.ByBarcode", "product", code, func(tx *Tx) (*Product, error) {
		ix := tx.book.products.Index("barcode")
		return ix.Get(tx.st, ix.Key().String(code))
	})
}

// Update changes a product by f and returns it as recorded. It returns
// [ErrNotFound], f's error wrapped, or an [*InvalidError]. f must not change
// the ID or a Ref.
func (c *Products) Update(ctx context.Context, id ProductID, f func(*Product) error) (*Product, error) {
	return change(ctx, c.conn, "Products.Update", "product", string(id), func(tx *Tx) (*Product, error) {
		row, err := c.book.products.Load(tx.st, keyOf(c.book.products, id))
		if err != nil {
			return nil, err
		}
		v := row.Value.copy()
		if err := f(v); err != nil {
			return nil, err
		}
		if err := v.clean(); err != nil {
			return nil, err
		}
		v.ID = id
		stored, _, err := tx.saveProduct(row, v)
		return stored, err
	})
}

// AddStock adds units to the stock on hand of a variant, or takes them off when
// negative, and returns the new stock. It returns [ErrNotFound] when no product
// has the SKU, [ErrInvalid] when the variant's stock is not tracked, and
// [ErrOverflow].
func (c *Products) AddStock(ctx context.Context, sku string, units int64) (stock int64, err error) {
	err = c.update(ctx, "Products.AddStock", "product", sku, func(tx *Tx) error {
		row, err := tx.listed(sku)
		if err != nil {
			return err
		}
		p := row.Value.copy()
		v := p.Variant(sku)
		if !v.Tracked {
			return fmt.Errorf("stock of %s is not tracked: %w", sku, ErrInvalid)
		}
		sum := v.Stock + units
		if (sum < v.Stock) != (units < 0) {
			return fmt.Errorf("stock of %s: %d + %d: %w", sku, v.Stock, units, ErrOverflow)
		}
		v.Stock, stock = sum, sum
		_, _, err = tx.saveProduct(row, p)
		return err
	})
	return stock, err
}

// ProductQuery selects products, in the order of their ids: by when they were
// published or recorded. The zero value selects all.
type ProductQuery struct {
	Limit int    // of a page, 0 means 100; of a list, 0 means all
	After string // the Next of the page before
}

// List yields the products that q selects. On a Book it reads in short
// transactions and yields outside of them, so the loop body may take its time
// and write; it is no snapshot.
func (c *Products) List(ctx context.Context, q ProductQuery) iter.Seq2[*Product, error] {
	return list(ctx, q.Limit, q.After, func(limit int, after string) (Page[Product], error) {
		return c.Page(ctx, ProductQuery{Limit: limit, After: after})
	})
}

// Page returns one page of the products that q selects. It returns
// [ErrInvalid] for an After that is not of such a page.
func (c *Products) Page(ctx context.Context, q ProductQuery) (Page[Product], error) {
	return see(ctx, c.conn, "Products.Page", "product", "", func(tx *Tx) (Page[Product], error) {
		return c.book.products.Page(tx.st, store.Range{Limit: q.Limit}, q.After)
	})
}

// Count returns how many products there are. It reads all their keys.
func (c *Products) Count(ctx context.Context) (int, error) {
	return c.count(ctx, "Products.Count", c.book.products.Key())
}

// clean brings v into the form that is stored, or lists what is wrong.
func (v *Product) clean() error {
	var f faults
	if v.ID != "" {
		f.id("id", string(v.ID))
	}
	if !v.Ref.IsZero() {
		f.ref("ref", v.Ref)
	}
	f.text("title", v.Title, 1000)
	f.text("description", v.Description, 256<<10)
	f.text("brand", v.Brand, 200)
	f.text("url", v.URL, 2000)
	f.text("image_url", v.ImageURL, 2000)
	f.tags("categories", v.Categories)
	f.tags("tags", v.Tags)
	if len(v.Variants) > 2000 {
		f.add("variants", strconv.Itoa(len(v.Variants)), "at most 2000")
	}
	skus := map[string]bool{}
	for i := range v.Variants {
		w := &v.Variants[i]
		f.in("variants", i)
		if w.SKU != "" && skus[w.SKU] {
			f.add("sku", w.SKU, "another SKU for every variant")
		}
		skus[w.SKU] = true
		f.text("sku", w.SKU, 200)
		f.text("barcode", w.Barcode, 200)
		f.text("title", w.Title, 1000)
		for _, m := range []struct {
			name string
			Money
		}{{"price", w.Price}, {"compare_at", w.CompareAt}, {"unit_cost", w.UnitCost}} {
			if !m.IsZero() && !m.Currency.Valid() {
				f.add(m.name+".currency", string(m.Currency), "three capital letters of ISO 4217")
			}
			if m.Amount < 0 {
				f.add(m.name, m.String(), "0 or more")
			}
		}
	}
	for i, r := range v.Relations {
		f.in("relations", i)
		if r.Kind == "" {
			f.add("kind", "", "a word such as cross_sell")
		}
		if r.SKU == "" && r.Ref.IsZero() {
			f.add("", "", "a SKU or a ref")
		}
		if !r.Ref.IsZero() {
			f.ref("ref", r.Ref)
		}
	}
	f.in("", 0)
	f.time("published_at", v.PublishedAt)
	f.time("version", v.Version)
	v.Tags = sorted(v.Tags)
	v.PublishedAt, v.Version = utc(v.PublishedAt), utc(v.Version)
	return f.err()
}

// copy returns a product that shares nothing with v that is written to.
func (v *Product) copy() *Product {
	w := *v
	w.Categories, w.Tags, w.Relations = slices.Clone(v.Categories), slices.Clone(v.Tags), slices.Clone(v.Relations)
	w.Variants = slices.Clone(v.Variants)
	for i := range w.Variants {
		w.Variants[i].Options = slices.Clone(w.Variants[i].Options)
	}
	return &w
}

// recordProduct is Products.Record.
func (tx *Tx) recordProduct(v Product) (*Product, outcome, error) {
	if err := v.clean(); err != nil {
		return nil, unchanged, err
	}
	row, err := find(tx, tx.book.products, v.ID, v.Ref)
	if err != nil {
		return nil, unchanged, err
	}
	if row == nil {
		made, err := tx.createProduct(&v)
		return made, created, err
	}
	if tx.stale(v.Version, row.Value.Version, row.Value.UpdatedAt) {
		return row.Value, unchanged, nil
	}
	v.ID = row.Value.ID
	if v.PublishedAt.IsZero() {
		v.PublishedAt = row.Value.PublishedAt
	}
	return tx.saveProduct(row, &v)
}

func (tx *Tx) createProduct(v *Product) (*Product, error) {
	switch {
	case v.ID != "":
	case !v.Ref.IsZero():
		v.ID = ProductID(derivedID("prd_", tx.book.opts.Namespace, v.PublishedAt, "product", v.Ref))
	default:
		v.ID = ProductID(randomID("prd_", cmp.Or(v.PublishedAt, tx.now)))
	}
	v.CreatedAt, v.UpdatedAt = tx.now, tx.now
	if _, err := tx.book.products.Save(tx.st, nil, v); err != nil {
		return nil, err
	}
	if err := tx.relist(nil, v); err != nil {
		return nil, err
	}
	tx.emit(Event{Kind: ProductCreated, ProductID: v.ID, OccurredAt: v.PublishedAt})
	return v, nil
}

// saveProduct writes v in the place of row, unless nothing changed.
func (tx *Tx) saveProduct(row *store.Row[Product], v *Product) (*Product, outcome, error) {
	old := row.Value
	v.CreatedAt = old.CreatedAt
	if err := sameRef(&v.Ref, old.Ref); err != nil {
		return nil, unchanged, err
	}
	probe := *v
	probe.Version, probe.UpdatedAt = cmp.Or(v.Version, old.Version), old.UpdatedAt
	if tx.book.products.Same(row, &probe) {
		return old, unchanged, nil
	}
	v.UpdatedAt = tx.now
	if _, err := tx.book.products.Save(tx.st, row, v); err != nil {
		return nil, unchanged, err
	}
	if err := tx.relist(old, v); err != nil {
		return nil, unchanged, err
	}
	tx.emit(Event{Kind: ProductUpdated, ProductID: v.ID, OccurredAt: v.Version, Changes: changes(old, v)})
	for i := range v.Variants {
		w := &v.Variants[i]
		was := old.Variant(w.SKU)
		if w.SKU == "" && i < len(old.Variants) && old.Variants[i].SKU == "" {
			was = &old.Variants[i]
		}
		if was == nil {
			was = &Variant{}
		}
		if w.Price != was.Price {
			tx.emit(Event{Kind: ProductPriceChanged, ProductID: v.ID, SKU: w.SKU, OccurredAt: v.Version,
				Changes: []Change{{"price", text(was.Price), text(w.Price)}}})
		}
		if w.Stock != was.Stock || w.Tracked != was.Tracked {
			tx.emit(Event{Kind: ProductStockChanged, ProductID: v.ID, SKU: w.SKU, OccurredAt: v.Version,
				Changes: []Change{{"stock", strconv.FormatInt(was.Stock, 10), strconv.FormatInt(w.Stock, 10)}}})
		}
	}
	return v, updated, nil
}

// text is an amount in an event, "" for none.
func text(m Money) string {
	if m.IsZero() {
		return ""
	}
	return m.String()
}

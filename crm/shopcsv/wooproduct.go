package shopcsv

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// wooProducts reads the file of WooCommerce's own product exporter. A
// variation names its parent and may stand far from it, so that all is kept
// until the end of the file.
type wooProducts struct {
	*sheet
	id, sort, sku, barcode, title, published, short, body col
	stock, sale, regular, categories, tags, images        col
	parent, grouped, upsells, crossSells, brands          col
	attributes                                            []attribute
	ids                                                   map[string]string // id by SKU of what is no variation
}

// An attribute is a pair of columns.
type attribute struct{ name, values col }

func openWooProducts(s *sheet) (parser, error) {
	if s.opts.Currency == "" {
		return nil, invalid("Currency", "", "the currency of the prices, which the file does not tell")
	}
	p := &wooProducts{
		sheet: s, id: s.col("ID"), sort: s.col("Type"), sku: s.col("SKU"),
		barcode: s.col("GTIN, UPC, EAN, or ISBN"), title: s.col("Name"), published: s.col("Published"),
		short: s.col("Short description"), body: s.col("Description"),
		stock: s.col("Stock"), sale: s.col("Sale price"), regular: s.col("Regular price"),
		categories: s.col("Categories"), tags: s.col("Tags"), images: s.col("Images"), brands: s.col("Brands", "Brand"),
		parent: s.col("Parent"), grouped: s.col("Grouped products"), upsells: s.col("Upsells"), crossSells: s.col("Cross-sells"),
		ids: make(map[string]string),
	}
	p.barcode = cmp.Or(p.barcode, s.col("GTIN/UPC/EAN/ISBN"))
	for i := 1; i <= 50; i++ {
		n := "Attribute " + strconv.Itoa(i)
		a := attribute{s.col(n + " name"), s.col(n+" value(s)", n+" value")}
		if a.name == 0 {
			break
		}
		p.attributes = append(p.attributes, a)
	}
	return p, nil
}

func (p *wooProducts) grouping() grouping { return grouping{whole: true, named: p.id} }

// key is the id of the product, or of the parent of a variation, as it is
// named: "id:44" or its SKU.
func (p *wooProducts) key(r *row) string {
	id, sku := r.code(p.id), r.code(p.sku)
	if p.variation(r) {
		if parent := r.code(p.parent); parent != "" {
			if id, ok := strings.CutPrefix(parent, "id:"); ok {
				return "id:" + strings.TrimSpace(id)
			}
			if id, ok := p.ids[parent]; ok {
				return id
			}
			return "sku:" + parent
		}
	}
	switch {
	case id != "":
		if sku != "" {
			p.ids[sku] = "id:" + id
		}
		return "id:" + id
	case sku != "":
		return "sku:" + sku
	}
	return ""
}

// variation reports whether a row is a variation. Its type may be one of
// several words: "variation, virtual".
func (p *wooProducts) variation(r *row) bool {
	for _, word := range r.list(p.sort, ",") {
		if strings.EqualFold(word, "variation") {
			return true
		}
	}
	return false
}

func (p *wooProducts) records(rows []*row) []crm.Record {
	r := rows[0]
	for _, in := range rows {
		if !p.variation(in) {
			r = in
			break
		}
	}
	if p.variation(r) {
		r.fail(p.name(p.parent), r.text(p.parent), "want the parent of the variation in the same file, before it when it is named by its SKU")
		return nil
	}
	id := cmp.Or(r.code(p.id), r.code(p.sku))
	product := &crm.Product{
		Ref: p.ref(id), Title: r.text(p.title), Description: cmp.Or(r.text(p.body), r.text(p.short)),
		Brand: r.text(p.brands), Categories: r.list(p.categories, ","), Tags: sortedSet(r.list(p.tags, ",")),
		Published: r.text(p.published) == "1" || r.flag(p.published),
	}
	if images := r.list(p.images, ","); len(images) > 0 {
		product.ImageURL = images[0]
	}
	for _, rel := range []struct {
		kind crm.RelationKind
		c    col
	}{{crm.RelationGrouped, p.grouped}, {crm.RelationUpSell, p.upsells}, {crm.RelationCrossSell, p.crossSells}} {
		for _, other := range r.list(rel.c, ",") {
			if id, ok := strings.CutPrefix(other, "id:"); ok {
				product.Relations = append(product.Relations, crm.Relation{Kind: rel.kind, Ref: p.ref(id)})
			} else {
				product.Relations = append(product.Relations, crm.Relation{Kind: rel.kind, SKU: other})
			}
		}
	}
	for _, in := range rows {
		if p.variation(in) {
			product.Variants = append(product.Variants, p.variant(in, true))
		} else if in != r {
			in.fail(p.name(p.id), in.text(p.id), "want every product once")
		}
	}
	if len(product.Variants) == 0 {
		product.Variants = []crm.Variant{p.variant(r, false)}
	}
	if faulty(rows) {
		return nil
	}
	return []crm.Record{{Product: product}}
}

// variant reads price and stock of a row, and of a variation what sets it apart.
func (p *wooProducts) variant(r *row, variation bool) crm.Variant {
	v := crm.Variant{SKU: r.code(p.sku), Barcode: r.code(p.barcode)}
	c := p.opts.Currency
	v.Price = p.money(r, p.regular, c)
	if r.text(p.sale) != "" {
		v.Price, v.CompareAt = p.money(r, p.sale, c), v.Price
	}
	if text := r.text(p.stock); text != "" && !strings.EqualFold(text, "parent") {
		v.Tracked = true
		v.Stock = p.whole(r, p.stock, 0)
	}
	if !variation {
		return v
	}
	var values []string
	for _, a := range p.attributes {
		if name, value := r.text(a.name), r.text(a.values); name != "" && value != "" {
			v.Options = append(v.Options, crm.Option{Name: name, Value: value})
			values = append(values, value)
		}
	}
	v.Title = strings.Join(values, " / ")
	return v
}

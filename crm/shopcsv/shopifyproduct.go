package shopcsv

import (
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// shopifyProducts reads products_export.csv: a row is a variant, an image or
// both, and what is said of the product stands on its first row only.
type shopifyProducts struct {
	*sheet
	handle, title, body, brand, category, sort, tags, published, status, image col
	sku, barcode, price, compareAt, cost, tracker, stock                       col
	optionName, optionValue                                                    [3]col
}

func openShopifyProducts(s *sheet) (parser, error) {
	if s.opts.Currency == "" {
		return nil, invalid("Currency", "", "the currency of the prices, which the file does not tell")
	}
	p := &shopifyProducts{
		sheet: s, handle: s.col("Handle", "URL handle"), title: s.col("Title"), body: s.col("Body (HTML)", "Description"),
		brand: s.col("Vendor"), category: s.col("Product Category"), sort: s.col("Type"), tags: s.col("Tags"),
		published: s.col("Published", "Published on online store"), status: s.col("Status"),
		image: s.col("Image Src", "Product image URL"),
		sku:   s.col("Variant SKU", "SKU"), barcode: s.col("Variant Barcode", "Barcode"),
		price: s.col("Variant Price", "Price"), compareAt: s.col("Variant Compare At Price", "Compare-at price"),
		cost: s.col("Cost per item"), tracker: s.col("Variant Inventory Tracker", "Inventory tracker"),
		stock: s.col("Variant Inventory Qty", "Inventory quantity"),
	}
	for i := range p.optionName {
		n := "Option" + string(rune('1'+i))
		p.optionName[i], p.optionValue[i] = s.col(n+" Name"), s.col(n+" Value")
	}
	return p, nil
}

func (p *shopifyProducts) grouping() grouping { return grouping{named: p.handle} }

func (p *shopifyProducts) key(r *row) string { return r.code(p.handle) }

func (p *shopifyProducts) records(rows []*row) []crm.Record {
	r := head(rows, p.title)
	product := &crm.Product{
		Ref: p.ref(p.key(r)), Title: r.text(p.title), Description: r.text(p.body), Brand: r.text(p.brand),
		Tags: sortedSet(r.list(p.tags, ",")), ImageURL: head(rows, p.image).text(p.image),
	}
	for _, c := range []col{p.category, p.sort} {
		if path := r.text(c); path != "" {
			product.Categories = append(product.Categories, path)
		}
	}
	if len(product.Categories) == 2 && product.Categories[0] == product.Categories[1] {
		product.Categories = product.Categories[:1]
	}
	status := strings.ToLower(r.text(p.status))
	product.Published = (p.published == 0 || r.flag(p.published)) && (status == "" || status == "active")
	for _, in := range rows {
		if v, ok := p.variant(in, r); ok {
			product.Variants = append(product.Variants, v)
		}
	}
	if faulty(rows) {
		return nil
	}
	return []crm.Record{{Product: product}}
}

// variant reads the variant of a row, if it has one. The names of the options
// stand on the first row.
func (p *shopifyProducts) variant(r, first *row) (crm.Variant, bool) {
	v := crm.Variant{SKU: r.code(p.sku), Barcode: r.code(p.barcode)}
	if v.SKU == "" && r.text(p.price) == "" && r.text(p.optionValue[0]) == "" {
		return v, false
	}
	var values []string
	for i, c := range p.optionValue {
		name, value := first.text(p.optionName[i]), r.text(c)
		if value != "" && (name != "Title" || value != "Default Title") {
			v.Options = append(v.Options, crm.Option{Name: name, Value: value})
			values = append(values, value)
		}
	}
	v.Title = strings.Join(values, " / ")
	c := p.opts.Currency
	v.Price, v.CompareAt, v.UnitCost = p.money(r, p.price, c), p.money(r, p.compareAt, c), p.money(r, p.cost, c)
	if v.CompareAt.Amount == 0 {
		v.CompareAt = crm.Money{}
	}
	v.Tracked = r.text(p.tracker) != ""
	v.Stock = p.whole(r, p.stock, 0)
	return v, true
}

package goods

import (
	"cmp"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Goods are the products of a catalog, numbered from 0 in the order in which
// they came. A number is of the same product as long as the process lives. It is
// not safe for concurrent use while something is put in. Use [New].
type Goods struct {
	convert func(crm.Money, time.Time) (crm.Money, bool)
	numbers map[crm.ProductID]int32
	skus    map[string]int32
	refs    map[crm.Ref]int32
	brands  dictionary
	tags    dictionary
	paths   dictionary // of categories
	parents []int32    // by category
	living  int
	plain   bool // without texts

	ids      []crm.ProductID
	state    []state
	brand    []int32
	low      []int64
	high     []int64
	units    []int64
	since    []int64 // milliseconds since 1970
	updated  []int64 // as since
	within   [][]int32
	own      [][]int32
	labels   [][]int32
	titles   []string
	texts    []string
	sold     [][]crm.Variant // SKU, price and stock alone
	keys     []crm.Ref
	relation [][]crm.Relation
}

type state uint8

const (
	there state = 1 << iota
	published
	stocked
	priced
	dated
)

// None is the number of a brand or a category that there is none of.
const None int32 = -1

// New returns Goods without a product. convert returns an amount in the shop's
// currency as [crm.Book.Convert] does; nil takes all amounts to be in it.
func New(convert func(crm.Money, time.Time) (crm.Money, bool)) *Goods {
	if convert == nil {
		convert = func(m crm.Money, _ time.Time) (crm.Money, bool) { return m, true }
	}
	return &Goods{convert: convert, numbers: map[crm.ProductID]int32{}, skus: map[string]int32{}, refs: map[crm.Ref]int32{}}
}

// Plain returns Goods as New does, but without texts: for a few products, of which
// rules are asked.
func Plain(convert func(crm.Money, time.Time) (crm.Money, bool)) *Goods {
	g := New(convert)
	g.plain = true
	return g
}

// Put takes a product in, in place of the one with its ID. It keeps no slice of
// p.
func (g *Goods) Put(p *crm.Product) {
	n, ok := g.numbers[p.ID]
	if !ok {
		n = g.add(p.ID)
	}
	g.drop(n)
	g.living++
	g.state[n] = there
	if p.Published {
		g.state[n] |= published
	}
	g.titles[n], g.updated[n] = p.Title, p.UpdatedAt.UnixMilli()
	if !g.plain {
		g.texts[n] = words(p)
	}
	g.brand[n] = None
	if p.Brand != "" {
		g.brand[n] = g.brands.number(p.Brand)
	}
	for _, path := range p.Categories {
		if c := g.category(path); c != None && !slices.Contains(g.own[n], c) {
			g.own[n] = append(g.own[n], c)
			for up := c; up != None; up = g.parents[up] {
				g.within[n] = append(g.within[n], up)
			}
		}
	}
	g.within[n] = ascending(g.within[n])
	for _, tag := range p.Tags {
		g.labels[n] = append(g.labels[n], g.tags.number(tag))
	}
	g.labels[n] = ascending(g.labels[n])
	if !p.PublishedAt.IsZero() {
		g.state[n] |= dated
	}
	g.since[n] = cmp.Or(p.PublishedAt, p.CreatedAt).UnixMilli()
	g.variants(n, p)
	if p.Ref.ID != "" {
		g.keys[n] = p.Ref
		g.refs[p.Ref] = n
	}
	g.relation[n] = slices.Clone(p.Relations)
}

// variants takes in what there is to be sold, and for how much.
func (g *Goods) variants(n int32, p *crm.Product) {
	if len(p.Variants) == 0 { // nothing is known against it
		g.state[n] |= stocked
	}
	for i := range p.Variants {
		v := &p.Variants[i]
		if v.SKU != "" {
			g.skus[v.SKU] = n
		}
		kept := crm.Variant{SKU: v.SKU, Tracked: v.Tracked, Stock: v.Stock}
		if !v.Tracked || v.Stock > 0 {
			g.state[n] |= stocked
		}
		if v.Tracked && v.Stock > 0 {
			g.units[n] += v.Stock
		}
		if price, ok := g.convert(v.Price, p.UpdatedAt); ok && !v.Price.IsZero() {
			kept.Price = price
			if g.state[n]&priced == 0 {
				g.low[n], g.high[n] = price.Amount, price.Amount
			}
			g.state[n] |= priced
			g.low[n], g.high[n] = min(g.low[n], price.Amount), max(g.high[n], price.Amount)
		}
		g.sold[n] = append(g.sold[n], kept)
	}
}

// add makes room for another product.
func (g *Goods) add(id crm.ProductID) int32 {
	n := int32(len(g.ids))
	g.numbers[id] = n
	g.ids = append(g.ids, id)
	g.state = append(g.state, 0)
	g.brand = append(g.brand, None)
	g.low, g.high, g.units, g.since = append(g.low, 0), append(g.high, 0), append(g.units, 0), append(g.since, 0)
	g.within, g.own, g.labels = append(g.within, nil), append(g.own, nil), append(g.labels, nil)
	g.titles, g.texts, g.updated = append(g.titles, ""), append(g.texts, ""), append(g.updated, 0)
	g.sold, g.keys, g.relation = append(g.sold, nil), append(g.keys, crm.Ref{}), append(g.relation, nil)
	return n
}

// drop forgets all of a product but its number.
func (g *Goods) drop(n int32) {
	if g.state[n]&there != 0 {
		g.living--
	}
	for _, v := range g.sold[n] {
		if g.skus[v.SKU] == n {
			delete(g.skus, v.SKU)
		}
	}
	if g.refs[g.keys[n]] == n {
		delete(g.refs, g.keys[n])
	}
	g.state[n], g.brand[n] = 0, None
	g.low[n], g.high[n], g.units[n], g.since[n] = 0, 0, 0, 0
	g.within[n], g.own[n], g.labels[n] = nil, nil, nil
	g.titles[n], g.texts[n], g.updated[n] = "", "", 0
	g.sold[n], g.keys[n], g.relation[n] = nil, crm.Ref{}, nil
}

// Remove forgets a product, whose number stays its own. It reports whether it
// was there.
func (g *Goods) Remove(id crm.ProductID) bool {
	n, ok := g.numbers[id]
	if !ok || g.state[n]&there == 0 {
		return false
	}
	g.drop(n)
	return true
}

// Len returns the number of numbers, those of removed products with them.
func (g *Goods) Len() int { return len(g.ids) }

// Products returns the number of products that there are.
func (g *Goods) Products() int { return g.living }

// Number returns the number of a product; false when there is none.
func (g *Goods) Number(id crm.ProductID) (int32, bool) {
	n, ok := g.numbers[id]
	return n, ok && g.state[n]&there != 0
}

// ID returns the product that has a number, also when it was removed.
func (g *Goods) ID(n int32) crm.ProductID { return g.ids[n] }

// SKU returns the number of the product of which a variant is.
func (g *Goods) SKU(sku string) (int32, bool) {
	n, ok := g.skus[sku]
	return n, ok
}

// Ref returns the number of the product that a source knows by ref.
func (g *Goods) Ref(ref crm.Ref) (int32, bool) {
	n, ok := g.refs[ref]
	return n, ok
}

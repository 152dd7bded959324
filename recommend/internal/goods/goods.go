package goods

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sync"
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
	shared  map[string][]int32 // other products that have a SKU
	refs    map[crm.Ref]int32
	brands  dictionary
	tags    dictionary
	paths   dictionary // of categories
	parents []int32    // by category
	living  int
	plain   bool // without texts
	seed    maphash.Seed

	once   sync.Mutex // of several who ask
	newest []int32    // nil: to be worked out

	ids      []crm.ProductID
	state    []state
	brand    []int32
	low      []int64
	high     []int64
	units    []int64
	since    []int64  // milliseconds since 1970
	seals    []uint64 // of the records
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
	return &Goods{convert: convert, seed: maphash.MakeSeed(), numbers: map[crm.ProductID]int32{}, skus: map[string]int32{}, refs: map[crm.Ref]int32{}}
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
	since := g.since[n]
	g.drop(n)
	g.living++
	g.state[n] = there
	if p.Published {
		g.state[n] |= published
	}
	g.titles[n], g.seals[n] = p.Title, g.seal(p)
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
	if g.since[n] = cmp.Or(p.PublishedAt, p.CreatedAt).UnixMilli(); g.since[n] != since {
		g.newest = nil
	}
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
			g.take(v.SKU, n)
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
	g.newest = nil
	g.numbers[id] = n
	g.ids = append(g.ids, id)
	g.state = append(g.state, 0)
	g.brand = append(g.brand, None)
	g.low, g.high, g.units, g.since = append(g.low, 0), append(g.high, 0), append(g.units, 0), append(g.since, 0)
	g.within, g.own, g.labels = append(g.within, nil), append(g.own, nil), append(g.labels, nil)
	g.titles, g.texts, g.seals = append(g.titles, ""), append(g.texts, ""), append(g.seals, 0)
	g.sold, g.keys, g.relation = append(g.sold, nil), append(g.keys, crm.Ref{}), append(g.relation, nil)
	return n
}

// drop forgets all of a product but its number.
func (g *Goods) drop(n int32) {
	if g.state[n]&there != 0 {
		g.living--
	}
	for _, v := range g.sold[n] {
		g.release(v.SKU, n)
	}
	if g.refs[g.keys[n]] == n {
		delete(g.refs, g.keys[n])
	}
	g.state[n], g.brand[n] = 0, None
	g.low[n], g.high[n], g.units[n], g.since[n] = 0, 0, 0, 0
	g.within[n], g.own[n], g.labels[n] = nil, nil, nil
	g.titles[n], g.texts[n], g.seals[n] = "", "", 0
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
	g.newest = nil
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

// SKU returns the number of the product of which a variant is: of several, which is
// a mistake of the shop, the one with the least id.
func (g *Goods) SKU(sku string) (int32, bool) {
	n, ok := g.skus[sku]
	return n, ok
}

// take gives a SKU to a product.
func (g *Goods) take(sku string, n int32) {
	if m, ok := g.skus[sku]; ok && m != n {
		if g.shared == nil {
			g.shared = map[string][]int32{}
		}
		if g.ids[m] < g.ids[n] {
			n, m = m, n
		}
		g.shared[sku] = append(g.shared[sku], m)
	}
	g.skus[sku] = n
}

// release takes a SKU from a product.
func (g *Goods) release(sku string, n int32) {
	rest := g.shared[sku]
	switch m, ok := g.skus[sku]; {
	case ok && m == n && len(rest) == 0:
		delete(g.skus, sku)
	case ok && m == n:
		n = slices.MinFunc(rest, func(a, b int32) int { return cmp.Compare(g.ids[a], g.ids[b]) })
		g.skus[sku] = n
	}
	if rest = slices.DeleteFunc(rest, func(m int32) bool { return m == n }); len(rest) > 0 {
		g.shared[sku] = rest
	} else {
		delete(g.shared, sku)
	}
}

// Ref returns the number of the product that a source knows by ref.
func (g *Goods) Ref(ref crm.Ref) (int32, bool) {
	n, ok := g.refs[ref]
	return n, ok
}

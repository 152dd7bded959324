package goods

import (
	"cmp"
	"hash/maphash"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Has reports whether the product was not removed.
func (g *Goods) Has(n int32) bool { return g.state[n]&there != 0 }

// Published reports whether the shop shows a product.
func (g *Goods) Published(n int32) bool { return g.state[n]&published != 0 }

// InStock reports whether any variant of a product may be sold: its stock is not
// kept, or there is some. One without variants may.
func (g *Goods) InStock(n int32) bool { return g.state[n]&stocked != 0 }

// Offered reports whether a product is published and in stock.
func (g *Goods) Offered(n int32) bool {
	return g.state[n]&(published|stocked) == published|stocked
}

// Units returns how many units are in stock of the variants whose stock is kept.
func (g *Goods) Units(n int32) int64 { return g.units[n] }

// Price returns the lowest and the highest price of the variants of a product in
// minor units of the shop's currency; false when no price is known in it.
func (g *Goods) Price(n int32) (low, high int64, ok bool) {
	return g.low[n], g.high[n], g.state[n]&priced != 0
}

// Since returns when a product was first for sale, or else recorded.
func (g *Goods) Since(n int32) time.Time { return time.UnixMilli(g.since[n]).UTC() }

// Coming reports whether a product is known to be for sale only after a time.
func (g *Goods) Coming(n int32, at time.Time) bool {
	return g.state[n]&dated != 0 && g.since[n] > at.UnixMilli()
}

// Title returns the title of a product.
func (g *Goods) Title(n int32) string { return g.titles[n] }

// Text returns the words by which products are told to be alike.
func (g *Goods) Text(n int32) string { return g.texts[n] }

// Brand returns the number of a product's brand, or [None].
func (g *Goods) Brand(n int32) int32 { return g.brand[n] }

// Category returns the number of the first category of a product, or [None].
func (g *Goods) Category(n int32) int32 {
	if len(g.own[n]) == 0 {
		return None
	}
	return g.own[n][0]
}

// Categories returns the categories of a product in the order of the catalog,
// without those above them. It must not be changed.
func (g *Goods) Categories(n int32) []int32 { return g.own[n] }

// Within returns all categories that a product is in, those above its own with
// them, ascending. It must not be changed.
func (g *Goods) Within(n int32) []int32 { return g.within[n] }

// In reports whether a product is in a category, or in one below it.
func (g *Goods) In(n, category int32) bool {
	_, ok := slices.BinarySearch(g.within[n], category)
	return ok
}

// Tags returns the tags of a product, ascending. It must not be changed.
func (g *Goods) Tags(n int32) []int32 { return g.labels[n] }

// Variants returns what is known of the variants of a product: SKU, price in the
// shop's currency and stock. It must not be changed.
func (g *Goods) Variants(n int32) []crm.Variant { return g.sold[n] }

// A Related product is one that the shop has tied to another.
type Related struct {
	Kind    crm.RelationKind
	Product int32
}

// Related returns the products that the shop has tied to a product, in its
// order, each once a kind. What is not in the catalog is left out.
func (g *Goods) Related(n int32) []Related {
	var list []Related
	for _, r := range g.relation[n] {
		to, ok := g.SKU(r.SKU)
		if !ok {
			to, ok = g.refs[r.Ref]
		}
		if one := (Related{r.Kind, to}); ok && to != n && !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// Same reports whether a record is as the one that was put in last, as far as rules
// are asked of it: they say the same of both.
func (g *Goods) Same(n int32, p *crm.Product) bool {
	return g.state[n]&there != 0 && g.seals[n] == g.seal(p)
}

// seal returns a number that tells records apart by what rules are asked of.
func (g *Goods) seal(p *crm.Product) uint64 {
	var h maphash.Hash
	h.SetSeed(g.seed)
	text := func(s string) {
		maphash.WriteComparable(&h, len(s))
		h.WriteString(s)
	}
	maphash.WriteComparable(&h, [...]int64{p.UpdatedAt.UnixMilli(), p.PublishedAt.UnixMilli(), p.CreatedAt.UnixMilli()})
	maphash.WriteComparable(&h, [...]int{len(p.Categories), len(p.Tags), len(p.Variants)})
	maphash.WriteComparable(&h, p.Published)
	text(p.Brand)
	for _, list := range [...][]string{p.Categories, p.Tags} {
		for _, s := range list {
			text(s)
		}
	}
	for i := range p.Variants {
		v := &p.Variants[i]
		text(v.SKU)
		text(string(v.Price.Currency))
		maphash.WriteComparable(&h, [...]int64{v.Price.Amount, v.Stock})
		maphash.WriteComparable(&h, v.Tracked)
	}
	return h.Sum64()
}

// Newest returns the numbers of all products that there are, those first that were
// for sale last, and in the order of their IDs those of one time. It must not be
// changed.
func (g *Goods) Newest() []int32 {
	g.once.Lock()
	defer g.once.Unlock()
	if g.newest == nil {
		g.newest = make([]int32, 0, g.living)
		for n := range int32(len(g.ids)) {
			if g.Has(n) {
				g.newest = append(g.newest, n)
			}
		}
		slices.SortFunc(g.newest, func(a, b int32) int {
			return cmp.Or(cmp.Compare(g.since[b], g.since[a]), cmp.Compare(g.ids[a], g.ids[b]))
		})
	}
	return g.newest
}

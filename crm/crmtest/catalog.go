package crmtest

import (
	"slices"
	"strconv"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A good is a product as the generator knows it.
type good struct {
	title    string
	brand    int // of its section
	section  int
	euros    int64 // price of the first variant, in cents
	rhythm   int   // days until bought again; 0: not used up
	since    int   // when it was first for sale, in seconds since the start
	variants []variant
	mates    [3]int32 // goods often bought with it
}

// A variant is what one SKU stands for.
type variant struct {
	sku    string
	title  string // of the line of an order
	factor int64  // of the price, in thousandths
}

// A shelf is a list of goods, the popular ones first.
type shelf struct {
	goods []int32
	sums  []int64 // of the weights of those before; one longer
}

func (s *shelf) put(id int) {
	if s.sums == nil {
		s.sums = []int64{0}
	}
	n := len(s.goods)
	s.goods = append(s.goods, int32(id))
	s.sums = append(s.sums, s.sums[n]+one/int64(n+2)) // Zipf's law, its head blunted
}

func (s *shelf) pick(d *dice) int {
	if len(s.goods) == 0 {
		return -1
	}
	hi := d.pcg.Uint64() >> 33
	x := int64(hi) * s.sums[len(s.goods)] >> 31
	return int(s.goods[before(s.sums, x)])
}

// A catalog is everything the shop sells.
type catalog struct {
	goods   []good
	shelves [len(sections)]shelf
	brands  [len(sections)][5]shelf
	staples [len(sections)]shelf // goods that are used up and were there from the start
	turns   [100]uint8           // sections by share
}

// The goods of the story, which every shop has at the head of its catalog.
const (
	coffee = iota
	mokaPot
	blanket
	shirt
	glasses
	known // so many
)

var classics = [known]struct {
	section, adj, noun, brand int
	euros                     int64
	rhythm                    int
}{
	coffee:  {0, 0, 0, 0, 790, 28},
	mokaPot: {1, 7, 0, 3, 3450, 0},
	blanket: {2, 0, 0, 3, 7900, 0},
	shirt:   {3, 0, 0, 0, 5900, 0},
	glasses: {7, 0, 0, 0, 11900, 0},
}

func newCatalog(seed uint64, n int, s *season) *catalog {
	c := &catalog{goods: make([]good, max(n, known))}
	for i, left, sec := 0, sections[0].share, 0; i < len(c.turns); i++ {
		for left == 0 {
			sec++
			left = sections[sec].share
		}
		c.turns[i*37%100] = uint8(sec)
		left--
	}
	used := make(map[string]int, n)
	for i := range c.goods {
		g, d := &c.goods[i], throw(seed, streamGood, i, 0)
		var adj, noun int
		if i < known {
			k := classics[i]
			*g = good{section: k.section, brand: k.brand, euros: k.euros, rhythm: k.rhythm, since: -90 * day}
			adj, noun = k.adj, k.noun
		} else {
			g.section = int(c.turns[(i*7)%100])
			sec := &sections[g.section]
			g.brand = min(d.below(5), d.below(5))
			adj, noun = d.below(len(sec.adjs)), d.below(len(sec.nouns))
			// A band of prices with more at its lower end; brands differ.
			x := min(d.below(1000), d.below(1000)) * (80 + 10*g.brand) / 100
			g.euros = int64(sec.low + (sec.high-sec.low)*x/1000)
			if sec.rhythm[1] > 0 {
				g.rhythm = d.between(sec.rhythm[0], sec.rhythm[1])
			}
			g.since = -d.between(30, 700) * day
			if d.chance(280) {
				g.since = d.below(s.days)*day + 8*hour
			}
		}
		sec := &sections[g.section]
		g.title = sec.adjs[adj] + " " + sec.nouns[noun]
		used[g.title]++
		if k := used[g.title] - 1; k > 0 {
			if k < len(series) {
				g.title += " " + series[k]
			} else {
				g.title += " No. " + strconv.Itoa(k)
			}
		}
		base := sec.code + "-" + strconv.Itoa(1001 + i)[1:]
		if i >= 999 {
			base = sec.code + "-" + strconv.Itoa(1+i)
		}
		if sec.option == "" {
			g.variants = []variant{{base, g.title, 1000}}
		}
		for j, size := range sec.sizes {
			v := variant{base + "-" + code(size), g.title + " - " + size, 1000}
			if sec.factors != nil {
				v.factor = int64(sec.factors[j])
			}
			g.variants = append(g.variants, v)
		}
		c.shelves[g.section].put(i)
		c.brands[g.section][g.brand].put(i)
		if g.rhythm > 0 && g.since < 0 {
			c.staples[g.section].put(i)
		}
	}
	for i := range c.goods {
		g, d := &c.goods[i], throw(seed, streamGood, i, 1)
		for j := range g.mates {
			g.mates[j] = int32(i)
			for range 4 {
				shelf := &c.shelves[sections[g.section].mates[j]]
				if m := shelf.pick(&d); m >= 0 && m != i && !slices.Contains(g.mates[:j], int32(m)) {
					g.mates[j] = int32(m)
					break
				}
			}
		}
	}
	c.goods[coffee].mates[0], c.goods[mokaPot].mates[0] = mokaPot, coffee
	return c
}

// code makes a size a part of an SKU.
func code(size string) string {
	b := make([]byte, 0, len(size))
	for _, r := range []byte(size) {
		switch {
		case r >= 'a' && r <= 'z':
			b = append(b, r-'a'+'A')
		case r != ' ':
			b = append(b, r)
		}
	}
	return string(b)
}

// product returns a good as the book knows it.
func (g *generator) product(i int) *crm.Product {
	x, d := &g.catalog.goods[i], throw(g.seed, streamGood, i, 2)
	sec := &sections[x.section]
	p := &crm.Product{
		Ref:         crm.Ref{Source: source, ID: "p" + strconv.Itoa(i+1)},
		Title:       x.title,
		Brand:       sec.brands[x.brand],
		Categories:  []string{sec.path},
		Published:   i < known || !d.chance(30),
		PublishedAt: g.time(x.since),
		Variants:    make([]crm.Variant, len(x.variants)),
	}
	p.Description = p.Title + " by " + p.Brand + "."
	p.URL = "https://shop.example.com/p/" + p.Ref.ID
	p.ImageURL = "https://shop.example.com/img/" + p.Ref.ID + ".jpg"
	if sec.tryOn {
		p.Tags = append(p.Tags, "ar")
	}
	if x.since > (g.days-60)*day {
		p.Tags = append(p.Tags, "new")
	}
	if x.rhythm > 0 {
		p.Tags = append(p.Tags, "replenishable")
	}
	for j, v := range x.variants {
		price := g.price(x, j, g.base)
		p.Variants[j] = crm.Variant{
			SKU: v.sku, Title: v.title, Price: price, UnitCost: g.cost(x, j, g.base),
			Tracked: true, Stock: int64(max(0, d.between(-6, 140))),
		}
		if sec.option != "" {
			p.Variants[j].Title = sec.sizes[j]
			p.Variants[j].Options = []crm.Option{{Name: sec.option, Value: sec.sizes[j]}}
		}
		if i >= known && d.chance(60) {
			p.Variants[j].CompareAt = crm.Money{Amount: price.Amount * 5 / 4, Currency: price.Currency}
		}
	}
	for j, m := range x.mates[:2] {
		if int(m) != i && !slices.Contains(x.mates[:j], m) {
			p.Relations = append(p.Relations, crm.Relation{Kind: crm.RelationCrossSell, SKU: g.catalog.goods[m].variants[0].sku})
		}
	}
	return p
}

package column

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A Frequency is a text, and how often it was seen.
type Frequency struct {
	Text  string
	Title string // of a product, whose id Text is
	Seen  int
}

// looked is how many chunks are looked at to tell what is frequent.
const looked = 16

// Frequent returns the texts that a field of persons has, when source is "", or
// of the facts of a source: the most frequent first, at most so many, and with
// folded of texts that differ in case only the more frequent one.
// It looks at some 65,000 persons, from all over, or at all when they are fewer
// than twice that. It takes the lock.
func (b *Base) Frequent(source, field string, folded bool, most int) []Frequency {
	t := &counter{base: b, seen: map[*Dictionary]map[uint32]int{}}
	for n := 0; ; {
		b.mu.RLock()
		if n >= len(b.chunks) {
			b.mu.RUnlock()
			return t.most(folded, most)
		}
		t.chunk(b.chunks[n], source, field)
		n += max(1, len(b.chunks)/looked)
		b.mu.RUnlock()
	}
}

// A counter counts the texts of a field, by their codes.
type counter struct {
	base *Base
	seen map[*Dictionary]map[uint32]int
}

func (t *counter) add(d *Dictionary, code uint32, n int) {
	if code == 0 {
		return
	}
	if t.seen[d] == nil {
		t.seen[d] = map[uint32]int{}
	}
	t.seen[d][code] += n
}

func (t *counter) list(d *Dictionary, codes []uint32, n int) {
	for _, code := range codes {
		t.add(d, code, n)
	}
}

func (t *counter) chunk(c *Chunk, source, field string) {
	w, p := t.base.words, t.base.products
	switch source {
	case "":
		t.persons(c, field)
	case "orders":
		tally(c.Sales.slots, c.Sales.Words, func(code uint32, n int) { t.order(w.Orders.List[code], field, n) })
	case "canceled_orders":
		tally(c.Canceled.slots, c.Canceled.Words, func(code uint32, n int) { t.order(w.Orders.List[code], field, n) })
	case "items":
		tally(c.Items.slots, c.Items.Line, func(code uint32, n int) {
			switch l := w.Lines.List[code]; {
			case field == "sku":
				t.add(w.SKUs, l.SKU, n)
			case field == "title" && l.Product == 0:
				t.add(w.Titles, l.Title, n)
			default:
				t.product(p, l.Product, field, n)
			}
		})
		if _, ok := orderTexts[field]; ok { // of the sales that the lines are of
			t.chunk(c, "orders", field)
		}
	case "interactions":
		if strings.HasPrefix(field, "properties.") {
			t.properties(c, field)
			return
		}
		tally(c.Interactions.slots, c.Interactions.Contact, func(code uint32, n int) {
			i := w.Contacts.List[code]
			switch field {
			case "kind":
				t.add(w.Kinds, i.Kind, n)
			case "channel":
				t.add(w.Channels, i.Channel, n)
			case "direction":
				t.add(w.Directions, i.Direction, n)
			case "source":
				t.add(w.Sources, i.Source, n)
			}
		})
		tally(c.Interactions.slots, c.Interactions.Subject, func(code uint32, n int) {
			s := w.Subjects.List[code]
			if field == "sku" {
				t.list(w.SKUs, w.Lists.Of(s.SKUs), n)
				return
			}
			for _, product := range w.Lists.Of(s.Products) {
				t.product(p, product, field, n)
			}
		})
	}
}

// fewCodes is below which codes are counted in a list.
const fewCodes = 4096

// tally calls f with each code of the rows of persons, and how often it stands
// there.
func tally(slots []Slot, codes []uint32, f func(code uint32, n int)) {
	few := make([]int, fewCodes)
	many := map[uint32]int{}
	for _, s := range slots {
		for _, code := range codes[s.Start : s.Start+s.Len] {
			if code < fewCodes {
				few[code]++
			} else {
				many[code]++
			}
		}
	}
	for code, n := range few {
		if n > 0 {
			f(uint32(code), n)
		}
	}
	for code, n := range many {
		f(code, n)
	}
}

func (t *counter) persons(c *Chunk, field string) {
	for _, col := range t.base.named[field] {
		codes := col.Codes(c.Number)
		tally([]Slot{{Len: uint32(len(codes))}}, codes, func(code uint32, n int) {
			if col.Type == rule.IsList {
				t.list(col.Texts, col.Lists.Of(code), n)
			} else {
				t.add(col.Texts, code, n)
			}
		})
	}
}

// orderTexts are the codes of the texts of orders, by the names of fields.
var orderTexts = map[string]func(w *Words, o OrderWords) (d *Dictionary, code uint32, list bool){
	"channel": func(w *Words, o OrderWords) (*Dictionary, uint32, bool) { return w.Channels, o.Channel, false },
	"state":   func(w *Words, o OrderWords) (*Dictionary, uint32, bool) { return w.States, o.State, false },
	"source":  func(w *Words, o OrderWords) (*Dictionary, uint32, bool) { return w.Sources, o.Source, false },
	"country": func(w *Words, o OrderWords) (*Dictionary, uint32, bool) { return w.Countries, o.Country, false },
	"coupons": func(w *Words, o OrderWords) (*Dictionary, uint32, bool) { return w.Coupons, o.Coupons, true },
	"tags":    func(w *Words, o OrderWords) (*Dictionary, uint32, bool) { return w.Tags, o.Tags, true },
}

func (t *counter) order(o OrderWords, field string, n int) {
	of, ok := orderTexts[field]
	if !ok {
		return
	}
	switch d, code, list := of(t.base.words, o); {
	case list:
		t.list(d, t.base.words.Lists.Of(code), n)
	default:
		t.add(d, code, n)
	}
}

func (t *counter) product(p *Products, code uint32, field string, n int) {
	w, of := t.base.words, p.Of(code)
	switch field {
	case "product":
		t.add(p.IDs, code, n)
	case "title":
		t.add(w.Titles, of.Title, n)
	case "brand":
		t.add(w.Brands, of.Brand, n)
	case "categories":
		t.list(w.Categories, w.Lists.Of(of.Categories), n)
	case "product_tags":
		t.list(w.ProductTags, w.Lists.Of(of.Tags), n)
	}
}

func (t *counter) properties(c *Chunk, name string) {
	i, w := &c.Interactions, t.base.words
	for _, number := range w.Named(name) {
		p := w.Properties[number]
		if p.Type != rule.IsText && p.Type != rule.IsList {
			continue
		}
		for _, s := range i.slots {
			for row := s.Start; row < s.Start+s.Len; row++ {
				value, ok := i.Find(row, number)
				switch {
				case !ok:
				case p.Type == rule.IsText:
					t.add(p.Texts, uint32(value), 1)
				default:
					t.list(p.Texts, p.Lists.Of(uint32(value)), 1)
				}
			}
		}
	}
}

// most returns the most frequent texts.
func (t *counter) most(folded bool, most int) []Frequency {
	t.base.mu.RLock()
	defer t.base.mu.RUnlock()
	best, all := map[string]Frequency{}, map[string]int{}
	for d, seen := range t.seen {
		for code, n := range seen {
			f := Frequency{Text: d.Text(code), Seen: n}
			if f.Text == "" {
				continue
			}
			if d == t.base.products.IDs {
				f.Title = t.base.words.Titles.Text(t.base.products.Of(code).Title)
			}
			one := f.Text
			if folded {
				one = Fold(one)
			}
			all[one] += n
			if o := best[one]; o.Seen < n || o.Seen == n && o.Text > f.Text {
				best[one] = f
			}
		}
	}
	list := make([]Frequency, 0, len(best))
	for one, f := range best {
		f.Seen = all[one]
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b Frequency) int {
		return cmp.Or(cmp.Compare(b.Seen, a.Seen), strings.Compare(a.Text, b.Text))
	})
	return slices.Clone(list[:min(len(list), most)])
}

// Names returns what there is under a beginning of the names of persons' values,
// or of the properties of interactions when it is "properties.", sorted. It takes
// the lock.
func (b *Base) Names(prefix string) []string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var list []string
	if prefix == "properties." {
		for _, p := range b.words.Properties {
			list = append(list, strings.TrimPrefix(p.Name, prefix))
		}
	} else {
		for name := range b.named {
			if end, ok := strings.CutPrefix(name, prefix); ok {
				list = append(list, end)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

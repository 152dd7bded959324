package eval

import (
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// interactionField returns a field of an interaction.
func (c *compiler) interactionField(name string) expr {
	w := c.base.Words()
	s := &space{
		name:  "interactions",
		size:  func() uint32 { return uint32(len(w.Contacts.List)) },
		codes: func(x *frame) []uint32 { return x.chunk.Interactions.Contact },
	}
	word := func(d *column.Dictionary, of func(o *column.InteractionWords) uint32) expr {
		return &tupleText{space: s, is: shape{kind: text, words: texts{d}}, of: func(code uint32) (uint32, bool) { return of(&w.Contacts.List[code]), false }, in: nil}
	}
	switch name {
	case "kind":
		return word(w.Kinds, func(o *column.InteractionWords) uint32 { return o.Kind })
	case "channel":
		return word(w.Channels, func(o *column.InteractionWords) uint32 { return o.Channel })
	case "direction":
		return word(w.Directions, func(o *column.InteractionWords) uint32 { return o.Direction })
	case "source":
		return word(w.Sources, func(o *column.InteractionWords) uint32 { return o.Source })
	case "rating":
		return &rating{w}
	case "value":
		return c.number(func(ch *column.Chunk) []int64 { return ch.Interactions.Value }, true)
	}
	return c.subjectField(name)
}

// A rating is that of an interaction.
type rating struct{ *column.Words }

func (*rating) shape() shape                { return shape{kind: whole} }
func (*rating) weight() int                 { return 2 }
func (*rating) change(*frame, uint32) int64 { return never }

func (e *rating) values(x *frame, sel []uint32, out []int64) {
	for i, row := range sel {
		out[i] = int64(e.Contacts.List[x.chunk.Interactions.Contact[row]].Rating)
		if out[i] == 0 {
			out[i] = column.Lacking
		}
	}
}

// subjectField returns a field of what an interaction is about.
func (c *compiler) subjectField(name string) expr {
	w, p := c.base.Words(), c.base.Products()
	s := &space{
		name:    "subjects",
		size:    func() uint32 { return uint32(len(w.Subjects.List)) },
		version: p.Version,
		changed: func(code uint32) uint64 {
			latest := uint64(0)
			for _, product := range w.Lists.Of(w.Subjects.List[code].Products) {
				latest = max(latest, p.Changed(product))
			}
			return latest
		},
		codes: func(x *frame) []uint32 { return x.chunk.Interactions.Subject },
	}
	switch name {
	case "product":
		return &tupleText{space: s, is: shape{kind: text, words: productTexts{p}}, of: func(code uint32) (uint32, bool) { return w.Subjects.List[code].Products, true }, in: w.Lists}
	case "sku":
		return &tupleText{space: s, is: shape{kind: text, words: texts{w.SKUs}}, of: func(code uint32) (uint32, bool) { return w.Subjects.List[code].SKUs, true }, in: w.Lists}
	case "title":
		return &productText{s, w, p, shape{kind: text, words: texts{w.Titles}}, func(r column.ProductWords) uint32 { return r.Title }}
	case "brand":
		return &productText{s, w, p, shape{kind: text, folded: true, words: texts{w.Brands}}, func(r column.ProductWords) uint32 { return r.Brand }}
	case "categories":
		return &productText{s, w, p, shape{kind: list, folded: true, path: true, words: lists{w.Lists, w.Categories}}, func(r column.ProductWords) uint32 { return r.Categories }}
	case "product_tags":
		return &productText{s, w, p, shape{kind: list, folded: true, words: lists{w.Lists, w.ProductTags}}, func(r column.ProductWords) uint32 { return r.Tags }}
	}
	return nil
}

// A productText is a text or list that the products have that an interaction is
// about.
type productText struct {
	*space
	words *column.Words
	all   *column.Products
	is    shape
	of    func(r column.ProductWords) uint32
}

func (e *productText) shape() shape                { return e.is }
func (e *productText) weight() int                 { return 4 }
func (e *productText) change(*frame, uint32) int64 { return never }

func (e *productText) products(code uint32) []uint32 {
	return e.words.Lists.Of(e.words.Subjects.List[code].Products)
}

func (e *productText) values(x *frame, sel []uint32, out []int64) {
	for i, row := range sel {
		out[i] = column.Lacking
		for _, p := range e.products(e.space.at(x, row)) {
			if n := e.of(e.all.Of(p)); n != 0 {
				out[i] = int64(n)
				break
			}
		}
	}
}

func (e *productText) elements(x *frame, row uint32, out []int64) []int64 {
	for _, p := range e.products(e.space.at(x, row)) {
		if n := e.of(e.all.Of(p)); n != 0 {
			out = e.is.words.elements(int64(n), out)
		}
	}
	return out
}

// condition is true of rows one of whose products has such a text.
func (e *productText) condition(match func([]byte) bool) cond {
	return e.space.cond(func(code uint32) bool {
		for _, p := range e.products(code) {
			n := e.of(e.all.Of(p))
			if n == 0 {
				continue
			}
			switch w := e.is.words.(type) {
			case texts:
				if match(w.Bytes(n)) {
					return true
				}
			case lists:
				for _, t := range w.sets.Of(n) {
					if match(w.dict.Bytes(t)) {
						return true
					}
				}
			}
		}
		return false
	})
}

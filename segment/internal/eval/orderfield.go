package eval

import (
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// orderField returns a field of an order, or of the order of an item.
func (c *compiler) orderField(t table, name string) expr {
	orders := func(ch *column.Chunk) *column.Orders {
		if t == canceled {
			return &ch.Canceled
		}
		return &ch.Sales
	}
	if t != items {
		switch name {
		case "amount":
			e := c.number(func(ch *column.Chunk) []int64 { return orders(ch).Amount }, true)
			e.(*rowExpr).price = t == sales
			return e
		case "discount":
			return c.number(func(ch *column.Chunk) []int64 { return orders(ch).Discount }, true)
		case "units":
			return c.number(func(ch *column.Chunk) []int64 { return orders(ch).Units }, false)
		case "position":
			if t == sales {
				return position{}
			}
			return nil
		}
	}
	w := c.base.Words()
	s := &space{
		name:  "orders",
		size:  func() uint32 { return uint32(len(w.Orders.List)) },
		codes: func(x *frame) []uint32 { return orders(x.chunk).Words },
	}
	if t == items {
		s.through = func(x *frame) []uint32 { return x.chunk.Items.Order }
	}
	word := func(d *column.Dictionary, of func(o *column.OrderWords) uint32) expr {
		return &tupleText{space: s, is: shape{kind: text, words: texts{d}}, of: func(code uint32) (uint32, bool) { return of(&w.Orders.List[code]), false }, in: nil}
	}
	several := func(d *column.Dictionary, of func(o *column.OrderWords) uint32) expr {
		return &tupleText{space: s, is: shape{kind: list, folded: true, words: lists{w.Lists, d}}, of: func(code uint32) (uint32, bool) { return of(&w.Orders.List[code]), true }, in: w.Lists}
	}
	switch name {
	case "channel":
		return word(w.Channels, func(o *column.OrderWords) uint32 { return o.Channel })
	case "state":
		return word(w.States, func(o *column.OrderWords) uint32 { return o.State })
	case "source":
		return word(w.Sources, func(o *column.OrderWords) uint32 { return o.Source })
	case "country":
		return word(w.Countries, func(o *column.OrderWords) uint32 { return o.Country })
	case "coupons":
		return several(w.Coupons, func(o *column.OrderWords) uint32 { return o.Coupons })
	case "tags":
		return several(w.Tags, func(o *column.OrderWords) uint32 { return o.Tags })
	}
	return nil
}

// itemField returns a field of an item itself.
func (c *compiler) itemField(name string) expr {
	switch name {
	case "amount":
		return c.number(func(ch *column.Chunk) []int64 { return ch.Items.Amount }, true)
	case "price":
		return c.number(func(ch *column.Chunk) []int64 { return ch.Items.Price }, true)
	case "discount":
		return c.number(func(ch *column.Chunk) []int64 { return ch.Items.Discount }, true)
	case "quantity":
		return c.number(func(ch *column.Chunk) []int64 { return ch.Items.Quantity }, false)
	}
	w, p := c.base.Words(), c.base.Products()
	s := &space{
		name:    "lines",
		size:    func() uint32 { return uint32(len(w.Lines.List)) },
		version: p.Version,
		changed: func(code uint32) uint64 { return p.Changed(w.Lines.List[code].Product) },
		codes:   func(x *frame) []uint32 { return x.chunk.Items.Line },
	}
	word := func(words words, folded bool, of func(l *column.Line) uint32) expr {
		return &tupleText{space: s, is: shape{kind: text, folded: folded, words: words}, of: func(code uint32) (uint32, bool) { return of(&w.Lines.List[code]), false }, in: nil}
	}
	several := func(d *column.Dictionary, paths bool, of func(r column.ProductWords) uint32) expr {
		return &tupleText{space: s, is: shape{kind: list, folded: true, path: paths, words: lists{w.Lists, d}}, in: w.Lists, of: func(code uint32) (uint32, bool) {
			return of(p.Of(w.Lines.List[code].Product)), true
		}}
	}
	switch name {
	case "product":
		return word(productTexts{p}, false, func(l *column.Line) uint32 { return l.Product })
	case "sku":
		return word(texts{w.SKUs}, false, func(l *column.Line) uint32 { return l.SKU })
	case "title":
		return word(texts{w.Titles}, false, func(l *column.Line) uint32 {
			if l.Product != 0 {
				return p.Of(l.Product).Title
			}
			return l.Title
		})
	case "brand":
		return word(texts{w.Brands}, true, func(l *column.Line) uint32 { return p.Of(l.Product).Brand })
	case "categories":
		return several(w.Categories, true, func(r column.ProductWords) uint32 { return r.Categories })
	case "product_tags":
		return several(w.ProductTags, false, func(r column.ProductWords) uint32 { return r.Tags })
	}
	return nil
}

package column

import "github.com/seed-9cb3708a/clientele/segment/internal/rule"

// code reads a code of at most so much.
func (u *unpacker) code(most uint32) uint32 {
	v := u.uint()
	if v > uint64(most) {
		u.fail("code")
		return 0
	}
	return uint32(v)
}

// unpackWords reads words, products and columns.
func (b *Base) unpackWords(payload []byte) error {
	u, w := &unpacker{b: payload}, b.words
	for _, d := range w.dictionaries() {
		u.dictionary(*d)
	}
	b.checkout, b.inbound = w.Kinds.Code("begin_checkout"), w.Directions.Code("inbound")
	lists := uint32(0) // of the longest of their dictionaries: Products are read later
	lists = ^lists - 1
	u.sets(w.Lists, lists)
	tuples(u, w.Orders, 6, func() OrderWords {
		return OrderWords{
			u.code(w.Channels.Len()), u.code(w.States.Len()), u.code(w.Sources.Len()), u.code(w.Countries.Len()),
			u.list(w.Lists, w.Coupons), u.list(w.Lists, w.Tags),
		}
	})
	tuples(u, w.Contacts, 5, func() InteractionWords {
		return InteractionWords{u.code(w.Kinds.Len()), u.code(w.Channels.Len()), u.code(w.Directions.Len()), u.code(w.Sources.Len()), int32(u.code(1 << 30))}
	})
	for range u.count(4) {
		name, kind := string(u.bytes()), rule.Type(u.code(uint32(rule.IsAny)-1))
		known := w.texts[name] != nil
		if kind == 0 || w.property(name, kind) != uint32(len(w.Properties)-1) {
			u.fail("property")
			break
		}
		p := w.Properties[len(w.Properties)-1]
		if !known {
			u.dictionary(p.Texts)
		}
		u.sets(p.Lists, p.Texts.Len())
	}
	b.unpackProducts(u)
	tuples(u, w.Lines, 3, func() Line {
		return Line{u.code(b.products.IDs.Len()), u.code(w.SKUs.Len()), u.code(w.Titles.Len())}
	})
	tuples(u, w.Subjects, 2, func() Subject {
		return Subject{u.list(w.Lists, b.products.IDs), u.list(w.Lists, w.SKUs)}
	})
	for range u.count(4) {
		col := newColumn(string(u.bytes()), rule.Type(u.code(uint32(rule.IsAny)-1)))
		for _, other := range b.named[col.Name] {
			if other.Type == col.Type {
				u.fail("column twice")
			}
		}
		if col.Type == 0 {
			u.fail("column")
		}
		u.dictionary(col.Texts)
		u.sets(col.Lists, col.Texts.Len())
		if u.err != nil {
			break
		}
		b.columns = append(b.columns, col)
		b.named[col.Name] = append(b.named[col.Name], col)
	}
	if u.err == nil && len(u.b) > 0 {
		u.fail("more than words")
	}
	return u.err
}

func (b *Base) unpackProducts(u *unpacker) {
	p, w := b.products, b.words
	u.dictionary(p.IDs)
	for code := range uint32(u.count(6)) {
		if code > p.IDs.Len() {
			u.fail("product")
			return
		}
		known := u.code(1)
		row := ProductWords{u.code(w.Titles.Len()), u.code(w.Brands.Len()), u.list(w.Lists, w.Categories), u.list(w.Lists, w.ProductTags)}
		if known == 1 {
			p.version = 1
		}
		p.rows, p.changed = append(p.rows, row), append(p.changed, uint64(known))
		for range u.count(1) {
			key := string(u.bytes())
			p.keysOf[code] = append(p.keysOf[code], key)
			p.keys[key] = append(p.keys[key], code)
		}
	}
}

// list reads the code of a list, and holds it against its dictionary.
func (u *unpacker) list(s *Sets, d *Dictionary) uint32 {
	code := u.code(s.Len())
	if !below(s.Of(code), int(d.Len())+1) {
		u.fail("list")
		return 0
	}
	return code
}

// tuples reads tuples, of which each takes so many bytes at least. The first is
// the zero one.
func tuples[T comparable](u *unpacker, t *Tuples[T], size int, read func() T) {
	var zero T
	for i := range u.count(size) {
		v := read()
		if (i == 0) != (v == zero) {
			u.fail("tuple")
			return
		}
		if i > 0 && t.code(v) != uint32(i) {
			u.fail("tuple twice")
			return
		}
	}
}

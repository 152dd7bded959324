package column

// Having calls f with everybody of whom an item or an interaction names one of
// some products, by the codes of their ids, and with one of these. It takes the
// lock for one chunk at a time, and holds it when it calls f.
func (b *Base) Having(products []uint32, f func(ordinal, product uint32)) {
	h := having{products: products}
	b.RLock()
	n := b.Chunks()
	b.RUnlock()
	for number := range n {
		b.RLock()
		h.look(b, b.chunks[number], f)
		b.RUnlock()
	}
}

// having looks for products.
type having struct {
	products        []uint32
	lines, subjects []uint32 // by their codes: the product that they name, 0 for none
}

// extend takes in the lines and subjects that came since.
func (h *having) extend(b *Base) {
	w := b.words
	wanted := make(codeBits, b.products.IDs.Len()/64+1)
	for _, code := range h.products {
		wanted.set(code)
	}
	for _, line := range w.Lines.List[len(h.lines):] {
		h.lines = append(h.lines, 0)
		if wanted.has(line.Product) {
			h.lines[len(h.lines)-1] = line.Product
		}
	}
	for _, subject := range w.Subjects.List[len(h.subjects):] {
		h.subjects = append(h.subjects, 0)
		for _, code := range w.Lists.Of(subject.Products) {
			if wanted.has(code) {
				h.subjects[len(h.subjects)-1] = code
			}
		}
	}
}

func (h *having) look(b *Base, c *Chunk, f func(ordinal, product uint32)) {
	if len(h.lines) < len(b.words.Lines.List) || len(h.subjects) < len(b.words.Subjects.List) {
		h.extend(b)
	}
	of := func(s Slot, column Vec[uint32], products []uint32) uint32 {
		for _, code := range column[s.Start : s.Start+s.Len] {
			if product := products[code]; product != 0 {
				return product
			}
		}
		return 0
	}
	for i, word := range c.Live {
		if word == 0 {
			continue
		}
		for person := uint32(i * 64); person < uint32(i+1)*64; person++ {
			if !c.Live.Has(person) {
				continue
			}
			product := of(c.Items.Of(person), c.Items.Line, h.lines)
			if product == 0 {
				product = of(c.Interactions.Of(person), c.Interactions.Subject, h.subjects)
			}
			if product != 0 {
				f(uint32(c.Number)*ChunkSize+person, product)
			}
		}
	}
}

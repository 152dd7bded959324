package column

import "github.com/seed-9cb3708a/clientele/segment/internal/rule"

// codeBits are one for each code of a dictionary.
type codeBits []uint64

func (c codeBits) set(code uint32)      { c[code/64] |= 1 << (code % 64) }
func (c codeBits) has(code uint32) bool { return c[code/64]>>(code%64)&1 != 0 }

// only returns a dictionary of the first codes, in which the texts of those that
// are not set are empty: what nobody has any more, since it was changed or its
// person erased, is not kept.
func (c codeBits) only(d *Dictionary, first uint32) *Dictionary {
	out := &Dictionary{ends: []uint32{0}}
	for code := uint32(1); code <= first; code++ {
		if c.has(code) {
			out.blob = append(out.blob, d.Bytes(code)...)
		}
		out.ends = append(out.ends, uint32(len(out.blob)))
	}
	return out
}

// used returns the codes that values and properties of persons have.
func (b *Base) used() map[*Dictionary]codeBits {
	all := map[*Dictionary]codeBits{}
	of := func(d *Dictionary) codeBits {
		if all[d] == nil {
			all[d] = make(codeBits, d.Len()/64+1)
		}
		return all[d]
	}
	note := func(d *Dictionary, s *Sets, kind rule.Type, code uint32) {
		switch kind {
		case rule.IsText:
			of(d).set(code)
		case rule.IsList:
			for _, c := range s.Of(code) {
				of(d).set(c)
			}
		}
	}
	for _, col := range b.columns {
		of(col.Texts)
		for _, codes := range col.codes {
			for _, code := range codes {
				note(col.Texts, col.Lists, col.Type, code)
			}
		}
	}
	for _, p := range b.words.Properties {
		of(p.Texts)
	}
	for _, c := range b.chunks {
		t := &c.Interactions
		for _, s := range t.slots {
			for _, at := range t.Property[s.Start : s.Start+s.Len] {
				for ; at != 0; at++ {
					p := b.words.Properties[t.Names[at]&^more]
					note(p.Texts, p.Lists, p.Type, uint32(t.Values[at]))
					if t.Names[at]&more == 0 {
						break
					}
				}
			}
		}
	}
	return all
}

// Forget gives up the texts that no value and no property of a person has any
// more. It is for the writer: readers may go on meanwhile.
func (b *Base) Forget() {
	fresh := map[*Dictionary]*Dictionary{}
	b.mu.RLock()
	for d, codes := range b.used() {
		fresh[d] = codes.only(d, d.Len())
		fresh[d].seed = d.seed
		fresh[d].rehash()
	}
	b.mu.RUnlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	for d, f := range fresh {
		d.blob, d.ends, d.table = f.blob, f.ends, f.table
	}
}

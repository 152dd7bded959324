package search

import (
	"encoding/binary"
	"maps"
	"slices"
)

// A gathering is the postings of all persons of as many terms, from one on, as fit
// into memory. Terms are taken from all persons, and when they get too many the
// upper half is dropped, for the next gathering. So each part of the index is
// written once, in its order, which is many times quicker than to write all of it
// again with every thousand persons.
type gathering struct {
	from, to string // terms with from <= term < to; "" is open
	limit    int    // bytes, about
	size     int
	runs     map[string]*run
	key      []byte
}

// A run is the postings of a term: those in data, as distances and fields, and the
// last one, which may get more fields.
type run struct {
	data []byte
	last uint64 // in data
	doc  uint64
	in   mask
}

// overhead is what a term takes beside its bytes.
const overhead = 120

// add takes a person in. Persons come by their numbers.
func (g *gathering) add(p *person) {
	each(p.Terms, func(class byte, text string, in mask) {
		g.key = append(append(g.key[:0], class), text...)
		if string(g.key) < g.from || g.to != "" && string(g.key) >= g.to {
			return
		}
		r := g.runs[string(g.key)]
		if r == nil {
			r = &run{doc: p.Doc, in: in}
			g.runs[string(g.key)] = r
			if g.size += len(g.key) + overhead; g.size > g.limit {
				g.shrink()
			}
			return
		}
		if r.doc == p.Doc {
			r.in |= in
			return
		}
		n := cap(r.data)
		r.close()
		r.doc, r.in = p.Doc, in
		if g.size += cap(r.data) - n; g.size > g.limit {
			g.shrink()
		}
	})
}

func (r *run) close() {
	r.data = binary.AppendUvarint(r.data, r.doc-r.last)
	r.data = binary.AppendUvarint(r.data, uint64(r.in))
	r.last = r.doc
}

// shrink drops the terms of the upper half.
func (g *gathering) shrink() {
	texts := g.texts()
	if len(texts) < 2 {
		return
	}
	size, n := 0, 0
	for ; n < len(texts) && (n == 0 || size < g.limit/2); n++ {
		size += len(texts[n]) + overhead + cap(g.runs[texts[n]].data)
	}
	if n == len(texts) {
		return
	}
	for _, text := range texts[n:] {
		delete(g.runs, text)
	}
	g.to, g.size = texts[n], size
	g.runs = maps.Clone(g.runs) // maps do not shrink
}

func (g *gathering) texts() []string { return slices.Sorted(maps.Keys(g.runs)) }

// of returns the postings of a term.
func (g *gathering) of(text string) []posted {
	r := g.runs[text]
	list := make([]posted, 0, len(r.data)/2+1)
	doc := uint64(0)
	for data := r.data; len(data) > 0; {
		step, n := binary.Uvarint(data)
		in, m := binary.Uvarint(data[n:])
		doc += step
		list = append(list, posted{doc, mask(in)})
		data = data[n+m:]
	}
	return append(list, posted{r.doc, r.in})
}

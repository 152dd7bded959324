package eval

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A Table is values of persons, in the order of their ordinals.
type Table struct {
	Ordinals []uint32
	Columns  []Column // one a value of the program
}

// A Column holds one value of each person of a [Table]. What a person lacks is
// [column.Lacking] in Ints.
type Column struct {
	Type  rule.Type
	Scale uint8   // of IsNumber and IsMoney: how many of the last digits of Ints stand behind the point
	Real  bool    // of IsNumber: Ints are the bits of floats ([column.Number])
	Ints  []int64 // the number, the amount, milliseconds, 0 or 1
	Of    []int64 // of an average: Ints are sums of so many; nil for what is none
	Texts []string
	Lists [][]string
}

// Compute works the values out for those of members who are in the base, or for
// everybody when members is nil, at an instant. Edges are as for Run.
func (p *Program) Compute(ctx context.Context, at int64, edges *Edges, members *roaring.Bitmap) (*Table, error) {
	base := p.engine.base
	base.RLock()
	n, shape := base.Chunks(), base.Shape()
	base.RUnlock()
	parts := make([]*Table, n)
	var grown atomic.Bool // values of a new name or type came meanwhile: columns may not fit together
	var wanted []uint64
	if members != nil {
		wanted = members.ToDense()
	}
	err := p.chunks(ctx, at, edges, func(x *frame) error {
		if x.chunk.Number >= n {
			return nil
		}
		live := x.chunk.Live
		if members != nil {
			for i := range live {
				word := x.chunk.Number*len(live) + i
				if word < len(wanted) {
					live[i] &= wanted[word]
				} else {
					live[i] = 0
				}
			}
		}
		sel := live.Append(x.take(column.ChunkSize)[:0])
		t := &Table{Ordinals: slices.Clone(sel), Columns: make([]Column, len(x.plan.exprs))}
		for i := range t.Ordinals {
			t.Ordinals[i] += uint32(x.chunk.Number) * column.ChunkSize
		}
		for i, e := range x.plan.exprs {
			t.Columns[i].fill(x, e, sel)
		}
		parts[x.chunk.Number] = t
		if x.plan.shape != shape {
			grown.Store(true)
		}
		x.give(sel)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if grown.Load() {
		return p.Compute(ctx, at, edges, members)
	}
	return joined(parts, len(p.values)), nil
}

// ComputeOne is Compute of one person; the table is empty when there is none.
func (p *Program) ComputeOne(ordinal uint32, at int64, edges *Edges) (*Table, error) {
	base := p.engine.base
	base.RLock()
	defer base.RUnlock()
	if !base.Has(ordinal) {
		return joined(nil, len(p.values)), nil
	}
	r, err := p.prepare()
	if err != nil {
		return nil, err
	}
	x, err := p.frame(r, at, edges, true)
	if err != nil {
		return nil, err
	}
	x.open(base.Chunk(int(ordinal / column.ChunkSize)))
	t := &Table{Ordinals: []uint32{ordinal}, Columns: make([]Column, len(r.exprs))}
	for i, e := range r.exprs {
		t.Columns[i].fill(x, e, []uint32{ordinal % column.ChunkSize})
	}
	r.give(x)
	return t, nil
}

// joined puts the tables of chunks after one another.
func joined(parts []*Table, columns int) *Table {
	all := &Table{Columns: make([]Column, columns)}
	size := 0
	for _, t := range parts {
		if t != nil {
			size += len(t.Ordinals)
		}
	}
	all.Ordinals = make([]uint32, 0, size)
	for _, t := range parts {
		if t == nil {
			continue
		}
		all.Ordinals = append(all.Ordinals, t.Ordinals...)
		for i := range t.Columns {
			a, c := &all.Columns[i], &t.Columns[i]
			if a.Ints == nil {
				a.Ints = make([]int64, 0, size)
				a.Type, a.Scale, a.Real = c.Type, c.Scale, c.Real
			}
			a.Ints = append(a.Ints, c.Ints...)
			a.Of = append(a.Of, c.Of...)
			a.Texts = append(a.Texts, c.Texts...)
			a.Lists = append(a.Lists, c.Lists...)
		}
	}
	return all
}

// types are those of the kinds.
var types = [...]rule.Type{whole: rule.IsNumber, real: rule.IsNumber, instant: rule.IsDate, text: rule.IsText, list: rule.IsList, truth: rule.IsBool}

func (c *Column) fill(x *frame, e expr, sel []uint32) {
	s := e.shape()
	c.Type, c.Scale, c.Real = types[s.kind], s.scale, s.kind == real
	if s.money {
		c.Type = rule.IsMoney
	}
	c.Ints = make([]int64, len(sel))
	of := x.takeWide(len(sel))
	read(x, e, sel, c.Ints, of)
	if _, ok := unshared(e).(*average); ok {
		c.Of = slices.Clone(of)
	}
	x.giveWide(of)
	if s.words == nil {
		return
	}
	for _, v := range c.Ints {
		if v == column.Lacking {
			c.add("", nil, s.kind)
			continue
		}
		if l, ok := s.words.(lists); ok && s.kind == list {
			var texts []string
			for _, t := range l.sets.Of(uint32(v)) {
				texts = append(texts, l.dict.Text(t))
			}
			c.add("", texts, s.kind)
			continue
		}
		c.add(s.words.text(v), nil, s.kind)
	}
}

func (c *Column) add(one string, several []string, k kind) {
	if k == list {
		c.Lists = append(c.Lists, several)
	} else {
		c.Texts = append(c.Texts, one)
	}
}

// Rounded returns an average as a number of the column's scale, rounded to the
// nearest, halves away from 0; other numbers as they are.
func (c *Column) Rounded(i int) int64 {
	if c.Of == nil || c.Ints[i] == column.Lacking {
		return c.Ints[i]
	}
	return rounded(c.Ints[i], c.Of[i])
}

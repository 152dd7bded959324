package eval

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// Edges are what answers about one person follow from of all: where the highest
// and the lowest end, by the text of the condition or its hash, where scores change, and how
// long customers take to come back. They are frozen: whoever uses them, a run
// over everybody and one over one person, gets the same answers. They must not
// be changed.
type Edges struct {
	At     int64             `json:"at"`               // the instant of which they are
	People int               `json:"people,omitzero"`  // how many there were
	Sales  int               `json:"sales,omitzero"`   // of theirs
	Values map[string]Edge   `json:"values,omitzero"`  // of the highest and the lowest
	Scores *rfm.Edges        `json:"scores,omitempty"` // nil: not worked out
	Rhythm *lifecycle.Rhythm `json:"rhythm,omitempty"` // in calendar days; nil: not worked out
}

// Outgrown reports whether edges are of a base that was hardly begun: one with a
// tenth of the people, or of their sales, or with none.
func (e *Engine) Outgrown(of *Edges) bool {
	people, sales := max(10*of.People, 1), max(10*of.Sales, 1)
	return e.base.Len() >= people || e.rows() >= sales && e.sales() >= sales
}

// rows returns how many sales there are at most.
func (e *Engine) rows() int {
	e.base.RLock()
	defer e.base.RUnlock()
	n := 0
	for number := range e.base.Chunks() {
		n += int(e.base.Chunk(number).Sales.Rows())
	}
	return n
}

// sales counts the sales.
func (e *Engine) sales() int {
	e.base.RLock()
	defer e.base.RUnlock()
	n := 0
	for number := range e.base.Chunks() {
		for _, s := range e.base.Chunk(number).Sales.Slots() {
			n += int(s.Len)
		}
	}
	return n
}

// Edges works out what the rules and values ask for of [Edges], over everybody, at
// an instant. Of a program that asks for nothing it is empty.
func (p *Program) Edges(ctx context.Context, at int64) (*Edges, error) {
	return p.Complete(ctx, at, nil)
}

// Complete returns edges with what others have, and with what the program asks
// for and they lack: that is worked out at an instant, and At stays. It returns
// the same ones when they lack nothing.
func (p *Program) Complete(ctx context.Context, at int64, have *Edges) (*Edges, error) {
	base := p.engine.base
	base.RLock()
	r, err := p.prepare()
	base.RUnlock()
	if err != nil {
		return nil, err
	}
	out := &Edges{At: at}
	if have == nil {
		out.People, out.Sales = base.Len(), p.engine.sales()
	} else {
		if r.lacking(have).nothing() {
			return have, nil
		}
		out = new(*have) // the values are copied below
	}
	if out.Values = maps.Clone(out.Values); out.Values == nil {
		out.Values = map[string]Edge{}
	}
	lacks := r.lacking(out)
	if lacks.scores {
		if out.Scores, err = p.freezeScores(ctx, at, r.blank()); err != nil {
			return nil, err
		}
	}
	if lacks.rhythm {
		if out.Rhythm, err = p.engine.learn(ctx, at); err != nil {
			return nil, err
		}
	}
	if len(lacks.extremes) == 0 {
		return out, nil
	}
	return out, p.freezeExtremes(ctx, at, lacks.extremes, out)
}

// Scored reports whether the program asks for edges of scores, and of stages.
func (p *Program) Scored() (scores, stages bool) {
	base := p.engine.base
	base.RLock()
	defer base.RUnlock()
	r, err := p.prepare()
	return err == nil && r.scores != nil, err == nil && r.stages
}

// A need is what a program asks for that edges do not have.
type need struct {
	extremes       []int // of the plan
	scores, rhythm bool
}

func (n need) nothing() bool { return len(n.extremes) == 0 && !n.scores && !n.rhythm }

func (p *plan) lacking(e *Edges) need {
	n := need{scores: p.scores != nil && e.Scores == nil, rhythm: p.stages && e.Rhythm == nil}
	for i, x := range p.extremes {
		if _, ok := e.Values[x.key]; !ok {
			n.extremes = append(n.extremes, i)
		}
	}
	return n
}

// blank returns edges by which nobody is anything, for what is worked out first.
func (p *plan) blank() *Edges {
	e := &Edges{Values: map[string]Edge{}, Scores: &rfm.Edges{}, Rhythm: &lifecycle.Rhythm{}}
	for _, x := range p.extremes {
		e.Values[x.key] = Edge{Nobody: true}
	}
	return e
}

// freezeScores works out where scores change.
func (p *Program) freezeScores(ctx context.Context, at int64, blank *Edges) (*rfm.Edges, error) {
	m, err := p.measure(ctx, at, nil, blank)
	if err != nil {
		return nil, err
	}
	edges, err := p.engine.scheme.Freeze(*m)
	return &edges, err
}

// measure returns what is scored of members, or of everybody when they are nil,
// in the order of their ordinals.
func (p *Program) measure(ctx context.Context, at int64, members *roaring.Bitmap, edges *Edges) (*rfm.Measures, error) {
	base := p.engine.base
	base.RLock()
	parts := make([]rfm.Measures, base.Chunks())
	base.RUnlock()
	s := p.engine.scheme
	ties := s.Recency.Method == rfm.RankFirst || s.Frequency.Method == rfm.RankFirst || s.Monetary.Method == rfm.RankFirst
	err := p.chunks(ctx, at, edges, func(x *frame) error {
		if x.chunk.Number >= len(parts) {
			return nil
		}
		sel := x.chunk.Live.Append(x.take(column.ChunkSize)[:0])
		if members != nil {
			first := uint32(x.chunk.Number) * column.ChunkSize
			sel = slices.DeleteFunc(sel, func(id uint32) bool { return !members.Contains(first + id) })
		}
		m := rfm.Measures{Recency: make([]int64, len(sel)), Frequency: make([]int64, len(sel)), Monetary: make([]int64, len(sel))}
		of := x.plan.scores
		of.ages(x, sel, m.Recency)
		buyers, places := x.take(len(sel))[:0], x.take(len(sel))[:0]
		for i, id := range sel {
			if m.Recency[i] != column.Lacking {
				buyers, places = append(buyers, id), append(places, uint32(i))
			}
		}
		values := x.takeWide(len(buyers))
		of.frequency.values(x, buyers, values)
		for i, place := range places {
			m.Frequency[place] = values[i]
		}
		of.monetary.values(x, buyers, values)
		for i, place := range places {
			m.Monetary[place] = values[i]
		}
		x.giveWide(values)
		x.give(places)
		x.give(buyers)
		for i := 0; ties && i < len(sel); i++ {
			m.Ties = append(m.Ties, x.tie(sel[i]))
		}
		parts[x.chunk.Number] = m
		x.give(sel)
		return nil
	})
	if err != nil {
		return nil, err
	}
	size := 0
	for _, m := range parts {
		size += len(m.Frequency)
	}
	all := &rfm.Measures{Recency: make([]int64, 0, size), Frequency: make([]int64, 0, size), Monetary: make([]int64, 0, size)}
	for _, m := range parts {
		all.Recency, all.Frequency = append(all.Recency, m.Recency...), append(all.Frequency, m.Frequency...)
		all.Monetary, all.Ties = append(all.Monetary, m.Monetary...), append(all.Ties, m.Ties...)
	}
	return all, nil
}

// Summarize tells of the groups of members, or of everybody when they are nil, at
// an instant, by edges that have scores.
func (e *Engine) Summarize(ctx context.Context, at int64, edges *Edges, members *roaring.Bitmap) ([]rfm.Summary, error) {
	p, err := e.CompileValues(&rule.Field{Name: "rfm_group"})
	if err != nil {
		return nil, err
	}
	m, err := p.measure(ctx, at, members, edges)
	if err != nil {
		return nil, err
	}
	return edges.Scores.Summarize(e.groups, *m), nil
}

// learn works out how long customers take to come back.
func (e *Engine) learn(ctx context.Context, at int64) (*lifecycle.Rhythm, error) {
	var gaps lifecycle.Gaps
	today := e.Day(at)
	err := e.Days(ctx, at, nil, func(_ uint32, days []int64) { gaps.Add(days, today) })
	if err != nil {
		return nil, err
	}
	return new(e.policy.Learn(&gaps)), nil
}

// freezeExtremes adds where the highest and the lowest end.
func (p *Program) freezeExtremes(ctx context.Context, at int64, lacking []int, out *Edges) error {
	base := p.engine.base
	base.RLock()
	r, err := p.prepare()
	chunks := base.Chunks()
	known := &recent{at: at, version: base.Version(), values: map[int][][]int64{}}
	base.RUnlock()
	if err != nil {
		return err
	}
	values := make([][]rankings, len(lacking)) // by chunk
	for i := range values {
		values[i] = make([]rankings, chunks)
		if number := lacking[i]; r.remembers(r.extremes[number].expr) {
			known.values[number] = make([][]int64, chunks)
		}
	}
	by := r.blank()
	by.Scores, by.Rhythm = cmp.Or(out.Scores, by.Scores), cmp.Or(out.Rhythm, by.Rhythm)
	err = p.chunks(ctx, at, by, func(x *frame) error {
		if x.chunk.Number >= chunks {
			return nil
		}
		all := x.chunk.Live.Append(x.take(column.ChunkSize)[:0])
		v, of := x.takeWide(len(all)), x.takeWide(len(all))
		for i, number := range lacking {
			e := x.plan.extremes[number].expr
			read(x, e, all, v, of)
			values[i][x.chunk.Number] = rankingsOf(e, v, of)
			if kept := known.values[number]; kept != nil && x.base.Version() == known.version {
				kept[x.chunk.Number] = byPerson(all, v)
			}
		}
		x.giveWide(v)
		x.giveWide(of)
		x.give(all)
		return nil
	})
	if err != nil {
		return err
	}
	p.recent.keep(known)
	for i, number := range lacking {
		e := r.extremes[number]
		out.Values[e.key] = edgeOf(values[i], e)
	}
	return nil
}

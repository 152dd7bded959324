package evaltest

import (
	"cmp"
	"math/big"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
)

// A World is what rules are asked in. Its fields do not change once a rule was
// asked in it; it is for one goroutine.
type World struct {
	At         time.Time
	Location   *time.Location
	Digits     int // of minor units of the book's currency: 2
	Vocabulary *rule.Vocabulary
	Products   []*column.Product
	People     []*column.Person     // everybody, for Extreme
	Segments   map[string]rule.Node // by their ids and names
	Scores     Scores
	Edges      *World // where the highest and the lowest end, and scores change; nil: in this one

	bounds  map[*rule.Extreme]bound
	bought  []measured
	orders  [3][]measured // bought, sorted
	learned *lifecycle.Rhythm
	starts  map[day]int64
}

// A bound is the last value among the extremes, lacking when there is none.
type bound struct{ last Value }

// Again returns a world of the same things at another time, which may be the
// same, for rules to be asked anew.
func (w *World) Again(at time.Time) *World {
	return &World{At: at, Location: w.Location, Digits: w.Digits, Vocabulary: w.Vocabulary, Products: w.Products, People: w.People, Segments: w.Segments, Scores: w.Scores}
}

// Is reports whether a rule is true of a person. The rule is one that rule.Check
// returned.
func (w *World) Is(n rule.Node, p *column.Person) bool {
	switch n := n.(type) {
	case *rule.All:
		return all(n.Nodes, func(n rule.Node) bool { return w.Is(n, p) })
	case *rule.Any:
		return slices.ContainsFunc(n.Nodes, func(n rule.Node) bool { return w.Is(n, p) })
	case *rule.Not:
		return !w.Is(n.Node, p)
	case *rule.Match:
		return len(w.selected(n.Source, p)) > 0
	case *rule.Sequence:
		return w.sequence(n, p)
	case *rule.Extreme:
		return w.extreme(n, p)
	case *rule.Compare:
		if f, ok := n.X.(*rule.Field); ok && f.Name == "segments" {
			return w.inSegments(n, p)
		}
		return w.compare(w.Value(n.X, p), w.word(n.X), n.Op, n.Y)
	}
	return false
}

func all(nodes []rule.Node, f func(rule.Node) bool) bool {
	for _, n := range nodes {
		if !f(n) {
			return false
		}
	}
	return true
}

// of reports whether the filter of a source is true of a fact.
func (w *World) of(n rule.Node, f fact) bool {
	switch n := n.(type) {
	case nil:
		return true
	case *rule.All:
		return all(n.Nodes, func(n rule.Node) bool { return w.of(n, f) })
	case *rule.Any:
		return slices.ContainsFunc(n.Nodes, func(n rule.Node) bool { return w.of(n, f) })
	case *rule.Not:
		return !w.of(n.Node, f)
	case *rule.Compare:
		name := n.X.(*rule.Field).Name
		word, _ := w.Vocabulary.Field(f.source, name)
		return w.compare(w.field(f, name), word, n.Op, n.Y)
	}
	return false
}

// word tells what an expression holds.
func (w *World) word(x rule.Expr) rule.Word {
	switch x := x.(type) {
	case *rule.Field:
		word, _ := w.Vocabulary.Field("", x.Name)
		return word
	case *rule.Aggregate:
		if x.Func != rule.Count && x.Func != rule.Periods && x.Func != rule.Distinct {
			word, _ := w.Vocabulary.Field(x.Source.Name, x.Field)
			return word
		}
	}
	return rule.Word{Type: rule.IsNumber}
}

// inSegments compares the segments that a person is in.
func (w *World) inSegments(n *rule.Compare, p *column.Person) bool {
	return slices.ContainsFunc(n.Y, func(l rule.Literal) bool {
		segment, ok := w.Segments[l.Text]
		return ok && w.Is(segment, p)
	})
}

// extreme reports whether a person is as high, or as low, as the last of the
// extremes.
func (w *World) extreme(n *rule.Extreme, p *column.Person) bool {
	v := w.Value(n.X, p)
	last := w.bound(n)
	if v.Type == 0 || last.Type == 0 {
		return false
	}
	if n.Lowest {
		return order(v, last) <= 0
	}
	return order(v, last) >= 0
}

// bound returns what the last of the extremes has.
func (w *World) bound(n *rule.Extreme) Value {
	if w.Edges != nil {
		return w.Edges.bound(n)
	}
	if b, ok := w.bounds[n]; ok {
		return b.last
	}
	var values []Value
	for _, p := range w.People {
		if v := w.Value(n.X, p); v.Type != 0 {
			values = append(values, v)
		}
	}
	slices.SortFunc(values, order)
	if !n.Lowest {
		slices.Reverse(values)
	}
	count := n.Count
	if count == 0 { // a percentage of them, rounded up
		share := new(big.Rat).Mul(ratio(n.Percent, 0), big.NewRat(int64(len(values)), 100))
		whole, rest := new(big.Int).DivMod(share.Num(), share.Denom(), new(big.Int))
		count = whole.Int64() + int64(rest.Sign())
	}
	var b bound
	if count = min(count, int64(len(values))); count > 0 {
		b.last = values[count-1]
	}
	if w.bounds == nil {
		w.bounds = map[*rule.Extreme]bound{}
	}
	w.bounds[n] = b
	return b.last
}

// order compares two numbers, amounts or dates.
func order(a, b Value) int {
	switch {
	case a.Type == rule.IsDate:
		return cmp.Compare(a.Time, b.Time)
	case a.Exact != nil && b.Exact != nil:
		return a.Exact.Cmp(b.Exact)
	}
	return cmp.Compare(a.Float, b.Float)
}

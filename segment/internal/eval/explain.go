package eval

import (
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// An Explanation tells why a rule is true of a person, or is not.
type Explanation struct {
	Text    string         `json:"text"` // of the condition
	Holds   bool           `json:"holds"`
	Until   int64          `json:"until"`            // as in an Answer
	Value   *Seen          `json:"value,omitzero"`   // what was compared
	Facts   *int64         `json:"facts,omitzero"`   // how many facts were selected
	Segment string         `json:"segment,omitzero"` // whose rule stands in Nodes
	Nodes   []*Explanation `json:"nodes,omitzero"`   // the conditions of which it consists; of segments none behind the first 1000
}

// A Seen is the value that a condition saw of a person. Of one that the person
// lacks only Type is told.
type Seen struct {
	Type   rule.Type `json:"type"`
	There  bool      `json:"there"`
	Int    int64     `json:"int,omitzero"` // as in a Column; of an average rounded
	Scale  uint8     `json:"scale,omitzero"`
	Number float64   `json:"number,omitzero"` // of a float
	Text   string    `json:"text,omitzero"`
	List   []string  `json:"list,omitzero"`
	Of     int64     `json:"of,omitzero"` // of how many an average is
}

// Explain answers a rule about one person and tells what was seen, by the same
// operators as Run. text prints a condition ([rule.Print]). There is no
// explanation, and no error, when there is no such person.
func (e *Engine) Explain(n rule.Node, ordinal uint32, at int64, edges *Edges, text func(rule.Node) string) (*Explanation, error) {
	e.base.RLock()
	defer e.base.RUnlock()
	if !e.base.Has(ordinal) {
		return nil, nil
	}
	return (&explainer{Engine: e, ordinal: ordinal, at: at, edges: edges, text: text}).explain(n)
}

type explainer struct {
	*Engine
	ordinal uint32
	at      int64
	edges   *Edges
	text    func(rule.Node) string
	depth   int
	told    int // conditions
}

// How many conditions are explained, and how deep in segments, before the rules
// of further segments are left out: those that ask for each other could have no
// end of them.
const (
	mostUnfolded = 1000
	mostNested   = 64
)

// ask compiles one condition or value and calls f with it, for the person.
func (e *explainer) ask(nodes []rule.Node, values []rule.Expr, f func(x *frame, id uint32)) error {
	p := &Program{engine: e.Engine, rules: nodes, values: values}
	r, err := p.prepare()
	if err != nil {
		return err
	}
	x, err := p.frame(r, e.at, e.edges, true)
	if err != nil {
		return err
	}
	x.open(e.base.Chunk(int(e.ordinal / column.ChunkSize)))
	f(x, e.ordinal%column.ChunkSize)
	return nil
}

func (e *explainer) explain(n rule.Node) (*Explanation, error) {
	e.told++
	out := &Explanation{Text: e.text(n)}
	err := e.ask([]rule.Node{n}, nil, func(x *frame, id uint32) {
		out.Holds, out.Until = x.plan.conds[0].next(x, id)
	})
	if err != nil {
		return nil, err
	}
	var inner []rule.Node
	var value rule.Expr
	var sources []*rule.Source
	switch n := n.(type) {
	case *rule.All:
		inner = n.Nodes
	case *rule.Any:
		inner = n.Nodes
	case *rule.Not:
		inner = []rule.Node{n.Node}
	case *rule.Compare:
		if f, ok := n.X.(*rule.Field); ok && f.Name == "segments" {
			return out, e.references(n, out)
		}
		value = n.X
	case *rule.Extreme:
		value = n.X
	case *rule.Match:
		sources = []*rule.Source{n.Source}
	case *rule.Sequence:
		for _, s := range n.Steps {
			inner = append(inner, &rule.Match{Source: s.Source})
		}
	}
	for _, n := range inner {
		x, err := e.explain(n)
		if err != nil {
			return nil, err
		}
		out.Nodes = append(out.Nodes, x)
	}
	if a, ok := value.(*rule.Aggregate); ok {
		sources = append(sources, a.Source)
	}
	for _, s := range sources {
		err := e.ask(nil, []rule.Expr{&rule.Aggregate{Func: rule.Count, Source: s}}, func(x *frame, id uint32) {
			n := x.value(x.plan.exprs[0], id)
			out.Facts = &n
		})
		if err != nil {
			return nil, err
		}
	}
	if value != nil {
		err = e.seen(value, out)
	}
	return out, err
}

// references explains the segments that a condition asks for.
func (e *explainer) references(n *rule.Compare, out *Explanation) error {
	e.depth++
	defer func() { e.depth-- }()
	for _, l := range n.Y {
		if e.told >= mostUnfolded || e.depth > mostNested {
			break
		}
		inner, err := e.resolve(l.Text)
		if err != nil {
			return err
		}
		x, err := e.explain(inner)
		if err != nil {
			return err
		}
		x.Segment = l.Text
		out.Nodes = append(out.Nodes, x)
	}
	return nil
}

// seen adds the value that was compared: of a field of several types the one
// that the person has.
func (e *explainer) seen(value rule.Expr, out *Explanation) error {
	var all []expr
	c := &compiler{Engine: e.Engine, plan: &plan{shape: e.base.Shape()}, exprs: map[string]*sharedExpr{}, conds: map[string]*sharedCond{}, uses: map[string]int{}}
	all, err := c.values(value)
	if err != nil {
		return err
	}
	x, err := (&Program{engine: e.Engine}).frame(&prepared{plan: c.plan}, e.at, e.edges, true)
	if err != nil {
		return err
	}
	x.open(e.base.Chunk(int(e.ordinal / column.ChunkSize)))
	for _, v := range all {
		var col Column
		col.fill(x, v, []uint32{e.ordinal % column.ChunkSize})
		s := &Seen{Type: col.Type, There: col.Ints[0] != column.Lacking, Scale: col.Scale}
		if out.Value == nil || s.There {
			out.Value = s
		}
		if !s.There {
			continue
		}
		switch {
		case col.Texts != nil:
			s.Text = col.Texts[0]
		case col.Lists != nil:
			s.List = col.Lists[0]
		case col.Real:
			s.Number = column.Number(col.Ints[0])
		default:
			s.Int = col.Rounded(0)
		}
		if col.Of != nil {
			s.Of = col.Of[0]
		}
	}
	return nil
}

package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Check returns the tree as Parse would: with the names of this package in
// place of those of others, nested as little as can be, its types checked. A
// nil Vocabulary lets names that a book gives stand for anything. It does not
// change n. Its errors are [Faults], of which each tells its path in the rule
// as JSON.
func Check(n Node, v *Vocabulary) (Node, error) {
	l := &ledger{}
	n = check(n, v, l)
	if err := l.err(); err != nil {
		return nil, err
	}
	return n, nil
}

func check(n Node, v *Vocabulary, l *ledger) Node {
	c := &checker{ledger: l, v: v}
	n = c.node(n, nil)
	if len(l.list) == 0 {
		if size := len(Print(n)); size > maxText {
			c.fault(0, fmt.Sprintf("%d bytes", size), fmt.Sprintf("a rule whose text has at most %d KiB", maxText>>10), "")
		}
	}
	return n
}

// A checker makes a tree of names that are known and of types that fit.
type checker struct {
	*ledger
	v     *Vocabulary
	nodes int
	depth int
	path  []step
	cut   bool // told that there is too much
	tried int  // bytes of names that were held against names

	segments map[string]string // names of segments, by what Fold makes of them; nil: not yet looked at
}

// A step of a path is a key of an object, and the index in its list.
type step struct {
	key   string
	index int // -1 for none
}

// A scope is the source whose facts a filter is about; nil: customers.
type scope struct {
	source string
	as     string // its name in the rule
	alias  *alias
}

func (c *checker) fault(at Pos, got, want, suggestion string) {
	var b strings.Builder
	for _, s := range c.path {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.key)
		if s.index >= 0 {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		}
	}
	c.add(Fault{At: at, Path: b.String(), Got: got, Want: want, Suggestion: suggestion})
}

func (c *checker) push(key string, index int) { c.path = append(c.path, step{key, index}) }
func (c *checker) pop()                       { c.path = c.path[:len(c.path)-1] }

// much reports whether the tree has more than there may be.
func (c *checker) much(at Pos) bool {
	switch c.nodes++; {
	case c.cut:
	case c.nodes > maxNodes:
		c.fault(at, "more", fmt.Sprintf("at most %d conditions, values and sources", maxNodes), "")
	case c.depth > maxDepth:
		c.fault(at, "more", fmt.Sprintf("at most %d conditions in conditions", maxDepth), "")
	default:
		return false
	}
	c.cut = true
	return true
}

// guess reports whether what was meant by a name may still be looked for among
// others. It is not when the book has so many that it would take long.
func (c *checker) guess(name string, names []string) bool {
	c.tried += len(name) * len(names)
	return !c.full() && c.tried <= maxTried
}

// node returns the condition, nil when something is wrong with it.
func (c *checker) node(n Node, s *scope) Node {
	defer func() { c.depth-- }()
	if c.depth++; c.much(position(n)) {
		return nil
	}
	switch n := n.(type) {
	case *All:
		nodes := c.list("all", n.Nodes, s, func(n Node) ([]Node, bool) {
			all, ok := n.(*All)
			if !ok {
				return nil, false
			}
			return all.Nodes, true
		})
		if len(nodes) == 1 {
			return nodes[0]
		}
		return &All{nodes}
	case *Any:
		nodes := c.list("any", n.Nodes, s, func(n Node) ([]Node, bool) {
			a, ok := n.(*Any)
			if !ok {
				return nil, false
			}
			return a.Nodes, true
		})
		if len(nodes) == 1 {
			return nodes[0]
		}
		return &Any{nodes}
	case *Not:
		c.push("not", -1)
		defer c.pop()
		return negate(c.node(n.Node, s), true)
	case *Compare:
		return c.compare(n, s)
	case *Extreme:
		return c.extreme(n, s)
	case *Match:
		return c.match(n, s)
	case *Sequence:
		return c.sequence(n, s)
	}
	if len(c.ledger.list) == 0 {
		c.fault(0, "", "a condition", "")
	}
	return nil
}

// list checks nodes and puts those of nested ones of the same kind among them.
func (c *checker) list(key string, nodes []Node, s *scope, nested func(Node) ([]Node, bool)) []Node {
	var list []Node
	for i, n := range nodes {
		c.push(key, i)
		n = c.node(n, s)
		c.pop()
		if inner, ok := nested(n); ok {
			list = append(list, inner...)
		} else if n != nil {
			list = append(list, n)
		}
	}
	return list
}

// outside tells of what cannot stand in a filter.
func (c *checker) outside(at Pos, got string, s *scope) bool {
	if s == nil {
		return true
	}
	c.fault(at, got, "a comparison of a field of "+s.source, "")
	return false
}

// match checks a source, and makes comparisons of aggregates of the filters
// that are about all of its facts: count >= 2.
func (c *checker) match(n *Match, s *scope) Node {
	c.push("match", -1)
	defer c.pop()
	if n.Source == nil {
		c.fault(0, "", "a source, such as orders", "")
		return nil
	}
	if !c.outside(n.Source.At, n.Source.Name, s) {
		return nil
	}
	rest, sums := c.totals(n.Source)
	if len(sums) == 0 {
		source, _ := c.source(n.Source)
		if source == nil {
			return nil
		}
		return &Match{source}
	}
	all := &All{}
	for _, sum := range sums {
		f := sum.X.(*Field)
		t := totals()[f.Name]
		source := &Source{n.Source.Name, rest, n.Source.At}
		if node := c.compare(&Compare{&Aggregate{Func: t.f, Source: source, Field: t.field, At: f.At}, sum.Op, sum.Y, sum.At}, nil); node != nil {
			all.Nodes = append(all.Nodes, node)
		}
	}
	if len(all.Nodes) == 1 {
		return all.Nodes[0]
	}
	return all
}

// totals parts the filters of a source in those of its facts and those of what
// the facts add up to.
func (c *checker) totals(s *Source) (rest Node, sums []*Compare) {
	all := &All{}
	var part func(n Node)
	part = func(n Node) {
		switch n := n.(type) {
		case *All:
			for _, n := range n.Nodes {
				part(n)
			}
			return
		case *Compare:
			if f, ok := n.X.(*Field); ok && n.Op != 0 {
				if _, ok := totals()[f.Name]; ok {
					sums = append(sums, n)
					return
				}
			}
		}
		all.Nodes = append(all.Nodes, n)
	}
	part(s.Where)
	if len(sums) == 0 {
		return s.Where, nil
	}
	if s.Where == nil || len(all.Nodes) == 0 {
		return nil, sums
	}
	return all, sums
}

// source returns the source by its name of this package, and the scope of its
// filters. Either is nil when something is wrong with it.
func (c *checker) source(n *Source) (*Source, *scope) {
	if n == nil {
		c.fault(0, "", "a source, such as orders", "")
		return nil, nil
	}
	if c.much(n.At) {
		return nil, nil
	}
	s := &scope{source: n.Name, as: n.Name, alias: aliases()[n.Name]}
	if s.alias != nil {
		s.source = s.alias.source
	} else if !isSource(n.Name) {
		c.push("source", -1)
		first, rest := cut(n.Name)
		switch hint := unknown()[n.Name]; {
		case hint != "":
			c.fault(n.At, n.Name, "another filter; "+hint, "")
		case rest != "" && isFacts(first):
			c.fault(n.At, n.Name, "facts, without a field", first)
		default:
			c.fault(n.At, n.Name, "facts: orders, canceled_orders, items, refunds, spend or interactions", closest(n.Name, sourceNames()))
		}
		c.pop()
		return nil, nil
	}
	source := &Source{Name: s.source, At: n.At}
	if n.Where != nil {
		c.push("where", -1)
		source.Where = c.node(n.Where, s)
		c.pop()
	}
	if all, ok := source.Where.(*All); ok && len(all.Nodes) == 0 {
		source.Where = nil
	}
	if s.alias != nil && s.alias.kind != "" {
		c.nodes += 2
		source.Where = both(&Compare{X: &Field{"kind", n.At}, Op: Equal, Y: []Literal{{Kind: Text, Text: s.alias.kind}}}, source.Where)
	}
	return source, s
}

// both joins a condition with another, which may be nil.
func both(a, b Node) Node {
	switch b := b.(type) {
	case nil:
		return a
	case *All:
		return &All{append([]Node{a}, b.Nodes...)}
	}
	return &All{[]Node{a, b}}
}

func (c *checker) sequence(n *Sequence, s *scope) Node {
	out := &Sequence{}
	for i, step := range n.Steps {
		c.push("sequence", i)
		at := Pos(0)
		if step.Source != nil {
			at = step.Source.At
		}
		switch {
		case i == 0 && !c.outside(at, "FOLLOWED BY", s):
			c.pop()
			return nil
		case i == 0 && (step.Not || step.After != Span{} || step.Within != Span{}):
			c.fault(at, "NOT, AFTER or WITHIN", "a first step that is a fact that there is, at any time", "")
		case i == maxSteps:
			c.fault(at, "FOLLOWED BY", fmt.Sprintf("at most %d steps", maxSteps), "")
		}
		c.gap("after", step.After, at)
		c.gap("within", step.Within, at)
		if least, _ := reach(step.After); step.After != (Span{}) && step.Within.N > 0 {
			if _, most := reach(step.Within); least > most {
				c.fault(at, "WITHIN "+step.Within.String(), "a longer time than "+step.After.String()+", after which the step is", "")
			}
		}
		if step.Source, _ = c.source(step.Source); step.Source != nil {
			out.Steps = append(out.Steps, step)
		}
		c.pop()
		if i == maxSteps {
			break
		}
	}
	switch {
	case len(n.Steps) == 0:
		c.fault(0, "", "the steps of a sequence", "")
		return nil
	case len(out.Steps) == 1:
		return &Match{out.Steps[0].Source}
	}
	return out
}

func (c *checker) gap(key string, s Span, at Pos) {
	if s != (Span{}) && (!s.valid() || s.N <= 0) {
		c.push(key, -1)
		c.fault(at, s.String(), "a length of time, such as 7d", "")
		c.pop()
	}
}

// reach returns the least and the most seconds of a span.
func reach(s Span) (least, most int64) {
	if !s.valid() {
		return 0, 0
	}
	return Literal{Offsets: []Span{s}}.reach()
}

// position returns where a condition stands.
func position(n Node) Pos {
	switch n := n.(type) {
	case *All:
		if len(n.Nodes) > 0 {
			return position(n.Nodes[0])
		}
	case *Any:
		if len(n.Nodes) > 0 {
			return position(n.Nodes[0])
		}
	case *Not:
		return position(n.Node)
	case *Compare:
		return n.At
	case *Extreme:
		return n.At
	case *Match:
		if n.Source != nil {
			return n.Source.At
		}
	case *Sequence:
		if len(n.Steps) > 0 && n.Steps[0].Source != nil {
			return n.Steps[0].Source.At
		}
	}
	return 0
}

// alternatives lists what can be chosen: "a, b or c".
func alternatives(names []string) string {
	quoted := slices.Clone(names)
	for i := range quoted {
		quoted[i] = quote(quoted[i])
	}
	if n := len(quoted); n > 1 {
		return strings.Join(quoted[:n-1], ", ") + " or " + quoted[n-1]
	}
	return strings.Join(quoted, "")
}

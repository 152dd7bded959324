package rule

import "slices"

// Walk calls f for every condition, value and source of a rule, an outer one
// before those within it: for a Node, an Expr or a *Source.
func Walk(n Node, f func(x any)) {
	if n == nil {
		return
	}
	f(n)
	switch n := n.(type) {
	case *All:
		for _, n := range n.Nodes {
			Walk(n, f)
		}
	case *Any:
		for _, n := range n.Nodes {
			Walk(n, f)
		}
	case *Not:
		Walk(n.Node, f)
	case *Compare:
		walkExpr(n.X, f)
	case *Extreme:
		walkExpr(n.X, f)
	case *Match:
		walkSource(n.Source, f)
	case *Sequence:
		for _, s := range n.Steps {
			walkSource(s.Source, f)
		}
	}
}

func walkExpr(x Expr, f func(x any)) {
	if x == nil {
		return
	}
	f(x)
	switch x := x.(type) {
	case *Aggregate:
		walkSource(x.Source, f)
	case *Days:
		walkExpr(x.From, f)
		walkExpr(x.To, f)
	}
}

func walkSource(s *Source, f func(x any)) {
	if s != nil {
		f(s)
		Walk(s.Where, f)
	}
}

// Segments returns the ids and names of segments that a rule asks for, sorted,
// each once.
func Segments(n Node) []string {
	var names []string
	Walk(n, func(x any) {
		c, ok := x.(*Compare)
		if !ok {
			return
		}
		if f, ok := c.X.(*Field); ok && f.Name == "segments" {
			for _, l := range c.Y {
				names = append(names, l.Text)
			}
		}
	})
	slices.Sort(names)
	return slices.Compact(names)
}

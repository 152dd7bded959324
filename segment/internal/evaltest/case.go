package evaltest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A Case is a rule and the world in which it is asked.
type Case struct {
	World *World
	Rule  rule.Node
}

// String returns the case for people who look for the fault in it.
func (c Case) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nat %s in %s, %d digits\n", rule.Print(c.Rule), c.World.At.In(c.World.Location).Format(time.RFC3339Nano), c.World.Location, c.World.Digits)
	for _, p := range c.World.Products {
		fmt.Fprintln(&b, written(p))
	}
	for _, p := range c.World.People {
		fmt.Fprintln(&b, written(p))
	}
	asked := rule.Segments(c.Rule)
	for name, n := range c.World.Segments {
		if slices.Contains(asked, name) || len(asked) > 0 && name == "seg_2" {
			fmt.Fprintf(&b, "segment %s: %s\n", name, rule.Print(n))
		}
	}
	return b.String()
}

// written returns JSON without what is empty, or Go where there is no JSON of
// a value.
func written(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%+v", v)
	}
	var fields any
	if json.Unmarshal(data, &fields) != nil {
		return string(data)
	}
	if data, err = json.Marshal(full(fields)); err != nil {
		return fmt.Sprintf("%+v", v)
	}
	return string(data)
}

// full leaves out what is empty.
func full(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = full(v[i])
		}
	case map[string]any:
		for name, x := range v {
			if x == nil || x == "" || x == 0.0 || x == false {
				delete(v, name)
				continue
			}
			if f, ok := x.(float64); ok && f == float64(int64(f)) {
				v[name] = int64(f)
				continue
			}
			v[name] = full(x)
		}
	}
	return v
}

// Shrink returns a case that fails as c does and from which nothing can be left
// out. Cases that it makes of c share what they did not leave out.
func Shrink(c Case, fails func(Case) bool) Case {
	for smaller := true; smaller; {
		smaller = false
		for s := range c.smaller() {
			if fails(s) {
				c, smaller = s, true
				break
			}
		}
	}
	return c
}

// smaller yields cases that lack one thing that c has.
func (c Case) smaller() func(yield func(Case) bool) {
	return func(yield func(Case) bool) {
		with := func(change func(w *World)) bool {
			w := c.World.Again(c.World.At)
			change(w)
			return yield(Case{w, c.Rule})
		}
		for _, n := range lesser(c.Rule) {
			checked, err := rule.Check(n, c.World.Vocabulary)
			if err == nil && rule.Print(checked) != rule.Print(c.Rule) && !yield(Case{c.World.Again(c.World.At), checked}) {
				return
			}
		}
		for i := range c.World.People {
			if !with(func(w *World) { w.People = without(w.People, i) }) {
				return
			}
		}
		for i := range c.World.Products {
			if !with(func(w *World) { w.Products = without(w.Products, i) }) {
				return
			}
		}
		for name, segment := range c.World.Segments {
			if slices.Contains(rule.Segments(c.Rule), name) && !yield(Case{c.World.Again(c.World.At), segment}) {
				return
			}
		}
		for i, p := range c.World.People {
			for _, q := range less(p) {
				if !with(func(w *World) { w.People = slices.Clone(w.People); w.People[i] = q }) {
					return
				}
			}
		}
	}
}

func without[T any](list []T, i int) []T { return slices.Delete(slices.Clone(list), i, i+1) }

// less returns persons of whom one thing is left out.
func less(p *column.Person) []*column.Person {
	var all []*column.Person
	with := func(change func(q *column.Person)) {
		q := *p
		change(&q)
		all = append(all, &q)
	}
	for i := range p.Values {
		with(func(q *column.Person) { q.Values = without(q.Values, i) })
	}
	for i := range p.Refunds {
		with(func(q *column.Person) { q.Refunds = without(q.Refunds, i) })
	}
	for i := range p.Orders {
		with(func(q *column.Person) { q.Orders = without(q.Orders, i) })
		for j := range p.Orders[i].Items {
			with(func(q *column.Person) {
				q.Orders = slices.Clone(q.Orders)
				q.Orders[i].Items = without(q.Orders[i].Items, j)
			})
		}
		plain := column.Order{Time: p.Orders[i].Time, Role: p.Orders[i].Role, State: p.Orders[i].State, Amount: p.Orders[i].Amount, Items: p.Orders[i].Items}
		if written(plain) != written(p.Orders[i]) {
			with(func(q *column.Person) { q.Orders = slices.Clone(q.Orders); q.Orders[i] = plain })
		}
	}
	for i, a := range p.Interactions {
		with(func(q *column.Person) { q.Interactions = without(q.Interactions, i) })
		for _, plain := range []column.Interaction{
			{Time: a.Time, Kind: a.Kind}, {Time: a.Time, Kind: a.Kind, Products: a.Products}, {Time: a.Time, Kind: a.Kind, Properties: a.Properties},
		} {
			if len(written(plain)) < len(written(a)) {
				with(func(q *column.Person) { q.Interactions = slices.Clone(q.Interactions); q.Interactions[i] = plain })
			}
		}
		for j := range a.Properties {
			with(func(q *column.Person) {
				q.Interactions = slices.Clone(q.Interactions)
				q.Interactions[i].Properties = without(a.Properties, j)
			})
		}
	}
	return all
}

// lesser returns conditions of which one part is left out.
func lesser(n rule.Node) []rule.Node {
	var all []rule.Node
	switch n := n.(type) {
	case *rule.All:
		lists(n.Nodes, func(nodes []rule.Node) { all = append(all, &rule.All{Nodes: nodes}) })
	case *rule.Any:
		lists(n.Nodes, func(nodes []rule.Node) { all = append(all, &rule.Any{Nodes: nodes}) })
	case *rule.Not:
		all = append(all, n.Node)
		for _, m := range lesser(n.Node) {
			all = append(all, &rule.Not{Node: m})
		}
	case *rule.Match:
		for _, s := range lesserSource(n.Source) {
			all = append(all, &rule.Match{Source: s})
		}
	case *rule.Sequence:
		for i, step := range n.Steps {
			all = append(all, &rule.Sequence{Steps: without(n.Steps, i)})
			change := func(s rule.Step) {
				steps := slices.Clone(n.Steps)
				steps[i] = s
				all = append(all, &rule.Sequence{Steps: steps})
			}
			for _, s := range lesserSource(step.Source) {
				change(rule.Step{Not: step.Not, Source: s, After: step.After, Within: step.Within})
			}
			change(rule.Step{Source: step.Source, After: step.After, Within: step.Within})
			change(rule.Step{Not: step.Not, Source: step.Source, After: step.After})
			change(rule.Step{Not: step.Not, Source: step.Source, Within: step.Within})
		}
	case *rule.Extreme:
		for _, x := range lesserExpr(n.X) {
			all = append(all, &rule.Extreme{X: x, Lowest: n.Lowest, Count: n.Count, Percent: n.Percent})
		}
	case *rule.Compare:
		for _, x := range lesserExpr(n.X) {
			all = append(all, &rule.Compare{X: x, Op: n.Op, Y: n.Y})
		}
		for i := range n.Y {
			all = append(all, &rule.Compare{X: n.X, Op: n.Op, Y: without(n.Y, i)})
			if n.Op == rule.In || n.Op == rule.Between {
				all = append(all, &rule.Compare{X: n.X, Op: rule.Equal, Y: n.Y[i : i+1]})
			}
			for j := range n.Y[i].Offsets {
				y := slices.Clone(n.Y)
				y[i].Offsets = without(y[i].Offsets, j)
				all = append(all, &rule.Compare{X: n.X, Op: n.Op, Y: y})
			}
		}
	}
	return all
}

// lists calls f with lists of conditions of which one, or a part of one, is
// left out.
func lists(nodes []rule.Node, f func([]rule.Node)) {
	for i, n := range nodes {
		f(nodes[i : i+1])
		f(without(nodes, i))
		for _, m := range lesser(n) {
			list := slices.Clone(nodes)
			list[i] = m
			f(list)
		}
	}
}

func lesserSource(s *rule.Source) []*rule.Source {
	if s.Where == nil {
		return nil
	}
	all := []*rule.Source{{Name: s.Name}}
	for _, n := range lesser(s.Where) {
		all = append(all, &rule.Source{Name: s.Name, Where: n})
	}
	return all
}

func lesserExpr(x rule.Expr) []rule.Expr {
	var all []rule.Expr
	switch x := x.(type) {
	case *rule.Aggregate:
		for _, s := range lesserSource(x.Source) {
			all = append(all, &rule.Aggregate{Func: x.Func, Source: s, Field: x.Field, Span: x.Span})
		}
	case *rule.Days:
		for _, f := range lesserExpr(x.From) {
			all = append(all, &rule.Days{From: f, To: x.To})
		}
		if x.To != nil {
			all = append(all, &rule.Days{From: x.From}, &rule.Days{From: x.To})
			for _, t := range lesserExpr(x.To) {
				all = append(all, &rule.Days{From: x.From, To: t})
			}
		}
	}
	return all
}

package eval

import (
	"slices"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// Uses is what the answers of a program follow from: whatever else changes,
// they stay as they are.
type Uses struct {
	Sources  []string // of facts, as rules name them, sorted
	Kinds    []string // of interactions, sorted; nil for all when Sources has interactions
	Fields   []string // of persons: the names of their values, sorted
	Products bool     // what is known of products
	Extremes bool     // edges are needed: for the highest and the lowest, scores and stages
}

// derived is what the fields of persons that follow from facts follow from.
var derived = map[string]string{
	"number_of_orders": "orders", "amount_spent": "spend", "average_order_value": "orders", "units_bought": "orders",
	"amount_refunded": "refunds", "number_of_refunds": "refunds", "canceled_orders": "canceled_orders",
	"first_order_date": "orders", "last_order_date": "orders",
}

// Uses returns what the program looks at. By time alone answers change too:
// Answer.Until tells.
func (p *Program) Uses() Uses {
	c := collector{engine: p.engine, u: &Uses{}, sources: map[string]bool{}, kinds: map[string]bool{}, fields: map[string]bool{}, segments: map[string]bool{}}
	p.engine.base.RLock()
	defer p.engine.base.RUnlock()
	for _, n := range p.rules {
		c.node(n)
	}
	for _, x := range p.values {
		c.node(&rule.Compare{X: x, Op: rule.IsNull})
	}
	c.u.Sources, c.u.Fields = keys(c.sources), keys(c.fields)
	if !c.anyKind {
		c.u.Kinds = keys(c.kinds)
	}
	return *c.u
}

func keys(m map[string]bool) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

type collector struct {
	engine                           *Engine
	u                                *Uses
	sources, kinds, fields, segments map[string]bool
	anyKind                          bool
}

func (c *collector) node(n rule.Node) {
	fact := 0 // how many of the fields that follow are of facts
	rule.Walk(n, func(x any) {
		switch x := x.(type) {
		case *rule.Source:
			c.source(x)
			rule.Walk(x.Where, func(x any) {
				if _, ok := x.(*rule.Field); ok {
					fact++
				}
			})
		case *rule.Field:
			if fact > 0 {
				fact--
				c.ofProduct(x.Name)
				return
			}
			c.field(x.Name)
		case *rule.Aggregate:
			c.ofProduct(x.Field)
		case *rule.Extreme:
			c.u.Extremes = true
		case *rule.Compare:
			c.comparison(x)
		}
	})
}

func (c *collector) comparison(n *rule.Compare) {
	if !isField(n, "segments") {
		return
	}
	for _, l := range n.Y {
		if c.segments[l.Text] {
			continue
		}
		c.segments[l.Text] = true
		if inner, err := c.engine.resolve(l.Text); err == nil {
			c.node(inner)
		}
	}
}

func (c *collector) ofProduct(field string) {
	switch field {
	case "product", "title", "brand", "categories", "product_tags":
		c.u.Products = true
	}
}

func (c *collector) field(name string) {
	switch {
	case name == "segments" || name == "customer_id":
	case name == "age" || name == "birthday":
		c.fields["birthday"] = true
	case name == "life_cycle_stage" || name == "traits.life_cycle.stage":
		c.u.Extremes, c.sources["orders"] = true, true
	case isScore(name):
		c.u.Extremes, c.sources["orders"], c.sources["spend"] = true, true, true
	case name == "last_seen_date":
		c.sources["orders"], c.sources["canceled_orders"], c.sources["interactions"] = true, true, true
		c.anyKind = true
	case name == "abandoned_checkout_date":
		c.sources["orders"], c.sources["interactions"] = true, true
		c.kinds["begin_checkout"] = true
	case derived[name] != "":
		c.sources[derived[name]] = true
	default:
		c.fields[name] = true
	}
}

func isScore(name string) bool {
	_, ok := scoreNames[name]
	return ok
}

func (c *collector) source(s *rule.Source) {
	c.sources[s.Name] = true
	if s.Name != "interactions" {
		return
	}
	nodes := []rule.Node{s.Where}
	if all, ok := s.Where.(*rule.All); ok {
		nodes = all.Nodes
	}
	for _, n := range nodes {
		cmp, _ := n.(*rule.Compare)
		if isField(cmp, "kind") && (cmp.Op == rule.Equal || cmp.Op == rule.In) {
			for _, l := range cmp.Y {
				c.kinds[l.Text] = true
			}
			return
		}
	}
	c.anyKind = true
}

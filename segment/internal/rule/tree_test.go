package rule_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A drawer makes trees by chance, of which most are no rules.
type drawer struct{ *rand.Rand }

func one[T any](d drawer, of ...T) T { return of[d.IntN(len(of))] }

func (d drawer) name() string {
	return one(d, "", "age", "amount_spent", "last_order_date", "orders.amount", "amount", "date", "attributes.x", "attributes.\n", "count",
		"anniversary(birthday)", "\xff", "segments", "sum_amount", "customer_tags", "properties.a", "quantity", "sources")
}

func (d drawer) source() *rule.Source {
	if d.IntN(20) == 0 {
		return nil
	}
	s := &rule.Source{Name: one(d, "orders", "items", "interactions", "spend", "refunds", "products_purchased", "shopify_email.opened", "sources", "", "order")}
	if d.IntN(2) == 0 {
		s.Where = d.node(2)
	}
	return s
}

func (d drawer) expr() rule.Expr {
	switch d.IntN(8) {
	case 0:
		return nil
	case 1:
		return &rule.Aggregate{Func: rule.Func(d.IntN(12)), Source: d.source(), Field: d.name(), Span: d.span()}
	case 2:
		return &rule.Days{From: d.expr(), To: d.expr()}
	case 3:
		return &rule.Bucket{Salt: d.name()}
	}
	return &rule.Field{Name: d.name()}
}

func (d drawer) span() rule.Span {
	return rule.Span{N: one[int32](d, 0, 1, -1, 30, -30, 1<<30, math.MinInt32, math.MaxInt32), Unit: rule.Unit(d.IntN(9))}
}

func (d drawer) literal() rule.Literal {
	l := rule.Literal{
		Kind: rule.Kind(d.IntN(8)), Text: d.name(), Bool: d.IntN(2) == 0, Currency: one(d, "", "", "", "GBP", "EUR", "AND", "x"),
		Number: rule.Decimal{Digits: one[int64](d, 0, 1, -1, 5, 1<<62, math.MinInt64), Scale: one[uint8](d, 0, 0, 0, 1, 9, 10, 255)},
	}
	if d.IntN(2) == 0 { // likely a date that there is
		l.Time = rule.Clock{Year: 2024, Month: 2, Day: 29, Hour: uint8(d.IntN(2))}
		for range d.IntN(4) {
			l.Offsets = append(l.Offsets, rule.Span{N: d.Int32N(5) - 3, Unit: rule.Unit(1 + d.IntN(6))})
		}
		return l
	}
	l.Time = rule.Clock{Year: int16(d.IntN(12_000) - 1_000), Month: uint8(d.IntN(14)), Day: uint8(d.IntN(33)), Hour: uint8(d.IntN(26)), Minute: uint8(d.IntN(62)), Second: uint8(d.IntN(62))}
	for range d.IntN(4) {
		l.Offsets = append(l.Offsets, d.span())
	}
	return l
}

func (d drawer) node(depth int) rule.Node {
	kind := d.IntN(10)
	if depth == 0 {
		kind = 5 + d.IntN(5)
	}
	var nodes []rule.Node
	for range d.IntN(4) {
		if depth > 0 {
			nodes = append(nodes, d.node(depth-1))
		}
	}
	switch kind {
	case 0:
		return &rule.All{Nodes: nodes}
	case 1:
		return &rule.Any{Nodes: nodes}
	case 2:
		return &rule.Not{Node: d.node(depth - 1)}
	case 3:
		return &rule.Match{Source: d.source()}
	case 4:
		s := &rule.Sequence{}
		for range d.IntN(4) {
			s.Steps = append(s.Steps, rule.Step{Not: d.IntN(3) == 0, Source: d.source(), After: d.span(), Within: d.span()})
		}
		return s
	case 5:
		return &rule.Extreme{X: d.expr(), Lowest: d.IntN(2) == 0, Count: int64(d.IntN(3) - 1), Percent: d.literal().Number}
	case 6:
		if d.IntN(10) == 0 {
			return nil
		}
	}
	c := &rule.Compare{X: d.expr(), Op: rule.Op(d.IntN(14))}
	for range d.IntN(3) {
		c.Y = append(c.Y, d.literal())
	}
	return c
}

// TestTrees checks trees that nobody parsed: a fault is told of what is no
// rule, and what is one is the same as text and as JSON.
func TestTrees(t *testing.T) {
	d, rules, trees := drawer{rand.New(rand.NewPCG(5, 6))}, 0, evaltest.Cases(5_000)
	for range trees {
		n := d.node(3)
		text := rule.Print(n)
		rule.Wrap(n, 20)
		c, err := rule.Check(n, nil)
		if err != nil {
			told(t, err)
		} else {
			rules++
			roundTrip(t, c)
		}
		if c, err = rule.Check(n, book); err != nil {
			told(t, err)
		} else if again, err := rule.Parse(rule.Print(c), book); err != nil || rule.Print(again) != rule.Print(c) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if rules < trees/25 {
		t.Errorf("%d of %d trees are rules, want %d", rules, trees, trees/25)
	}
}

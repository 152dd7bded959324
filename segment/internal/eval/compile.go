package eval

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A plan is what a program was compiled to, for the columns and properties that
// there were then.
type plan struct {
	conds    []cond
	exprs    []expr
	lits     []rule.Literal // of dates
	spans    []rule.Span    // of Periods
	extremes []extreme
	scores   *measured // nil: no score is asked for
	stages   bool      // are
	memos    int
	shape    int // of the base
}

type extreme struct {
	key  string
	expr expr
	of   *rule.Extreme
}

// literal returns the number of a date literal.
func (p *plan) literal(l rule.Literal) int {
	l.At = 0
	for i := range p.lits {
		if o := &p.lits[i]; o.Kind == l.Kind && o.Time == l.Time && slices.Equal(o.Offsets, l.Offsets) {
			return i
		}
	}
	p.lits = append(p.lits, l)
	return len(p.lits) - 1
}

// A compiler makes a plan. The base is locked while it does.
type compiler struct {
	*Engine
	plan   *plan
	exprs  map[string]*sharedExpr
	conds  map[string]*sharedCond
	uses   map[string]int // of shared parts
	inside []string       // segments that are being compiled

	windows map[string]*window
}

const alone = -1 // the number of what is asked for once

func unshared(e expr) expr {
	if s, ok := e.(*sharedExpr); ok {
		return s.expr
	}
	return e
}

// compile makes a plan of conditions and values.
func (e *Engine) compile(nodes []rule.Node, exprs []rule.Expr) (*plan, error) {
	c := &compiler{Engine: e, plan: &plan{shape: e.base.Shape()}, exprs: map[string]*sharedExpr{}, conds: map[string]*sharedCond{}, uses: map[string]int{}}
	for i, n := range nodes {
		cond, err := c.node(n)
		if err != nil {
			return nil, fmt.Errorf("rule %d: %w", i, err)
		}
		c.plan.conds = append(c.plan.conds, cond)
	}
	for i, x := range exprs {
		expr, err := c.value(x)
		if err != nil {
			return nil, fmt.Errorf("value %d: %w", i, err)
		}
		c.plan.exprs = append(c.plan.exprs, expr)
	}
	for key, s := range c.exprs {
		if c.uses[key] > 1 {
			s.number = c.plan.memos
			c.plan.memos++
		}
	}
	for key, s := range c.conds {
		if c.uses[key] > 1 {
			s.number = c.plan.memos
			c.plan.memos++
		}
	}
	for key, w := range c.windows {
		if c.uses[key] > 1 {
			w.number = c.plan.memos
			c.plan.memos++
		}
	}
	return c.plan, nil
}

// node compiles a condition of persons.
func (c *compiler) node(n rule.Node) (cond, error) {
	switch n := n.(type) {
	case *rule.All:
		conds, err := c.nodes(n.Nodes, c.node)
		return &allOf{byWeight(conds)}, err
	case *rule.Any:
		conds, err := c.nodes(n.Nodes, c.node)
		return &anyOf{byWeight(conds)}, err
	case *rule.Not:
		cond, err := c.node(n.Node)
		return &notOf{cond}, err
	case *rule.Compare:
		if f, ok := n.X.(*rule.Field); ok && f.Name == "segments" {
			return c.segments(n)
		}
		if a, ok := n.X.(*rule.Aggregate); ok && (a.Func == rule.First || a.Func == rule.Last) && lifetime[unfiltered(a)] == "" {
			return c.atEnd(n, a)
		}
		exprs, err := c.values(n.X)
		if err != nil {
			return nil, err
		}
		return c.compare(exprs, n)
	case *rule.Extreme:
		return c.extreme(n)
	case *rule.Match:
		if n.Source == nil {
			return nil, fmt.Errorf("a match has no source")
		}
		e, err := c.value(&rule.Aggregate{Func: rule.Count, Source: n.Source})
		if err != nil {
			return nil, err
		}
		r, _ := between(rule.AtLeast, []rule.Decimal{{Digits: 1}}, 0)
		return r.of(e), nil
	case *rule.Sequence:
		return c.sequence(n)
	}
	return nil, fmt.Errorf("no condition: %T", n)
}

func (c *compiler) nodes(nodes []rule.Node, compile func(rule.Node) (cond, error)) ([]cond, error) {
	var conds []cond
	for _, n := range nodes {
		cond, err := compile(n)
		if err != nil {
			return nil, err
		}
		conds = append(conds, cond)
	}
	return conds, nil
}

// compare compiles the comparison of a field that may be of several types: of
// each person or fact, one at most has a value.
func (c *compiler) compare(exprs []expr, n *rule.Compare) (cond, error) {
	if len(exprs) == 1 && !open(n.X) {
		return c.comparison(exprs[0], n.Op, n.Y)
	}
	var conds []cond
	for _, e := range exprs {
		if n.Op == rule.IsNull {
			conds = append(conds, &presentCond{e})
		} else if cond, err := c.comparison(e, n.Op, n.Y); err == nil {
			conds = append(conds, cond)
		}
	}
	if n.Op == rule.IsNull {
		return &notOf{&anyOf{conds}}, nil
	}
	return &anyOf{conds}, nil
}

// open reports whether the type of a value is not known before it is there: a
// comparison with another type is true of nobody.
func open(x rule.Expr) bool {
	switch x := x.(type) {
	case *rule.Field:
		return strings.Contains(x.Name, ".") && !isScore(x.Name)
	case *rule.Aggregate:
		return strings.Contains(x.Field, ".") && x.Func != rule.Distinct
	}
	return false
}

// share makes one of all values of a text.
func (c *compiler) share(key string, e expr) expr {
	c.uses[key]++
	if s := c.exprs[key]; s != nil {
		return s
	}
	s := &sharedExpr{e, alone}
	c.exprs[key] = s
	return s
}

// value compiles a value of persons. Of one that nobody has it is the first of
// its types, or lacking.
func (c *compiler) value(x rule.Expr) (expr, error) {
	all, err := c.values(x)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nothing{}, nil
	}
	return all[0], nil
}

// nothing is what nobody has.
type nothing struct{}

func (nothing) shape() shape                               { return shape{kind: whole} }
func (nothing) weight() int                                { return 1 }
func (nothing) change(*frame, uint32) int64                { return never }
func (nothing) values(_ *frame, sel []uint32, out []int64) { lack(out[:len(sel)]) }

// values compiles a value of persons, in each type that it is there in.
func (c *compiler) values(x rule.Expr) ([]expr, error) {
	switch x := x.(type) {
	case *rule.Field:
		if _, ok := scoreNames[x.Name]; ok {
			return c.score(x.Name)
		}
		return c.personFields(x.Name), nil
	case *rule.Aggregate:
		return c.aggregate(x)
	case *rule.Days:
		from, err := c.dateOf(x.From)
		if err != nil {
			return nil, err
		}
		d := &daysBetween{from: from}
		if x.To != nil {
			if d.to, err = c.dateOf(x.To); err != nil {
				return nil, err
			}
		}
		return []expr{d}, nil
	case *rule.Bucket:
		return []expr{&bucket{x.Salt}}, nil
	}
	return nil, fmt.Errorf("no value: %T", x)
}

// dateOf compiles a value that is a date.
func (c *compiler) dateOf(x rule.Expr) (expr, error) {
	all, err := c.values(x)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		if e.shape().kind == instant {
			return e, nil
		}
	}
	if len(all) > 0 && !open(x) {
		return nil, fmt.Errorf("days are counted between dates")
	}
	return nothing{}, nil
}

// longestKey is how long the text of a condition is at most by which its edge is
// known: the edges of all are written down as one. Of others it is a hash.
const longestKey = 100

func (c *compiler) extreme(n *rule.Extreme) (cond, error) {
	all, err := c.values(n.X)
	if err != nil {
		return nil, err
	}
	var e expr = nothing{}
	i := slices.IndexFunc(all, func(e expr) bool { k := e.shape().kind; return k != text && k != list && k != truth })
	if i >= 0 {
		e = all[i]
	} else if len(all) > 0 && !open(n.X) {
		return nil, fmt.Errorf("only numbers and dates are highest or lowest")
	}
	if n.Count <= 0 && n.Percent.Digits <= 0 {
		return nil, fmt.Errorf("the highest of nobody")
	}
	key := rule.Print(n)
	if len(key) > longestKey {
		sum := sha256.Sum256([]byte(key))
		key = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	i = slices.IndexFunc(c.plan.extremes, func(x extreme) bool { return x.key == key })
	if i < 0 {
		i = len(c.plan.extremes)
		c.plan.extremes = append(c.plan.extremes, extreme{key, e, n})
	}
	return &extremeCond{e, n.Lowest, i}, nil
}

func (c *compiler) sequence(n *rule.Sequence) (cond, error) {
	if len(n.Steps) == 0 || n.Steps[0].Not {
		return nil, fmt.Errorf("a sequence begins with a fact")
	}
	key := rule.Print(n)
	c.uses[key]++
	if s := c.conds[key]; s != nil {
		return s, nil
	}
	q := &sequence{}
	for _, s := range n.Steps {
		parts, err := c.source(s.Source)
		if err != nil {
			return nil, err
		}
		q.steps = append(q.steps, step{s.Not, parts, s.After, s.Within})
	}
	s := sharing(q)
	c.conds[key] = s
	return s, nil
}

// tables are the tables of sources.
var tables = map[string][]table{
	"orders": {sales}, "canceled_orders": {canceled}, "items": {items}, "refunds": {refunds},
	"spend": {sales, adjustments, refunds}, "interactions": {interactions},
}

// source compiles what facts a source selects.
func (c *compiler) source(s *rule.Source) ([]*part, error) {
	if s == nil || tables[s.Name] == nil {
		return nil, fmt.Errorf("no facts are called so")
	}
	var parts []*part
	for _, t := range tables[s.Name] {
		p := &part{table: t}
		conds, err := c.filters(p, s)
		if err != nil {
			return nil, err
		}
		if conds = byWeight(fuse(conds, true)); len(conds) == 1 {
			p.where = conds[0]
		} else if len(conds) > 1 {
			p.where = &allOf{conds}
		}
		p.shifting, p.leaving = p.moving, !p.moving
		for _, b := range p.bounds {
			for _, l := range b.lits {
				if c.plan.lits[l].Kind == rule.Offset {
					p.shifting = true
					p.leaving = p.leaving && (b.op == rule.AtLeast || b.op == rule.Greater)
				}
			}
		}
		if p.where == nil {
			p.all = c.window(p)
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// window makes one of all windows of a table that have the same bounds.
func (c *compiler) window(p *part) *window {
	bounds := []any{"window of ", p.table}
	for _, b := range p.bounds {
		bounds = append(bounds, " ", b.op, b.lits)
	}
	key := fmt.Sprint(bounds...)
	c.uses[key]++
	if c.windows == nil {
		c.windows = map[string]*window{}
	}
	if c.windows[key] == nil {
		c.windows[key] = &window{alone}
	}
	return c.windows[key]
}

// filters compiles the filter of a source, of which bounds of the date and the
// kinds are noted apart.
func (c *compiler) filters(p *part, s *rule.Source) ([]cond, error) {
	if s.Where == nil {
		return nil, nil
	}
	nodes := []rule.Node{s.Where}
	if all, ok := s.Where.(*rule.All); ok {
		nodes = all.Nodes
	}
	var conds []cond
	for _, n := range nodes {
		cond, err := c.factNode(p.table, s.Name, n)
		if err != nil {
			return nil, err
		}
		cmp, _ := n.(*rule.Compare)
		if d, ok := cond.(*dateCond); ok && isField(cmp, "date") && d.op != rule.NotEqual && d.op != rule.In {
			p.bounds = append(p.bounds, d)
			continue
		}
		if isField(cmp, "kind") && (cmp.Op == rule.Equal || cmp.Op == rule.In) && p.kinds == nil {
			for _, l := range cmp.Y {
				p.kinds = append(p.kinds, l.Text)
			}
		}
		rule.Walk(n, func(x any) {
			if cmp, ok := x.(*rule.Compare); ok {
				for _, l := range cmp.Y {
					p.moving = p.moving || l.Kind == rule.Offset
				}
			}
		})
		conds = append(conds, cond)
	}
	return conds, nil
}

func isField(n *rule.Compare, name string) bool {
	if n == nil {
		return false
	}
	f, ok := n.X.(*rule.Field)
	return ok && f.Name == name
}

// factNode compiles a condition of facts of a table.
func (c *compiler) factNode(t table, source string, n rule.Node) (cond, error) {
	inner := func(n rule.Node) (cond, error) { return c.factNode(t, source, n) }
	switch n := n.(type) {
	case *rule.All:
		conds, err := c.nodes(n.Nodes, inner)
		return single(&allOf{byWeight(fuse(conds, true))}), err
	case *rule.Any:
		conds, err := c.nodes(n.Nodes, inner)
		return single(&anyOf{byWeight(fuse(conds, false))}), err
	case *rule.Not:
		cond, err := inner(n.Node)
		if t, ok := cond.(*tupleCond); ok && err == nil {
			match := t.match
			return t.cond(func(code uint32) bool { return !match(code) }), nil
		}
		return &notOf{cond}, err
	case *rule.Compare:
		f, ok := n.X.(*rule.Field)
		if !ok {
			return nil, fmt.Errorf("facts are selected by their fields")
		}
		exprs, err := c.factField(t, source, f.Name)
		if err != nil {
			return nil, err
		}
		return c.compare(exprs, n)
	}
	return nil, fmt.Errorf("facts are not selected by %T", n)
}

// single returns the condition of a list of one.
func single(c cond) cond {
	switch c := c.(type) {
	case *allOf:
		if len(c.conds) == 1 {
			return c.conds[0]
		}
	case *anyOf:
		if len(c.conds) == 1 {
			return c.conds[0]
		}
	}
	return c
}

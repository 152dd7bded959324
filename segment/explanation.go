package segment

import (
	"context"
	"math"
	"regexp"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// An Explanation tells why a rule is true of a customer, or is not: of each
// condition in it what was seen.
type Explanation struct {
	Rule    string         `json:"rule"` // the condition; "included by hand" is one, too
	Holds   bool           `json:"holds"`
	Until   time.Time      `json:"until,omitzero"`   // before it nothing changes unless something happens; zero: never
	Value   crm.Value      `json:"value,omitzero"`   // what was compared; averages are rounded; none is lacking
	Facts   int            `json:"facts,omitzero"`   // how many facts the condition selected
	Segment string         `json:"segment,omitzero"` // whose rule it is, when the rule names others
	Parts   []*Explanation `json:"parts,omitzero"`   // the conditions of which it consists
}

// Explain tells whether a rule is true now of the person whom an id is of, and
// why, by the same way as [Catalog.Select]. The rules of segments that it names
// are explained with it, as long as there are not a thousand conditions yet. It
// returns [crm.ErrNotFound] for an id of nobody, and what is wrong with the rule
// as a [*RuleError].
func (c *Catalog) Explain(ctx context.Context, r Rule, customer crm.CustomerID) (*Explanation, error) {
	k, err := c.fresh(ctx)
	if err == nil {
		r, err = r.in(k.vocabulary)
	}
	if err != nil {
		return nil, wrap("Explain", "", err)
	}
	x, err := c.explain(ctx, k, r.node, customer)
	return x, wrap("Explain", "", err)
}

// Why tells whether the person whom an id is of is in a segment now, and why,
// with whom the shop picked. It returns [crm.ErrNotFound] for an id of nobody,
// and for a segment that there is not.
func (c *Catalog) Why(ctx context.Context, id ID, customer crm.CustomerID) (*Explanation, error) {
	k, err := c.fresh(ctx)
	if err != nil {
		return nil, wrap("Why", id, err)
	}
	d := find(k.definitions, string(id))
	if d == nil || d.ID != id {
		return nil, wrap("Why", id, crm.ErrNotFound)
	}
	x, err := c.explain(ctx, k, k.rule(d), customer)
	return x, wrap("Why", id, err)
}

func (c *Catalog) explain(ctx context.Context, k *known, n rule.Node, customer crm.CustomerID) (*Explanation, error) {
	ordinal, ok, err := c.ordinal(ctx, k, customer)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, crm.ErrNotFound
	}
	p, err := k.engine.Compile(n)
	if err != nil {
		return nil, err
	}
	at := c.now().UnixMilli()
	edges, err := c.edges(ctx, k, p, at)
	if err != nil {
		return nil, err
	}
	x, err := k.engine.Explain(n, ordinal, at, edges, spoken)
	if err != nil {
		return nil, err
	}
	if x == nil { // who left meanwhile
		return nil, crm.ErrNotFound
	}
	return c.reason(x), nil
}

// spoken returns the text of a condition, with words for what picks say.
func spoken(n rule.Node) string {
	return pickText.ReplaceAllStringFunc(rule.Print(n), func(s string) string {
		if strings.HasSuffix(s, "true") {
			return included
		}
		return excluded
	})
}

// What explanations say of picks.
const included, excluded = "included by hand", "excluded by hand"

var pickText = regexp.MustCompile(`\bpicks\.\S+ = (true|false)`)

// reason is an explanation in words of the book.
func (c *Catalog) reason(x *eval.Explanation) *Explanation {
	out := &Explanation{Rule: x.Text, Holds: x.Holds, Segment: x.Segment}
	if until := time.UnixMilli(x.Until).UTC(); until.Year() <= 9999 { // what is later is never
		out.Until = until
	}
	if x.Facts != nil {
		out.Facts = int(*x.Facts)
	}
	if x.Value != nil && x.Value.There && out.Rule != included && out.Rule != excluded {
		out.Value = c.value(x.Value)
	}
	for _, part := range x.Nodes {
		out.Parts = append(out.Parts, c.reason(part))
	}
	return out
}

func (c *Catalog) value(s *eval.Seen) crm.Value {
	switch s.Type {
	case rule.IsText:
		return crm.Text(s.Text)
	case rule.IsList:
		return crm.Words(s.List...)
	case rule.IsBool:
		return crm.Bool(s.Int != 0)
	case rule.IsDate:
		return crm.Moment(time.UnixMilli(s.Int))
	case rule.IsMoney:
		return crm.Amount(crm.Money{Amount: s.Int, Currency: c.book.Currency()})
	}
	if s.Number != 0 { // a sum can be beyond all numbers
		return crm.Number(min(max(s.Number, -math.MaxFloat64), math.MaxFloat64))
	}
	return crm.Number(float64(s.Int) / math.Pow10(int(s.Scale)))
}

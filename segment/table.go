package segment

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A Row is what [Catalog.Table] tells of a customer.
type Row struct {
	CustomerID crm.CustomerID `json:"customer_id"`
	Values     []crm.Value    `json:"values"` // in the order they were asked for; none is lacking
}

// Table yields values of everybody of whom a rule is true now, in the order of
// [Catalog.Select]: what they have, and what their facts add up to.
//
//	catalog.Table(ctx, rule, segment.Field("number_of_orders"), segment.Orders(lately).Sum("amount"))
//
// Averages are rounded: amounts to minor units. What is wrong with the rule or a
// value it yields as a [*RuleError].
func (c *Catalog) Table(ctx context.Context, r Rule, values ...Expr) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		k, table, err := c.table(ctx, r, values)
		if err != nil {
			yield(nil, wrap("Table", "", err))
			return
		}
		for i, ordinal := range table.Ordinals {
			k.base.RLock()
			id := k.base.ID(ordinal)
			k.base.RUnlock()
			if id == "" { // who has left the book meanwhile
				continue
			}
			row := &Row{CustomerID: crm.CustomerID(id), Values: make([]crm.Value, len(values))}
			for j := range table.Columns {
				if s := seen(&table.Columns[j], i); s.There {
					row.Values[j] = c.value(s)
				}
			}
			if err := ctx.Err(); err != nil {
				yield(nil, wrap("Table", "", err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func (c *Catalog) table(ctx context.Context, r Rule, values []Expr) (*known, *eval.Table, error) {
	k, set, at, err := c.answer(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	exprs := make([]rule.Expr, len(values))
	wrong := &RuleError{}
	for i, v := range values {
		if exprs[i], err = v.in(k.vocabulary); err == nil {
			continue
		}
		e, ok := errors.AsType[*RuleError](err)
		if !ok {
			return nil, nil, err
		}
		for _, f := range e.Faults { // which are told of all values
			f.Path = strings.TrimSuffix(fmt.Sprintf("values[%d].%s", i, f.Path), ".")
			wrong.Faults = append(wrong.Faults, f)
		}
	}
	if len(wrong.Faults) > 0 {
		return nil, nil, wrong
	}
	p, err := k.engine.CompileValues(exprs...)
	if err != nil {
		return nil, nil, err
	}
	edges, err := c.edges(ctx, k, p, at.UnixMilli())
	if err != nil {
		return nil, nil, err
	}
	table, err := p.Compute(ctx, at.UnixMilli(), edges, set)
	return k, table, err
}

// in returns the value with the names that a book gives.
func (e Expr) in(v *rule.Vocabulary) (rule.Expr, error) {
	if isSegments(e.x) {
		return nil, &RuleError{[]Fault{{Got: "segments", Want: "another value: Catalog.Of tells the segments of a customer"}}}
	}
	r, err := e.IsNull().in(v)
	if err != nil {
		return nil, err
	}
	return r.node.(*rule.Compare).X, nil
}

// seen is a value of a column as an explanation has it.
func seen(col *eval.Column, i int) *eval.Seen {
	s := &eval.Seen{Type: col.Type, There: col.Ints[i] != column.Lacking, Scale: col.Scale}
	switch {
	case !s.There:
	case col.Texts != nil:
		s.Text = col.Texts[i]
	case col.Lists != nil:
		s.List = col.Lists[i]
	case col.Real:
		s.Number = column.Number(col.Ints[i])
	default:
		s.Int = col.Rounded(i)
	}
	return s
}

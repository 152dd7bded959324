package eval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// lifetime is the columns that hold what all facts of a source add up to.
var lifetime = map[string]string{
	"orders count": "number_of_orders", "canceled_orders count": "canceled_orders", "refunds count": "number_of_refunds",
	"spend sum amount": "amount_spent", "refunds sum amount": "amount_refunded", "orders sum units": "units_bought",
	"orders average amount": "average_order_value",
	"orders first date":     "first_order_date", "orders min date": "first_order_date",
	"orders last date": "last_order_date", "orders max date": "last_order_date",
}

// unfiltered returns what an aggregate of all facts of a source is called in
// lifetime, "" for others.
func unfiltered(x *rule.Aggregate) string {
	if x.Source == nil || x.Source.Where != nil {
		return ""
	}
	return strings.TrimSpace(x.Source.Name + " " + x.Func.String() + " " + x.Field)
}

func (c *compiler) aggregate(x *rule.Aggregate) ([]expr, error) {
	if x.Source == nil {
		return nil, fmt.Errorf("an aggregate has no source")
	}
	if unfiltered(x) != "" {
		if name := lifetime[unfiltered(x)]; name != "" {
			return c.personFields(name), nil
		}
		if unfiltered(x) == "orders sum amount" {
			return []expr{&kept{shape{kind: whole, money: true, scale: c.scale}, func(ch *column.Chunk) []int64 { return ch.Turnover }, func(d *tally) int64 { return d.turnover.Amount() }}}, nil
		}
	}
	key := rule.Print(&rule.Compare{X: x, Op: rule.IsNull})
	if all := c.again(key); all != nil {
		return all, nil
	}
	parts, err := c.source(x.Source)
	if err != nil {
		return nil, err
	}
	e := &aggregate{f: x.Func, parts: parts, is: shape{kind: whole}}
	for _, p := range parts {
		e.cost += p.weight()
	}
	if x.Func == rule.Periods {
		if x.Span.N < 1 || x.Span.N > 1000 || x.Span.Unit < rule.Date || x.Span.Unit > rule.Year {
			return nil, fmt.Errorf("%v: from 1 to 1000 days, weeks, months or years are counted", x.Span)
		}
		e.number = len(c.plan.spans)
		c.plan.spans = append(c.plan.spans, x.Span)
		return []expr{c.share(key, e)}, nil
	}
	if x.Func == rule.Count {
		return []expr{c.share(key, e)}, nil
	}
	return c.overField(key, e, x)
}

// again returns the values of a key that was compiled before.
func (c *compiler) again(key string) []expr {
	if c.exprs[key] == nil {
		return nil
	}
	all := []expr{c.share(key, nil)}
	for n := 1; c.exprs[typed(key, n)] != nil; n++ {
		all = append(all, c.share(typed(key, n), nil))
	}
	return all
}

// typed is the key of a value in one of several types.
func typed(key string, n int) string {
	if n > 0 {
		return fmt.Sprintf("%s #%d", key, n)
	}
	return key
}

// overField gives an aggregate its field. The first and the last fact may have
// a value of any type: there is one aggregate for each.
func (c *compiler) overField(key string, e *aggregate, x *rule.Aggregate) ([]expr, error) {
	types := 1
	var fields [][]expr // of the parts
	for _, p := range e.parts {
		all, err := c.factField(p.table, x.Source.Name, x.Field)
		if err != nil {
			return nil, err
		}
		some := slices.DeleteFunc(slices.Clone(all), func(f expr) bool { return !fits(x.Func, f.shape().kind) })
		if len(some) == 0 && len(all) > 0 && !open(x) {
			return nil, fmt.Errorf("there is no %v of %s", x.Func, x.Field)
		}
		switch {
		case len(some) == 0:
			some = []expr{nothing{}}
		case x.Func == rule.Distinct && len(some) > 1:
			some = []expr{mixed{some}}
		case x.Func == rule.First || x.Func == rule.Last:
			types = len(some)
		}
		fields = append(fields, some)
	}
	var out []expr
	for n := range types {
		f := *e
		for _, some := range fields {
			f.fields = append(f.fields, some[n])
			f.is = some[n].shape()
		}
		if x.Func == rule.Distinct {
			f.is = shape{kind: whole}
		}
		if x.Func == rule.Average && f.is.kind == whole {
			out = append(out, c.share(key, &average{aggregateRatio{&f}, f.is}))
		} else {
			out = append(out, c.share(typed(key, n), &f))
		}
	}
	return out, nil
}

// A mixed field has values of several types, of which a fact has one at most.
type mixed struct{ types []expr }

func (mixed) shape() shape                { return shape{kind: whole} }
func (mixed) weight() int                 { return 10 }
func (mixed) change(*frame, uint32) int64 { return never }

func (e mixed) values(_ *frame, sel []uint32, out []int64) { lack(out[:len(sel)]) }

// elements appends the texts and the elements of lists, and values of other
// types apart from those.
func (e mixed) elements(x *frame, row uint32, out []int64) []int64 {
	const apart = 0x1e3779b97f4a7c15
	for _, t := range e.types {
		v, s := x.value(t, row), t.shape()
		switch {
		case v == column.Lacking:
		case s.words != nil:
			out = s.words.elements(v, out)
		case s.money:
			out = append(out, v+apart)
		default:
			out = append(out, v+apart*int64(2+s.kind)>>1)
		}
	}
	return out
}

// fits reports whether values of a kind can be added up so.
func fits(f rule.Func, k kind) bool {
	switch f {
	case rule.Sum, rule.Average:
		return k == whole || k == real
	case rule.Min, rule.Max:
		return k == whole || k == real || k == instant
	}
	return true
}

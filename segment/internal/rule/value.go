package rule

import (
	"slices"
	"strings"
)

// expr returns the value with the names of this package, and what it holds.
// Both are zero when something is wrong with it.
func (c *checker) expr(x Expr, s *scope) (Expr, Word) {
	switch x := x.(type) {
	case *Field:
		if c.much(x.At) {
			return nil, Word{}
		}
		c.push("field", -1)
		defer c.pop()
		w := c.field(x.Name, x.At, s)
		if w.Name == "" {
			return nil, Word{}
		}
		return &Field{w.Name, x.At}, w
	case *Aggregate:
		if c.much(x.At) || !c.outside(x.At, x.Func.String(), s) {
			return nil, Word{}
		}
		return c.aggregate(x)
	case *Days:
		if c.much(x.At) || !c.outside(x.At, "days_since", s) {
			return nil, Word{}
		}
		return c.days(x)
	case *Bucket:
		if c.much(x.At) || !c.outside(x.At, "bucket", s) {
			return nil, Word{}
		}
		c.push("bucket", -1)
		defer c.pop()
		if x.Salt == "" {
			c.fault(x.At, "''", "a text that names the draw, such as 'spring'", "")
			return nil, Word{}
		}
		if !c.text(x.At, x.Salt) {
			return nil, Word{}
		}
		return &Bucket{x.Salt, x.At}, Word{Name: "bucket", Type: IsNumber}
	}
	c.fault(0, "", "a field, an aggregate, days_since, days_between or bucket", "")
	return nil, Word{}
}

// field looks a field up, by its names elsewhere too.
func (c *checker) field(name string, at Pos, s *scope) Word {
	source, here := "", name
	if s == nil {
		here = canonical(name)
	} else {
		source = s.source
		if s.alias != nil && s.alias.fields[name] != "" {
			here = s.alias.fields[name]
		}
	}
	w, ok := c.v.Field(source, here)
	if ok {
		return w
	}
	want, suggestion := "a field of customers", ""
	names := c.v.names(source)
	as := name
	if s != nil {
		want, as = "a field of "+s.as, s.as+"."+name
		if s.alias != nil {
			for n := range s.alias.fields {
				names = append(names, n)
			}
		}
	}
	first, rest := cut(name)
	_, sum := totals()[name]
	switch hint := unknown()[as]; {
	case hint != "":
		want = "another field; " + hint
	case s == nil && unknown()[name] != "":
		want = "another filter; " + unknown()[name]
	case s == nil && isFacts(name):
		want, suggestion = "a field of customers; facts have filters or are counted", "count("+name+")"
	case s == nil && rest != "" && isFacts(first):
		want, suggestion = "a field of customers; those of facts are added up", "last("+name+")"
	case strings.HasSuffix(name, ".") && slices.Contains(names, name):
		want = "the name of one behind the point"
	case s != nil && sum:
		want = "a field of " + s.as + "; " + name + " stands beside commas in MATCHES, or as an aggregate"
	case c.guess(name, names):
		suggestion = closestField(name, names)
	}
	c.fault(at, name, want, suggestion)
	return Word{}
}

// closestField returns the field that is most like a name, or the name with
// the prefix that is most like its own.
func closestField(name string, names []string) string {
	best := closest(name, names)
	if best != "" && !strings.HasSuffix(best, ".") {
		return best
	}
	first, rest, point := strings.Cut(name, ".")
	if !point {
		return partly(name, names)
	}
	prefix := closest(first+".", names)
	if rest == "" || !strings.HasSuffix(prefix, ".") || prefix == first+"." {
		return ""
	}
	return prefix + rest
}

// isFacts reports whether a name is one of facts, here or elsewhere.
func isFacts(name string) bool { return isSource(name) || aliases()[name] != nil }

func (c *checker) aggregate(x *Aggregate) (Expr, Word) {
	a := &Aggregate{Func: x.Func, Span: x.Span, At: x.At}
	if x.Func < Count || x.Func > Periods {
		c.fault(x.At, x.Func.String(), "an aggregate, such as count", "")
		return nil, Word{}
	}
	source, s := c.source(x.Source)
	if source == nil {
		return nil, Word{}
	}
	a.Source = source
	if x.Func == Periods {
		c.push("span", -1)
		defer c.pop()
		if !x.Span.valid() || x.Span.Unit < Date || x.Span.N < 1 || x.Span.N > 1000 {
			c.fault(x.At, x.Span.String(), "1 to 1000 days, weeks, months or years, such as 6m", "")
			return nil, Word{}
		}
	} else {
		a.Span = Span{}
	}
	count := Word{Name: x.Func.String(), Type: IsNumber}
	if x.Func == Count || x.Func == Periods {
		if x.Field != "" {
			c.fault(x.Source.At, x.Field, "no field: "+x.Func.String()+" counts", "")
			return nil, Word{}
		}
		return a, count
	}
	c.push("field", -1)
	defer c.pop()
	if x.Field == "" {
		c.fault(x.Source.At, x.Source.Name, "a field of it behind a point, such as orders.amount", "")
		return nil, Word{}
	}
	w := c.field(x.Field, x.Source.At, s)
	if w.Name == "" {
		return nil, Word{}
	}
	a.Field = w.Name
	switch {
	case x.Func == Distinct:
		return a, count
	case x.Func < Min && w.Type != IsNumber && w.Type != IsMoney && w.Type != IsAny:
		c.fault(x.Source.At, x.Field, "a number or an amount, not "+nouns[w.Type], "")
		return nil, Word{}
	case x.Func < Distinct && w.Type != IsNumber && w.Type != IsMoney && w.Type != IsDate && w.Type != IsAny:
		c.fault(x.Source.At, x.Field, "a number, an amount or a date, not "+nouns[w.Type], "")
		return nil, Word{}
	}
	if x.Func < Min && w.Type == IsAny {
		w.Type = IsMoney // what it adds up to is compared with numbers, of any currency
	}
	return a, w
}

func (c *checker) days(x *Days) (Expr, Word) {
	d := &Days{At: x.At}
	key, index := "days_since", -1
	if x.To != nil {
		key, index = "days_between", 0
	}
	if d.From = c.date(x.From, key, index); x.To != nil {
		d.To = c.date(x.To, key, 1)
	}
	if d.From == nil || x.To != nil && d.To == nil {
		return nil, Word{}
	}
	return d, Word{Name: key, Type: IsNumber}
}

// date returns a value that is a date.
func (c *checker) date(x Expr, key string, index int) Expr {
	c.push(key, index)
	defer c.pop()
	out, w := c.expr(x, nil)
	if out != nil && w.Type != IsDate && w.Type != IsAny {
		c.fault(at(x), w.Name, "a date, such as last_order_date, not "+nouns[w.Type], "")
		return nil
	}
	return out
}

// at returns where a value stands.
func at(x Expr) Pos {
	switch x := x.(type) {
	case *Field:
		return x.At
	case *Aggregate:
		return x.At
	case *Days:
		return x.At
	case *Bucket:
		return x.At
	}
	return 0
}

package rule

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Encode returns the rule as JSON, on one line. Of a tree that Parse, Decode
// or Check returned, Decode makes an equal tree of it.
func Encode(n Node) []byte {
	var e encoder
	e.node(n)
	return e.Bytes()
}

// An encoder writes objects; comma tells whether one is due.
type encoder struct {
	bytes.Buffer
	comma bool
}

// key writes the name of a member.
func (e *encoder) key(name string) {
	if e.comma {
		e.WriteByte(',')
	}
	e.comma = false
	e.text(name)
	e.WriteByte(':')
}

// text writes a string.
func (e *encoder) text(s string) {
	enc := json.NewEncoder(&e.Buffer)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err == nil {
		e.Truncate(e.Len() - 1) // the line's end
	}
}

// member writes a member whose value is a string.
func (e *encoder) member(name, value string) {
	e.key(name)
	e.text(value)
	e.comma = true
}

// object writes an object, and array a list.
func (e *encoder) object(members func()) { e.within('{', '}', members) }

func (e *encoder) within(open, end byte, f func()) {
	e.comma = false
	e.WriteByte(open)
	f()
	e.WriteByte(end)
	e.comma = true
}

func (e *encoder) array(n int, f func(i int)) {
	e.within('[', ']', func() {
		for i := range n {
			if i > 0 {
				e.WriteByte(',')
			}
			f(i)
		}
	})
}

func (e *encoder) node(n Node) {
	if n == nil {
		e.WriteString("null")
		e.comma = true
		return
	}
	e.object(func() {
		switch n := n.(type) {
		case *All:
			e.key("all")
			e.array(len(n.Nodes), func(i int) { e.node(n.Nodes[i]) })
		case *Any:
			e.key("any")
			e.array(len(n.Nodes), func(i int) { e.node(n.Nodes[i]) })
		case *Not:
			e.key("not")
			e.node(n.Node)
		case *Compare:
			e.compare(n)
		case *Extreme:
			e.expr(n.X)
			e.key(map[bool]string{false: "top", true: "bottom"}[n.Lowest])
			if n.Count != 0 {
				e.WriteString(n.size())
			} else {
				e.text(n.size())
			}
		case *Match:
			e.key("match")
			e.object(func() { e.source(n.Source) })
		case *Sequence:
			e.key("sequence")
			e.array(len(n.Steps), func(i int) { e.step(n.Steps[i]) })
		}
	})
}

// tags are the comparisons as JSON has them: words, since encoding/json escapes
// the marks. Decode takes the marks too.
var tags = [...]string{
	Equal: "is", NotEqual: "is_not", Less: "less", AtMost: "at_most", Greater: "more", AtLeast: "at_least", Between: "between",
	In: "in", Contains: "contains", StartsWith: "starts_with", EndsWith: "ends_with", IsNull: "is_null",
}

func (e *encoder) compare(n *Compare) {
	e.expr(n.X)
	e.member("op", nameAt(tags[:], int(n.Op)))
	switch {
	case n.Op == Between || n.Op == In:
		e.key("values")
		e.array(len(n.Y), func(i int) { e.literal(n.Y[i]) })
	case len(n.Y) > 0:
		e.key("value")
		e.literal(n.Y[0])
	}
}

func (e *encoder) source(s *Source) {
	if s == nil {
		return
	}
	e.member("source", s.Name)
	if s.Where != nil {
		e.key("where")
		e.node(s.Where)
	}
}

func (e *encoder) step(s Step) {
	e.object(func() {
		if s.Not {
			e.key("not")
			e.WriteString("true")
			e.comma = true
		}
		e.source(s.Source)
		if s.After != (Span{}) {
			e.member("after", s.After.String())
		}
		if s.Within != (Span{}) {
			e.member("within", s.Within.String())
		}
	})
}

// expr writes the members that make a value.
func (e *encoder) expr(x Expr) {
	switch x := x.(type) {
	case *Field:
		e.member("field", x.Name)
	case *Aggregate:
		e.member("aggregate", x.Func.String())
		if x.Source != nil {
			e.member("source", x.Source.Name)
		}
		if x.Field != "" {
			e.member("field", x.Field)
		}
		if x.Source != nil && x.Source.Where != nil {
			e.key("where")
			e.node(x.Source.Where)
		}
		if x.Func == Periods {
			e.member("span", x.Span.String())
		}
	case *Days:
		if x.To == nil {
			e.key("days_since")
			e.object(func() { e.expr(x.From) })
			return
		}
		e.key("days_between")
		e.array(2, func(i int) { e.object(func() { e.expr([...]Expr{x.From, x.To}[i]) }) })
	case *Bucket:
		e.member("bucket", x.Salt)
	}
}

func (e *encoder) literal(l Literal) {
	switch l.Kind {
	case Text:
		e.text(l.Text)
	case Number:
		if l.Currency == "" {
			e.WriteString(l.Number.String())
			break
		}
		e.object(func() {
			e.key("amount")
			e.WriteString(l.Number.String())
			e.comma = true
			e.member("currency", l.Currency)
		})
	case Bool:
		e.WriteString(strconv.FormatBool(l.Bool))
	default:
		e.object(func() { e.member("date", strings.TrimSpace(l.String())) })
	}
	e.comma = true
}

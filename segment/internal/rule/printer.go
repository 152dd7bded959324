package rule

import "strings"

// funcs are the names of the aggregates.
var funcs = [...]string{Count: "count", Sum: "sum", Average: "average", Min: "min", Max: "max", Distinct: "distinct", First: "first", Last: "last", Periods: "periods"}

// String returns the aggregate's name: "count".
func (f Func) String() string { return nameAt(funcs[:], int(f)) }

// operators are the comparisons as the text has them; after NOT those of words
// stand behind what they compare.
var operators = [...]string{
	Equal: "=", NotEqual: "!=", Less: "<", AtMost: "<=", Greater: ">", AtLeast: ">=", Between: "BETWEEN",
	In: "IN", Contains: "CONTAINS", StartsWith: "STARTS WITH", EndsWith: "ENDS WITH", IsNull: "IS NULL",
}

// String returns the comparison as the text of a rule has it: "STARTS WITH".
func (o Op) String() string { return nameAt(operators[:], int(o)) }

func nameAt(names []string, i int) string {
	if i < len(names) && names[i] != "" {
		return names[i]
	}
	return "?"
}

// Print returns the text of a rule on one line. Of a tree that Parse, Decode
// or Check returned it is canonical: Parse makes an equal tree of it. Of one
// that is far too large for them it leaves out what is behind the first MiB.
func Print(n Node) string {
	var p printer
	p.node(n, lowest)
	return p.String()
}

// How tightly what surrounds a condition binds it.
const (
	lowest = iota // nothing, or parentheses
	comma         // the next of filters
	or
	and
	not
)

type printer struct{ strings.Builder }

func (p *printer) put(texts ...string) {
	for _, s := range texts {
		p.WriteString(s)
	}
}

func (p *printer) node(n Node, outer int) {
	if p.Len() > maxPrint {
		return
	}
	switch n := n.(type) {
	case nil:
		p.put("?")
	case *All:
		p.list(n.Nodes, "EVERYONE", " AND ", and, outer)
	case *Any:
		p.list(n.Nodes, "NOBODY", " OR ", or, outer)
	case *Not:
		p.negation(n)
	case *Compare:
		p.comparison(n, false)
	case *Extreme:
		p.extreme(n, false)
	case *Match:
		p.match(n, false)
	case *Sequence:
		p.sequence(n)
	}
}

// list prints nodes with what joins them, in parentheses where the outer binds
// tighter, or would not be told from them at a glance.
func (p *printer) list(nodes []Node, none, joint string, inner, outer int) {
	switch {
	case len(nodes) == 0:
		p.put(none)
		return
	case outer > inner || outer == comma:
		p.put("(")
		defer p.put(")")
	}
	for i, n := range nodes {
		if i > 0 {
			p.put(joint)
		}
		p.node(n, inner)
		if p.Len() > maxPrint {
			break
		}
	}
}

func (p *printer) negation(n *Not) {
	switch of := n.Node.(type) {
	case *Match:
		p.match(of, true)
		return
	case *Extreme:
		p.extreme(of, true)
		return
	case *Compare:
		if of.Op >= Between {
			p.comparison(of, true)
			return
		}
	}
	p.put("NOT ")
	p.node(n.Node, not)
}

func (p *printer) comparison(n *Compare, negated bool) {
	p.expr(n.X)
	word := n.Op.String()
	switch {
	case negated && n.Op == IsNull:
		word = "IS NOT NULL"
	case negated:
		word = "NOT " + word
	}
	p.put(" ", word)
	switch n.Op {
	case IsNull:
	case Between:
		p.put(" ")
		p.literals(n.Y, " AND ")
	case In:
		p.put(" (")
		p.literals(n.Y, ", ")
		p.put(")")
	default:
		p.put(" ")
		p.literals(n.Y, ", ")
	}
}

func (p *printer) extreme(n *Extreme, negated bool) {
	p.expr(n.X)
	if negated {
		p.put(" NOT")
	}
	p.put(map[bool]string{false: " IN TOP ", true: " IN BOTTOM "}[n.Lowest], n.size())
}

// size returns how many an Extreme takes: "100" or "5%".
func (n *Extreme) size() string {
	if n.Percent == (Decimal{}) {
		return Decimal{Digits: n.Count}.String()
	}
	return n.Percent.String() + "%"
}

func (p *printer) match(n *Match, negated bool) {
	if n.Source == nil {
		p.put("?")
		return
	}
	p.put(n.Source.Name)
	if negated {
		p.put(" NOT")
	}
	p.filter(n.Source.Where)
}

// filter prints MATCHES and the filters of a source.
func (p *printer) filter(where Node) {
	p.put(" MATCHES (")
	if all, ok := where.(*All); ok {
		for i, n := range all.Nodes {
			if i > 0 {
				p.put(", ")
			}
			p.node(n, comma)
		}
	} else if where != nil {
		p.node(where, lowest)
	}
	p.put(")")
}

// source prints a source with its filters, if it has any.
func (p *printer) source(s *Source, field string) {
	if s == nil {
		p.put("?")
		return
	}
	p.put(s.Name)
	if field != "" {
		p.put(".", field)
	}
	if s.Where != nil {
		p.filter(s.Where)
	}
}

func (p *printer) sequence(n *Sequence) {
	for i, s := range n.Steps {
		p.put(s.text(i))
	}
}

// text returns the i-th step of a sequence.
func (s Step) text(i int) string {
	var p printer
	switch {
	case i > 0 && s.Not:
		p.put(" NOT FOLLOWED BY ")
	case i > 0:
		p.put(" FOLLOWED BY ")
	}
	p.source(s.Source, "")
	if s.After != (Span{}) {
		p.put(" AFTER ", s.After.String())
	}
	if s.Within != (Span{}) {
		p.put(" WITHIN ", s.Within.String())
	}
	return p.String()
}

func (p *printer) expr(x Expr) {
	switch x := x.(type) {
	case nil:
		p.put("?")
	case *Field:
		p.put(x.Name)
	case *Aggregate:
		p.put(x.Func.String(), "(")
		p.source(x.Source, x.Field)
		if x.Func == Periods {
			p.put(", ", x.Span.String())
		}
		p.put(")")
	case *Days:
		if x.To == nil {
			p.put("days_since(")
			p.expr(x.From)
		} else {
			p.put("days_between(")
			p.expr(x.From)
			p.put(", ")
			p.expr(x.To)
		}
		p.put(")")
	case *Bucket:
		p.put("bucket(", quote(x.Salt), ")")
	}
}

func (p *printer) literals(list []Literal, joint string) {
	for i, l := range list {
		if i > 0 {
			p.put(joint)
		}
		p.put(l.String())
	}
}

// String returns the literal as the text of a rule has it: "'vip'", "-30d".
func (l Literal) String() string {
	switch l.Kind {
	case Text:
		return quote(l.Text)
	case Number:
		if l.Currency != "" {
			return l.Number.String() + " " + l.Currency
		}
		return l.Number.String()
	case Bool:
		if l.Bool {
			return "true"
		}
		return "false"
	case Day:
		return l.Time.String()[:len("2006-01-02")]
	case Moment:
		return l.Time.String()
	case Offset:
		return l.offset()
	}
	return l.Text // what the builder was given and is none
}

func (l Literal) offset() string {
	switch {
	case len(l.Offsets) == 0:
		return "now"
	case len(l.Offsets) == 1 && l.Offsets[0] == Span{0, Date}:
		return "today"
	case len(l.Offsets) == 1 && l.Offsets[0] == Span{-1, Date}:
		return "yesterday"
	}
	texts := make([]string, len(l.Offsets))
	for i, s := range l.Offsets {
		if texts[i] = s.String(); s.N >= 0 {
			texts[i] = "+" + texts[i]
		}
	}
	return strings.Join(texts, " ")
}

var quotes = strings.NewReplacer(`'`, `''`, `\`, `\\`)

// quote returns a text as it stands in a rule.
func quote(s string) string { return "'" + quotes.Replace(s) + "'" }

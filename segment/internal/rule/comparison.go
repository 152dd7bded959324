package rule

import "strings"

// comparison reads a comparison from behind its value.
func (p *parser) comparison(x Expr) Node { return p.compared(x, p.skip("NOT")) }

// compared reads a comparison from behind its value and NOT.
func (p *parser) compared(x Expr, not bool) Node {
	n := &Compare{X: x, At: p.tok.at}
	if i := marks(p.tok); i > 0 && !not {
		p.next()
		n.Op = i
		return p.with(n, false)
	}
	switch {
	case p.skip("BETWEEN"):
		n.Op = Between
		return p.between(n, not)
	case p.skip("CONTAINS"):
		n.Op = Contains
		return p.with(n, not)
	case p.is("STARTS"), p.is("ENDS"):
		n.Op = map[bool]Op{true: StartsWith, false: EndsWith}[p.is("STARTS")]
		p.next()
		if !p.skip("WITH") {
			p.fail("WITH", "")
			return operand(x)
		}
		return p.with(n, not)
	case p.skip("IN"):
		return p.in(n, not)
	case p.is("IS") && !not:
		p.next()
		not = p.skip("NOT")
		if !p.skip("NULL") {
			p.fail("NULL or NOT NULL; a value stands behind =", "")
			return operand(x)
		}
		n.Op = IsNull
		return negate(n, not)
	}
	p.fail(expected(not), p.operator())
	return operand(x)
}

// operand returns a comparison of which only the value could be read.
func operand(x Expr) Node { return &Compare{X: x} }

func expected(not bool) string {
	if not {
		return "IN, BETWEEN, CONTAINS, STARTS WITH, ENDS WITH or MATCHES"
	}
	return "an operator, such as =, IN or CONTAINS"
}

// operator suggests the operator that was perhaps meant by a word.
func (p *parser) operator() string {
	if p.tok.class != word {
		return ""
	}
	switch p.tok.upper {
	case "IS", "EQUALS", "EQ":
		return "="
	case "LIKE", "HAS":
		return "CONTAINS"
	}
	return closest(p.tok.text, []string{"BETWEEN", "CONTAINS", "STARTS WITH", "ENDS WITH", "MATCHES", "FOLLOWED BY", "IN", "NOT"})
}

// marks returns the comparison that a mark stands for, 0 for none.
func marks(t token) Op {
	if t.class == mark {
		for op := Equal; op <= AtLeast; op++ {
			if t.text == operators[op] {
				return op
			}
		}
	}
	return 0
}

// with reads the literal of a comparison.
func (p *parser) with(n *Compare, not bool) Node {
	if p.is("(") {
		p.fail("one value; several stand behind IN", map[Op]string{Equal: "IN", Contains: "IN", NotEqual: "NOT IN"}[n.Op])
		return operand(n.X)
	}
	l, ok := p.literal()
	if !ok {
		return operand(n.X)
	}
	n.Y = []Literal{l}
	return negate(n, not)
}

func (p *parser) between(n *Compare, not bool) Node {
	low, ok := p.literal()
	if !p.is("AND") {
		if ok {
			p.fail("AND and the upper end", "")
		}
		return operand(n.X)
	}
	p.next()
	high, fine := p.literal()
	if !ok || !fine {
		return operand(n.X)
	}
	n.Y = []Literal{low, high}
	return negate(n, not)
}

// in reads what follows IN: a list, or how many of the highest or lowest.
func (p *parser) in(n *Compare, not bool) Node {
	switch {
	case p.is("TOP"), p.is("BOTTOM"):
		return p.extreme(n, not)
	case !p.skip("("):
		suggestion := ""
		if p.tok.class == quoted || p.tok.class == number {
			suggestion = "(" + p.written() + ")"
		}
		p.fail("values in parentheses, or TOP or BOTTOM", suggestion)
		return operand(n.X)
	}
	n.Op = In
	list, ok := p.list()
	if !ok {
		return operand(n.X)
	}
	n.Y = list
	return negate(n, not)
}

// list reads literals up to the end of the parentheses.
func (p *parser) list() ([]Literal, bool) {
	var list []Literal
	fine := true
	for {
		l, ok := p.literal()
		if fine = fine && ok; ok && len(list) <= maxList {
			list = append(list, l) // one more than there may be, of which check tells
		}
		switch {
		case p.skip(")"):
			return list, fine
		case p.skip(","):
			continue
		}
		p.fail("a comma or )", "")
		if !p.skip(",") {
			p.skip(")")
			return nil, false
		}
		fine = false
	}
}

func (p *parser) extreme(n *Compare, not bool) Node {
	e := &Extreme{X: n.X, Lowest: p.is("BOTTOM"), At: n.At}
	p.next()
	d, ok := ParseDecimal(p.tok.text)
	if p.tok.class != number || !ok {
		p.fail("how many, such as 100 or 5%", "")
		return operand(n.X)
	}
	p.next()
	switch {
	case p.skip("%"):
		e.Percent = d
	case d.Scale != 0:
		p.fail("%: without it, a whole number", "")
		return operand(n.X)
	default:
		e.Count = d.Digits
	}
	return negate(e, not)
}

// literal reads a value. When it cannot, it tells and goes on to what follows.
func (p *parser) literal() (Literal, bool) {
	at := p.tok.at
	if p.tok.class == signed {
		l, ok := p.offsets()
		l.At = at
		return l, ok
	}
	l, want, suggestion := p.value()
	if want != "" {
		p.fail(want, suggestion)
		return Literal{}, false
	}
	if p.next(); l.Kind == Number && (p.named() || p.is("TOP")) && len(p.tok.text) == 3 && p.tok.text == p.tok.upper {
		l.Currency = p.tok.text
		p.next()
	}
	l.At = at
	return l, true
}

// offsets reads spans with their signs: -30d -3m.
func (p *parser) offsets() (Literal, bool) {
	var spans []Span
	for ; p.tok.class == signed; p.next() {
		s, ok := parseSpan(p.tok.text[1:])
		if !ok {
			p.fail(wantSpan, "")
			return Literal{}, false
		}
		if p.tok.text[0] == '-' {
			s.N = -s.N
		}
		if len(spans) <= maxOffsets {
			spans = append(spans, s) // one more than there may be, of which check tells
		}
	}
	return offset(spans), true
}

const (
	wantValue  = "a value, such as 'vip', 12.50, 2024-01-31, -30d or true"
	wantNumber = "a number of at most 18 digits, 9 of them behind a point, such as 12.50"
	wantDate   = "a day or a time that there is, such as 2024-01-31 or 2024-01-31T16:00:00"
	wantSpan   = "a length of time of at most 1000 years, in min, h, d, w, m or y, such as 30d"
)

// value returns the literal that the token is, or what was wanted instead.
func (p *parser) value() (l Literal, want, suggestion string) {
	t := p.tok
	switch t.class {
	case quoted:
		return Literal{Kind: Text, Text: t.text}, "", ""
	case number:
		d, ok := ParseDecimal(t.text)
		if !ok {
			return l, wantNumber, ""
		}
		return Literal{Kind: Number, Number: d}, "", ""
	case clock:
		if l, ok := parseClock(t.text); ok {
			return l, "", ""
		}
		return l, wantDate, ""
	case ago:
		if s, ok := parseAgo(t.text); ok {
			return offset([]Span{s}), "", ""
		}
		return l, "an offset, such as -7d", ""
	case span:
		if _, ok := parseSpan(t.text); ok {
			return l, "an offset with its sign", "-" + t.text
		}
		return l, wantValue, ""
	case word:
		return p.constant()
	}
	return l, wantValue, ""
}

// constant returns the literal that a keyword is.
func (p *parser) constant() (l Literal, want, suggestion string) {
	switch p.tok.upper {
	case "TRUE", "FALSE":
		return Literal{Kind: Bool, Bool: p.tok.upper == "TRUE"}, "", ""
	case "TODAY":
		return offset([]Span{{0, Date}}), "", ""
	case "YESTERDAY":
		return offset([]Span{{-1, Date}}), "", ""
	case "NOW":
		return offset(nil), "", ""
	}
	var none *Vocabulary
	if _, ok := none.Field("", canonical(p.tok.text)); ok {
		return l, "a value: fields are not compared with each other, but dates by days_between", ""
	}
	if p.tok.upper == "YES" || p.tok.upper == "NO" {
		return l, "a value", map[bool]string{true: "true", false: "false"}[p.tok.upper == "YES"]
	}
	if p.named() && !strings.Contains(p.tok.text, ".") {
		return l, "a value; texts stand in quotes", quote(p.tok.text)
	}
	return l, wantValue, ""
}

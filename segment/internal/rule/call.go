package rule

import (
	"slices"
	"strings"
)

// calls are the names that ( makes a value of, beside those of the aggregates.
var calls = []string{"avg", "bucket", "days_between", "days_since"}

// isCall reports whether the name, before (, is that of a value.
func isCall(name string) bool {
	return slices.Contains(calls, name) || slices.Contains(funcs[1:], name)
}

// callNames returns the names of all calls.
func callNames() []string { return append(slices.Clone(calls), funcs[1:]...) }

// expr reads a value: a field or a call.
func (p *parser) expr() Expr {
	if !p.named() {
		p.tell("a field, such as first_order_date", "")
		return nil
	}
	t := p.tok
	p.next()
	if !p.is("(") {
		return &Field{t.text, t.at}
	}
	f := strings.ToLower(t.text)
	if !isCall(f) {
		p.tell("no parentheses, or a function before them", closest(f, callNames()))
		return nil
	}
	return p.call(t, f)
}

// call reads the parentheses of a call, nil when it cannot.
func (p *parser) call(t token, f string) Expr {
	defer func() { p.depth-- }()
	if !p.deep() {
		return nil
	}
	p.next()
	var x Expr
	switch f {
	case "bucket":
		x = p.bucket()
	case "days_since", "days_between":
		x = p.days(t, f)
	default:
		x = p.aggregate(t, f)
	}
	if x == nil {
		p.leave()
		return nil
	}
	if !p.skip(")") {
		p.tell(")", "")
		p.leave()
		return nil
	}
	return x
}

// leave goes behind the end of the parentheses.
func (p *parser) leave() {
	for open := 1; open > 0 && p.tok.class != end; p.next() {
		switch {
		case p.is("("):
			open++
		case p.is(")"):
			open--
		}
	}
}

func (p *parser) bucket() Expr {
	if p.tok.class != quoted {
		p.tell("a text that names the draw, such as 'spring'", "")
		return nil
	}
	b := &Bucket{p.tok.text, p.tok.at}
	p.next()
	return b
}

func (p *parser) days(t token, f string) Expr {
	d := &Days{At: t.at}
	if d.From = p.expr(); d.From == nil || f == "days_since" {
		if d.From == nil {
			return nil
		}
		return d
	}
	if !p.skip(",") {
		p.tell("a comma and the later date", "")
		return nil
	}
	if d.To = p.expr(); d.To == nil {
		return nil
	}
	return d
}

func (p *parser) aggregate(t token, f string) Expr {
	if f == "avg" {
		f = Average.String()
	}
	a := &Aggregate{Func: Func(slices.Index(funcs[:], f)), At: t.at}
	if a.Source, a.Field = p.source(a.Func != Count && a.Func != Periods); a.Source == nil {
		return nil
	}
	if a.Func != Periods {
		return a
	}
	if !p.skip(",") {
		p.tell("a comma and the periods, such as 6m", "")
		return nil
	}
	s, ok := p.span("the periods, such as 6m")
	a.Span = s
	if !ok {
		return nil
	}
	return a
}

// source reads a source, with its filters where it has some, and for what it
// adds up the field that follows the source's name.
func (p *parser) source(field bool) (s *Source, name string) {
	if !p.named() {
		p.tell("facts, such as orders", "")
		return nil, ""
	}
	t := p.tok
	if field {
		t.text, name = cut(t.text)
	}
	p.next()
	if p.is("MATCHES") {
		return p.matches(t), name
	}
	return &Source{Name: t.text, At: t.at}, name
}

// cut returns the source that a name begins with, and the field that follows.
func cut(name string) (source, field string) {
	for i, c := range name[:min(len(name), maxName)] {
		if c == '.' && (isSource(name[:i]) || aliases()[name[:i]] != nil) {
			return name[:i], name[i+1:]
		}
	}
	if i := strings.LastIndexByte(name, '.'); i >= 0 && !isSource(name) && aliases()[name] == nil {
		return name[:i], name[i+1:]
	}
	return name, ""
}

// span reads a length of time.
func (p *parser) span(want string) (Span, bool) {
	s, ok := parseSpan(p.tok.text)
	if p.tok.class != span || !ok || s.N == 0 {
		p.tell(want+", in min, h, d, w, m or y", "")
		return Span{}, false
	}
	p.next()
	return s, true
}

// sequence reads what follows the first source of a sequence, and NOT when
// that was read.
func (p *parser) sequence(first *Source, not bool) Node {
	n := &Sequence{Steps: []Step{{Source: first}}}
	for not || p.is("FOLLOWED") || p.is("NOT") {
		s := Step{Not: not || p.skip("NOT")}
		not = false
		if !p.skip("FOLLOWED") {
			p.fail("FOLLOWED BY", "")
			return nil
		}
		if !p.skip("BY") {
			p.fail("BY", "")
			return nil
		}
		if s.Source, _ = p.source(false); s.Source == nil || !p.gaps(&s) {
			return nil
		}
		if len(n.Steps) <= maxSteps {
			n.Steps = append(n.Steps, s) // one more than there may be, of which check tells
		}
	}
	return n
}

// gaps reads how long after the step before it a step is.
func (p *parser) gaps(s *Step) bool {
	for {
		gap := &s.Within
		switch {
		case p.is("AFTER"):
			gap = &s.After
		case !p.is("WITHIN"):
			return true
		}
		if *gap != (Span{}) {
			p.fail("each of AFTER and WITHIN once", "")
			return false
		}
		p.next()
		var ok bool
		if *gap, ok = p.span("a length of time, such as 7d"); !ok {
			return false
		}
	}
}

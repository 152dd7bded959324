package rule

import "strings"

// function reads Shopify's older form of a source with filters:
// products_purchased(id: (1, 2), date: -90d) = true.
func (p *parser) function(t token) Node {
	defer func() { p.depth-- }()
	if !p.deep() {
		return nil
	}
	p.next()
	if best := closest(t.text, callNames()); best != "" && !isFacts(t.text) {
		p.add(Fault{At: t.at, Got: t.text, Want: "a function", Suggestion: best})
		p.leave()
		return nil
	}
	s := &Source{Name: t.text, At: t.at}
	all := &All{}
	for !p.skip(")") {
		n, ok := p.parameter()
		if !ok {
			p.leave()
			return nil
		}
		all.Nodes = append(all.Nodes, n)
		if !p.is(")") && !p.skip(",") {
			p.tell("a comma or )", "")
			p.leave()
			return nil
		}
	}
	if len(all.Nodes) > 0 {
		s.Where = all
	}
	if not := p.skip("NOT"); p.is("MATCHES") && s.Where == nil { // shopify_email.opened() MATCHES (…)
		if s = p.matches(t); s == nil {
			return nil
		}
		return negate(&Match{s}, not)
	}
	not := p.is("!=")
	if !p.skip("=") && !p.skip("!=") {
		p.fail("= true, or = false", "")
		return &Match{s}
	}
	if !p.is("TRUE") && !p.is("FALSE") {
		p.fail("true or false", "")
		return &Match{s}
	}
	not = not != p.is("FALSE")
	p.next()
	return negate(&Match{s}, not)
}

// parameter reads one parameter of a function. It says of dates since when the
// fact was, of all else what it is.
func (p *parser) parameter() (Node, bool) {
	t := p.tok
	if !p.named() {
		p.tell("a parameter, such as id: 1", "")
		return nil, false
	}
	if p.next(); !p.is(":") {
		p.tell("a colon and a value", map[bool]string{true: ":"}[p.is("=")])
		return nil, false
	}
	p.next()
	n := &Compare{X: &Field{t.text, t.at}, Op: Equal, At: t.at}
	for _, end := range [...]struct {
		text string
		op   Op
	}{{"_at_least", AtLeast}, {"_at_most", AtMost}} {
		if name, ok := strings.CutSuffix(t.text, end.text); ok {
			n.X, n.Op = &Field{name, t.at}, end.op
		}
	}
	switch {
	case p.skip("BETWEEN"):
		n.Op = Between
		return p.between(n, false), true
	case p.skip("("):
		n.Op = In
		list, ok := p.list()
		if n.Y = list; !ok {
			return nil, true
		}
		return n, true
	}
	l, ok := p.literal()
	if !ok {
		return nil, true
	}
	if n.Y = []Literal{l}; n.Op == Equal && l.since() {
		n.Op = AtLeast
	}
	return n, true
}

// since reports whether a date says since when: an offset does, today and
// yesterday are days.
func (l Literal) since() bool {
	return l.Kind == Offset && len(l.Offsets) > 0 && (len(l.Offsets) > 1 || l.Offsets[0].Unit > Date || l.Offsets[0].N < -1)
}

// anniversary reads Shopify's comparison of a date by its day of the year:
// anniversary(date: 'metafields.facts.birth_date') = today. The birthday of a
// customer is such a date.
func (p *parser) anniversary(t token) Node {
	p.next()
	if p.is(")") {
		p.next()
		if p.is("MATCHES") {
			p.matches(t)
		}
		return &Match{&Source{Name: "anniversary", At: t.at}} // of which check tells
	}
	if p.named() {
		p.next()
		if !p.skip(":") {
			p.tell("a colon and a value", "")
			p.leave()
			return nil
		}
	}
	if p.tok.class != quoted || !birthday(p.tok.text) {
		p.tell("the one date of which the next day is kept", "'birthday'")
		p.leave()
		return nil
	}
	if p.next(); !p.skip(")") {
		p.tell(")", "")
		p.leave()
		return nil
	}
	return p.comparison(&Field{anniversary, t.at})
}

// anniversary is the birthday as a day of the year: it is not compared with
// days of one year.
const anniversary = "anniversary(birthday)"

// birthday reports whether an argument of anniversary is about birthdays.
func birthday(s string) bool {
	for _, end := range [...]string{"birthday", "birthdate", "birth_date", "date_of_birth"} {
		if strings.HasSuffix(s, end) {
			return true
		}
	}
	return false
}

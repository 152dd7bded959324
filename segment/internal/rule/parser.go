package rule

import (
	"fmt"
	"slices"
	"strings"
)

// Parse reads the text of a rule; rule.ebnf holds its grammar. It takes time in
// proportion to the length of the text. Its errors are [Faults]: all that is
// wrong, with line and column.
func Parse(text string, v *Vocabulary) (Node, error) {
	p := &parser{lexer: lexer{ledger: &ledger{}, text: text}}
	n := p.rule()
	if !p.stopped {
		n = check(n, v, p.ledger)
	}
	if err := p.of(text); err != nil {
		return nil, err
	}
	return n, nil
}

// A parser makes a tree of a text. What it cannot read it tells of and skips,
// up to the next condition; such a condition is nil, which check lets pass only
// when something was told. Names and types are the business of check.
type parser struct {
	lexer
	tok     token
	told    Pos // of the last fault
	depth   int
	stopped bool
}

// rule reads the whole text.
func (p *parser) rule() Node {
	if len(p.text) > maxText {
		p.stopped = true
		p.fault(maxText, p.text[maxText:min(maxText+20, len(p.text))], fmt.Sprintf("a text of at most %d KiB", maxText>>10), "")
		return nil
	}
	p.next()
	return p.group("")
}

func (p *parser) next() {
	p.steps++
	p.tok = p.lexer.next()
}

// is reports whether the token is a keyword or a mark.
func (p *parser) is(text string) bool {
	switch p.tok.class {
	case word:
		return p.tok.upper == text
	case mark:
		return p.tok.text == text
	}
	return false
}

// skip goes over a keyword or a mark, and reports whether it stood there.
func (p *parser) skip(text string) bool {
	if !p.is(text) {
		return false
	}
	p.next()
	return true
}

// keywords are the words that cannot be names.
var keywords = []string{
	"AFTER", "AND", "BETWEEN", "BOTTOM", "BY", "CONTAINS", "ENDS", "EVERYONE", "FALSE", "FOLLOWED", "IN", "IS", "MATCHES",
	"NOBODY", "NOT", "NOW", "NULL", "OR", "STARTS", "TODAY", "TOP", "TRUE", "WITH", "WITHIN", "YESTERDAY",
}

// Keywords returns the words of the language that cannot be names, sorted, in
// capitals.
func Keywords() []string { return slices.Clone(keywords) }

// named reports whether the token is a name.
func (p *parser) named() bool {
	_, key := slices.BinarySearch(keywords, p.tok.upper)
	return p.tok.class == word && !key
}

// fail tells of the token, and what was expected, and goes on to what follows
// the condition: AND, OR, a comma, or the end of the parentheses.
func (p *parser) fail(want, suggestion string) {
	p.tell(want, suggestion)
	p.resume()
}

// resume goes on to what follows the condition.
func (p *parser) resume() {
	between := false
	for open := 0; p.tok.class != end; p.next() {
		switch {
		case p.is("BETWEEN") && open == 0:
			between = true
		case p.is("AND") && open == 0 && between:
			between = false
		case p.is("("):
			open++
		case p.is(")") && open > 0:
			open--
		case open == 0 && (p.is(")") || p.is(",") || p.is("AND") || p.is("OR")):
			return
		}
	}
}

func (p *parser) tell(want, suggestion string) {
	if p.tok.class == nonsense || p.tok.at == p.told || p.stopped {
		return
	}
	p.told = p.tok.at
	p.add(Fault{At: p.tok.at, Got: p.written(), Want: want, Suggestion: suggestion})
	if p.full() {
		p.stop()
	}
}

// written returns the token as it stands in the text.
func (p *parser) written() string {
	return strings.TrimSpace(p.text[p.tok.at-1 : p.i])
}

// stop goes to the end of the text and tells of nothing more.
func (p *parser) stop() {
	p.stopped = true
	p.i = len(p.text)
	p.tok = token{class: end, at: Pos(p.i + 1)}
}

// deep reports whether one more level can be read. It guards the stack: check
// counts the levels of the tree, each of which can take two of the text.
func (p *parser) deep() bool {
	if p.depth++; p.depth <= 2*maxDepth+8 {
		return true
	}
	p.tell(fmt.Sprintf("at most %d conditions in conditions", maxDepth), "")
	p.stop()
	return false
}

// group reads conditions up to a closing mark, or to the end of the text when
// that is "". In the filters of a source, commas join them.
func (p *parser) group(closing string) Node {
	defer func() { p.depth-- }()
	if !p.deep() {
		return nil
	}
	want := map[string]string{"": "AND, OR or the end", ")": "AND, OR or )", ",": "a comma, AND, OR or )"}[closing]
	all := &All{}
	for {
		at := p.tok.at
		all.Nodes = append(all.Nodes, p.or())
		switch {
		case p.tok.class == end, p.is(")") && closing != "":
			if closing != "" && !p.is(")") {
				p.tell(want, "")
			}
			if len(all.Nodes) == 1 {
				return all.Nodes[0]
			}
			return all
		case p.is(",") && closing == ",":
			p.next()
			continue
		}
		p.tell(want, map[bool]string{true: "AND"}[p.is(",")])
		if p.is(",") || p.is(")") || p.tok.at == at {
			p.next()
		}
		if p.tok.class != end && !p.skip("AND") {
			p.skip("OR")
		}
		if p.tok.class == end && closing == "" {
			return all
		}
	}
}

func (p *parser) or() Node {
	return p.join("OR", p.and, func(nodes []Node) Node { return &Any{nodes} })
}

func (p *parser) and() Node {
	return p.join("AND", p.not, func(nodes []Node) Node { return &All{nodes} })
}

// join reads parts that a keyword joins.
func (p *parser) join(keyword string, part func() Node, whole func([]Node) Node) Node {
	var nodes []Node
	for {
		nodes = append(nodes, part())
		if !p.skip(keyword) {
			break
		}
	}
	if len(nodes) == 1 {
		return nodes[0]
	}
	return whole(nodes)
}

func (p *parser) not() Node {
	if !p.skip("NOT") {
		return p.primary()
	}
	defer func() { p.depth-- }()
	if !p.deep() {
		return nil
	}
	return negate(p.not(), true)
}

// negate returns the node, with Not around it when so asked.
func negate(n Node, not bool) Node {
	if n == nil || !not {
		return n
	}
	return &Not{n}
}

func (p *parser) primary() Node {
	switch {
	case p.is("("):
		p.next()
		n := p.group(")")
		p.skip(")")
		return n
	case p.skip("EVERYONE"):
		return &All{}
	case p.skip("NOBODY"):
		return &Any{}
	case !p.named():
		p.fail("a condition, such as number_of_orders > 1", "")
		return nil
	}
	t := p.tok
	p.next()
	if p.is("(") {
		return p.called(t)
	}
	return p.stated(t)
}

// called reads a condition that begins with a name and (.
func (p *parser) called(t token) Node {
	switch f := strings.ToLower(t.text); {
	case f == "anniversary":
		if n := p.anniversary(t); n != nil {
			return n
		}
	case isCall(f):
		if x := p.call(t, f); x != nil {
			return p.comparison(x)
		}
	default:
		if n := p.function(t); n != nil {
			return n
		}
	}
	p.resume()
	return nil
}

// stated reads a condition that begins with a name alone.
func (p *parser) stated(t token) Node {
	not := p.skip("NOT")
	switch {
	case p.is("MATCHES"):
		s := p.matches(t)
		if s == nil {
			return nil
		}
		if p.is("FOLLOWED") || p.is("NOT") {
			if not {
				p.fail("AND or OR: a sequence begins with a fact that there is", "")
				return nil
			}
			return p.sequence(s, false)
		}
		return negate(&Match{s}, not)
	case p.is("FOLLOWED"):
		return p.sequence(&Source{Name: t.text, At: t.at}, not)
	}
	return p.compared(&Field{t.text, t.at}, not)
}

// matches reads the filters of a source, from MATCHES on.
func (p *parser) matches(t token) *Source {
	p.next()
	s := &Source{Name: t.text, At: t.at}
	if !p.skip("(") {
		p.fail("filters in parentheses, such as (date >= -30d)", "")
		return nil
	}
	if p.skip(")") {
		return s
	}
	s.Where = p.group(",")
	p.skip(")")
	return s
}

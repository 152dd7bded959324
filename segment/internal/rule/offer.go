package rule

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// adds reports whether an aggregate can be of a field.
func adds(f string, w Word) bool {
	switch f {
	case "distinct", "first", "last":
		return true
	case "min", "max":
		return w.Type == IsNumber || w.Type == IsMoney || w.Type == IsDate || w.Type == IsAny
	}
	return w.Type == IsNumber || w.Type == IsMoney || w.Type == IsAny
}

// operators gathers what a value can be compared by, behind NOT when it stands
// there.
func (c *completer) operators(w Word, source string, not bool) {
	top := source == "" && (w.Type == IsNumber || w.Type == IsMoney || w.Type == IsDate || w.Type == IsAny)
	for _, before := range [...]string{"", "NOT "} {
		for _, op := range comparisons[w.Type] {
			text := before + op.String()
			if op == In {
				text += " ("
			}
			if op >= Between || before == "" && !not {
				c.may("operator", text)
			}
		}
		if top && before == "" {
			c.may("operator", "IN TOP", "IN BOTTOM")
		}
		if not {
			return
		}
	}
	if w.Name != "segments" || source != "" {
		c.may("operator", "IS NULL", "IS NOT NULL")
	}
}

// comparison goes on behind a value and NOT, and reports whether it was
// understood.
func (c *completer) comparison(w Word, source string, not bool) bool {
	if c.end() {
		c.operators(w, source, not)
		c.done = true
		return false
	}
	has := func(op Op) bool { return slices.Contains(comparisons[w.Type], op) }
	if op := marks(c.list[c.i]); op > 0 {
		c.i++
		return !not && has(op) && c.literal(w, source, op)
	}
	switch {
	case has(Between) && c.skip("BETWEEN"):
		start := c.i
		if !c.literal(w, source, Between) || c.must("keyword", "AND") || !c.skip("AND") {
			return false
		}
		c.low = c.written(start, c.i-1)
		defer func() { c.low = "" }()
		return c.literal(c.like(w, start), source, Between)
	case has(Contains) && c.skip("CONTAINS"):
		return c.literal(w, source, Contains)
	case has(StartsWith) && (c.skip("STARTS") || c.skip("ENDS")):
		return !c.must("keyword", "WITH") && c.skip("WITH") && c.literal(w, source, StartsWith)
	case c.skip("IN"):
		return c.in(w, source)
	case !not && (w.Name != "segments" || source != "") && c.skip("IS"):
		if c.must("keyword", "NULL", "NOT NULL") {
			return false
		}
		c.skip("NOT")
		return !c.must("keyword", "NULL") && c.skip("NULL")
	}
	return false
}

// in goes on behind IN.
func (c *completer) in(w Word, source string) bool {
	list := slices.Contains(comparisons[w.Type], In)
	top := source == "" && (w.Type == IsNumber || w.Type == IsMoney || w.Type == IsDate || w.Type == IsAny)
	if c.end() {
		if list {
			c.may("keyword", "(")
		}
		if top {
			c.may("keyword", "TOP", "BOTTOM")
		}
		c.done = true
		return false
	}
	switch {
	case top && (c.skip("TOP") || c.skip("BOTTOM")):
		if c.must("value", "5%", "10%", "100") || c.list[c.i].class != number {
			return false
		}
		part := strings.Contains(c.list[c.i].text, ".")
		c.i++
		c.may("keyword", "%")
		c.done = c.done || part && c.end()
		c.skip("%")
		return !c.done
	case list && c.skip("("):
		start := c.i
		for c.literal(w, source, In) && !c.must("keyword", ",", ")") {
			if c.skip(")") {
				return true
			}
			if !c.skip(",") {
				return false
			}
			w = c.like(w, start)
		}
	}
	return false
}

// like returns a word of any type as of the type of the literal that begins at a
// token: what follows is to be like the first.
func (c *completer) like(w Word, start int) Word {
	if w.Type == IsAny {
		switch t := c.list[start]; {
		case t.class == quoted:
			w.Type = IsText
		case t.class == number:
			w.Type = IsNumber
		case t.upper == "TRUE" || t.upper == "FALSE":
			w.Type = IsBool
		default:
			w.Type = IsDate
		}
	}
	return w
}

// written returns what stands from one token to another.
func (c *completer) written(from, to int) string {
	return c.whole[c.list[from].at-1 : c.list[to].at-1]
}

// literal goes over a value, and reports whether there is one.
func (c *completer) literal(w Word, source string, op Op) bool {
	if c.end() {
		c.values(w, source, op)
		c.done = true
		return false
	}
	switch t := c.list[c.i]; {
	case t.class == signed:
		for !c.end() && c.list[c.i].class == signed {
			c.i++
		}
	case t.class == number && (w.Type == IsMoney || w.Type == IsAny):
		c.i++
		if c.v != nil && c.v.Currency != "" {
			c.may("value", c.v.Currency)
		}
		if !c.end() && !c.is("AND") && c.list[c.i].class == word && len(c.list[c.i].text) == 3 && c.list[c.i].text == c.list[c.i].upper {
			c.i++ // a currency
		}
	case t.class == mark, c.is("AND"), c.is("OR"):
		return false
	default:
		c.i++
	}
	return true
}

// values gathers what a value can be compared with.
func (c *completer) values(w Word, source string, op Op) {
	whole := op == Equal || op == NotEqual || op == In
	if w.Type == IsBool || w.Type == IsAny && whole {
		c.may("value", "true", "false")
	}
	if w.Type == IsDate || w.Type == IsAny && op < Contains {
		days := []string{"today", "yesterday", "-7d", "-30d", "-90d", "-6m", "-12m", "now"}
		if w.Name == "birthday" && source == "" {
			days = []string{"today", "+7d", "+30d"}
		}
		for _, day := range days {
			if c.low == "" || !reversed(literalOf(c.low), literalOf(day)) {
				c.may("value", day)
			}
		}
	}
	if w.Type != IsText && w.Type != IsList && (w.Type != IsAny || !whole && op < Contains) {
		return
	}
	for _, s := range w.Values {
		c.may("value", quote(s))
	}
	if of, field := cut(w.Name); source == "" && field != "" && isSource(of) {
		source, w.Name = of, field // of an aggregate
	}
	if w.Values == nil && c.shop.Values != nil {
		for _, o := range c.shop.Values(source, w, strings.ToLower(c.typed)) {
			if (&checker{ledger: &ledger{}}).text(0, o.Text) {
				c.all = append(c.all, Option{quote(o.Text), "value", o.Meaning})
			}
		}
	}
}

// literalOf returns the literal that a text is, the zero one for any other.
func literalOf(text string) Literal {
	p := &parser{lexer: lexer{ledger: &ledger{}, text: text}}
	p.next()
	l, _ := p.literal()
	return l
}

// fields gathers the fields of a source that fit, with what stands before them.
func (c *completer) fields(source string, fits func(Word) bool, before string) {
	for _, w := range words()[source] {
		if !fits(w) && w.Type != IsAny {
			continue
		}
		if !w.Prefix() {
			c.all = append(c.all, Option{before + w.Name, "field", w.Meaning})
			continue
		}
		declared, closed := c.v.declared(w.Name)
		for _, d := range declared {
			if fits(d) {
				c.all = append(c.all, Option{before + w.Name + d.Name, "field", cmp.Or(d.Meaning, w.Meaning)})
			}
		}
		if closed || !fits(w) {
			continue
		}
		if c.shop.Names != nil {
			for _, end := range c.shop.Names(source, w.Name) {
				if validEnd(end) {
					c.all = append(c.all, Option{before + w.Name + end, "field", w.Meaning})
				}
			}
		}
		c.all = append(c.all, Option{before + w.Name, "field", w.Meaning})
	}
}

func (c *completer) sources() {
	for _, w := range words()["sources"] {
		c.all = append(c.all, Option{w.Name, "source", w.Meaning})
	}
}

// functionList is what Functions returns.
var functionList = sync.OnceValue(Functions)

func (c *completer) functions(fits func(Word) bool) {
	for _, w := range functionList() {
		if fits(w) {
			c.all = append(c.all, Option{w.Name + "(", "function", w.Meaning})
		}
	}
}

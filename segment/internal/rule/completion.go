package rule

import (
	"slices"
	"strings"
)

// An Option is what could stand at a place of a text.
type Option struct {
	Text    string // as it is written; a name that ends with a point goes on
	Class   string // "field", "source", "function", "keyword", "operator" or "value"
	Meaning string // in a few words, or ""
}

// A Shop knows what no vocabulary lists. Either function may be nil.
type Shop struct {
	Names func(source, prefix string) []string // the ends of the names that there are under an open prefix
	// Values returns the texts in a field of which [Fit] says that they fit what
	// was typed of them, or the likeliest of these; not quoted, and in order.
	Values func(source string, w Word, typed string) []Option
}

// Complete returns what could stand at a place of the text of a rule, which may
// be half written and wrong: what is there of a word decides what fits, and From
// to To is what an Option takes the place of, all in bytes. The likeliest stand
// first. Where nothing is wrong before the place, whatever is returned can be gone
// on with to a rule.
func Complete(text string, offset int, v *Vocabulary, shop Shop) (options []Option, from, to int) {
	offset = max(0, min(offset, len(text), maxText))
	c := &completer{v: v, shop: shop, whole: text[:offset]}
	from, to, ok := c.read(text, offset)
	if !ok {
		return nil, offset, offset
	}
	c.conditions("", "")
	return c.fitting(), from, to
}

// A completer goes through the words before a place as the parser does, and over
// what it does not understand, and gathers what could follow.
type completer struct {
	v     *Vocabulary
	shop  Shop
	whole string // the text before the place
	list  []token
	i     int
	depth int
	typed string // what there is of the word
	text  bool   // it is a text: typed is what follows the quote
	low   string // the lower end of BETWEEN
	done  bool   // the place was reached
	all   []Option
}

// read cuts the text before the place into words, and returns what the options
// take the place of. It is false within a remark and behind nonsense.
func (c *completer) read(text string, offset int) (from, to int, ok bool) {
	l := lexer{ledger: &ledger{}, text: text[:offset]}
	for {
		behind := l.i
		l.space()
		start := l.i
		t := l.next()
		if t.class == end {
			gap := text[behind:offset]
			return offset, offset, !strings.Contains(gap[strings.LastIndexByte(gap, '\n')+1:], "--")
		}
		whole := text[start:l.i]
		switch {
		case l.i < offset, t.class == mark, t.class == quoted:
			c.list = append(c.list, t)
		case whole[0] == '\'' || whole[0] == '"':
			c.typed, c.text = whole[1:], true
			return start, closing(text, offset, whole[0]), true
		case t.class == nonsense && whole != "!":
			return 0, 0, false
		default:
			c.typed = whole
			to := offset
			for to < len(text) && whole != "!" && (letter(text[to]) || digit(text[to]) || text[to] == '_' || text[to] == '.') {
				to++
			}
			return start, to, true
		}
	}
}

// closing returns where the rest of a text ends that was begun before a place,
// if it is a word with its quote.
func closing(text string, offset int, quote byte) int {
	for i := offset; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			return i + 1
		case !letter(c) && !digit(c) && c != '_' && c != '-' && c < 0x80:
			return offset
		}
	}
	return offset
}

func (c *completer) end() bool { return c.i >= len(c.list) }

func (c *completer) is(text string) bool {
	return !c.end() && (c.list[c.i].class == word && c.list[c.i].upper == text || c.list[c.i].class == mark && c.list[c.i].text == text)
}

func (c *completer) skip(text string) bool {
	if !c.is(text) {
		return false
	}
	c.i++
	return true
}

// named returns the name that stands here, and goes on.
func (c *completer) named() (string, bool) {
	if c.end() || c.list[c.i].class != word {
		return "", false
	}
	if _, key := slices.BinarySearch(keywords, c.list[c.i].upper); key {
		return "", false
	}
	c.i++
	return c.list[c.i-1].text, true
}

// may gathers what could stand here, if this is the place, beside what follows.
func (c *completer) may(class string, texts ...string) {
	if c.end() && !c.done {
		for _, t := range texts {
			c.all = append(c.all, Option{t, class, phrases()[t]})
		}
	}
}

// must does, and reports whether this is the place.
func (c *completer) must(class string, texts ...string) bool {
	c.may(class, texts...)
	c.done = c.done || c.end()
	return c.done
}

// conditions goes through conditions up to a closing mark, as parser.group does:
// of customers, or of the facts of a source.
func (c *completer) conditions(closing, source string) {
	defer func() { c.depth-- }()
	if c.depth++; c.depth > 2*maxDepth+8 {
		c.done = true
		return
	}
	for !c.done {
		understood := c.condition(source)
		if c.done = c.done || !understood && c.end(); c.done {
			return
		}
		if c.end() {
			c.may("keyword", "AND", "OR")
			switch closing {
			case ",":
				c.may("keyword", ",", ")")
			case ")":
				c.may("keyword", ")")
			}
			c.done = true
			return
		}
		switch {
		case c.skip("AND"), c.skip("OR"), closing == "," && c.skip(","):
		case closing != "" && c.skip(")"):
			return
		default:
			c.recover()
			c.done = c.end()
		}
	}
}

// recover goes on to what follows a condition that is not understood.
func (c *completer) recover() {
	c.i++
	for open := 0; !c.end(); c.i++ {
		switch {
		case c.is("("):
			open++
		case c.is(")") && open > 0:
			open--
		case open == 0 && (c.is(")") || c.is(",") || c.is("AND") || c.is("OR")):
			return
		}
	}
}

// condition goes over a condition, and reports whether it was understood.
func (c *completer) condition(source string) bool {
	not := false
	for c.skip("NOT") {
		not = true
	}
	if c.end() {
		c.fields(source, anything, "")
		if source == "" {
			c.sources()
			c.functions(anything)
		}
		if !not {
			c.may("keyword", "NOT")
		}
		if source == "" {
			c.may("keyword", "EVERYONE", "NOBODY")
		}
		return !c.must("keyword", "(")
	}
	if c.skip("(") {
		c.conditions(")", source)
		return true
	}
	if c.skip("EVERYONE") || c.skip("NOBODY") {
		return true
	}
	name, ok := c.named()
	if !ok {
		return false
	}
	if !c.is("(") {
		return c.stated(name, source)
	}
	f := strings.ToLower(name)
	if source != "" || !isCall(f) {
		return false
	}
	w, ok := c.call(f, anything)
	return ok && c.comparison(w, source, c.skip("NOT"))
}

// stated goes on behind a name.
func (c *completer) stated(name, source string) bool {
	w, field := c.word(source, name)
	of, facts := c.source(name)
	facts = facts && source == ""
	not := c.skip("NOT")
	if c.end() {
		if field {
			c.operators(w, source, not)
		}
		if facts && !not {
			c.may("keyword", "MATCHES (", "NOT MATCHES (", "FOLLOWED BY", "NOT FOLLOWED BY")
		} else if facts {
			c.may("keyword", "MATCHES (", "FOLLOWED BY")
		}
		c.done = true
		return false
	}
	switch {
	case facts && c.is("MATCHES"):
		return c.filter(of) && (not || c.steps(false))
	case facts && (c.is("FOLLOWED")):
		return c.steps(not)
	}
	return field && c.comparison(w, source, not)
}

// word looks a field up by the names that it has in rules.
func (c *completer) word(source, name string) (Word, bool) {
	if source == "" {
		name = canonical(name)
	}
	return c.v.Field(source, name)
}

// source returns the source of facts that a name is of.
func (c *completer) source(name string) (string, bool) {
	if a := aliases()[name]; a != nil {
		return a.source, true
	}
	return name, isSource(name)
}

// filter goes through MATCHES and its parentheses.
func (c *completer) filter(source string) bool {
	c.i++
	if c.must("keyword", "(") || !c.skip("(") {
		return false
	}
	c.may("keyword", ")")
	if !c.skip(")") {
		c.conditions(",", source)
	}
	return !c.done
}

// steps goes through what follows the first facts of a sequence.
func (c *completer) steps(not bool) bool {
	c.may("keyword", "FOLLOWED BY", "NOT FOLLOWED BY")
	for n := 1; not || c.is("FOLLOWED") || c.is("NOT"); n++ {
		if !not {
			c.skip("NOT")
		}
		not = false
		if c.must("keyword", "FOLLOWED BY") || !c.skip("FOLLOWED") || c.must("keyword", "BY") || !c.skip("BY") {
			return false
		}
		if c.end() {
			c.sources()
			c.done = true
			return false
		}
		name, ok := c.named()
		of, facts := c.source(name)
		if !ok || !facts {
			return false
		}
		c.may("keyword", "MATCHES (")
		if c.is("MATCHES") && !c.filter(of) || !c.gaps() {
			return false
		}
		if n < maxSteps-1 {
			c.may("keyword", "FOLLOWED BY", "NOT FOLLOWED BY")
		}
	}
	return true
}

// gaps goes over how long after the one before it a step is.
func (c *completer) gaps() bool {
	var other Span
	for words := []string{"WITHIN", "AFTER"}; ; {
		c.may("keyword", words...)
		i := slices.IndexFunc(words, c.is)
		if i < 0 {
			return true
		}
		within := words[i] == "WITHIN"
		if c.i++; c.end() {
			for _, text := range []string{"7d", "30d", "1d", "12h", "30min"} {
				s, _ := parseSpan(text)
				least, most := reach(s)
				if from, to := reach(other); other == (Span{}) || within && from <= most || !within && least <= to {
					c.may("value", text)
				}
			}
			c.done = true
			return false
		}
		other, _ = parseSpan(c.list[c.i].text)
		c.i++
		words = slices.Delete(words, i, i+1)
	}
}

// anything fits everywhere.
func anything(Word) bool { return true }

// call goes through the parentheses of what makes a value that fits, and returns
// what it is like; false when it is not understood, or the place is within.
func (c *completer) call(f string, fits func(Word) bool) (w Word, ok bool) {
	defer func() { c.depth-- }()
	if c.depth++; c.depth > 2*maxDepth+8 {
		return Word{}, false
	}
	c.i++
	w = Word{Name: f, Type: IsNumber}
	switch f {
	case "bucket":
		if c.must("value", "'spring'") {
			return w, false
		}
		c.i++
	case "days_since":
		if !c.date() {
			return w, false
		}
	case "days_between":
		if !c.date() || c.must("keyword", ",") || !c.skip(",") || !c.date() {
			return w, false
		}
	default:
		if w, ok = c.aggregate(f, fits); !ok {
			return w, false
		}
	}
	if c.must("keyword", ")") {
		return w, false
	}
	return w, c.skip(")")
}

// date goes over a value that is a date.
func (c *completer) date() bool {
	isDate := func(w Word) bool { return w.Type == IsDate || w.Type == IsAny }
	if c.end() {
		c.fields("", isDate, "")
		c.functions(func(w Word) bool { return slices.Contains([]string{"first", "last", "min", "max"}, w.Name) })
		c.done = true
		return false
	}
	name, ok := c.named()
	if ok && c.is("(") {
		f := strings.ToLower(name)
		if !isCall(f) {
			return false
		}
		_, ok = c.call(f, isDate)
		return ok && !c.done
	}
	w, known := c.word("", name)
	return ok && known && isDate(w)
}

// aggregate goes over what stands within the parentheses of an aggregate.
func (c *completer) aggregate(f string, also func(Word) bool) (Word, bool) {
	w := Word{Name: f, Type: IsNumber}
	count := f == "count" || f == "periods"
	fits := func(w Word) bool { return adds(f, w) && also(w) }
	if c.end() {
		if count {
			c.sources()
		} else {
			for _, s := range Sources() {
				c.fields(s.Name, fits, s.Name+".")
			}
		}
		c.done = true
		return w, false
	}
	name, ok := c.named()
	field := ""
	if !count {
		name, field = cut(name)
	}
	of, facts := c.source(name)
	if !ok || !facts {
		return w, false
	}
	if !count {
		x, ok := c.word(of, field)
		if !ok || !fits(x) {
			return w, false
		}
		if f != "distinct" {
			if w = x; f != "min" && f != "max" && w.Type == IsAny && f != "first" && f != "last" {
				w.Type = IsMoney
			}
			w.Name = name + "." + field
		}
	}
	c.may("keyword", "MATCHES (")
	if c.is("MATCHES") && !c.filter(of) {
		return w, false
	}
	if f != "periods" {
		return w, true
	}
	if c.must("keyword", ",") || !c.skip(",") || c.must("value", "6m", "12m", "12w", "90d", "3y") {
		return w, false
	}
	c.i++
	return w, true
}

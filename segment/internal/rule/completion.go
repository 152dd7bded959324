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
	Names  func(source, prefix string) []string // the ends of the names that there are under an open prefix
	Values func(source string, w Word) []Option // the texts that there are in a field, not quoted, the likeliest first
}

// Complete returns what could stand at a place of the text of a rule, which may
// be half written and wrong: what is there of a word decides what fits, and From
// to To is what an Option takes the place of, all in bytes. The likeliest stand
// first. Whatever it returns can be gone on with to a rule.
func Complete(text string, offset int, v *Vocabulary, shop Shop) (options []Option, from, to int) {
	offset = max(0, min(offset, len(text), maxText))
	c := &completer{v: v, shop: shop}
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
	list  []token
	i     int
	depth int
	typed string // what there is of the word
	text  bool   // it is a text: typed is what follows the quote
	done  bool   // the place was reached
	all   []Option
}

// read cuts the text before the place into words, and returns what the options
// take the place of. It is false within a remark and behind a complete text.
func (c *completer) read(text string, offset int) (from, to int, ok bool) {
	l := lexer{ledger: &ledger{}, text: text[:offset]}
	for {
		l.space()
		start := l.i
		t := l.next()
		if t.class == end {
			break
		}
		if l.i < offset {
			c.list = append(c.list, t)
			continue
		}
		whole := text[start:offset]
		switch {
		case t.class == quoted:
			return 0, 0, false
		case t.class == mark:
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
	if line := text[strings.LastIndexByte(text[:offset], '\n')+1 : offset]; len(c.list) == 0 || int(c.list[len(c.list)-1].at) < offset {
		behind := 0
		if n := len(c.list); n > 0 {
			behind = max(0, int(c.list[n-1].at)-(offset-len(line)))
		}
		if strings.Contains(line[min(behind, len(line)):], "--") {
			return 0, 0, false
		}
	}
	return offset, offset, true
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
		if c.condition(source); c.done {
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

func (c *completer) condition(source string) {
	not := false
	for c.skip("NOT") {
		not = true
	}
	if c.end() {
		c.fields(source, func(Word) bool { return true }, "")
		if source == "" {
			c.sources("")
			c.functions(func(Word) bool { return true })
		}
		if !not {
			c.may("keyword", "NOT")
		}
		c.must("keyword", "(")
		if source == "" {
			c.may("keyword", "EVERYONE", "NOBODY")
		}
		return
	}
	if c.skip("(") {
		c.conditions(map[bool]string{true: ")", false: ")"}[source == ""], source)
		return
	}
	if c.skip("EVERYONE") || c.skip("NOBODY") {
		return
	}
	name, ok := c.named()
	switch {
	case !ok:
	case c.is("("):
		if f := strings.ToLower(name); source == "" && isCall(f) {
			if w, ok := c.call(f); ok && !c.done {
				c.comparison(w, source, c.skip("NOT"))
			}
		}
	default:
		c.stated(name, source)
	}
}

// stated goes on behind a name.
func (c *completer) stated(name, source string) {
	w, field := c.word(source, name)
	of, facts := c.source(name)
	facts = facts && source == ""
	if field {
		c.operators(w, source)
	}
	if facts {
		c.may("keyword", "MATCHES (", "NOT MATCHES (", "FOLLOWED BY", "NOT FOLLOWED BY")
	}
	if c.end() {
		c.done = true
		return
	}
	not := c.skip("NOT")
	if not && c.end() {
		if field {
			c.negated(w, source)
		}
		if facts {
			c.may("keyword", "MATCHES (", "FOLLOWED BY")
		}
		c.done = true
		return
	}
	switch {
	case facts && c.is("MATCHES"):
		if c.filter(of); !c.done && !not {
			c.steps(false)
		}
	case facts && c.is("FOLLOWED"):
		c.steps(not)
	case field:
		c.comparison(w, source, not)
	}
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
func (c *completer) filter(source string) {
	c.i++
	switch {
	case c.must("keyword", "("):
	case c.skip("("):
		if c.end() {
			c.may("keyword", ")")
		}
		if c.skip(")") {
			return
		}
		c.conditions(",", source)
	}
}

// steps goes through what follows the first facts of a sequence.
func (c *completer) steps(not bool) {
	c.may("keyword", "FOLLOWED BY", "NOT FOLLOWED BY")
	for n := 1; not || c.is("FOLLOWED") || c.is("NOT"); n++ {
		if !not {
			c.skip("NOT")
		}
		not = false
		if c.must("keyword", "FOLLOWED BY") || !c.skip("FOLLOWED") || c.must("keyword", "BY") || !c.skip("BY") {
			return
		}
		if c.end() {
			c.sources("")
			c.done = true
			return
		}
		name, ok := c.named()
		of, facts := c.source(name)
		if !ok || !facts {
			return
		}
		c.may("keyword", "MATCHES (")
		if c.is("MATCHES") {
			if c.filter(of); c.done {
				return
			}
		}
		for gaps := []string{"WITHIN", "AFTER"}; ; {
			c.may("keyword", gaps...)
			i := slices.IndexFunc(gaps, c.is)
			if i < 0 {
				break
			}
			c.i++
			if c.must("value", "1d", "7d", "30d", "12h", "30min") {
				return
			}
			c.i++
			gaps = slices.Delete(gaps, i, i+1)
		}
		if n < maxSteps-1 {
			c.may("keyword", "FOLLOWED BY", "NOT FOLLOWED BY")
		}
	}
}

// call goes through the parentheses of what makes a value, and returns what that
// is like; false when it is not understood, or the place is within.
func (c *completer) call(f string) (w Word, ok bool) {
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
		if w, ok = c.aggregate(f); !ok {
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
		_, ok = c.call(f)
	}
	return ok && !c.done
}

// aggregate goes over what stands within the parentheses of an aggregate.
func (c *completer) aggregate(f string) (Word, bool) {
	w := Word{Name: f, Type: IsNumber}
	count := f == "count" || f == "periods"
	fits := adds(f)
	if c.end() {
		if count {
			c.sources("")
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
	if c.is("MATCHES") {
		if c.filter(of); c.done {
			return w, false
		}
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

// adds returns which fields an aggregate is of.
func adds(f string) func(Word) bool {
	return func(w Word) bool {
		switch f {
		case "distinct", "first", "last":
			return true
		case "min", "max":
			return w.Type == IsNumber || w.Type == IsMoney || w.Type == IsDate || w.Type == IsAny
		}
		return w.Type == IsNumber || w.Type == IsMoney || w.Type == IsAny
	}
}

// operators gathers what a value can be compared by.
func (c *completer) operators(w Word, source string) {
	for _, op := range comparisons[w.Type] {
		if op == In {
			c.may("operator", "IN (")
		} else {
			c.may("operator", op.String())
		}
	}
	if extreme(w, source) {
		c.may("operator", "IN TOP", "IN BOTTOM")
	}
	for _, op := range comparisons[w.Type] {
		switch {
		case op == In:
			c.may("operator", "NOT IN (")
		case op >= Between:
			c.may("operator", "NOT "+op.String())
		}
	}
	if w.Name != "segments" || source != "" {
		c.may("operator", "IS NULL", "IS NOT NULL")
	}
}

// negated gathers what follows NOT.
func (c *completer) negated(w Word, source string) {
	for _, op := range comparisons[w.Type] {
		switch {
		case op == In:
			c.may("operator", "IN (")
		case op >= Between:
			c.may("operator", op.String())
		}
	}
	if extreme(w, source) {
		c.may("operator", "IN TOP", "IN BOTTOM")
	}
}

// extreme reports whether something can be among the highest.
func extreme(w Word, source string) bool {
	return source == "" && (w.Type == IsNumber || w.Type == IsMoney || w.Type == IsDate || w.Type == IsAny)
}

// comparison goes on behind a value, and NOT.
func (c *completer) comparison(w Word, source string, not bool) {
	if c.end() {
		if not {
			c.negated(w, source)
		} else {
			c.operators(w, source)
		}
		c.done = true
		return
	}
	has := func(op Op) bool { return slices.Contains(comparisons[w.Type], op) }
	if op := marks(c.list[c.i]); op > 0 {
		c.i++
		if !not && has(op) {
			c.literal(w, source)
		}
		return
	}
	switch {
	case has(Between) && c.skip("BETWEEN"):
		if !c.literal(w, source) || c.must("keyword", "AND") || !c.skip("AND") {
			return
		}
		c.literal(w, source)
	case has(Contains) && c.skip("CONTAINS"):
		c.literal(w, source)
	case has(StartsWith) && (c.is("STARTS") || c.is("ENDS")):
		c.i++
		if !c.must("keyword", "WITH") && c.skip("WITH") {
			c.literal(w, source)
		}
	case c.skip("IN"):
		c.in(w, source)
	case c.skip("IS"):
		if !c.must("keyword", "NULL", "NOT NULL") {
			c.skip("NOT")
			if !c.must("keyword", "NULL") {
				c.skip("NULL")
			}
		}
	}
}

// in goes on behind IN.
func (c *completer) in(w Word, source string) {
	if c.end() {
		if slices.Contains(comparisons[w.Type], In) {
			c.may("keyword", "(")
		}
		if extreme(w, source) {
			c.may("keyword", "TOP", "BOTTOM")
		}
		c.done = true
		return
	}
	switch {
	case extreme(w, source) && (c.skip("TOP") || c.skip("BOTTOM")):
		if !c.must("value", "5%", "10%", "100") {
			c.i++
			c.may("keyword", "%")
			c.skip("%")
		}
	case slices.Contains(comparisons[w.Type], In) && c.skip("("):
		for c.literal(w, source) && !c.must("keyword", ",", ")") && !c.skip(")") && c.skip(",") {
		}
	}
}

// literal goes over a value, and reports whether there is one.
func (c *completer) literal(w Word, source string) bool {
	if c.end() {
		c.values(w, source)
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
			c.skip(c.v.Currency)
		}
	case t.class == mark, c.is("AND"), c.is("OR"):
		return false
	default:
		c.i++
	}
	return true
}

// values gathers what a value can be compared with.
func (c *completer) values(w Word, source string) {
	if w.Type == IsBool || w.Type == IsAny {
		c.may("value", "true", "false")
	}
	if w.Type == IsDate || w.Type == IsAny {
		if w.Name == "birthday" && source == "" {
			c.may("value", "today", "+7d", "+30d")
		} else {
			c.may("value", "today", "yesterday", "-7d", "-30d", "-90d", "-6m", "-12m")
		}
	}
	if w.Type != IsText && w.Type != IsList && w.Type != IsAny {
		return
	}
	for _, s := range w.Values {
		c.may("value", quote(s))
	}
	if w.Values == nil && c.shop.Values != nil {
		for _, o := range c.shop.Values(source, w) {
			c.all = append(c.all, Option{quote(o.Text), "value", o.Meaning})
		}
	}
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
				c.all = append(c.all, Option{before + w.Name + d.Name, "field", d.Meaning})
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

func (c *completer) sources(before string) {
	for _, w := range words()["sources"] {
		c.all = append(c.all, Option{before + w.Name, "source", w.Meaning})
	}
}

func (c *completer) functions(fits func(Word) bool) {
	for _, w := range Functions() {
		if fits(w) {
			c.all = append(c.all, Option{w.Name + "(", "function", w.Meaning})
		}
	}
}

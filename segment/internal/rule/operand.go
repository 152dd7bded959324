package rule

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nouns are what values of a type are.
var nouns = [...]string{IsBool: "true or false", IsNumber: "a number", IsMoney: "an amount", IsDate: "a date", IsText: "a text", IsList: "a list", IsAny: "a value"}

// comparisons are what the types can be compared by, beside IsNull.
var comparisons = [...][]Op{
	IsBool:   {Equal, NotEqual},
	IsNumber: {Equal, NotEqual, Less, AtMost, Greater, AtLeast, Between, In},
	IsMoney:  {Equal, NotEqual, Less, AtMost, Greater, AtLeast, Between, In},
	IsDate:   {Equal, NotEqual, Less, AtMost, Greater, AtLeast, Between},
	IsText:   {Equal, NotEqual, In, Contains, StartsWith, EndsWith},
	IsList:   {Contains, Equal, In},
	IsAny:    {Equal, NotEqual, Less, AtMost, Greater, AtLeast, Between, In, Contains, StartsWith, EndsWith},
}

func (c *checker) compare(n *Compare, s *scope) Node {
	x, w := c.expr(n.X, s)
	if x == nil || n.Op == 0 && len(c.ledger.list) > 0 {
		return nil
	}
	if n.Op < Equal || n.Op > IsNull {
		c.push("op", -1)
		c.fault(n.At, "", "an operator, such as =", "")
		c.pop()
		return nil
	}
	op := n.Op
	if op == IsNull {
		if len(n.Y) > 0 {
			c.fault(n.At, n.Y[0].String(), "no value behind IS NULL", "")
			return nil
		}
		if w.Name == "segments" && s == nil { // which there are changes, and this rule may be of one
			c.push("op", -1)
			c.fault(n.At, op.String(), "the segments that are meant, such as segments CONTAINS 'vip'", "")
			c.pop()
			return nil
		}
		return &Compare{X: x, Op: op, At: n.At}
	}
	if !slices.Contains(comparisons[w.Type], op) {
		c.operator(n, w)
		return nil
	}
	if w.Type == IsList && op == Equal {
		op = Contains
	}
	y, ok := c.literals(n, w)
	if !ok {
		return nil
	}
	if f, ok := n.X.(*Field); ok && f.Name == anniversary {
		for _, l := range y {
			if l.Kind != Offset {
				c.fault(l.At, l.String(), "today, or an offset such as +7d: a birthday is that of the coming year", "")
				return nil
			}
		}
	}
	return &Compare{x, op, y, n.At}
}

// operator tells of an operator that a type does not have.
func (c *checker) operator(n *Compare, w Word) {
	names := make([]string, 0, len(comparisons[w.Type])+1)
	for _, op := range append(comparisons[w.Type][:len(comparisons[w.Type]):len(comparisons[w.Type])], IsNull) {
		names = append(names, op.String())
	}
	suggestion := ""
	switch {
	case w.Type == IsList && n.Op == NotEqual:
		suggestion = "NOT CONTAINS"
	case w.Type == IsDate && n.Op == In:
		suggestion = "BETWEEN"
	}
	c.push("op", -1)
	c.fault(n.At, n.Op.String(), fmt.Sprintf("what %s is compared by: %s or %s", nouns[w.Type], strings.Join(names[:len(names)-1], ", "), names[len(names)-1]), suggestion)
	c.pop()
}

// literals returns the literals of a comparison as its type has them.
func (c *checker) literals(n *Compare, w Word) ([]Literal, bool) {
	least, most, key := 1, 1, "value"
	switch n.Op {
	case Between:
		least, most, key = 2, 2, "values"
	case In:
		least, most, key = 1, maxList, "values"
	}
	if len(n.Y) < least || len(n.Y) > most {
		c.push(key, -1)
		want := map[Op]string{Between: "two values", In: fmt.Sprintf("1 to %d values", maxList)}[n.Op]
		got := fmt.Sprintf("%d values", len(n.Y))
		if len(n.Y) > most && n.Op == In {
			got = "more"
		}
		if want == "" {
			want = "one value"
		}
		c.fault(n.At, got, want, "")
		c.pop()
		return nil, false
	}
	y, fine := make([]Literal, len(n.Y)), true
	for i, l := range n.Y {
		if least == most && most == 1 {
			c.push(key, -1)
		} else {
			c.push(key, i)
		}
		ok := false
		y[i], ok = c.literal(l, w, n.Op)
		fine = fine && ok
		if ok && i > 0 && w.Type == IsAny && sort(y[i]) != sort(y[0]) {
			c.fault(l.At, l.String(), "a value like the first", "")
			fine = false
		}
		c.pop()
	}
	if fine && n.Op == Between && reversed(y[0], y[1]) {
		c.push(key, -1)
		c.fault(y[0].At, y[0].String()+" AND "+y[1].String(), "the lower end first", y[1].String()+" AND "+y[0].String())
		c.pop()
		return nil, false
	}
	return y, fine
}

// sort parts literals in those that can be told from each other.
func sort(l Literal) Kind { return min(l.Kind, Day) }

// reversed reports whether the first of two literals is surely above the other.
func reversed(a, b Literal) bool {
	switch {
	case a.Kind == Number && b.Kind == Number:
		return a.Number.Compare(b.Number) > 0
	case a.Kind == Offset && b.Kind == Offset:
		least, _ := a.reach()
		_, most := b.reach()
		if a.Whole() || b.Whole() {
			most += 86400 // a day is as long as that
		}
		return least > most
	case (a.Kind == Day || a.Kind == Moment) && b.Kind == Day:
		b.Time.Hour, b.Time.Minute, b.Time.Second = 23, 59, 59
		return a.Time.compare(b.Time) > 0
	case (a.Kind == Day || a.Kind == Moment) && b.Kind == Moment:
		return a.Time.compare(b.Time) > 0
	}
	return false
}

// wants are what the types are compared with.
var wants = [...]string{
	IsBool:   "true or false",
	IsNumber: "a number, such as 2",
	IsMoney:  "an amount, such as 12.50",
	IsDate:   "a date, such as 2024-01-31, -30d or today",
	IsText:   "a text, such as 'vip'",
	IsList:   "a text, such as 'vip'",
	IsAny:    wantValue,
}

// literal returns a literal as a type has it.
func (c *checker) literal(l Literal, w Word, op Op) (Literal, bool) {
	out := Literal{Kind: l.Kind, At: l.At}
	is := w.Type
	if is == IsAny {
		is = l.any(op)
	}
	switch {
	case is == IsBool && l.Kind == Bool:
		out.Bool = l.Bool
		return out, true
	case (is == IsNumber || is == IsMoney) && l.Kind == Number:
		out.Number, out.Currency = l.Number, l.Currency
		return out, c.number(l, is == IsMoney || w.Type == IsAny)
	case is == IsDate && (l.Kind == Day || l.Kind == Moment):
		out.Time = l.Time
		if l.Kind == Day {
			out.Time.Hour, out.Time.Minute, out.Time.Second = 0, 0, 0
		}
		if !l.Time.valid() {
			c.fault(l.At, l.String(), wantDate, "")
			return out, false
		}
		return out, true
	case is == IsDate && l.Kind == Offset:
		out.Offsets = offset(l.Offsets).Offsets
		return out, c.offsets(l)
	case (is == IsText || is == IsList) && l.Kind == Number && w.Key && l.Currency == "" && l.Number.Scale == 0 && l.Number.Digits >= 0:
		out.Kind, out.Text = Text, l.Number.String()
		return out, true
	case (is == IsText || is == IsList) && l.Kind == Text:
		out.Text = l.Text
		switch {
		case !c.text(l.At, l.Text):
			return out, false
		case w.Name == "segments" && c.v != nil && c.v.Segments != nil:
			out.Text = c.segment(l)
			return out, out.Text != ""
		}
		return out, c.known(l, w, op)
	}
	c.fault(l.At, l.String(), wants[w.Type], l.as(is))
	return out, false
}

// any returns the type of a literal that is compared with a value of any type.
func (l Literal) any(op Op) Type {
	switch is := [...]Type{Text: IsText, Number: IsNumber, Bool: IsBool, Day: IsDate, Moment: IsDate, Offset: IsDate}; {
	case op >= Contains && l.Kind != Text, int(l.Kind) >= len(is):
		return IsAny
	case op >= Less && op <= Between && (l.Kind == Text || l.Kind == Bool):
		return IsAny
	default:
		return is[l.Kind]
	}
}

// as suggests how the literal would be written in another type.
func (l Literal) as(t Type) string {
	switch {
	case (t == IsText || t == IsList) && l.Kind != Text:
		return quote(l.String())
	case (t == IsNumber || t == IsMoney) && l.Kind == Text:
		if d, ok := ParseDecimal(l.Text); ok {
			return d.String()
		}
	case t == IsDate && l.Kind == Text:
		if d, ok := parseClock(l.Text); ok {
			return d.String()
		}
	case t == IsDate && l.Kind == Number && l.Number.Scale == 0 && l.Number.Digits != 0:
		return fmt.Sprintf("-%dd", magnitude(l.Number.Digits))
	case t == IsBool && l.Kind == Text && (strings.EqualFold(l.Text, "true") || strings.EqualFold(l.Text, "false")):
		return strings.ToLower(l.Text)
	}
	return ""
}

func (c *checker) number(l Literal, money bool) bool {
	book := ""
	if c.v != nil {
		book = c.v.Currency
	}
	switch {
	case !l.Number.valid():
		c.fault(l.At, l.Number.String(), wantNumber, "")
	case l.Currency != "" && !money:
		c.fault(l.At, l.String(), "a number without a currency", l.Number.String())
	case l.Currency != "" && (len(l.Currency) != 3 || strings.Trim(l.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || l.Currency != "TOP" && slices.Contains(keywords, l.Currency)):
		c.fault(l.At, l.String(), "a currency of three capital letters, such as GBP", "")
	case l.Currency != "" && book != "" && l.Currency != book:
		c.fault(l.At, l.String(), "an amount in "+book+", the currency of the book", "")
	default:
		return true
	}
	return false
}

func (c *checker) offsets(l Literal) bool {
	if len(l.Offsets) > maxOffsets {
		c.fault(l.At, "more", fmt.Sprintf("an offset of at most %d spans", maxOffsets), "")
		return false
	}
	for _, s := range l.Offsets {
		if !s.valid() {
			c.fault(l.At, s.String(), wantSpan, "")
			return false
		}
	}
	return true
}

// text reports whether a text can stand in a rule.
func (c *checker) text(at Pos, s string) bool {
	want := ""
	switch {
	case len(s) > maxLiteral:
		want = fmt.Sprintf("a text of at most %d bytes", maxLiteral)
	case !utf8.ValidString(s):
		want = "a text in UTF-8"
	case strings.ContainsFunc(s, unicode.IsControl):
		want = "a text on one line, without control characters"
	default:
		return true
	}
	c.fault(at, s, want, "")
	return false
}

// known reports whether a text is one that its field can be.
func (c *checker) known(l Literal, w Word, op Op) bool {
	values := w.Values
	switch {
	case op == StartsWith || op == EndsWith || op == Contains && w.Type != IsList:
		return true
	case values == nil || slices.Contains(values, l.Text):
		return true
	}
	c.fault(l.At, l.String(), alternatives(values), c.closest(l.Text, values))
	return false
}

// segment returns the id that a text is, or the name as the book has it; "" when
// there is no such segment, of which it tells.
func (c *checker) segment(l Literal) string {
	if slices.Contains(c.v.IDs, l.Text) || slices.Contains(c.v.Segments, l.Text) {
		return l.Text
	}
	if c.segments == nil {
		c.segments = make(map[string]string, len(c.v.Segments))
		for _, name := range c.v.Segments {
			c.segments[Fold(name)] = name
		}
	}
	name := c.segments[Fold(l.Text)]
	if name == "" {
		c.fault(l.At, l.String(), "a segment of the catalog", c.closest(l.Text, slices.Concat(c.v.Segments, c.v.IDs)))
	}
	return name
}

// closest returns the value that is most like one that there is not.
func (c *checker) closest(s string, values []string) string {
	if !c.guess(s, values) {
		return ""
	}
	if best := closest(s, values); best != "" {
		return quote(best)
	}
	return ""
}

// extreme checks a comparison with what all customers have.
func (c *checker) extreme(n *Extreme, s *scope) Node {
	if !c.outside(n.At, "IN TOP", s) {
		return nil
	}
	x, w := c.expr(n.X, s)
	if x == nil {
		return nil
	}
	c.push(map[bool]string{false: "top", true: "bottom"}[n.Lowest], -1)
	defer c.pop()
	none, all := Decimal{}, Decimal{Digits: 100}
	switch {
	case w.Type == IsBool || w.Type == IsText || w.Type == IsList:
		c.fault(n.At, "IN TOP", "a number, an amount or a date before it, not "+nouns[w.Type], "")
	case n.Count != 0 && n.Percent != none, n.Count == 0 && n.Percent == none, n.Count < 0 || n.Count > 1e9:
		c.fault(n.At, n.size(), "at least one, such as 100 or 5%", "")
	case n.Count == 0 && (!n.Percent.valid() || n.Percent.Compare(none) <= 0 || n.Percent.Compare(all) > 0):
		c.fault(n.At, n.size(), "more than 0% and at most 100%", "")
	default:
		return &Extreme{x, n.Lowest, n.Count, n.Percent, n.At}
	}
	return nil
}

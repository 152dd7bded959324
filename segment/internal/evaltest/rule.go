package evaltest

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// Rule draws a rule, as rule.Check returns it. Its error, which tells that the
// draw made a rule that there cannot be, is that of rule.Check.
func (d *Draw) Rule() (rule.Node, error) { return rule.Check(d.node(3), d.Vocabulary) }

// node draws a condition with so many levels of others in it.
func (d *Draw) node(depth int) rule.Node {
	kind := d.IntN(20)
	if depth == 0 {
		kind = 8 + d.IntN(12)
	}
	switch {
	case kind < 3:
		n := &rule.All{}
		for range d.IntN(4) {
			n.Nodes = append(n.Nodes, d.node(depth-1))
		}
		return n
	case kind < 6:
		n := &rule.Any{}
		for range d.IntN(4) {
			n.Nodes = append(n.Nodes, d.node(depth-1))
		}
		return n
	case kind < 8:
		return &rule.Not{Node: d.node(depth - 1)}
	case kind < 9:
		return &rule.Match{Source: d.source()}
	case kind < 11:
		return d.sequence()
	case kind < 12:
		return d.extreme()
	case kind < 15:
		x, word := d.aggregate()
		return d.compare(x, word)
	case kind < 16:
		days := &rule.Days{From: d.dateExpr()}
		if d.one(2) {
			days.To = d.dateExpr()
		}
		return d.number(days, func() int64 { return int64(d.IntN(60) - 5) })
	case kind < 17 && d.one(3):
		return d.number(&rule.Bucket{Salt: pick(d, []string{"spring", "autumn", "it's"})}, func() int64 { return int64(d.IntN(101)) })
	}
	word := d.field("")
	return d.compare(&rule.Field{Name: word.Name}, word)
}

// field draws a field of the facts of a source, or of customers, and gives the
// names under a prefix an end.
func (d *Draw) field(source string) rule.Word {
	word := pick(d, rule.Fields(source))
	if source == "" && d.one(6) {
		word, _ = d.Vocabulary.Field("", pick(d, []string{"rfm_group", "life_cycle_stage", "traits.rfm.recency", "traits.rfm.frequency", "traits.rfm.monetary"}))
	}
	if !word.Prefix() {
		return word
	}
	word, _ = d.Vocabulary.Field(source, word.Name+pick(d, ends[word.Name]))
	return word
}

// typed draws a field whose values are of one of the types.
func (d *Draw) typed(source string, types ...rule.Type) (rule.Word, bool) {
	for range 40 {
		if word := d.field(source); slices.Contains(types, typeOf(word)) {
			return word, true
		}
	}
	return rule.Word{}, false
}

// typeOf returns the type of the values of a field.
func typeOf(word rule.Word) rule.Type {
	if word.Type == rule.IsAny {
		return types[word.Name]
	}
	return word.Type
}

// source draws a source, with a filter more often than not.
func (d *Draw) source() *rule.Source {
	s := &rule.Source{Name: pick(d, rule.Sources()).Name}
	if d.one(3) {
		s.Name = pick(d, []string{"orders", "interactions", "items"})
	}
	if !d.one(4) {
		s.Where = d.filter(s.Name, 2)
	}
	return s
}

// filter draws a condition of facts.
func (d *Draw) filter(source string, depth int) rule.Node {
	if depth > 0 {
		switch d.IntN(7) {
		case 0, 1:
			n := &rule.All{}
			for range 1 + d.IntN(3) {
				n.Nodes = append(n.Nodes, d.filter(source, depth-1))
			}
			return n
		case 2:
			n := &rule.Any{}
			for range d.IntN(4) {
				n.Nodes = append(n.Nodes, d.filter(source, depth-1))
			}
			return n
		case 3:
			return &rule.Not{Node: d.filter(source, depth-1)}
		}
	}
	word := d.field(source)
	if d.one(3) {
		word, _ = d.Vocabulary.Field(source, "date")
	} else if source == "interactions" && d.one(2) {
		word, _ = d.Vocabulary.Field(source, "kind")
	}
	return d.compare(&rule.Field{Name: word.Name}, word)
}

func (d *Draw) sequence() rule.Node {
	n := &rule.Sequence{Steps: []rule.Step{{Source: d.source()}}}
	for range 1 + d.many()%4 {
		s := rule.Step{Not: d.one(3), Source: d.source()}
		if d.one(2) {
			s.Within = d.span()
		}
		if d.one(4) {
			s.After = d.span()
		}
		if s.Within != (rule.Span{}) && s.After != (rule.Span{}) && (s.After.Unit != s.Within.Unit || s.After.N > s.Within.N) {
			s.After.Unit = s.Within.Unit
			s.After.N, s.Within.N = min(s.After.N, s.Within.N), max(s.After.N, s.Within.N)
		}
		n.Steps = append(n.Steps, s)
	}
	return n
}

// span draws a length of time.
func (d *Draw) span() rule.Span {
	switch d.IntN(6) {
	case 0:
		return rule.Span{N: int32(1 + d.IntN(300)), Unit: rule.Minute}
	case 1:
		return rule.Span{N: int32(1 + d.IntN(100)), Unit: rule.Hour}
	case 2:
		return rule.Span{N: int32(1 + d.IntN(5)), Unit: rule.Week}
	case 3:
		return rule.Span{N: int32(1 + d.IntN(4)), Unit: rule.Month}
	case 4:
		if d.one(3) {
			return rule.Span{N: 1, Unit: rule.Year}
		}
	}
	return rule.Span{N: int32(1 + d.IntN(40)), Unit: rule.Date}
}

func (d *Draw) extreme() rule.Node {
	n := &rule.Extreme{X: d.comparable(), Lowest: d.one(2)}
	if d.one(2) {
		n.Count = int64(1 + d.IntN(20))
		return n
	}
	n.Percent = pick(d, []rule.Decimal{{Digits: 5}, {Digits: 1, Scale: 1}, {Digits: 100}, {Digits: 333, Scale: 1}, {Digits: 50}, {Digits: 20}})
	return n
}

// comparable draws a number, an amount or a date.
func (d *Draw) comparable() rule.Expr {
	switch d.IntN(4) {
	case 0:
		if x, word := d.aggregate(); typeOf(word) == rule.IsNumber || typeOf(word) == rule.IsMoney || typeOf(word) == rule.IsDate {
			return x
		}
	case 1:
		return &rule.Days{From: d.dateExpr()}
	}
	word, _ := d.typed("", rule.IsNumber, rule.IsMoney, rule.IsDate)
	if word.Name == "" {
		word.Name = "amount_spent"
	}
	return &rule.Field{Name: word.Name}
}

// dateExpr draws a date.
func (d *Draw) dateExpr() rule.Expr {
	if d.one(2) {
		if word, ok := d.typed("", rule.IsDate); ok {
			return &rule.Field{Name: word.Name}
		}
	}
	return &rule.Aggregate{Func: pick(d, []rule.Func{rule.Min, rule.Max, rule.First, rule.Last}), Source: d.source(), Field: "date"}
}

// aggregate draws what facts add up to, and what that holds.
func (d *Draw) aggregate() (rule.Expr, rule.Word) {
	x := &rule.Aggregate{Func: rule.Count + rule.Func(d.IntN(int(rule.Periods))), Source: d.source()}
	count := rule.Word{Type: rule.IsNumber}
	var word rule.Word
	ok := true
	switch x.Func {
	case rule.Count:
		return x, count
	case rule.Periods:
		x.Span = rule.Span{N: int32(1 + d.IntN(8)), Unit: rule.Date + rule.Unit(d.IntN(4))}
		return x, count
	case rule.Sum, rule.Average:
		word, ok = d.typed(x.Source.Name, rule.IsNumber, rule.IsMoney)
		if x.Source.Name == "interactions" && d.one(6) {
			word, ok = d.word("interactions", "properties.mixed")
			word.Type = rule.IsMoney // as rule.Check takes what values of any type add up to
		}
	case rule.Min, rule.Max:
		word, ok = d.typed(x.Source.Name, rule.IsNumber, rule.IsMoney, rule.IsDate)
	default:
		word = d.field(x.Source.Name)
	}
	if !ok {
		return &rule.Aggregate{Func: rule.Count, Source: x.Source}, count
	}
	x.Field = word.Name
	if x.Func == rule.Distinct {
		return x, count
	}
	if x.Func < rule.Distinct && word.Type == rule.IsAny { // it is compared with no other type then
		if word.Type = typeOf(word); word.Type == 0 {
			word.Type = rule.IsNumber
		}
	}
	return x, word
}

func (d *Draw) word(source, name string) (rule.Word, bool) { return d.Vocabulary.Field(source, name) }

// number draws a comparison of a whole number.
func (d *Draw) number(x rule.Expr, draw func() int64) rule.Node {
	n := &rule.Compare{X: x, Op: rule.Equal + rule.Op(d.IntN(8))}
	for range d.literals(n.Op) {
		n.Y = append(n.Y, rule.Literal{Kind: rule.Number, Number: rule.Decimal{Digits: draw()}})
	}
	return ordered(n)
}

// literals draws how many literals an operator wants.
func (d *Draw) literals(op rule.Op) int {
	switch op {
	case rule.Between:
		return 2
	case rule.In:
		return 1 + d.IntN(4)
	case rule.IsNull:
		return 0
	}
	return 1
}

// ordered puts the lower of two numbers first.
func ordered(n *rule.Compare) rule.Node {
	if n.Op == rule.Between && n.Y[0].Kind == rule.Number && n.Y[0].Number.Compare(n.Y[1].Number) > 0 {
		slices.Reverse(n.Y)
	}
	return n
}

// compare draws a comparison of a value.
func (d *Draw) compare(x rule.Expr, word rule.Word) rule.Node {
	n := &rule.Compare{X: x}
	t := typeOf(word)
	if t == 0 || word.Type == rule.IsAny && d.one(12) { // of any type: by one that it may not have
		t = pick(d, []rule.Type{rule.IsText, rule.IsNumber, rule.IsDate, rule.IsBool})
	}
	orders := []rule.Op{rule.Equal, rule.NotEqual, rule.Less, rule.AtMost, rule.Greater, rule.AtLeast, rule.Between}
	switch t {
	case rule.IsBool:
		n.Op = pick(d, []rule.Op{rule.Equal, rule.NotEqual})
	case rule.IsNumber, rule.IsMoney:
		n.Op = pick(d, append(orders, rule.In))
	case rule.IsDate:
		n.Op = pick(d, orders)
	case rule.IsText:
		n.Op = pick(d, []rule.Op{rule.Equal, rule.Equal, rule.NotEqual, rule.In, rule.Contains, rule.StartsWith, rule.EndsWith})
	case rule.IsList:
		n.Op = pick(d, []rule.Op{rule.Contains, rule.Contains, rule.Equal, rule.In})
		if word.Type == rule.IsAny && d.one(4) {
			n.Op = pick(d, []rule.Op{rule.NotEqual, rule.StartsWith, rule.EndsWith})
		}
	}
	if d.one(10) && word.Name != "segments" {
		n.Op = rule.IsNull
	}
	for range d.literals(n.Op) {
		n.Y = append(n.Y, d.literal(t, word, n.Op))
	}
	if n.Op == rule.Between && t == rule.IsDate && d.reversed(n.Y) {
		slices.Reverse(n.Y)
	}
	return ordered(n)
}

// reversed reports whether the first of two dates is above the other now.
func (d *Draw) reversed(y []rule.Literal) bool {
	if y[0].Kind == rule.Moment && y[1].Kind == rule.Moment { // of an hour that comes twice, the clock tells
		return y[0].Time.String() > y[1].Time.String()
	}
	return d.world.compareDate(d.about(y[1]), y[0]) < 0
}

// about returns an instant of a date.
func (d *Draw) about(l rule.Literal) int64 {
	low, high := d.Now.AddDate(-30_000, 0, 0).UnixMilli(), d.Now.AddDate(30_000, 0, 0).UnixMilli()
	for low < high { // the first instant that is not before it
		if middle := low + (high-low)/2; d.world.compareDate(middle, l) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// literal draws a literal of a type.
func (d *Draw) literal(t rule.Type, word rule.Word, op rule.Op) rule.Literal {
	switch t {
	case rule.IsBool:
		return rule.Literal{Kind: rule.Bool, Bool: d.one(2)}
	case rule.IsNumber:
		l := rule.Literal{Kind: rule.Number, Number: rule.Decimal{Digits: int64(d.many())}}
		if d.one(3) {
			l.Number, _ = rule.ParseDecimal(pick(d, []string{"0.1", "0.3", "1.125", "-0.5", "0.25", "2.333333333", "-1"}))
		}
		return l
	case rule.IsMoney:
		l := rule.Literal{Kind: rule.Number}
		l.Number, _ = rule.ParseDecimal((rule.Decimal{Digits: d.amount() % 1e17, Scale: 2}).String())
		if d.one(10) {
			l.Number, _ = rule.ParseDecimal(pick(d, []string{"10.001", "9.995", "-10", "0.0001"}))
		}
		if d.one(8) && d.Vocabulary != nil {
			l.Currency = d.Vocabulary.Currency
		}
		return l
	case rule.IsDate:
		return d.date()
	}
	name := word.Name
	if strings.HasPrefix(name, "consents.") {
		name = "consents."
	}
	if name != "segments" && len(word.Values) == 0 && d.one(12) {
		return rule.Literal{Kind: rule.Text, Text: "zzz"}
	}
	s := d.text(name, word)
	if op == rule.StartsWith || op == rule.EndsWith || op == rule.Contains && t == rule.IsText {
		letters := []rune(s)
		i := d.IntN(len(letters))
		s = string(letters[i : i+1+d.IntN(len(letters)-i)])
	}
	return rule.Literal{Kind: rule.Text, Text: s}
}

// date draws a date as rules have it.
func (d *Draw) date() rule.Literal {
	if d.far && d.one(4) {
		spans := []rule.Span{{N: 1000, Unit: rule.Year}, {N: 400, Unit: rule.Year}, {N: 12_000, Unit: rule.Month}, {N: 365_000, Unit: rule.Date}, {N: 8_760_000, Unit: rule.Hour}, {N: 525_600_000, Unit: rule.Minute}, {N: 13, Unit: rule.Year}}
		l := rule.Literal{Kind: rule.Offset, Offsets: []rule.Span{pick(d, spans)}}
		if d.one(2) {
			l.Offsets[0].N = -l.Offsets[0].N
		}
		return l
	}
	switch d.IntN(5) {
	case 0, 1:
		l := rule.Literal{Kind: rule.Offset, Offsets: []rule.Span{{N: -int32(d.IntN(90)), Unit: rule.Date}}}
		if d.one(2) {
			l.Offsets[0] = d.span()
			l.Offsets[0].N = -l.Offsets[0].N
		}
		if d.one(4) {
			l.Offsets = append(l.Offsets, d.span())
		}
		return l
	case 2:
		l := rule.Literal{Kind: rule.Offset} // now, or some hours ago
		if !d.one(3) {
			l.Offsets = []rule.Span{{N: int32(10 - d.IntN(80)), Unit: rule.Hour}}
		}
		return l
	case 3:
		t := time.UnixMilli(d.time()).In(d.Location)
		t = t.AddDate(max(1, min(t.Year(), 9999))-t.Year(), 0, 0)
		y, m, day := t.Date()
		return rule.Literal{Kind: rule.Day, Time: rule.Clock{Year: int16(y), Month: uint8(m), Day: uint8(day)}}
	}
	t := time.UnixMilli(d.time()).In(d.Location)
	t = t.AddDate(max(1, min(t.Year(), 9999))-t.Year(), 0, 0)
	y, m, day := t.Date()
	return rule.Literal{Kind: rule.Moment, Time: rule.Clock{Year: int16(y), Month: uint8(m), Day: uint8(day), Hour: uint8(t.Hour()), Minute: uint8(t.Minute()), Second: uint8(t.Second())}}
}

package eval

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A rowExpr is a column of numbers of a page.
type rowExpr struct {
	of     func(c *column.Chunk) []int64
	is     shape
	negate bool
	price  bool // what sales cost
}

func (e *rowExpr) shape() shape                { return e.is }
func (e *rowExpr) weight() int                 { return 1 }
func (e *rowExpr) change(*frame, uint32) int64 { return never }
func (e *rowExpr) vector(x *frame) []int64 {
	if e.negate {
		return nil
	}
	return e.of(x.chunk)
}

func (e *rowExpr) values(x *frame, sel []uint32, out []int64) {
	v := e.of(x.chunk)
	for i, row := range sel {
		out[i] = v[row]
	}
	if e.negate {
		for i, v := range out[:len(sel)] {
			if v != column.Lacking {
				out[i] = -v
			}
		}
	}
}

// An orderTime is when the sale of an item happened.
type orderTime struct{}

func (orderTime) shape() shape                { return shape{kind: instant} }
func (orderTime) weight() int                 { return 2 }
func (orderTime) change(*frame, uint32) int64 { return never }

func (orderTime) values(x *frame, sel []uint32, out []int64) {
	c := x.chunk
	for i, row := range sel {
		out[i] = c.Sales.Time[c.Items.Order[row]]
	}
}

// A position numbers the sales of a person.
type position struct{}

func (position) shape() shape                { return shape{kind: whole} }
func (position) weight() int                 { return 3 }
func (position) change(*frame, uint32) int64 { return never }

func (position) values(x *frame, sel []uint32, out []int64) {
	g := 0
	for i, row := range sel {
		for g < len(x.groups) && (row < x.groups[g].low || row >= x.groups[g].high) {
			g++
		}
		out[i] = column.Lacking
		if g < len(x.groups) {
			out[i] = int64(row-x.chunk.Sales.Of(x.groups[g].person).Start) + 1
		}
	}
}

// A calendarExpr is the first day of the day, week or month of a date.
type calendarExpr struct {
	date expr
	unit rule.Unit
}

func (e *calendarExpr) shape() shape                     { return shape{kind: text, words: periods{e.unit}} }
func (e *calendarExpr) weight() int                      { return e.date.weight() + 5 }
func (e *calendarExpr) change(x *frame, id uint32) int64 { return e.date.change(x, id) }
func (e *calendarExpr) values(x *frame, sel []uint32, out []int64) {
	e.date.values(x, sel, out)
	for i, t := range out[:len(sel)] {
		if t == column.Lacking {
			continue
		}
		day := x.cal.day(t)
		switch e.unit {
		case rule.Week:
			day -= (day%7 + 7 + 3) % 7 // 1 January 1970 was a Thursday
		case rule.Month:
			_, _, d := date(day)
			day -= int64(d) - 1
		}
		out[i] = day
	}
}

// A space is a numbering of what rows say beside numbers.
type space struct {
	name    string
	size    func() uint32
	version func() uint64
	changed func(code uint32) uint64
	codes   func(x *frame) []uint32 // by row
	through func(x *frame) []uint32 // row of another page, by row; nil: the rows themselves
}

// A tupleText is a text or list of rows that follows from their code in a
// space. There may be several texts.
type tupleText struct {
	*space
	is shape
	of func(code uint32) (n uint32, list bool) // the code of a text, or of a list of them
	in *column.Sets                            // of lists

	known atomic.Pointer[classTable]
}

// A classTable is the one element of each code of a space, or 0.
type classTable struct {
	classes []uint32
	most    uint32 // of the classes
	version uint64
}

// classes returns the elements of all codes, nil where one may have several.
func (e *tupleText) classes() *classTable {
	n, version := e.size(), uint64(0)
	if e.version != nil {
		version = e.version()
	}
	if t := e.known.Load(); t != nil && t.version == version && n-uint32(len(t.classes)) <= n/16 {
		return t
	}
	if _, many := e.of(0); many || n > 1<<20 {
		return nil
	}
	t := &classTable{classes: make([]uint32, n), version: version}
	var element []int64
	for code := range n {
		if text, _ := e.of(code); text != 0 {
			element = e.is.words.elements(int64(text), element[:0])
			t.classes[code] = uint32(element[0])
			t.most = max(t.most, t.classes[code])
		}
	}
	e.known.Store(t)
	return t
}

// different counts the different classes of some codes. It is not ok when there
// are codes that the table does not have yet.
func (t *classTable) different(x *frame, codes []uint32) (n int64, ok bool) {
	seen, mark := x.marks(t.most)
	for _, code := range codes {
		if code >= uint32(len(t.classes)) {
			return 0, false
		}
		class := t.classes[code]
		n += int64(one(seen[class] != mark) & one(class != 0))
		seen[class] = mark
	}
	return n, true
}

func (e *tupleText) shape() shape                { return e.is }
func (e *tupleText) weight() int                 { return 3 }
func (e *tupleText) change(*frame, uint32) int64 { return never }

func (e *tupleText) values(x *frame, sel []uint32, out []int64) {
	for i, row := range sel {
		out[i] = column.Lacking
		n, many := e.of(e.space.at(x, row))
		if many && e.is.kind == text { // the first of several
			if n != 0 {
				out[i] = int64(e.in.Of(n)[0])
			}
		} else if n != 0 {
			out[i] = int64(n)
		}
	}
}

// elements appends the codes of all texts of a row.
func (e *tupleText) elements(x *frame, row uint32, out []int64) []int64 {
	n, many := e.of(e.space.at(x, row))
	if n == 0 {
		return out
	}
	if many && e.is.kind == text {
		for _, c := range e.in.Of(n) {
			out = e.is.words.elements(int64(c), out)
		}
		return out
	}
	return e.is.words.elements(int64(n), out)
}

// at returns the code of a row.
func (s *space) at(x *frame, row uint32) uint32 {
	if s.through != nil {
		row = s.through(x)[row]
	}
	return s.codes(x)[row]
}

// A tupleCond is a condition of rows that follows from their code in a space.
type tupleCond struct {
	*space
	match func(code uint32) bool
	set   *codeSet
}

func (s *space) cond(match func(code uint32) bool) *tupleCond {
	return &tupleCond{s, match, &codeSet{match: match, size: s.size, version: s.version, changed: s.changed}}
}

func (c *tupleCond) weight() int { return 2 + one(c.through != nil) }

func (c *tupleCond) filter(x *frame, sel []uint32) []uint32 {
	codes, known := c.codes(x), c.set.now()
	var through []uint32
	if c.through != nil {
		through = c.through(x)
	}
	n := 0
	for _, row := range sel {
		sel[n] = row
		if through != nil {
			row = through[row]
		}
		if code := codes[row]; code < known.n {
			n += int(known.bits[code/64] >> (code % 64) & 1)
		} else {
			n += one(c.set.match(code))
		}
	}
	return sel[:n]
}

func (c *tupleCond) next(x *frame, row uint32) (bool, int64) { return x.holds(c, row), never }

// fuse makes one condition of those of one space, which is true when f says so
// of whether they are.
func fuse(conds []cond, every bool) []cond {
	var out []cond
	spaces := map[string]int{}
	for _, c := range conds {
		t, ok := c.(*tupleCond)
		if !ok {
			out = append(out, c)
			continue
		}
		i, again := spaces[t.name]
		if !again {
			spaces[t.name] = len(out)
			out = append(out, t)
			continue
		}
		a, b := out[i].(*tupleCond).match, t.match
		if every {
			out[i] = t.cond(func(code uint32) bool { return a(code) && b(code) })
		} else {
			out[i] = t.cond(func(code uint32) bool { return a(code) || b(code) })
		}
	}
	return out
}

// textual compiles a comparison of texts or lists.
func (c *compiler) textual(e expr, s shape, op rule.Op, lits []rule.Literal) (cond, error) {
	match, err := matcher(op, lits, s)
	if err != nil {
		return nil, err
	}
	if n, ok := s.words.(named); ok {
		return n.condition(e, match), nil
	}
	e = unshared(e)
	switch e := e.(type) {
	case *tupleText:
		var test func(code uint32) bool
		switch w := s.words.(type) {
		case texts:
			test = func(code uint32) bool { return match(w.Bytes(code)) }
		case lists:
			test = func(code uint32) bool { return match(w.dict.Bytes(code)) }
		case productTexts:
			test = func(code uint32) bool { return w.match(code, op, match) }
		}
		in, of := e.in, e.of
		return e.space.cond(func(code uint32) bool {
			n, many := of(code)
			if n == 0 {
				return false
			}
			if !many {
				return test(n)
			}
			return slices.ContainsFunc(in.Of(n), test)
		}), nil
	case *productText:
		return e.condition(match), nil
	case *personText:
		return e.condition(c, op, lits, match), nil
	case *personID:
		return &idCond{e, op, idsOf(op, lits), match}, nil
	case *property:
		return e.condition(match), nil
	}
	if l, ok := s.words.(lists); ok && s.kind == list {
		return &testCond{e, func(v int64) bool {
			return slices.ContainsFunc(l.sets.Of(uint32(v)), func(t uint32) bool { return match(l.dict.Bytes(t)) })
		}}, nil
	}
	if p, ok := s.words.(periods); ok {
		return &testCond{e, c.cal.each(func(day int64) bool { return match([]byte(p.text(day))) })}, nil
	}
	if p, ok := s.words.(productTexts); ok {
		return &testCond{e, func(v int64) bool { return p.match(uint32(v), op, match) }}, nil
	}
	return &testCond{e, func(v int64) bool { return match([]byte(s.words.text(v))) }}, nil
}

// productTexts are the ids of products, and by what else rules name them.
type productTexts struct{ *column.Products }

func (p productTexts) text(code int64) string { return p.IDs.Text(uint32(code)) }

func (p productTexts) elements(code int64, out []int64) []int64 { return append(out, code) }

func (p productTexts) match(code uint32, op rule.Op, match func([]byte) bool) bool {
	if op == rule.NotEqual { // none of its names is
		for _, key := range p.Keys(code) {
			if !match([]byte(key)) {
				return false
			}
		}
		return match(p.IDs.Bytes(code))
	}
	if match(p.IDs.Bytes(code)) {
		return true
	}
	for _, key := range p.Keys(code) {
		if match([]byte(key)) {
			return true
		}
	}
	return false
}

// A property of interactions in one of its types.
type property struct {
	number uint32
	*column.Property
	is shape
}

func (e *property) shape() shape                { return e.is }
func (e *property) weight() int                 { return 6 }
func (e *property) change(*frame, uint32) int64 { return never }

func (e *property) values(x *frame, sel []uint32, out []int64) {
	for i, row := range sel {
		v, ok := x.chunk.Interactions.Find(row, e.number)
		if out[i] = v; !ok {
			out[i] = column.Lacking
		}
	}
}

func (e *property) condition(match func([]byte) bool) cond {
	if e.Type == rule.IsText {
		return &valueCond{e, &codeSet{
			match: func(code uint32) bool { return code != 0 && match(e.Texts.Bytes(code)) },
			size:  func() uint32 { return e.Texts.Len() + 1 },
		}}
	}
	return &valueCond{e, &codeSet{
		match: func(code uint32) bool {
			for _, t := range e.Lists.Of(code) {
				if match(e.Texts.Bytes(t)) {
					return true
				}
			}
			return false
		},
		size: func() uint32 { return e.Lists.Len() + 1 },
	}}
}

// factField returns what a field of a table is. Those of [property] are one a
// type, which may be none.
func (c *compiler) factField(t table, source, name string) ([]expr, error) {
	if p, ok := strings.CutPrefix(name, "properties."); ok && t == interactions && p != "" {
		var all []expr
		w := c.base.Words()
		for _, n := range w.Named(name) {
			all = append(all, &property{n, w.Properties[n], c.typed(w.Properties[n].Type, w.Properties[n].Texts, w.Properties[n].Lists, source, name)})
		}
		return all, nil
	}
	var when expr = orderTime{}
	if t != items {
		when = &rowExpr{of: func(ch *column.Chunk) []int64 { return t.times(ch) }, is: shape{kind: instant}}
	}
	switch name {
	case "date":
		return []expr{when}, nil
	case "day":
		return []expr{&calendarExpr{when, rule.Date}}, nil
	case "week":
		return []expr{&calendarExpr{when, rule.Week}}, nil
	case "month":
		return []expr{&calendarExpr{when, rule.Month}}, nil
	}
	var e expr
	switch t {
	case sales, canceled:
		e = c.orderField(t, name)
	case items:
		if e = c.itemField(name); e == nil {
			e = c.orderField(t, name)
		}
	case refunds, adjustments:
		if name == "amount" {
			e = c.number(func(ch *column.Chunk) []int64 {
				if t == refunds {
					return ch.Refunds.Amount
				}
				return ch.Adjustments.Amount
			}, true)
			e.(*rowExpr).negate = t == refunds && source == "spend"
		}
	case interactions:
		e = c.interactionField(name)
	}
	if e == nil {
		return nil, fmt.Errorf("%s have no %s", source, name)
	}
	return []expr{e}, nil
}

// number returns a column of whole numbers or amounts.
func (c *compiler) number(of func(ch *column.Chunk) []int64, money bool) expr {
	s := shape{kind: whole, money: money}
	if money {
		s.scale = c.scale
	}
	return &rowExpr{of: of, is: s}
}

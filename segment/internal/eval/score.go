package eval

import (
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// A measure is one of what is scored, or all of them.
type measure uint8

const (
	recency measure = iota
	frequency
	monetary
	grouped
)

// scoreNames are the fields of persons that are scores.
var scoreNames = map[string]measure{
	"traits.rfm.recency": recency, "traits.rfm.frequency": frequency, "traits.rfm.monetary": monetary,
	"traits.rfm.group": grouped, "rfm_group": grouped,
}

// Measures returns what a scheme scores, as values of rules: calendar days since
// the last sale, how many sales there were, and what they cost less refunds.
func Measures(s rfm.Scheme) (recency, frequency, monetary rule.Expr) {
	recency = &rule.Days{From: &rule.Field{Name: "last_order_date"}}
	if s.Days == 0 {
		return recency, &rule.Field{Name: "number_of_orders"}, &rule.Field{Name: "amount_spent"}
	}
	lately := &rule.Compare{X: &rule.Field{Name: "date"}, Op: rule.AtLeast, Y: []rule.Literal{
		{Kind: rule.Offset, Offsets: []rule.Span{{N: -int32(s.Days), Unit: rule.Date}}},
	}}
	frequency = &rule.Aggregate{Func: rule.Count, Source: &rule.Source{Name: "orders", Where: lately}}
	monetary = &rule.Aggregate{Func: rule.Sum, Source: &rule.Source{Name: "spend", Where: lately}, Field: "amount"}
	return recency, frequency, monetary
}

// A measured is what is scored.
type measured struct {
	last                         expr // sale
	recency, frequency, monetary expr
	days                         int64    // for which sales count; 0: for good
	names                        []string // of groups; their codes are one more
	codes                        []int64  // by the number of the group
	none                         int64    // the code of who has no scores, or Lacking
}

// measured compiles what is scored, once.
func (c *compiler) measured() (*measured, error) {
	if c.plan.scores != nil {
		return c.plan.scores, nil
	}
	m := &measured{names: c.groups.Names(), none: column.Lacking, days: int64(c.scheme.Days)}
	code := func(name string) int64 {
		for i, n := range m.names {
			if n == name {
				return int64(i) + 1
			}
		}
		return column.Lacking
	}
	for i := range c.groups.Groups {
		m.codes = append(m.codes, code(c.groups.Groups[i].Name))
	}
	if c.groups.None != "" {
		m.none = code(c.groups.None)
	}
	r, f, s := Measures(c.scheme)
	for _, v := range []struct {
		x  rule.Expr
		to *expr
	}{{r.(*rule.Days).From, &m.last}, {r, &m.recency}, {f, &m.frequency}, {s, &m.monetary}} {
		all, err := c.values(v.x)
		if err != nil {
			return nil, err
		}
		*v.to = all[0]
	}
	c.plan.scores = m
	return m, nil
}

// score compiles a field that is a score, or the group of all.
func (c *compiler) score(name string) ([]expr, error) {
	m, err := c.measured()
	if err != nil {
		return nil, err
	}
	of := scoreNames[name]
	key := "score " + string('0'+rune(of))
	if of == grouped {
		return []expr{c.share(key, &groupOf{m})}, nil
	}
	return []expr{c.share(key, &scoreOf{m, of})}, nil
}

// A scoreOf is one score of persons: 1 and more, Lacking of who has not bought.
type scoreOf struct {
	*measured
	of measure
}

func (e *scoreOf) shape() shape { return shape{kind: whole} }

func (e *scoreOf) weight() int {
	switch e.of {
	case recency:
		return e.recency.weight() + 4
	case frequency:
		return e.frequency.weight() + 4
	}
	return e.recency.weight() + e.monetary.weight() + 4
}

func (e *scoreOf) values(x *frame, sel []uint32, out []int64) {
	switch {
	case x.scores.IsZero():
		lack(out[:len(sel)])
	case e.of == recency:
		e.ages(x, sel, out)
		x.score(x.scores.Recency, sel, out, out)
	case e.of == frequency:
		e.frequency.values(x, sel, out)
		for i, n := range out[:len(sel)] {
			if n <= 0 {
				out[i] = column.Lacking
			}
		}
		x.score(x.scores.Frequency, sel, out, out)
	default:
		days := x.takeWide(len(sel))
		e.ages(x, sel, days)
		e.monetary.values(x, sel, out)
		x.score(x.scores.Monetary, sel, days, out)
		x.giveWide(days)
	}
}

// ages returns how many days ago people bought, Lacking of who has not, while
// sales count.
func (e *measured) ages(x *frame, sel []uint32, out []int64) {
	e.recency.values(x, sel, out)
	if e.days == 0 {
		return
	}
	for i, days := range out[:len(sel)] {
		if days > e.days {
			out[i] = column.Lacking
		}
	}
}

// score turns values into the scores of those of whom something is not Lacking.
func (x *frame) score(cuts rfm.Cuts, sel []uint32, there, values []int64) {
	best := int64(cuts.Bins())
	for i, v := range values[:len(sel)] {
		switch {
		case there[i] == column.Lacking:
			values[i] = column.Lacking
		case len(cuts.Last) > 0:
			values[i] = int64(cuts.Score(v, x.tie(sel[i])))
		default:
			above := int64(0)
			for _, cut := range cuts.Values {
				above += int64(one(v > cut))
			}
			if values[i] = above + 1; cuts.Low {
				values[i] = best - above
			}
		}
	}
}

// tie is the number by which a person is told from others with equal values: the
// first 52 bits of the FNV-1a hash of the id, stirred as those of buckets are.
func (x *frame) tie(id uint32) int64 {
	const offset, prime = 0xcbf29ce484222325, 0x100000001b3
	h := uint64(offset)
	for _, b := range x.base.IDBytes(uint32(x.chunk.Number)*column.ChunkSize + id) {
		h = (h ^ uint64(b)) * prime
	}
	return int64(stirred(h) >> 12)
}

func (e *scoreOf) change(x *frame, id uint32) int64 {
	switch e.of {
	case recency:
		return e.falls(x, id)
	case frequency:
		return e.frequency.change(x, id)
	}
	return min(e.monetary.change(x, id), e.frequency.change(x, id))
}

// falls returns when the score of recency of a person falls by time alone, or
// is none any more.
func (e *measured) falls(x *frame, id uint32) int64 {
	until := e.last.change(x, id)
	days := x.value(e.recency, id)
	if days == column.Lacking || x.scores.IsZero() {
		return until
	}
	if e.days > 0 && days <= e.days {
		until = min(until, x.cal.start(x.today+e.days-days+1))
	}
	if next, ok := x.scores.Recency.Next(days, x.tie(id)); ok {
		until = min(until, x.cal.start(x.today+min(next-days, farthest)))
	}
	return until
}

// A groupOf is the group of persons, as a code.
type groupOf struct{ *measured }

func (e *groupOf) shape() shape { return shape{kind: text, words: named(e.names)} }

func (e *groupOf) weight() int {
	return e.frequency.weight() + e.recency.weight() + e.monetary.weight() + 12
}

func (e *groupOf) values(x *frame, sel []uint32, out []int64) {
	if x.scores.IsZero() {
		for i := range sel {
			out[i] = e.none
		}
		return
	}
	days, spent := x.takeWide(len(sel)), x.takeWide(len(sel))
	e.ages(x, sel, days)
	e.frequency.values(x, sel, out)
	e.monetary.values(x, sel, spent)
	x.score(x.scores.Frequency, sel, days, out)
	x.score(x.scores.Monetary, sel, days, spent)
	x.score(x.scores.Recency, sel, days, days)
	for i := range sel {
		if days[i] == column.Lacking {
			out[i] = e.none
			continue
		}
		number := x.grid.Group(rfm.Scores{R: uint8(days[i]), F: uint8(out[i]), M: uint8(spent[i])})
		if out[i] = column.Lacking; number >= 0 {
			out[i] = e.codes[number]
		}
	}
	x.giveWide(spent)
	x.giveWide(days)
}

func (e *groupOf) change(x *frame, id uint32) int64 {
	return min(e.frequency.change(x, id), e.monetary.change(x, id), e.falls(x, id))
}

// named are texts whose codes are one more than their places.
type named []string

func (n named) text(code int64) string { return n[code-1] }

func (n named) elements(code int64, out []int64) []int64 { return append(out, code) }

// condition compares texts of a few.
func (n named) condition(e expr, match func([]byte) bool) cond {
	return &valueCond{e, &codeSet{
		match: func(code uint32) bool { return code > 0 && match([]byte(n[code-1])) },
		size:  func() uint32 { return uint32(len(n)) + 1 },
	}}
}

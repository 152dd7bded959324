package eval

import (
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// personFields returns what a field of persons is: one expr, or for what the
// shop gave values of several types one a type, or none.
func (c *compiler) personFields(name string) []expr {
	money := shape{kind: whole, money: true, scale: c.scale}
	switch name {
	case "number_of_orders":
		return []expr{&keptCount{sales}}
	case "canceled_orders":
		return []expr{&keptCount{canceled}}
	case "number_of_refunds":
		return []expr{&keptCount{refunds}}
	case "amount_spent":
		return []expr{&kept{money, func(ch *column.Chunk) []int64 { return ch.Spent }, func(d *tally) int64 { return d.spent.Amount() }}}
	case "amount_refunded":
		return []expr{&kept{money, func(ch *column.Chunk) []int64 { return ch.Refunded }, func(d *tally) int64 { return d.refunded.Amount() }}}
	case "units_bought":
		return []expr{&kept{shape{kind: whole}, func(ch *column.Chunk) []int64 { return ch.Units }, func(d *tally) int64 { return d.units.Amount() }}}
	case "average_order_value":
		return []expr{&average{keptRatio{}, money}}
	case "first_order_date":
		return []expr{&kept{shape{kind: instant}, func(ch *column.Chunk) []int64 { return ch.First }, func(d *tally) int64 { return d.first }}}
	case "last_order_date":
		return []expr{&kept{shape{kind: instant}, func(ch *column.Chunk) []int64 { return ch.Last }, func(d *tally) int64 { return d.last }}}
	case "last_seen_date":
		return []expr{&kept{shape{kind: instant}, func(ch *column.Chunk) []int64 { return ch.Seen }, func(d *tally) int64 { return d.seen }}}
	case "abandoned_checkout_date":
		return []expr{abandoned{}}
	case "customer_id":
		return []expr{&personID{c.base}}
	case "age":
		return []expr{&birth{c.birthday(), true}}
	case "birthday":
		return []expr{&birth{c.birthday(), false}}
	case "life_cycle_stage", "traits.life_cycle.stage":
		c.plan.stages = true
		return []expr{c.share("stage", &stageOf{c.policy.Own})}
	}
	var all []expr
	for _, col := range c.base.Named(name) {
		s := c.typed(col.Type, col.Texts, col.Lists, "", name)
		switch col.Type {
		case rule.IsText, rule.IsList:
			all = append(all, &personText{col, s})
		case rule.IsBool:
			all = append(all, &personTruth{col})
		default:
			all = append(all, &personInt{col, s})
		}
	}
	return all
}

// typed returns the shape of values of a type.
func (c *compiler) typed(t rule.Type, d *column.Dictionary, s *column.Sets, source, name string) shape {
	word, _ := c.vocabulary.Field(source, name)
	switch t {
	case rule.IsBool:
		return shape{kind: truth}
	case rule.IsMoney:
		return shape{kind: whole, money: true, scale: c.scale}
	case rule.IsNumber:
		return shape{kind: real}
	case rule.IsDate:
		return shape{kind: instant}
	case rule.IsText:
		return shape{kind: text, folded: word.Folded, words: texts{d}}
	}
	return shape{kind: list, folded: word.Folded, words: lists{s, d}}
}

// birthday returns the column of birthdays, nil when nobody has one.
func (c *compiler) birthday() *column.Column {
	for _, col := range c.base.Named("birthday") {
		if col.Type == rule.IsDate {
			return col
		}
	}
	return nil
}

// A tally is what follows from the facts of a person that have happened.
type tally struct {
	turnover, units, refunded, spent column.Total
	priced                           int64
	first, last, checkout, seen      int64
}

// tally works out what is kept of a person as of now, for one who has facts
// that have not happened yet.
func (x *frame) tally(p uint32) *tally {
	c, d := x.chunk, &tally{first: column.Lacking, last: column.Lacking, checkout: column.Lacking, seen: column.Lacking}
	s := c.Sales.Of(p)
	for row := s.Start; row < s.Start+s.Len && c.Sales.Time[row] <= x.at; row++ {
		if d.first == column.Lacking {
			d.first = c.Sales.Time[row]
		}
		d.last = c.Sales.Time[row]
		d.units.Add(c.Sales.Units[row])
		if a := c.Sales.Amount[row]; a != column.Lacking {
			d.turnover.Add(a)
			d.spent.Add(a)
			d.priced++
		}
	}
	d.seen = d.last
	s = c.Canceled.Of(p)
	for row := s.Start; row < s.Start+s.Len && c.Canceled.Time[row] <= x.at; row++ {
		d.seen = max(d.seen, c.Canceled.Time[row])
	}
	s = c.Adjustments.Of(p)
	for row := s.Start; row < s.Start+s.Len && c.Adjustments.Time[row] <= x.at; row++ {
		if a := c.Adjustments.Amount[row]; a != column.Lacking {
			d.spent.Add(a)
		}
	}
	s = c.Refunds.Of(p)
	for row := s.Start; row < s.Start+s.Len && c.Refunds.Time[row] <= x.at; row++ {
		if a := c.Refunds.Amount[row]; a != column.Lacking {
			d.refunded.Add(a)
			d.spent.Add(-a)
		}
	}
	w := x.base.Words()
	checkout, inbound := w.Kinds.Find("begin_checkout"), w.Directions.Find("inbound")
	s = c.Interactions.Of(p)
	for row := s.Start; row < s.Start+s.Len && c.Interactions.Time[row] <= x.at; row++ {
		k := w.Contacts.List[c.Interactions.Contact[row]]
		if k.Direction == inbound {
			d.seen = max(d.seen, c.Interactions.Time[row])
		}
		if k.Kind == checkout {
			d.checkout = c.Interactions.Time[row]
		}
	}
	return d
}

// ahead returns when the next fact of a person happens.
func (x *frame) ahead(p uint32) int64 {
	next := int64(never)
	c := x.chunk
	if c.Latest[p] <= x.at {
		return next
	}
	for _, t := range []table{sales, canceled, refunds, adjustments, interactions} {
		s := t.page(c).Of(p)
		if s.Len == 0 {
			continue
		}
		if row := lower(t.times(c), s.Start, s.Start+s.Len, x.at+1); row < s.Start+s.Len {
			next = min(next, t.times(c)[row])
		}
	}
	return next
}

// A kept expr stands in a column of the chunk.
type kept struct {
	is   shape
	of   func(c *column.Chunk) []int64
	then func(d *tally) int64
}

func (e *kept) shape() shape                     { return e.is }
func (e *kept) weight() int                      { return 1 }
func (e *kept) change(x *frame, id uint32) int64 { return x.ahead(id) }

func (e *kept) vector(x *frame) []int64 {
	if x.late() {
		return nil
	}
	return e.of(x.chunk)
}

func (e *kept) values(x *frame, sel []uint32, out []int64) {
	v := e.of(x.chunk)
	for i, id := range sel {
		out[i] = v[id]
	}
	if x.late() {
		for i, id := range sel {
			if x.chunk.Latest[id] > x.at {
				out[i] = e.then(x.tally(id))
			}
		}
	}
}

// A keptCount is how many facts of a table a person has.
type keptCount struct{ table table }

func (e *keptCount) shape() shape                     { return shape{kind: whole} }
func (e *keptCount) weight() int                      { return 1 }
func (e *keptCount) change(x *frame, id uint32) int64 { return x.ahead(id) }

func (e *keptCount) values(x *frame, sel []uint32, out []int64) {
	slots := e.table.page(x.chunk).Slots()
	if slots == nil {
		clear(out[:len(sel)])
		return
	}
	for i, id := range sel {
		out[i] = int64(slots[id].Len)
	}
	if x.late() {
		times := e.table.times(x.chunk)
		for i, id := range sel {
			if s := slots[id]; s.Len > 0 && x.chunk.Latest[id] > x.at {
				out[i] = int64(lower(times, s.Start, s.Start+s.Len, x.at+1) - s.Start)
			}
		}
	}
}

// abandoned is when a person began a checkout that no sale followed.
type abandoned struct{}

func (abandoned) shape() shape                     { return shape{kind: instant} }
func (abandoned) weight() int                      { return 2 }
func (abandoned) change(x *frame, id uint32) int64 { return x.ahead(id) }

func (abandoned) values(x *frame, sel []uint32, out []int64) {
	for i, id := range sel {
		if x.chunk.Latest[id] <= x.at {
			out[i] = x.chunk.Abandoned(id)
			continue
		}
		d := x.tally(id)
		if out[i] = d.checkout; d.checkout <= d.last {
			out[i] = column.Lacking
		}
	}
}

// keptRatio is what sales cost, and how many have a price.
type keptRatio struct{}

func (keptRatio) change(x *frame, id uint32) int64 { return x.ahead(id) }
func (keptRatio) weight() int                      { return 2 }

func (keptRatio) ratio(x *frame, sel []uint32, sums, counts []int64) {
	for i, id := range sel {
		if x.chunk.Latest[id] <= x.at {
			sums[i], counts[i] = x.chunk.Turnover[id], int64(x.chunk.Priced[id])
			continue
		}
		d := x.tally(id)
		sums[i], counts[i] = d.turnover.Amount(), d.priced
	}
}

// A personInt is an amount, a date or a number of persons.
type personInt struct {
	*column.Column
	is shape
}

func (e *personInt) shape() shape                { return e.is }
func (e *personInt) weight() int                 { return 1 }
func (e *personInt) change(*frame, uint32) int64 { return never }
func (e *personInt) vector(x *frame) []int64     { return e.Ints(x.chunk.Number) }

func (e *personInt) values(x *frame, sel []uint32, out []int64) {
	v := e.Ints(x.chunk.Number)
	if v == nil {
		lack(out[:len(sel)])
		return
	}
	for i, id := range sel {
		out[i] = v[id]
	}
}

func lack(out []int64) {
	for i := range out {
		out[i] = column.Lacking
	}
}

// A personTruth is yes or no of persons.
type personTruth struct{ *column.Column }

func (e *personTruth) shape() shape                { return shape{kind: truth} }
func (e *personTruth) weight() int                 { return 1 }
func (e *personTruth) change(*frame, uint32) int64 { return never }

func (e *personTruth) values(x *frame, sel []uint32, out []int64) {
	v := e.Truths(x.chunk.Number)
	lack(out[:len(sel)])
	if v == nil {
		return
	}
	for i, id := range sel {
		if v[id] != column.Unknown {
			out[i] = int64(v[id] - column.No)
		}
	}
}

// A personText is a text or a list of persons.
type personText struct {
	*column.Column
	is shape
}

func (e *personText) shape() shape                { return e.is }
func (e *personText) weight() int                 { return 1 }
func (e *personText) change(*frame, uint32) int64 { return never }
func (e *personText) codes(x *frame) []uint32     { return e.Codes(x.chunk.Number) }

func (e *personText) values(x *frame, sel []uint32, out []int64) {
	v := e.codes(x)
	lack(out[:len(sel)])
	if v == nil {
		return
	}
	for i, id := range sel {
		if v[id] != 0 {
			out[i] = int64(v[id])
		}
	}
}

func (e *personText) condition(c *compiler, op rule.Op, lits []rule.Literal, match func([]byte) bool) cond {
	if e.is.kind == list {
		return &codeCond{e, &codeSet{
			match: func(code uint32) bool {
				for _, t := range e.Lists.Of(code) {
					if match(e.Texts.Bytes(t)) {
						return true
					}
				}
				return false
			},
			size: func() uint32 { return e.Lists.Len() + 1 },
		}, 2}
	}
	if op == rule.Equal && !e.is.folded {
		return &textCond{e, lits[0].Text}
	}
	return &codeCond{e, &codeSet{
		match: func(code uint32) bool { return code != 0 && match(e.Texts.Bytes(code)) },
		size:  func() uint32 { return e.Texts.Len() + 1 },
	}, 2}
}

// A textCond is true of persons who have one text.
type textCond struct {
	of   *personText
	text string
}

func (c *textCond) weight() int { return 1 }

func (c *textCond) filter(x *frame, sel []uint32) []uint32 {
	v, code := c.of.codes(x), c.of.Texts.Find(c.text)
	if v == nil || code == 0 {
		return sel[:0]
	}
	n := 0
	for _, id := range sel {
		sel[n] = id
		n += one(v[id] == code)
	}
	return sel[:n]
}

func (c *textCond) next(x *frame, id uint32) (bool, int64) { return x.holds(c, id), never }

// A personID is the id of a person, as their ordinal plus one.
type personID struct{ base *column.Base }

func (e *personID) shape() shape                { return shape{kind: text, words: e} }
func (e *personID) weight() int                 { return 2 }
func (e *personID) change(*frame, uint32) int64 { return never }

func (e *personID) values(x *frame, sel []uint32, out []int64) {
	first := int64(x.chunk.Number) * column.ChunkSize
	for i, id := range sel {
		out[i] = first + int64(id) + 1
	}
}

func (e *personID) text(code int64) string                   { return e.base.ID(uint32(code - 1)) }
func (e *personID) elements(code int64, out []int64) []int64 { return append(out, code) }

// An idCond compares ids of persons.
type idCond struct {
	of    *personID
	op    rule.Op
	ids   []string // of = and IN
	match func([]byte) bool
}

func idsOf(op rule.Op, lits []rule.Literal) []string {
	if op != rule.Equal && op != rule.In {
		return nil
	}
	var ids []string
	for _, l := range lits {
		ids = append(ids, l.Text)
	}
	return ids
}

func (c *idCond) weight() int { return 2 }

func (c *idCond) filter(x *frame, sel []uint32) []uint32 {
	first := uint32(x.chunk.Number) * column.ChunkSize
	n := 0
	if c.ids == nil || len(sel) < len(c.ids) {
		for _, id := range sel {
			sel[n] = id
			n += one(c.match(x.base.IDBytes(first + id)))
		}
		return sel[:n]
	}
	var set column.Bits
	for _, id := range c.ids {
		if ordinal, ok := x.base.Ordinal(id); ok && ordinal/column.ChunkSize == uint32(x.chunk.Number) {
			set.Set(ordinal % column.ChunkSize)
		}
	}
	for _, id := range sel {
		sel[n] = id
		n += one(set.Has(id))
	}
	return sel[:n]
}

func (c *idCond) next(x *frame, id uint32) (bool, int64) { return x.holds(c, id), never }

// A birth is the age or the next birthday of persons.
type birth struct {
	*column.Column // may be nil
	age            bool
}

func (e *birth) shape() shape {
	if e.age {
		return shape{kind: whole}
	}
	return shape{kind: instant}
}

func (e *birth) weight() int { return 20 }

func (e *birth) values(x *frame, sel []uint32, out []int64) {
	lack(out[:len(sel)])
	if e.Column == nil || e.Ints(x.chunk.Number) == nil {
		return
	}
	v := e.Ints(x.chunk.Number)
	for i, id := range sel {
		if v[id] != column.Lacking {
			out[i], _ = e.of(x, v[id])
		}
	}
}

// of returns what the birthday of someone makes now, and until when.
func (e *birth) of(x *frame, born int64) (value, until int64) {
	if born < -farthest*millisOfDay/64 || born > farthest*millisOfDay/64 {
		return column.Lacking, never
	}
	birthday := (born - (born%millisOfDay+millisOfDay)%millisOfDay) / millisOfDay
	y, m, d := date(birthday)
	if y > 0 && birthday > x.today {
		return column.Lacking, x.cal.start(birthday)
	}
	year, _, _ := date(x.today)
	next := civil(year, m, d) // 1 March for 29 February
	if next < x.today {
		year++
		next = civil(year, m, d)
	}
	if !e.age {
		return x.cal.start(next), x.cal.start(next + 1)
	}
	if y == 0 {
		return column.Lacking, never
	}
	age := year - y
	if next > x.today {
		age--
		return int64(age), x.cal.start(next)
	}
	return int64(age), x.cal.start(civil(year+1, m, d))
}

func (e *birth) change(x *frame, id uint32) int64 {
	if e.Column == nil || e.Ints(x.chunk.Number) == nil || e.Ints(x.chunk.Number)[id] == column.Lacking {
		return never
	}
	_, until := e.of(x, e.Ints(x.chunk.Number)[id])
	return until
}

// A bucket is the part of a hundred that a person is given by chance.
type bucket struct{ salt string }

func (e *bucket) shape() shape                { return shape{kind: whole, scale: 6} }
func (e *bucket) weight() int                 { return 10 }
func (e *bucket) change(*frame, uint32) int64 { return never }

func (e *bucket) values(x *frame, sel []uint32, out []int64) {
	first := uint32(x.chunk.Number) * column.ChunkSize
	const offset, prime = 0xcbf29ce484222325, 0x100000001b3
	salted := uint64(offset)
	for i := range len(e.salt) {
		salted = (salted ^ uint64(e.salt[i])) * prime
	}
	salted *= prime // a zero byte
	for i, id := range sel {
		h := salted
		for _, b := range x.base.IDBytes(first + id) {
			h = (h ^ uint64(b)) * prime
		}
		out[i] = int64(stirred(h) % 100_000_000)
	}
}

// stirred is the finalizer of MurmurHash3.
func stirred(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

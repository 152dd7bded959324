package search

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// Find returns the customers who have the words of a query, the best first:
// whole words before beginnings before typos, names before places, and among
// equals who was recorded last. Typos are looked for when fewer than Limit have
// all words without; when nobody has, those follow who have at least half of
// them. A text without a letter or a digit finds nobody.
//
// What was committed a moment ago may be missing: the index follows the book.
// Whoever was erased is never found.
//
// Find returns a [*crm.InvalidError] for a query that cannot be, ctx's error, or
// one of the store.
func (x *Index) Find(ctx context.Context, q Query) (*Result, error) {
	var res *Result
	err := x.view(ctx, "search.Find", func(ctx context.Context, tx *crm.Tx) (err error) {
		res, _, err = x.find(ctx, tx, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

// Rows is Find with what a list of customers shows of each, of one snapshot.
func (x *Index) Rows(ctx context.Context, q Query) ([]Row, error) {
	var rows []Row
	err := x.view(ctx, "search.Rows", func(ctx context.Context, tx *crm.Tx) error {
		res, customers, err := x.find(ctx, tx, q)
		if err != nil {
			return err
		}
		rows = make([]Row, len(res.Hits))
		for i, h := range res.Hits {
			a, err := tx.Customers.Aggregates(ctx, h.CustomerID)
			if err != nil {
				return err
			}
			rows[i] = Row{Hit: h, Customer: customers[i], Orders: a.Orders, LastOrder: a.LastOrderAt}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// find answers a query, with the customers who were found.
func (x *Index) find(ctx context.Context, tx *crm.Tx, q Query) (*Result, []*crm.Customer, error) {
	req, err := q.parse()
	if err != nil {
		return nil, nil, err
	}
	s, err := x.tables.at(tx.Store())
	if err != nil {
		return nil, nil, err
	}
	out := &answer{tx: tx, Result: Result{Building: !s.ready()}, limit: req.limit}
	if err := out.byID(ctx, req.whole); err != nil {
		return nil, nil, err
	}
	if len(req.units) == 0 {
		return &out.Result, out.customers, nil
	}
	f := &finder{tables: x.tables, tx: tx, r: tx.Store(), found: map[look]*finding{}}
	if err := f.settle(ctx, req); err != nil {
		return nil, nil, err
	}
	best := max(64, 3*req.limit)
	t, err := f.pass(ctx, req.units, s.Docs, best, false)
	if err != nil {
		return nil, nil, err
	}
	var some *tally
	if t.total == 0 && len(req.units) > 1 {
		if some, err = f.pass(ctx, req.units, s.Docs, best, true); err != nil {
			return nil, nil, err
		}
	}
	if t.total < req.limit {
		changed, err := f.forgive(req.units)
		if err != nil {
			return nil, nil, err
		}
		if changed {
			if t, err = f.pass(ctx, req.units, s.Docs, best, false); err != nil {
				return nil, nil, err
			}
		}
	}
	out.Total, out.More = max(t.total, len(out.Hits)), t.more
	for _, t := range []*tally{t, some} {
		if t == nil || len(out.Hits) >= req.limit {
			break
		}
		list, err := f.rank(ctx, req.units, t.weights, t.list)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range list {
			if err := out.add(ctx, r.id, r.Hit); err != nil {
				return nil, nil, err
			}
		}
	}
	return &out.Result, out.customers, ctx.Err()
}

// settle leaves of the looks for an e-mail address, when somebody has it as it was
// typed, none but for that.
func (f *finder) settle(ctx context.Context, req *request) error {
	for _, m := range req.mails {
		got, err := f.look(ctx, m.look)
		if err != nil {
			return err
		}
		for i := m.from; i < m.to && len(got.blocks) > 0; i++ {
			req.units[i].looks, req.units[i].word = []look{m.look}, word{}
		}
	}
	return nil
}

// forgive adds to units the words that are like theirs but for typos, and reports
// whether there are any.
func (f *finder) forgive(units []unit) (changed bool, err error) {
	for i := range units {
		u := &units[i]
		n := 0
		for _, s := range u.spellings() {
			list, err := f.tables.like(f.r, s)
			if err != nil {
				return false, err
			}
			for _, l := range list {
				if n++; n > maxTypos {
					break
				}
				u.looks = append(u.looks, look{text: string(rune(classWord)) + l.text, kind: KindTypo, typos: l.distance})
				changed = true
			}
		}
	}
	return changed, nil
}

// A ranked is a hit with the id under which the index knows the person.
type ranked struct {
	Hit
	id  crm.CustomerID
	doc uint64
}

// rank reads the candidates and puts them into their order.
func (f *finder) rank(ctx context.Context, units []unit, weights []float32, list []candidate) ([]ranked, error) {
	keys := make([]store.Key, len(list))
	for i, c := range list {
		keys[i] = f.tables.people.Key().Uint(c.doc)
	}
	people, err := f.tables.people.GetMany(f.r, keys)
	if err != nil {
		return nil, err
	}
	j := newJudge(f, units, weights)
	var hits []ranked
	for _, p := range people {
		if p == nil || len(p.IDs) == 0 {
			continue
		}
		if h := j.judge(p); len(h.Matches) > 0 {
			hits = append(hits, ranked{h, p.IDs[0], p.Doc})
		}
	}
	slices.SortFunc(hits, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.doc, a.doc))
	})
	return hits, ctx.Err()
}

// A judge tells how well persons match.
type judge struct {
	units   []unit
	weights []float32
	sum     float64
	exact   map[string][]verdict // by term
	open    []verdict
	orders  []verdict
}

// A verdict is what a term of a person means for a unit.
type verdict struct {
	look
	unit   int
	orders map[uint64]Kind
}

func newJudge(f *finder, units []unit, weights []float32) *judge {
	j := &judge{units: units, weights: weights, exact: map[string][]verdict{}}
	for i, u := range units {
		j.sum += float64(weights[i])
		for _, l := range u.looks {
			switch got := f.found[l]; {
			case got == nil || len(got.blocks) == 0:
			case l.text[0] == classOrder:
				j.orders = append(j.orders, verdict{l, i, got.orders})
			case l.open || l.text[0] == classStart:
				j.open = append(j.open, verdict{l, i, nil})
			default:
				j.exact[l.text] = append(j.exact[l.text], verdict{l, i, nil})
			}
		}
	}
	return j
}

// A best is the best match of a unit.
type best struct {
	quality int
	Match
	at   int  // where in the record
	both bool // it is written with the mark that was asked for
}

// judge returns the hit of a person, without an id.
func (j *judge) judge(p *person) Hit {
	found := make([]best, len(j.units))
	note := func(v verdict, kind Kind, in mask, at int) {
		field, weight := in.best()
		if q := kind.base(v.typos) * weight; q > found[v.unit].quality {
			found[v.unit] = best{q, Match{v.unit, field, kind}, at, found[v.unit].both}
		}
		if other := j.units[v.unit].other; kind == KindExact && other != "" && v.text[1:] == other {
			found[v.unit].both = true
		}
	}
	words := 0
	for at, t := range p.Terms {
		if t.In == 0 {
			continue
		}
		if t.In&(inGiven|inFamily) != 0 {
			words++
		}
		for _, v := range j.exact[t.Text] {
			kind := v.kind
			if v.isExact() {
				kind = KindExact
			}
			note(v, kind, t.In, at)
		}
		for _, v := range j.open {
			switch {
			case v.text[0] == classStart:
				if (t.Text[0] == classWord || t.Text[0] == classOther) && strings.HasPrefix(t.Text[1:], v.text[1:]) {
					note(v, v.kind, t.In, at)
				}
			case t.Text == v.text && v.isExact():
				note(v, KindExact, t.In, at)
			case strings.HasPrefix(t.Text, v.text):
				note(v, v.kind, t.In, at)
			}
		}
	}
	for _, v := range j.orders {
		if kind, ok := v.orders[p.Doc]; ok {
			note(v, kind, inOrder, -1)
		}
	}
	h := Hit{}
	score, named, marks, ordered, last := 0.0, 0, 0, true, -1
	for i, b := range found {
		if b.quality == 0 {
			continue
		}
		h.Matches = append(h.Matches, b.Match)
		score += float64(j.weights[i]) * float64(b.quality) / 10_000
		ordered, last = ordered && b.at >= last, b.at
		if b.Field == FieldGivenName || b.Field == FieldFamilyName {
			named++
		}
		if b.both {
			marks++
		}
	}
	score /= j.sum
	// Small ones, which only part those who are else alike.
	if len(h.Matches) > 1 && ordered {
		score += 0.01
	}
	score += 0.02 * float64(named) / float64(max(words, named, 1))
	score += 0.01 * float64(marks) / float64(len(j.units))
	score = min(score/1.04, 1)
	if h.Partial = len(h.Matches) < len(j.units); !h.Partial {
		score = 0.5 + score/2
	} else {
		score /= 2
	}
	h.Score = math.Round(score*1e6) / 1e6
	return h
}

// An answer is a result that is being put together.
type answer struct {
	Result
	tx        *crm.Tx
	limit     int
	customers []*crm.Customer
}

// add adds a hit, unless the person is among them or was erased meanwhile.
func (a *answer) add(ctx context.Context, id crm.CustomerID, h Hit) error {
	if len(a.Hits) >= a.limit {
		return nil
	}
	c, err := a.tx.Customers.Get(ctx, id)
	if errors.Is(err, crm.ErrNotFound) || err == nil && !c.ErasedAt.IsZero() {
		return nil
	}
	if err != nil {
		return err
	}
	if slices.ContainsFunc(a.Hits, func(o Hit) bool { return o.CustomerID == c.ID }) {
		return nil
	}
	h.CustomerID = c.ID
	a.Hits, a.customers = append(a.Hits, h), append(a.customers, c)
	return nil
}

// maxID is how long ids are at most.
const maxID = 120

// byID finds a customer by an id of the book, or by that of an order.
func (a *answer) byID(ctx context.Context, text string) error {
	if text == "" || len(text) > maxID || strings.Contains(text, "@") {
		return nil
	}
	if err := a.add(ctx, crm.CustomerID(text), Hit{Score: 1, Matches: []Match{{0, FieldRef, KindExact}}}); err != nil {
		return nameless(err)
	}
	o, err := a.tx.Orders.Get(ctx, crm.OrderID(text))
	if errors.Is(err, crm.ErrNotFound) || err == nil && o.CustomerID == "" {
		return nil
	}
	if err != nil {
		return nameless(err)
	}
	return a.add(ctx, o.CustomerID, Hit{Score: 1, Matches: []Match{{0, FieldOrder, KindExact}}})
}

// nameless takes away which record an error is of: what was typed as if it were
// an id is mostly a name.
func nameless(err error) error {
	if e, ok := errors.AsType[*crm.Error](err); ok {
		return e.Err
	}
	return err
}

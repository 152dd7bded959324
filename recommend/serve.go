package recommend

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// A serving is one question while it is answered. Products have their numbers
// among the goods, but where model says otherwise.
type serving struct {
	r     *Recommender
	tx    *crm.Tx // nil without a book
	state *state
	today int32
	q     *Query
	who   *person // nil: nobody
	about []crm.ProductID
	query model.Query // what models are asked

	allowed        []bool             // by number
	sieves         []func(int32) bool // of the boosts
	taken          map[int32]int32    // by number, the day on which the customer last bought it
	rankings       []*ranking         // of the rungs that were needed
	list           []candidate
	records        map[int32]*crm.Product // of the list, as they stand
	brands, groups map[int32]int
}

// A candidate is a product that may be in the list.
type candidate struct {
	number int32
	model  int32
	score  float32
	from   *ranking
	boost  int // one more than the place of the boost that it is in the list for; 0: none
	pinned bool
}

// A ranking puts products into an order, for one stage.
type ranking struct {
	stage Stage
	// score says how good products are by the numbers of the models, those that keep
	// lets in: nil for all.
	score []float32
	keep  func(model int32) bool
	// order, instead, are products in their order.
	order []int32
	// why says what speaks for products; own reports whether anything of the stage
	// does.
	why func(c []candidate) (reasons [][]crm.Reason, own []bool)
}

// A rung makes a ranking, if the list is not full by those before it.
type rung func() ranking

// answer makes the list of a question. ask returns the rankings to go through
// until the list is full, and the stage that the first of them is.
func (r *Recommender) answer(ctx context.Context, op string, id crm.CustomerID, about []crm.ProductID, q *Query, ask func(*serving) []rung) (*List, error) {
	if q == nil {
		q = &Query{}
	}
	state, err := r.fresh(ctx)
	if err != nil {
		return nil, wrap(op, id, err)
	}
	full, err := q.filled(r.now(), r.currency())
	if err != nil {
		return nil, wrap(op, id, err)
	}
	var list *List
	err = r.view(ctx, func(ctx context.Context, tx *crm.Tx) error {
		s := &serving{r: r, tx: tx, state: state, q: &full, about: about}
		if s.who, err = r.person(ctx, tx, state, id, &full); err != nil {
			return err
		}
		list, err = s.serve(ctx, ask)
		return err
	})
	if err != nil {
		return nil, wrap(op, id, err)
	}
	r.count(op, list)
	return list, nil
}

// serve makes the list, and again without what turns out not to be allowed by the
// records as they stand now.
func (s *serving) serve(ctx context.Context, ask func(*serving) []rung) (*List, error) {
	s.prepare()
	rungs := ask(s)
	for {
		s.fill(rungs)
		gone, err := s.check(ctx)
		if err != nil {
			return nil, err
		}
		if len(gone) == 0 {
			break
		}
		for _, n := range gone {
			s.allowed[n] = false
		}
	}
	return s.told(), ctx.Err()
}

// prepare works out what may be in the list.
func (s *serving) prepare() {
	st := s.state
	s.today = ledger.Day(s.q.At.In(s.r.opts.Location))
	if s.query.Day = s.today; s.today > st.day+st.window { // see learn
		s.query.Day = st.day
	}
	if s.known() {
		s.query.Past, s.query.Seen = st.items(s.who.bought, s.today), st.sights(s.who.seen, s.today)
	}
	s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
		s.allowed = make([]bool, g.Len())
		may := s.rules(g)
		for n := range int32(g.Len()) {
			s.allowed[n] = g.Has(n) && may(n)
		}
		for _, id := range slices.Concat(s.about, s.q.Seen) {
			if n, ok := g.Number(id); ok {
				s.allowed[n] = false
			}
		}
		if s.known() {
			s.past(g)
		}
		for _, b := range s.q.Boosts {
			s.sieves = append(s.sieves, b.Of.on(g))
		}
	})
}

// known reports whether anything of whom the list is for may be used.
func (s *serving) known() bool { return s.who != nil && !s.who.objected }

// rules returns what may be sold to this person now, whatever they bought.
func (s *serving) rules(g *goods.Goods) func(n int32) bool {
	only, not := s.q.Only.on(g), s.q.Not.on(g)
	excludes := !s.q.Not.zero()
	var limits []func(int32) bool
	for i := range s.r.opts.Limits {
		if l := &s.r.opts.Limits[i]; !l.allows(s.who) {
			limits = append(limits, l.Of.on(g))
		}
	}
	return func(n int32) bool {
		return g.Offered(n) && !g.Coming(n, s.q.At) && only(n) && !(excludes && not(n)) &&
			!slices.ContainsFunc(limits, func(of func(int32) bool) bool { return of(n) })
	}
}

// allows reports whether somebody may have what the limit is of; nil is nobody
// known.
func (l *Limit) allows(p *person) bool {
	if p == nil {
		return l.MinAge == 0 && len(l.Countries) == 0
	}
	return (l.MinAge == 0 || p.age >= l.MinAge) && (len(l.Countries) == 0 || slices.Contains(l.Countries, p.country))
}

// past leaves out what the customer's purchases and what they were shown forbid.
func (s *serving) past(g *goods.Goods) {
	s.taken = map[int32]int32{}
	for _, b := range s.who.bought {
		for _, line := range b.Lines {
			if n, ok := g.Number(crm.ProductID(line.Product)); ok {
				s.taken[n] = b.Day
			}
		}
	}
	switch {
	case s.q.Repeat == RepeatOnly:
		for n := range s.allowed {
			if _, ok := s.taken[int32(n)]; !ok {
				s.allowed[n] = false
			}
		}
	case s.q.Repeat == RepeatExclude:
		for n := range s.taken {
			s.allowed[n] = false
		}
	}
	for n, day := range s.taken {
		if s.q.Rest > 0 && day > s.today-int32(s.q.Rest) {
			s.allowed[n] = false
		}
	}
	for id := range s.who.shown {
		if n, ok := g.Number(id); ok {
			s.allowed[n] = false
		}
	}
}

// check reads the records of what is in the list, and returns what may not be in it
// by them.
func (s *serving) check(ctx context.Context) (gone []int32, err error) {
	if s.tx == nil {
		return nil, nil
	}
	// The rules are asked again, of a catalog of these records alone.
	now := goods.New(s.r.book.Convert)
	s.records = make(map[int32]*crm.Product, len(s.list))
	ids := s.ids(s.list)
	for i, c := range s.list {
		p, err := s.tx.Products.Get(ctx, ids[i])
		if errors.Is(err, crm.ErrNotFound) {
			gone = append(gone, c.number)
			continue
		}
		if err != nil {
			return nil, err
		}
		now.Put(p)
		s.records[c.number] = p
	}
	may := s.rules(now)
	for i, c := range s.list {
		p := s.records[c.number]
		if p == nil {
			continue
		}
		n, _ := now.Number(ids[i])
		if !may(n) || s.q.Allow != nil && !s.q.Allow(p) {
			gone = append(gone, c.number)
		}
	}
	return gone, nil
}

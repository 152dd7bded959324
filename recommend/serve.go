package recommend

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/intake"
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
	among          []bool             // by customer of the models: whose purchases make products popular; nil: all
	wants          Stage              // what the question is answered from when there is something to go by
	session        bool               // the cart of the query is what was looked at
	short          Lack               // why the list is not full, if it is not by the rules
	answers        []*model.Answer    // given back when the list is told
	rankings       []*ranking         // of the rungs that were needed
	list           []candidate
	kept           []candidate            // for which boosts keep places
	records        map[int32]*crm.Product // of what was in the list, as they stand; nil: gone
	now            *goods.Goods           // these records alone
	brands, groups map[int32]int
}

// A candidate is a product that may be in the list.
type candidate struct {
	number int32
	model  int32
	score  float32
	from   *ranking
	pinned bool
}

// A ranking puts products into an order, for one stage.
type ranking struct {
	stage Stage
	// score says how good products are by the numbers of the models, those that keep
	// lets in: nil for all.
	score []float32
	keep  func(model int32) bool
	// chance says that scores are none of logarithms: what is twice as likely has
	// twice the score.
	chance  bool
	boosted []float32 // score with the boosts
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
	full, err := q.filled(r.now(), r.currency())
	if err != nil {
		return nil, wrap(op, id, err)
	}
	state, err := r.fresh(ctx)
	if err != nil {
		return nil, wrap(op, id, err)
	}
	among, err := state.among(ctx, full.Among)
	if err != nil {
		return nil, wrap(op, id, err)
	}
	var list *List
	err = r.view(ctx, func(ctx context.Context, tx *crm.Tx) error {
		s := &serving{r: r, tx: tx, state: state, q: &full, about: about, among: among}
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
	for round := 0; ; round++ {
		s.fill(rungs)
		gone, err := s.check(ctx, s.unread(round))
		if err != nil {
			return nil, err
		}
		if len(gone) == 0 {
			break
		}
		for _, n := range gone {
			s.forbid(n)
		}
	}
	list := s.told()
	for _, a := range s.answers {
		a.Done()
	}
	return list, ctx.Err()
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
		s.allowed = g.Offers(s.q.At)
		if may := s.narrow(g); may != nil {
			for n, ok := range s.allowed {
				s.allowed[n] = ok && may(int32(n))
			}
		}
		for _, id := range slices.Concat(s.about, s.q.Seen) {
			if n, ok := g.Number(id); ok {
				s.forbid(n)
			}
		}
		switch {
		case s.known():
			s.past(g)
		case s.q.Repeat == RepeatOnly: // of whom nothing is known bought nothing
			clear(s.allowed)
		}
		for _, b := range s.q.Boosts {
			s.sieves = append(s.sieves, b.Of.on(g))
		}
	})
}

// known reports whether anything of whom the list is for may be used.
func (s *serving) known() bool { return s.who != nil && !s.who.objected }

// narrow returns what of all that is offered may be sold to this person now,
// whatever they bought; nil for all.
func (s *serving) narrow(g *goods.Goods) func(n int32) bool {
	only, not := s.q.Only.on(g), s.q.Not.on(g)
	excludes := !s.q.Not.zero()
	var limits []func(int32) bool
	for i := range s.r.opts.Limits {
		if l := &s.r.opts.Limits[i]; !l.allows(s.who) {
			limits = append(limits, l.Of.on(g))
		}
	}
	if s.q.Only.zero() && !excludes && len(limits) == 0 {
		return nil
	}
	return func(n int32) bool {
		return only(n) && !(excludes && not(n)) &&
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
	first, last := map[int32]int32{}, map[int32]int32{} // by number: the days on which it was bought
	for _, b := range s.who.bought {
		for _, line := range b.Lines {
			n, ok := intake.Product(g, line.Product)
			if !ok {
				continue
			}
			if _, ok := first[n]; !ok {
				first[n] = b.Day
			}
			last[n] = b.Day
		}
	}
	if s.q.Repeat == RepeatOnly {
		for n := range s.allowed {
			day, ok := first[int32(n)]
			s.allowed[n] = s.allowed[n] && ok && day <= s.today
		}
	}
	for n, day := range last {
		if s.q.Repeat == RepeatExclude || s.q.Rest > 0 && day > s.today-int32(s.q.Rest) {
			s.forbid(n)
		}
	}
	for id := range s.who.shown {
		if n, ok := g.Number(id); ok {
			s.forbid(n)
		}
	}
}

// may reports whether a product may be in the list: none that came since the
// question was asked.
func (s *serving) may(n int32) bool { return n >= 0 && int(n) < len(s.allowed) && s.allowed[n] }

func (s *serving) forbid(n int32) {
	if int(n) < len(s.allowed) {
		s.allowed[n] = false
	}
}

// unread returns the products of the list whose records were not read yet. When
// several lists did not pass, it is ever more of those that come next, too.
func (s *serving) unread(round int) []int32 {
	if s.tx == nil {
		return nil
	}
	var out []int32
	add := func(list []candidate) {
		for _, c := range list {
			if _, ok := s.records[c.number]; !ok && !slices.Contains(out, c.number) {
				out = append(out, c.number)
			}
		}
	}
	add(s.list)
	if round > 1 {
		for _, r := range s.rankings {
			add(s.best(r, s.q.N<<min(round, 10), nil))
		}
	}
	return out
}

// check reads the records of products, and returns what of them may not be in the
// list by these, and what of the list is one too many of a brand or a category.
func (s *serving) check(ctx context.Context, unread []int32) (gone []int32, err error) {
	if s.tx == nil {
		return nil, nil
	}
	if s.now == nil {
		s.now, s.records = goods.Plain(s.r.book.Convert), map[int32]*crm.Product{}
	}
	ids := s.ids(unread)
	for i, n := range unread {
		p, err := s.tx.Products.Get(ctx, ids[i])
		if err != nil && !errors.Is(err, crm.ErrNotFound) {
			return nil, err
		}
		if s.records[n] = p; err != nil {
			s.records[n] = nil
			gone = append(gone, n)
			continue
		}
		s.now.Put(p)
	}
	// The rules are asked again, of a catalog of these records alone.
	offered, may := s.now.Offers(s.q.At), s.narrow(s.now)
	for i, n := range unread {
		if p := s.records[n]; p != nil {
			if at, _ := s.now.Number(ids[i]); !offered[at] || may != nil && !may(at) || s.q.Allow != nil && !s.q.Allow(p) {
				gone = append(gone, n)
			}
		}
	}
	if len(gone) > 0 {
		return gone, nil
	}
	brands, groups := map[int32]int{}, map[int32]int{}
	for i, id := range s.ids(s.numbers()) {
		at, _ := s.now.Number(id)
		b, c := s.now.Brand(at), s.now.Category(at)
		brands[b]++
		groups[c]++
		if s.q.PerBrand > 0 && b != goods.None && brands[b] > s.q.PerBrand || s.q.PerCategory > 0 && c != goods.None && groups[c] > s.q.PerCategory {
			return []int32{s.list[i].number}, nil
		}
	}
	return nil, nil
}

package recommend

import (
	"context"
	"errors"
	"slices"
	"strings"

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

	room           *room
	verdicts       []verdict          // by number, of those that were asked about
	fits           func(n int32) bool // by number: what the rules let in of all that is offered; nil: all
	sieves         []func(int32) bool // of the boosts
	crowd          crowd
	wants          Stage           // what the question is answered from when there is something to go by
	session        bool            // the cart of the query is what was looked at
	short          Lack            // why the list is not full, if it is not by the rules
	answers        []*model.Answer // given back when the list is told
	rankings       []*ranking      // of the rungs that were needed
	list           []candidate
	kept           []candidate            // for which boosts keep places
	records        map[int32]*crm.Product // of what was in the list, as they stand; nil: gone
	now            *goods.Goods           // those alone that are not as they were known
	brands, groups map[int32]int
	names          []crm.ProductID // room for those that reasons name
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
	// score says how good products are by the numbers of the models, nothing of which
	// are in no list: those that are in of, ascending, nil for all, and that keep lets
	// in, nil for all.
	score []float32
	of    []int32
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
	crowd, err := r.crowd(ctx, state, &full)
	if err != nil {
		return nil, wrap(op, id, err)
	}
	var list *List
	err = r.view(ctx, func(ctx context.Context, tx *crm.Tx) error {
		s := &serving{r: r, tx: tx, state: state, q: &full, about: about, crowd: crowd}
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
	s.room = rooms.Get().(*room)
	defer s.room.done()
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
		all := unasked
		if s.q.Repeat == RepeatOnly {
			all = forbidden
		}
		s.verdicts, s.fits = s.room.judge(g.Len(), all), s.narrow(g)
		if s.known() {
			s.past(g)
		}
		for _, list := range [][]crm.ProductID{s.about, s.q.Seen} {
			for _, id := range list {
				if n, ok := g.Number(id); ok {
					s.forbid(n)
				}
			}
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
	return (l.MinAge == 0 || p.age >= l.MinAge) && (len(l.Countries) == 0 || slices.ContainsFunc(l.Countries, func(c string) bool { return strings.EqualFold(c, p.country) }))
}

// past leaves out what the customer's purchases and what they were shown forbid.
func (s *serving) past(g *goods.Goods) {
	if s.q.Repeat == RepeatAllow && s.q.Rest == 0 && len(s.who.disliked)+len(s.who.shown) == 0 {
		return
	}
	first, last := map[int32]int32{}, map[int32]int32{} // by number: the days on which it was bought
	chosen := map[int32]bool{}                          // of what was shown
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
			chosen[n] = chosen[n] || b.Day <= s.today && b.Day > s.today-int32(s.q.Fresh)
		}
	}
	if s.q.Repeat == RepeatOnly {
		for n, day := range first {
			if day <= s.today {
				s.verdicts[n] = unasked
			}
		}
	}
	for n, day := range last {
		if s.q.Repeat == RepeatExclude || s.q.Rest > 0 && day > s.today-int32(s.q.Rest) {
			s.forbid(n)
		}
	}
	for _, b := range s.who.disliked {
		for _, line := range b.Lines {
			n, ok := intake.Product(g, line.Product)
			if day, again := last[n]; ok && b.Day <= s.today && !(again && day > b.Day) {
				s.forbid(n)
			}
		}
	}
	for id := range s.who.shown {
		if n, ok := g.Number(id); ok && !chosen[n] {
			s.forbid(n)
		}
	}
}

// may reports whether a product may be in the list: none that came since the
// question was asked, and of the others always the same.
func (s *serving) may(g *goods.Goods, n int32) bool {
	if uint32(n) >= uint32(len(s.verdicts)) {
		return false
	}
	v := &s.verdicts[n]
	if *v == unasked {
		if *v = forbidden; s.sells(g, s.fits, n) {
			*v = allowed
		}
	}
	return *v == allowed
}

// sells reports whether a product may be sold to this person now, whatever they
// bought: it is offered, and fits the rules.
func (s *serving) sells(g *goods.Goods, fits func(n int32) bool, n int32) bool {
	return g.Offered(n) && !g.Coming(n, s.q.At) && (fits == nil || fits(n))
}

func (s *serving) forbid(n int32) {
	if int(n) < len(s.verdicts) {
		s.verdicts[n] = forbidden
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
		s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
			for _, r := range s.rankings {
				add(s.best(g, r, s.q.N<<min(round, 10), nil))
			}
		})
	}
	return out
}

// check reads the records of products, and returns what of them may not be in the
// list by these, and what of the list is one too many of a brand or a category.
func (s *serving) check(ctx context.Context, unread []int32) (gone []int32, err error) {
	if s.tx == nil {
		return nil, nil
	}
	if s.records == nil {
		s.records = make(map[int32]*crm.Product, len(unread))
	}
	for i, id := range s.ids(unread) {
		p, err := s.tx.Products.Get(ctx, id)
		if err != nil && !errors.Is(err, crm.ErrNotFound) {
			return nil, err
		}
		if s.records[unread[i]] = p; err != nil {
			s.records[unread[i]] = nil
		}
	}
	ok := s.sold(unread)
	for i, n := range unread {
		if p := s.records[n]; !ok[i] || s.q.Allow != nil && !s.q.Allow(p) {
			gone = append(gone, n)
		}
	}
	if len(gone) > 0 || s.q.PerBrand+s.q.PerCategory == 0 {
		return gone, nil
	}
	return s.crowded(), nil
}

// sold reports of products whether their records say that they may be sold. Where
// a record is as it is known, the rules are asked of what is known; of a catalog of
// the others alone they are asked again.
func (s *serving) sold(numbers []int32) []bool {
	ok := make([]bool, len(numbers))
	var other []int
	s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
		for i, n := range numbers {
			switch p := s.records[n]; {
			case p == nil:
			case g.Same(n, p):
				ok[i] = s.sells(g, s.fits, n)
			default:
				other = append(other, i)
			}
		}
	})
	if len(other) == 0 {
		return ok
	}
	if s.now == nil {
		s.now = goods.Plain(s.r.book.Convert)
	}
	for _, i := range other {
		s.now.Put(s.records[numbers[i]])
	}
	fits := s.narrow(s.now)
	for _, i := range other {
		n, _ := s.now.Number(s.records[numbers[i]].ID)
		ok[i] = s.sells(s.now, fits, n)
	}
	return ok
}

// crowded returns what of the list is one too many of a brand or a category, by the
// records.
func (s *serving) crowded() (gone []int32) {
	brands, groups := map[int32]int{}, map[int32]int{}
	count := func(g *goods.Goods, n int32, c candidate) {
		b, k := g.Brand(n), g.Category(n)
		brands[b]++
		groups[k]++
		if gone == nil && (s.q.PerBrand > 0 && b != goods.None && brands[b] > s.q.PerBrand || s.q.PerCategory > 0 && k != goods.None && groups[k] > s.q.PerCategory) {
			gone = []int32{c.number}
		}
	}
	if s.now == nil { // all are as they are known
		s.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
			for _, c := range s.list {
				count(g, c.number, c)
			}
		})
		return gone
	}
	for _, c := range s.list {
		s.now.Put(s.records[c.number])
		n, _ := s.now.Number(s.records[c.number].ID)
		count(s.now, n, c)
	}
	return gone
}

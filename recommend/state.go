package recommend

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/eval"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
	"github.com/seed-9cb3708a/clientele/store"
)

// A state is the models of a shop and what they were made of. It is never changed
// and safe for concurrent use.
type state struct {
	at      time.Time
	known   known        // whose numbers of goods are meant
	cursor  store.Cursor // up to which events they know everything
	day     int32        // the first that the models know nothing of
	window  int32
	had     size        // how much was known of the shop
	log     *ledger.Log // what was bought
	numbers map[string]int32
	of      []int32 // by product of the log: its number among the goods
	places  []int32 // by number among the goods: that of the log, -1 for none
	shop    *model.Shop
	again   *model.Repeat
	spans   *spans
	lands   *lands
	buyers  []int32                           // by product: who bought it within the window, each once
	sold    []bool                            // by product: ever
	usual   [len(model.Shop{}.Blends)]float32 // by question: what popularity adds to a product on average
}

// learn makes the models of what is known.
func (r *Recommender) learn(ctx context.Context, at time.Time) (*state, error) {
	at = at.UTC().Truncate(time.Millisecond)
	s := &state{at: at, known: r.rows, day: ledger.Day(at.In(r.opts.Location)) + 1, window: int32(r.opts.Horizon)} // what was bought today is known
	if r.book != nil {
		k := r.keeper.Load()
		s.known, s.cursor = k, k.Cursor()
	}
	of := s.take()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if n := len(s.log.Day); n > 0 { // a shop that sells nothing any more is as it was when it did
		if last := slices.Max(s.log.Day) + 1; last < s.day-s.window {
			s.day = last
		}
	}
	settings, err := model.Tune(ctx, of, s.day, model.Settings{Window: s.window})
	if err != nil {
		return nil, err
	}
	if s.shop, err = model.Train(ctx, of, s.day, settings); err != nil {
		return nil, err
	}
	if s.again, err = model.NewRepeat(ctx, s.log, s.day, s.window); err != nil {
		return nil, err
	}
	s.rest()
	return s, ctx.Err()
}

// A size is how large a shop is: its orders, what came back with them, and products.
type size struct{ orders, products int }

func measure(l *ledger.Ledger, g *goods.Goods) size {
	return size{l.Count(ledger.Bought), g.Products()}
}

// outgrew reports whether a shop is more than twice as large as it was, so that what was
// learned of it says little; of a large one it does.
func (s size) outgrew(was size, large int) bool {
	return was.orders < large && s.orders > 2*was.orders || was.products < large && s.products > 2*was.products
}

// outgrown reports whether the shop outgrew the models.
func (s *state) outgrown(large int) (is bool) {
	s.known.Read(func(l *ledger.Ledger, g *goods.Goods) { is = measure(l, g).outgrew(s.had, large) })
	return is
}

// take takes the columns of which models are made from what is known as it is now,
// while changes and questions go on.
func (s *state) take() model.Goods {
	var catalog []string
	var still *ledger.Still
	s.known.Read(func(l *ledger.Ledger, g *goods.Goods) {
		catalog = make([]string, 0, g.Products())
		for n := range int32(g.Len()) {
			if g.Has(n) {
				catalog = append(catalog, string(g.ID(n)))
			}
		}
		still, s.had = l.Still(), measure(l, g)
	})
	s.log = until(still.Log(ledger.Bought, catalog), s.at)
	of := model.Goods{Log: s.log, Seen: map[ledger.Kind]*ledger.Log{}}
	s.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
		s.bind(g)
		for _, n := range s.of {
			text := ""
			if n >= 0 {
				text = g.Text(n)
			}
			of.Texts = append(of.Texts, text)
		}
	})
	for _, kind := range sights {
		if seen := still.Log(kind, catalog); seen.Baskets() > 0 {
			of.Seen[kind] = seen
		}
	}
	return of
}

// until returns a log without what is later than a time.
func until(l *ledger.Log, at time.Time) *ledger.Log {
	last := at.Unix()
	if !slices.ContainsFunc(l.Time, func(t int64) bool { return t > last }) {
		return l
	}
	return l.Keep(func(b int32) bool { return l.Time[b] <= last })
}

// rest makes what is quickly made of the log, and not saved.
func (s *state) rest() {
	s.spans, s.lands = newSpans(len(s.of)), newLands()
	s.buyers = buyers(s.log, s.day-s.window, math.MaxInt32, nil)
	s.sold = make([]bool, len(s.of))
	for _, p := range s.log.Product {
		s.sold[p] = true
	}
	for q := range s.usual {
		s.usual[q] = s.popularity(s.shop.Blends[q])
	}
}

// mostUsual is of how many products the popularity is looked at.
const mostUsual = 500

// popularity returns what popularity adds to a product on average.
func (s *state) popularity(b *model.Blend) float32 {
	var sample []int32
	for p := 0; p < len(s.of); p += max(1, len(s.of)/mostUsual) {
		sample = append(sample, int32(p))
	}
	var sum float32
	for _, whys := range b.Why(&model.Query{Day: s.day, Past: []model.Item{{Day: s.day, Quantity: 1}}}, sample) {
		for _, w := range whys {
			if popular(w.Model) {
				sum += w.Score
			}
		}
	}
	return sum / float32(max(1, len(sample)))
}

// popular reports whether a model says the same to everybody.
func popular(of int) bool {
	switch model.Names[of] {
	case "popular", "month", "week", "days":
		return true
	}
	return false
}

// buyers returns how many customers bought each product from one day to another, both
// included: those that counts lets in, nil for all. Each basket of nobody known counts
// as one.
func buyers(l *ledger.Log, from, to int32, counts func(customer int32) bool) []int32 {
	n := make([]int32, len(l.Products))
	last := make([]int32, len(l.Products)) // customer plus one
	for b := range int32(l.Baskets()) {
		if l.Day[b] < from || l.Day[b] > to || counts != nil && !counts(l.Customer[b]) {
			continue
		}
		c := l.Customer[b] + 1
		for _, p := range l.Lines(b) {
			if c == 0 || last[p] != c {
				n[p]++
			}
			last[p] = c
		}
	}
	return n
}

// items puts what a customer took until a day into the numbers of the models.
func (s *state) items(baskets []ledger.Basket, until int32) []model.Item {
	var out []model.Item
	n := int32(0)
	for _, b := range baskets {
		from := len(out)
		for _, line := range b.Lines {
			if p, ok := s.numbers[line.Product]; ok && b.Day <= until {
				out = append(out, model.Item{Product: p, Quantity: line.Quantity, Day: b.Day, Basket: n})
			}
		}
		if len(out) > from {
			n++
		}
	}
	return out
}

// sights are the kinds of baskets that tell what somebody looked at.
var sights = []ledger.Kind{ledger.Viewed, ledger.Searched, ledger.Tried, ledger.Carted, ledger.Wished, ledger.Rated}

// sights puts what a customer looked at until a day into the numbers of the models.
func (s *state) sights(baskets []ledger.Basket, until int32) []model.Sight {
	var out []model.Sight
	for _, b := range baskets {
		for _, line := range b.Lines {
			if p, ok := s.numbers[line.Product]; ok && b.Day <= until {
				out = append(out, model.Sight{Product: p, Day: b.Day, Kind: b.Kind})
			}
		}
	}
	return out
}

// sour returns when products were rated badly until a day.
func (s *state) sour(disliked []ledger.Basket, until int32) map[int32]int32 {
	last := map[int32]int32{}
	for _, i := range s.items(disliked, until) {
		last[i.Product] = i.Day
	}
	return last
}

// foresee answers a question of a test: without the rules of a shop.
func (s *state) foresee(r *Recommender, q *eval.Query, k int) []string {
	mq := model.Query{Day: s.day}
	if !q.At.IsZero() && !q.At.Before(s.at) {
		mq.Day = ledger.Day(q.At.In(r.opts.Location))
	}
	if mq.Day > s.day+s.window { // see learn
		mq.Day = s.day
	}
	s.known.Read(func(l *ledger.Ledger, _ *goods.Goods) {
		mq.Past, mq.Seen = s.items(l.Baskets(q.Customer, ledger.Bought), mq.Day), s.sights(l.Baskets(q.Customer, sights...), mq.Day)
	})
	for _, id := range q.Items {
		if p, ok := s.numbers[id]; ok && !slices.Contains(mq.Cart, p) {
			mq.Cart = append(mq.Cart, p)
		}
	}
	scores := make([]float32, len(s.log.Products))
	s.shop.Blends[questionOf(q.Kind)].Score(&mq, scores)
	var list []string
	for _, p := range model.Top(nil, scores, k, func(p int32) bool { return q.Eligible(s.log.Products[p]) }) {
		list = append(list, s.log.Products[p])
	}
	return list
}

func questionOf(kind eval.Kind) model.Question {
	switch kind {
	case eval.NextNew:
		return model.Fresh
	case eval.NextAgain:
		return model.Again
	case eval.Cart:
		return model.Cart
	case eval.Session:
		return model.Next
	}
	return model.Any
}

// bind ties the products of the models to those of a catalog.
func (s *state) bind(g *goods.Goods) {
	s.numbers, s.of, s.places = make(map[string]int32, len(s.log.Products)), make([]int32, len(s.log.Products)), make([]int32, g.Len())
	for n := range s.places {
		s.places[n] = -1
	}
	for p, id := range s.log.Products {
		s.numbers[id] = int32(p)
		s.of[p] = -1
		if n, ok := g.Number(crm.ProductID(id)); ok {
			s.of[p], s.places[n] = n, int32(p)
		}
	}
}

// boundTo returns the models with the numbers of what another keeper knows.
func (s *state) boundTo(k known) *state {
	bound := *s
	bound.known = k
	k.Read(func(_ *ledger.Ledger, g *goods.Goods) { bound.bind(g) })
	return &bound
}

// model returns the number by which the models know a product, or -1.
func (s *state) model(n int32) int32 {
	if int(n) >= len(s.places) {
		return -1
	}
	return s.places[n]
}

package recommend

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"runtime"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// A Buyer is a customer who may buy a product, with what speaks for it.
type Buyer struct {
	CustomerID crm.CustomerID `json:"customer_id"`
	// Score compares the customers of one answer, the likeliest highest. It has no
	// unit.
	Score float64 `json:"score"`
	// Reasons are what the score comes from, the strongest first: at least one.
	Reasons []crm.Reason `json:"reasons"`
	// Due is the day on which the customer is expected to buy the product again,
	// also when that is over; zero where that is not known.
	Due time.Time `json:"due,omitzero"`
}

// mostBuyers is how many there are at most, and usualBuyers how many when the query
// does not say.
const (
	mostBuyers  = 100_000
	usualBuyers = 1000
)

// buyersAtOnce is of how many customers the records are read in one View.
const buyersAtOnce = 100

// WhoWouldBuy yields the customers who are likeliest to buy a product, the best first:
// those who buy it again, as far as they come at all, and those who bought what goes
// with it. It is the list to write to, and whom nothing speaks for is not in it. Of q
// these count: N, from 0, which is 1,000, to 100,000; At, Country, and Among, such as
// the Audience of a segment; Repeat, Rest and Fresh, which are asked of this product;
// and the limits of the options. Whether the product may be sold now is not asked, as
// it may be about to come. Nil q is the zero query.
//
// Whoever objected to profiling, was erased or must not have the product is left
// out, by the records as they stand when a customer is yielded. Customers whose
// first order came after the models were made are in the next ones. Customers are
// yielded outside of any transaction, but within that of [Recommender.In].
//
// It yields at most one error, at the end: an [*crm.InvalidError] for a query, one
// that wraps [crm.ErrNotFound] for a product that is not in the catalog, that of ctx,
// or one of the store.
func (r *Recommender) WhoWouldBuy(ctx context.Context, product crm.ProductID, q *Query) iter.Seq2[Buyer, error] {
	return func(yield func(Buyer, error) bool) {
		if err := r.wouldBuy(ctx, product, q, func(b Buyer) bool { return yield(b, nil) }); err != nil {
			yield(Buyer{}, wrap("WhoWouldBuy", "", err))
		}
	}
}

// A demand is the question who would buy a product, while it is answered.
type demand struct {
	r       *Recommender
	state   *state
	q       *Query
	product crm.ProductID
	number  int32 // among the goods
	model   int32
	today   int32
	day     int32 // as of which models are asked
	column  *model.Column
	first   float64   // what taste counts for a chance, of who never bought it
	comes   []float64 // by customer of the log: how likely they come at all
}

func (r *Recommender) wouldBuy(ctx context.Context, product crm.ProductID, q *Query, yield func(Buyer) bool) error {
	var full Query
	if q != nil {
		full = *q
	}
	n := cmp.Or(full.N, usualBuyers)
	full.N = 0
	full, err := full.filled(r.now(), r.currency())
	if n < 0 || n > mostBuyers {
		var f faults
		if others, ok := errors.AsType[*crm.InvalidError](err); ok {
			f = others.Fields
		}
		f.add("n", fmt.Sprint(n), fmt.Sprintf("0 to %d", mostBuyers))
		err = f.err()
	}
	if err != nil {
		return err
	}
	st, err := r.fresh(ctx)
	if err != nil {
		return err
	}
	d := &demand{r: r, state: st, q: &full, product: product, today: ledger.Day(full.At.In(r.opts.Location))}
	if d.day = d.today; d.today > st.day+st.window { // see learn
		d.day = st.day
	}
	found := false
	st.known.Read(func(_ *ledger.Ledger, g *goods.Goods) { d.number, found = g.Number(product) })
	if !found {
		return noProduct("WhoWouldBuy", product)
	}
	if d.model = st.model(d.number); d.model < 0 {
		return nil // it came after the models were made
	}
	d.column = st.shop.Column(d.model)
	crowd, err := r.crowd(ctx, st, &full)
	if err != nil {
		return err
	}
	told := map[crm.CustomerID]bool{}
	for batch := range slices.Chunk(d.rank(ctx, crowd), buyersAtOnce) {
		var buyers []Buyer
		err := r.view(ctx, func(ctx context.Context, tx *crm.Tx) error {
			buyers = buyers[:0]
			for _, c := range batch {
				b, ok, err := d.buyer(ctx, tx, c.customer)
				if err != nil {
					return err
				}
				if ok {
					b.Score = c.score // its order is that of the models
					buyers = append(buyers, b)
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
		for _, b := range buyers {
			if err := ctx.Err(); err != nil {
				return err
			}
			if told[b.CustomerID] { // two ids of one person
				continue
			}
			told[b.CustomerID] = true
			if !yield(b) {
				return nil
			}
			if n--; n == 0 {
				return nil
			}
		}
	}
	return ctx.Err()
}

// A prospect is a customer of the log, and how likely they buy the product.
type prospect struct {
	customer int32
	score    float64
}

// rank returns the customers for whom anything speaks, the likeliest first. It goes
// over what each of them bought, once, on all processors.
func (d *demand) rank(ctx context.Context, crowd crowd) []prospect {
	l := d.state.log
	tastes := make([]prospect, len(l.Customers)) // of 0: nothing speaks for them
	took := make([]bool, len(l.Customers))
	const step = 256 // customers at a time: others are answered between them
	parallel((len(l.Customers)+step-1)/step, func(i int) {
		last := map[int32]int32{}
		for c := int32(i * step); c < int32(min((i+1)*step, len(l.Customers))) && ctx.Err() == nil; c++ {
			if crowd.has(c) {
				tastes[c] = prospect{c, d.taste(c, last)}
				took[c] = d.took(c)
			}
		}
	})
	d.scale(tastes, took)
	d.comes = d.coming()
	parallel((len(l.Customers)+step-1)/step, func(i int) {
		for c := i * step; c < min((i+1)*step, len(l.Customers)) && ctx.Err() == nil; c++ {
			p := &tastes[c]
			p.score = d.chance(p.score)
			switch {
			case took[c] && d.q.Repeat == RepeatExclude, !took[c] && d.q.Repeat == RepeatOnly:
				p.score = 0
			case took[c]:
				p.score = d.both(p.score, d.again(int32(c), model.Past(l, int32(c), d.today+1)))
			}
		}
	})
	tastes = slices.DeleteFunc(tastes, func(p prospect) bool { return !(p.score > 0) })
	slices.SortFunc(tastes, func(a, b prospect) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.customer, b.customer))
	})
	return tastes
}

// taste returns how much what a customer bought speaks for the product: each of it
// once, the older the less. room is for their products.
func (d *demand) taste(c int32, room map[int32]int32) float64 {
	l := d.state.log
	var sum float64
	clear(room)
	for b := l.Of[c+1] - 1; b >= l.Of[c]; b-- { // the last first
		if l.Day[b] > d.today {
			continue
		}
		for _, p := range l.Lines(b) {
			if w := d.column.Weights[p]; w != 0 {
				if _, ok := room[p]; !ok {
					room[p] = b
					sum += float64(w * d.column.Fade(d.day-l.Day[b]))
				}
			}
		}
	}
	return sum
}

// took reports whether a customer bought the product until the day that is asked of.
func (d *demand) took(c int32) bool {
	l := d.state.log
	return slices.Contains(l.Product[l.Start[l.Of[c]]:l.Start[d.until(c, d.today+1)]], d.model)
}

// until returns the first basket of a customer that is not before a day.
func (d *demand) until(c, day int32) int32 {
	l := d.state.log
	from := l.Of[c]
	return from + int32(sort.Search(int(l.Of[c+1]-from), func(i int) bool { return l.Day[from+int32(i)] >= day }))
}

// A pace is how often somebody came until a day, and how long ago they did last, in
// steps that double.
type pace struct{ times, age int }

func (d *demand) pace(c, day int32) pace {
	l, end := d.state.log, d.until(c, day)
	if end == l.Of[c] {
		return pace{}
	}
	return pace{bits.Len32(uint32(end - l.Of[c])), bits.Len32(uint32(4 * (day - l.Day[end-1]) / d.state.window))}
}

// fewComers is for how many customers the share of all stands among those of a pace.
const fewComers = 5

// coming returns how likely each customer buys anything within the window: as likely
// as those did who were at the same pace when the last one began. Where nobody did,
// nothing is known of it, and all are equal.
func (d *demand) coming() []float64 {
	l := d.state.log
	cut := d.state.day - d.state.window
	var customers, came int
	of := map[pace][2]int{}
	for c := range int32(len(l.Customers)) {
		p := d.pace(c, cut)
		if p.times == 0 {
			continue
		}
		n := of[p]
		n[0]++
		customers++
		if d.until(c, cut) < d.until(c, d.state.day) {
			n[1]++
			came++
		}
		of[p] = n
	}
	comes := make([]float64, len(l.Customers))
	for c := range comes {
		if comes[c] = 1; came > 0 {
			n := of[d.pace(int32(c), d.day)]
			comes[c] = (float64(n[1]) + fewComers*float64(came)/float64(customers)) / (float64(n[0]) + fewComers)
		}
	}
	return comes
}

// scale works out what taste counts for: so much that it comes to as many new buyers
// as there were in the last window.
func (d *demand) scale(tastes []prospect, took []bool) {
	l := d.state.log
	var sum float64
	fresh := 1.0
	for c, p := range tastes {
		if !took[c] {
			sum += max(0, p.score)
			continue
		}
		for b := l.Of[c]; b < l.Of[c+1]; b++ {
			if slices.Contains(l.Lines(b), d.model) { // the first time
				if l.Day[b] >= d.state.day-d.state.window {
					fresh++
				}
				break
			}
		}
	}
	if d.first = 1; sum > 0 {
		d.first = fresh / sum
	}
}

// chance returns what a taste comes to.
func (d *demand) chance(taste float64) float64 { return min(max(0, taste*d.first), .9) }

// both returns how likely somebody buys the product again, or for its like.
func (d *demand) both(taste, again float64) float64 { return again + taste*(1-again)/2 }

// again returns how likely a customer comes, and goes on with a past by the product.
func (d *demand) again(c int32, past []model.Item) float64 {
	return d.comes[c] * d.state.again.Chance(past, d.day, d.model)
}

// buyer reads the records of a customer of the log, and returns what speaks for the
// product by what is known now; false when they may not be told of it.
func (d *demand) buyer(ctx context.Context, tx *crm.Tx, c int32) (b Buyer, ok bool, err error) {
	who, err := d.r.person(ctx, tx, d.state, crm.CustomerID(d.state.log.Customers[c]), d.q)
	if errors.Is(err, crm.ErrNotFound) || errors.Is(err, crm.ErrErased) {
		return b, false, nil
	}
	if err != nil || who.objected || who.shown[d.product] {
		return b, false, err
	}
	limited := false
	d.state.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
		for i := range d.r.opts.Limits {
			l := &d.r.opts.Limits[i]
			limited = limited || !l.allows(who) && l.Of.on(g)(d.number)
		}
	})
	if limited {
		return b, false, nil
	}
	b.CustomerID = who.id
	s := &serving{r: d.r, state: d.state, who: who}
	s.query.Past = d.state.items(who.bought, d.today)
	own := s.boughtBefore(d.model)
	switch bought := own.Count > 0; {
	case bought && d.q.Repeat == RepeatExclude, !bought && d.q.Repeat == RepeatOnly,
		bought && d.q.Rest > 0 && ledger.Day(own.At.In(d.r.opts.Location)) > d.today-int32(d.q.Rest):
		return b, false, nil
	}
	if day, ok := d.state.sour(who.disliked, d.today)[d.model]; ok && (own.Count == 0 || day >= ledger.Day(own.At.In(d.r.opts.Location))) {
		return b, false, nil
	}
	taste, why := d.why(s.query.Past)
	b.Score = d.chance(taste)
	why.Share = b.Score
	if own.Count > 0 {
		again := d.again(c, s.query.Past)
		b.Score = d.both(b.Score, again)
		own.Share, why.Share = again, b.Score-again
		for _, due := range d.state.again.Dates(s.query.Past, 2) {
			if due.Product == d.model {
				b.Due = date(due.Day, d.r.opts.Location)
				own.Key, own.At = crm.BecauseDue, b.Due
			}
		}
		b.Reasons = append(b.Reasons, own)
	}
	if why.Share > 0 {
		b.Reasons = append(b.Reasons, why)
	}
	slices.SortStableFunc(b.Reasons, func(x, y crm.Reason) int { return cmp.Compare(y.Share, x.Share) })
	for i := range b.Reasons {
		b.Reasons[i].Share /= b.Score
	}
	return b, b.Score > 0, nil
}

// why returns how much a past speaks for the product, and by what.
func (d *demand) why(past []model.Item) (float64, crm.Reason) {
	why := crm.Reason{Key: crm.BecauseBought}
	if d.column.Similar {
		why.Key = crm.BecauseSimilar
	}
	last := map[int32]int32{}
	for _, i := range past {
		if d.column.Weights[i.Product] != 0 {
			last[i.Product] = max(last[i.Product], i.Day)
		}
	}
	var sum float64
	parts := make([]model.Part, 0, len(last))
	for p, day := range last {
		parts = append(parts, model.Part{Product: p, Score: d.column.Weights[p] * d.column.Fade(d.day-day)})
	}
	slices.SortFunc(parts, func(a, b model.Part) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Product, b.Product))
	})
	for _, p := range parts {
		sum += float64(p.Score)
		if p.Score > 0 && len(why.Products) < mostReasons {
			why.Products = append(why.Products, crm.ProductID(d.state.log.Products[p.Product]))
		}
	}
	return sum, why
}

// parallel calls f with the numbers below n, on all processors, and waits.
func parallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

package model

import (
	"context"
	"math"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Lead tells what is bought soon after something else was looked at, over what
// both their numbers make likely.
type Lead struct {
	pairs
	decay decay
}

// mostLead is how many products are kept to which one leads.
const mostLead = 200

// NewLead learns from what customers bought within some days of their sessions,
// before a day. Both logs number products alike, and customers in their own
// way. halfLife is the days after which what was seen counts half; 0 counts all
// the same.
func NewLead(bought, seen *ledger.Log, day, within int32, halfLife float64) *Lead {
	m, _ := newLead(context.Background(), bought, seen, day, within, halfLife)
	return m
}

func newLead(ctx context.Context, bought, seen *ledger.Log, day, within int32, halfLife float64) (*Lead, error) {
	n := len(bought.Products)
	from, to := soonAfter(bought, seen, day, within)
	looked, took, sizes := make([]float64, n), make([]float64, n), make([]int32, n)
	for s := range from {
		if to[s] > from[s] {
			for _, p := range seen.Lines(int32(s)) {
				sizes[p]++
				looked[p]++
			}
		}
	}
	of := lists(sizes)
	for s := range int32(len(from)) {
		if to[s] > from[s] {
			for _, p := range seen.Lines(s) {
				of.add(p, s)
			}
		}
	}
	for b := range int32(bought.Baskets()) {
		if bought.Day[b] < day {
			for _, p := range bought.Lines(b) {
				took[p]++
			}
		}
	}
	table, err := makeRows(ctx, n, mostLead, func() func(int, func(int32, float32)) {
		sums := make([]float32, n)
		var touched []int32
		return func(p int, add func(int32, float32)) {
			for _, s := range of.of(int32(p)) {
				for b := from[s]; b < to[s]; b++ {
					lines := bought.Lines(b)
					share := float32(1 / math.Sqrt(float64(len(lines)*len(seen.Lines(s)))))
					for _, o := range lines {
						if sums[o] == 0 {
							touched = append(touched, o)
						}
						sums[o] += share
					}
				}
			}
			for _, o := range touched {
				if int(o) != p {
					add(o, sums[o]/float32(math.Sqrt((looked[p]+5)*(took[o]+5))))
				}
				sums[o] = 0
			}
			touched = touched[:0]
		}
	})
	return &Lead{pairs{table}, newDecay(halfLife)}, err
}

// soonAfter returns for each session the customer's baskets within some days
// of it.
func soonAfter(bought, seen *ledger.Log, day, within int32) (from, to []int32) {
	from, to = make([]int32, seen.Baskets()), make([]int32, seen.Baskets())
	for c := range seen.Customers {
		who := bought.Who(seen.Customers[c])
		if who < 0 {
			continue
		}
		b, end := bought.Of[who], bought.Of[who+1]
		for s := seen.Of[c]; s < seen.Of[c+1] && seen.Day[s] < day; s++ {
			if len(seen.Lines(s)) > largeBasket {
				continue
			}
			for b < end && bought.Time[b] < seen.Time[s] {
				b++
			}
			last := b
			for last < end && bought.Day[last] < day && int64(bought.Day[last]) <= int64(seen.Day[s])+int64(within) && len(bought.Lines(last)) <= largeBasket {
				last++
			}
			from[s], to[s] = b, last
		}
	}
	return from, to
}

// Score writes what is bought after what was seen and what is in the cart.
func (m *Lead) Score(q *Query, out []float32) { linearly(m, q, out) }

// Reason returns to which sights of the query a product is bought.
func (m *Lead) Reason(q *Query, product int32) []Part { return explained(m, q, product) }

func (m *Lead) hears(a *asked, dst []source) []source { return session.hears(a, dst, &m.decay) }

// translated returns a log with the products of another, less those that the
// other lacks.
func translated(l *ledger.Log, products []string) *ledger.Log {
	numbers := make([]int32, len(l.Products))
	other := &ledger.Log{Products: products}
	for i, p := range l.Products {
		numbers[i] = other.Number(p)
	}
	out := &ledger.Log{Products: products, Customers: l.Customers, Start: []int32{0}}
	take := func(from, to int32) {
		out.Of = append(out.Of, int32(len(out.Customer)))
		for b := from; b < to; b++ {
			size := len(out.Product)
			for i := l.Start[b]; i < l.Start[b+1]; i++ {
				if n := numbers[l.Product[i]]; n >= 0 {
					out.Product = append(out.Product, n)
					out.Quantity = append(out.Quantity, l.Quantity[i])
				}
			}
			if len(out.Product) == size {
				continue
			}
			out.Customer = append(out.Customer, l.Customer[b])
			out.Day = append(out.Day, l.Day[b])
			out.Time = append(out.Time, l.Time[b])
			out.Start = append(out.Start, int32(len(out.Product)))
		}
	}
	for c := range l.Customers {
		take(l.Of[c], l.Of[c+1])
	}
	take(l.Of[len(l.Customers)], int32(l.Baskets()))
	return out
}

// Sights returns what a customer, by key, did with products before a day and
// not long before it, in the order of time: the last fifty. The logs number
// products alike.
func Sights(seen map[ledger.Kind]*ledger.Log, customer string, day int32) []Sight {
	var list []timed
	for kind := range ledger.Kind(16) {
		l := seen[kind]
		if l == nil || kind == ledger.Bought {
			continue
		}
		c := l.Who(customer)
		if c < 0 {
			continue
		}
		n := 0
		for b := l.Of[c+1] - 1; b >= l.Of[c] && n < mostSeen; b-- {
			if l.Day[b] >= day {
				continue
			}
			for _, p := range l.Lines(b) {
				list = append(list, timed{Sight{p, l.Day[b], kind}, l.Time[b]})
				n++
			}
		}
	}
	return latest(list)
}

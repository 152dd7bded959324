package model

import (
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// A Query is what is known of the one who is to be recommended something. All
// products are numbers of the log from which the model was made; other numbers
// are left out.
type Query struct {
	// Day is the day of the question, in days since 1970.
	Day int32
	// Past is what the customer took before, in the order of time; nil for a
	// stranger. Whoever signed up a minute ago has one too.
	Past []Item
	// Cart is what is in the cart, or what the session has seen in that order.
	Cart []int32
	// Seen is what the customer lately did with products beside buying them,
	// in the order of time.
	Seen []Sight
}

// A Sight is a product that a customer looked at, tried, put into a cart or
// on a list.
type Sight struct {
	Product int32
	Day     int32
	Kind    ledger.Kind // any but Bought
}

// An Item is a line of a basket that the customer took.
type Item struct {
	Product  int32
	Quantity int32 // above zero
	Day      int32
	Basket   int32 // counted from 0, the first of the customer's baskets in Past
}

// A Scorer is a model that scores all products.
type Scorer interface {
	// Score writes a score for each product into out, which is as long as the
	// log's Products. More is better, 0 says that the model has nothing to
	// say. It may be called from several goroutines at once.
	Score(q *Query, out []float32)
}

// A Part is how much one product of the query adds to a score.
type Part struct {
	Product int32
	Score   float32
	Cart    bool // it is in the cart, not in the past
}

// A Reasoner is a model whose scores are sums over the query's products.
type Reasoner interface {
	// Reason returns what adds to the score of a product, the most first. The
	// parts come to the score, but for rounding.
	Reason(q *Query, product int32) []Part
}

// Past returns what a customer of the log took before a day.
func Past(l *ledger.Log, customer, day int32) []Item {
	if customer < 0 {
		return nil
	}
	var past []Item
	first := l.Of[customer]
	for b := first; b < l.Of[customer+1] && l.Day[b] < day; b++ {
		for i := l.Start[b]; i < l.Start[b+1]; i++ {
			past = append(past, Item{l.Product[i], l.Quantity[i], l.Day[b], b - first})
		}
	}
	return past
}

// sorted brings parts into their order, the most first, and equal ones by
// product.
func sorted(parts []Part) []Part {
	slices.SortFunc(parts, func(a, b Part) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return int(a.Product) - int(b.Product)
	})
	return parts
}

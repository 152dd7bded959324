package eval

import (
	"slices"
	"sync"
	"time"
)

// A Kind is a question that a recommender answers. No recommender wins all of
// them: who is good at what customers buy again is seldom good at what is new
// to them.
type Kind string

// The kinds of questions.
const (
	// NextAny asks what a known customer takes in the window of the test,
	// bought before or not.
	NextAny Kind = "next_any"
	// NextNew asks for what the customer has not taken before the cut.
	NextNew Kind = "next_new"
	// NextAgain asks for what the customer takes again.
	NextAgain Kind = "next_again"
	// Cart asks for the one product of a basket that was hidden.
	Cart Kind = "cart"
	// Session asks for the last product of a basket from those before it.
	Session Kind = "session"
)

// A Task is a list of questions whose answers are known. It is safe for
// concurrent use.
type Task struct {
	// Kind is what is asked.
	Kind Kind
	// Cases are the questions: one a customer, or one a basket.
	Cases []Case
	// Empty counts the customers or baskets without a case because the test
	// holds nothing to be found, or too little to ask with.
	Empty int
	// Strangers counts the customers of the test who were not in training.
	// They have no case: a list for them is the same for all.
	Strangers int
	// Unknown counts the rows of the test whose product is not in the catalog.
	Unknown int

	split *Split
	learn func() learned // once, when the task is first run
}

// A Case is one question with its answer.
type Case struct {
	// Query is what the recommender is told.
	Query Query
	// Targets are the products to be found: at least one, each once, sorted.
	Targets []string
}

// A Query is what a recommender is told.
type Query struct {
	// Kind is the question.
	Kind Kind
	// Customer is who asks; "" in a basket of nobody known.
	Customer string
	// Items are the products in the cart or session, in the order in which
	// they were taken where that is known; nil in the other kinds.
	Items []string
	// At is when: the cut, or the time of the basket.
	At time.Time

	before map[string]bool // what the customer took before the cut; of the Next kinds
}

// Eligible reports whether a product may be in the answer: of NextNew what the
// customer has not taken before, of NextAgain only that, of Cart and Session
// what is not yet in the cart. The recommender leaves the others out itself,
// before it fills its list: what is not eligible and what stands twice takes
// a place and earns nothing.
func (q *Query) Eligible(product string) bool {
	switch q.Kind {
	case NextNew:
		return !q.before[product]
	case NextAgain:
		return q.before[product]
	case Cart, Session:
		return !slices.Contains(q.Items, product)
	}
	return true
}

// The sizes of carts and sessions that are asked for, without what is hidden.
const (
	fewestItems = 1
	mostItems   = 99
)

// Task makes the questions of a kind. The seed chooses the hidden product of
// each cart; it is of no use to the other kinds. A kind that is not one of the
// constants has no cases.
func (s *Split) Task(kind Kind, seed uint64) *Task {
	t := &Task{Kind: kind, split: s, learn: sync.OnceValue(func() learned { return learned{s.baselines(kind), s.surprises()} })}
	switch kind {
	case NextAny, NextNew, NextAgain:
		t.next()
	case Cart, Session:
		t.baskets(seed)
	}
	return t
}

func (t *Task) next() {
	known := t.catalog()
	before := map[string]map[string]bool{}
	for _, r := range t.split.Train {
		if r.Customer == "" {
			continue
		}
		if before[r.Customer] == nil {
			before[r.Customer] = map[string]bool{}
		}
		before[r.Customer][r.Product] = true
	}
	targets := map[string][]string{}
	for _, r := range t.split.Test {
		if r.Customer == "" {
			continue
		}
		list := targets[r.Customer] // of those with nothing to be found: empty
		again := before[r.Customer][r.Product]
		switch {
		case !known[r.Product]:
			t.Unknown++
		case t.Kind == NextAny || again == (t.Kind == NextAgain):
			list = append(list, r.Product)
		}
		targets[r.Customer] = list
	}
	for _, customer := range sortedKeys(targets) {
		list := targets[customer]
		slices.Sort(list)
		switch {
		case before[customer] == nil:
			t.Strangers++
		case len(list) == 0:
			t.Empty++
		default:
			q := Query{Kind: t.Kind, Customer: customer, At: t.split.Cut, before: before[customer]}
			t.Cases = append(t.Cases, Case{q, slices.Compact(list)})
		}
	}
}

func (t *Task) baskets(seed uint64) {
	known := t.catalog()
	type basket struct {
		first Row
		items []string
	}
	baskets := map[string]*basket{}
	for _, r := range t.split.Test {
		key := r.basket()
		b := baskets[key]
		if b == nil {
			b = &basket{first: r}
			baskets[key] = b
		}
		if !known[r.Product] {
			t.Unknown++
		} else if !slices.Contains(b.items, r.Product) {
			b.items = append(b.items, r.Product)
		}
	}
	for _, key := range sortedKeys(baskets) {
		b := baskets[key]
		n := len(b.items) - 1
		if n < fewestItems || n > mostItems {
			t.Empty++
			continue
		}
		q := Query{Kind: t.Kind, Customer: b.first.Customer, At: b.first.Time}
		hidden := n
		if t.Kind == Cart {
			slices.Sort(b.items) // the draw does not depend on the order of the rows
			hidden = int(drawn("hidden\x00"+key, seed) * float64(n+1))
		}
		target := b.items[hidden]
		q.Items = slices.Delete(b.items, hidden, hidden+1)
		t.Cases = append(t.Cases, Case{q, []string{target}})
	}
}

func (t *Task) catalog() map[string]bool {
	known := make(map[string]bool, len(t.split.Catalog))
	for _, p := range t.split.Catalog {
		known[p] = true
	}
	return known
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

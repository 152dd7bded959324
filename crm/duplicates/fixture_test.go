package duplicates_test

import (
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/crm/duplicates"
)

// A pair is two refs, the smaller first.
type pair [2]string

func pairOf(a, b string) pair { return pair{min(a, b), max(a, b)} }

// A town is the customers of a demo shop with planted duplicates, and the truth.
type town struct {
	people []*crm.Customer
	same   map[pair]crmtest.DuplicateKind
	others map[pair]crmtest.DuplicateKind
}

func townOf(t testing.TB, n int, seed uint64) *town {
	t.Helper()
	demo := crmtest.Shop(n, seed)
	demo.Orders = n
	w := &town{same: map[pair]crmtest.DuplicateKind{}, others: map[pair]crmtest.DuplicateKind{}}
	at := map[string]int{}
	for r, err := range demo.Records() {
		if err != nil {
			t.Fatal(err)
		}
		c := r.Customer
		if c == nil {
			continue
		}
		i, ok := at[c.Refs[0].ID]
		if !ok {
			i = len(w.people)
			at[c.Refs[0].ID] = i
			w.people = append(w.people, c)
		}
		if c.Account { // tells more than an order
			w.people[i] = c
		}
	}
	for d, err := range demo.Duplicates() {
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := at[d.Of.ID]; !ok {
			continue // never came
		}
		w.people = append(w.people, d.Customer)
		if k := pairOf(d.Of.ID, d.Customer.Refs[0].ID); d.Same {
			w.same[k] = d.Kind
		} else {
			w.others[k] = d.Kind
		}
	}
	return w
}

// records yields the people, changed by f.
func (w *town) records(f func(*crm.Customer)) iter.Seq2[crm.Record, error] {
	return func(yield func(crm.Record, error) bool) {
		for _, c := range w.people {
			v := *c
			v.Addresses = slices.Clone(c.Addresses)
			if f != nil {
				f(&v)
			}
			if !yield(crm.Record{Customer: &v}, nil) {
				return
			}
		}
	}
}

// book returns a book of the people, and their refs by id.
func (w *town) book(t testing.TB, f func(*crm.Customer)) (*crm.Book, map[crm.CustomerID]string) {
	t.Helper()
	book := crmtest.New(t)
	if _, err := book.Import(t.Context(), w.records(f), nil); err != nil {
		t.Fatal(err)
	}
	refs := map[crm.CustomerID]string{}
	for c, err := range book.Customers.List(t.Context(), crm.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		refs[c.ID] = c.Refs[0].ID
	}
	return book, refs
}

func finder(t testing.TB, book *crm.Book, opts *duplicates.Options) *duplicates.Finder {
	t.Helper()
	f, err := duplicates.New(book, opts)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// queue returns the whole queue.
func queue(t testing.TB, f *duplicates.Finder) []*duplicates.Suggestion {
	t.Helper()
	var list []*duplicates.Suggestion
	for q := (duplicates.Query{Limit: 300}); ; {
		page, err := f.Page(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, page.Items...)
		if q.After = page.Next; q.After == "" {
			return list
		}
	}
}

// A score is how well a queue agrees with the truth.
type score struct {
	Pairs, Truth, Right int
	Sure, SureRight     int
	Wrong, Missed       map[string]int
}

func (w *town) score(list []*duplicates.Suggestion, refs map[crm.CustomerID]string) *score {
	s := &score{Pairs: len(list), Truth: len(w.same), Wrong: map[string]int{}, Missed: map[string]int{}}
	missed := maps.Clone(w.same)
	for _, v := range list {
		k := pairOf(refs[v.A], refs[v.B])
		_, ok := w.same[k]
		if delete(missed, k); ok {
			s.Right++
		} else {
			s.Wrong[string(w.others[k])]++
		}
		if v.Band == duplicates.BandSure {
			s.Sure++
			if ok {
				s.SureRight++
			}
		}
	}
	for _, kind := range missed {
		s.Missed[string(kind)]++
	}
	return s
}

func (s *score) precision() float64 { return float64(s.Right) / float64(max(s.Pairs, 1)) }
func (s *score) recall() float64    { return float64(s.Right) / float64(max(s.Truth, 1)) }
func (s *score) sure() float64      { return float64(s.SureRight) / float64(max(s.Sure, 1)) }
func (s *score) f1() float64 {
	p, r := s.precision(), s.recall()
	return 2 * p * r / max(p+r, 1e-9)
}

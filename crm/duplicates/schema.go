package duplicates

import (
	"iter"
	"slices"

	"github.com/seed-9cb3708a/clientele/store"
)

// The numbers of the tables, the first bytes of their keys.
const (
	tableSuggestions = 32
	tableDecisions   = 33
	tableRuns        = 34
)

var suggestionTable = store.MustTable(store.Schema[Suggestion]{
	Number: tableSuggestions, Name: "duplicates.suggestions",
	Fields: suggestionFields,
	Key:    func(k store.Key, s *Suggestion) store.Key { return k.String(string(s.A)).String(string(s.B)) },
	Indexes: []store.Index[Suggestion]{
		{Number: 1, Name: "customer", Keys: func(k store.Key, s *Suggestion, add func(store.Key)) {
			add(k.String(string(s.A)))
			add(k.String(string(s.B)))
		}},
		{Number: 2, Name: "best", Keys: func(k store.Key, s *Suggestion, add func(store.Key)) {
			band, odds := s.rank()
			add(k.Int(band).IntDesc(odds))
		}},
	},
	Subject: func(s *Suggestion) string { return string(s.A) },
	Owner:   "customer",
})

var decisionTable = store.MustTable(store.Schema[Decision]{
	Number: tableDecisions, Name: "duplicates.decisions",
	Fields: decisionFields,
	Key:    func(k store.Key, d *Decision) store.Key { return k.String(string(d.A)).String(string(d.B)) },
	Indexes: []store.Index[Decision]{
		{Number: 1, Name: "customer", Keys: func(k store.Key, d *Decision, add func(store.Key)) {
			add(k.String(string(d.A)))
			add(k.String(string(d.B)))
		}},
		{Number: 2, Name: "time", Keys: func(k store.Key, d *Decision, add func(store.Key)) {
			add(k.TimeDesc(d.DecidedAt))
		}},
	},
	Subject: func(d *Decision) string { return string(d.A) },
	Owner:   "customer",
})

// A shelf is a table of pairs: each of its records is of both customers, and is
// shown to, and goes with, either.
type shelf[T any] struct{ *store.Table[T] }

// At is the table in a namespace.
func (s shelf[T]) At(space uint64) store.Shelf { return shelf[T]{s.In(space)} }

// Of yields the pairs of a customer.
func (s shelf[T]) Of(r store.Reader, subject string) iter.Seq2[store.Document, error] {
	return func(yield func(store.Document, error) bool) {
		if subject == "" {
			return
		}
		ix := s.Index("customer")
		for primary, err := range ix.Primary(r, store.Prefix(ix.Key().String(subject))) {
			if err != nil {
				yield(store.Document{}, err)
				return
			}
			for d, err := range s.Read(r, store.Range{From: primary, Limit: 1}) {
				if !yield(d, err) || err != nil {
					return
				}
			}
		}
	}
}

// Erase deletes the pairs of a customer.
func (s shelf[T]) Erase(tx store.Tx, subject string, _ []byte, limit int) (n int, next []byte, err error) {
	if subject == "" {
		return 0, nil, nil
	}
	ix := s.Index("customer")
	rg := store.Prefix(ix.Key().String(subject))
	rg.Limit = limit
	var found []store.Key
	for primary, err := range ix.Primary(tx, rg) {
		if err != nil {
			return 0, nil, err
		}
		found = append(found, slices.Clone(primary))
	}
	for _, primary := range found {
		if err := s.Delete(tx, primary[:len(primary)-1]); err != nil {
			return n, nil, err
		}
		if n++; n == limit {
			next = primary
		}
	}
	return n, next, nil
}

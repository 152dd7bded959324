package main

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/duplicates"
)

// A likeness tells who may be the same person, in words.
type likeness struct {
	book   *crm.Book
	finder *duplicates.Finder
	ready  atomic.Bool // the finder has everybody in memory
}

func newLikeness(book *crm.Book, logger *slog.Logger) (*likeness, error) {
	f, err := duplicates.New(book, &duplicates.Options{Logger: logger})
	return &likeness{book: book, finder: f}, err
}

// bands are those of suggestions, in words.
var bands = map[duplicates.Band]string{
	duplicates.BandSure: "as good as sure", duplicates.BandLikely: "likely", duplicates.BandPossible: "possible",
}

// conflicts is why two who are alike are only possible, by what contradicts it.
var conflicts = map[duplicates.Field]string{
	duplicates.FieldBirthday: "They, or others who look like either, have different birthdays.",
	duplicates.FieldEmail:    "They, or others who look like either, have different accounts.",
}

// fields and levels are what is compared, and how well it agrees, in words.
var (
	fields = map[duplicates.Field]string{
		duplicates.FieldGivenName: "given name", duplicates.FieldFamilyName: "family name", duplicates.FieldBirthday: "birthday",
		duplicates.FieldEmail: "e-mail", duplicates.FieldPhone: "phone", duplicates.FieldAddress: "address", duplicates.FieldCompany: "company",
	}
	levels = map[duplicates.Level]string{
		duplicates.LevelDifferent: "differ", duplicates.LevelInitial: "an initial and a name", duplicates.LevelShort: "a short form, or sound alike",
		duplicates.LevelPart: "one word is the same", duplicates.LevelNoYear: "the same day, the year is not known",
		duplicates.LevelSameLocal: "the same but for the provider", duplicates.LevelCity: "the same town", duplicates.LevelPostcode: "the same postcode",
		duplicates.LevelLine: "the same street, another town", duplicates.LevelClose: "the same but for a slip of the pen",
		duplicates.LevelSwapped: "in each other's place", duplicates.LevelSame: "the same",
	}
)

// page reads the queue.
func (l *likeness) page(ctx context.Context, after string) ([]*pair, string, error) {
	p, err := l.finder.Page(ctx, duplicates.Query{Limit: 20, After: after})
	if err != nil {
		return nil, "", err
	}
	list, err := l.pairs(ctx, "", p.Items)
	return list, p.Next, err
}

// like asks for everything that was recorded up to now, as soon as that is in
// memory; until then it asks the queue.
func (l *likeness) like(ctx context.Context, id crm.CustomerID) ([]*pair, error) {
	if l.ready.Load() {
		list, err := l.finder.Similar(ctx, id, 5)
		if err != nil {
			return nil, err
		}
		return l.pairs(ctx, id, list)
	}
	p, err := l.finder.Page(ctx, duplicates.Query{Customer: id, Limit: 5})
	if err != nil {
		return nil, err
	}
	return l.pairs(ctx, id, p.Items)
}

// verdict tells how probable it is that two are one person; nil when nothing
// speaks for it.
func (l *likeness) verdict(ctx context.Context, a, b crm.CustomerID) (*pair, error) {
	list, err := l.like(ctx, a)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if p.B.ID == b {
			return p, nil
		}
	}
	return nil, nil
}

// same makes two customers one.
func (l *likeness) same(ctx context.Context, a, b crm.CustomerID) error {
	_, err := l.finder.Decide(ctx, a, b, duplicates.Same)
	return err
}

// apart notes that two are not the same person.
func (l *likeness) apart(ctx context.Context, a, b crm.CustomerID) error {
	_, err := l.finder.Decide(ctx, a, b, duplicates.Different)
	return err
}

// pairs puts suggestions into words. Those of a customer have them first.
func (l *likeness) pairs(ctx context.Context, first crm.CustomerID, list []*duplicates.Suggestion) ([]*pair, error) {
	var pairs []*pair
	err := l.book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		pairs = nil
		for _, s := range list {
			a, b := s.A, s.B
			if b == first {
				a, b = b, a
			}
			p := &pair{Probability: s.Probability, Band: bands[s.Band]}
			if s.Group == "" {
				p.Note = firstOf(conflicts[s.Conflict], "One of them goes better with somebody else.")
			}
			var err error
			if p.A, err = tx.Customers.Get(ctx, a); err != nil {
				return err
			}
			if p.B, err = tx.Customers.Get(ctx, b); err != nil {
				return err
			}
			for _, e := range s.Evidence {
				p.Evidence = append(p.Evidence, &evidence{firstOf(fields[e.Field], words(e.Field)), firstOf(levels[e.Level], words(e.Level)), e.Weight})
			}
			if s.Household < -0.5 {
				p.Evidence = append(p.Evidence, &evidence{"household", "two who live or work together would explain it", s.Household})
			}
			pairs = append(pairs, p)
		}
		return nil
	})
	return pairs, err
}

// remember keeps everybody in memory, so that the page of a customer need not
// wait for that.
func (l *likeness) remember(ctx context.Context) error {
	anyone, err := l.book.Customers.Page(ctx, crm.CustomerQuery{Limit: 1})
	if err != nil {
		return err
	}
	for _, c := range anyone.Items {
		l.ready.Store(false) // reading everybody takes seconds, in which the queue answers
		if _, err := l.finder.Similar(ctx, c.ID, 1); err != nil {
			return err
		}
		l.ready.Store(true)
	}
	return nil
}

package duplicates

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/duplicates/internal/linkage"
	"github.com/seed-9cb3708a/clientele/store"
)

// A Report tells what a search has found.
type Report struct {
	At        time.Time      `json:"at,omitzero"`      // when it began to read the book; zero when there was none yet
	Customers int            `json:"customers"`        // persons, those who were merged counted once
	Compared  int            `json:"compared"`         // pairs that were looked at
	Pairs     int            `json:"pairs"`            // in the queue
	Sure      int            `json:"sure"`             // of these, in BandSure
	Skipped   map[string]int `json:"skipped,omitzero"` // values that too many customers share to compare all, by what they are of
	// Expected is the estimated share of customers who are a further record of
	// somebody who has one: 0.03 says that 100 customers are 97 people. What is too
	// improbable to be offered counts for what it is; who was found Different does
	// not.
	Expected float64 `json:"expected,omitzero"`
}

func reportFields(c *store.Coder, r *Report) {
	store.Int(c, 1, &r.Customers)
	store.Int(c, 2, &r.Compared)
	store.Int(c, 3, &r.Pairs)
	store.Int(c, 4, &r.Sure)
	store.Map(c, 5, &r.Skipped, func(c *store.Coder, n *int) { store.Int(c, 1, n) })
	store.Float(c, 6, &r.Expected)
	store.Time(c, 7, &r.At)
}

// A directory is the persons of a book, by their ids.
type directory struct {
	ids   []crm.CustomerID // in their order
	index *linkage.Index
}

// number returns the number of a person; false for one who is not there.
func (d *directory) number(id crm.CustomerID) (int, bool) { return slices.BinarySearch(d.ids, id) }

// read reads all persons of the book: those who were merged as one, without those
// who were erased.
func (f *Finder) read(ctx context.Context) (*directory, error) {
	type part struct {
		page crm.Page[crm.Customer]
		err  error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts := make(chan part, 2)
	go func() {
		defer close(parts)
		for after := ""; ; {
			page, err := f.book.Customers.Page(ctx, crm.CustomerQuery{Limit: 1000, After: after})
			select {
			case parts <- part{page, err}:
			case <-ctx.Done():
				return
			}
			if after = page.Next; err != nil || after == "" {
				return
			}
		}
	}()
	d := &directory{index: linkage.NewIndex()}
	var p linkage.Person
	var err error
	for part := range parts { // to the end, so that nobody reads on when we are gone
		if err = errors.Join(err, part.err); err != nil {
			cancel()
			continue
		}
		for _, c := range part.page.Items {
			personOf(c, &p)
			d.ids = append(d.ids, c.ID)
			d.index.Add(&p)
		}
	}
	if err == nil {
		err = ctx.Err()
	}
	return d, err
}

// Find searches the whole book and puts the pairs that may be one person into the
// queue, in the place of those that are there undecided. What was decided stays
// so: nobody is offered again of whom it is known that they are different, and
// whom a merge was undone of counts as such. Customers who were merged are one
// person; visitors and who was erased are none.
//
// Nothing is learned from what was decided, nor from any other book. It reads the
// book in short transactions and writes the queue in such: whoever looks
// meanwhile sees a part of both. When it is called again with nothing changed, it
// writes nothing but when that was. Find takes two processors, some 700 bytes of
// memory for each customer, and about 3 seconds for 100,000. It returns ctx's
// error, one of the store, or [crm.ErrConflict] when another search began
// meanwhile: the queue is of that one.
func (f *Finder) Find(ctx context.Context) (*Report, error) {
	var mine time.Time
	err := f.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		return f.saveRun(tx, func(r *run) { mine = r.begin(tx.Now()) })
	})
	if err != nil {
		return nil, wrap("Find", "", err)
	}
	report, err := f.find(ctx, mine)
	return report, wrap("Find", "", err)
}

// Last returns what the last search found that came to its end: of this process
// or another. The zero Report says that there was none yet. It returns ctx's
// error or one of the store.
func (f *Finder) Last(ctx context.Context) (*Report, error) {
	report := &Report{}
	err := f.book.View(ctx, func(_ context.Context, tx *crm.Tx) error {
		r, err := f.last(tx)
		report = &r.Report
		return err
	})
	if err != nil {
		return nil, wrap("Last", "", err)
	}
	return report, nil
}

// find does the search that began at mine.
func (f *Finder) find(ctx context.Context, mine time.Time) (_ *Report, err error) {
	defer func() {
		if err != nil {
			f.release(ctx, mine)
		}
	}()
	var at time.Time
	if err := f.book.View(ctx, func(_ context.Context, tx *crm.Tx) error { at = tx.Now(); return nil }); err != nil {
		return nil, err
	}
	if err := f.undone(ctx); err != nil {
		return nil, err
	}
	all, err := f.read(ctx)
	if err != nil {
		return nil, err
	}
	apart, err := f.settled(ctx, all)
	if err != nil {
		return nil, err
	}
	linker, err := linkage.New(ctx, all.index, false)
	if err != nil {
		return nil, err
	}
	pairs, err := linker.Find(ctx, linkage.Options{
		Offer: f.opts.Offer, Sure: f.opts.Automatic,
		Apart: func(a, b int) bool { return apart[[2]int{min(a, b), max(a, b)}] },
	})
	if err != nil {
		return nil, err
	}
	report := &Report{At: at, Customers: len(all.ids), Compared: linker.Report.Compared, Skipped: linker.Report.Skipped, Expected: linker.Report.Expected}
	found := make([]*Suggestion, len(pairs))
	for i, p := range pairs {
		s := suggest(all.ids[p.A], all.ids[p.B], linker.Explain(p.A, p.B))
		s.Conflict = conflict(p.Conflict)
		if s.Band = BandPossible; p.Group >= 0 {
			s.Band, s.Group = band(p.Sure, p.Probability), all.ids[p.Group]
		}
		found[i] = s
	}
	if err := f.replace(ctx, mine, found, report); err != nil {
		return nil, err
	}
	err = f.searching(ctx, mine, func(_ context.Context, tx *crm.Tx) error {
		return f.saveRun(tx, func(r *run) { r.FinishedAt, r.Report = tx.Now(), *report })
	})
	if err != nil {
		return nil, err
	}
	f.opts.Logger.Info("searched for duplicates", "customers", report.Customers, "pairs", report.Pairs, "sure", report.Sure)
	return report, nil
}

func band(sure bool, p float64) Band {
	switch {
	case sure:
		return BandSure
	case p >= likely:
		return BandLikely
	}
	return BandPossible
}

// settled returns the pairs of persons who are known to be different: those of
// whom anything was decided and who are two.
func (f *Finder) settled(ctx context.Context, all *directory) (map[[2]int]bool, error) {
	apart := map[[2]int]bool{}
	for after := ""; ; {
		var page crm.Page[Decision]
		err := f.book.View(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
			if page, err = f.decisions.Page(tx.Store(), store.Range{Limit: 500}, after); err != nil {
				return err
			}
			who := personsIn(tx)
			for _, d := range page.Items {
				a, err := who.root(ctx, d.A)
				if err != nil {
					return err
				}
				b, err := who.root(ctx, d.B)
				if err != nil {
					return err
				}
				i, ok := all.number(a)
				j, ok2 := all.number(b)
				if ok && ok2 && a != b {
					apart[[2]int{min(i, j), max(i, j)}] = true
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if after = page.Next; after == "" {
			return apart, nil
		}
	}
}

// batch is how many suggestions are written in a transaction.
const batch = 500

// replace makes the queue equal to what was found.
func (f *Finder) replace(ctx context.Context, mine time.Time, found []*Suggestion, report *Report) error {
	order := func(s, t *Suggestion) int {
		return keyOrder(s.A, s.B, t.A, t.B)
	}
	slices.SortFunc(found, order)
	// What is there and was not found again goes.
	for after := ""; ; {
		var page crm.Page[Suggestion]
		err := f.searching(ctx, mine, func(_ context.Context, tx *crm.Tx) (err error) {
			if page, err = f.suggestions.Page(tx.Store(), store.Range{Limit: batch}, after); err != nil {
				return err
			}
			for _, s := range page.Items {
				if _, ok := slices.BinarySearchFunc(found, s, order); !ok {
					if err := f.suggestions.Delete(tx.Store(), f.key(s.A, s.B)); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if after = page.Next; after == "" {
			break
		}
	}
	for part := range slices.Chunk(found, batch) {
		var pairs, sure int
		err := f.searching(ctx, mine, func(ctx context.Context, tx *crm.Tx) error {
			pairs, sure = 0, 0
			who := personsIn(tx)
			for _, s := range part {
				ok, err := f.put(ctx, tx, who, s)
				if err != nil {
					return err
				}
				if ok {
					pairs++
					if s.Band == BandSure {
						sure++
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		report.Pairs, report.Sure = report.Pairs+pairs, report.Sure+sure
	}
	return nil
}

// put puts a suggestion into the queue, unless what was done since it was found
// has settled it.
func (f *Finder) put(ctx context.Context, tx *crm.Tx, who *persons, s *Suggestion) (bool, error) {
	for _, id := range [...]crm.CustomerID{s.A, s.B} {
		if root, err := who.root(ctx, id); err != nil || root != id {
			return false, err
		}
	}
	if _, err := f.decisions.Get(tx.Store(), f.decided(s.A, s.B)); !errors.Is(err, crm.ErrNotFound) {
		return false, err
	}
	row, err := f.suggestions.Load(tx.Store(), f.key(s.A, s.B))
	if err != nil && !errors.Is(err, crm.ErrNotFound) {
		return false, err
	}
	v := *s
	v.FoundAt = tx.Now()
	if row != nil {
		v.FoundAt = row.Value.FoundAt
	}
	_, err = f.suggestions.Save(tx.Store(), row, &v)
	return err == nil, err
}

func keyOrder(a, b, c, d crm.CustomerID) int {
	switch {
	case a < c || a == c && b < d:
		return -1
	case a == c && b == d:
		return 0
	}
	return 1
}

// key and decided are the primary keys of a pair in the two tables.
func (f *Finder) key(a, b crm.CustomerID) store.Key {
	return f.suggestions.Key().String(string(a)).String(string(b))
}

func (f *Finder) decided(a, b crm.CustomerID) store.Key {
	return f.decisions.Key().String(string(a)).String(string(b))
}

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
	Customers int            `json:"customers"`         // persons, those who were merged counted once
	Compared  int            `json:"compared"`          // pairs that were looked at
	Pairs     int            `json:"pairs"`             // in the queue
	Sure      int            `json:"sure"`              // of these, in BandSure
	Skipped   map[string]int `json:"skipped,omitzero"`  // values that too many customers share to compare all, by what they are of
	Expected  float64        `json:"expected,omitzero"` // share of customers who have a duplicate, estimated
}

func reportFields(c *store.Coder, r *Report) {
	store.Int(c, 1, &r.Customers)
	store.Int(c, 2, &r.Compared)
	store.Int(c, 3, &r.Pairs)
	store.Int(c, 4, &r.Sure)
	store.Map(c, 5, &r.Skipped, func(c *store.Coder, n *int) { store.Int(c, 1, n) })
	store.Float(c, 6, &r.Expected)
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
// writes nothing but when that was. Find takes two processors, some 400 bytes of
// memory for each customer, and about 3 seconds for 100,000. It returns ctx's
// error or one of the store.
func (f *Finder) Find(ctx context.Context) (*Report, error) {
	report, err := f.find(ctx)
	return report, wrap("Find", "", err)
}

func (f *Finder) find(ctx context.Context) (*Report, error) {
	var began time.Time
	err := f.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		began = tx.Now()
		return f.saveRun(tx, func(r *run) { r.StartedAt, r.FinishedAt = began, time.Time{} })
	})
	if err != nil {
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
	report := &Report{Customers: len(all.ids), Compared: linker.Report.Compared, Skipped: linker.Report.Skipped, Expected: linker.Expected()}
	found := make([]*Suggestion, len(pairs))
	for i, p := range pairs {
		s := suggest(all.ids[p.A], all.ids[p.B], linker.Explain(p.A, p.B))
		s.Band, s.Group = band(p.Sure, p.Probability), all.ids[p.Group]
		found[i] = s
	}
	if err := f.replace(ctx, found, report); err != nil {
		return nil, err
	}
	err = f.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		return f.saveRun(tx, func(r *run) { r.FinishedAt, r.Report = tx.Now(), *report })
	})
	f.opts.Logger.Info("searched for duplicates", "customers", report.Customers, "pairs", report.Pairs, "sure", report.Sure)
	return report, err
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

func (f *Finder) saveRun(tx *crm.Tx, change func(*run)) error {
	row, err := f.runs.Load(tx.Store(), f.runs.Key())
	r := &run{}
	if err == nil {
		r = row.Value
	} else if !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	change(r)
	_, err = f.runs.Save(tx.Store(), row, r)
	return err
}

// settled returns the pairs of persons who are known to be different. A merge that
// was undone has become such a decision.
func (f *Finder) settled(ctx context.Context, all *directory) (map[[2]int]bool, error) {
	apart := map[[2]int]bool{}
	for after := ""; ; {
		var page crm.Page[Decision]
		err := f.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
			if page, err = f.decisions.Page(tx.Store(), store.Range{Limit: 500}, after); err != nil {
				return err
			}
			who := personsIn(tx)
			for _, d := range page.Items {
				a, b, err := f.hold(ctx, tx, who, d)
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

// hold returns the persons whom a decision is about. One that they are the same,
// when they are no longer, is from now on that they are different.
func (f *Finder) hold(ctx context.Context, tx *crm.Tx, who *persons, d *Decision) (a, b crm.CustomerID, err error) {
	if a, err = who.root(ctx, d.A); err != nil {
		return "", "", err
	}
	if b, err = who.root(ctx, d.B); err != nil {
		return "", "", err
	}
	if d.Verdict == Same && a != b {
		undone := *d
		undone.Verdict, undone.DecidedAt = Different, tx.Now()
		err = f.decisions.Put(tx.Store(), &undone)
	}
	return a, b, err
}

// batch is how many suggestions are written in a transaction.
const batch = 500

// replace makes the queue equal to what was found.
func (f *Finder) replace(ctx context.Context, found []*Suggestion, report *Report) error {
	order := func(s, t *Suggestion) int {
		return keyOrder(s.A, s.B, t.A, t.B)
	}
	slices.SortFunc(found, order)
	// What is there and was not found again goes.
	for after := ""; ; {
		var page crm.Page[Suggestion]
		err := f.book.Update(ctx, func(_ context.Context, tx *crm.Tx) (err error) {
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
		err := f.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
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

package search

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// Building reads all customers, some thousand at a time, and then all orders. Of
// each chunk the persons are written first, with all that will stand of them in
// the index, so that an erasure finds it whenever it comes; then the postings,
// sorted, as that is quickest; then how far it has come. What was interrupted is
// done again from there: to write it twice is as good as once. The follower is
// set to where the feed stands before anything is read, so that nothing that
// changes meanwhile is lost.

const (
	// rowsAtOnce and bytesAtOnce bound the transactions of a building.
	rowsAtOnce  = 1000
	bytesAtOnce = 2 << 20
	// buildLease is how long a builder that gives no sign of life keeps others
	// waiting. It gives one with every transaction.
	buildLease = time.Minute
)

// errDisturbed says that somebody was erased: the chunk is to be read again.
// errTaken says that another process builds.
var (
	errDisturbed = errors.New("search: somebody was erased while the index was built")
	errTaken     = errors.New("search: another process builds the index")
)

// build does one step of building and returns how many records it read, and
// whether it is this process that builds, or nothing is left to build.
func (x *Index) build(ctx context.Context, now time.Time) (n int, mine bool, err error) {
	s, err := x.state(ctx)
	if err != nil || s.ready() {
		return 0, err == nil, err
	}
	mine, err = x.claim(ctx, now)
	if err != nil || !mine {
		return 0, false, err
	}
	s, err = x.state(ctx)
	if err != nil || s.ready() {
		return 0, err == nil, err
	}
	if s.Revision != revision || !s.Anchored {
		if mine, err = x.anchor(ctx); err != nil || !mine {
			if errors.Is(err, errTaken) {
				err = nil
			}
			return 0, false, err
		}
		if s, err = x.state(ctx); err != nil {
			return 0, false, err
		}
		x.opts.Logger.Info("search builds its index")
	}
	if s.People {
		n, err = x.buildOrders(ctx, s)
	} else {
		n, err = x.buildPeople(ctx, s)
	}
	switch {
	case errors.Is(err, errDisturbed):
		return 1, true, nil
	case errors.Is(err, errTaken):
		return 0, false, nil
	}
	return n, err == nil, err
}

// claim makes this process the one that builds, unless another is at it.
func (x *Index) claim(ctx context.Context, now time.Time) (mine bool, err error) {
	err = x.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		s, err := x.tables.at(tx.Store())
		if err != nil {
			return err
		}
		if mine = s.Holder == "" || s.Holder == x.holder || !now.Before(s.Until); !mine {
			return nil
		}
		s.Holder, s.Until = x.holder, now.Add(buildLease)
		return x.tables.state.Put(tx.Store(), s)
	})
	return mine, err
}

// anchor sets the follower to the head of the feed, and the building to its
// beginning.
func (x *Index) anchor(ctx context.Context) (bool, error) {
	pass := func(context.Context, *crm.Tx, []*crm.Event) error { return nil }
	opts := x.following()
	opts.FromHead = true
	_, err := x.book.CatchUp(ctx, follower, pass, opts)
	if errors.Is(err, store.ErrCursorExpired) {
		if err = x.book.Followers.Drop(ctx, follower); err == nil {
			_, err = x.book.CatchUp(ctx, follower, pass, opts)
		}
	}
	if errors.Is(err, store.ErrLocked) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, x.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		s, err := x.own(tx)
		if err != nil {
			return err
		}
		s.Revision, s.Anchored, s.Built, s.People, s.After, s.Orders = revision, true, false, false, "", ""
		return x.tables.state.Put(tx.Store(), s)
	})
}

// own returns the state, or errTaken when another process has taken over.
func (x *Index) own(tx *crm.Tx) (*state, error) {
	s, err := x.tables.at(tx.Store())
	if err == nil && s.Holder != x.holder {
		err = errTaken
	}
	return s, err
}

// step runs one transaction of a chunk that was read when the state was s.
func (x *Index) step(ctx context.Context, s *state, f func(tx *crm.Tx, now *state) error) error {
	return x.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		now, err := x.own(tx)
		if err != nil {
			return err
		}
		if now.Unrest != s.Unrest || now.After != s.After || now.Orders != s.Orders || now.People != s.People || !now.Anchored {
			return errDisturbed
		}
		if until := tx.Now().Add(buildLease); until.After(now.Until) {
			now.Until = until
		}
		if err := f(tx, now); err != nil {
			return err
		}
		return x.tables.state.Put(tx.Store(), now)
	})
}

// buildPeople builds the next chunk of customers.
func (x *Index) buildPeople(ctx context.Context, s *state) (int, error) {
	var list []*person
	var stale []*person // in the index, who were merged into others
	next := s.After
	if err := x.book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		list, stale, next = nil, nil, s.After
		for len(list) < x.opts.Chunk {
			page, err := tx.Customers.Page(ctx, crm.CustomerQuery{Limit: min(500, x.opts.Chunk), After: next})
			if err != nil {
				return err
			}
			for _, c := range page.Items {
				p, err := describe(ctx, tx, c.ID)
				if err != nil {
					return err
				}
				if p == nil {
					continue
				}
				list = append(list, p)
				for _, id := range p.IDs[1:] {
					rows, err := x.tables.personsOf(tx.Store(), id)
					if err != nil {
						return err
					}
					for _, row := range rows {
						if row.Value.IDs[0] == id {
							stale = append(stale, row.Value)
						}
					}
				}
			}
			if next = page.Next; next == "" {
				break
			}
		}
		return nil
	}); err != nil {
		return 0, err
	}
	for rows := range slices.Chunk(list, rowsAtOnce) {
		if err := x.step(ctx, s, func(tx *crm.Tx, now *state) error { return x.writeRows(tx, now, rows) }); err != nil {
			return 0, err
		}
	}
	c := &change{tables: x.tables}
	for _, p := range stale {
		c.replace(p, nil)
	}
	for _, p := range list {
		c.assert(p)
	}
	n := len(list)
	list = nil
	if err := x.flush(ctx, s, c); err != nil {
		return 0, err
	}
	return n, x.step(ctx, s, func(tx *crm.Tx, now *state) error {
		for _, p := range stale {
			err := x.tables.people.Delete(tx.Store(), x.tables.people.Key().Uint(p.Doc))
			if err != nil && !errors.Is(err, crm.ErrNotFound) {
				return err
			}
		}
		now.After, now.People = next, next == ""
		return nil
	})
}

// writeRows writes persons, and gives those numbers that have none. What stood in
// the index of somebody and is to go stays in the row, with no field, until they
// are written next: so it is taken away even if this is interrupted.
func (x *Index) writeRows(tx *crm.Tx, now *state, rows []*person) error {
	for _, p := range rows {
		was, err := x.tables.personOf(tx.Store(), p.IDs[0])
		if err != nil {
			return err
		}
		if was == nil {
			p.Doc = now.Docs
			now.Docs++
			if _, err := x.tables.people.Save(tx.Store(), nil, p); err != nil {
				return err
			}
			continue
		}
		p.Doc = was.Value.Doc
		for _, t := range was.Value.Terms {
			if !slices.ContainsFunc(p.Terms, func(u term) bool { return u.Text == t.Text }) {
				p.Terms = append(p.Terms, term{Text: t.Text})
			}
		}
		if _, err := x.tables.people.Save(tx.Store(), was, p); err != nil {
			return err
		}
	}
	return nil
}

// buildOrders builds the next chunk of orders; the last one ends the building.
func (x *Index) buildOrders(ctx context.Context, s *state) (int, error) {
	c := &change{tables: x.tables}
	next := s.Orders
	n := 0
	for n < x.opts.Chunk {
		page, err := x.book.Orders.Page(ctx, crm.OrderQuery{Limit: 500, After: next})
		if err != nil {
			return 0, err
		}
		for _, o := range page.Items {
			c.order(o)
		}
		n += len(page.Items)
		if next = page.Next; next == "" {
			break
		}
	}
	if err := x.flush(ctx, s, c); err != nil {
		return 0, err
	}
	err := x.step(ctx, s, func(_ *crm.Tx, now *state) error {
		if now.Orders = next; next == "" {
			now.Built, now.Holder, now.Until = true, "", time.Time{}
		}
		return nil
	})
	if err == nil && next == "" {
		x.opts.Logger.Info("search has built its index")
		n++ // so that who asks until nothing is left asks the follower too
	}
	return n, err
}

// flush writes a change in as many transactions as it takes.
func (x *Index) flush(ctx context.Context, s *state, c *change) error {
	for texts := slices.Sorted(maps.Keys(c.docs)); len(texts) > 0; {
		n := 0
		if err := x.step(ctx, s, func(tx *crm.Tx, _ *state) (err error) {
			n, err = c.writeSome(tx.Store(), texts, bytesAtOnce)
			return err
		}); err != nil {
			return err
		}
		texts = texts[n:]
	}
	return nil
}

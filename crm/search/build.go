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

// Building writes all persons first, with all that will stand of them in the
// index, so that an erasure finds it whenever it comes; then goes over them once
// for each part of the terms that fits into memory, and writes its postings; then
// reads all orders. What was interrupted is done again from the last step: to
// write it twice is as good as once. The follower is set to where the feed stands
// before anything is read, so that nothing that changes meanwhile is lost.

const (
	// rowsAtOnce and bytesAtOnce bound the transactions of a building.
	rowsAtOnce   = 1000
	bytesAtOnce  = 2 << 20
	ordersAtOnce = 20_000
	// buildLease is how long a builder that gives no sign of life keeps others
	// waiting. It gives one with every transaction, and while it reads.
	buildLease = time.Minute
)

// errDisturbed says that somebody was erased: the chunk is to be read again.
// errTaken says that another process builds.
var (
	errDisturbed = errors.New("search: somebody was erased while the index was built")
	errTaken     = errors.New("search: another process builds the index")
)

// build does one step of building and returns how many records it read, and
// whether it is this process that builds, or nothing is left to build. It is now,
// or by the book's clock already later.
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
	switch {
	case !s.People:
		n, err = x.buildPeople(ctx, s)
	case !s.Posted:
		n, err = x.buildPostings(ctx, s)
	default:
		n, err = x.buildOrders(ctx, s)
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
		at := tx.Now()
		if now.After(at) {
			at = now
		}
		if mine = s.Holder == "" || s.Holder == x.holder || !at.Before(s.Until); !mine {
			return nil
		}
		s.Holder, s.Until = x.holder, at.Add(buildLease)
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
		s.Revision, s.Anchored, s.Built = revision, true, false
		s.People, s.After, s.Posted, s.From, s.Orders = false, "", false, "", ""
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
		if now.Unrest != s.Unrest || !now.Anchored || now.After != s.After || now.People != s.People ||
			now.From != s.From || now.Posted != s.Posted || now.Orders != s.Orders {
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

// buildPeople writes the next persons, fewer where so much is known of them that
// more do not go into a transaction.
func (x *Index) buildPeople(ctx context.Context, s *state) (n int, err error) {
	for limit := rowsAtOnce; limit > 0; limit /= 4 {
		if n, err = x.buildSome(ctx, s, limit); !errors.Is(err, store.ErrTooLarge) {
			break
		}
	}
	return n, err
}

func (x *Index) buildSome(ctx context.Context, s *state, limit int) (int, error) {
	var list []*person
	next := s.After
	if err := x.book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		page, err := tx.Customers.Page(ctx, crm.CustomerQuery{Limit: limit, After: s.After})
		if err != nil {
			return err
		}
		list, next = nil, page.Next
		for _, c := range page.Items {
			p, err := describe(ctx, tx, c.ID)
			if err != nil {
				return err
			}
			if p != nil {
				list = append(list, p)
			}
		}
		return nil
	}); err != nil {
		return 0, err
	}
	return max(len(list), 1), x.step(ctx, s, func(tx *crm.Tx, now *state) error {
		for _, p := range list {
			if err := x.writePerson(tx.Store(), now, p); err != nil {
				return err
			}
		}
		now.After, now.People = next, next == ""
		return nil
	})
}

// writePerson writes a person, and gives those a number who have none. What stood
// in the index of somebody and is to go stays in the row, with no field, until
// they are written next: so it is taken away even if this is interrupted.
func (x *Index) writePerson(tx store.Tx, now *state, p *person) error {
	for _, id := range p.IDs[1:] { // in the index, and merged by now
		row, err := x.tables.personOf(tx, id)
		if err != nil {
			return err
		}
		if row == nil {
			continue
		}
		for i := range row.Value.Terms {
			row.Value.Terms[i].In = 0
		}
		if _, err := x.tables.people.Save(tx, row, row.Value); err != nil {
			return err
		}
	}
	was, err := x.tables.personOf(tx, p.IDs[0])
	if err != nil {
		return err
	}
	if was == nil {
		p.Doc = now.Docs
		now.Docs++
	} else {
		p.Doc = was.Value.Doc
		for _, t := range was.Value.Terms {
			if !slices.ContainsFunc(p.Terms, func(u term) bool { return u.Text == t.Text }) {
				p.Terms = append(p.Terms, term{Text: t.Text})
			}
		}
	}
	_, err = x.tables.people.Save(tx, was, p)
	return err
}

// buildPostings writes the postings of the next terms.
func (x *Index) buildPostings(ctx context.Context, s *state) (int, error) {
	g := &gathering{from: s.From, limit: x.opts.Memory, runs: map[string]*run{}}
	var empty []uint64 // who is nobody of their own any more
	n := 0
	alive := time.Now()
	for after := x.tables.people.Key(); after != nil; {
		if time.Since(alive) >= buildLease/3 { // reading a million takes longer than the lease
			alive = time.Now()
			if err := x.step(ctx, s, func(*crm.Tx, *state) error { return nil }); err != nil {
				return 0, err
			}
		}
		if err := x.book.View(ctx, func(_ context.Context, tx *crm.Tx) error {
			from := after
			after = nil
			rg := store.Range{From: from, Limit: rowsAtOnce}
			rows := 0
			for p, err := range x.tables.people.Scan(tx.Store(), rg) {
				if err != nil {
					return err
				}
				if g.add(p); !slices.ContainsFunc(p.Terms, func(t term) bool { return t.In != 0 }) && len(p.Terms) > 0 {
					empty = append(empty, p.Doc)
				}
				if rows++; rows == rg.Limit {
					after = x.tables.people.Key().Uint(p.Doc + 1)
				}
			}
			n += rows
			return nil
		}); err != nil {
			return 0, err
		}
	}
	if err := x.flush(ctx, s, g.texts(), g.of); err != nil {
		return 0, err
	}
	for docs := range slices.Chunk(empty, rowsAtOnce) {
		if g.to != "" {
			break // they have postings yet
		}
		if err := x.step(ctx, s, func(tx *crm.Tx, _ *state) error {
			for _, doc := range docs {
				if err := x.dropMerged(tx.Store(), doc); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return 0, err
		}
	}
	return max(n, 1), x.step(ctx, s, func(_ *crm.Tx, now *state) error {
		now.From, now.Posted = g.to, g.to == ""
		return nil
	})
}

// dropMerged takes away the row of somebody who was merged into another.
func (x *Index) dropMerged(tx store.Tx, doc uint64) error {
	row, err := x.tables.people.Load(tx, x.tables.people.Key().Uint(doc))
	if err != nil {
		return err
	}
	rows, err := x.tables.personsOf(tx, row.Value.IDs[0])
	if err != nil || len(rows) < 2 {
		return err
	}
	return x.tables.people.Delete(tx, x.tables.people.Key().Uint(doc))
}

// buildOrders builds the next chunk of orders; the last one ends the building.
func (x *Index) buildOrders(ctx context.Context, s *state) (int, error) {
	c := &change{tables: x.tables}
	next := s.Orders
	n := 0
	for n < ordersAtOnce {
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
	if err := x.flush(ctx, s, slices.Sorted(maps.Keys(c.docs)), c.of); err != nil {
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

// flush writes terms in as many transactions as it takes.
func (x *Index) flush(ctx context.Context, s *state, texts []string, docs func(string) []posted) error {
	for len(texts) > 0 {
		n := 0
		if err := x.step(ctx, s, func(tx *crm.Tx, _ *state) (err error) {
			n, err = x.tables.write(tx.Store(), texts, docs, bytesAtOnce)
			return err
		}); err != nil {
			return err
		}
		texts = texts[n:]
	}
	return nil
}

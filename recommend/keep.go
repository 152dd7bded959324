package recommend

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/intake"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/store"
)

// eventsAtOnce is how many events are brought in at once.
const eventsAtOnce = 1000

// fresh brings what is known up to date with the feed, reads the book and makes
// models where there are none, and returns the models.
func (r *Recommender) fresh(ctx context.Context) (*state, error) {
	if r.book == nil {
		return r.state.Load(), nil
	}
	if r.tx != nil { // it reads in transactions of its own
		if s := r.state.Load(); s != nil {
			return s, nil
		}
		return nil, crm.ErrNested
	}
	if err := r.current(ctx); err != nil {
		return nil, err
	}
	if s := r.state.Load(); s != nil {
		return s, nil
	}
	if err := r.queue(ctx); err != nil {
		return nil, err
	}
	defer func() { <-r.turn }()
	if s := r.state.Load(); s != nil {
		return s, nil
	}
	err := r.load(ctx)
	if lost(err) {
		err = r.build(ctx, r.book.Now())
	}
	return r.state.Load(), err
}

// lost reports whether an error says that what was saved is not there any more, or
// is of no use.
func lost(err error) bool {
	return errors.Is(err, crm.ErrNotFound) || errors.Is(err, store.ErrCorrupt) || errors.Is(err, crm.ErrConflict)
}

// current brings what is known up to date with the feed.
func (r *Recommender) current(ctx context.Context) error {
	if k := r.keeper.Load(); k != nil {
		head, err := r.book.Events.Head(ctx)
		if err != nil {
			return err
		}
		if r.cursor(k).Compare(head) >= 0 {
			return nil
		}
	}
	if err := r.queue(ctx); err != nil {
		return err
	}
	defer func() { <-r.turn }()
	if r.keeper.Load() == nil {
		if err := r.open(ctx); err != nil {
			return err
		}
	}
	err := r.catchUp(ctx)
	if errors.Is(err, store.ErrCursorExpired) { // it stood still for longer than the feed is kept
		r.opts.Logger.Info("the book is read anew", "reason", "the feed was trimmed")
		if err = r.scan(ctx); err == nil {
			err = r.catchUp(ctx)
		}
	}
	return err
}

// queue waits for the turn, but not within a transaction, which whoever has the
// turn may be waiting for.
func (r *Recommender) queue(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		return nil
	default:
	}
	if err := r.book.View(ctx, func(context.Context, *crm.Tx) error { return nil }); err != nil {
		return err
	}
	select {
	case r.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open loads what was saved, or reads the book.
func (r *Recommender) open(ctx context.Context) error {
	k, err := intake.Load(ctx, r.book, ledgerOf(r.book.Space()).Name, r.intake())
	if lost(err) {
		return r.scan(ctx)
	}
	if err != nil {
		return err
	}
	r.adopt(k)
	return nil
}

func (r *Recommender) intake() intake.Options {
	return intake.Options{Location: r.opts.Location, Pairs: largeBasket}
}

// largeBasket is the size beyond which a basket says little of what goes together.
const largeBasket = 100

// scan reads the whole book.
func (r *Recommender) scan(ctx context.Context) error {
	start := time.Now()
	k, err := intake.Scan(ctx, r.book, r.intake(), nil)
	if err != nil {
		return err
	}
	r.opts.Logger.Info("the book is read", "took", time.Since(start))
	r.adopt(k)
	return nil
}

// cursor returns up to where the feed has nothing that the keeper lacks: events of
// other books in the same store are none of its own.
func (r *Recommender) cursor(k *intake.Keeper) store.Cursor {
	at := k.Cursor()
	if to := r.reached.Load(); to != nil && to.Compare(at) > 0 {
		at = *to
	}
	return at
}

// catchUp brings in what the feed tells, and the models that another process made
// when no Run is there to do so.
func (r *Recommender) catchUp(ctx context.Context) error {
	k := r.keeper.Load()
	head, err := r.book.Events.Head(ctx)
	if err != nil {
		return err
	}
	for batch, err := range batches(r.book.Events.List(ctx, r.cursor(k))) {
		if err == nil {
			err = r.apply(ctx, k, batch)
		}
		if err != nil {
			return err
		}
	}
	r.reached.Store(&head)
	if r.state.Load() == nil || r.running.Load() > 0 {
		return nil
	}
	return r.reload(ctx)
}

// batches yields events by the thousand.
func batches(events iter.Seq2[*crm.Event, error]) iter.Seq2[[]*crm.Event, error] {
	return func(yield func([]*crm.Event, error) bool) {
		var batch []*crm.Event
		for e, err := range events {
			if err != nil {
				yield(nil, err)
				return
			}
			if batch = append(batch, e); len(batch) == eventsAtOnce {
				if !yield(batch, nil) {
					return
				}
				batch = nil
			}
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}

// apply brings events in, and notes what they mean for the models.
func (r *Recommender) apply(ctx context.Context, k *intake.Keeper, batch []*crm.Event) error {
	had := map[crm.CustomerID]bool{}
	for _, e := range batch {
		if leaves(e) {
			had[e.CustomerID] = e.Kind == crm.CustomerErased || has(k, e.CustomerID)
		}
	}
	if err := k.Apply(ctx, nil, batch); err != nil {
		return err
	}
	for id, had := range had {
		if had && !has(k, id) {
			r.left.Store(true)
		}
	}
	for _, e := range batch {
		if e.Kind == Learned && e.Name != r.token {
			r.stale.Store(true)
		}
	}
	return nil
}

// leaves reports whether an event may say that nothing is to be learned of somebody
// any more.
func leaves(e *crm.Event) bool {
	return e.Kind == crm.CustomerErased || e.Kind == crm.ConsentChanged && e.Name == string(crm.PurposeProfiling)
}

// has reports whether anything is known of somebody.
func has(k *intake.Keeper, id crm.CustomerID) (has bool) {
	k.Read(func(l *ledger.Ledger, _ *goods.Goods) { has = len(l.Baskets(string(id))) > 0 })
	return has
}

// reload loads the models that another process made, if any. Those that are there
// stay when they were dropped meanwhile.
func (r *Recommender) reload(ctx context.Context) error {
	if !r.stale.Load() {
		return nil
	}
	err := r.load(ctx)
	if lost(err) {
		err = nil
	}
	return err
}

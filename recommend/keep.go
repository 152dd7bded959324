package recommend

import (
	"context"
	"errors"
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
	s, err := r.load(ctx)
	if errors.Is(err, crm.ErrNotFound) || errors.Is(err, store.ErrCorrupt) || errors.Is(err, crm.ErrConflict) {
		s, err = r.learn(ctx, r.book.Now())
	}
	if err == nil {
		r.state.Store(s)
	}
	return s, err
}

// current brings what is known up to date with the feed.
func (r *Recommender) current(ctx context.Context) error {
	if k := r.keeper.Load(); k != nil {
		head, err := r.book.Events.Head(ctx)
		if err != nil {
			return err
		}
		if k.Cursor().Compare(head) >= 0 {
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
	if errors.Is(err, crm.ErrNotFound) || errors.Is(err, store.ErrCorrupt) || errors.Is(err, crm.ErrConflict) {
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

// adopt takes a keeper, whose products have other numbers than those of the one
// before.
func (r *Recommender) adopt(k *intake.Keeper) {
	k.Read(func(_ *ledger.Ledger, g *goods.Goods) {
		if s := r.state.Load(); s != nil {
			bound := *s
			bound.bind(g)
			r.state.Store(&bound)
		}
	})
	r.keeper.Store(k)
}

// catchUp brings in what the feed tells.
func (r *Recommender) catchUp(ctx context.Context) error {
	k := r.keeper.Load()
	var batch []*crm.Event
	apply := func() error {
		if err := k.Apply(ctx, nil, batch); err != nil {
			return err
		}
		for _, e := range batch {
			if e.Kind == Learned && e.Name != r.token {
				r.stale.Store(true)
			}
		}
		batch = nil
		return nil
	}
	for e, err := range r.book.Events.List(ctx, k.Cursor()) {
		if err != nil {
			return err
		}
		if batch = append(batch, e); len(batch) == eventsAtOnce {
			if err := apply(); err != nil {
				return err
			}
		}
	}
	if len(batch) > 0 {
		if err := apply(); err != nil {
			return err
		}
	}
	if r.state.Load() == nil || !r.stale.Load() {
		return nil
	}
	s, err := r.load(ctx)
	if err == nil {
		r.state.Store(s)
		r.stale.Store(false)
	} else if errors.Is(err, crm.ErrNotFound) || errors.Is(err, crm.ErrConflict) { // dropped meanwhile: what is known stays
		r.stale.Store(false)
		err = nil
	}
	return err
}

package recommend

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
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
	s := r.state.Load()
	if s != nil && s.outgrown(fewOrders) {
		return r.regrown(ctx)
	}
	if s != nil && (!r.stale.Load() || r.running.Load() > 0) {
		return s, nil
	}
	// There are none yet, or another process made newer ones and no Run is there to
	// load them: then one who asks does, and the others go on with those that are there.
	if s == nil {
		if err := r.queue(ctx, r.making); err != nil {
			return nil, err
		}
	} else {
		select {
		case r.making <- struct{}{}:
		default:
			return s, nil
		}
	}
	defer func() { <-r.making }()
	err := r.reload(ctx)
	if err == nil && r.state.Load() == nil {
		err = r.build(ctx, r.book.Now())
	}
	return r.state.Load(), err
}

// fewOrders is how many orders or products a shop has, of which models are made anew
// while somebody asks as soon as there are twice as many: that takes no longer than an
// import, and a shop that was empty is not empty for a day.
const fewOrders = 100

// regrown makes models of a shop that outgrew those that there are.
func (r *Recommender) regrown(ctx context.Context) (*state, error) {
	err := r.alone(ctx, func() error {
		if s := r.state.Load(); !s.outgrown(fewOrders) { // who had the turn before made them
			return nil
		}
		return r.build(ctx, r.book.Now())
	})
	return r.state.Load(), err
}

// lost reports whether an error says that what was saved is not there any more, or
// is of no use.
func lost(err error) bool {
	return errors.Is(err, crm.ErrNotFound) || errors.Is(err, store.ErrCorrupt) || errors.Is(err, crm.ErrConflict)
}

// current brings what is known up to date with the feed.
func (r *Recommender) current(ctx context.Context) error {
	head, err := r.book.Events.Head(ctx)
	if err != nil || r.upTo(head) {
		return err
	}
	if err := r.queue(ctx, r.turn); err != nil {
		return err
	}
	defer func() { <-r.turn }()
	if r.upTo(head) { // who had the turn before brought it in
		return nil
	}
	if r.keeper.Load() == nil {
		if err := r.open(ctx); err != nil {
			return err
		}
	}
	err = r.catchUp(ctx)
	for errors.Is(err, store.ErrCursorExpired) { // it stood still for longer than the feed is kept
		r.opts.Logger.Info("the book is read anew", "reason", "the feed was trimmed")
		if err = r.scan(ctx); err == nil {
			err = r.catchUp(ctx)
		}
	}
	return err
}

// upTo reports whether everything that the feed tells up to a cursor is known.
func (r *Recommender) upTo(head store.Cursor) bool {
	k := r.keeper.Load()
	return k != nil && k.Cursor().Compare(head) >= 0
}

// queue waits for a turn, but not within a transaction, which whoever has the turn
// may be waiting for.
func (r *Recommender) queue(ctx context.Context, turn chan struct{}) error {
	select {
	case turn <- struct{}{}:
		return nil
	default:
	}
	if err := r.book.View(ctx, func(context.Context, *crm.Tx) error { return nil }); err != nil {
		return err
	}
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open loads what was saved, or reads the book.
func (r *Recommender) open(ctx context.Context) error {
	k, err := intake.Load(ctx, r.book, ledgerOf(r.book.Space()).Name, r.intake())
	if lost(err) {
		r.useless("orders", err)
		return r.scan(ctx)
	}
	if err != nil {
		return err
	}
	r.adopt(k)
	return nil
}

// useless tells why something that was saved is made anew.
func (r *Recommender) useless(what string, why error) {
	level := slog.LevelInfo // there is none, or one of another release
	if errors.Is(why, store.ErrCorrupt) {
		level = slog.LevelWarn
	}
	r.opts.Logger.Log(context.Background(), level, "what was saved is of no use", "of", what, "reason", why)
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

// catchUp brings in what the feed tells so far: others may write faster than that.
func (r *Recommender) catchUp(ctx context.Context) error {
	k := r.keeper.Load()
	head, err := r.book.Events.Head(ctx)
	if err != nil {
		return err
	}
	for batch, err := range batches(r.book.Events.List(ctx, k.Cursor()), head) {
		if err == nil {
			err = r.apply(ctx, k, batch)
		}
		if err != nil {
			return err
		}
	}
	k.Reach(head) // events of other books in the same store are none of its own
	return nil
}

// batches yields events by the thousand, up to a cursor.
func batches(events iter.Seq2[*crm.Event, error], head store.Cursor) iter.Seq2[[]*crm.Event, error] {
	return func(yield func([]*crm.Event, error) bool) {
		var batch []*crm.Event
		for e, err := range events {
			if err != nil {
				yield(nil, err)
				return
			}
			if e.Cursor.Compare(head) > 0 {
				break
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

// apply brings events in, and notes what they mean for the models. Part of them may be
// in when it fails.
func (r *Recommender) apply(ctx context.Context, k *intake.Keeper, batch []*crm.Event) error {
	var leaving []*crm.Event
	for _, e := range batch {
		if e.Kind == crm.CustomerErased || (leaves(e) || e.Kind == crm.CustomerMerged) && has(k, e) {
			leaving = append(leaving, e)
		}
	}
	err := k.Apply(ctx, nil, batch)
	if slices.ContainsFunc(leaving, func(e *crm.Event) bool { return !has(k, e) }) {
		r.left.Store(true)
	}
	if err != nil {
		return err
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

// has reports whether anything is known of whom an event is of.
func has(k *intake.Keeper, e *crm.Event) (has bool) {
	k.Read(func(l *ledger.Ledger, _ *goods.Goods) {
		has = len(l.Baskets(string(e.CustomerID))) > 0 || len(l.Baskets(string(e.OtherID))) > 0
	})
	return has
}

// reload loads the models that another process made, or those that were saved when
// there are none. Those that are there stay when that is of no use.
func (r *Recommender) reload(ctx context.Context) error {
	none := r.state.Load() == nil
	if !none && !r.stale.Load() {
		return nil
	}
	err := r.load(ctx)
	if lost(err) {
		if none {
			r.useless("models", err)
		}
		err = nil
	}
	return err
}

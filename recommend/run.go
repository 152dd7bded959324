package recommend

import (
	"context"
	"errors"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/store"
)

// follower is the name by which the recommender follows the book.
const follower = "recommend"

// Run keeps what is known up to date, makes models anew after [Options.Every] and
// saves them, and tells of what customers are due to buy again ([Due]). It blocks
// until ctx ends and returns ctx's error, or one of the store. Several processes may
// run it at once: one makes models and tells, the others load what it saved. It is
// one of the loops for [crm.Book.Run].
func (r *Recommender) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	kick := make(chan struct{}, 1)
	done := make(chan error, 1)
	go func() {
		defer cancel()
		done <- r.work(ctx, kick)
	}()
	err := r.book.Follow(ctx, follower, func(_ context.Context, tx *crm.Tx, batch []*crm.Event) error {
		if len(batch) == 0 {
			tx.AfterCommit(func() {
				select {
				case kick <- struct{}{}:
				default:
				}
			})
		}
		return nil
	}, r.following())
	cancel()
	if work := <-done; work != nil && !errors.Is(work, context.Canceled) {
		err = work
	}
	return wrap("Run", "", err)
}

// stepEvery is how often it is looked what there is to do.
const stepEvery = 10 * time.Minute

func (r *Recommender) following() *crm.FollowOptions {
	return &crm.FollowOptions{FromHead: true, SkipOwn: true, Wake: r.wake}
}

// wake tells when there is something to do next: at once for a process whose turn
// it has just become.
func (r *Recommender) wake() time.Time {
	if at := r.next.Load(); at != nil {
		return *at
	}
	return r.book.Now()
}

// work does what there is to do when it is told to.
func (r *Recommender) work(ctx context.Context, kick <-chan struct{}) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-kick:
		}
		now := r.book.Now()
		if _, err := r.step(ctx, now); err != nil {
			if ctx.Err() != nil || errors.Is(err, crm.ErrClosed) {
				return err
			}
			r.opts.Logger.Warn("recommendations wait for the store", "error", err)
		}
		next := now.Add(stepEvery)
		r.next.Store(&next)
	}
}

// Tick is one step of [Recommender.Run] as of a time, which returns of how many
// products that are due it told. It returns an error that wraps [store.ErrLocked]
// while another process runs.
func (r *Recommender) Tick(ctx context.Context, now time.Time) (int, error) {
	if _, err := r.book.CatchUp(ctx, follower, func(context.Context, *crm.Tx, []*crm.Event) error { return nil }, r.following()); err != nil {
		return 0, wrap("Tick", "", err)
	}
	n, err := r.step(ctx, now)
	return n, wrap("Tick", "", err)
}

// step makes models that are old anew, saves them, and tells what is due.
func (r *Recommender) step(ctx context.Context, now time.Time) (int, error) {
	if err := r.current(ctx); err != nil {
		return 0, err
	}
	if s := r.state.Load(); s == nil || now.Sub(s.at) >= r.opts.Every {
		if err := r.rebuild(ctx, now); err != nil {
			return 0, err
		}
	}
	return r.remind(ctx, now)
}

// Rebuild makes the models anew, from what is known now, and saves them. Questions
// are answered by those before it meanwhile. It returns the error of ctx, or one of
// the store.
func (r *Recommender) Rebuild(ctx context.Context) error {
	if r.book == nil || r.tx != nil {
		return wrap("Rebuild", "", crm.ErrNested)
	}
	err := r.current(ctx)
	if err == nil {
		err = r.rebuild(ctx, r.book.Now())
	}
	return wrap("Rebuild", "", err)
}

func (r *Recommender) rebuild(ctx context.Context, now time.Time) error {
	start := time.Now()
	s, err := r.learn(ctx, now)
	if err != nil {
		return err
	}
	r.state.Store(s)
	r.opts.Logger.Info("models are made", "products", len(s.of), "baskets", s.log.Baskets(), "took", time.Since(start))
	if err := r.save(ctx, s); err != nil && !errors.Is(err, crm.ErrConflict) && !errors.Is(err, errErasing) {
		return err
	}
	return r.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		return tx.Emit(crm.Event{Kind: Learned, OccurredAt: now, Name: r.token})
	})
}

// remindersAtOnce is how many are told of in one transaction.
const remindersAtOnce = 200

// remind tells what customers are due to buy: of each purchase once.
func (r *Recommender) remind(ctx context.Context, now time.Time) (told int, err error) {
	s := r.state.Load()
	day := ledger.Day(now.In(r.opts.Location))
	if s == nil || day > s.day+s.window {
		return 0, nil
	}
	var batch []reminder
	var days []int32
	tell := func() error {
		n := 0
		err := r.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
			n, err = r.tell(ctx, tx, batch, days, now)
			return err
		})
		told += n
		batch, days = batch[:0], days[:0]
		return err
	}
	for _, id := range s.log.Customers {
		if ctx.Err() != nil {
			return told, ctx.Err()
		}
		var baskets []ledger.Basket
		r.read(func(l *ledger.Ledger, _ *goods.Goods) { baskets = l.Baskets(id, ledger.Bought) })
		for _, d := range r.dues(s, crm.CustomerID(id), baskets, day) {
			batch, days = append(batch, reminder{crm.CustomerID(id), d.product, d.bought}), append(days, d.day)
		}
		if len(batch) >= remindersAtOnce {
			if err := tell(); err != nil {
				return told, err
			}
		}
	}
	if len(batch) > 0 {
		err = tell()
	}
	return told, err
}

// tell writes down of which purchases nobody was told yet that the product is due,
// with an event each.
func (r *Recommender) tell(ctx context.Context, tx *crm.Tx, batch []reminder, days []int32, now time.Time) (n int, err error) {
	for i := range batch {
		b := &batch[i]
		row, err := r.reminders.Load(tx.Store(), r.reminders.Key().String(string(b.Customer)).String(string(b.Product)))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return n, err
		}
		if err != nil {
			row = nil
		}
		if row != nil && row.Value.Bought >= b.Bought {
			continue
		}
		may, err := tx.Consents.MayProfile(ctx, b.Customer, now)
		if errors.Is(err, crm.ErrNotFound) || errors.Is(err, crm.ErrErased) || err == nil && !may {
			continue
		}
		if err != nil {
			return n, err
		}
		if _, err := r.reminders.Save(tx.Store(), row, b); err != nil {
			return n, err
		}
		if err := tx.Emit(crm.Event{Kind: Due, CustomerID: b.Customer, ProductID: b.Product, OccurredAt: date(days[i], r.opts.Location)}); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

package recommend

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/store"
)

// follower is the name by which the recommender follows the book.
const follower = "recommend"

// Run keeps what is known up to date, makes models anew after [Options.Every] and
// saves them, and tells of what customers are due to buy again ([Due]). When
// somebody is erased or objects to profiling who is in the models, or the shop is more
// than twice as large as they know it, these are made
// anew within some minutes, in a large shop as soon as that takes no more than a
// twentieth of the time.
//
// Run blocks until ctx ends and returns ctx's error, or one of the store. Several
// processes may run it at once: one makes models and tells, the others load what it
// saved. It is one of the loops for [crm.Book.Run]. Of rows there is nothing to do,
// and it returns nil.
func (r *Recommender) Run(ctx context.Context) error {
	if r.book == nil {
		return nil
	}
	if r.tx != nil {
		return wrap("Run", "", crm.ErrNested)
	}
	r.running.Add(1)
	defer r.running.Add(-1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	kick := make(chan struct{}, 1)
	done := make(chan error, 1)
	go func() {
		defer cancel()
		done <- r.work(ctx, kick)
	}()
	handle := func(_ context.Context, tx *crm.Tx, batch []*crm.Event) error {
		if len(batch) == 0 || slices.ContainsFunc(batch, func(e *crm.Event) bool { return e.Kind == crm.CustomerErased }) {
			tx.AfterCommit(func() {
				select {
				case kick <- struct{}{}:
				default:
				}
			})
		}
		return nil
	}
	err := r.trimmed(ctx, func() error {
		return r.book.Follow(ctx, follower, handle, &crm.FollowOptions{FromHead: true, SkipOwn: true, Wake: r.wake})
	})
	cancel()
	if work := <-done; work != nil && !errors.Is(work, context.Canceled) {
		err = work
	}
	return wrap("Run", "", err)
}

// trimmed calls follow, and again when the follower stood still for longer than the
// feed is kept: events are but a sign to it, of which it may miss any.
func (r *Recommender) trimmed(ctx context.Context, follow func() error) error {
	err := follow()
	for errors.Is(err, store.ErrCursorExpired) {
		err = r.book.Followers.Drop(ctx, follower)
		if err == nil || errors.Is(err, crm.ErrNotFound) || errors.Is(err, store.ErrLocked) {
			err = follow()
		}
	}
	return err
}

const (
	// stepEvery is how often the process whose turn it is looks what there is to do,
	// and retryAfter when, after the store failed.
	stepEvery  = 10 * time.Minute
	retryAfter = time.Minute
	// lookEvery is how often every process catches up that is asked nothing.
	lookEvery = time.Minute
)

// wake tells when there is something to do next: at once, which is one time, for a
// process whose turn it has just become.
func (r *Recommender) wake() time.Time {
	if at := r.next.Load(); at != nil {
		return *at
	}
	return time.Unix(0, 0)
}

// work does what there is to do when it is told to, and keeps up meanwhile.
func (r *Recommender) work(ctx context.Context, kick <-chan struct{}) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		err := r.follow(ctx)
		if err == nil {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-look.C:
				continue
			case <-kick:
			}
			now := r.book.Now()
			next := now.Add(stepEvery)
			if _, err = r.step(ctx, now); err != nil {
				next = now.Add(retryAfter)
			}
			r.next.Store(&next)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, crm.ErrClosed) {
			return err
		}
		if err != nil {
			r.opts.Logger.Warn("recommendations wait for the store", "error", err)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-look.C:
			}
		}
	}
}

// follow catches up, and loads models that were saved where there are none, or older
// ones.
func (r *Recommender) follow(ctx context.Context) error {
	if err := r.current(ctx); err != nil || r.state.Load() != nil && !r.stale.Load() {
		return err
	}
	return r.alone(ctx, func() error { return r.reload(ctx) })
}

// alone calls f while nobody else makes models, loads or saves them.
func (r *Recommender) alone(ctx context.Context, f func() error) error {
	if err := r.queue(ctx, r.making); err != nil {
		return err
	}
	defer func() { <-r.making }()
	return f()
}

// Tick is one step of [Recommender.Run] as of a time, which returns of how many
// products that are due it told: of all at once, the first time on a day of the
// shop's calendar and whenever models were made. It returns an error that wraps
// [store.ErrLocked] while another process runs.
func (r *Recommender) Tick(ctx context.Context, now time.Time) (int, error) {
	if r.book == nil {
		return 0, nil
	}
	if r.tx != nil {
		return 0, wrap("Tick", "", crm.ErrNested)
	}
	err := r.trimmed(ctx, func() error {
		nothing := func(context.Context, *crm.Tx, []*crm.Event) error { return nil }
		_, err := r.book.CatchUp(ctx, follower, nothing, &crm.FollowOptions{FromHead: true, SkipOwn: true})
		return err
	})
	if err != nil {
		return 0, wrap("Tick", "", err)
	}
	n, err := r.step(ctx, now)
	return n, wrap("Tick", "", err)
}

// step makes models that are old anew, saves them, and tells what is due.
func (r *Recommender) step(ctx context.Context, now time.Time) (int, error) {
	if err := r.follow(ctx); err != nil {
		return 0, err
	}
	if _, err := r.fresh(ctx); err != nil {
		return 0, err
	}
	err := r.alone(ctx, func() (err error) {
		if r.old(r.state.Load(), now) {
			err = r.build(ctx, now)
		}
		if err == nil && r.unsaved.Load() {
			err = r.publish(ctx, now)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return r.remind(ctx, now)
}

// leavers is how many times as long as it took to make models they stand at least,
// when somebody leaves who is in them.
const leavers = 20

// old reports whether models are to be made anew.
func (r *Recommender) old(s *state, now time.Time) bool {
	age := now.Sub(s.at)
	return age >= r.opts.Every || (r.left.Load() || s.outgrown(math.MaxInt)) && age >= leavers*time.Duration(r.took.Load())
}

// Rebuild makes the models anew, from what is known now, and saves them. Questions
// are answered by those before it meanwhile. It returns the error of ctx, or one of
// the store. Of rows there is nothing to make anew.
func (r *Recommender) Rebuild(ctx context.Context) error {
	if r.book == nil {
		return nil
	}
	if r.tx != nil {
		return wrap("Rebuild", "", crm.ErrNested)
	}
	err := r.current(ctx)
	if err == nil {
		err = r.alone(ctx, func() error {
			if err := r.build(ctx, r.book.Now()); err != nil {
				return err
			}
			return r.publish(ctx, r.book.Now())
		})
	}
	return wrap("Rebuild", "", err)
}

// build makes models and puts them in place.
func (r *Recommender) build(ctx context.Context, now time.Time) error {
	start := time.Now()
	left := r.left.Swap(false)
	s, err := r.learn(ctx, now)
	if err != nil {
		if left {
			r.left.Store(true)
		}
		return err
	}
	if left {
		r.purge.Store(true)
	}
	if old := r.state.Load(); old != nil && old.lands.of.Load() != nil { // it is asked by country
		if _, err := r.lands(ctx, s); err != nil {
			return err
		}
	}
	took := time.Since(start)
	r.took.Store(int64(took))
	r.put(s)
	r.unsaved.Store(true)
	r.opts.Logger.Info("models are made", "products", len(s.of), "baskets", s.log.Baskets(), "took", took)
	return nil
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
	if last := r.told.Load(); last != nil && last.day == day && last.by == s {
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
		var bought, disliked []ledger.Basket
		s.known.Read(func(l *ledger.Ledger, _ *goods.Goods) {
			bought, disliked = l.Baskets(id, ledger.Bought), l.Baskets(id, ledger.Disliked)
		})
		for _, d := range s.dues(bought, disliked, day) {
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
	if err == nil {
		r.told.Store(&telling{day, s})
	}
	return told, err
}

// tell writes down of which purchases nobody was told yet that the product is due,
// with an event each.
func (r *Recommender) tell(ctx context.Context, tx *crm.Tx, batch []reminder, days []int32, now time.Time) (n int, err error) {
	for i := range batch {
		b := &batch[i]
		may, err := tx.Consents.MayProfile(ctx, b.Customer, now)
		if errors.Is(err, crm.ErrNotFound) || errors.Is(err, crm.ErrErased) || err == nil && !may {
			continue
		}
		if err != nil {
			return n, err
		}
		fresh, err := r.note(ctx, tx, b)
		if err != nil {
			return n, err
		}
		if !fresh {
			continue
		}
		if err := tx.Emit(crm.Event{Kind: Due, CustomerID: b.Customer, ProductID: b.Product, OccurredAt: date(days[i], r.opts.Location)}); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// note writes a reminder down under every id of the person, as they may be told
// apart again, and reports whether none of them has it.
func (r *Recommender) note(ctx context.Context, tx *crm.Tx, b *reminder) (bool, error) {
	ids, err := tx.Customers.Members(ctx, b.Customer)
	if err != nil {
		return false, err
	}
	if len(ids) == 0 {
		ids = []crm.CustomerID{b.Customer}
	}
	rows := make([]*store.Row[reminder], len(ids))
	for i, id := range ids {
		row, err := r.reminders.Load(tx.Store(), r.reminders.Key().String(string(id)).String(string(b.Product)))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return false, err
		}
		if row.Value.Bought >= b.Bought {
			return false, nil
		}
		rows[i] = row
	}
	for i, id := range ids {
		if _, err := r.reminders.Save(tx.Store(), rows[i], &reminder{id, b.Product, b.Bought}); err != nil {
			return false, err
		}
	}
	return true, nil
}

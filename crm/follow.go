package crm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// FollowOptions adjust [Book.Follow] and [Book.CatchUp]. The zero value of
// every field is a good default. Batch, Attempts, Backoff and Lease are best
// the same in all processes that follow one name.
type FollowOptions struct {
	// From is where a follower begins that the book does not know yet. The
	// zero Cursor is the beginning of the feed.
	From store.Cursor
	// FromHead lets such a follower begin with what comes next, whatever From
	// says.
	FromHead bool
	// SkipBackfill passes over the events of imported history, as triggers do.
	SkipBackfill bool
	// SkipOwn passes over the events that the follower's own handler wrote:
	// those whose By is its name.
	SkipOwn bool

	// Batch is the most events that the handler gets at once; 0 is 256.
	Batch int
	// Attempts is how often the handler may fail with one event before that
	// becomes a dead letter; 0 is 5.
	Attempts int
	// Backoff is the pause after the first failure with an event. It doubles
	// with every further one, up to a minute. 0 is a second.
	Backoff time.Duration
	// Wake tells when the handler has something to do although nothing
	// happened: at that time, by Options.Now, it is called without events, once
	// for each time that Wake tells, and in a transaction as any other. Wake is
	// asked when the follower has come to the end of the feed, on its goroutine,
	// and then twice a second, as clocks jump; the zero Time is not before the
	// next event. A handler that fails then is called again after Backoff. nil
	// never wakes it.
	Wake func() time.Time

	// Lease is how long a follower that gives no sign of life keeps others
	// waiting; 0 is 10 seconds. A sign of life is one small commit after each
	// third of it, also by a follower that is idle.
	Lease time.Duration
}

// Follow calls f with the events of the book, in commit order, from where the
// follower of this name has come to, and blocks until ctx ends. What f writes
// to tx and how far the follower has come are one transaction: each event takes
// effect exactly once, whatever fails in between. f may be run again after a
// conflict, as [Book.Update] says, and gets copies of the events.
//
// Many processes may follow one name: one works while the others stand by, and
// another takes over when it stops, or has given no sign of life for as long as
// opts.Lease. That is told by the clocks of the processes (Options.Now). Clocks
// that differ let the work change hands too early, or later by no more than a
// further Lease; they never let an event take effect twice, as every
// transaction makes sure that the follower still has the lease. A transaction
// should therefore take less than the lease.
//
// A handler that wrote nothing for a batch has nothing to lose: how far it has
// come is then written at most once a second, and after a crash it may see the
// events of the last second again.
//
// When f fails, its transaction is dropped and run again with fewer events,
// until the one is found at which it fails. After opts.Attempts failures with
// that event it becomes a [DeadLetter], and the follower goes on with the next
// one. Conflicts are no failures, and are tried again without end, as is what
// the store may recover from; a deadline of f's own is one. A panic of f is not
// recovered: its transaction is dropped, and the event comes again. Without
// events f is called only if opts.Wake is set.
//
// Events that f writes come back to it as any others do, marked By its name;
// see FollowOptions.SkipOwn. With f's ctx the book returns [ErrNested].
//
// Follow returns an error that wraps ctx's, [ErrClosed] or [ErrNested] when
// that is what the store or f says, [ErrInvalid] for a name, options or an actor
// that cannot be, and [store.ErrCursorExpired] when the feed does not have any more
// what comes next; the text tells how to go on.
func (b *Book) Follow(ctx context.Context, name string, f func(ctx context.Context, tx *Tx, batch []*Event) error, opts *FollowOptions) error {
	r, err := b.runner(name, f, opts)
	if err == nil {
		_, err = actorOf(ctx)
	}
	if err != nil {
		return wrap("Follow", "follower", name, err)
	}
	defer r.release(ctx)
	for trouble := 0; ; {
		err := r.take(ctx)
		if err == nil {
			before := r.handled
			if err = r.work(ctx); r.handled > before {
				trouble = 0
			}
		}
		switch {
		case ctx.Err() != nil:
			return wrap("Follow", "follower", name, ctx.Err())
		case errors.Is(err, errLost):
			b.opts.Logger.Info("follower stands by", "follower", name, "holder", r.token)
		case final(err):
			return wrap("Follow", "follower", name, err)
		default:
			trouble++
			b.opts.Logger.Warn("follower waits for the store", "follower", name, "error", safeText(err))
			if err := sleep(ctx, r.backoff(trouble)); err != nil {
				return wrap("Follow", "follower", name, err)
			}
		}
		r.lose()
	}
}

// CatchUp is Follow for tests, and for shops that run what is due by a schedule
// of theirs: it handles what the feed holds when it is called, and returns how
// many events those were, dead letters included. Events that f writes meanwhile
// are left to the next call. It waits for nothing: the first failure of f with a
// single event is counted and returned as it is, unless it was the last of
// opts.Attempts, and it returns an error that wraps [store.ErrLocked] when
// another process follows this name. For the rest it does as Follow does.
func (b *Book) CatchUp(ctx context.Context, name string, f func(ctx context.Context, tx *Tx, batch []*Event) error, opts *FollowOptions) (int, error) {
	r, err := b.runner(name, f, opts)
	if err != nil {
		return 0, wrap("CatchUp", "follower", name, err)
	}
	r.once = true
	defer r.release(ctx)
	ok, err := r.try(ctx)
	if err == nil && !ok {
		err = store.ErrLocked
	}
	if err == nil {
		r.head, err = b.Events.Head(ctx)
	}
	for done := false; err == nil && !done; {
		before := r.at
		if err = r.step(ctx); err == nil && r.at == before {
			done = !r.due()
			if !done {
				err = r.wake(ctx)
			}
		}
	}
	if failure, ok := errors.AsType[*handlerError](err); ok {
		return r.handled, failure.err
	}
	return r.handled, wrap("CatchUp", "follower", name, err)
}

// A runner is one call of Follow or CatchUp.
type runner struct {
	book  *Book
	name  string
	f     func(context.Context, *Tx, []*Event) error
	opts  FollowOptions
	token string       // tells it from all others that follow this name
	once  bool         // is CatchUp
	head  store.Cursor // where CatchUp ends

	held    bool         // it has the lease, as far as it knows
	at      store.Cursor // how far it has come
	saved   store.Cursor // how far the store says that it has
	savedAt time.Time
	renewed time.Time // its last sign of life
	limit   int       // of the next batch: less than opts.Batch after a failure
	handled int

	woken time.Time // the last time told by Wake that the handler was called for
	sour  int       // failures of the handler in a row without events

	seen   sign      // what stood in another's way
	seenAt time.Time // since when
}

func (b *Book) runner(name string, f func(context.Context, *Tx, []*Event) error, opts *FollowOptions) (*runner, error) {
	if opts == nil {
		opts = &FollowOptions{}
	}
	r := &runner{book: b, name: name, f: f, opts: *opts, token: randomID("flw_", b.now())}
	var faults faults
	faults.id("name", name)
	positive(&faults, "batch", &r.opts.Batch, 256)
	positive(&faults, "attempts", &r.opts.Attempts, 5)
	positive(&faults, "backoff", &r.opts.Backoff, time.Second)
	positive(&faults, "lease", &r.opts.Lease, 10*time.Second)
	r.limit = r.opts.Batch
	return r, faults.err()
}

// positive gives an option its default, and refuses one below 0.
func positive[T int | time.Duration](f *faults, field string, v *T, byDefault T) {
	if *v == 0 {
		*v = byDefault
	} else if *v < 0 {
		f.add(field, fmt.Sprint(*v), "0 or more")
	}
}

// work follows until an error ends it.
func (r *runner) work(ctx context.Context) error {
	for {
		before := r.at
		if err := r.step(ctx); err != nil {
			return err
		}
		if r.at == before {
			if err := r.idle(ctx); err != nil {
				return err
			}
		}
	}
}

// step handles the next batch of the feed. At its end it leaves r.at as it is.
func (r *runner) step(ctx context.Context) error {
	batch, to, err := r.read(ctx)
	if err != nil || to == r.at {
		return err
	}
	for len(batch) > 0 {
		n, end := min(r.limit, len(batch)), to
		if n < len(batch) {
			end = batch[n-1].Cursor
		}
		err := r.run(ctx, batch[:n], end)
		switch failure, ok := errors.AsType[*handlerError](err); {
		case err == nil:
			batch, r.handled = batch[n:], r.handled+n
			r.limit = min(2*r.limit, r.opts.Batch)
		case ctx.Err() != nil:
			return ctx.Err()
		case ok && n > 1:
			r.limit = n / 2
		case ok:
			dead, err := r.fail(ctx, batch[0], failure.err)
			if err != nil {
				return err
			}
			if dead {
				batch, r.handled = batch[1:], r.handled+1
			}
		default:
			return err
		}
	}
	return r.pass(ctx, to)
}

// maxPassed bounds how much of the feed that is not for a follower is read
// between two signs of life.
const maxPassed = 10_000

// read returns the next events, and how far in the feed they reach.
func (r *runner) read(ctx context.Context) (batch []*Event, to store.Cursor, err error) {
	to = r.at
	passed := 0
	for entry, err := range r.book.st.Feed(ctx, r.at) {
		if err != nil {
			return nil, to, expired(err)
		}
		if r.once && entry.Cursor.Compare(r.head) > 0 {
			break
		}
		if entry.Topic == r.book.topic {
			e, err := DecodeEvent(entry)
			if err != nil {
				return nil, to, err
			}
			if !(r.opts.SkipBackfill && e.Backfill || r.opts.SkipOwn && e.By == r.name) {
				batch = append(batch, e)
			}
		}
		to = entry.Cursor
		if passed++; len(batch) == r.opts.Batch || passed == maxPassed {
			break
		}
	}
	return batch, to, nil
}

// run calls the handler in one transaction with r's progress to a cursor.
func (r *runner) run(ctx context.Context, batch []*Event, to store.Cursor) error {
	var save, renew bool
	now := time.Now()
	err := r.book.Update(ctx, func(ctx context.Context, tx *Tx) error {
		save, renew = false, false
		row, err := r.mine(tx)
		if err != nil {
			return err
		}
		if err := tx.handle(ctx, r.name, r.f, batch, &save); err != nil {
			return err
		}
		v := row.Value
		passed := v.Failures > 0 && (v.Failing.Compare(to) <= 0 || v.Failing.Epoch() != to.Epoch())
		renew = passed || r.tired(now)
		save = save || renew || len(batch) > 0 && now.Sub(r.savedAt) >= saveEvery
		if passed {
			v.Failures = 0
		}
		return r.write(tx, row, to, renew, save)
	})
	if err = blame(err); err == nil {
		r.moved(to, now, renew, save)
		r.book.count("follower_events", "follower", r.name, int64(len(batch)))
	}
	return err
}

// blame makes an error of a commit the handler's that is its fault: what it
// wrote was too large, or under no key.
func blame(err error) error {
	_, own := errors.AsType[*handlerError](err)
	if !own && (errors.Is(err, store.ErrTooLarge) || errors.Is(err, ErrInvalid)) {
		return &handlerError{err}
	}
	return err
}

// handle calls a handler in the transaction, and sets wrote when it had any
// effect. An error of the handler's is a [*handlerError], but for those that
// are not its fault.
func (tx *Tx) handle(ctx context.Context, name string, f func(context.Context, *Tx, []*Event) error, batch []*Event, wrote *bool) error {
	own := make([]*Event, len(batch)) // it may be called again
	for i, e := range batch {
		c := *e
		c.Changes = slices.Clone(e.Changes)
		own[i] = &c
	}
	fx := &effects{writes{Tx: tx.st}}
	tx.st, tx.by = fx, name
	err := f(ctx, tx, own)
	tx.st = fx.Tx
	*wrote = fx.n > 0
	if err == nil || errors.Is(err, ErrConflict) || errors.Is(err, ErrClosed) || errors.Is(err, ErrNested) {
		return err
	}
	return &handlerError{err}
}

// effects counts what a transaction does: its writes, and what is to happen
// after the commit.
type effects struct{ writes }

func (e *effects) AfterCommit(f func()) { e.n++; e.Tx.AfterCommit(f) }

// A handlerError is a failure of a handler.
type handlerError struct{ err error }

func (e *handlerError) Error() string { return e.err.Error() }
func (e *handlerError) Unwrap() error { return e.err }

// final reports whether trying again is of no use.
func final(err error) bool {
	for _, f := range []error{ErrClosed, ErrNested, ErrReadOnly, ErrNewer, ErrIncomplete, store.ErrCorrupt, store.ErrCursorExpired} {
		if errors.Is(err, f) {
			return true
		}
	}
	return false
}

// expired adds to an error of the feed how to go on.
func expired(err error) error {
	if !errors.Is(err, store.ErrCursorExpired) {
		return err
	}
	return fmt.Errorf("%w; to go on without what is lost, drop the follower (Followers.Drop) and follow with FollowOptions.From where the feed begins, or FromHead", err)
}

// backoff is the pause after so many failures.
func (r *runner) backoff(failures int) time.Duration {
	d := r.opts.Backoff
	for range failures - 1 {
		if d >= time.Minute {
			break
		}
		d = min(2*d, time.Minute)
	}
	return d
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return ctx.Err()
	}
}

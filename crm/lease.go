package crm

import (
	"context"
	"errors"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// The numbers of the tables of followers.
const (
	tableFollowers   = 17
	tableDeadLetters = 18
)

// A following is what the book keeps of a follower beside its cursor, which
// package store does.
type following struct {
	Name     string       `json:"name"`
	Holder   string       `json:"holder,omitzero"`   // who has the lease, "" for nobody
	Until    time.Time    `json:"until,omitzero"`    // by the holder's clock
	Signs    uint64       `json:"signs,omitzero"`    // of life, that holders ever gave
	Failures int          `json:"failures,omitzero"` // in a row with the event that ends at Failing
	Failing  store.Cursor `json:"failing,omitzero"`
	Error    string       `json:"error,omitzero"` // of the last failure, without personal data
	FailedAt time.Time    `json:"failed_at,omitzero"`
}

var followingTable = store.MustTable(store.Schema[following]{
	Number: tableFollowers, Name: "crm.followers",
	Fields: followingFields,
	Key:    func(k store.Key, v *following) store.Key { return k.String(v.Name) },
})

func followingFields(c *store.Coder, v *following) {
	store.String(c, 1, &v.Name)
	store.String(c, 2, &v.Holder)
	store.Time(c, 3, &v.Until)
	store.Int(c, 4, &v.Signs)
	store.Int(c, 5, &v.Failures)
	cursorField(c, 6, &v.Failing)
	store.String(c, 7, &v.Error)
	store.Time(c, 8, &v.FailedAt)
}

// cursorField writes a cursor as its text. One that no release wrote reads as
// the zero Cursor.
func cursorField(c *store.Coder, num store.Number, v *store.Cursor) {
	text := v.String()
	store.String(c, num, &text)
	if c.Decoding() {
		*v, _ = store.ParseCursor(text)
	}
}

// saveEvery is how often a follower that writes nothing says how far it has
// come.
const saveEvery = time.Second

// errLost says that another has the lease now, or the follower was dropped.
var errLost = errors.New("lease lost")

// A sign is a sign of life.
type sign struct {
	holder string
	number uint64
}

// take waits for the lease and takes it.
func (r *runner) take(ctx context.Context) error {
	for {
		ok, err := r.try(ctx)
		if ok || err != nil {
			return err
		}
		if err := sleep(ctx, r.opts.Lease/4); err != nil {
			return err
		}
	}
}

// try takes the lease if it is free.
func (r *runner) try(ctx context.Context) (ok bool, err error) {
	var now following // zero when there is none
	err = r.book.View(ctx, func(_ context.Context, tx *Tx) error {
		row, err := found(r.book.followings.Load(tx.st, keyOf(r.book.followings, r.name)))
		if row != nil {
			now = *row.Value
		}
		return err
	})
	if err != nil {
		return false, err
	}
	if s := (sign{now.Holder, now.Signs}); s != r.seen {
		r.seen, r.seenAt = s, time.Now()
	}
	if !r.free(&now) {
		return false, nil
	}
	if now.Name == "" { // a feed that cannot be followed is not to be kept for it
		for _, err := range r.book.st.Feed(ctx, r.opts.From) {
			if err != nil && !r.opts.FromHead {
				return false, expired(err)
			}
			break
		}
	}
	var at store.Cursor
	var failures int
	var pause time.Duration
	start := time.Now()
	err = r.book.Update(ctx, func(_ context.Context, tx *Tx) error {
		ok, pause = false, 0
		row, err := found(tx.book.followings.Load(tx.st, keyOf(tx.book.followings, r.name)))
		if err != nil {
			return err
		}
		v := &following{Name: r.name}
		if row != nil {
			v = row.Value
		}
		if !r.free(v) {
			return nil
		}
		at, err = store.LoadCursor(tx.st, r.book.cursorName(r.name))
		if errors.Is(err, ErrNotFound) {
			at, err = r.opts.From, nil
			if r.opts.FromHead {
				at, err = tx.st.Head()
			}
			store.SaveCursor(tx.st, r.book.cursorName(r.name), at)
		}
		if err != nil {
			return err
		}
		if failures = v.Failures; failures > 0 {
			pause = min(v.FailedAt.Add(r.backoff(failures)).Sub(tx.now), r.backoff(failures))
		}
		v.Holder, v.Until, v.Signs = r.token, tx.now.Add(r.opts.Lease), v.Signs+1
		ok = true
		_, err = tx.book.followings.Save(tx.st, row, v)
		return err
	})
	if !ok || err != nil {
		return false, err
	}
	r.held, r.saved, r.limit = true, at, r.opts.Batch
	if failures > 0 {
		r.limit = 1
	}
	r.moved(at, start, true, true)
	r.book.opts.Logger.Info("follower works", "follower", r.name, "holder", r.token)
	if r.once {
		pause = 0
	}
	return true, r.pause(ctx, pause)
}

// free reports whether nobody has the lease: it was given back, or has ended by
// this clock, or its holder has given no sign of life while this follower
// looked for as long as a lease lasts.
func (r *runner) free(v *following) bool {
	return v.Holder == "" || v.Holder == r.token || !r.book.now().Before(v.Until) ||
		r.seen == sign{v.Holder, v.Signs} && time.Since(r.seenAt) >= r.opts.Lease
}

// mine returns r's row, or errLost.
func (r *runner) mine(tx *Tx) (*store.Row[following], error) {
	row, err := found(tx.book.followings.Load(tx.st, keyOf(tx.book.followings, r.name)))
	if err == nil && (row == nil || row.Value.Holder != r.token) {
		err = errLost
	}
	return row, err
}

// write writes r's row: as a sign of life, and with how far r has come, when
// told to.
func (r *runner) write(tx *Tx, row *store.Row[following], at store.Cursor, renew, save bool) error {
	if save {
		store.SaveCursor(tx.st, r.book.cursorName(r.name), at)
	}
	if !renew {
		return nil
	}
	row.Value.Until = tx.now.Add(r.opts.Lease)
	row.Value.Signs++
	_, err := tx.book.followings.Save(tx.st, row, row.Value)
	return err
}

// moved remembers what was committed.
func (r *runner) moved(at store.Cursor, when time.Time, renewed, saved bool) {
	r.at = at
	if renewed {
		r.renewed = when
	}
	if saved {
		r.saved, r.savedAt = at, when
	}
	r.book.progress.set(r.name, r.token, at)
}

// tired reports whether a sign of life is due.
func (r *runner) tired(now time.Time) bool { return now.Sub(r.renewed) >= r.opts.Lease/3 }

// pass goes on to a cursor up to which the handler has nothing to do.
func (r *runner) pass(ctx context.Context, to store.Cursor) error {
	if to == r.at {
		return nil
	}
	if now := time.Now(); !r.tired(now) && now.Sub(r.savedAt) < saveEvery {
		r.moved(to, now, false, false)
		return nil
	}
	return r.touch(ctx, to)
}

// touch gives a sign of life.
func (r *runner) touch(ctx context.Context, at store.Cursor) error {
	now := time.Now()
	err := r.book.Update(ctx, func(_ context.Context, tx *Tx) error {
		row, err := r.mine(tx)
		if err != nil {
			return err
		}
		return r.write(tx, row, at, true, at != r.saved)
	})
	if err == nil {
		r.moved(at, now, true, true)
	}
	return err
}

// idle waits until the feed has grown, or something else is due.
func (r *runner) idle(ctx context.Context) error {
	due := r.renewed.Add(r.opts.Lease / 3)
	if last := r.savedAt.Add(saveEvery); r.at != r.saved && last.Before(due) {
		due = last
	}
	left := time.Until(due)
	if left <= 0 {
		return r.touch(ctx, r.at)
	}
	if r.due() {
		return r.wake(ctx)
	}
	if r.opts.Wake != nil {
		left = min(left, nap)
	}
	if at := r.wakes(); !at.IsZero() {
		left = min(left, max(at.Sub(r.book.now()), time.Millisecond))
	}
	wait, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	err := r.book.st.Wait(wait, r.at)
	if err != nil && ctx.Err() == nil && wait.Err() != nil {
		return nil
	}
	return err
}

// nap is how long a follower that is to wake at a time sleeps at most: the clock
// may jump meanwhile.
const nap = time.Second / 2

// wakes returns the next time to call the handler without events, zero when
// there is none.
func (r *runner) wakes() (at time.Time) {
	if r.opts.Wake != nil {
		at = r.opts.Wake()
	}
	if at.Equal(r.woken) { // it was; sooner or later Wake will tell another
		return time.Time{}
	}
	return at
}

// due reports whether that time has come.
func (r *runner) due() bool {
	at := r.wakes()
	return !at.IsZero() && !at.After(r.book.now())
}

// wake calls the handler without events.
func (r *runner) wake(ctx context.Context) error {
	at := r.wakes()
	err := r.run(ctx, nil, r.at)
	failure, ok := errors.AsType[*handlerError](err)
	switch {
	case err == nil:
		r.woken, r.sour = at, 0
		return nil
	case !ok || r.once || ctx.Err() != nil:
		return err
	}
	r.sour++
	r.book.opts.Logger.Warn("follower failed without events", "follower", r.name, "error", safeText(failure.err))
	return r.pause(ctx, r.backoff(r.sour))
}

// pause waits, and gives signs of life.
func (r *runner) pause(ctx context.Context, d time.Duration) error {
	for end := time.Now().Add(d); ; {
		left := time.Until(end)
		if left <= 0 {
			return ctx.Err()
		}
		if err := sleep(ctx, max(0, min(left, r.opts.Lease/3-time.Since(r.renewed)))); err != nil {
			return err
		}
		if r.tired(time.Now()) {
			if err := r.touch(ctx, r.at); err != nil {
				return err
			}
		}
	}
}

// lose forgets the lease.
func (r *runner) lose() {
	r.held = false
	r.book.progress.drop(r.name, r.token)
}

// release gives the lease back, also when ctx has ended.
func (r *runner) release(ctx context.Context) {
	if !r.held {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := r.book.Update(ctx, func(_ context.Context, tx *Tx) error {
		row, err := r.mine(tx)
		if err != nil {
			return err
		}
		if r.at != r.saved {
			store.SaveCursor(tx.st, r.book.cursorName(r.name), r.at)
		}
		row.Value.Holder, row.Value.Until = "", time.Time{}
		_, err = tx.book.followings.Save(tx.st, row, row.Value)
		return err
	})
	r.lose()
	if err != nil {
		r.book.opts.Logger.Warn("follower keeps its lease until it ends", "follower", r.name, "error", safeText(err))
	}
}

// cursorName is what package store calls a follower of this book.
func (b *Book) cursorName(name string) string { return b.topic + " " + name }

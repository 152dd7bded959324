package crm

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// A DeadLetter is an event at which the handler of a follower failed too often,
// so that the follower went on without it.
type DeadLetter struct {
	Follower string `json:"follower"`
	Event    Event  `json:"event"`
	// Error is the text of the last failure as the handler gave it, at most
	// 1,000 bytes. It may hold whatever the shop's code puts into its errors,
	// and is treated as personal data of the event's customer: of one who was
	// erased by then, only what is certain to hold none is kept.
	Error     string    `json:"error,omitzero"`
	Attempts  int       `json:"attempts"`   // that failed, replays included
	FailedAt  time.Time `json:"failed_at"`  // last
	CreatedAt time.Time `json:"created_at"` // when the follower went on without it
}

var letterTable = store.MustTable(store.Schema[DeadLetter]{
	Number: tableDeadLetters, Name: "crm.dead_letters",
	Fields: letterFields,
	Key:    func(k store.Key, l *DeadLetter) store.Key { return letterKey(k, l.Follower, l.Event.Cursor) },
	Indexes: []store.Index[DeadLetter]{
		{Number: 1, Name: "customer", Keys: func(k store.Key, l *DeadLetter, add func(store.Key)) {
			if l.Event.CustomerID != "" {
				add(k.String(string(l.Event.CustomerID)))
			}
		}},
	},
	Subject:  func(l *DeadLetter) string { return string(l.Event.CustomerID) },
	Personal: []store.Number{4},
	Owner:    "customer",
})

// letterKey has the letters of a follower in the order of the feed.
func letterKey(k store.Key, follower string, c store.Cursor) store.Key {
	major, minor := c.Position()
	return k.String(follower).Uint(major).Uint(minor).Uint(c.Epoch())
}

func letterFields(c *store.Coder, l *DeadLetter) {
	store.String(c, 1, &l.Follower)
	cursorField(c, 2, &l.Event.Cursor)
	store.Message(c, 3, &l.Event, eventFields)
	store.String(c, 4, &l.Error)
	store.Int(c, 5, &l.Attempts)
	store.Time(c, 6, &l.FailedAt)
	store.Time(c, 7, &l.CreatedAt)
}

// fail counts a failure with one event, and makes that a dead letter when it
// was the last; otherwise it pauses.
func (r *runner) fail(ctx context.Context, e *Event, cause error) (dead bool, err error) {
	var failures int
	now := time.Now()
	err = r.book.Update(ctx, func(_ context.Context, tx *Tx) error {
		row, err := r.mine(tx)
		if err != nil {
			return err
		}
		v := row.Value
		if v.Failing != e.Cursor {
			v.Failures, v.Failing = 0, e.Cursor
		}
		v.Failures++
		v.Error, v.FailedAt = safeText(cause), tx.now
		failures, dead = v.Failures, v.Failures >= r.opts.Attempts
		at := r.at
		if dead {
			l := &DeadLetter{Follower: r.name, Event: *e, Error: given(cause), Attempts: v.Failures, FailedAt: tx.now, CreatedAt: tx.now}
			gone, err := tx.erased(e.CustomerID)
			if err != nil {
				return err
			}
			if gone { // perhaps after the handler had read them
				l.Error = v.Error
			}
			if err := tx.book.letters.Put(tx.st, l); err != nil {
				return err
			}
			v.Failures, at = 0, e.Cursor
		}
		return r.write(tx, row, at, true, true)
	})
	if err != nil {
		return false, err
	}
	r.book.count("follower_failures", "follower", r.name, 1)
	log := r.book.opts.Logger.With("follower", r.name, "event", e.Cursor.String(), "kind", string(e.Kind), "failures", failures, "error", safeText(cause))
	if dead {
		r.moved(e.Cursor, now, true, true)
		r.book.count("dead_letters", "follower", r.name, 1)
		log.Warn("event became a dead letter")
		return true, nil
	}
	r.moved(r.at, now, true, true)
	log.Warn("handler of a follower failed")
	if r.once {
		return false, &handlerError{cause}
	}
	return false, r.pause(ctx, r.backoff(failures))
}

// DeadLetters yields the dead letters of a follower in the order of the feed,
// of all followers by name when name is "". It pages through short reads, so
// the loop body may do anything. It yields at most one error, last.
func (f *Followers) DeadLetters(ctx context.Context, name string) iter.Seq2[*DeadLetter, error] {
	return list(ctx, 0, "", func(limit int, after string) (Page[DeadLetter], error) {
		return see(ctx, conn{f.book, nil}, "Followers.DeadLetters", "follower", name, func(tx *Tx) (Page[DeadLetter], error) {
			rg := store.Prefix(tx.book.lettersOf(name))
			rg.Limit = limit
			return tx.book.letters.Page(tx.st, rg, after)
		})
	})
}

// Replay gives dead letters of a follower to h once more, one by one in the
// order of the feed: those whose events have these cursors, or all when there
// are none. Each is a transaction of its own, in which the letter goes away and
// h's writes come. A letter at which h fails stays, and Replay goes on; it
// returns how many are done and the first failure as it is. It needs no lease
// and may run beside the follower, with which the events are then out of order.
//
// Replay returns [ErrNotFound] for a cursor that is no dead letter of the
// follower, and stops at what [Book.Update] returns for other reasons than h's.
func (f *Followers) Replay(ctx context.Context, name string, h func(ctx context.Context, tx *Tx, batch []*Event) error, cursors ...store.Cursor) (n int, err error) {
	if len(cursors) == 0 {
		for l, err := range f.DeadLetters(ctx, name) {
			if err != nil {
				return 0, wrap("Followers.Replay", "follower", name, err)
			}
			if l.Follower == name { // "" is nobody's name
				cursors = append(cursors, l.Event.Cursor)
			}
		}
	}
	var first *handlerError
	for _, c := range cursors {
		err := f.replay(ctx, name, h, c)
		failure, ok := errors.AsType[*handlerError](err)
		switch {
		case err == nil:
			n++
		case ctx.Err() != nil || !ok:
			return n, wrap("Followers.Replay", "follower", name, err)
		case first == nil:
			first = failure
		}
	}
	if first != nil {
		return n, first.err
	}
	return n, nil
}

func (f *Followers) replay(ctx context.Context, name string, h func(context.Context, *Tx, []*Event) error, c store.Cursor) error {
	key := letterKey(f.book.letters.Key(), name, c)
	err := f.book.Update(ctx, func(ctx context.Context, tx *Tx) error {
		l, err := tx.book.letters.Get(tx.st, key)
		if err != nil {
			return err
		}
		if err := tx.handle(ctx, name, h, []*Event{&l.Event}, new(bool)); err != nil {
			return err
		}
		return tx.book.letters.Delete(tx.st, key)
	})
	err = blame(err)
	failure, ok := errors.AsType[*handlerError](err)
	if !ok || ctx.Err() != nil {
		return err
	}
	if err := f.book.Update(ctx, func(_ context.Context, tx *Tx) error {
		_, err := tx.book.letters.Update(tx.st, key, func(l *DeadLetter) error {
			l.Error, l.FailedAt = given(failure.err), tx.now
			l.Attempts++
			return nil
		})
		return err
	}); err != nil && !errors.Is(err, ErrNotFound) { // another has replayed it
		return err
	}
	return failure
}

// lettersOf begins the keys of a follower's letters, of all when name is "".
func (b *Book) lettersOf(name string) store.Key {
	if name == "" {
		return b.letters.Key()
	}
	return b.letters.Key().String(name)
}

// given is the text of an error as a dead letter keeps it.
func given(err error) string {
	text := err.Error()
	return strings.ToValidUTF8(text[:min(len(text), 1000)], "")
}

// safeText tells of an error what is certain to hold no personal data: the
// texts of errors of ours, and of any other only its type.
func safeText(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return (&Error{Op: e.Op, Kind: e.Kind, ID: e.ID, Err: errors.New(safeText(e.Err))}).Error()
	}
	if e, ok := errors.AsType[*InvalidError](err); ok {
		return e.Error()
	}
	for _, known := range []error{
		ErrNotFound, ErrExists, ErrConflict, ErrInvalid, ErrClosed, ErrNested, ErrReadOnly, ErrNewer, ErrIncomplete, ErrOverflow,
		store.ErrTooLarge, store.ErrCorrupt, store.ErrCommitUnknown, store.ErrCursorExpired, store.ErrLocked,
		context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return fmt.Sprintf("%T", err)
}

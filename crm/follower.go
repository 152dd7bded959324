package crm

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// maxUnread is how far Follower.Unread counts.
const maxUnread = 10_000

// A Follower is how a follower of the book stands. Its lag is how many events
// it has not read, and since when the oldest of these waits for it.
type Follower struct {
	Name        string       `json:"name"`
	Cursor      store.Cursor `json:"cursor"`                // how far it has come
	Unread      int          `json:"unread"`                // events after Cursor, counted up to 10,000
	UnreadSince time.Time    `json:"unread_since,omitzero"` // CreatedAt of the oldest of them; zero when there is none
	Expired     bool         `json:"expired,omitzero"`      // the feed does not have any more what comes after Cursor
	Holder      string       `json:"holder,omitzero"`       // the id, as it stands in the log, of the Follow that works; "" for none
	Until       time.Time    `json:"until,omitzero"`        // when Holder's lease ends, by its clock, unless it is renewed
	Failures    int          `json:"failures,omitzero"`     // in a row, with the next event; 0 when all is well
	Error       string       `json:"error,omitzero"`        // of the last failure ever: what is certain to hold no personal data
	FailedAt    time.Time    `json:"failed_at,omitzero"`    // when that was
	DeadLetters int          `json:"dead_letters,omitzero"`
}

// Followers are the durable followers of a book: see [Book.Follow]. It is safe
// for concurrent use.
type Followers struct {
	book *Book
}

// Get returns how a follower stands, or [ErrNotFound] when nobody ever followed
// by this name.
func (f *Followers) Get(ctx context.Context, name string) (*Follower, error) {
	v, err := f.get(ctx, name)
	return result(v, wrap("Followers.Get", "follower", name, err))
}

// List yields how all followers stand, by name. It is no snapshot: each
// follower is looked at when it is yielded. It yields at most one error, last.
func (f *Followers) List(ctx context.Context) iter.Seq2[*Follower, error] {
	return func(yield func(*Follower, error) bool) {
		names, err := f.names(ctx)
		for _, name := range names {
			v, err := f.get(ctx, name)
			if errors.Is(err, ErrNotFound) {
				continue // dropped meanwhile
			}
			if !yield(result(v, wrap("Followers.List", "follower", name, err))) || err != nil {
				return
			}
		}
		if err != nil {
			yield(nil, wrap("Followers.List", "follower", "", err))
		}
	}
}

func (f *Followers) get(ctx context.Context, name string) (*Follower, error) {
	var v *Follower
	err := f.book.View(ctx, func(_ context.Context, tx *Tx) error {
		row, err := tx.book.followings.Get(tx.st, keyOf(tx.book.followings, name))
		if err != nil {
			return err
		}
		v = &Follower{Name: row.Name, Holder: row.Holder, Until: row.Until, Failures: row.Failures, Error: row.Error, FailedAt: row.FailedAt}
		if v.Cursor, err = store.LoadCursor(tx.st, tx.book.cursorName(name)); err != nil {
			return err
		}
		rg := store.Prefix(tx.book.lettersOf(name))
		rg.KeysOnly = true
		for _, err := range tx.st.Scan(rg) {
			if err != nil {
				return err
			}
			v.DeadLetters++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if at, ok := f.book.progress.get(name); ok && at.Compare(v.Cursor) > 0 {
		v.Cursor = at
	}
	for e, err := range f.book.Events.List(ctx, v.Cursor) {
		if v.Expired = errors.Is(err, store.ErrCursorExpired); v.Expired {
			break
		}
		if err != nil {
			return nil, err
		}
		if v.Unread++; v.Unread == 1 {
			v.UnreadSince = e.CreatedAt
		}
		if v.Unread == maxUnread {
			break
		}
	}
	return v, nil
}

// names returns the names of all followers.
func (f *Followers) names(ctx context.Context) (names []string, err error) {
	err = f.book.View(ctx, func(_ context.Context, tx *Tx) error {
		for v, err := range tx.book.followings.Scan(tx.st, store.Range{}) {
			if err != nil {
				return err
			}
			names = append(names, v.Name)
		}
		return nil
	})
	return names, err
}

// Drop forgets a follower with its dead letters; who follows by its name later
// begins anew. It returns [ErrNotFound] when there is none, and an error that
// wraps [store.ErrLocked] while somebody follows by this name.
func (f *Followers) Drop(ctx context.Context, name string) error {
	for done := false; !done; {
		err := f.book.Update(ctx, func(_ context.Context, tx *Tx) error {
			key := keyOf(tx.book.followings, name)
			v, err := tx.book.followings.Get(tx.st, key)
			if err != nil {
				return err
			}
			if v.Holder != "" && tx.now.Before(v.Until) {
				return store.ErrLocked
			}
			rg := store.Prefix(tx.book.lettersOf(name))
			rg.Limit = 1000
			n := 0
			for l, err := range tx.book.letters.Scan(tx.st, rg) {
				if err != nil {
					return err
				}
				n++
				if err := tx.book.letters.Delete(tx.st, letterKey(tx.book.letters.Key(), l.Follower, l.Event.Cursor)); err != nil {
					return err
				}
			}
			if done = n < rg.Limit; !done {
				return nil
			}
			store.DropCursor(tx.st, tx.book.cursorName(name))
			return tx.book.followings.Delete(tx.st, key)
		})
		if err != nil {
			return wrap("Followers.Drop", "follower", name, err)
		}
	}
	return nil
}

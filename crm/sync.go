package crm

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// syncEvery is how often Sync looks at what followers in other processes wrote.
const syncEvery = 50 * time.Millisecond

// Sync returns nil when the followers of these names, or all that the book
// knows when none is named, have handled everything that the feed held when
// Sync was called; what became a dead letter is handled. It sees at once what a
// follower of this Book has done, and within about a second what one in another
// process has. A name that nobody follows is waited for, also one that the book
// knows from earlier: [Followers.Drop] forgets it. Sync returns an error that
// wraps ctx's, [ErrNested] with a transaction's ctx, or [store.ErrCursorExpired]
// when a follower cannot go on.
func (b *Book) Sync(ctx context.Context, names ...string) error {
	head, err := b.Events.Head(ctx)
	if err == nil && len(names) == 0 {
		names, err = b.Followers.names(ctx)
	}
	for _, name := range names {
		for done := false; err == nil; {
			changed := b.progress.changes()
			if done, err = b.reached(ctx, name, head); done || err != nil {
				break
			}
			t := time.NewTimer(syncEvery)
			select {
			case <-changed:
			case <-t.C:
			case <-ctx.Done():
			}
			t.Stop()
			err = ctx.Err()
		}
	}
	return wrap("Sync", "follower", "", err)
}

// reached reports whether nothing up to head is left for a follower.
func (b *Book) reached(ctx context.Context, name string, head store.Cursor) (bool, error) {
	if at, ok := b.progress.get(name); ok {
		if done, err := b.behind(ctx, at, head); done || err != nil {
			return done, err
		}
	}
	var at store.Cursor
	err := b.View(ctx, func(_ context.Context, tx *Tx) (err error) {
		at, err = store.LoadCursor(tx.st, b.cursorName(name))
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return b.behind(ctx, at, head)
}

// behind reports whether all of the feed up to head is behind a cursor.
func (b *Book) behind(ctx context.Context, at, head store.Cursor) (bool, error) {
	for entry, err := range b.st.Feed(ctx, at) {
		return err == nil && entry.Cursor.Compare(head) > 0, err
	}
	return true, nil
}

// progress is how far the followers have come that work in this process, which
// the store may learn later. The zero value is ready for use.
type progress struct {
	mu      sync.Mutex
	at      map[string]place
	changed chan struct{} // closed at the next change; nil when nobody waits
}

// A place is where in the feed a runner stands.
type place struct {
	token  string
	cursor store.Cursor
}

func (p *progress) set(name, token string, c store.Cursor) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == nil {
		p.at = map[string]place{}
	}
	p.at[name] = place{token, c}
	p.tell()
}

func (p *progress) drop(name, token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at[name].token == token {
		delete(p.at, name)
		p.tell()
	}
}

func (p *progress) get(name string) (store.Cursor, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.at[name]
	return at.cursor, ok
}

// changes returns a channel that is closed at the next change.
func (p *progress) changes() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	return p.changed
}

func (p *progress) tell() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

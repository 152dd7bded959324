package boltstore

import (
	"context"
	"slices"
	"sync"
)

// A queue passes the writer's token on, first come first served. Whoever holds
// the token may write; a group that is still open travels with it.
type queue struct {
	mu    sync.Mutex
	taken bool
	line  []*waiter
}

// A waiter stands in line for the token.
type waiter struct {
	token chan *group // has room for one, so that nobody waits for a waiter
	alone bool        // wants no group but its own
}

// acquire waits for the token, and returns the group that comes with it, or
// nil. It fails only with ctx's error, and may succeed although ctx has ended.
func (q *queue) acquire(ctx context.Context, alone bool) (*group, error) {
	q.mu.Lock()
	if !q.taken {
		q.taken = true
		q.mu.Unlock()
		return nil, nil
	}
	w := &waiter{token: make(chan *group, 1), alone: alone}
	q.line = append(q.line, w)
	q.mu.Unlock()
	select {
	case g := <-w.token:
		return g, nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	i := slices.Index(q.line, w)
	if i >= 0 {
		q.line = slices.Delete(q.line, i, i+1)
	}
	q.mu.Unlock()
	if i < 0 { // too late to leave
		return <-w.token, nil
	}
	return nil, ctx.Err()
}

// handOn gives the token with a group to who is next, unless there is nobody,
// he wants to be alone or the group is full. It reports whether the token is
// gone.
func (q *queue) handOn(g *group) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.line) == 0 || q.line[0].alone || !g.open() {
		return false
	}
	if g.done == nil {
		g.done = make(chan struct{})
	}
	q.next(g)
	return true
}

// release gives up the token.
func (q *queue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.line) == 0 {
		q.taken = false
		return
	}
	q.next(nil)
}

func (q *queue) next(g *group) {
	w := q.line[0]
	q.line[0] = nil
	q.line = q.line[1:]
	w.token <- g
}

package boltstore

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"

	"github.com/seed-9cb3708a/clientele/store"
)

// Update implements [store.Store]. Updates that run at the same time share one
// commit; see the package documentation.
func (s *Store) Update(ctx context.Context, fn func(context.Context, store.Tx) error) error {
	b, err := s.update(ctx, fn)
	if err == nil {
		b.Committed()
	}
	return err
}

// update runs fn until its group is committed or it has failed for good.
func (s *Store) update(ctx context.Context, fn func(context.Context, store.Tx) error) (*store.Buffer, error) {
	ctx, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer s.running.Done()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	b, again, err := s.attempt(ctx, fn, false)
	if again {
		// In a group of its own, whose outcome is not that of others.
		refused := err
		if b, _, err = s.attempt(ctx, fn, true); err != nil && err == ctx.Err() {
			err = refused
		}
	}
	return b, err
}

// attempt runs fn once, in a group, and asks for one more attempt when the
// group failed for reasons that are not fn's.
func (s *Store) attempt(ctx context.Context, fn func(context.Context, store.Tx) error, alone bool) (b *store.Buffer, again bool, err error) {
	g, err := s.writer.acquire(ctx, alone)
	if err != nil {
		return nil, false, err
	}
	if g == nil {
		if g, err = s.begin(alone); err != nil {
			s.writer.release()
			return nil, false, err
		}
	}
	if err := ctx.Err(); err != nil { // it ended when the token came
		s.pass(g, false)
		return nil, false, err
	}
	stacked := g.dirty // on writes that are not committed yet
	returned := false
	defer func() {
		if returned {
			return
		}
		// fn panics or ends its goroutine, which goes on unless what fn saw was
		// never committed. Only then is the panic recovered, for one more run.
		s.pass(g, stacked)
		if stacked && g.err != nil && !errors.Is(g.err, store.ErrCommitUnknown) && recover() != nil {
			b, again, err = nil, true, g.err
		}
	}()
	b, err = g.run(ctx, fn)
	returned = true

	wrote := err == nil && !b.Empty()
	if wrote {
		g.spoilt = g.flush(b)
		err = g.spoilt
	}
	culprit := wrote && err != nil
	s.pass(g, stacked || wrote)
	switch {
	case !stacked && !wrote, culprit, g.err == nil:
		return b, false, err
	case errors.Is(g.err, store.ErrCommitUnknown), !stacked && !g.redo:
		return nil, false, g.err
	default:
		return nil, true, g.err
	}
}

// pass gives the token on. If others wait, the next one goes on with the group,
// and pass waits for its end if told to; otherwise pass ends it.
func (s *Store) pass(g *group, wait bool) {
	if !s.share(g) {
		s.recent = g.members
		g.end()
		s.writer.release()
	} else if wait {
		<-g.done
	}
}

// share hands the group on if there is somebody to take it.
func (s *Store) share(g *group) bool {
	if s.writer.handOn(g) {
		return true
	}
	// The members of the last group were woken a moment ago and may be about
	// to come back; a writer that was alone does not wait for anybody.
	for range 3 {
		if g.members*2 > s.recent || !g.open() {
			break
		}
		runtime.Gosched()
		if s.writer.handOn(g) {
			return true
		}
	}
	return false
}

// errNothing tells exclusive that there is nothing to commit.
var errNothing = errors.New("nothing to commit")

// exclusive calls fn in a write transaction of its own and commits it, unless
// fn returns an error, which exclusive returns as it is.
func (s *Store) exclusive(ctx context.Context, fn func(*snapshot) error) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.writer.release()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	g, err := s.begin(true)
	if err != nil {
		return err
	}
	if err := fn(&g.snap); err != nil {
		g.file.rollback(g.snap.tx)
		return err
	}
	return s.commit(g.file, g.snap.tx)
}

// lock waits for the writer's token, without a group.
func (s *Store) lock(ctx context.Context) error {
	if _, err := s.writer.acquire(ctx, true); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // it ended when the token came
		s.writer.release()
		return err
	}
	return nil
}

package boltstore

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/seed-9cb3708a/clientele/store"
)

// A Store keeps everything in one file. It is safe for concurrent use.
type Store struct {
	path  string
	epoch uint64
	log   *slog.Logger

	// The writer's token guards these.
	writer queue
	broken error  // why there are no more writes
	recent int    // members of the last group
	arena  []byte // memory of the last group
	notes  *notes // what changes while a copy is made

	head       atomic.Uint64 // number of the last entry of the feed
	compacting chan struct{} // has room for one

	mu      sync.Mutex
	file    *file
	closed  bool
	grown   chan struct{} // closed when the feed grows; nil while nobody waits
	refuse  func() error  // lets tests fail commits
	closing chan struct{}
	running sync.WaitGroup // nothing joins it once closed is set
	once    sync.Once
}

var (
	_ store.Store     = (*Store)(nil)
	_ store.Trimmer   = (*Store)(nil)
	_ store.Stater    = (*Store)(nil)
	_ store.Compacter = (*Store)(nil)
)

// View implements [store.Store].
func (s *Store) View(ctx context.Context, fn func(context.Context, store.Reader) error) error {
	ctx, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer s.running.Done()
	return s.read(func(snap *snapshot) error {
		r := &reader{ctx: ctx, epoch: s.epoch, snap: snap}
		defer r.close()
		return fn(ctx, r)
	})
}

// read calls fn with a snapshot.
func (s *Store) read(fn func(*snapshot) error) error {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	f := s.use()
	defer s.leave(f)
	snap, err := f.snapshot()
	if err != nil {
		return err
	}
	sound := false
	defer func() {
		if sound {
			f.keep(snap)
		} else {
			f.rollback(snap.tx)
		}
	}()
	err = fn(snap)
	sound = !errors.Is(err, store.ErrCorrupt)
	return err
}

// Close implements [store.Store].
func (s *Store) Close() (err error) {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	s.mu.Unlock()
	s.running.Wait()
	s.once.Do(func() { err = s.file.close() })
	return err
}

// enter begins a transaction; unless it fails, running.Done must follow.
func (s *Store) enter(ctx context.Context) (context.Context, error) {
	ctx, err := store.Enter(ctx, s)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return ctx, s.join()
}

// join keeps the store from being closed until running.Done.
func (s *Store) join() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	s.running.Add(1)
	return nil
}

// use returns the file in use, which will not be closed until leave.
func (s *Store) use() *file {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.file.users++
	return s.file
}

func (s *Store) leave(f *file) {
	s.mu.Lock()
	f.users--
	last := f.retired && f.users == 0
	s.mu.Unlock()
	if last {
		f.close()
	}
}

// current returns the file in use to the holder of the token.
func (s *Store) current() *file {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file
}

// refusal asks the hook of the tests.
func (s *Store) refusal() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse == nil {
		return nil
	}
	return s.refuse()
}
